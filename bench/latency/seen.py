# SPDX-License-Identifier: Apache-2.0
"""What a caller sees change, and how long after something was done."""

from __future__ import annotations

import json
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.report import BenchError

CALLER = Path(__file__).with_name("caller.py")
_PATIENCE = 30.0


class Caller:
    """A running caller.py. It says nothing until its answers change."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> float:
        """When the first such answer was there (CLOCK_MONOTONIC). Raises BenchError after half a minute."""
        deadline = time.monotonic() + _PATIENCE
        assert self._process.stdout is not None
        while True:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            line = self._process.stdout.readline() if ready else ""
            if not line:
                raise BenchError(f"the caller saw no such change within {_PATIENCE:g} s")
            seen = json.loads(line)
            if wanted(seen):
                return float(seen["at"])

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def calling(start: Callable[[], subprocess.Popen[str]]) -> Iterator[Caller]:
    caller = Caller(start())
    try:
        caller.until(passes)
        yield caller
    finally:
        caller.close()


def passes(seen: dict[str, Any]) -> bool:
    return seen["status"] == 200 and not seen["fault"]


def refused(seen: dict[str, Any]) -> bool:
    return bool(seen["status"] == 403)


def hit(seen: dict[str, Any]) -> bool:
    return bool(seen["fault"])
