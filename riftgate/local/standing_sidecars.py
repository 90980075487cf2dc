# SPDX-License-Identifier: Apache-2.0
"""Sidecars that stand still: one that goes on later would first answer what has waited, under faults that are over.

An Envoy drops its faults when their lease is over, by a timer of its main thread; but one that is stopped (SIGSTOP) has
no timers, and when it goes on, its workers are not behind that thread. So it does not go on: it is killed, and the
supervisor starts another one, which begins without faults.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from riftgate.local import cgroups

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.7
"""Who is seen to stand still twice in a row is killed, so within twice that."""


async def end_standing(cgroups_of: Callable[[], Iterable[tuple[str, Path]]]) -> None:
    """For as long as it runs: no process in these cgroups, each with whose it is, stands still for long."""
    seen: set[int] = set()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        found = {pid: whose for whose, cgroup in cgroups_of() for pid in _standing(cgroup)}
        for pid, whose in found.items():
            if pid in seen:
                log.warning("the sidecar of %s stands still (SIGSTOP?) and is ended; another one starts", whose)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        seen = set(found)


def _standing(cgroup: Path) -> list[int]:
    try:
        return [pid for pid in cgroups.processes(cgroup) if _stands_still(pid)]
    except OSError:
        # Taken away this moment.
        return []


def _stands_still(pid: int) -> bool:
    """By a signal; a debugger that holds it has a state of its own (proc_pid_stat(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(b") ")[2].startswith(b"T")
