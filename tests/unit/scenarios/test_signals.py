# SPDX-License-Identifier: Apache-2.0
"""Real signals to a real event loop; the clock is the fake one."""

import asyncio
import os
import signal

import pytest

from scenarios.events import Activated, Cause, Stopped
from scenarios.runner import interrupted_by_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_and_reverts(stage, number):
    async def kill_once_on():
        if not stage.of(Stopped):
            os.kill(os.getpid(), number)

    stage.world.trouble["activate"] = kill_once_on
    with interrupted_by_signals(stage.running):
        report = await stage.report()
    assert [(event.cause, event.detail) for event in stage.of(Stopped)] == [(Cause.INTERRUPTED, number.name)]
    assert (stage.world.on, report.reverted) == ((), "confirmed")


async def test_two_signals_do_not_break_the_revert(stage):
    async def kill():
        os.kill(os.getpid(), signal.SIGINT)
        await stage.clock.sleep(0.5)

    stage.world.trouble |= {"activate": kill, "deactivate": kill}
    with interrupted_by_signals(stage.running):
        report = await stage.report()
    assert (stage.world.on, report.reverted) == ((), "confirmed")
    assert report.exit_code == 1


async def test_the_signals_are_given_back(stage):
    with interrupted_by_signals(stage.running):
        pass
    assert asyncio.get_running_loop().remove_signal_handler(signal.SIGINT) is False
    assert stage.of(Activated) == []
