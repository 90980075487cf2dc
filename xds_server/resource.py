# SPDX-License-Identifier: Apache-2.0
"""One xDS resource, encoded once, and sets of them.

A resource's version is a hash of all that a client would notice: type, name, body and time to live. Equal
content thus keeps its version over publishes, nodes, restarts and reconnects, and a changed time to live is a
change.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar
from weakref import WeakValueDictionary

from google.protobuf.message import Message

import envoy_api

from . import type_urls

_DIGEST_BYTES = 10
_LEAST_TTL = 0.001
"""Seconds; what Envoy counts in."""


class Reference(NamedTuple):
    """A resource that another one needs: `Reference(ROUTE, "inbound/80")`."""

    type_url: str
    name: str


class Term(Protocol):
    """Until when a resource may be renewed at all. It can be put off meanwhile, without a new version."""

    @property
    def key(self) -> str:
        """Differs from that of every other term."""

    def left(self) -> float:
        """Seconds from now on; 0 or less: it is over."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Resource:
    """One encoded resource. Equal if type, name and version are (the version hashes the rest)."""

    type_url: str
    name: str
    version: str
    body: bytes = field(repr=False)
    """A serialised google.protobuf.Any."""
    ttl: float | None = None
    """Seconds after which Envoy drops the resource unless the server renews it; None: it stays."""
    term: Term | None = field(default=None, repr=False)
    """After which no renewal keeps it, whoever stands still or is dead then. Only with a time to live."""

    @property
    def is_over(self) -> bool:
        return self.term is not None and self.term.left() <= 0

    def time_to_live(self) -> float | None:
        """What a client is told now: no more than the term leaves, and above 0."""
        if self.ttl is None or self.term is None:
            return self.ttl
        return min(self.ttl, max(_LEAST_TTL, self.term.left()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return (self.type_url, self.name, self.version) == (other.type_url, other.name, other.version)

    def __hash__(self) -> int:
        return hash((self.name, self.version))


def encode(message: Message, *, ttl: float | None = None, term: Term | None = None) -> Resource:
    """Encode a message such as a Listener as the resource of its own name.

    Raises ValueError for a message without a name, and for a time to live that Envoy would not honour: it
    must be positive, and neither listeners (expiry deletes them) nor routes (expiry crashes Envoy 1.39) may
    have one.
    """
    type_url = envoy_api.type_url(message)
    name = resource_name(message)
    if not name:
        raise ValueError(f"a {type_urls.short_name(type_url)} without a name cannot be served; give it one")
    if ttl is not None:
        if ttl <= 0:
            raise ValueError(f"{name}: a time to live of {ttl} s is not positive")
        if type_url in (type_urls.LISTENER, type_urls.ROUTE):
            raise ValueError(f"{name}: a {type_urls.short_name(type_url)} must not have a time to live")
    body = envoy_api.serialize(envoy_api.pack(message))
    digest = blake2b(digest_size=_DIGEST_BYTES)
    lasting = "" if ttl is None else f"{float(ttl)!r} {term.key if term else ''}".rstrip()
    for part in (type_url, name, lasting):
        digest.update(part.encode())
        digest.update(b"\0")
    digest.update(body)
    return Resource(type_url, name, digest.hexdigest(), body, ttl, term)


def resource_name(message: Message) -> str:
    """The name by which clients subscribe to it. Only a ClusterLoadAssignment calls that field something else."""
    name = getattr(message, "cluster_name" if hasattr(message, "cluster_name") else "name")
    assert isinstance(name, str)
    return name


class Interner:
    """Gives equal resources, and equal sets of them, one place in memory, whichever node they are for, as long as
    anybody holds them."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[tuple[str, str, str], Resource] = WeakValueDictionary()
        self._sets: WeakValueDictionary[tuple[str, str], ResourceSet] = WeakValueDictionary()

    def intern(self, resource: Resource) -> Resource:
        return self._held.setdefault((resource.type_url, resource.name, resource.version), resource)

    def intern_set(self, resources: ResourceSet) -> ResourceSet:
        key = (resources.type_url, resources.version)
        shared = self._sets.get(key)
        if shared is None:
            shared = ResourceSet(resources.type_url, map(self.intern, resources.values()))
            self._sets[key] = shared
        return shared

    def __len__(self) -> int:
        return len(self._held)


# Of one set: clients differ in what they want of it and in what they had before.
_SHARED_KEPT = 16

T = TypeVar("T")


class ResourceSet(Mapping[str, Resource]):
    """All resources of one type that a node may see, by name, under one content hash."""

    __slots__ = ("__weakref__", "_by_name", "_shared", "expires", "type_url", "version", "versions")

    def __init__(self, type_url: str, resources: Iterable[Resource] = ()) -> None:
        by_name = {resource.name: resource for resource in sorted(resources, key=lambda each: each.name)}
        self.type_url = type_url
        self.version = version_of(by_name.values())
        self.expires = any(resource.ttl is not None for resource in by_name.values())
        self._by_name: Mapping[str, Resource] = MappingProxyType(by_name)
        self.versions: Mapping[str, str | None] = {name: resource.version for name, resource in by_name.items()}
        """Those of its resources. Not to be changed: a plain dict, since clients' are compared with it."""
        self._shared: dict[tuple[object, ...], Any] = {}

    def __getitem__(self, name: str) -> Resource:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    # Mapping would make these of the three above, one call of Python for each name.

    def keys(self) -> KeysView[str]:
        return self._by_name.keys()

    def values(self) -> ValuesView[Resource]:
        return self._by_name.values()

    def items(self) -> ItemsView[str, Resource]:
        return self._by_name.items()

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def find(self, name: str) -> Resource | None:
        """What a client that subscribes to `name` is to get; None: there is no such resource."""
        return self._by_name.get(name)

    def shared(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What follows from this set and `key` alone, made once for all who need it; the last few are kept."""
        if key not in self._shared:
            if len(self._shared) >= _SHARED_KEPT:
                self._shared.clear()
            self._shared[key] = make()
        made: T = self._shared[key]
        return made

    def union(self, others: Mapping[str, Resource]) -> ResourceSet:
        """This set and those of `others` whose names it lacks."""
        return ResourceSet(self.type_url, {**others, **self._by_name}.values())


# Few: the names of types come from clients too.
@lru_cache(maxsize=32)
def no_resources(type_url: str) -> ResourceSet:
    return ResourceSet(type_url)


def version_of(resources: Iterable[Resource]) -> str:
    """One content hash over resources, whatever their order."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for name, version in sorted((resource.name, resource.version) for resource in resources):
        digest.update(f"{len(name)}:{name}={version};".encode())
    return digest.hexdigest()
