# SPDX-License-Identifier: Apache-2.0
"""One pod while it runs: its network, cgroups and attachment, its sidecar, its containers.

create   network namespace and link → cgroups → BPF          nothing runs yet, and nothing can get out any more
sidecar  Envoy, in <pod>/sidecar
start    the containers, each in <pod>/<container>
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
from functools import partial
from pathlib import Path
from typing import Any

from bpf.acceleration import Decision
from bpf.datapath import Datapath, PodAttachment
from riftgate.instance import Instance
from riftgate.local import cgroups, netns
from riftgate.local.adopted_envoy import newest_envoy
from riftgate.local.containers import PodFiles, read_running, read_state, write_state, write_whole
from riftgate.local.draining import Drain, DrainingEnvoy
from riftgate.local.envoy_admin import comes_to_serve
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName
from riftgate.local.netns import PodNetwork, pod_namespaces
from riftgate.local.plan import PlannedPod
from riftgate.local.sandbox import ContainerSpec, spawn
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
from riftgate.local.supervisor import AdoptedProcess, Process, RestartPolicy, Supervisor

log = logging.getLogger(__name__)

SIDECAR = "sidecar"
"""The sidecar's cgroup; no container can have it: theirs are prefixed."""
RESTART_SECONDS = 60.0
"""How long a new Envoy may take until it serves, before it is given up."""
_EXCHANGE_SECONDS = 1.0
"""Between two tries to exchange an Envoy that an older Riftgate has started."""


class RunningPod:
    """A pod of this agent. Its methods are called one after the other, in the order above."""

    def __init__(self, instance: Instance, planned: PlannedPod, slot: int, acceleration: Decision) -> None:
        self.planned = planned
        self.acceleration = acceleration
        self.slot = slot
        self.name = PodName(instance.name, planned.namespace, planned.name)
        self.files = PodFiles.of(instance, self.name)
        self._instance = instance
        self._cgroup = self.cgroup_of(instance, planned)
        self._network: PodNetwork | None = None
        self.sidecar = Supervisor(self._start_sidecar, RestartPolicy.ALWAYS)
        self.containers = {
            spec.name: Supervisor(partial(self._start_container, spec), planned.restart_policy)
            for spec in planned.containers
        }
        self._parts: dict[int, str] = {}
        self._sidecar_started = False
        self._epoch = 0
        self._restarting = False
        self._group: asyncio.TaskGroup | None = None
        self._ending: asyncio.Task[None] | None = None
        self._launching = asyncio.Lock()
        """Held while an Envoy is started, until it is in its cgroup."""
        self._containers_started = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def link(self) -> int | None:
        """Interface index of the host's end of its link; None until it is created."""
        return None if self._network is None else self._network.host_ifindex

    @property
    def key(self) -> str:
        return f"{self.planned.namespace}/{self.planned.name}"

    @property
    def calling_addresses(self) -> tuple[str, ...]:
        """All that it may call from, exec sessions included."""
        return (*self.planned.addresses, *self.planned.exec_addresses)

    @property
    def netns(self) -> Path:
        """The pod's network namespace."""
        return pod_namespaces(self.name, self._instance.state).net

    def part_of(self, cgroup: int) -> str | None:
        """The container, or `sidecar`, whose cgroup has this id."""
        return self._parts.get(cgroup)

    @classmethod
    def cgroup_of(cls, instance: Instance, planned: PlannedPod) -> Path:
        """The pod's cgroup, whether or not it exists."""
        return instance.pods_cgroup / PodName(instance.name, planned.namespace, planned.name).file_name

    async def create(self, datapath: Datapath) -> None:
        """All that must be there before a first process runs; what is there already stays, and is completed.

        Raises LocalError or BpfError.
        """
        ipv4, ipv6 = self.planned.addresses
        exec_ipv4, exec_ipv6 = self.planned.exec_addresses
        self.files.directory.mkdir(parents=True, exist_ok=True)
        self.files.containers.write_text("".join(f"{name}\n" for name in self.containers))
        network = None
        if self.files.bootstrap.exists():
            # It has run: its end of the link may be as it wants it.
            network = await asyncio.to_thread(netns.find_pod, self.name, (ipv4, ipv6), self._instance.state)
        if network is None:
            network = await asyncio.to_thread(
                partial(
                    netns.create_pod,
                    self.name,
                    (ipv4, ipv6),
                    self.planned.hostname,
                    self._instance.state,
                    others=(exec_ipv4, exec_ipv6),
                )
            )
        self._network = network
        for name, child in ((SIDECAR, SIDECAR), *((name, _cgroup_name(name)) for name in self.containers)):
            (self._cgroup / child).mkdir(parents=True, exist_ok=True)
            self._parts[(self._cgroup / child).stat().st_ino] = name
        attachment = PodAttachment(
            slot=self.slot,
            cgroup=self._cgroup,
            netns=network.namespaces.net,
            node_netns=network.node_netns,
            ifindex=network.host_ifindex,
            ipv4=ipv4,
            ipv6=ipv6,
            accelerated=self.acceleration.on,
            exec_ipv4=exec_ipv4,
            exec_ipv6=exec_ipv6,
            shortcut=self.planned.shortcut,
        )
        # In a thread: netlink brings an event loop of its own.
        await asyncio.to_thread(datapath.attach, attachment)
        for container in self.containers:
            datapath.attach_container(self.slot, self._cgroup / _cgroup_name(container))
        datapath.attach_sidecar(self.slot, self._cgroup / SIDECAR)

    @property
    def started(self) -> bool:
        """All containers were started, and none of them failed to."""
        problems = (supervisor.status.problem for supervisor in self.containers.values())
        return self._containers_started and not any(problems)

    def start_sidecar(self, tasks: asyncio.TaskGroup) -> None:
        """Once: a second call changes nothing."""
        if self._sidecar_started:
            return
        self._sidecar_started = True
        self.files.bootstrap.write_text(self.planned.bootstrap)
        adopted = newest_envoy(self._cgroup / SIDECAR)
        self._group = tasks
        self._tasks.append(tasks.create_task(self.sidecar.run(None if adopted is None else adopted.process)))
        if adopted is None:
            return
        self._epoch = adopted.epoch
        if self.draining():
            self._end_draining()
        if adopted.outdated is not None:
            how = "and hands over" if self.planned.hot_restart else "its connections end"
            log.warning("the sidecar of %s is exchanged, %s: %s", self.key, how, adopted.outdated)
            if self.planned.hot_restart:
                self._tasks.append(tasks.create_task(self._exchange()))
            else:
                # Its supervisor starts another one.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(adopted.pid, signal.SIGKILL)

    def start_containers(self, tasks: asyncio.TaskGroup) -> None:
        """Once: a second call changes nothing."""
        if self._containers_started:
            return
        self._containers_started = True
        self._tasks.extend(
            tasks.create_task(self._run_container(name, supervisor)) for name, supervisor in self.containers.items()
        )

    async def adopt(self, datapath: Datapath, tasks: asyncio.TaskGroup) -> None:
        """Takes over what an earlier agent has made of the pod, however far that was; what runs goes on.

        What was still to come is for the steps that follow. Raises LocalError or BpfError.
        """
        began = self.files.bootstrap.exists()
        await self.create(datapath)
        if not began:
            return
        self.start_sidecar(tasks)
        if any(self.files.container_state(name).exists() for name in self.containers):
            self.start_containers(tasks)

    def write_names(self, hosts: str, resolv_conf: str) -> None:
        """In place: the files are mounted into containers that run already."""
        for path, text in ((self.files.hosts, hosts), (self.files.resolv_conf, resolv_conf)):
            if not path.exists() or path.read_text() != text:
                path.write_text(text)

    async def remove(self, datapath: Datapath) -> None:
        """Ends everything of the pod and takes it all away."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # First the processes, then what holds them back.
        await asyncio.to_thread(cgroups.remove_tree, self._cgroup)
        datapath.detach(self.slot)
        forget_shared_memory(self.files.base_id)
        await asyncio.to_thread(netns.delete_pod, self.name, self._instance.state)
        if self.files.directory.exists():
            shutil.rmtree(self.files.directory)

    def container_cgroup(self, container: str) -> Path:
        """Of the container's processes, and of nothing else."""
        return self._cgroup / _cgroup_name(container)

    @property
    def sidecar_cgroup(self) -> Path:
        return self._cgroup / SIDECAR

    def main_process(self, container: str) -> int | None:
        """The process id of a container's command; None while there is none."""
        state = read_state(self.files, container)
        return None if state is None else state.main_pid()

    def status(self) -> dict[str, Any]:
        """For `riftgate status`."""
        return {
            "pod": self.key,
            "slot": self.slot,
            "addresses": list(self.planned.addresses),
            "acceleration": {"on": self.acceleration.on, "why": self.acceleration.why},
            "execAddresses": list(self.planned.exec_addresses),
            "sidecar": _process(self.sidecar),
            "openFiles": self._open_files(),
            "draining": [each.to_dict() for each in self.draining()],
            "containers": {name: _process(supervisor) for name, supervisor in self.containers.items()},
        }

    def _open_files(self) -> dict[str, int | None]:
        pids = cgroups.processes(self._cgroup / SIDECAR)
        return {"limit": open_files(max(pids, key=epoch_of)) if pids else None, "wanted": OPEN_FILES}

    async def _run_container(self, name: str, supervisor: Supervisor) -> None:
        over = self.files.container_over(name)
        running = None
        if (state := await asyncio.to_thread(read_running, self.files, name)) is not None:
            with contextlib.suppress(ProcessLookupError):
                running = AdoptedProcess(os.pidfd_open(state.init_pid))
        elif over.exists() or (
            self.planned.restart_policy is RestartPolicy.NEVER and self.files.container_state(name).exists()
        ):
            supervisor.first_started.set()
            return
        await supervisor.run(running)
        over.touch()

    def draining(self) -> list[DrainingEnvoy]:
        """The Envoys before the one that runs, which have not ended yet. Raises OSError."""
        return self._drain().left(self._epoch) if self.planned.hot_restart and self.files.base_id.exists() else []

    def _drain(self) -> Drain:
        number = int(self.files.base_id.read_text())
        return Drain(self._cgroup / SIDECAR, self.netns, number, self.files.hot_restart)

    def _end_draining(self) -> None:
        """Starts ending the Envoys before the one that runs, in their time."""
        assert self._group is not None
        if self._ending is not None:
            self._ending.cancel()
        self._ending = self._group.create_task(self._drain().end(self._epoch))
        self._tasks.append(self._ending)

    async def restart_sidecar(self, envoy: str | None, drain: int | None = None) -> int:
        """Starts another Envoy, to which the one that runs hands over; returns its restart epoch once it serves.

        ``drain``: seconds for the one that runs, if not those of the pod. Raises LocalError when it does not come to
        that: then the one that runs goes on.
        """
        if not self.planned.hot_restart:
            raise LocalError(f'{self.key} does not have the annotation {HOT_RESTART_ANNOTATION}: "on"')
        if not self.sidecar.status.running:
            raise LocalError(f"the sidecar of {self.key} does not run; its log is {self.files.envoy_log}")
        if self._restarting:
            raise LocalError(f"an Envoy of {self.key} hands over right now; try again when it has")
        self._restarting = True
        try:
            self.files.bootstrap.write_text(self.planned.bootstrap)
            epoch = self._epoch + 1
            restarts = self.sidecar.status.restarts
            async with self._launching:
                process = await self._start_kept(epoch, envoy)
            serves = False
            try:
                serves = await comes_to_serve(process, self.files.envoy_admin, epoch, RESTART_SECONDS)
                serves = serves and self.sidecar.replace(process)
            finally:
                # Also when nobody waits for it any more: two would answer for the pod.
                if not serves:
                    process.kill()
            if not serves:
                code = await process.wait()
                goes_on = self.sidecar.status.running and self.sidecar.status.restarts == restarts
                before = "the one before goes on" if goes_on else "the one before has ended: another one is started"
                raise LocalError(
                    f"the new Envoy does not serve (exit code {code}), and {before}; "
                    f"the log of both is {self.files.envoy_log}"
                )
            self._epoch = epoch
            self._drain().begin(self._restart(epoch), self.planned.drain if drain is None else drain)
            self._end_draining()
            return epoch
        finally:
            self._restarting = False

    async def _exchange(self) -> None:
        """Another Envoy takes over from the one that was adopted, unless that ends before: then it has a successor."""
        restarts, epoch = self.sidecar.status.restarts, self._epoch
        while (self.sidecar.status.restarts, self._epoch) == (restarts, epoch):
            try:
                await self.restart_sidecar(None)
            except LocalError as error:
                log.warning("the sidecar of %s cannot be exchanged yet: %s", self.key, error)
                await asyncio.sleep(_EXCHANGE_SECONDS)

    async def _start_sidecar(self) -> Process:
        async with self._launching:
            self._epoch = 0
            if not self.planned.hot_restart:
                self.files.envoy_admin.unlink(missing_ok=True)
                return await self._sidecar_of().start()
            # An Envoy that hands over, or takes over, has nobody left to do it with.
            await asyncio.to_thread(cgroups.kill_all, self._cgroup / SIDECAR)
            self.files.envoy_admin.unlink(missing_ok=True)
            write_whole(self.files.base_id, str(base_id(self.netns)))
            self._drain().forget()
            return await self._start_kept(0)

    async def _start_kept(self, epoch: int, envoy: str | None = None) -> KeptEnvoy:
        return await self._sidecar_of().start_kept(self._restart(epoch), envoy)

    def _restart(self, epoch: int) -> HotRestart:
        return HotRestart(int(self.files.base_id.read_text()), self.files.hot_restart, epoch)

    def _sidecar_of(self) -> Sidecar:
        assert self._network is not None
        return Sidecar(
            pod=self.planned.key,
            cgroup=self._cgroup / SIDECAR,
            netns=self._network.namespaces.net,
            bootstrap=self.files.bootstrap,
            log=self.files.envoy_log,
            workers=self.planned.sidecar_workers,
        )

    async def _start_container(self, spec: ContainerSpec) -> asyncio.subprocess.Process:
        assert self._network is not None
        cgroup = self.container_cgroup(spec.name)
        # What an earlier run left: its launcher may have been killed without its inside, which still holds its ports.
        await asyncio.to_thread(cgroups.kill_all, cgroup)
        container = await spawn(
            spec,
            cgroup=cgroup,
            namespaces=self._network.namespaces,
            hosts=self.files.hosts,
            resolv_conf=self.files.resolv_conf,
            log=self.files.container_log(spec.name),
            hidden=[self._instance.state],
        )
        write_state(self.files, container.state)
        return container.process


def _cgroup_name(container: str) -> str:
    return f"container-{container}"


def _process(supervisor: Supervisor) -> dict[str, Any]:
    status = supervisor.status
    return {
        "running": status.running,
        "restarts": status.restarts,
        "lastExit": status.last_exit,
        "problem": status.problem,
    }
