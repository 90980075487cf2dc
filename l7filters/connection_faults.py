# SPDX-License-Identifier: Apache-2.0
"""Connection-level faults: what becomes of TCP connections of any protocol, between two sets of workloads.

The sidecar asks the fault server which of the connections that a fault may hit are hit, and does it itself
(`envoy/filter`). Policy comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from l7filters.connection_effects import ConnectionEffects, Stream
from l7filters.faults import ALL_REQUESTS, FaultTarget, Inject, Which, check_name, sources, targets
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, World

ALL_CONNECTIONS = ALL_REQUESTS
POD_VARIABLE = "RIFTGATE_POD"
"""Environment variable of a sidecar's Envoy: its workload's key."""


class Existing(StrEnum):
    """What becomes of connections that were open when the fault was turned on."""

    KEEP = "keep"
    """They go on untouched."""
    RESET = "reset"
    """They are reset, so that their clients connect anew, into the fault."""


@dataclass(frozen=True, slots=True)
class ConnectionFault:
    """One fault. `source` are those who dial (None: every workload, and what is outside of the mesh). Raises ValueError
    with the reason."""

    scenario: str
    name: str
    location: SourceLocation
    target: FaultTarget
    does: ConnectionEffects
    stream: Stream = Stream.BOTH
    parts_per_million: int = ALL_CONNECTIONS
    source: Selector | None = None
    which: Which | None = None
    inject: Inject = Inject.SERVER
    existing: Existing = Existing.KEEP
    activation: int = 0
    """Of which time that it is on; the fault server counts anew for each."""

    def __post_init__(self) -> None:
        for name in (self.scenario, self.name):
            check_name(name)
        if not 1 <= self.parts_per_million <= ALL_CONNECTIONS:
            raise ValueError(f"{self.parts_per_million} parts per million are not between 1 and {ALL_CONNECTIONS}")
        if self.which is not None and self.which.key is not None:
            raise ValueError("a connection has no headers that a key could name; remove the key")
        if (outside := self.target.outside) is not None:
            if outside.network is None:
                raise ValueError(f"a connection is opened to an address; instead of {outside} write it, or its network")
            if self.inject is not Inject.CLIENT:
                raise ValueError(f"{outside} has no sidecar that could do it; write inject: client")

    @property
    def id(self) -> str:
        """`scenario/name`, as of every fault."""
        return f"{self.scenario}/{self.name}"

    @property
    def effects(self) -> tuple[str, ...]:
        """For people."""
        ways = {Stream.UPSTREAM: " upstream", Stream.DOWNSTREAM: " downstream", Stream.BOTH: ""}
        return (f"connection{ways[self.stream]}: {self.does}",)

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


@dataclass(frozen=True, slots=True)
class ConnectionRule:
    """What a fault means in a world.

    The sidecars of `pods` do it, to connections with `peers`: at the server's side those who dial, at the client's
    (`inject`) those who are dialled. In addresses: the connection was dialled to one of `dialled` (address or network,
    and port; port 0 is every one), by one of `callers` (None: anybody).
    """

    fault: str
    activation: int
    does: ConnectionEffects
    stream: Stream
    parts_per_million: int
    which: Which | None
    inject: Inject
    existing: Existing
    pods: frozenset[str]
    peers: frozenset[str | None]
    """Workload keys; None is outside of the mesh."""
    port: int
    """Of the fault's target; 0: every one."""
    dialled: tuple[tuple[str, int], ...]
    callers: tuple[str, ...] | None


def connection_rule(world: World, fault: ConnectionFault) -> ConnectionRule:
    """What a fault means in this world."""
    chosen = targets(world, fault)
    found = sources(world, fault)
    peers = world.workloads if found is None else found
    callers = None if found is None else tuple(address for each in peers for address in each.calling_addresses)
    keys: frozenset[str | None] = frozenset(each.key for each in peers)
    port = fault.target.port or 0
    if fault.inject is Inject.SERVER:
        pods = frozenset(each.key for each in chosen)
        others = keys | ({None} if found is None else frozenset())
        dialled = tuple((address, port) for each in chosen for address in each.addresses)
    else:
        pods = frozenset(each.key for each in peers)
        outside = fault.target.outside
        others = frozenset(each.key for each in chosen) if outside is None else frozenset({None})
        dialled = _ways_to(world, chosen, port) if outside is None else ((str(outside.network), port),)
    return ConnectionRule(
        fault=fault.id,
        activation=fault.activation,
        does=fault.does,
        stream=fault.stream,
        parts_per_million=fault.parts_per_million,
        which=fault.which,
        inject=fault.inject,
        existing=fault.existing,
        pods=pods,
        peers=others,
        port=port,
        dialled=dialled,
        callers=callers,
    )


def _ways_to(world: World, chosen: tuple[Workload, ...], port: int) -> tuple[tuple[str, int], ...]:
    """Where one dials for these workloads: their own addresses, and those of the services in front of them."""
    keys = {each.key for each in chosen}
    found = [(address, port) for each in chosen for address in each.addresses]
    for service in world.services:
        for each in service.ports:
            if any(one.key in keys and port in {0, number} for one, number in world.backends(service, each)):
                found += [(address, each.port) for address in service.addresses]
    return tuple(found)
