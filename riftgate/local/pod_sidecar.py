# SPDX-License-Identifier: Apache-2.0
"""A pod's sidecar: the Envoy that runs, the one that takes over from it, and those that have handed over and drain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path
from typing import Any

from riftgate.instance import Instance
from riftgate.local import cgroups
from riftgate.local.adopted_envoy import newest_envoy
from riftgate.local.containers import PodFiles, write_whole
from riftgate.local.draining import Drain, DrainingEnvoy
from riftgate.local.envoy_admin import comes_to_serve, wait_live
from riftgate.local.errors import LocalError
from riftgate.local.hand_over import HandOver
from riftgate.local.names import PodName
from riftgate.local.netns import pod_namespaces
from riftgate.local.plan import PlannedPod
from riftgate.local.sidecar import (
    HOT_RESTART_ANNOTATION,
    OPEN_FILES,
    HotRestart,
    KeptEnvoy,
    Sidecar,
    base_id,
    epoch_of,
    forget_shared_memory,
    open_files,
)
from riftgate.local.supervisor import LONGEST_BACKOFF, Process, RestartPolicy, Supervisor

log = logging.getLogger(__name__)

SIDECAR = "sidecar"
"""The sidecar's cgroup; no container can have it: theirs are prefixed."""
RESTART_SECONDS = 60.0
"""How long a new Envoy may take until it serves, before it is given up."""
_FIRST_PAUSE = 1.0
"""Seconds between the first two tries to exchange an Envoy that an older Riftgate has started; then twice as many."""


class PodSidecar:
    """``pod_cgroup`` and the pod's network namespace must exist when it is started."""

    def __init__(self, instance: Instance, planned: PlannedPod, files: PodFiles, pod_cgroup: Path) -> None:
        self.cgroup = pod_cgroup / SIDECAR
        self.supervisor = Supervisor(self._start, RestartPolicy.ALWAYS)
        self._planned = planned
        self._files = files
        self._netns = pod_namespaces(PodName(instance.name, planned.namespace, planned.name), instance.state).net
        self._group: asyncio.TaskGroup | None = None
        self._epoch = 0
        self._restarting = False
        self._launching = asyncio.Lock()
        """Held while an Envoy is started, until it is in its cgroup."""
        self._ending: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Once: a second call changes nothing. One that an earlier agent has left goes on."""
        if self._group is not None:
            return
        self._group = tasks
        self._files.bootstrap.write_text(self._planned.bootstrap)
        adopted = newest_envoy(self.cgroup)
        self._tasks.append(tasks.create_task(self.supervisor.run(None if adopted is None else adopted.process)))
        if adopted is None:
            return
        self._epoch = adopted.epoch
        if self._planned.hot_restart and self._files.base_id.exists():
            seconds = self._hand_over().announced(self._epoch)
            if seconds is not None:
                self._tasks.append(tasks.create_task(self._finish_hand_over(seconds)))
        if self._draining():
            self._end_draining()
        if adopted.outdated is not None:
            how = "and hands over" if self._planned.hot_restart else "its connections end"
            log.warning("the sidecar of %s is exchanged, %s: %s", self._planned.key, how, adopted.outdated)
            if self._planned.hot_restart:
                self._tasks.append(tasks.create_task(self._exchange()))
            else:
                # Its supervisor starts another one.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(adopted.pid, signal.SIGKILL)

    async def cancel(self) -> None:
        """Starts and ends no Envoy any more; those that there are go on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def forget(self) -> None:
        """What Envoys leave behind, once they have ended."""
        forget_shared_memory(self._files.base_id)

    def status(self) -> dict[str, Any]:
        """For `riftgate status`, beside what its supervisor tells."""
        pids = cgroups.processes(self.cgroup)
        return {
            "openFiles": {"limit": open_files(max(pids, key=epoch_of)) if pids else None, "wanted": OPEN_FILES},
            "draining": [each.to_dict() for each in self._draining()],
        }

    async def restart(self, envoy: str | None, drain: int | None = None) -> int:
        """Starts another Envoy, to which the one that runs hands over; returns its restart epoch once it serves.

        ``drain``: seconds for the one that runs, if not those of the pod. Raises LocalError when it does not come to
        that: then the one that runs goes on.
        """
        if not self._planned.hot_restart:
            raise LocalError(f'{self._planned.key} does not have the annotation {HOT_RESTART_ANNOTATION}: "on"')
        if not self.supervisor.status.running:
            raise LocalError(f"the sidecar of {self._planned.key} does not run; its log is {self._files.envoy_log}")
        if self._restarting:
            raise LocalError(f"an Envoy of {self._planned.key} hands over right now; try again when it has")
        self._restarting = True
        try:
            self._files.bootstrap.write_text(self._planned.bootstrap)
            epoch = self._epoch + 1
            restarts = self.supervisor.status.restarts
            seconds = self._planned.drain if drain is None else drain
            hand_over = self._hand_over()
            hand_over.announce(epoch, seconds)
            serves = False
            try:
                async with self._launching:
                    process = await self._start_kept(epoch, envoy)
            except BaseException:
                hand_over.take_back(epoch)
                raise
            try:
                serves = await comes_to_serve(process, self._files.envoy_admin, epoch, RESTART_SECONDS)
                serves = serves and self.supervisor.replace(process)
            finally:
                # Also when nobody waits for it any more: two would answer for the pod.
                if not serves:
                    hand_over.take_back(epoch)
                    process.kill()
            if not serves:
                code = await process.wait()
                goes_on = self.supervisor.status.running and self.supervisor.status.restarts == restarts
                before = "the one before goes on" if goes_on else "the one before has ended: another one is started"
                raise LocalError(
                    f"the new Envoy does not serve (exit code {code}), and {before}; "
                    f"the log of both is {self._files.envoy_log}"
                )
            self._epoch = epoch
            hand_over.begin(epoch, seconds)
            self._end_draining()
            return epoch
        finally:
            self._restarting = False

    async def _exchange(self) -> None:
        """Another Envoy takes over from the one that was adopted, unless that ends before: then it has a successor."""
        restarts, epoch = self.supervisor.status.restarts, self._epoch
        trouble, pause = "", _FIRST_PAUSE
        while (self.supervisor.status.restarts, self._epoch) == (restarts, epoch):
            try:
                await self.restart(None)
            except (LocalError, OSError) as error:
                # A full disk, too: it is tried again, and the agent goes on with the pods that it has.
                if str(error) != trouble:
                    log.warning("the sidecar of %s cannot be exchanged yet: %s", self._planned.key, error)
                trouble = str(error)
                await asyncio.sleep(pause)
                pause = min(LONGEST_BACKOFF, 2 * pause)

    async def _start(self) -> Process:
        async with self._launching:
            self._epoch = 0
            if not self._planned.hot_restart:
                self._files.envoy_admin.unlink(missing_ok=True)
                return await self._envoy().start()
            # An Envoy that hands over, or takes over, has nobody left to do it with.
            await asyncio.to_thread(cgroups.kill_all, self.cgroup)
            self._files.envoy_admin.unlink(missing_ok=True)
            write_whole(self._files.base_id, str(base_id(self._netns)))
            self._hand_over().forget()
            return await self._start_kept(0)

    async def _start_kept(self, epoch: int, envoy: str | None = None) -> KeptEnvoy:
        return await self._envoy().start_kept(self._hot_restart(epoch), envoy)

    def _hot_restart(self, epoch: int) -> HotRestart:
        return HotRestart(int(self._files.base_id.read_text()), self._files.hot_restart, epoch)

    def _envoy(self) -> Sidecar:
        return Sidecar(
            pod=self._planned.key,
            cgroup=self.cgroup,
            netns=self._netns,
            bootstrap=self._files.bootstrap,
            log=self._files.envoy_log,
            workers=self._planned.sidecar_workers,
        )

    def _draining(self) -> list[DrainingEnvoy]:
        """The Envoys before the one that runs, which have not ended yet. Raises OSError."""
        return self._drain().left(self._epoch) if self._planned.hot_restart and self._files.base_id.exists() else []

    def _hand_over(self) -> HandOver:
        return HandOver(self.cgroup, int(self._files.base_id.read_text()), self._files.hot_restart)

    def _drain(self) -> Drain:
        return Drain(self._hand_over(), self._netns)

    async def _finish_hand_over(self, seconds: int) -> None:
        """That an agent before has begun: it has died since."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RESTART_SECONDS):
                await wait_live(self._files.envoy_admin, self._epoch)
            self._hand_over().begin(self._epoch, seconds)
            self._end_draining()

    def _end_draining(self) -> None:
        """Starts ending the Envoys before the one that runs, in their time."""
        assert self._group is not None
        if self._ending is not None:
            self._ending.cancel()
        self._ending = self._group.create_task(self._drain().end(self._epoch))
        self._tasks.append(self._ending)
