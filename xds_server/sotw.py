# SPDX-License-Identifier: Apache-2.0
"""State of the world: every request names all that the client wants, responses for clusters and listeners
hold it all."""

from __future__ import annotations

from .messages import Content, Response, SotwRequest
from .resource import Resource, ResourceSet, version_of
from .subscription import WILDCARD, Subscription
from .type_urls import FULL_STATE


class SotwSubscription(Subscription):
    """One type on one state-of-the-world stream."""

    def __init__(self, type_url: str) -> None:
        super().__init__(type_url)
        self._full_state = type_url in FULL_STATE
        self._nonce: str | None = None
        self._has_named = False
        self._claimed_version = ""

    def receive(self, request: SotwRequest) -> None:
        """Read a request. One with a stale nonce is ignored as a whole: a later request repeats what it says."""
        if self._nonce is None or not request.nonce:
            # Before the first answer no nonce can be stale; after it, none at all means that the client starts anew.
            self._begin(request)
        elif request.nonce != self._nonce:
            return
        self._touched()
        self._settle(request.nonce, request.error)
        self._want(request.names)

    def _begin(self, request: SotwRequest) -> None:
        if self._nonce is not None:
            for name in list(self.held):
                self._forget(name)
            self.outstanding = None
            self._nonce = None
            self._has_named = False
            self.wildcard = False
            self.names.clear()
        self.must_answer = self._full_state
        self._claimed_version = request.version

    def _want(self, names: tuple[str, ...]) -> None:
        self._has_named = self._has_named or bool(names)
        wildcard = WILDCARD in names or (self._full_state and not self._has_named)
        wanted = set(names) - {WILDCARD}
        added = wanted - self.names
        if wildcard and not self.wildcard:
            self.must_answer = True
        self.requested |= added
        self.wildcard = wildcard
        self.names = wanted
        for name in [*self.held, *self.requested]:
            if not self.interested(name):
                self._forget(name)
        if not (wildcard or wanted):
            self.must_answer = False

    def _content(self, target: ResourceSet, now: float, only_requested: bool) -> Content | None:
        wanted = self._wanted(target)
        if self._full_state:
            return self._whole(target, wanted, now, only_requested)
        due = self.leases.due(now)
        chosen = [
            resource
            for resource in wanted
            if resource.name in self.requested
            or resource.name in due
            or (not only_requested and self.held.get(resource.name) != resource.version)
        ]
        if not chosen:
            return None
        return Content(self.type_url, target.version, tuple(chosen))

    def _wanted(self, target: ResourceSet) -> list[Resource]:
        if self.wildcard and self.names <= target.keys():
            return list(target.values())
        names = self.names | target.keys() if self.wildcard else self.names
        found = (target.find(name) for name in sorted(names))
        return [resource for resource in found if resource is not None]

    def _whole(self, target: ResourceSet, wanted: list[Resource], now: float, only_requested: bool) -> Content | None:
        if self._resumes(target):
            self.must_answer = False
            self.held.update((resource.name, resource.version) for resource in wanted)
            return None
        differs = self.held != {resource.name: resource.version for resource in wanted}
        # A name that was added is answered with the whole state, in which its absence says that it does not exist.
        if not (self.must_answer or self.requested or self.leases.due(now) or (differs and not only_requested)):
            return None
        return Content(self.type_url, version_of(wanted), tuple(wanted))

    def _resumes(self, target: ResourceSet) -> bool:
        """Whether the client says that it has this very state from an earlier stream.

        Only a wildcard's version hashes a known set of names, and what has a time to live may expire at any
        moment.
        """
        return (
            self.must_answer
            and self._nonce is None
            and self._claimed_version == target.version
            and self.wildcard
            and not self.names
            and not target.expires
        )

    def sent(self, response: Response, now: float) -> None:
        self._nonce = response.nonce
        if self._full_state:
            self.held.clear()
            self.rejected.clear()
            self.leases.clear()
            self.requested.clear()
        super().sent(response, now)
