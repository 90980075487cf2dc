# SPDX-License-Identifier: Apache-2.0
"""What the datapath is told of L3/L4: addresses, services, names, and the verdict of each pair of identities.

`l4` makes them.
"""

from dataclasses import dataclass

from l7filters.dns import AskedNames
from l7filters.local_tables import PodRights
from l7filters.peers import FqdnPattern
from l7filters.ports import Protocol

TCP = 6
"""IPPROTO_TCP."""
UDP = 17
"""IPPROTO_UDP."""
CARRIED = (
    (Protocol.TCP, TCP),
    (Protocol.UDP, UDP),
    (Protocol.SCTP, 132),
    (Protocol.ICMP, 1),
    (Protocol.ICMPV6, 58),
)
"""The protocols that the datapath carries, with their numbers (IPPROTO_*); it refuses all others whatever policies say.
The port of a message of ICMP is its type."""
EVERY_PROTOCOL = 0
"""Protocol of an entry that holds for each one that has no entry of its own."""


@dataclass(frozen=True, slots=True)
class L4Service:
    """A virtual address and port with the distinct (identity, port) pairs behind it; none: nobody serves it."""

    address: str
    port: int
    protocol: int
    backends: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class L4Datagrams:
    """A virtual address and UDP port with the (address, port) pairs that serve it; sidecars have no part in UDP."""

    address: str
    port: int
    backends: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class L4Entry:
    """The verdict on the ports whose leading `prefix` bits (0..16) are those of `port`; the longest prefix wins, and an
    entry of EVERY_PROTOCOL, which has none, loses to all others."""

    source: int
    destination: int
    protocol: int
    port: int
    prefix: int
    allowed: bool
    asking: bool = False
    """Not allowed, but for the source's sidecar, which asks an authorization server there."""
    refused: bool = False
    """By a deny rule, which no name lifts; told only where there are names to lift anything."""


@dataclass(frozen=True, slots=True)
class L4Name:
    """A name or pattern of toFQDNs rules; its identity is the same in all tables that have it, from 2**31 on."""

    pattern: FqdnPattern
    identity: int


@dataclass(frozen=True, slots=True)
class L4Tables:
    """All tables, in a fixed order: equal input gives equal tables. Identities count from 1.

    `identities` holds every address (it has 0.0.0.0/0 and ::/0), and `entries` a verdict for each pair with a workload
    at one end at least; what is in neither is nobody's business and is denied. Entries to a name allow alone.
    `asked` is the resolver's part; `local` is what LocalPolicies say.
    """

    identities: tuple[tuple[str, int], ...]
    services: tuple[L4Service, ...]
    entries: tuple[L4Entry, ...]
    datagrams: tuple[L4Datagrams, ...] = ()
    names: tuple[L4Name, ...] = ()
    asked: tuple[AskedNames, ...] = ()
    local: tuple[PodRights, ...] = ()
