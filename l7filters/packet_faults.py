# SPDX-License-Identifier: Apache-2.0
"""Packet-level faults: what becomes of packets between two sets of workloads, below everything that Envoy sees.

They are applied where packets enter a pod, after policy has let them pass. A packet is what crosses the pod's link:
with segmentation offloaded up to 64 KB of a TCP stream. What a pod sends to itself never gets there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from l7filters.faults import ALL_REQUESTS, Family, FaultTarget, RandomDelay, Which, check_name, sources, targets
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, World

ALL_PACKETS = ALL_REQUESTS
MAX_PACKET_DELAY_MILLISECONDS = 2000
"""So long a packet may still be under way when its fault is over."""
DEFAULT_REORDERING_MILLISECONDS = 10
PROTOCOLS = {"TCP": 6, "UDP": 17}
"""IP protocol numbers (IANA) by the names that a fault may give."""


class PacketEffect(StrEnum):
    """What becomes of a packet that is hit."""

    LOSS = "loss"
    DUPLICATION = "duplication"
    """It arrives twice."""
    CORRUPTION = "corruption"
    """Its IP header arrives damaged: the receiving kernel finds it, counts an error and drops it."""
    PARTITION = "partition"
    """Loss of all of them."""
    DELAY = "delay"
    """It arrives later; those behind it may overtake it where their delays differ."""
    REORDERING = "reordering"
    """It is held back and overtaken by those behind it."""


LATE = frozenset({PacketEffect.DELAY, PacketEffect.REORDERING})
"""The effects that hold packets back: they have a delay, and take a queue that the kernel may lack."""


class Direction(StrEnum):
    """Which way the packets go that may be hit, seen from the fault's target."""

    TO = "to"
    FROM = "from"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PacketFault:
    """One fault. `source` are the other ends (None: every workload, and what is outside of the mesh); with `outside`
    they are only what is outside of the mesh. All constructors raise ValueError with the reason."""

    scenario: str
    name: str
    location: SourceLocation
    target: FaultTarget
    effect: PacketEffect
    parts_per_million: int = ALL_PACKETS
    source: Selector | None = None
    outside: bool = False
    direction: Direction = Direction.BOTH
    protocol: str | None = None
    """A key of PROTOCOLS; None: all that policy lets pass."""
    delay: RandomDelay | None = None
    """Of the effects that are LATE, drawn anew for each packet."""
    which: Which | None = None

    def __post_init__(self) -> None:
        for name in (self.scenario, self.name):
            check_name(name)
        if not 1 <= self.parts_per_million <= ALL_PACKETS:
            raise ValueError(f"{self.parts_per_million} parts per million are not between 1 and {ALL_PACKETS}")
        if self.effect is PacketEffect.PARTITION and self.parts_per_million != ALL_PACKETS:
            raise ValueError("a partition loses every packet; for a part of them, write loss")
        if self.outside and self.source is not None:
            raise ValueError("what is outside of the mesh has no labels that a selector could match")
        if self.protocol is not None and self.protocol not in PROTOCOLS:
            raise ValueError(f"{self.protocol!r} is none of {', '.join(PROTOCOLS)}")
        if self.which is not None:
            self._check_which(self.which)
        if (self.delay is not None) != (self.effect in LATE):
            raise ValueError(
                f"packets are late by a delay with the effects {' and '.join(sorted(LATE))}, and only then"
            )
        if self.delay is not None:
            longest = self.delay.parameters[-1] if self.delay.family in {Family.FIXED, Family.UNIFORM} else 0
            if max(longest, self.delay.limit_milliseconds) > MAX_PACKET_DELAY_MILLISECONDS:
                raise ValueError("a packet is held for 2 s at most: so long it may outlive its fault")

    def _check_which(self, which: Which) -> None:
        if self.effect is PacketEffect.PARTITION:
            raise ValueError("a partition loses every packet; for some of them, write loss")
        if which.at_once is not None:
            raise ValueError("atOnce: a packet that has passed is never over, so none are hit at once; remove it")
        if which.key is not None:
            raise ValueError("key: packets have no headers; remove it, and the seed draws their numbers")

    @property
    def id(self) -> str:
        """`scenario/name`, as of every fault."""
        return f"{self.scenario}/{self.name}"

    @property
    def effects(self) -> tuple[str, ...]:
        """For people."""
        ways = {Direction.TO: " of packets to it", Direction.FROM: " of packets from it", Direction.BOTH: ""}
        late = f" ({self.delay.words})" if self.delay is not None else ""
        return (f"packet {self.effect}{ways[self.direction]}{late}",)

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


@dataclass(frozen=True, slots=True)
class PacketRule:
    """One direction of a fault, between workloads by their keys."""

    fault: str
    effect: PacketEffect
    parts_per_million: int
    pairs: frozenset[tuple[str | None, str]]
    """(sender, receiver); a sender of None is outside of the mesh."""
    protocol: int = 0
    """IP protocol number; 0: every one."""
    port: int = 0
    """Of the fault's target; 0: every one."""
    from_target: bool = False
    """The target sends: its port is the packets' source port."""
    delay: RandomDelay | None = None
    which: Which | None = None
    """Both directions of a fault count together."""

    @property
    def may_overtake(self) -> bool:
        """Whether what is delayed may come behind what was sent after it. Where all are late by the same, none does."""
        if self.effect is PacketEffect.REORDERING:
            return True
        fixed = self.delay is not None and self.delay.family is Family.FIXED
        return self.effect is PacketEffect.DELAY and not (
            fixed and self.parts_per_million == ALL_PACKETS and self.which is None
        )

    @property
    def receivers(self) -> frozenset[str]:
        return frozenset(receiver for _, receiver in self.pairs)


def packet_rules(world: World, fault: PacketFault) -> tuple[PacketRule, ...]:
    """What a fault means in this world. Packets to the outside leave the mesh as they are: there only what comes back
    is struck."""
    chosen = [workload.key for workload in targets(world, fault)]
    peers = [workload.key for workload in _peers(world, fault)]
    outside: list[None] = [None] if fault.outside or fault.source is None else []
    ways: dict[bool, frozenset[tuple[str | None, str]]] = {
        False: frozenset((peer, target) for target in chosen for peer in (*peers, *outside) if peer != target),
        True: frozenset((target, peer) for target in chosen for peer in peers if peer != target),
    }
    wanted = {Direction.TO: (False,), Direction.FROM: (True,), Direction.BOTH: (False, True)}[fault.direction]
    return tuple(
        PacketRule(
            fault=fault.id,
            effect=fault.effect,
            parts_per_million=fault.parts_per_million,
            pairs=ways[from_target],
            protocol=PROTOCOLS[fault.protocol] if fault.protocol else 0,
            port=fault.target.port or 0,
            from_target=from_target,
            delay=fault.delay,
            which=fault.which,
        )
        for from_target in wanted
        if ways[from_target]
    )


def packet_seed(seed: int, fault: str) -> int:
    """Where the numbers of a fault's packets begin: BLAKE2b, 8 bytes, of `seed/fault` in UTF-8, big-endian.

    Packet n is hit when the n-th output of SplitMix64 from there, as a fraction of 2**64, is below the percentage.
    """
    return int.from_bytes(hashlib.blake2b(f"{seed}/{fault}".encode(), digest_size=8).digest(), "big")


def _peers(world: World, fault: PacketFault) -> tuple[Workload, ...]:
    if fault.outside:
        return ()
    found = sources(world, fault)
    return world.workloads if found is None else found
