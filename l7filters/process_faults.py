# SPDX-License-Identifier: Apache-2.0
"""Process-level faults: containers that are killed, or frozen for as long as the fault is on."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from l7filters.faults import ALL_REQUESTS, FaultTarget, check_name, targets
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import World

SIGNALS = {name: number.value for name, number in signal.Signals.__members__.items()}
"""Signal numbers of this kernel (signal(7)) by name, such as SIGKILL."""


@dataclass(frozen=True, slots=True)
class ProcessFault:
    """A container's main process is sent a signal, once, when the fault is turned on; or, with `kill` None, all
    processes of the container stand still (cgroup v2's freezer) until it is turned off.

    Raises ValueError with the reason.
    """

    scenario: str
    name: str
    location: SourceLocation
    target: FaultTarget
    kill: str | None = None
    """A key of SIGNALS."""
    container: str | None = None
    """None: every container of the pod. Never the sidecar."""

    def __post_init__(self) -> None:
        for name in (self.scenario, self.name):
            check_name(name)
        if self.kill is not None and self.kill not in SIGNALS:
            raise ValueError(f"{self.kill!r} is no signal; write one such as SIGKILL or SIGTERM")
        if self.target.port is not None:
            raise ValueError("a process has no port; remove it from the target")

    @property
    def id(self) -> str:
        """`scenario/name`, as of every fault."""
        return f"{self.scenario}/{self.name}"

    @property
    def source(self) -> Selector | None:
        """Nobody's calls are picked out."""
        return None

    @property
    def parts_per_million(self) -> int:
        """Every container of every target."""
        return ALL_REQUESTS

    @property
    def effects(self) -> tuple[str, ...]:
        """For people."""
        what = f"container {self.container}" if self.container else "every container"
        return (f"freeze {what}" if self.kill is None else f"{self.kill} to {what}",)

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


@dataclass(frozen=True, slots=True)
class ProcessRule:
    """What a fault means in a world, by workload keys."""

    fault: str
    pods: tuple[str, ...]
    container: str | None
    signal: int | None
    """Its number; None: freeze."""
    done: bool = False
    """The signal was sent, and is not sent again."""


def process_rule(world: World, fault: ProcessFault) -> ProcessRule:
    pods = tuple(workload.key for workload in targets(world, fault))
    return ProcessRule(fault.id, pods, fault.container, None if fault.kill is None else SIGNALS[fault.kill])
