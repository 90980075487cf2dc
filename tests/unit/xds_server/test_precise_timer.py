# SPDX-License-Identifier: Apache-2.0
"""The timer on its own: who is called, in which order, and never too early."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from xds_server.precise_timer import PreciseTimer


@pytest.fixture
async def timer() -> AsyncIterator[PreciseTimer]:
    with closing(PreciseTimer()) as timer:
        yield timer


async def test_calls_come_in_the_order_of_their_moments_and_never_early(timer: PreciseTimer) -> None:
    began, done = time.monotonic(), asyncio.Event()
    called: list[tuple[str, float]] = []

    def note(name: str) -> None:
        called.append((name, time.monotonic() - began))
        if len(called) == 4:
            done.set()

    for name, after in (("third", 0.03), ("first", 0.0005), ("second", 0.02), ("fourth", 0.03)):
        timer.call_at(began + after, lambda name=name: note(name))  # type: ignore[misc]
    await asyncio.wait_for(done.wait(), 20)
    assert [name for name, _ in called] == ["first", "second", "third", "fourth"]
    assert all(at >= due for (_, at), due in zip(called, (0.0005, 0.02, 0.03, 0.03), strict=True))


async def test_what_is_cancelled_is_not_called_and_keeps_nobody_waiting(timer: PreciseTimer) -> None:
    done = asyncio.Event()
    called: list[str] = []
    now = time.monotonic()
    first = timer.call_at(now + 0.01, lambda: called.append("first"))
    timer.call_at(now + 0.02, lambda: called.append("second"))
    timer.call_at(now + 0.03, done.set)
    first.cancel()
    await asyncio.wait_for(done.wait(), 20)
    assert called == ["second"]


async def test_a_moment_that_has_passed_is_now_but_not_at_once(timer: PreciseTimer) -> None:
    done = asyncio.Event()
    timer.call_at(0.0, done.set)
    assert not done.is_set()
    await asyncio.wait_for(done.wait(), 20)


async def test_a_call_may_make_the_next_one_and_cancel_others(timer: PreciseTimer) -> None:
    done = asyncio.Event()
    now = time.monotonic()
    never = timer.call_at(now + 0.005, lambda: pytest.fail("it was cancelled"))

    def again() -> None:
        never.cancel()
        timer.call_at(time.monotonic() + 0.01, done.set)

    timer.call_at(now + 0.005 - 0.001, again)
    await asyncio.wait_for(done.wait(), 20)


async def test_a_call_that_fails_keeps_no_other_from_being_made(timer: PreciseTimer) -> None:
    def fail() -> None:
        raise RuntimeError("of this call alone")

    done = asyncio.Event()
    now = time.monotonic()
    timer.call_at(now + 0.001, fail)
    timer.call_at(now + 0.002, done.set)
    await asyncio.wait_for(done.wait(), 20)


async def test_a_closed_timer_calls_nobody() -> None:
    called: list[str] = []
    timer = PreciseTimer()
    timer.call_at(time.monotonic() + 0.001, lambda: called.append("closed"))
    timer.close()
    timer.close()
    with closing(PreciseTimer()) as other:
        done = asyncio.Event()
        other.call_at(time.monotonic() + 0.02, done.set)
        await asyncio.wait_for(done.wait(), 20)
    assert called == []
