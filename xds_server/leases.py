# SPDX-License-Identifier: Apache-2.0
"""Resources with a time to live: when each must be renewed so that the client keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from .resource import Resource, Term

# Two heartbeats may be lost or late before anything expires.
_RENEWALS_PER_TTL = 3
_SHORTEST_PAUSE = 0.25
"""Seconds. Towards the end of a term the times to live get ever shorter."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The client has this version, from `started` on, for `ttl` seconds."""

    version: str
    started: float
    ttl: float
    term: Term | None = None

    @property
    def renewal(self) -> float:
        pause = self.ttl / _RENEWALS_PER_TTL
        return self.started + (pause if self.term is None else max(pause, _SHORTEST_PAUSE))

    @property
    def is_over(self) -> bool:
        """Whether nothing may renew it any more."""
        return self.term is not None and self.term.left() <= 0

    def surely_held(self, now: float) -> bool:
        """Whether the client cannot have dropped it yet.

        A client does not say that a resource expired, and a heartbeat without a body for one that it dropped
        is an error there; hence the margin for a heartbeat that is on its way.
        """
        return now < self.started + self.ttl * 0.8


class Leases:
    """The leases that run on one stream for one type."""

    def __init__(self) -> None:
        self._by_name: dict[str, Lease] = {}

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def start(self, resource: Resource, now: float) -> None:
        """The resource was sent at `now`. Ends the lease if this version has no time to live."""
        ttl = resource.time_to_live()
        if ttl is None:
            self._by_name.pop(resource.name, None)
        else:
            self._by_name[resource.name] = Lease(resource.version, now, ttl, resource.term)

    def end(self, name: str) -> None:
        self._by_name.pop(name, None)

    def clear(self) -> None:
        self._by_name.clear()

    def due(self, now: float) -> dict[str, Lease]:
        if not self._by_name:
            return {}
        return {name: each for name, each in self._by_name.items() if each.renewal <= now and not each.is_over}

    @property
    def next_renewal(self) -> float:
        """Of those that there are."""
        return min(lease.renewal for lease in self._by_name.values())
