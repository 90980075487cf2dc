# SPDX-License-Identifier: Apache-2.0
"""A scenario as the runner sees it. Built by `scenarios.parse`; times are seconds, delays milliseconds."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from l7filters.fault_levels import AnyFault
from l7filters.faults import Fault
from l7filters.http_match import Pattern
from l7filters.source import SourceLocation

BY_HAND = "by-hand"
"""The scenario of faults that were turned on by hand, as far as their ids go. No file has one of that name."""
MIN_LEASE_SECONDS = 1.0
MAX_LEASE_SECONDS = 10.0


class Phase(StrEnum):
    """When a probe is asked."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """One request from a pod; met when every given bound holds."""

    pod: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    request_body: str | None
    statuses: tuple[int, ...]
    body: Pattern | None
    """Held against the whole body, surrounding white space removed."""
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class FlowCheck:
    """Genuine requests to the scenario's targets during the last `window_seconds`."""

    window_seconds: float
    source: str | None
    minimum_requests: int
    """With fewer the probe says nothing: neither met nor broken."""
    success_rate: float | None
    """0..1: share of genuine requests with an answer under 500 (and grpc-status 0, where there is one)."""
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class CommandCheck:
    """A command in a pod; met when it ends with `exit_code` and its output matches."""

    pod: str
    argv: tuple[str, ...]
    exit_code: int
    stdout: Pattern | None
    """Held against all of standard output, surrounding white space removed."""


Check = HttpCheck | FlowCheck | CommandCheck


@dataclass(frozen=True, slots=True)
class Probe:
    """One statement about the steady state. Broken during the run, it stops the run at once."""

    name: str
    location: SourceLocation
    check: Check
    phases: frozenset[Phase]
    interval_seconds: float
    timeout_seconds: float
    failures: int
    """So many failures in a row are tolerated while the faults are on."""


@dataclass(frozen=True, slots=True)
class ScheduledFault:
    """A fault, on from `start_seconds` to `end_seconds` after the first activation was ACKed."""

    fault: AnyFault
    start_seconds: float
    end_seconds: float
    must_fire: bool


@dataclass(frozen=True, slots=True)
class Step:
    """The faults that are on together from `start_seconds` to `end_seconds` after the first activation was ACKed."""

    start_seconds: float
    end_seconds: float
    faults: tuple[AnyFault, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Requests that the run itself sends while the faults are on, and holds against the flow records."""

    pod: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    requests: int
    per_second: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    namespace: str
    description: str
    location: SourceLocation
    duration_seconds: float
    lease_seconds: float
    recovery_seconds: float
    """How long after the revert the probes may take until they hold again."""
    probes: tuple[Probe, ...]
    faults: tuple[ScheduledFault, ...]
    load: Load | None

    def active_at(self, seconds: float) -> tuple[AnyFault, ...]:
        """The faults that are on so long after the first activation."""
        return tuple(s.fault for s in self.faults if s.start_seconds <= seconds < s.end_seconds)

    @property
    def counted(self) -> tuple[str, ...]:
        """Ids of the faults whose hits are in no flow record."""
        return tuple(each.fault.id for each in self.faults if not isinstance(each.fault, Fault))

    @property
    def sets(self) -> tuple[tuple[AnyFault, ...], ...]:
        """Every set of faults that are on at the same time, in order."""
        return tuple(dict.fromkeys(step.faults for step in self.steps))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The run's parts in which a fault is on, in order; the set of faults changes between one and the next."""
        found = (Step(start, end, self.active_at(start)) for start, end in pairwise(self.borders()))
        return tuple(step for step in found if step.faults)

    def borders(self) -> tuple[float, ...]:
        """The moments at which the set of active faults changes, in order, 0 and the end included."""
        edges = {0.0, self.duration_seconds}
        edges.update(edge for s in self.faults for edge in (s.start_seconds, s.end_seconds))
        return tuple(sorted(edges))

    def probes_in(self, phase: Phase) -> tuple[Probe, ...]:
        return tuple(probe for probe in self.probes if phase in probe.phases)
