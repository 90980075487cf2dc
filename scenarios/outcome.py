# SPDX-License-Identifier: Apache-2.0
"""What a run's events amount to. A run passes only on proof: see the table.

| outcome | when | exit code |
|---|---|---|
| FAILED | a probe broke while the faults were on, or did not hold again after the revert | 1 |
| ABORTED | the run left its plan (baseline not proven, refused, control lost, a signal, an error) | 1, 4 |
| INCONCLUSIVE | all went as planned, but a fault never fired, records are lost, a probe could not tell | 3 |
| PASSED | none of these | 0 |

4: it was refused because the host cannot do it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeGuard

from scenarios.agreement import compare_events
from scenarios.events import (
    Activated,
    Activating,
    Cause,
    Event,
    FaultsHit,
    Probed,
    RecordsLost,
    Renewed,
    RequestSeen,
    Reverted,
    RunStarted,
    Stage,
    Stopped,
)

ACTIVATION_SECONDS = 10.0
"""An activation that is not ACKed by then is given up, and reverted."""


class Verdict(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    INCONCLUSIVE = "INCONCLUSIVE"
    ABORTED = "ABORTED"


EXIT_CODES = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.INCONCLUSIVE: 3, Verdict.ABORTED: 1}
HOST_UNABLE = 4
"""Exit code of a run that was aborted because of it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reasons` is empty only for PASSED."""

    verdict: Verdict
    reasons: tuple[str, ...]


def decide_outcome(events: Iterable[Event]) -> Outcome:
    events = tuple(events)
    failed = tuple(_failures(events))
    aborted = tuple(_abortions(events))
    doubtful = tuple(_doubts(events))
    if failed:
        return Outcome(Verdict.FAILED, failed + aborted)
    if aborted:
        return Outcome(Verdict.ABORTED, aborted)
    if doubtful:
        return Outcome(Verdict.INCONCLUSIVE, doubtful)
    return Outcome(Verdict.PASSED, ())


def _failures(events: tuple[Event, ...]) -> Iterable[str]:
    yield from (
        f"steady state broken while the faults were on: {event.detail}"
        for event in events
        if isinstance(event, Stopped) and event.cause is Cause.STEADY_STATE
    )
    for probed in _last_probes(events, Stage.RECOVERY):
        if probed.met is False:
            yield f"steady state not regained: {probed.probe}: {probed.seen} (expected {probed.expected})"


def _abortions(events: tuple[Event, ...]) -> Iterable[str]:
    for event in events:
        if isinstance(event, Stopped) and event.cause is not Cause.STEADY_STATE:
            yield f"{event.cause}: {event.detail}"
        if isinstance(event, Reverted) and event.by == "lease":
            yield "the revert was not confirmed; the lease has ended the faults"


def _doubts(events: tuple[Event, ...]) -> Iterable[str]:
    fired = {name for event in events if isinstance(event, RequestSeen) for name in event.fired}
    fired |= {name for event in events if isinstance(event, FaultsHit) for name, hits in event.hits.items() if hits}
    for started in events:
        if isinstance(started, RunStarted):
            for fault in started.faults:
                if fault.must_fire and fault.id not in fired:
                    yield f"fault {fault.id} ({fault.location}) never fired"
    if lost := sum(event.count for event in events if isinstance(event, RecordsLost)):
        yield f"{lost} flow records were lost: every count is a lower bound"
    told = {event.probe for event in events if _told(event)}
    for probed in _last_probes(events, Stage.FAULTS):
        if probed.probe not in told:
            yield f"probe {probed.probe} could not tell while the faults were on: {probed.seen}"
    for probed in _last_probes(events, Stage.RECOVERY):
        if probed.met is None:
            yield f"probe {probed.probe} could not tell after the revert: {probed.seen}"
    agreement = compare_events(events)
    if agreement.differences:
        total = agreement.agreed + len(agreement.differences)
        yield (
            f"{len(agreement.differences)} of {total} requests differ between client and sidecar, first: "
            f"{agreement.differences[0]}"
        )


def _told(event: Event) -> TypeGuard[Probed]:
    return isinstance(event, Probed) and event.stage is Stage.FAULTS and event.met is not None


def _last_probes(events: tuple[Event, ...], stage: Stage) -> tuple[Probed, ...]:
    last = {event.probe: event for event in events if isinstance(event, Probed) and event.stage is stage}
    return tuple(last.values())


def lease_end(events: Iterable[Event]) -> float | None:
    """By when the faults are off at the latest (Unix seconds); None: they surely are, or never were on."""
    ends = None
    lease = 0.0
    for event in events:
        match event:
            case Activating():
                lease = event.lease
                ends = event.time + ACTIVATION_SECONDS + lease
            case Activated():
                ends = event.time + lease if event.faults else None
            case Renewed():
                ends = event.lease_ends
            case Reverted():
                ends = None
            case _:
                pass
    return ends


def utc(moment: float) -> str:
    """A moment for people; `moment` is in Unix seconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
