# SPDX-License-Identifier: Apache-2.0
"""The applied documents: policies and dialect faults, each with the text it came from, kept across restarts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from l7filters.chaos_dialect import dialect_scenario
from l7filters.faults import Fault
from l7filters.local_policy import LocalPolicy
from l7filters.parse import name_clashes, parse_documents
from l7filters.policy import Policy, PolicyKind
from l7filters.source import InputError, Problem, SourceLocation


@dataclass(frozen=True, slots=True, order=True)
class DocumentKey:
    """What makes two documents the same one, as in the Kubernetes API."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, policy: Policy | LocalPolicy) -> DocumentKey:
        return cls(str(policy.kind), policy.namespace, policy.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: its policies (one for each of its `specs`) and the faults of its chaos rules."""

    policies: tuple[Policy | LocalPolicy, ...]
    """Never empty, all of one kind, namespace and name."""
    faults: tuple[Fault, ...]
    file: str
    text: str = field(repr=False)
    """The whole file: line numbers stay true when it is parsed again."""
    watched: bool = False
    """From the watched directory: gone when the file is."""

    @property
    def key(self) -> DocumentKey:
        return DocumentKey.of(self.policies[0])

    @property
    def location(self) -> SourceLocation:
        """Where its first policy stands."""
        return self.policies[0].location

    @property
    def audited(self) -> bool:
        """Tried, and not in force: an annotation of the whole document says so."""
        return not self.policies[0].enforced

    @property
    def scenario(self) -> str:
        """The name under which its faults are on."""
        return dialect_scenario(self.policies[0].namespace, self.policies[0].name)


Documents = Mapping[DocumentKey, Document]


def policies_of(documents: Documents) -> tuple[Policy, ...]:
    """All policies about what passes between pods, in the order of their documents' keys."""
    return tuple(each for each in _all_of(documents) if isinstance(each, Policy))


def local_policies_of(documents: Documents) -> tuple[LocalPolicy, ...]:
    """All policies about what happens inside a pod, likewise."""
    return tuple(each for each in _all_of(documents) if isinstance(each, LocalPolicy))


def _all_of(documents: Documents) -> Iterator[Policy | LocalPolicy]:
    for _, document in sorted(documents.items()):
        yield from document.policies


def parse_files(files: Iterable[tuple[str, str]], *, watched: bool = False) -> dict[DocumentKey, Document]:
    """Documents of (file, text) pairs. Raises InputError with the problems of all files, equal names included."""
    found: dict[DocumentKey, Document] = {}
    policies: list[Policy | LocalPolicy] = []
    problems: list[Problem] = []
    for file, text in files:
        try:
            parsed = parse_documents(text, file)
        except InputError as error:
            problems.extend(error.problems)
            continue
        of_file: tuple[Policy | LocalPolicy, ...] = (*parsed.policies, *parsed.local)
        policies.extend(of_file)
        by_key: dict[DocumentKey, list[Policy | LocalPolicy]] = {}
        for policy in of_file:
            by_key.setdefault(DocumentKey.of(policy), []).append(policy)
        for key, specs in by_key.items():
            found[key] = Document(tuple(specs), _faults_of(key, parsed.faults), file, text, watched)
    problems.extend(name_clashes(policies))
    if problems:
        raise InputError(tuple(problems))
    return found


def _faults_of(key: DocumentKey, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults that stand in this document; a NetworkPolicy has no chaos rules, whatever a namesake has."""
    if key.kind != PolicyKind.CILIUM_NETWORK_POLICY:
        return ()
    return tuple(fault for fault in faults if fault.scenario == dialect_scenario(key.namespace, key.name))


class DocumentFile:
    """The documents on disk: replaced as a whole, so that a reader never sees half of a change."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[DocumentKey, Document]:
        """What was saved last. Raises InputError for a document it cannot read: starting without it would lift it."""
        if not self._path.exists():
            return {}
        found: dict[DocumentKey, Document] = {}
        for file, text, watched, kept in self._entries():
            parsed = parse_files([(file, text)], watched=watched)
            found |= {key: document for key, document in parsed.items() if key in kept}
        return found

    def _entries(self) -> list[tuple[str, str, bool, set[DocumentKey]]]:
        try:
            return [
                (each["file"], each["text"], each["watched"], {DocumentKey(**key) for key in each["documents"]})
                for each in json.loads(self._path.read_text())
            ]
        except (ValueError, TypeError, KeyError) as error:
            what = f"is not what was saved there ({type(error).__name__}: {error})"
            todo = "remove it, and apply the policies anew"
            raise InputError((Problem(SourceLocation(str(self._path), 1), what, todo),)) from error

    def save(self, documents: Documents) -> None:
        """Raises OSError (a full disk): then the old file is still whole."""
        # One file may stand here twice, with the text of then and of now, when it was changed between two applies.
        # Watched ones are saved too: a restarted server has them in force before it has looked at the directory.
        sources: dict[tuple[str, str, bool], list[DocumentKey]] = {}
        for key, document in documents.items():
            sources.setdefault((document.file, document.text, document.watched), []).append(key)
        content = [
            {"file": file, "text": text, "watched": watched, "documents": [asdict(key) for key in sorted(keys)]}
            for (file, text, watched), keys in sorted(sources.items())
        ]
        temporary = self._path.with_suffix(".new")
        try:
            with temporary.open("w") as stream:
                json.dump(content, stream)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
