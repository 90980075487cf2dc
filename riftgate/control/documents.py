# SPDX-License-Identifier: Apache-2.0
"""The applied documents: policies and dialect faults, each with the text it came from, kept across restarts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from l7filters.chaos_dialect import dialect_scenario
from l7filters.faults import Fault
from l7filters.parse import parse_documents
from l7filters.policy import Policy
from l7filters.source import InputError, Problem


@dataclass(frozen=True, slots=True, order=True)
class DocumentKey:
    """What makes two documents the same one, as in the Kubernetes API."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, policy: Policy) -> DocumentKey:
        return cls(str(policy.kind), policy.namespace, policy.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Document:
    """One policy, the faults that its chaos rules define, and the file they stand in."""

    policy: Policy
    faults: tuple[Fault, ...]
    file: str
    text: str = field(repr=False)
    """The whole file: line numbers stay true when it is parsed again."""
    watched: bool = False
    """From the watched directory: gone when the file is."""

    @property
    def key(self) -> DocumentKey:
        return DocumentKey.of(self.policy)

    @property
    def scenario(self) -> str:
        """The name under which its faults are on."""
        return dialect_scenario(self.policy.namespace, self.policy.name)


Documents = Mapping[DocumentKey, Document]


def parse_files(files: Iterable[tuple[str, str]], *, watched: bool = False) -> dict[DocumentKey, Document]:
    """Documents of (file, text) pairs. Raises InputError with the problems of all files, equal names included."""
    found: dict[DocumentKey, Document] = {}
    problems: list[Problem] = []
    for file, text in files:
        try:
            parsed = parse_documents(text, file)
        except InputError as error:
            problems.extend(error.problems)
            continue
        for policy in parsed.policies:
            faults = tuple(
                fault for fault in parsed.faults if fault.scenario == dialect_scenario(policy.namespace, policy.name)
            )
            document = Document(policy, faults, file, text, watched)
            twin = found.get(document.key)
            if twin is not None:
                problems.append(
                    Problem(
                        policy.location,
                        f"{document.key} stands at {twin.policy.location} already",
                        "rename one of the two, or remove it",
                    )
                )
            found[document.key] = document
    if problems:
        raise InputError(tuple(problems))
    return found


class DocumentFile:
    """The documents on disk: replaced as a whole, so that a reader never sees half of a change."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[DocumentKey, Document]:
        """What was saved last. Raises InputError for a document it cannot read: starting without it would lift it."""
        if not self._path.exists():
            return {}
        found: dict[DocumentKey, Document] = {}
        for entry in json.loads(self._path.read_text()):
            kept = {DocumentKey(**key) for key in entry["documents"]}
            parsed = parse_files([(entry["file"], entry["text"])])
            found |= {key: document for key, document in parsed.items() if key in kept}
        return found

    def save(self, documents: Documents) -> None:
        """Raises OSError (a full disk): then the old file is still whole."""
        # One file may stand here twice, with the text of then and of now, when it was changed between two applies.
        sources: dict[tuple[str, str], list[DocumentKey]] = {}
        for document in documents.values():
            if not document.watched:
                sources.setdefault((document.file, document.text), []).append(document.key)
        content = [
            {"file": file, "text": text, "documents": [asdict(key) for key in sorted(keys)]}
            for (file, text), keys in sorted(sources.items())
        ]
        temporary = self._path.with_suffix(".new")
        with temporary.open("w") as stream:
            json.dump(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(self._path)
