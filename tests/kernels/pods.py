# SPDX-License-Identifier: Apache-2.0
"""Pods without a control server: network, cgroups, datapath and containers as the agent makes them. Needs root.

In a virtual machine without hardware support every process of Python costs ten seconds; these need one.
"""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bpf.datapath import Datapath, PodAttachment, mount_bpffs
from bpf.netns import in_netns
from riftgate.instance import POD_DEPTH, Instance
from riftgate.local import netns
from riftgate.local.envoy_admin import wait_ready
from riftgate.local.names import PodName
from riftgate.local.netns import PodNetwork
from riftgate.local.remains import remove_everything
from riftgate.local.sandbox import Container, ContainerSpec, FileMount, exec_argv, spawn
from riftgate.local.sidecar import Sidecar
from tests.mesh_harness import Talk, fresh_instance

HERE = Path(__file__).parent
SIDECAR_SECONDS = 120.0
"""An Envoy takes fifteen to start where every instruction is emulated."""
PYTHON = ("/usr/bin/python3", "-I", "-S")


_BOOTSTRAP = """
admin: {address: {pipe: {path: %(admin)s}}}
static_resources:
  listeners:
  - name: outbound
    address: {socket_address: {address: 127.0.0.1, port_value: 15001}}
    additional_addresses: [{address: {socket_address: {address: "::1", port_value: 15001}}}]
    listener_filters:
    - name: envoy.filters.listener.original_dst
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: outbound
          cluster: asked
  - name: inbound
    address: {socket_address: {address: 0.0.0.0, port_value: 15006}}
    additional_addresses: [{address: {socket_address: {address: "::", port_value: 15006}}}]
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: inbound
          cluster: app
  clusters:
  - {name: asked, type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, connect_timeout: 20s}
  - name: app
    type: STATIC
    connect_timeout: 20s
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %(port)s}}}
"""


@dataclass(slots=True)
class Pod:
    """A pod that is attached, and its containers."""

    slot: int
    addresses: tuple[str, str]
    network: PodNetwork
    cgroup: Path
    folder: Path
    containers: dict[str, Container] = field(default_factory=dict)
    sidecar: asyncio.subprocess.Process | None = None

    def container_cgroup(self, name: str) -> Path:
        return self.cgroup / f"container-{name}"

    @property
    def sidecar_cgroup(self) -> Path:
        return self.cgroup / "sidecar"

    @contextmanager
    def talk(self, container: str, program: str) -> Iterator[Talk]:
        """A program of this folder in a container."""
        state = self.containers[container].state
        talk = Talk(list(exec_argv(state, (*PYTHON, f"/app/{program}"))))
        try:
            yield talk
        finally:
            talk.close()


class Machine:
    """The datapath and the pods of one instance; `close` leaves nothing of them."""

    def __init__(self, folder: Path) -> None:
        self.instance = Instance(fresh_instance())
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self.pods: dict[str, Pod] = {}
        self.instance.pods_cgroup.mkdir(parents=True)
        self.instance.pins.mkdir(parents=True)
        mount_bpffs(self.instance.pins)
        netns.create_node(self.instance.name)
        self.datapath = Datapath.load(self.instance.pins, POD_DEPTH)

    def pod(self, name: str) -> Pod:
        """A new pod, attached, with nothing in it."""
        slot = len(self.pods) + 1
        addresses = (f"10.213.0.{slot}", f"fd72:6966:7467:7::{slot}")
        network = netns.create_pod(PodName(self.instance.name, "default", name), addresses, name, self.instance.state)
        cgroup = self.instance.pods_cgroup / f"default.{name}"
        (cgroup / "sidecar").mkdir(parents=True)
        folder = self._folder / name
        folder.mkdir()
        pod = self.pods[name] = Pod(slot, addresses, network, cgroup, folder)
        self.attach(pod)
        self.datapath.attach_sidecar(slot, pod.sidecar_cgroup)
        return pod

    def attach(self, pod: Pod) -> None:
        """Anew, or as an agent does that finds it attached."""
        self.datapath.attach(
            PodAttachment(
                slot=pod.slot,
                cgroup=pod.cgroup,
                netns=pod.network.namespaces.net,
                node_netns=pod.network.node_netns,
                ifindex=pod.network.host_ifindex,
                ipv4=pod.addresses[0],
                ipv6=pod.addresses[1],
            )
        )

    def start(self, pod: Pod, name: str, capabilities: frozenset[str], *files: FileMount) -> None:
        """A container that sleeps."""
        cgroup = pod.container_cgroup(name)
        cgroup.mkdir()
        for file in ("hosts", "resolv.conf"):
            (pod.folder / file).touch()
        mounts = (FileMount(HERE, PurePosixPath("/app")), *files)
        spec = ContainerSpec(name, ("/bin/sleep", "infinity"), (), capabilities, files=mounts)
        pod.containers[name] = self._loop.run_until_complete(
            spawn(
                spec,
                cgroup=cgroup,
                namespaces=pod.network.namespaces,
                hosts=pod.folder / "hosts",
                resolv_conf=pod.folder / "resolv.conf",
                log=pod.folder / f"{name}.log",
                hidden=[self.instance.state],
            )
        )

    def start_sidecar(self, pod: Pod, app_port: int) -> None:
        """Envoy, as the agent starts it, with a configuration of its own: everything is passed on as it comes."""
        (pod.folder / "envoy.yaml").write_text(_BOOTSTRAP % {"admin": pod.folder / "envoy.sock", "port": app_port})
        pod.sidecar = self._loop.run_until_complete(
            Sidecar(
                pod=pod.folder.name,
                cgroup=pod.sidecar_cgroup,
                netns=pod.network.namespaces.net,
                bootstrap=pod.folder / "envoy.yaml",
                log=pod.folder / "envoy.log",
                workers=1,
            ).start()
        )
        self._loop.run_until_complete(wait_ready(pod.folder / "envoy.sock", SIDECAR_SECONDS))

    def drops(self, pod: Pod) -> dict[str, int]:
        """What was refused so far, by reason."""
        return {reason.text: count for reason, count in self.datapath.drops().get(pod.slot, {}).items()}

    def close(self) -> None:
        self.datapath.close()
        remove_everything(self.instance)
        for pod in self.pods.values():
            if pod.sidecar is not None:
                self._loop.run_until_complete(pod.sidecar.wait())
            for container in pod.containers.values():
                self._loop.run_until_complete(container.process.wait())
        self._loop.close()


def shown_queues(netns: Path) -> str:
    """What tc knows of the queues of a network namespace."""

    def ask() -> str:
        return subprocess.run(["tc", "qdisc", "show"], capture_output=True, text=True, check=True).stdout

    return str(in_netns(netns, ask))


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    made = Machine(folder)
    try:
        yield made
    finally:
        made.close()
