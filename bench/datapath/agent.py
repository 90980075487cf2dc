# SPDX-License-Identifier: Apache-2.0
"""What the agent takes: time to attach a pod, and memory with pods under it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.report import BenchError
from bpf.datapath import Datapath, PodAttachment, mount_bpffs
from riftgate.instance import POD_DEPTH, Instance
from riftgate.local import netns
from riftgate.local.cgroups import processes
from riftgate.local.names import PodName
from riftgate.local.plan import POD_NETWORKS
from riftgate.local.remains import remove_everything


@dataclass(frozen=True, slots=True)
class Attached:
    """Milliseconds, one per pod, in the order of their coming: all BPF of it, and its namespaces and link."""

    attach: list[float]
    network: list[float]
    detach: list[float]

    def worst(self) -> float:
        return max(self.attach)

    def median(self) -> float:
        return statistics.median(self.attach)


@dataclass(frozen=True, slots=True)
class Memory:
    """Of a process, in MB (10^6 bytes). Maps and programs are the kernel's and in none of them."""

    pods: int
    resident: float
    """VmRSS: with all pages of libraries that other processes map as well."""
    peak: float
    """VmHWM: the most that ever was resident, which is while the programs are loaded."""
    proportional: float
    """Pss: of shared pages its part alone."""
    unique: float
    """Shared with nobody."""
    resolver: float
    """Resident, of the process that answers the pods' DNS."""


def measure_attach(count: int) -> Attached:
    """Attaches so many pods, one after the other, and takes them away again."""
    instance = Instance(f"benchattach{os.getpid()}")
    made = Attached([], [], [])
    try:
        instance.pins.mkdir(parents=True)
        instance.pods_cgroup.mkdir(parents=True)
        mount_bpffs(instance.pins)
        netns.create_node(instance.name)
        datapath = Datapath.load(instance.pins, POD_DEPTH)
        try:
            pods = [_attach(instance, datapath, number, made) for number in range(1, count + 1)]
            for pod in pods:
                begin = time.perf_counter()
                datapath.detach(pod.slot)
                made.detach.append((time.perf_counter() - begin) * 1e3)
        finally:
            datapath.close()
    finally:
        remove_everything(instance)
    return made


def _attach(instance: Instance, datapath: Datapath, number: int, made: Attached) -> PodAttachment:
    name = PodName(instance.name, "bench", f"pod{number}")
    ipv4, ipv6 = (str(network + number) for network in POD_NETWORKS)
    begin = time.perf_counter()
    network = netns.create_pod(name, (ipv4, ipv6), name.pod, instance.state)
    made.network.append((time.perf_counter() - begin) * 1e3)
    cgroup = instance.pods_cgroup / name.file_name
    (cgroup / "sidecar").mkdir(parents=True)
    pod = PodAttachment(
        slot=number,
        cgroup=cgroup,
        netns=network.namespaces.net,
        node_netns=network.node_netns,
        ifindex=network.host_ifindex,
        ipv4=ipv4,
        ipv6=ipv6,
    )
    begin = time.perf_counter()
    datapath.attach(pod)
    datapath.attach_sidecar(number, cgroup / "sidecar")
    made.attach.append((time.perf_counter() - begin) * 1e3)
    return pod


def measure_memory(pods: int) -> Memory:
    """A mesh as `riftgate up` starts it, weighed when all pods run. Raises BenchError."""
    instance = Instance(f"benchagent{os.getpid()}")
    riftgate = [sys.executable, "-m", "riftgate", "--instance", instance.name]
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as manifests:
            manifests.write("---".join(_sleeper(number) for number in range(pods)))
            manifests.flush()
            done = subprocess.run([*riftgate, "up", "-f", manifests.name], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"riftgate up: {done.stderr}")
        (agent,) = processes(instance.process_cgroup("agent"))
        (resolver,) = processes(instance.process_cgroup("resolver"))
        status, rollup = _megabytes(agent, "status"), _megabytes(agent, "smaps_rollup")
        return Memory(
            pods,
            resident=status["VmRSS"],
            peak=status["VmHWM"],
            proportional=rollup["Pss"],
            unique=rollup["Private_Clean"] + rollup["Private_Dirty"],
            resolver=_megabytes(resolver, "status")["VmRSS"],
        )
    finally:
        remove_everything(instance)


def _sleeper(number: int) -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: pod{number}, labels: {{app: pod{number}}}}}
spec: {{containers: [{{name: app, image: none, command: [sleep, "1000"]}}]}}
"""


def _megabytes(process: int, file: str) -> dict[str, float]:
    text = Path(f"/proc/{process}/{file}").read_text()
    fields = (line.split() for line in text.splitlines() if line.endswith(" kB"))
    return {name.removesuffix(":"): int(value) * 1024 / 1e6 for name, value, _ in fields}
