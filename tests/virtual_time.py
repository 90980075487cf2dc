# SPDX-License-Identifier: Apache-2.0
"""An event loop whose clock jumps to the next timer instead of waiting for it: minutes take milliseconds."""

import asyncio
import functools
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

_P = ParamSpec("_P")

_ROUNDING = 1e-6
"""Seconds more, or what is due could be due a hair later for ever."""
_REAL_PATIENCE = 10.0
"""Seconds to wait for threads and sockets when no timer is left: then something has been waited for in vain."""


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            found = super().select(_REAL_PATIENCE)
            if not found:
                raise RuntimeError("every task waits for something that nobody does")
            return found
        found = super().select(0)
        if not found:
            self.skipped += timeout + _ROUNDING
        return found


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its time is that of its beginning plus all that was not waited for: what is done takes no time, on no machine."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        self._began = time.monotonic()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._began + self._virtual.skipped


def in_virtual_time(test: Callable[_P, Coroutine[Any, Any, None]]) -> Callable[_P, None]:
    """Runs an async test on a loop of its own with that clock. Its fixtures are synchronous ones."""

    @functools.wraps(test)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
