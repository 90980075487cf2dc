# SPDX-License-Identifier: Apache-2.0
"""The order of a run, and what happens when it goes as planned."""

import itertools
from dataclasses import replace
from functools import partial

import pytest

from scenarios.events import Activated, Kind, Noted, Renewed, Reverted, StageBegan
from scenarios.events import Stage as RunStage
from scenarios.outcome import Verdict, lease_end
from scenarios.world import FlowsLost, HttpAnswer, Told
from tests.unit.scenarios.conftest import EPOCH, SCENARIO


async def test_a_run_as_planned_passes_and_leaves_nothing_on(stage):
    report = await stage.report()
    assert (report.outcome, report.reasons, report.exit_code) == (Verdict.PASSED, (), 0)
    assert stage.world.on == ()
    assert report.reverted == "confirmed"
    assert [event.stage for event in stage.of(StageBegan)] == list(RunStage)


async def test_the_calls_to_the_world_come_in_order(stage):
    await stage.report()
    calls = [call for call in stage.world.calls if call != "http"]
    assert calls == ["flows", "plan", "activate slow,full", "activate", *["renew"] * 3, "deactivate"]


async def test_the_lease_is_renewed_at_a_third_so_the_faults_last_as_long_as_the_scenario(stage):
    await stage.report()
    began = stage.of(Activated)[0].time
    assert [renewed.time - began for renewed in stage.of(Renewed)] == [3.0, 6.0, 9.0]
    assert stage.of(Reverted)[0].time - began == 10.0


async def test_without_renewals_the_faults_would_end_early(stage):
    """The counter-proof of the test above: in this world leases do run out."""
    seen = []

    async def lost():
        seen.append(stage.world.on)
        await stage.clock.sleep(60)

    stage.world.trouble["renew"] = lost
    stage.world.trouble["deactivate"] = lambda: _raise(OSError("no server"))
    report = await stage.report()
    assert seen != [()]
    assert report.reverted == "lease"
    assert stage.world.on == ()


async def test_a_time_of_day_that_jumps_moves_nothing(stage, make_stage):
    """Leases, offsets and intervals are the monotonic clock's."""

    async def moments(of):
        found = []
        for call in ("activate", "renew", "deactivate"):
            of.world.trouble[call] = partial(note, found, of, call)
        await of.report()
        return found

    async def note(found, of, call):
        found.append((call, of.clock.time))

    jumping = make_stage()
    jumps = itertools.cycle((0.0, 7200.0, -86400.0))
    jumping.clock.now = lambda: EPOCH + jumping.clock.time + next(jumps)
    expected = await moments(stage)
    assert [moment for call, moment in expected if call == "renew"] == pytest.approx([3.0, 6.0, 9.0], abs=0.01)
    assert await moments(jumping) == expected


async def test_a_renewal_is_in_the_journal_before_it_is_asked_for(stage):
    """Else a runner that dies in between has kept its faults for longer than its journal says."""
    ends = []

    async def asked():
        ends.append(lease_end(stage.journal.events))

    stage.world.trouble["renew"] = asked
    await stage.report()
    began = stage.of(Activated)[0].time
    assert ends == [began + moment + 9.0 for moment in (3.0, 6.0, 9.0)]


async def test_faults_that_are_never_on_together_are_planned_apart(make_stage):
    """Neither contradicts the other."""
    text = SCENARIO.replace("    delay: 1s\n", "    delay: 1s\n    for: 4s\n")
    stage = make_stage(text.replace("    abort: {status: 503}\n", "    abort: {status: 503}\n    after: 5s\n"))
    planned = []
    plan = stage.world.plan

    async def note(scenario, faults):
        planned.append([fault.name for fault in faults])
        return await plan(scenario, faults)

    stage.world.plan = note
    report = await stage.report()
    assert planned == [["slow"], ["full"]]
    assert {fault.id for fault in report.faults} == {"trouble/slow", "trouble/full"}


async def _raise(error):
    raise error


async def test_injected_and_genuine_requests_are_counted_apart(stage):
    report = await stage.report()
    counts = report.counts
    assert (counts.injected, counts.injected_failed) == (120, 40)
    assert (counts.genuine_ok, counts.genuine_failed, counts.induced, counts.denied) == (80, 0, 0, 0)
    assert counts.by_probes == 2
    assert report.latency[Kind.INJECTED].p50 > 1000 > report.latency[Kind.GENUINE].maximum


async def test_the_report_agrees_with_the_client_request_by_request(stage):
    report = await stage.report()
    assert (report.agreement.agreed, report.agreement.differences) == (200, ())


async def test_a_client_that_saw_something_else_makes_the_run_inconclusive(stage):
    http = stage.world.http

    async def lying(request):
        answer = await http(request)
        return replace(answer, status=200)

    stage.world.http = lying
    report = await stage.report()
    assert report.outcome is Verdict.INCONCLUSIVE
    assert "40 of 200 requests differ between client and sidecar" in report.reasons[0]


async def test_a_fault_that_never_fired_makes_the_run_inconclusive(stage):
    stage.world.injecting = False
    report = await stage.report()
    assert (report.outcome, report.exit_code) == (Verdict.INCONCLUSIVE, 3)
    assert report.reasons == (
        "fault trouble/slow (trouble.yaml:14) never fired",
        "fault trouble/full (trouble.yaml:19) never fired",
    )


async def test_a_fault_that_need_not_fire_may_stay_silent(make_stage):
    from_conftest = make_stage()
    faults = tuple(replace(each, must_fire=False) for each in from_conftest.scenario.faults)
    from_conftest.scenario = replace(from_conftest.scenario, faults=faults)
    from_conftest.build()
    from_conftest.world.injecting = False
    assert (await from_conftest.report()).outcome is Verdict.PASSED


async def test_lost_flow_records_make_the_run_inconclusive(stage):
    async def lose():
        stage.world.emit(FlowsLost(7))

    stage.world.trouble["activate"] = lose
    report = await stage.report()
    assert report.outcome is Verdict.INCONCLUSIVE
    assert report.records_lost == 7
    assert report.reasons == ("7 flow records were lost: every count is a lower bound",)


async def test_what_is_told_of_the_world_is_in_journal_and_report(stage):
    async def tell():
        stage.world.emit(Told("the fault server has ended"))

    stage.world.trouble["activate"] = tell
    report = await stage.report()
    assert report.notes == ("the fault server has ended",)
    assert [each.text for each in stage.of(Noted)] == ["the fault server has ended"]
    assert report.outcome is Verdict.PASSED


async def test_a_baseline_that_does_not_hold_keeps_the_world_untouched(stage):
    stage.world.answers = lambda request: HttpAnswer(500, "broken")
    report = await stage.report()
    assert (report.outcome, report.exit_code) == (Verdict.ABORTED, 1)
    assert report.reasons[0].startswith("baseline-not-proven: ships land: status 500")
    assert stage.world.calls == ["flows", "plan", "http"]
    assert report.reverted is None


async def test_probes_that_hold_again_late_but_in_time_pass(stage):
    until = []

    def answers(request):
        if stage.of(Reverted):
            until.append(stage.clock.time)
            if len(until) < 4:
                return HttpAnswer(503, "still starting")
        return HttpAnswer(200, "Ship landed")

    stage.world.answers = answers
    stage.scenario = replace(stage.scenario, load=None)
    stage.scenario = replace(
        stage.scenario, faults=tuple(replace(each, must_fire=False) for each in stage.scenario.faults)
    )
    stage.build()
    report = await stage.report()
    assert report.outcome is Verdict.PASSED
    recovery = next(each for each in report.probes if each.stage is RunStage.RECOVERY)
    assert (recovery.held, recovery.broke) == (1, 3)


async def test_a_steady_state_that_is_not_regained_fails_the_run(stage):
    stage.world.trouble["deactivate"] = lambda: _break(stage)
    report = await stage.report()
    assert (report.outcome, report.exit_code) == (Verdict.FAILED, 1)
    assert report.reasons[0].startswith("steady state not regained: ships land: status 503")


async def _break(stage):
    stage.world.answers = lambda request: HttpAnswer(503, "gone for good")


OFFSETS = """
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: offsets}
spec:
  for: 10s
  faults:
  - {name: early, target: {selector: {}}, for: 3s, delay: 1s, mustFire: false}
  - {name: late, target: {selector: {}}, after: 5s, delay: 1s, mustFire: false}
"""


async def test_faults_have_offsets_and_nothing_is_on_or_renewed_between_them(make_stage):
    stage = make_stage(OFFSETS)
    on = []
    stage.world.trouble["renew"] = lambda: _note(on, stage)
    report = await stage.report()
    assert report.outcome is Verdict.PASSED
    began = stage.of(Activated)[0].time
    assert [(event.time - began, event.faults) for event in stage.of(Activated)] == [
        (0.0, ("offsets/early",)),
        (3.0, ()),
        (5.0, ("offsets/late",)),
    ]
    assert on
    assert all(names != () for names in on)


async def _note(on, stage):
    on.append(tuple(fault.name for fault in stage.world.on))


FLOW_PROBE = """
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: flows}
spec:
  for: 10s
  steadyState:
  - name: untouched requests are fast
    flows: {window: 3s, minimum: 5}
    tolerance: {successRate: 99%, p99: 100ms}
    when: [during]
  - name: disk
    command: {in: deathstar-0, run: [df, /]}
    tolerance: {output: "fine"}
  faults:
  - {name: slow, target: {selector: {}}, percentage: 50, delay: 1s}
  load: {from: tiefighter, url: "http://deathstar/", requests: 100}
"""


async def test_a_probe_over_flows_looks_at_genuine_requests_only(make_stage):
    stage = make_stage(FLOW_PROBE)
    report = await stage.report()
    assert (report.outcome, report.reasons) == (Verdict.PASSED, ())
    during = next(each for each in report.probes if each.probe == "untouched requests are fast")
    assert during.broke == 0
    assert during.held >= 5


async def test_a_probe_that_never_could_tell_makes_the_run_inconclusive(make_stage):
    stage = make_stage(FLOW_PROBE.replace("minimum: 5", "minimum: 500"))
    report = await stage.report()
    assert report.outcome is Verdict.INCONCLUSIVE
    assert "could not tell while the faults were on" in report.reasons[0]


@pytest.mark.parametrize("failures, outcome", [(0, Verdict.FAILED), (2, Verdict.PASSED)])
async def test_so_many_failures_in_a_row_are_tolerated(make_stage, failures, outcome):
    stage = make_stage(FLOW_PROBE)
    probes = tuple(replace(probe, failures=failures) for probe in stage.scenario.probes if "disk" in probe.name)
    stage.scenario = replace(stage.scenario, probes=probes)
    stage.build()
    good, answers = stage.world.command_result, []

    async def two_failures():
        answers.append(len(answers))
        broken = stage.of(Activated) and len(answers) in {4, 5}
        stage.world.command_result = replace(good, exit_code=1) if broken else good

    stage.world.trouble["run"] = two_failures
    assert (await stage.report()).outcome is outcome
