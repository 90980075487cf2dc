# SPDX-License-Identifier: Apache-2.0
"""Whatever ends a run, its faults are off afterwards and the report says why."""

import asyncio

import pytest

from scenarios.events import (
    Activated,
    Activating,
    Cause,
    Finished,
    Reverted,
    RevertFailed,
    RunStarted,
    StageBegan,
    Stopped,
)
from scenarios.events import Stage as RunStage
from scenarios.journal import JournalError
from scenarios.outcome import Verdict
from scenarios.world import ControlLost, HttpAnswer, Refused


def raising(error):
    async def fail():
        raise error

    return fail


def assert_over(stage, report, cause, by="confirmed"):
    assert stage.world.on == (), "a fault is still on"
    assert report.outcome is (Verdict.FAILED if cause is Cause.STEADY_STATE else Verdict.ABORTED)
    assert report.exit_code == 1
    assert [event.cause for event in stage.of(Stopped)] == [cause]
    assert report.reverted == by


def when(stage, kind, act):
    """Calls `act` at the first event of a kind."""
    done = []

    def on_event(event):
        if isinstance(event, kind) and not done:
            done.append(event)
            act()

    stage.on_event = on_event


async def hang():
    await asyncio.get_running_loop().create_future()


async def test_an_error_in_a_probe_while_the_faults_are_on(make_stage):
    stage = make_stage()
    stage.probe_during()
    stage.world.trouble["http"] = raising(RuntimeError("no such pod"))
    report = await stage.report()
    assert_over(stage, report, Cause.ERROR)
    assert "no such pod" in report.reasons[0]


async def test_an_error_in_the_load(stage):
    calls = []

    async def later():
        calls.append(1)
        if len(calls) == 50:
            raise RuntimeError("the pod is gone")

    stage.world.trouble["http"] = later
    report = await stage.report()
    assert_over(stage, report, Cause.ERROR)
    assert "the pod is gone" in report.reasons[0]


async def test_a_refused_activation_is_reverted_too_since_some_targets_may_have_taken_it(stage):
    stage.world.trouble["activate"] = raising(Refused("NACK: Proto constraint validation failed"))
    report = await stage.report()
    assert_over(stage, report, Cause.REFUSED)
    assert "NACK: Proto constraint validation failed" in report.reasons[0]
    assert stage.world.calls.count("deactivate") == 1


async def test_an_activation_that_is_never_acked_is_given_up(stage):
    stage.world.trouble["activate"] = hang
    report = await stage.report()
    assert_over(stage, report, Cause.REFUSED)
    assert "not every target has ACKed within 10 s" in report.reasons[0]
    assert stage.world.calls.count("deactivate") == 1


async def test_targets_that_do_not_exist_leave_the_world_untouched(stage):
    stage.world.trouble["plan"] = raising(Refused("trouble/slow: no workload matches class=deathstar"))
    report = await stage.report()
    assert_over(stage, report, Cause.REFUSED, by=None)
    assert "activate" not in stage.world.calls


async def test_interrupted_during_the_baseline(stage):
    when(stage, StageBegan, lambda: stage.running.interrupt("SIGINT"))
    report = await stage.report()
    assert_over(stage, report, Cause.INTERRUPTED, by=None)
    assert "activate" not in stage.world.calls


async def test_interrupted_while_an_activation_waits_for_its_ack(stage):
    async def interrupt_and_hang():
        stage.running.interrupt("SIGTERM")
        await hang()

    stage.world.trouble["activate"] = interrupt_and_hang
    report = await stage.report()
    assert_over(stage, report, Cause.INTERRUPTED)
    assert stage.of(Activated) == []


async def test_interrupted_while_the_faults_are_on(stage):
    when(stage, Activated, lambda: stage.running.interrupt("SIGINT"))
    report = await stage.report()
    assert_over(stage, report, Cause.INTERRUPTED)
    assert RunStage.RECOVERY in [event.stage for event in stage.of(StageBegan)]


async def test_interrupted_twice_the_revert_still_completes_and_the_recovery_is_given_up(stage):
    async def slow():
        stage.running.interrupt("SIGINT")
        await stage.clock.sleep(1)

    when(stage, Activated, lambda: stage.running.interrupt("SIGINT"))
    stage.world.trouble["deactivate"] = slow
    report = await stage.report()
    assert_over(stage, report, Cause.INTERRUPTED)
    assert not [each for each in report.probes if each.stage is RunStage.RECOVERY]


@pytest.mark.parametrize("moment", ["activate", "renew", "deactivate", "http"])
async def test_cancelled_at_any_moment_twice(stage, moment):
    async def cancel():
        if stage.of(StageBegan)[-1].stage is not RunStage.BASELINE:
            task.cancel()
            await stage.clock.sleep(0.1)

    stage.world.trouble |= {moment: cancel, "deactivate": cancel}
    task = asyncio.ensure_future(stage.running.execute())
    with pytest.raises(asyncio.CancelledError):
        await stage.clock.drive(task)
    assert stage.world.on == ()
    assert stage.world.calls.count("deactivate") == 1, "a revert under way is not begun anew"
    finished = stage.of(Finished)
    assert [event.outcome for event in finished] == ["ABORTED"]


async def test_a_revert_whose_own_task_is_cancelled_goes_on(stage):
    """A closing event loop cancels every task, the revert's too."""
    tries = []

    async def cancel_everything():
        tries.append(1)
        if len(tries) < 5:
            for task in asyncio.all_tasks() - {driver}:
                task.cancel()
            await asyncio.sleep(0)

    driver = asyncio.current_task()
    stage.world.trouble["deactivate"] = cancel_everything
    with pytest.raises(asyncio.CancelledError):
        await stage.report()
    assert stage.world.on == ()
    assert [event.by for event in stage.of(Reverted)] == ["confirmed"]


async def test_control_lost_at_a_renewal_and_for_good(stage):
    lost = raising(ControlLost("connect: connection refused"))
    stage.world.trouble |= {"renew": lost, "deactivate": lost}
    report = await stage.report()
    assert_over(stage, report, Cause.CONTROL_LOST, by="lease")
    failed = stage.of(RevertFailed)
    assert len(failed) == 1, "the same words once"
    assert stage.of(Reverted)[0].time >= failed[0].lease_ends
    assert "the lease has ended the faults" in report.reasons[1]


async def test_control_lost_and_back_before_the_lease_ends(stage):
    tries = []

    async def third_time():
        tries.append(1)
        if len(tries) < 3:
            raise ControlLost("connect: connection refused")

    stage.world.trouble |= {"renew": raising(ControlLost("reset")), "deactivate": third_time}
    report = await stage.report()
    assert_over(stage, report, Cause.CONTROL_LOST)


async def test_a_renewal_that_hangs_is_control_lost(stage):
    stage.world.trouble["renew"] = hang
    assert_over(stage, await stage.report(), Cause.CONTROL_LOST)


async def test_a_lease_that_ran_out_unnoticed_stops_the_run(stage):
    stage.world.trouble["renew"] = raising(Refused("the lease has run out"))
    assert_over(stage, await stage.report(), Cause.REFUSED)


@pytest.mark.parametrize("error", [ControlLost("stream closed"), ConnectionResetError("stream closed")])
async def test_flow_records_that_break_off_stop_the_run(stage, error):
    when(stage, Activated, lambda: stage.world.emit(error))
    report = await stage.report()
    assert_over(stage, report, Cause.CONTROL_LOST)
    assert "flow records: stream closed" in report.reasons[0]


async def test_flow_records_that_end_stop_the_run(stage):
    when(stage, Activated, lambda: stage.world.emit(None))
    report = await stage.report()
    assert_over(stage, report, Cause.CONTROL_LOST)
    assert "the flow records ended" in report.reasons[0]


async def test_no_flow_records_at_all_leave_the_world_untouched(stage):
    stage.world.trouble["flows"] = raising(ControlLost("no such socket"))
    report = await stage.report()
    assert_over(stage, report, Cause.CONTROL_LOST, by=None)
    assert stage.world.calls == ["flows"]


async def test_a_deactivation_that_fails_once_is_tried_again(stage):
    tries = []

    async def second_time():
        tries.append(1)
        if len(tries) == 1:
            raise Refused("one target has not ACKed")

    stage.world.trouble["deactivate"] = second_time
    report = await stage.report()
    assert report.outcome is Verdict.PASSED
    assert report.reverted == "confirmed"


@pytest.mark.parametrize("trouble", [raising(Refused("one target has not ACKed")), hang])
async def test_a_deactivation_that_always_fails_is_ended_by_the_lease_and_never_green(stage, trouble):
    stage.world.trouble["deactivate"] = trouble
    report = await stage.report()
    assert stage.world.on == ()
    assert (report.outcome, report.reverted) == (Verdict.ABORTED, "lease")


async def test_a_steady_state_broken_while_the_faults_are_on_stops_them_at_once(make_stage):
    stage = make_stage()
    stage.probe_during()
    stage.world.answers = lambda request: HttpAnswer(503, "overrun")
    report = await stage.report()
    assert_over(stage, report, Cause.STEADY_STATE)
    assert stage.of(Reverted)[0].time == stage.of(Activated)[0].time


async def test_a_probe_without_an_answer_is_broken(make_stage):
    stage = make_stage()
    stage.probe_during()
    stage.world.trouble["http"] = hang
    assert_over(stage, await stage.report(), Cause.STEADY_STATE)


@pytest.mark.parametrize("kind", [StageBegan, Activating, Activated])
async def test_a_journal_that_fails_stops_the_run_and_does_not_hinder_the_revert(stage, kind):
    write = stage.journal.write

    def full(event):
        if isinstance(event, kind):
            raise JournalError("run.jsonl: No space left on device")
        write(event)

    stage.journal.write = full
    report = await stage.report()
    assert stage.world.on == ()
    assert report.outcome is Verdict.ABORTED
    assert report.reasons[0] == "journal-failed: run.jsonl: No space left on device"
    assert ("activate" in stage.world.calls) == (kind is Activated)


@pytest.mark.parametrize("kind", [RunStarted, StageBegan, Activated, Reverted])
async def test_a_display_that_fails_stops_the_run_and_does_not_hinder_the_revert(stage, kind):
    def broken(event):
        if isinstance(event, kind):
            raise BrokenPipeError("Broken pipe")

    stage.on_event = broken
    by = "confirmed" if kind in {Activated, Reverted} else None
    assert_over(stage, await stage.report(), Cause.ERROR, by)


async def test_a_display_that_fails_only_while_reverting(stage):
    def broken(event):
        if isinstance(event, StageBegan) and event.stage is RunStage.REVERT:
            raise BrokenPipeError("Broken pipe")

    stage.on_event = broken
    assert_over(stage, await stage.report(), Cause.ERROR)
