# SPDX-License-Identifier: Apache-2.0
"""Keeping a process running, with a clock that only the script moves."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from riftgate.local.errors import LocalError
from riftgate.local.supervisor import FIRST_BACKOFF, LONGEST_BACKOFF, AdoptedProcess, RestartPolicy, Supervisor


@dataclass
class Process:
    """Ends with a code (negative: by that signal), after so many seconds."""

    script: "Script"
    code: int
    lasts: float

    async def wait(self) -> int:
        self.script.now += self.lasts
        return self.code


@dataclass
class Script:
    """What each start does: a (code, seconds), or an error. After the last one, the supervisor is cancelled."""

    starts: Iterable[tuple[int, float] | Exception]
    now: float = 100.0
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = iter(self.starts)

    async def start(self) -> asyncio.subprocess.Process:
        step = next(self._left, None)
        if step is None:
            raise asyncio.CancelledError
        if isinstance(step, Exception):
            raise step
        return Process(self, *step)  # type: ignore[return-value]

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def supervisor(self, policy: RestartPolicy = RestartPolicy.ALWAYS) -> Supervisor:
        return Supervisor(self.start, policy, clock=lambda: self.now, sleep=self.sleep)


async def ran(script: Script, policy: RestartPolicy = RestartPolicy.ALWAYS) -> Supervisor:
    supervisor = script.supervisor(policy)
    with contextlib.suppress(asyncio.CancelledError):
        await supervisor.run()
    return supervisor


async def test_pauses_grow_up_to_the_longest() -> None:
    script = Script([(1, 0.1)] * 9)
    supervisor = await ran(script)
    assert script.pauses == [0, FIRST_BACKOFF, 1, 2, 4, 8, LONGEST_BACKOFF, LONGEST_BACKOFF, LONGEST_BACKOFF]
    assert supervisor.status.restarts == 9


async def test_a_process_that_ran_long_enough_starts_anew_without_a_pause() -> None:
    script = Script([(1, 0.1), (1, 0.1), (1, LONGEST_BACKOFF), (1, 0.1)])
    await ran(script)
    assert script.pauses == [0, FIRST_BACKOFF, 0, FIRST_BACKOFF]


@pytest.mark.parametrize(
    ("policy", "codes", "restarts"),
    [
        (RestartPolicy.ALWAYS, (0, 1, 0), 3),
        (RestartPolicy.ON_FAILURE, (1, 1, 0), 2),
        (RestartPolicy.ON_FAILURE, (-9, 0), 1),
        (RestartPolicy.NEVER, (1,), 0),
    ],
)
async def test_policies(policy: RestartPolicy, codes: tuple[int, ...], restarts: int) -> None:
    script = Script([(code, 1.0) for code in codes])
    supervisor = await ran(script, policy)
    assert supervisor.status.restarts == restarts
    assert supervisor.status.last_exit == (128 - codes[-1] if codes[-1] < 0 else codes[-1])
    assert not supervisor.status.running


async def test_a_signal_is_told_as_a_shell_does() -> None:
    assert (await ran(Script([(-9, 1.0)]))).status.last_exit == 137


@pytest.mark.parametrize("error", [LocalError("no such command: sh"), FileNotFoundError("cgroup.procs")])
async def test_a_failed_start_is_told_and_tried_again(error: Exception) -> None:
    script = Script([error, error, (0, 1.0)])
    supervisor = script.supervisor()
    task = asyncio.ensure_future(supervisor.run())
    await supervisor.first_started.wait()
    assert supervisor.status.problem == str(error)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert script.pauses == [0, FIRST_BACKOFF, 1]
    assert supervisor.status.problem is None, "the third start went well"


async def test_a_container_that_may_not_restart_fails_once() -> None:
    script = Script([LocalError("no")])
    supervisor = await ran(script, RestartPolicy.NEVER)
    assert supervisor.first_started.is_set()
    assert (supervisor.status.problem, script.pauses) == ("no", [])


async def test_a_defect_is_not_taken_for_a_failed_start() -> None:
    with pytest.raises(ZeroDivisionError):
        await Script([ZeroDivisionError()]).supervisor().run()


def test_a_process_of_before_is_waited_for_and_started_again() -> None:
    """An agent that takes over did not start it: that it has ended is seen, why is not."""

    async def run() -> None:
        child = subprocess.Popen(["sleep", "infinity"])  # noqa: ASYNC220 (nobody is kept waiting)
        try:
            script = Script([(0, 1.0)])
            supervisor = script.supervisor()
            running = asyncio.ensure_future(supervisor.run(AdoptedProcess(os.pidfd_open(child.pid))))
            await supervisor.first_started.wait()
            assert supervisor.status.running
            child.kill()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            assert (supervisor.status.restarts, supervisor.status.last_exit) == (2, 0)
        finally:
            child.wait()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("policy", "starts"), [(RestartPolicy.NEVER, 0), (RestartPolicy.ON_FAILURE, 1), (RestartPolicy.ALWAYS, 2)]
)
def test_an_end_that_nobody_could_see_counts_as_a_failure(policy: RestartPolicy, starts: int) -> None:
    class Ended:
        async def wait(self) -> None:
            return None

    async def run() -> None:
        script = Script([(0, 1.0)])
        supervisor = script.supervisor(policy)
        with contextlib.suppress(asyncio.CancelledError):
            await supervisor.run(Ended())
        assert supervisor.status.restarts == starts

    asyncio.run(run())


class Held:
    """Ends when it is told to."""

    def __init__(self) -> None:
        self.end = asyncio.Event()

    async def wait(self) -> int:
        await self.end.wait()
        return 3


def test_a_process_that_another_one_replaces_may_end() -> None:
    """Guards hot restart: the end of the one before is no crash, that of its successor is."""

    async def scene() -> None:
        script = Script([])
        supervisor = script.supervisor()
        first, second, third = Held(), Held(), Held()
        running = asyncio.create_task(supervisor.run(first))
        await supervisor.first_started.wait()
        for before, after in ((first, second), (second, third)):
            supervisor.replace(after)
            while not supervisor.leaving:  # noqa: ASYNC110 (turns of the loop)
                await asyncio.sleep(0)
            before.end.set()
            while supervisor.leaving:  # noqa: ASYNC110 (turns of the loop)
                await asyncio.sleep(0)
            assert supervisor.status.running
            assert supervisor.status.restarts == 0
        third.end.set()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert supervisor.status.last_exit == 3

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_a_successor_of_one_that_has_just_ended_makes_a_start_needless() -> None:
    """Guards hot restart: a crash while the next one comes to serve starts no third one, which would end it."""

    async def scene() -> None:
        script = Script([])
        first, second = Held(), Held()
        paused, go_on = asyncio.Event(), asyncio.Event()

        async def sleep(_seconds: float) -> None:
            paused.set()
            await go_on.wait()

        supervisor = Supervisor(script.start, RestartPolicy.ALWAYS, clock=lambda: script.now, sleep=sleep)
        running = asyncio.create_task(supervisor.run(first))
        await supervisor.first_started.wait()
        first.end.set()
        await paused.wait()
        assert supervisor.replace(second)
        # Both at once: the pause ends with the successor there.
        go_on.set()
        while not supervisor.status.running:  # noqa: ASYNC110 (turns of the loop)
            await asyncio.sleep(0)
        assert (supervisor.status.restarts, supervisor.leaving) == (0, False)
        second.end.set()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert supervisor.status.restarts == 1, "its own end, and no other"

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_while_another_one_is_started_nobody_takes_over() -> None:
    """Guards hot restart: a start ends whoever is there, a successor too, whose end would count as the new one's."""

    async def scene() -> None:
        starting, go_on = asyncio.Event(), asyncio.Event()
        started = Held()

        async def start() -> Held:
            starting.set()
            await go_on.wait()
            return started

        supervisor = Supervisor(start, RestartPolicy.ALWAYS)
        running = asyncio.create_task(supervisor.run())
        await starting.wait()
        assert not supervisor.replace(Held())
        go_on.set()
        await supervisor.first_started.wait()
        assert (supervisor.status.running, supervisor.leaving, supervisor.status.restarts) == (True, False, 0)
        assert supervisor.replace(Held())
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(scene(), 10))
