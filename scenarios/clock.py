# SPDX-License-Identifier: Apache-2.0
"""Time as the runner sees it; injected so that a test of a ten-minute run takes milliseconds."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the Unix epoch; may jump. Only for what people and flow records are told."""

    def monotonic(self) -> float:
        """Seconds that only grow. Leases, offsets and intervals are measured with this one."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


async def within(clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """The result of `work`; TimeoutError, and `work` cancelled, when it takes longer than `seconds`."""
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((task, timer), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise TimeoutError(f"no answer within {seconds:g} s")
    finally:
        for one in (task, timer):
            if not one.done():
                one.cancel()
        await asyncio.gather(task, timer, return_exceptions=True)
