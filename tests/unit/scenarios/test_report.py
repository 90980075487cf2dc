# SPDX-License-Identifier: Apache-2.0
import asyncio
from dataclasses import replace

import pytest

from scenarios.events import Activated, Activating, Kind, Renewed, RequestSeen, Reverted, RunStarted
from scenarios.journal import FileJournal, JournalError, read_journal
from scenarios.outcome import Verdict, lease_end
from scenarios.report import build_report, count, joined_requests
from scenarios.world import Flow

REQUEST = RequestSeen(
    time=1.5,
    request="r1",
    started=1.0,
    source="default/tiefighter",
    destination="default/deathstar-0",
    port=80,
    method="POST",
    path="/",
    status=200,
    kind=Kind.GENUINE,
    duration_ms=2.0,
    on_target=True,
)


async def test_a_journal_gives_the_report_of_the_run(stage, tmp_path):
    with FileJournal(tmp_path / "run.jsonl") as journal:
        stage.journal.write = journal.write
        report = await stage.report()
    assert build_report(read_journal(tmp_path / "run.jsonl")) == report


async def test_a_journal_cut_anywhere_is_never_green(stage):
    await stage.report()
    events = stage.journal.events
    for length in range(1, len(events)):
        report = build_report(events[:length])
        assert report.outcome is Verdict.ABORTED
        assert report.reasons[0].startswith("the journal ends before the run did")


def test_events_that_are_no_run():
    for events in ([REQUEST], []):
        with pytest.raises(JournalError, match="does not begin with the start of a run"):
            build_report(events)


def test_each_kind_is_counted_and_probes_apart():
    requests = [
        REQUEST,
        replace(REQUEST, status=503),
        replace(REQUEST, status=0),
        replace(REQUEST, grpc_status=14),
        replace(REQUEST, status=404),
        replace(REQUEST, kind=Kind.INJECTED, status=503),
        replace(REQUEST, kind=Kind.INJECTED),
        replace(REQUEST, kind=Kind.INDUCED, on_target=False, status=500),
        replace(REQUEST, kind=Kind.DENIED, status=403),
        replace(REQUEST, probe="ships land"),
        replace(REQUEST, on_target=False),
    ]
    counts = count(requests)
    assert (counts.genuine_ok, counts.genuine_failed) == (2, 3)
    assert (counts.injected, counts.injected_failed) == (2, 1)
    assert (counts.induced, counts.induced_failed) == (1, 1)
    assert (counts.denied, counts.by_probes) == (1, 1)
    assert counts.total == 9


@pytest.mark.parametrize("order", [1, -1])
def test_requests_of_an_injected_trace_are_induced_whatever_came_first(order):
    caller = replace(REQUEST, request="r0", trace="t", destination="default/frontend")
    hit = replace(REQUEST, trace="t", kind=Kind.INJECTED, fired=("s/slow",))
    joined = joined_requests([caller, hit][::order])[::order]
    assert [one.kind for one in joined] == [Kind.INDUCED, Kind.INJECTED]


def test_a_denial_stays_a_denial_in_an_injected_trace():
    hit = replace(REQUEST, kind=Kind.INJECTED)
    assert joined_requests([hit, replace(REQUEST, kind=Kind.DENIED)])[1].kind is Kind.DENIED


FLOW = Flow(
    request_id="r9",
    started=0.0,
    duration_ms=1.0,
    source="default/browser",
    destination="default/frontend",
    port=80,
    method="GET",
    path="/",
    status=502,
)


@pytest.mark.parametrize("caller_first", [True, False])
async def test_a_request_elsewhere_in_an_injected_trace_is_journaled_as_induced(stage, caller_first):
    """Also when the caller's record comes first: sidecars flush their logs one by one."""
    hit = replace(
        FLOW,
        destination="default/deathstar-0",
        status=503,
        faults=("trouble/full",),
        flags=frozenset({"FI"}),
    )
    unrelated = replace(FLOW, request_id="r10")

    async def emit():
        for flow in (FLOW, hit) if caller_first else (hit, FLOW):
            stage.world.emit(flow)
        stage.world.emit(unrelated)

    stage.world.trouble["activate"] = emit
    report = await stage.report()
    seen = {one.request: one for one in report.requests if one.destination == "default/frontend"}
    assert {name: one.kind for name, one in seen.items()} == {"r9": Kind.INDUCED}
    assert (report.counts.induced, report.counts.induced_failed) == (1, 1)


async def test_a_denied_request_is_counted_and_is_no_base_of_a_share(stage):
    denied = replace(FLOW, destination="default/deathstar-0", status=403, denied_by="default/rule1#0")
    stage.world.trouble["renew"] = lambda: _emit(stage, replace(denied, started=stage.clock.now()))
    report = await stage.report()
    assert report.counts.denied == 3
    assert [fault.eligible for fault in report.faults] == [200, 200]


async def _emit(stage, flow):
    stage.world.emit(flow)


async def test_requests_before_and_after_the_faults_are_no_base_of_a_share(stage):
    report = await stage.report()
    assert report.counts.total + report.counts.by_probes == 202
    assert [(fault.eligible, fault.fired) for fault in report.faults] == [(200, 100), (200, 40)]
    assert [fault.as_wanted for fault in report.faults] == [True, True]


async def test_a_share_that_is_not_the_wanted_one_shows(stage):
    faults = tuple(
        replace(each, fault=replace(each.fault, parts_per_million=500_000)) for each in stage.scenario.faults
    )
    stage.scenario = replace(stage.scenario, faults=faults)
    stage.build()
    await stage.report()
    started = stage.of(RunStarted)[0]
    wanted = tuple(replace(fault, parts_per_million=250_000) for fault in started.faults)
    report = build_report([replace(started, faults=wanted), *stage.journal.events[1:]])
    assert [fault.as_wanted for fault in report.faults] == [False, False]


@pytest.mark.parametrize(
    "events, end",
    [
        ([], None),
        ([Activating(100.0, ("s/a",), 5.0)], 115.0),
        ([Activating(100.0, ("s/a",), 5.0), Activated(101.0, ("s/a",), ())], 106.0),
        ([Activated(101.0, ("s/a",), ()), Renewed(103.0, 108.0)], 108.0),
        ([Activated(101.0, ("s/a",), ()), Activated(103.0, (), ())], None),
        ([Activated(101.0, ("s/a",), ()), Reverted(103.0, "confirmed")], None),
    ],
)
def test_by_when_the_faults_are_off_whoever_died(events, end):
    assert lease_end(events) == end


async def test_a_request_that_was_under_way_at_the_revert_is_counted(stage):
    stage.scenario = replace(stage.scenario, load=None, probes=())
    stage.build()
    late = replace(
        FLOW,
        destination="default/deathstar-0",
        faults=("trouble/slow",),
        flags=frozenset({"DI"}),
        duration_ms=1000.0,
    )
    background = []

    async def emit_a_second_later():
        async def emit():
            await stage.clock.sleep(1.1)
            stage.world.emit(late)

        background.append(asyncio.ensure_future(emit()))

    stage.world.trouble["deactivate"] = emit_a_second_later
    report = await stage.report()
    assert report.counts.injected == 1
