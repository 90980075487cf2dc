# SPDX-License-Identifier: Apache-2.0
"""What one client asked for of one type on one stream, what it was sent, and what it said to that.

This is what Delta and the state of the world share; `delta.py` and `sotw.py` add how each of them reads a
request and what each of them puts into a response.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from .leases import Leases
from .messages import Content, Response
from .resource import ResourceSet
from .type_urls import FULL_STATE

WILDCARD = "*"
_BEFORE_ANY_RENEWAL = float("-inf")


@dataclass(frozen=True, slots=True)
class Nack:
    """The client refused a response."""

    message: str
    """In the client's own words."""
    names: tuple[str, ...]
    """The resources that it names, or if it names none, all of the response."""


class Subscription(ABC):
    """One type on one stream."""

    def __init__(self, type_url: str) -> None:
        self.type_url = type_url
        self.wildcard = False
        self.names: set[str] = set()
        self.requested: set[str] = set()
        """Names whose resource is to be sent even though the client may hold that very version."""
        self.must_answer = False
        """The client waits for a response even if there is nothing to put into it."""
        self.held: dict[str, str | None] = {}
        """What the client was sent: the version, or None where it was told that there is no such resource."""
        self.outstanding: Response | None = None
        self.rejected: dict[str, str | None] = {}
        """What it was sent and refused. It stays in `held` too, and so is not sent again until it changes."""
        self.nack: Nack | None = None
        self.leases = Leases()
        self.inherited: set[str] = set()
        """What the client has from an earlier stream, and this one has not sent yet."""
        self.spares = False
        """The client is not told yet what of that is no more."""
        self._company: set[str] = set()
        """What was refused in one response, so that which of it is bad is not known."""
        self._nothing_to_send_of: str | None = None
        """The version of a set of which the client was sent all that it wants."""
        self._all_due_of: str | None = None
        """The version of the set of which `due` last gave all that is due."""
        self._found: tuple[str, bool, Content | None] | None = None
        """What `due` found last, and of which version: nothing has happened since."""

    def interested(self, name: str) -> bool:
        return self.wildcard or name in self.names

    def request_again(self, names: set[str]) -> None:
        """Have resources sent although they did not change, but those that the client has refused as they are."""
        again = names - self.rejected.keys()
        if again:
            self.requested |= again
            self._touched()

    def spared(self, target: ResourceSet) -> bool:
        """Whether the client has something that is no more, and is not told yet."""
        return self.spares and not self.inherited <= target.keys()

    def spare_no_more(self) -> None:
        self.spares = False
        self._touched()

    @property
    def _has_asked_for_all(self) -> bool:
        """Whether what the client waits for is all that it is to have."""
        return False

    def _touched(self) -> None:
        """Something may be due that was not, or the other way round."""
        self._nothing_to_send_of = None
        self._found = None

    def due(self, target: ResourceSet, now: float, *, only_requested: bool = False) -> Content | None:
        """What is to be sent so that the client has `target`; None if nothing is.

        With `only_requested`, just what the client waits for: changes that it did not ask for are left out.
        """
        renewals = self.leases.due(now) if self.leases else None
        if self._nothing_to_send_of == target.version and not renewals:
            return None
        found = self._found
        if found is not None and found[0] == target.version and found[1] == only_requested:
            content = found[2]
        else:
            content = self._content(target, now, only_requested)
            self._found = None if self.leases else (target.version, only_requested, content)
        self._all_due_of = None if only_requested and not self._has_asked_for_all else target.version
        if content is None and not only_requested and not renewals:
            self._nothing_to_send_of = target.version
        return content

    def lacks(self, target: ResourceSet) -> bool:
        """Whether anything of `target` is still to be sent. A heartbeat is not: the client has what it renews."""
        if self._nothing_to_send_of == target.version and not self.leases:
            return False
        return self.due(target, _BEFORE_ANY_RENEWAL) is not None

    @property
    def settled(self) -> bool:
        """Whether the client has answered all that could change what it has."""
        return self.outstanding is None or _only_renews(self.outstanding.content)

    def unasked(self, names: frozenset[str]) -> frozenset[str]:
        return frozenset() if self.wildcard else names - self.names

    def sent(self, response: Response, now: float) -> None:
        """Take note that `response` is on its way."""
        content = response.content
        self.outstanding = response
        self.must_answer = False
        versions = content.versions
        self.requested.difference_update(versions)
        if content.removed or self.inherited or self.rejected:
            for name, version in versions.items():
                self._hold(name, version)
        else:
            self.held.update(versions)
        if self.leases or content.expires:
            for resource in (*content.resources, *content.renewed):
                self.leases.start(resource, now)
        self._touched()
        self._nothing_to_send_of = self._all_due_of

    def _settle(self, nonce: str, error: str | None) -> None:
        """Read a request as the answer to the outstanding response, if it is that."""
        if self.outstanding is None or nonce != self.outstanding.nonce:
            return
        told = self.outstanding.content.versions
        self.outstanding = None
        if error is None:
            self._accept(told)
        else:
            self._refuse(told, error)

    def _accept(self, told: Mapping[str, str | None]) -> None:
        for name in told:
            self.rejected.pop(name, None)
        if self._company.isdisjoint(told):
            return
        # Something that was refused together with others has changed and is good now: the others may be good
        # too, and the client may lack them. If not, they are refused again, and rest.
        for name in self._company & self.rejected.keys():
            del self.rejected[name]
            self.requested.add(name)
        self._company = set()

    def _refuse(self, told: Mapping[str, str | None], error: str) -> None:
        blamed = tuple(name for name in told if _mentions(error, name)) or tuple(told)
        self.nack = Nack(error, blamed)
        # Envoy takes each good listener and cluster of a response, and names the bad ones. Of other types it
        # names none, and may or may not have taken those that stood in front of the bad one.
        # What it has unsubscribed from before it refused it, it does not lack.
        names = blamed if self.type_url in FULL_STATE else told
        refused = {name: told[name] for name in names if self.interested(name)}
        self.rejected.update(refused)
        self._company = set(refused) if len(refused) > 1 else set()
        for name in refused:
            self.leases.end(name)

    def _forget(self, name: str) -> None:
        self.held.pop(name, None)
        self.inherited.discard(name)
        self.requested.discard(name)
        self.rejected.pop(name, None)
        self.leases.end(name)

    def _hold(self, name: str, version: str | None) -> None:
        self.held[name] = version
        self.inherited.discard(name)
        self.rejected.pop(name, None)
        if version is None:
            self.leases.end(name)

    @abstractmethod
    def _content(self, target: ResourceSet, now: float, only_requested: bool) -> Content | None: ...


def _only_renews(content: Content) -> bool:
    return bool(content.renewed) and not (content.resources or content.removed)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/-]|\.\w)", text) is not None
