# SPDX-License-Identifier: Apache-2.0
"""Two ways to wait that asyncio leaves to its users: until an event says otherwise, and come what may."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, object]) -> bool:
    """Run `work`, cancelled when `event` is set first. True when it came to its end; errors pass through."""
    if event.is_set():
        work.close()
        return False
    task = asyncio.ensure_future(work)
    watcher = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((task, watcher), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
            return True
        return False
    finally:
        for one in (task, watcher):
            one.cancel()
        await asyncio.gather(task, watcher, return_exceptions=True)


async def insist(work: Coroutine[Any, Any, object]) -> None:
    """Run `work` to its end however often the caller is cancelled; the cancellation is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
        except Exception:
            break
    if cancelled:
        raise asyncio.CancelledError
    task.result()


def first_cause(error: BaseException) -> BaseException:
    """The first leaf of nested exception groups: what went wrong before the rest was cancelled."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
