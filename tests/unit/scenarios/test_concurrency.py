# SPDX-License-Identifier: Apache-2.0
import asyncio

import pytest

from scenarios.clock import SystemClock, within
from scenarios.concurrency import first_cause, insist, unless


async def hang():
    await asyncio.get_running_loop().create_future()


async def value():
    return 7


async def fail():
    raise KeyError("x")


async def test_unless_runs_to_the_end():
    assert await unless(asyncio.Event(), value()) is True


async def test_unless_stops_when_the_event_is_set():
    event = asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)
    assert await unless(event, hang()) is False


async def test_unless_does_not_begin_when_the_event_is_set_already():
    event = asyncio.Event()
    event.set()
    begun = []

    async def begin():
        begun.append(1)

    assert await unless(event, begin()) is False
    assert begun == []


async def test_unless_lets_errors_and_cancellation_through():
    with pytest.raises(KeyError):
        await unless(asyncio.Event(), fail())
    task = asyncio.ensure_future(unless(asyncio.Event(), hang()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_insist_completes_however_often_it_is_cancelled():
    gate, done = asyncio.Event(), []

    async def work():
        await gate.wait()
        done.append(1)

    task = asyncio.ensure_future(insist(work()))
    for _ in range(5):
        await asyncio.sleep(0)
        task.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [1]


async def test_insist_lets_errors_through():
    with pytest.raises(KeyError):
        await insist(fail())


async def test_within_gives_the_result_or_a_timeout():
    clock = SystemClock()
    assert await within(clock, 60, value()) == 7
    with pytest.raises(KeyError):
        await within(clock, 60, fail())
    with pytest.raises(TimeoutError, match="no answer within 0 s"):
        await within(clock, 0, hang())


def test_the_first_cause_is_the_first_leaf():
    inner = ExceptionGroup("inner", [KeyError("x"), ValueError("y")])
    assert isinstance(first_cause(ExceptionGroup("outer", [inner])), KeyError)
