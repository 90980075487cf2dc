# SPDX-License-Identifier: Apache-2.0
"""Keeps one process of a pod running: the sidecar, or a container."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from riftgate.local.errors import LocalError

FIRST_BACKOFF = 0.5
"""Seconds before the second restart in a row; the first one is at once, as the kubelet does it."""
LONGEST_BACKOFF = 10.0
"""Seconds; also how long a process must have run for the next failure to count as a first one."""


class RestartPolicy(StrEnum):
    """As in a Kubernetes Pod."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"


@dataclass(slots=True)
class ProcessStatus:
    """What is known of the process now; `last_exit` is 128+n for signal n, None where nobody could see it."""

    running: bool = False
    restarts: int = 0
    last_exit: int | None = None
    problem: str | None = None
    """Why the last start failed, in the launcher's words."""


class Process(Protocol):
    """What runs: ``wait`` gives its exit code, -n for signal n, None where nobody can know it."""

    async def wait(self) -> int | None: ...


class AdoptedProcess:
    """A process that another one has started: its end can be seen, its exit code cannot.

    Takes over ``pidfd``, a descriptor from pidfd_open(2).
    """

    def __init__(self, pidfd: int) -> None:
        self._pidfd = pidfd

    async def wait(self) -> int | None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        # Readable once it has ended.
        loop.add_reader(self._pidfd, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
        return None


class Supervisor:
    """Starts a process again whenever it ends, as its policy says, with a growing pause between failures."""

    def __init__(
        self,
        start: Callable[[], Awaitable[Process]],
        policy: RestartPolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._start = start
        self._policy = policy
        self._clock = clock
        self._sleep = sleep
        self.status = ProcessStatus()
        self.first_started = asyncio.Event()
        """Set once the process has started, or has failed to, for the first time."""
        self._successors: deque[Process] = deque()
        self._handed = asyncio.Event()
        """Set while there is a successor."""
        self._starting = False
        self._leaving: set[asyncio.Future[int | None]] = set()

    @property
    def leaving(self) -> bool:
        """Whether a process that another one has replaced still runs."""
        return bool(self._leaving)

    def replace(self, process: Process) -> bool:
        """Has ``process`` in place of the one that runs, which will end by itself, or of one that has just ended. No
        restart is counted. False, and it is nobody's, when another one is being started already."""
        if self._starting:
            return False
        self._successors.append(process)
        self._handed.set()
        return True

    async def run(self, running: Process | None = None) -> None:
        """Until the policy says that it is over; cancelling it leaves the process to whoever empties its cgroup.

        ``running`` is one that was started before: then the next one comes when it has ended.
        """
        backoff = 0.0
        while True:
            started = self._clock()
            code = await self._run_once(running)
            running = None
            if self._policy is RestartPolicy.NEVER or (self._policy is RestartPolicy.ON_FAILURE and code == 0):
                return
            if self._clock() - started >= LONGEST_BACKOFF:
                backoff = 0.0
            running = await self._pause(backoff)
            if running is not None:
                continue
            backoff = min(LONGEST_BACKOFF, max(FIRST_BACKOFF, 2 * backoff))
            self.status.restarts += 1

    async def _run_once(self, running: Process | None) -> int | None:
        self._starting = running is None
        try:
            process = running or await self._start()
        except (LocalError, OSError) as error:
            self.status.problem = str(error)
            self.first_started.set()
            return None
        finally:
            self._starting = False
        self.status.running, self.status.problem = True, None
        self.first_started.set()
        try:
            code = await self._end_of(process)
        finally:
            self.status.running = False
        self.status.last_exit = 128 - code if code is not None and code < 0 else code
        return code

    async def _pause(self, seconds: float) -> Process | None:
        """The pause before the next start, or a process that makes it needless."""
        pause = asyncio.ensure_future(self._sleep(seconds))
        handed = asyncio.ensure_future(self._handed.wait())
        try:
            await asyncio.wait({pause, handed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            handed.cancel()
        return self._successor()

    async def _end_of(self, process: Process) -> int | None:
        """Of the process, or of the last one that has replaced it."""
        while True:
            ended = asyncio.ensure_future(process.wait())
            handed = asyncio.ensure_future(self._handed.wait())
            try:
                await asyncio.wait({ended, handed}, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                for each in (ended, *self._leaving):
                    each.cancel()
                raise
            finally:
                handed.cancel()
            successor = self._successor()
            if successor is None:
                return ended.result()
            self._leaving.add(ended)
            ended.add_done_callback(self._leaving.discard)
            process = successor

    def _successor(self) -> Process | None:
        successor = self._successors.popleft() if self._successors else None
        if not self._successors:
            self._handed.clear()
        return successor
