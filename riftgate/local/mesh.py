# SPDX-License-Identifier: Apache-2.0
"""The pods of this machine, brought to what a plan says: the agent's work, without its sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

from pyroute2.netlink.exceptions import NetlinkError

from bpf import structs
from bpf.acceleration import Accelerator
from bpf.datapath import Datapath
from bpf.libbpf import BpfError
from l7filters.world import World
from riftgate.instance import Instance
from riftgate.local.envoy_admin import wait_ready
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName
from riftgate.local.plan import Plan, PlannedPod
from riftgate.local.pod import RunningPod
from riftgate.local.remains import remove_other_pods
from riftgate.local.supervisor import Supervisor

log = logging.getLogger(__name__)

START_TIMEOUT = 90.0
"""Seconds that a sidecar or a container may take to start."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of bringing the mesh to a plan, for people who wait."""

    pod: str
    step: str
    details: dict[str, list[str]] = field(default_factory=dict)


class Mesh:
    """All pods of one agent. ``apply`` is called by one caller at a time."""

    def __init__(
        self,
        instance: Instance,
        datapath: Datapath,
        tasks: asyncio.TaskGroup,
        accelerator: Accelerator,
        *,
        publish_world: Callable[[World], Awaitable[None]],
        wait_configured: Callable[[tuple[str, ...]], Awaitable[None]],
    ) -> None:
        self._instance = instance
        self._datapath = datapath
        self._tasks = tasks
        self._accelerator = accelerator
        self._publish_world = publish_world
        self._wait_configured = wait_configured
        self.pods: dict[str, RunningPod] = {}
        self.plan = Plan()

    async def adopt(self, plan: Plan) -> None:
        """Takes over the pods of an agent that has ended: the plan is the one that it was carrying out.

        What runs goes on. What was half made is completed, by this or by the next :meth:`apply`, or removed where
        that fails; pods that the plan does not name were on their way out. Raises LocalError or BpfError when one
        that runs cannot be taken over: everything of it stays as it is.
        """
        self.plan = plan
        names = {PodName(self._instance.name, pod.namespace, pod.name).file_name for pod in plan.pods}
        await asyncio.to_thread(remove_other_pods, self._instance, names)
        taken = set(self._datapath.slots())
        for planned in plan.pods:
            cgroup = RunningPod.cgroup_of(self._instance, planned)
            if not cgroup.is_dir():
                continue
            slot = self._datapath.slot_of(cgroup) or self._free_slot(taken)
            pod = RunningPod(self._instance, planned, slot, self._accelerator.decide(planned.acceleration))
            ran = pod.files.bootstrap.exists()
            try:
                await pod.adopt(self._datapath, self._tasks)
            except (LocalError, BpfError, NetlinkError, OSError) as error:
                if ran:
                    raise LocalError(f"{pod.key} cannot be taken over: {error}") from error
                log.error("%s was half made and cannot be completed: %s", pod.key, error)
                await pod.remove(self._datapath)
                continue
            self.pods[planned.key] = pod
            taken.add(slot)
        for slot in self._datapath.slots() - {pod.slot for pod in self.pods.values()}:
            self._datapath.detach(slot)

    async def apply(self, plan: Plan, remember: Callable[[], None] = lambda: None) -> AsyncIterator[Progress]:
        """Removes pods that the plan does not name or names otherwise, then starts what is missing.

        ``remember`` is called between both: from there on, whatever is there of a pod is there as the plan has it.

        No container of a new pod starts before its sidecar has its configuration and the datapath its tables: a pod is
        never without policy. Raises LocalError; what was started until then stays, and the plan may be applied anew.
        """
        wanted = {pod.key: pod for pod in plan.pods}
        for key, pod in list(self.pods.items()):
            if wanted.get(key) != pod.planned:
                yield Progress(key, "removing")
                await pod.remove(self._datapath)
                del self.pods[key]
        remember()
        self.plan = plan
        for key, planned in wanted.items():
            if key not in self.pods:
                yield Progress(key, "creating", {"addresses": list(planned.addresses)})
                await self._create(planned)
        for pod in self.pods.values():
            pod.write_names(plan.hosts_text(pod.planned), plan.resolv_text(pod.planned))
        await self._publish_world(plan.world)
        # Also those that an earlier attempt, which failed half-way, has created.
        waiting = [pod for pod in self.pods.values() if not pod.started]
        for pod in waiting:
            pod.sidecar.start(self._tasks)
        for pod in waiting:
            yield Progress(pod.key, "waiting for the sidecar")
            await wait_ready(pod.files.envoy_admin, START_TIMEOUT)
        await self._wait_configured(tuple(self.pods))
        for pod in waiting:
            pod.start_containers(self._tasks)
        for pod in waiting:
            for name, container in pod.containers.items():
                await self._first_start(pod, name, container)
                if container.status.problem:
                    raise LocalError(f"{pod.key}: {container.status.problem}")
                yield Progress(pod.key, "running", {"container": [name]})

    async def remove_all(self) -> None:
        for key, pod in list(self.pods.items()):
            await pod.remove(self._datapath)
            del self.pods[key]

    async def _create(self, planned: PlannedPod) -> None:
        slot = self._free_slot({pod.slot for pod in self.pods.values()})
        pod = RunningPod(self._instance, planned, slot, self._accelerator.decide(planned.acceleration))
        self.pods[planned.key] = pod
        try:
            await _to_the_end(pod.create(self._datapath))
        except BaseException:
            del self.pods[planned.key]
            await pod.remove(self._datapath)
            raise

    async def _first_start(self, pod: RunningPod, name: str, container: Supervisor) -> None:
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await container.first_started.wait()
        except TimeoutError:
            log = pod.files.container_log(name)
            raise LocalError(
                f"{pod.key}: container {name} has not started within {START_TIMEOUT:g} s; its log is {log}"
            ) from None

    def _free_slot(self, taken: Collection[int]) -> int:
        free = next((slot for slot in range(1, structs.SCRATCH_SLOT) if slot not in taken), None)
        if free is None:
            raise LocalError(f"there are {structs.SCRATCH_SLOT - 1} pods already; remove some")
        return free


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """A cancellation waits: the threads of ``work`` go on anyway, and what they make must be known to be removed."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
