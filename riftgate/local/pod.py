# SPDX-License-Identifier: Apache-2.0
"""One pod while it runs: its network, cgroups and attachment, its sidecar, its containers.

create   network namespace and link → cgroups → BPF          nothing runs yet, and nothing can get out any more
sidecar  Envoy, in <pod>/sidecar
start    the containers, each in <pod>/<container>
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from bpf.acceleration import Decision
from bpf.datapath import Datapath, PodAttachment
from riftgate.instance import Instance
from riftgate.local import cgroups, netns
from riftgate.local.containers import PodFiles, read_running, read_state, write_state
from riftgate.local.names import PodName
from riftgate.local.netns import PodNetwork, pod_namespaces
from riftgate.local.plan import PlannedPod
from riftgate.local.pod_sidecar import SIDECAR, PodSidecar
from riftgate.local.sandbox import ContainerSpec, spawn
from riftgate.local.supervisor import AdoptedProcess, RestartPolicy, Supervisor


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
        self.sidecar = PodSidecar(instance, planned, self.files, self._cgroup)
        self.containers = {
            spec.name: Supervisor(partial(self._start_container, spec), planned.restart_policy)
            for spec in planned.containers
        }
        self._parts: dict[int, str] = {}
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
        datapath.attach_sidecar(self.slot, self.sidecar.cgroup)

    @property
    def started(self) -> bool:
        """All containers were started, and none of them failed to."""
        problems = (supervisor.status.problem for supervisor in self.containers.values())
        return self._containers_started and not any(problems)

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
        self.sidecar.start(tasks)
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
        await asyncio.gather(self.sidecar.cancel(), *self._tasks, return_exceptions=True)
        # First the processes, then what holds them back.
        await asyncio.to_thread(cgroups.remove_tree, self._cgroup)
        datapath.detach(self.slot)
        self.sidecar.forget()
        await asyncio.to_thread(netns.delete_pod, self.name, self._instance.state)
        if self.files.directory.exists():
            shutil.rmtree(self.files.directory)

    def container_cgroup(self, container: str) -> Path:
        """Of the container's processes, and of nothing else."""
        return self._cgroup / _cgroup_name(container)

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
            "sidecar": _process(self.sidecar.supervisor),
            **self.sidecar.status(),
            "containers": {name: _process(supervisor) for name, supervisor in self.containers.items()},
        }

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
