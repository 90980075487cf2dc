# SPDX-License-Identifier: Apache-2.0
"""Until when faults on requests are on, for what is done to bodies that outlast them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

_REMEMBERED = 10_000


def boottime_milliseconds() -> float:
    """CLOCK_BOOTTIME, which goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) * 1000


class FaultLeases:
    """What the fault server was told of ends. A fault that it has never heard of is on: a sidecar says so."""

    def __init__(self, clock: Callable[[], float] = boottime_milliseconds) -> None:
        self._clock = clock
        self._until: dict[str, int] = {}
        self._gone: dict[str, None] = {}
        """Those that were on, the last of them at the end."""

    def replace(self, until: Mapping[str, int]) -> None:
        """From now on these are on, by id and until that time of the clock, and no others."""
        for gone in self._until.keys() - until.keys():
            self._gone[gone] = None
        for fault in until:
            self._gone.pop(fault, None)
        while len(self._gone) > _REMEMBERED:
            del self._gone[next(iter(self._gone))]
        self._until = dict(until)

    def is_on(self, fault: str) -> bool:
        until = self._until.get(fault)
        return fault not in self._gone if until is None else until > self._clock()
