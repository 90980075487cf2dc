# SPDX-License-Identifier: Apache-2.0
"""All that one node is to have: resources by type, checked for what they refer to.

    messages ──encode──► Resource ──by type──► ResourceSet ──► Snapshot     (immutable; hashes say what
    changed)

A snapshot whose references do not resolve is refused before anybody is served.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from google.protobuf.message import Message

from . import type_urls
from .references import references
from .resource import Interner, Reference, Resource, ResourceSet, encode, no_resources


class SnapshotError(ValueError):
    """A snapshot that must not be served. `problems` holds every reason, one sentence each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Snapshot:
    """The resources of one node. Immutable; equal if the content is."""

    __slots__ = ("__weakref__", "_needs", "_required", "_sets", "content")

    def __init__(
        self, resources: Iterable[Resource], needs: Mapping[Reference, frozenset[Reference]] | None = None
    ) -> None:
        by_type: dict[str, list[Resource]] = {}
        for resource in resources:
            by_type.setdefault(resource.type_url, []).append(resource)
        self._fill(
            {type_url: ResourceSet(type_url, held) for type_url, held in sorted(by_type.items())},
            MappingProxyType(dict(needs or {})),
            _required_by(needs or {}),
        )

    def _fill(
        self,
        sets: Mapping[str, ResourceSet],
        needs: Mapping[Reference, frozenset[Reference]],
        required: Mapping[str, frozenset[str]],
    ) -> None:
        self._sets = MappingProxyType(sets)
        self._needs = needs
        self._required = required
        self.content = tuple((type_url, held.version) for type_url, held in sets.items())
        """Hashes of all there is, by type: what makes two snapshots equal."""

    @property
    def type_urls(self) -> tuple[str, ...]:
        return tuple(self._sets)

    def resources(self, type_url: str) -> ResourceSet:
        """The set of this type, empty if the snapshot has none."""
        held = self._sets.get(type_url)
        return no_resources(type_url) if held is None else held

    def version(self, type_url: str) -> str:
        return self.resources(type_url).version

    def needs(self, resource: Reference) -> frozenset[Reference]:
        """What this one resource of the snapshot refers to inside the snapshot."""
        return self._needs.get(resource, frozenset())

    def required(self, type_url: str) -> frozenset[str]:
        """The names of this type that other resources here refer to, and that a client hence will ask for."""
        return self._required.get(type_url, frozenset())

    def interned(self, interner: Interner) -> Snapshot:
        """The same snapshot, sharing its bodies with all others that went through `interner`."""
        shared = Snapshot.__new__(Snapshot)
        sets = {type_url: interner.intern_set(held) for type_url, held in self._sets.items()}
        shared._fill(sets, self._needs, self._required)
        return shared

    def with_changed(self, changed: Iterable[Message | Encoded], *, static: Collection[Reference] = ()) -> Snapshot:
        """This one with these in the place of what has their names, or beside it: less work than making it of all.

        `static` and errors as for `build_snapshot`.
        """
        encoded, problems = _by_key(changed, {})
        by_type: dict[str, dict[str, Resource]] = {}
        for key, each in encoded.items():
            by_type.setdefault(key.type_url, {})[key.name] = each.resource
        sets = dict(self._sets)
        for type_url, held in by_type.items():
            sets[type_url] = ResourceSet(type_url, {**self.resources(type_url), **held}.values())

        def there(reference: Reference) -> bool:
            return reference.name in sets.get(reference.type_url, ())

        needs, missing = _resolved(encoded.values(), there, static)
        _refuse((*problems, *missing))
        # Mostly what has changed needs what it needed before.
        anew = {key: found for key, found in needs.items() if found != self.needs(key)}
        snapshot = Snapshot.__new__(Snapshot)
        every = MappingProxyType({**self._needs, **anew}) if anew else self._needs
        snapshot._fill(dict(sorted(sets.items())), every, _required_by(every) if anew else self._required)
        return snapshot

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Snapshot):
            return NotImplemented
        return self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        held = ", ".join(f"{len(each)} {type_urls.short_name(url)}" for url, each in self._sets.items())
        return f"Snapshot({held})"


def _required_by(needs: Mapping[Reference, frozenset[Reference]]) -> Mapping[str, frozenset[str]]:
    required: dict[str, set[str]] = {}
    for reference in (reference for each in needs.values() for reference in each):
        required.setdefault(reference.type_url, set()).add(reference.name)
    return MappingProxyType({type_url: frozenset(names) for type_url, names in required.items()})


@dataclass(frozen=True, slots=True)
class Encoded:
    """A message as a snapshot takes it. Encoding is most of what a snapshot costs: what many nodes are given is best
    encoded once."""

    resource: Resource
    needs: frozenset[Reference]

    @property
    def key(self) -> Reference:
        return Reference(self.resource.type_url, self.resource.name)


def encode_message(message: Message) -> Encoded:
    """Raises ValueError for a message that cannot be served; see `encode`."""
    return Encoded(encode(message), references(message))


class Encoder:
    """Encodes for the snapshots of many nodes: a message object that several of them are given is encoded once.

    It keeps what it has encoded, and a message must not be changed after that.
    """

    def __init__(self) -> None:
        self._encoded: dict[int, tuple[Message, Encoded]] = {}
        """By the message's id, which nobody else can have as long as the message is held."""
        self._shared: set[int] = set()
        """What was asked for more than once."""

    def __call__(self, message: Message) -> Encoded:
        """Like `encode_message`."""
        known = self._encoded.get(id(message))
        if known is None:
            known = self._encoded[id(message)] = (message, encode_message(message))
        else:
            self._shared.add(id(message))
        return known[1]

    def forget_unshared(self) -> None:
        """Keeps alone what was asked for more than once: the rest was of one node, and will be made anew."""
        self._encoded = {number: self._encoded[number] for number in self._shared}


def build_snapshot(
    messages: Iterable[Message | Encoded],
    *,
    static: Collection[Reference] = (),
    ttls: Mapping[Reference, float] | None = None,
) -> Snapshot:
    """A snapshot of these messages (Listener, RouteConfiguration, Cluster, ClusterLoadAssignment, ...).

    `static` names what the node's bootstrap defines itself, for example `Reference(CLUSTER, "riftgate-xds")`; `ttls`
    (seconds) concern what is not encoded yet. Raises SnapshotError with all problems: names given twice, references
    that neither `messages` nor `static` resolve.
    """
    encoded, problems = _by_key(messages, ttls or {})
    needs, missing = _resolved(encoded.values(), encoded.__contains__, static)
    _refuse((*problems, *missing))
    return Snapshot((each.resource for each in encoded.values()), {key: found for key, found in needs.items() if found})


def _by_key(
    messages: Iterable[Message | Encoded], ttls: Mapping[Reference, float]
) -> tuple[dict[Reference, Encoded], list[str]]:
    """And what is wrong with them."""
    encoded: dict[Reference, Encoded] = {}
    problems: list[str] = []
    for message in messages:
        try:
            each = message if isinstance(message, Encoded) else _encode_with_ttl(message, ttls)
        except ValueError as error:
            problems.append(str(error))
            continue
        key = each.key
        if key in encoded:
            problems.append(f"two resources are the {_describe(key)}; names must be unique in a snapshot")
            continue
        encoded[key] = each
    return encoded, problems


def _resolved(
    encoded: Iterable[Encoded], there: Callable[[Reference], bool], static: Collection[Reference]
) -> tuple[dict[Reference, frozenset[Reference]], list[str]]:
    """What each of them needs of what the snapshot has, and what is missing."""
    needs: dict[Reference, frozenset[Reference]] = {}
    missing: list[tuple[Reference, Reference]] = []
    for each in encoded:
        found = each.needs
        if not all(map(there, found)):
            found = frozenset(filter(there, found))
            missing.extend((each.key, reference) for reference in each.needs - found if reference not in static)
        needs[each.key] = found
    return needs, [
        f"{_describe(user)} needs {_describe(reference)}, which does not exist; "
        "add it to the snapshot or to the bootstrap"
        for user, reference in sorted(missing)
    ]


def _refuse(problems: Collection[str]) -> None:
    if problems:
        raise SnapshotError(problems)


def _encode_with_ttl(message: Message, ttls: Mapping[Reference, float]) -> Encoded:
    encoded = encode_message(message)
    ttl = ttls.get(encoded.key)
    return encoded if ttl is None else replace(encoded, resource=encode(message, ttl=ttl))


def _describe(reference: Reference) -> str:
    return f"{type_urls.short_name(reference.type_url)} '{reference.name}'"
