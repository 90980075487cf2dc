# SPDX-License-Identifier: Apache-2.0
"""Faults that are on, each scenario's under a lease."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from l7filters.connection_faults import ConnectionFault
from l7filters.fault_levels import AnyFault
from l7filters.faults import Fault
from riftgate.control.documents import DocumentKey

FAULT_TTL = 5.0
"""Seconds after this server's last heartbeat at which a sidecar drops every fault by itself, and the kernel sends no
connection to the fault server any more."""
LATENESS = 0.5
"""Seconds after the end of a lease at which a sidecar drops its faults by itself: this server does it before, if it
can."""
MAX_LEASE = 10.0
"""Longest lease of a scenario, in seconds: so long a fault may outlive its runner."""


@dataclass(slots=True)
class ActiveScenario:
    """Faults that are on until ``expires`` (event loop time), unless renewed."""

    faults: tuple[AnyFault, ...]
    expires: float
    document: DocumentKey | None = None
    """Of a policy in the chaos dialect, whose faults follow the document; None: of a runner."""
    number: int = 0
    """Differs from that of every other."""

    @property
    def until_milliseconds(self) -> int:
        """When no sidecar has its faults any more, in milliseconds of CLOCK_BOOTTIME; tenths of a second, so that it is
        the same each time until the lease is renewed."""
        slept = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
        return 100 * math.ceil(10 * (self.expires + LATENESS + slept))


@dataclass(frozen=True, slots=True)
class LayerTerm:
    """No sidecar keeps a runtime layer for longer than the first of the leases in it lasts."""

    scenarios: tuple[ActiveScenario, ...]

    @property
    def key(self) -> str:
        return "+".join(str(each.number) for each in self.scenarios)

    def left(self) -> float:
        """Seconds."""
        return min(each.expires for each in self.scenarios) + LATENESS - now()


def wordless(scenarios: Iterable[ActiveScenario]) -> frozenset[str]:
    """The ids of those faults whose documents have no words for a bound."""
    return frozenset(fault.id for each in scenarios if each.document is not None for fault in each.faults)


def activated(fault: AnyFault, before: tuple[AnyFault, ...], activation: int) -> AnyFault:
    """The fault with its number: the same for as long as it is on without a break, and another the next time."""
    if not isinstance(fault, Fault | ConnectionFault):
        return fault
    for other in before:
        if isinstance(other, Fault | ConnectionFault) and replace(other, activation=fault.activation) == fault:
            return other
    return replace(fault, activation=activation)


def now() -> float:
    """Event loop time, as all leases have it."""
    return asyncio.get_running_loop().time()
