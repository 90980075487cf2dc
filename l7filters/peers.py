# SPDX-License-Identifier: Apache-2.0
"""Who a rule of a policy lets in or keeps out: the other ends of its connections."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from l7filters.http_match import Pattern
from l7filters.labels import Selector

Network: TypeAlias = IPv4Network | IPv6Network


def inside(inner: Network, outer: Network) -> bool:
    """Whether every address of `inner` is one of `outer`."""
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


class Entity(StrEnum):
    """Cilium's names for groups of peers (point 11 of the policy semantics)."""

    ALL = "all"
    WORLD = "world"
    CLUSTER = "cluster"
    HOST = "host"
    INIT = "init"
    INGRESS = "ingress"
    UNMANAGED = "unmanaged"
    REMOTE_NODE = "remote-node"
    HEALTH = "health"
    NONE = "none"
    KUBE_APISERVER = "kube-apiserver"
    CLUSTER_MESH = "cluster-mesh"


@dataclass(frozen=True, slots=True)
class WorkloadPeer:
    """The workloads whose effective labels the selector matches."""

    selector: Selector

    def __str__(self) -> str:
        return f"workloads with {self.selector}"


@dataclass(frozen=True, slots=True)
class CidrPeer:
    """Addresses in `network` and in none of `excluded`, which lie inside it.

    `covers_workloads` tells the dialects apart: a NetworkPolicy's ipBlock matches addresses of pods too, a
    CIDR of a CiliumNetworkPolicy only addresses outside the cluster.
    """

    network: Network
    excluded: tuple[Network, ...]
    covers_workloads: bool

    def __post_init__(self) -> None:
        for each in self.excluded:
            if not inside(each, self.network):
                raise ValueError(f"{each} does not lie inside {self.network}")

    def contains(self, network: Network) -> bool:
        """Whether the range holds these addresses, whoever has them."""
        return inside(network, self.network) and not any(inside(network, each) for each in self.excluded)

    def __str__(self) -> str:
        excluded = f" except {', '.join(map(str, self.excluded))}" if self.excluded else ""
        return f"{self.network}{excluded}"


@dataclass(frozen=True, slots=True)
class EntityPeer:
    entity: Entity

    def __str__(self) -> str:
        return f"entity {self.entity}"


@dataclass(frozen=True, slots=True)
class FqdnPattern:
    """A DNS name or a pattern of names (point 13): lower case, without the trailing dot."""

    pattern: str
    wildcards: bool

    def __post_init__(self) -> None:
        if self.pattern != self.pattern.lower().removesuffix("."):
            raise ValueError(f"{self.pattern!r} is not in lower case or ends with a dot")

    def matches(self, name: str) -> bool:
        """Whether a DNS name, in any case and with or without its trailing dot, fits."""
        text = name.lower().removesuffix(".")
        return text == self.pattern if not self.wildcards else fqdn_regex(self.pattern).matches(text)

    def __str__(self) -> str:
        return self.pattern


def fqdn_regex(pattern: str) -> Pattern:
    """The regex of a name pattern.

    A lone `*` is every name; `**.` at the front is one or more labels; any other `*` is a run of characters
    of one label, of at least one where it is a whole label at the front (so `*.x` excludes `x` and `.x`).
    """
    if pattern == "*":
        return Pattern(".*")
    front = ""
    if pattern.startswith("**."):
        front, pattern = r"([-a-z0-9_]+\.)+", pattern[3:]
    elif pattern.startswith("*."):
        front, pattern = r"[-a-z0-9_]+\.", pattern[2:]
    return Pattern(front + pattern.replace(".", r"\.").replace("*", "[-a-z0-9_]*"))


@dataclass(frozen=True, slots=True)
class FqdnPeer:
    """Addresses that DNS gave for a name that fits."""

    name: FqdnPattern

    def __str__(self) -> str:
        return f"name {self.name}"


@dataclass(frozen=True, slots=True)
class NamedServicePeer:
    """The backends of the service called `namespace/name`."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"service {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class SelectedServicePeer:
    """The backends of the services of a namespace whose labels the selector matches."""

    namespace: str
    selector: Selector

    def __str__(self) -> str:
        return f"services of {self.namespace} with {self.selector}"


Peer: TypeAlias = WorkloadPeer | CidrPeer | EntityPeer | FqdnPeer | NamedServicePeer | SelectedServicePeer
