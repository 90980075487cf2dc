# SPDX-License-Identifier: Apache-2.0
"""From manifests to pods of this machine: names, addresses, command lines, and the world that policies see.

Pure: the same manifests, image table and earlier allocation give the same plan.

The agent has plans made for it (:mod:`riftgate.local.planning`): at run time this module takes no parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any

from bpf import structs
from bpf.acceleration import Acceleration
from l7filters.labels import FrozenMap
from l7filters.source import InputError, Problem, SourceLocation
from l7filters.world import Service as WorldService
from l7filters.world import Workload, WorkloadPort, World
from riftgate.local.sandbox import ContainerSpec, User
from riftgate.local.sidecar import USUAL_DRAIN
from riftgate.local.supervisor import RestartPolicy

if TYPE_CHECKING:
    from riftgate.local.images import ImageTable
    from riftgate.local.manifests import Container, Deployment, Manifests, Pod, Service

CLUSTER_DOMAIN = "cluster.local"

# Where addresses come from: the network's first address, to which an index of 1 to 65534 is added.
POD_NETWORKS = (IPv4Address("10.201.0.0"), IPv6Address("fd72:6966:7467:1::"))
SERVICE_NETWORKS = (IPv4Address("10.202.0.0"), IPv6Address("fd72:6966:7467:2::"))
EXEC_NETWORKS = (IPv4Address("10.203.0.0"), IPv6Address("fd72:6966:7467:4::"))
"""What exec sessions of a pod speak from; the index is the pod's."""
LAST_INDEX = 65534

RESOLVER = Workload(
    "kube-system",
    "kube-dns",
    {"k8s-app": "kube-dns"},
    structs.RESOLVER,
    (WorkloadPort(53, "dns", "UDP"), WorkloadPort(53, "dns-tcp", "TCP")),
)
"""The peer that policies see in the resolver: what they name in a cluster to allow DNS."""

_HOSTNAME_LENGTH = 63
_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")


@dataclass(frozen=True, slots=True)
class Allocation:
    """Which index each `namespace/name` has, and the last ones given: an index is not given again soon after
    its pod is gone, while others may still hold connections to it."""

    pods: Mapping[str, int] = FrozenMap()
    services: Mapping[str, int] = FrozenMap()
    last_pod: int = 0
    last_service: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "pods": dict(self.pods),
            "services": dict(self.services),
            "last_pod": self.last_pod,
            "last_service": self.last_service,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Allocation:
        return cls(FrozenMap(data["pods"]), FrozenMap(data["services"]), data["last_pod"], data["last_service"])


@dataclass(frozen=True, slots=True)
class PlannedPod:
    """A pod to run. Two that are equal need no restart; names and their addresses come from the plan."""

    namespace: str
    name: str
    hostname: str
    addresses: tuple[str, str]
    exec_addresses: tuple[str, str]
    containers: tuple[ContainerSpec, ...]
    restart_policy: RestartPolicy
    # Images are recorded only: container name and image reference.
    images: tuple[tuple[str, str], ...] = ()
    sidecar_workers: int = 1
    acceleration: Acceleration | None = None
    hot_restart: bool = False
    drain: int = USUAL_DRAIN
    """Seconds that an Envoy has after a hot restart."""
    shortcut: bool = True
    """What other pods' sidecars send it skips the node's IP stack."""
    bootstrap: str = field(default="", compare=False)
    """What its sidecar is started with, as YAML; what runs goes on with its own."""

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall run. `allocation` goes into the next plan."""

    pods: tuple[PlannedPod, ...] = ()
    world: World = field(default_factory=World)
    allocation: Allocation = Allocation()
    notes: tuple[str, ...] = ()
    """What was accepted and has no effect here, with where it is written."""

    def hosts_text(self, pod: PlannedPod) -> str:
        """/etc/hosts of a pod: itself, as a kubelet writes it; all other names are the resolver's."""
        lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"]
        lines += [f"{address}\t{pod.hostname}" for address in pod.addresses]
        return "\n".join((*lines, ""))

    def resolv_text(self, pod: PlannedPod) -> str:
        """/etc/resolv.conf of a pod: the resolver at both its addresses, and a cluster's search domains."""
        domains = (f"{pod.namespace}.svc.{CLUSTER_DOMAIN}", f"svc.{CLUSTER_DOMAIN}", CLUSTER_DOMAIN)
        servers = "".join(f"nameserver {address}\n" for address in RESOLVER.addresses)
        # A query that is lost, as while the resolver starts anew, is asked again soon.
        return f"search {' '.join(domains)}\n{servers}options ndots:5 timeout:2 attempts:3\n"


def make_plan(manifests: Manifests, images: ImageTable, earlier: Allocation | None = None) -> Plan:
    """Plans pods and services. Raises InputError when a container has no command or two pods have one name.

    A deployment's pods are called `<deployment>-0`, `-1` and so on. A pod or service that was there before
    keeps its addresses.
    """
    wanted = _wanted(manifests, _missing_commands(manifests, images))
    allocation = _allocation(manifests, wanted, earlier or Allocation())
    return Plan(
        pods=tuple(_planned(pod, allocation, images) for pod in wanted),
        world=_world(manifests, wanted, allocation),
        allocation=allocation,
        notes=tuple(map(str, manifests.notes)),
    )


def make_world(manifests: Manifests) -> World:
    """The world that these manifests would make, whatever their images are. Raises InputError for equal names."""
    wanted = _wanted(manifests, ())
    return _world(manifests, wanted, _allocation(manifests, wanted, Allocation()))


def _wanted(manifests: Manifests, problems: Iterable[Problem]) -> tuple[Pod, ...]:
    wanted = tuple(sorted(_pods(manifests), key=lambda pod: (pod.namespace, pod.name)))
    found = [*_same_names(wanted), *problems]
    if found:
        raise InputError(found)
    return wanted


def _allocation(manifests: Manifests, wanted: Iterable[Pod], earlier: Allocation) -> Allocation:
    pods, last_pod = _allocate(earlier.pods, earlier.last_pod, (_key(pod) for pod in wanted))
    virtual = sorted(f"{each.namespace}/{each.name}" for each in manifests.services if not each.headless)
    services, last_service = _allocate(earlier.services, earlier.last_service, virtual)
    return Allocation(FrozenMap(pods), FrozenMap(services), last_pod, last_service)


def _exec_addresses(pod: Pod, allocation: Allocation) -> tuple[str, str]:
    return _addresses(EXEC_NETWORKS, allocation.pods[_key(pod)])


def _pod_addresses(pod: Pod, allocation: Allocation) -> tuple[str, str]:
    return _addresses(POD_NETWORKS, allocation.pods[_key(pod)])


def _world(manifests: Manifests, wanted: Iterable[Pod], allocation: Allocation) -> World:
    wanted = tuple(wanted)
    return World(
        workloads=tuple(
            Workload(
                pod.namespace,
                pod.name,
                pod.template.labels,
                _pod_addresses(pod, allocation),
                pod.template.ports,
                pod.template.service_account,
                pod.template.escaped_slashes,
                _exec_addresses(pod, allocation),
            )
            for pod in wanted
        ),
        services=tuple(
            WorldService(
                service.namespace,
                service.name,
                ()
                if service.headless
                else _addresses(SERVICE_NETWORKS, allocation.services[f"{service.namespace}/{service.name}"]),
                service.ports,
                service.selector,
            )
            for service in sorted(manifests.services, key=lambda each: (each.namespace, each.name))
        ),
        namespaces={
            **{pod.namespace: FrozenMap() for pod in wanted},
            **{service.namespace: FrozenMap() for service in manifests.services},
            **{each.name: each.labels for each in manifests.namespaces},
        },
        resolver=RESOLVER,
    )


def _pods(manifests: Manifests) -> Iterator[Pod]:
    from riftgate.local.manifests import Pod

    yield from manifests.pods
    for deployment in manifests.deployments:
        for number in range(deployment.replicas):
            name = f"{deployment.name}-{number}"
            yield Pod(deployment.namespace, name, deployment.template, deployment.location)


def _key(thing: Pod | Service) -> str:
    return f"{thing.namespace}/{thing.name}"


def _same_names(pods: Iterable[Pod]) -> Iterator[Problem]:
    seen: dict[str, SourceLocation] = {}
    for pod in pods:
        first = seen.setdefault(_key(pod), pod.location)
        if first != pod.location:
            yield Problem(pod.location, f"a pod is called {_key(pod)}, as is the one of {first}", "rename one of them")


def _missing_commands(manifests: Manifests, images: ImageTable) -> Iterator[Problem]:
    owners: tuple[Pod | Deployment, ...] = (*manifests.pods, *manifests.deployments)
    templates = [owner.template for owner in owners]
    for container in (container for template in templates for container in template.containers):
        if container.command is None and images.find(container.image) is None:
            yield Problem(
                container.location,
                f"container '{container.name}' has no command, and images are not pulled",
                f"add a command, or the image '{container.image}' to the image table",
            )


def _allocate(earlier: Mapping[str, int], last: int, keys: Iterable[str]) -> tuple[dict[str, int], int]:
    wanted = tuple(keys)
    indexes = {key: earlier[key] for key in wanted if key in earlier}
    taken = set(indexes.values())
    for key in wanted:
        if key in indexes:
            continue
        if len(taken) == LAST_INDEX:
            raise ValueError(f"there are more than {LAST_INDEX} pods or services")
        last = last % LAST_INDEX + 1
        while last in taken:
            last = last % LAST_INDEX + 1
        indexes[key] = last
        taken.add(last)
    return indexes, last


def _addresses(networks: tuple[IPv4Address, IPv6Address], index: int) -> tuple[str, str]:
    ipv4, ipv6 = networks
    return str(ipv4 + index), str(ipv6 + index)


def _planned(pod: Pod, allocation: Allocation, images: ImageTable) -> PlannedPod:
    hostname = pod.template.hostname or pod.name[:_HOSTNAME_LENGTH].rstrip("-.")
    return PlannedPod(
        pod.namespace,
        pod.name,
        hostname,
        _pod_addresses(pod, allocation),
        _exec_addresses(pod, allocation),
        tuple(_container(container, hostname, images) for container in pod.template.containers),
        pod.template.restart_policy,
        tuple((container.name, container.image) for container in pod.template.containers),
        pod.template.sidecar_workers,
        pod.template.acceleration,
        pod.template.hot_restart,
        pod.template.drain,
        pod.template.shortcut,
    )


def _container(container: Container, hostname: str, images: ImageTable) -> ContainerSpec:
    image = images.find(container.image)
    env = {"HOSTNAME": hostname}
    if image is not None:
        env.update(image.env)
    for name, value in container.env:
        env[name] = _expand(value, env)
    # As Kubernetes has it: a manifest's command replaces the image's arguments too.
    if container.command is not None:
        command = (*container.command, *(container.args or ()))
    else:
        assert image is not None, "make_plan() has checked it"
        command = (*image.command, *(image.args if container.args is None else container.args))
    return ContainerSpec(
        name=container.name,
        command=tuple(_expand(word, env) for word in command),
        env=tuple(env.items()),
        capabilities=container.capabilities,
        working_dir=container.working_dir or "/",
        files=() if image is None else image.files,
        user=_user(container),
    )


def _user(container: Container) -> User | None:
    if not container.uid and not container.gid:
        return None
    return User(container.uid or 0, container.gid or 0)


def _expand(text: str, env: Mapping[str, str]) -> str:
    """Kubernetes' `$(NAME)`: replaced where there is such a variable, else left; `$$` stands for `$`."""

    def replace(found: re.Match[str]) -> str:
        if found.group() == "$$":
            return "$"
        return env.get(found.group(1), found.group())

    return _REFERENCE.sub(replace, text)
