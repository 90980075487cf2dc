# SPDX-License-Identifier: Apache-2.0
"""events -> Report: a pure function, so that a journal gives the same report as the run did."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scenarios.agreement import Agreement, compare_events
from scenarios.attribution import trace_key
from scenarios.events import (
    Cause,
    Event,
    FaultsHit,
    Finished,
    Kind,
    Noted,
    PlannedFault,
    Probed,
    RecordsLost,
    RequestSeen,
    Reverted,
    RunStarted,
    Stage,
    Stopped,
)
from scenarios.journal import JournalError
from scenarios.outcome import EXIT_CODES, HOST_UNABLE, Verdict, decide_outcome, lease_end, utc
from scenarios.probes import succeeded
from scenarios.statistics import percentile, wilson_interval

REPORT_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    maximum: float


@dataclass(frozen=True, slots=True)
class FaultReport:
    """`drawn`: requests whose route was the fault's; `fired`: those to which its effect happened. Of a fault that no
    sidecar injects, both are what the agent counted.

    The share is that of fired among eligible requests, both counted while the fault was surely on; low and
    high bound the true share with 99 % confidence. None where nothing can be said.
    """

    id: str
    location: str
    effects: tuple[str, ...]
    wanted_share: float
    drawn: int
    fired: int
    fired_on_probes: int
    eligible: int
    observed_share: float | None
    share_low: float | None
    share_high: float | None

    @property
    def as_wanted(self) -> bool | None:
        """Whether the wanted share lies within the bounds."""
        if self.share_low is None or self.share_high is None:
            return None
        return self.share_low <= self.wanted_share <= self.share_high


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """All answers of one probe in one stage, and its last one in words."""

    probe: str
    stage: Stage
    held: int
    broke: int
    unknown: int
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests on the targets, without the probes' own; induced ones wherever they were."""

    injected: int
    injected_failed: int
    induced: int
    induced_failed: int
    genuine_ok: int
    genuine_failed: int
    denied: int
    by_probes: int

    @property
    def total(self) -> int:
        return self.injected + self.induced + self.genuine_ok + self.genuine_failed + self.denied


@dataclass(frozen=True, slots=True)
class Report:
    run: str
    scenario: str
    location: str
    description: str
    started: float
    finished: float | None
    """None: the journal ends before the run did."""
    outcome: Verdict
    reasons: tuple[str, ...]
    counts: Counts
    faults: tuple[FaultReport, ...]
    probes: tuple[ProbeReport, ...]
    latency: Mapping[Kind, Latency]
    reverted: str | None
    """`confirmed`, `lease`, or None where no fault was ever turned on."""
    records_lost: int
    notes: tuple[str, ...]
    """What happened meanwhile to what injects the faults."""
    agreement: Agreement
    """Of the run's own load with the flow records."""
    requests: tuple[RequestSeen, ...] = field(repr=False)
    """Every request, its kind joined over the whole run."""
    host_unable: bool = False
    """It was refused for what the host cannot do."""

    @property
    def exit_code(self) -> int:
        return HOST_UNABLE if self.host_unable else EXIT_CODES[self.outcome]


def build_report(events: Iterable[Event]) -> Report:
    """Raises JournalError when the events do not begin with the start of a run."""
    events = tuple(events)
    if not events or not isinstance(started := events[0], RunStarted):
        raise JournalError("the journal does not begin with the start of a run; name the journal of a run")
    finished = next((event for event in events if isinstance(event, Finished)), None)
    outcome, reasons = _outcome(events, finished)
    requests = joined_requests(event for event in events if isinstance(event, RequestSeen))
    reverted = [event.by for event in events if isinstance(event, Reverted)]
    return Report(
        run=started.run,
        scenario=started.scenario,
        location=started.location,
        description=started.description,
        started=started.time,
        finished=None if finished is None else finished.time,
        outcome=outcome,
        reasons=reasons,
        counts=count(requests),
        faults=tuple(_fault_report(fault, requests, _hits(events)) for fault in started.faults),
        probes=tuple(_probe_reports(events)),
        latency=_latencies(requests),
        reverted=reverted[-1] if reverted else None,
        records_lost=sum(event.count for event in events if isinstance(event, RecordsLost)),
        notes=tuple(event.text for event in events if isinstance(event, Noted)),
        agreement=compare_events(events),
        requests=requests,
        host_unable=any(isinstance(event, Stopped) and event.cause is Cause.UNABLE for event in events),
    )


def _outcome(events: tuple[Event, ...], finished: Finished | None) -> tuple[Verdict, tuple[str, ...]]:
    if finished is not None:
        return Verdict(finished.outcome), finished.reasons
    reason = "the journal ends before the run did"
    if (ends := lease_end(events)) is not None:
        reason += f"; the lease ended the faults by {utc(ends)}"
    return Verdict.ABORTED, (reason, *decide_outcome(events).reasons)


def joined_requests(requests: Iterable[RequestSeen]) -> tuple[RequestSeen, ...]:
    """Genuine requests of a trace that was injected anywhere become induced, whichever record came first."""
    requests = tuple(requests)
    injected = {trace_key(one.trace, one.request) for one in requests if one.kind is Kind.INJECTED}
    return tuple(
        replace(one, kind=Kind.INDUCED)
        if one.kind is Kind.GENUINE and trace_key(one.trace, one.request) in injected
        else one
        for one in requests
    )


def count(requests: Iterable[RequestSeen]) -> Counts:
    """How many of each kind; `failed` is no answer, a status of 500 or more, or a grpc-status but 0."""
    tally = Counter(
        "probe" if one.probe is not None else (one.kind, succeeded(one))
        for one in requests
        if one.on_target or one.kind is Kind.INDUCED
    )
    return Counts(
        injected=tally[Kind.INJECTED, True] + tally[Kind.INJECTED, False],
        injected_failed=tally[Kind.INJECTED, False],
        induced=tally[Kind.INDUCED, True] + tally[Kind.INDUCED, False],
        induced_failed=tally[Kind.INDUCED, False],
        genuine_ok=tally[Kind.GENUINE, True],
        genuine_failed=tally[Kind.GENUINE, False],
        denied=tally[Kind.DENIED, True] + tally[Kind.DENIED, False],
        by_probes=tally["probe"],
    )


def _hits(events: Iterable[Event]) -> Counter[str]:
    return sum((Counter(event.hits) for event in events if isinstance(event, FaultsHit)), Counter())


def _fault_report(fault: PlannedFault, requests: tuple[RequestSeen, ...], counted: Counter[str]) -> FaultReport:
    fired = [one for one in requests if fault.id in one.fired]
    eligible = [one for one in requests if fault.id in one.eligible] if fault.share_measurable else []
    hits = sum(fault.id in one.fired for one in eligible)
    low, high = wilson_interval(hits, len(eligible)) if eligible else (None, None)
    return FaultReport(
        id=fault.id,
        location=fault.location,
        effects=fault.effects,
        wanted_share=fault.parts_per_million / 1_000_000,
        # Of connections, not of the requests on them.
        drawn=counted[fault.id] or sum(fault.id in one.routed for one in requests),
        fired=counted[fault.id] or len(fired),
        fired_on_probes=sum(one.probe is not None for one in fired),
        eligible=len(eligible),
        observed_share=hits / len(eligible) if eligible else None,
        share_low=low,
        share_high=high,
    )


def _probe_reports(events: Iterable[Event]) -> Iterable[ProbeReport]:
    answers: dict[tuple[str, Stage], list[Probed]] = {}
    for event in events:
        if isinstance(event, Probed):
            answers.setdefault((event.probe, event.stage), []).append(event)
    for (probe, stage), given in answers.items():
        met = Counter(answer.met for answer in given)
        last = given[-1]
        yield ProbeReport(probe, stage, met[True], met[False], met[None], last.expected, last.seen)


def _latencies(requests: tuple[RequestSeen, ...]) -> dict[Kind, Latency]:
    latencies = {}
    for kind in Kind:
        values = [one.duration_ms for one in requests if one.kind is kind and one.probe is None]
        if values:
            p50, p90, p99 = (percentile(values, percent) for percent in (50, 90, 99))
            latencies[kind] = Latency(len(values), p50, p90, p99, max(values))
    return latencies
