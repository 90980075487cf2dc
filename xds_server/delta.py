# SPDX-License-Identifier: Apache-2.0
"""Incremental xDS: the client says what it adds to and drops from its subscription, the server sends what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .messages import Content, DeltaRequest
from .resource import Resource, ResourceSet
from .subscription import WILDCARD, Subscription
from .type_urls import FULL_STATE


class DeltaSubscription(Subscription):
    """One type on one Delta stream."""

    def __init__(self, type_url: str) -> None:
        super().__init__(type_url)
        self._asked = False

    def receive(self, request: DeltaRequest) -> None:
        """Read a request: first as an answer to what was sent, then for what it changes in the subscription.

        A stale nonce makes it no answer, but its changes count all the same: they are told only once.
        """
        self._touched()
        self._settle(request.nonce, request.error)
        first = not self._asked
        self._asked = True
        if first and not request.subscribe and self.type_url in FULL_STATE:
            self._subscribe_to_all()
        self.names.update(request.subscribe)
        self.requested.update(request.subscribe)
        if WILDCARD in request.subscribe:
            self.names.discard(WILDCARD)
            self.requested.discard(WILDCARD)
            self._subscribe_to_all()
        if first:
            self._inherit(request.initial_versions)
        for name in request.unsubscribe:
            self._unsubscribe(name)

    def receive_acceptance(self) -> bool:
        """Read a request that says nothing but yes to what was sent; False, and nothing is read: there is a refusal
        that it may lift, or a time to live that runs on from here."""
        if self.outstanding is None or self.rejected or self.leases:
            return False
        self.outstanding = None
        return True

    @property
    def _has_asked_for_all(self) -> bool:
        return self.must_answer or not (self.wildcard or self.held or self.requested != self.names)

    def change(self, before: ResourceSet, after: ResourceSet) -> Content | None:
        """What `due` gives for `after` when the client has all of `before` that it wants, and nothing else is under
        way; None if that is not so, or if it is nothing. The same object for all clients that want the same."""
        if (
            self.outstanding is not None
            or self._nothing_to_send_of != before.version
            or self.must_answer
            or self.requested
            or self.rejected
            or self.inherited
            or self.leases
            or after.expires
        ):
            return None
        key = (before.version, self.wildcard, frozenset(self.names))
        content = after.shared(key, lambda: self._between(before, after))
        if content is not None:
            self._all_due_of = after.version
        return content

    def _between(self, before: ResourceSet, after: ResourceSet) -> Content | None:
        names = before.keys() | after.keys() | self.names if self.wildcard else self.names
        resources: list[Resource] = []
        removed: list[str] = []
        for name in sorted(names):
            old, new = before.find(name), after.find(name)
            if new is None:
                if old is not None:
                    removed.append(name)
            elif old is None or old.version != new.version:
                resources.append(new)
        if not (resources or removed):
            return None
        return Content(self.type_url, after.version, tuple(resources), (), tuple(removed))

    def _subscribe_to_all(self) -> None:
        if self.wildcard:
            self.requested.update(self.held)
        self.wildcard = True
        self.must_answer = True

    def _inherit(self, versions: Mapping[str, str]) -> None:
        told = versions.keys() if self.wildcard else versions.keys() & self.names
        if told:
            self.held.update(versions if len(told) == len(versions) else {name: versions[name] for name in told})
            self.requested -= told
            self.inherited |= told
            # It asks for news of what it has, not for whether there is anything.
            self.must_answer = False

    def _unsubscribe(self, name: str) -> None:
        if name == WILDCARD:
            self.wildcard = False
            self.must_answer = False
            for held in self.held.keys() - self.names:
                self._forget(held)
        elif name in self.names:
            self.names.discard(name)
            if self.wildcard:
                # It is wanted still, through the wildcard; the client cannot know whether it exists.
                self.requested.add(name)
            else:
                self._forget(name)

    def _content(self, target: ResourceSet, now: float, only_requested: bool) -> Content | None:
        if self.held or self.inherited or self.leases:
            if not (self.requested or self.must_answer or self.leases or target.expires) and (
                self.held == target.versions and self.names <= target.keys()
            ):
                return None
            return self._of_its_own(target, now, only_requested)
        # The first that the client is sent of this type depends on what it asks for alone, and most ask for the same.
        all_of_it = self.must_answer or not only_requested
        key = (self.wildcard, self.must_answer, all_of_it, frozenset(self.names), frozenset(self.requested))
        return target.shared(key, lambda: self._of_its_own(target, now, only_requested))

    def _of_its_own(self, target: ResourceSet, now: float, only_requested: bool) -> Content | None:
        resources: dict[str, Resource] = {}
        renewed: list[Resource] = []
        removed: list[str] = []
        for name in self.requested if only_requested and not self.must_answer else self._names_of_interest(target):
            resource = target.find(name)
            if resource is None:
                if name in self.requested or self._must_hear_of_absence(name):
                    removed.append(name)
            elif self.held.get(name) != resource.version or name in self.requested or self._may_expire(resource):
                resources[name] = resource
        for name, lease in self.leases.due(now).items():
            resource = target.find(name)
            if resource is None or resource.version != lease.version or name in resources:
                continue
            if lease.surely_held(now):
                renewed.append(resource)
            else:
                resources[name] = resource
        if not (resources or renewed or removed or self.must_answer):
            return None
        return Content(
            self.type_url,
            target.version,
            tuple(resources[name] for name in sorted(resources)),
            tuple(renewed),
            tuple(sorted(removed)),
        )

    def _names_of_interest(self, target: ResourceSet) -> Iterable[str]:
        if self.wildcard and (self.held or self.requested):
            return target.keys() | self.names | self.held.keys() | self.requested
        if self.wildcard:
            return target.keys() | self.names
        return self.names

    def _may_expire(self, resource: Resource) -> bool:
        """Whether its time may run out at any moment, so that only its body surely renews it."""
        return resource.ttl is not None and resource.name in self.inherited

    def _must_hear_of_absence(self, name: str) -> bool:
        if self.spares and name in self.inherited:
            return False
        if name in self.held:
            return self.held[name] is not None
        return name in self.names

    def _hold(self, name: str, version: str | None) -> None:
        super()._hold(name, version)
        if version is None and name not in self.names:
            del self.held[name]
