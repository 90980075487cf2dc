# SPDX-License-Identifier: Apache-2.0
"""What travels on an ADS stream, as values. `wire.py` turns them into bytes and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .resource import Resource


@dataclass(frozen=True, slots=True)
class Node:
    """What we keep of the client's Node: the whole of it takes 139 KiB, nearly all of it a list of extensions."""

    id: str
    cluster: str = ""
    version: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SotwRequest:
    """envoy.service.discovery.v3.DiscoveryRequest. `error` is the client's words, None unless this is a NACK."""

    type_url: str
    names: tuple[str, ...] = ()
    nonce: str = ""
    version: str = ""
    error: str | None = None
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class DeltaRequest:
    """envoy.service.discovery.v3.DeltaDiscoveryRequest."""

    type_url: str
    subscribe: tuple[str, ...] = ()
    unsubscribe: tuple[str, ...] = ()
    initial_versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    nonce: str = ""
    error: str | None = None
    node: Node | None = None


Request = SotwRequest | DeltaRequest


@dataclass(frozen=True, slots=True)
class Content:
    """What a response says, before it gets its nonce."""

    type_url: str
    version: str
    resources: tuple[Resource, ...] = ()
    renewed: tuple[Resource, ...] = ()
    """Delta heartbeats: sent by name, version and time to live only."""
    removed: tuple[str, ...] = ()
    _versions: dict[str, str | None] | None = field(default=None, init=False, repr=False, compare=False)
    _expires: bool | None = field(default=None, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Of the version, which is a hash of nearly all there is already."""
        return hash(self.version)

    @property
    def expires(self) -> bool:
        """Whether anything in it has a time to live."""
        if self._expires is None:
            expires = any(each.ttl is not None for each in (*self.resources, *self.renewed))
            object.__setattr__(self, "_expires", expires)
        return bool(self._expires)

    @property
    def has_term(self) -> bool:
        """Whether anything in it has a time to live with a term."""
        return self.expires and any(each.term is not None for each in (*self.resources, *self.renewed))

    @property
    def versions(self) -> Mapping[str, str | None]:
        """What the client has of each name after it took this; None: it knows that there is none."""
        if self._versions is None:
            told: dict[str, str | None] = dict.fromkeys(self.removed)
            told.update((resource.name, resource.version) for resource in (*self.resources, *self.renewed))
            # Many streams are sent the same.
            object.__setattr__(self, "_versions", told)
        assert self._versions is not None
        return self._versions


class Response(NamedTuple):
    """One DiscoveryResponse or DeltaDiscoveryResponse."""

    nonce: str
    content: Content
