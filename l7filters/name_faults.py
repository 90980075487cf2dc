# SPDX-License-Identifier: Apache-2.0
"""Name-level faults: what becomes of the DNS queries of some workloads, by name and record type.

The resolver applies them, after policy: what policy refuses is refused. An address that a fault made up is learned for
no toFQDNs rule, so no fault opens a way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from l7filters.faults import ALL_REQUESTS, FaultTarget, Which, check_name, targets
from l7filters.labels import Selector
from l7filters.peers import FqdnPattern
from l7filters.source import SourceLocation
from l7filters.world import World

MAX_NAME_DELAY_MILLISECONDS = 60_000
"""Longer than any client waits."""
_TYPE = re.compile(r"[A-Z][A-Z0-9-]*")


class NameEffect(StrEnum):
    """What becomes of a query that is hit."""

    NXDOMAIN = "nxdomain"
    """There is no such name."""
    SERVFAIL = "servfail"
    """The resolver could not find out."""
    NO_ANSWER = "noAnswer"
    DELAY = "delay"
    """The right answer, so much later."""
    WRONG_ADDRESS = "wrongAddress"
    """These addresses instead; a query for a record type of none of them gets an empty answer."""


@dataclass(frozen=True, slots=True)
class NameFault:
    """One fault; `target` are the workloads that ask. Raises ValueError with the reason."""

    scenario: str
    name: str
    location: SourceLocation
    target: FaultTarget
    effect: NameEffect
    names: tuple[FqdnPattern, ...] = ()
    """One must fit the name that is asked, search domain included; (): every name."""
    types: tuple[str, ...] = ()
    """Record types, such as AAAA; (): every type."""
    parts_per_million: int = ALL_REQUESTS
    milliseconds: int = 0
    addresses: tuple[str, ...] = ()
    which: Which | None = None

    def __post_init__(self) -> None:
        for name in (self.scenario, self.name):
            check_name(name)
        if not 1 <= self.parts_per_million <= ALL_REQUESTS:
            raise ValueError(f"{self.parts_per_million} parts per million are not between 1 and {ALL_REQUESTS}")
        if self.target.port is not None:
            raise ValueError("whoever asks for a name has no port; remove it from the target")
        if (self.effect is NameEffect.DELAY) != (self.milliseconds != 0):
            raise ValueError("a delay of names has milliseconds, and no other effect has")
        if not 0 <= self.milliseconds <= MAX_NAME_DELAY_MILLISECONDS:
            raise ValueError(f"a delay of {self.milliseconds} ms is not between 1 ms and 1 min")
        if (self.effect is NameEffect.WRONG_ADDRESS) != bool(self.addresses):
            raise ValueError("a wrong address needs addresses, and no other effect has any")
        if self.which is not None and self.which.key is not None:
            raise ValueError("key: queries have no headers; remove it, and the seed draws their numbers")
        if self.which is not None and self.which.at_once is not None and self.effect is not NameEffect.DELAY:
            raise ValueError("atOnce: only a delay holds queries, all else is over at once; remove it")
        for address in self.addresses:
            ip_address(address)
        for kind in self.types:
            if not _TYPE.fullmatch(kind):
                raise ValueError(f"{kind!r} is not a DNS record type; write one such as A or AAAA")

    @property
    def id(self) -> str:
        """`scenario/name`, as of every fault."""
        return f"{self.scenario}/{self.name}"

    @property
    def source(self) -> Selector | None:
        """Who asks is the target; who answers is the resolver."""
        return None

    @property
    def effects(self) -> tuple[str, ...]:
        """For people."""
        names = ", ".join(map(str, self.names)) or "every name"
        kinds = f" ({', '.join(self.types)})" if self.types else ""
        words = {
            NameEffect.NXDOMAIN: "NXDOMAIN",
            NameEffect.SERVFAIL: "SERVFAIL",
            NameEffect.NO_ANSWER: "no answer",
            NameEffect.DELAY: f"{self.milliseconds} ms later",
            NameEffect.WRONG_ADDRESS: f"{', '.join(self.addresses)} instead",
        }
        return (f"{names}{kinds}: {words[self.effect]}",)

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a fault means in a world: `sources` are the addresses that ask."""

    fault: str
    sources: tuple[str, ...]
    names: tuple[FqdnPattern, ...]
    types: tuple[str, ...]
    parts_per_million: int
    effect: NameEffect
    milliseconds: int = 0
    addresses: tuple[str, ...] = ()
    which: Which | None = None

    def matches(self, source: str, name: str, kind: str) -> bool:
        """Whether a query may be hit; `kind` is its record type."""
        return (
            source in self.sources
            and (not self.types or kind in self.types)
            and (not self.names or any(pattern.matches(name) for pattern in self.names))
        )


def name_rule(world: World, fault: NameFault) -> NameRule:
    addresses = tuple(address for workload in targets(world, fault) for address in workload.addresses)
    return NameRule(
        fault.id,
        addresses,
        fault.names,
        fault.types,
        fault.parts_per_million,
        fault.effect,
        fault.milliseconds,
        fault.addresses,
        fault.which,
    )
