# SPDX-License-Identifier: Apache-2.0
"""What the fault server says of connections that faults have hit: how many, and which, for the flow records."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable

from xds_server.flow import TCP, FlowRecord

REMEMBERED = 65_536
"""Connections; the oldest go first."""


class ConnectionHits:
    """Counts by fault, and who was hit. `now` is in seconds of the Unix epoch, as flow records have it."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._connections: OrderedDict[tuple[str, str, str], set[str]] = OrderedDict()
        self._ended: dict[str, float] = {}
        self._on: frozenset[str] = frozenset()
        self.counts: Counter[str] = Counter()

    def on(self, faults: Iterable[str]) -> None:
        """Exactly these are on from now on: what begins later on a connection that another has hit is not its doing."""
        fresh = frozenset(faults)
        for gone in self._on - fresh:
            self._ended[gone] = self._now()
        for back in fresh:
            self._ended.pop(back, None)
        self._on = fresh

    def hit(self, pod: str, remote: str, connection: str, fault: str) -> None:
        """A connection to the sidecar of this workload, from `remote` (address and port as flow records write them),
        with this number; the number alone begins anew with each sidecar."""
        self.counts[fault] += 1
        which = (pod, remote, connection)
        self._connections.setdefault(which, set()).add(fault)
        self._connections.move_to_end(which)
        if len(self._connections) > REMEMBERED:
            self._connections.popitem(last=False)

    def faults_of(self, record: FlowRecord) -> tuple[str, ...]:
        """Those that have hit the connection on which this happened, in alphabetical order.

        The record of a TCP connection is its last.
        """
        which = (record.node, str(record.source), record.connection)
        known = self._connections.get(which)
        if known is None:
            return ()
        if record.protocol == TCP:
            del self._connections[which]
        return tuple(sorted(each for each in known if record.time <= self._ended.get(each, record.time)))
