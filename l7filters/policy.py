# SPDX-License-Identifier: Apache-2.0
"""The policy model: what both dialects are parsed into, and what decide() and the translation read.

    Policy ── subject (Selector over effective labels, the namespace included)
           ── default_deny (directions in which everything not allowed is denied)
           ── rules ── Rule ── direction, peers, ports
                            ── effect ── Deny
                                      ── Allow(l7 None | HttpRules | DnsRules, authentication, TLS)

A Rule is one entry of `toPorts` of one entry of `ingress`, `ingressDeny`, `egress` or `egressDeny` (or such
an entry without `toPorts`). A NetworkPolicy's rule is one entry of `ingress` or `egress`.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from l7filters.authorization import AuthorizationServer
from l7filters.http_match import HeaderMatch, Pattern
from l7filters.labels import Selector
from l7filters.source import SourceLocation

Network: TypeAlias = IPv4Network | IPv6Network


def inside(inner: Network, outer: Network) -> bool:
    """Whether every address of `inner` is one of `outer`."""
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


class PolicyKind(StrEnum):
    CILIUM_NETWORK_POLICY = "CiliumNetworkPolicy"
    NETWORK_POLICY = "NetworkPolicy"
    LOCAL_POLICY = "LocalPolicy"


class Direction(StrEnum):
    INGRESS = "ingress"
    EGRESS = "egress"


class Action(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


class Protocol(StrEnum):
    """Transport protocols with ports, and ICMP."""

    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"
    ICMP = "ICMP"
    ICMPV6 = "ICMPv6"


PORT_PROTOCOLS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)
"""What a missing protocol or ANY stands for in a CiliumNetworkPolicy."""
ICMP_PROTOCOLS = (Protocol.ICMP, Protocol.ICMPV6)
"""Their messages have types instead of ports."""


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


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """Ports `first` to `last` of some transport protocols. The range 0..65535 is every port; 0 alone is
    none."""

    first: int
    last: int
    protocols: tuple[Protocol, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= 65535 or (self.first == 0 and self.last != 65535):
            raise ValueError(f"{self.first}-{self.last} is not a range of ports")
        if not self.protocols or not set(self.protocols) <= set(PORT_PROTOCOLS):
            raise ValueError(f"{self.protocols} are not protocols with ports")

    def covers(self, port: int, protocol: Protocol) -> bool:
        return self.first <= port <= self.last and protocol in self.protocols

    def __str__(self) -> str:
        protocol = "ANY" if self.protocols == PORT_PROTOCOLS else "|".join(self.protocols)
        if (self.first, self.last) == (0, 65535):
            return f"all ports/{protocol}"
        return f"{self.first}/{protocol}" if self.first == self.last else f"{self.first}-{self.last}/{protocol}"


@dataclass(frozen=True, slots=True, order=True)
class NamedPort:
    """A container port's name, looked up at the server's end of the connection."""

    name: str
    protocols: tuple[Protocol, ...]

    def __str__(self) -> str:
        return f"{self.name}/{'ANY' if self.protocols == PORT_PROTOCOLS else '|'.join(self.protocols)}"


@dataclass(frozen=True, slots=True, order=True)
class IcmpType:
    """One ICMP message type, 0 to 255, of one IP version."""

    protocol: Protocol
    number: int

    def __post_init__(self) -> None:
        if self.protocol not in ICMP_PROTOCOLS or not 0 <= self.number <= 255:
            raise ValueError(f"{self.protocol} {self.number} is not an ICMP type")

    def __str__(self) -> str:
        return f"{self.protocol} type {self.number}"


ICMP_OF_THE_LINK = frozenset(
    {IcmpType(Protocol.ICMP, number) for number in (5, 9, 10)}
    | {IcmpType(Protocol.ICMPV6, number) for number in range(130, 156)}
)
"""What neighbours and routers tell each other, redirects among it: the datapath lets none of it in or out of a pod."""

Port: TypeAlias = PortRange | NamedPort | IcmpType


@dataclass(frozen=True, slots=True)
class HttpRule:
    """One allowed shape of request; all fields that are given must match, None matches everything.

    `method` and `path` (with the query string) are held against the request as Envoy's filters see it, `host`
    against the authority as `host_regex` says.
    """

    location: SourceLocation
    method: Pattern | None = None
    path: Pattern | None = None
    host: Pattern | None = None
    headers: tuple[HeaderMatch, ...] = ()

    @property
    def allows_all(self) -> bool:
        """Whether every request fits: `http: [{}]`."""
        required = any(header.mismatch is None for header in self.headers)
        return self.method is None and self.path is None and self.host is None and not required

    def __str__(self) -> str:
        parts = [] if self.method is None else [str(self.method)]
        parts += [] if self.path is None else [str(self.path)]
        parts += [] if self.host is None else [f"host {self.host}"]
        parts += [str(header) for header in self.headers]
        return " ".join(parts) or "every request"


@dataclass(frozen=True, slots=True)
class HttpRules:
    """The traffic is HTTP, and one of these rules must fit. Never empty."""

    rules: tuple[HttpRule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("an empty list of HTTP rules means different things to different readers")


@dataclass(frozen=True, slots=True)
class DnsRules:
    """The traffic is DNS, and the name asked for must fit one of these patterns. Never empty."""

    names: tuple[FqdnPattern, ...]

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("an empty list of DNS rules means different things to different readers")


class AuthenticationMode(StrEnum):
    REQUIRED = "required"
    DISABLED = "disabled"
    TEST_ALWAYS_FAIL = "test-always-fail"


@dataclass(frozen=True, slots=True)
class TlsContext:
    """A secret that holds a certificate, and the names of its entries (empty: the defaults)."""

    secret_namespace: str
    secret_name: str
    trusted_ca: str = ""
    certificate: str = ""
    private_key: str = ""


@dataclass(frozen=True, slots=True)
class Allow:
    """Traffic that fits the rule is allowed; with `l7`, only what fits that too."""

    l7: HttpRules | DnsRules | None = None
    authentication: AuthenticationMode | None = None
    server_names: tuple[FqdnPattern, ...] | None = None
    terminating_tls: TlsContext | None = None
    originating_tls: TlsContext | None = None


@dataclass(frozen=True, slots=True)
class Deny:
    """Traffic that fits the rule is dropped whatever else allows it. Deny rules have no L7."""


class Enforcement(StrEnum):
    """Whether a policy is in force, or only tried: then nothing it denies is denied, nor what it allows allowed."""

    ENFORCE = "enforce"
    AUDIT = "audit"


class Process(StrEnum):
    """Whose connections a policy speaks of, by the process in the calling pod.

    A container's own processes descend from its command; whoever was brought in from outside, as by `kubectl exec`, is
    an exec session, and so are its children. What calls from outside of the mesh counts as `main`.
    """

    ANY = "any"
    MAIN = "main"
    EXEC = "exec"

    def covers(self, process: "Process") -> bool:
        return self in (Process.ANY, process)


class FailureMode(StrEnum):
    """What becomes of a request that waits for a server's verdict when there is none."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy.

    `id` is `namespace/policy#index`; the index counts the policy's rules from 0 in the order ingress,
    ingressDeny, egress, egressDeny, and inside each in the file's order, whatever the order of the keys in
    the file. All `specs` of one document are counted through.
    `delegated`: the control server judges what the HTTP rules speak of, not the sidecar; the verdict is the same. With
    `server`, which goes with `delegated`, what fits the HTTP rules is allowed if that server allows it too.
    `peers` None is everyone, () is nobody; else one peer of them must fit.
    `ports` None is all traffic of every protocol; else one must fit. HTTP rules need TCP ports, and DNS rules
    ports.
    """

    id: str
    location: SourceLocation
    direction: Direction
    peers: tuple[Peer, ...] | None
    ports: tuple[Port, ...] | None
    effect: Allow | Deny
    delegated: FailureMode | None = None
    server: AuthorizationServer | None = None

    def __post_init__(self) -> None:
        if self.ports == ():
            raise ValueError(f"rule {self.id} names no port: all ports are None")
        if self.l7 is None:
            return
        if self.ports is None:
            raise ValueError(f"rule {self.id} has L7 rules without ports")
        if isinstance(self.l7, HttpRules) and not all(_http_can_run_on(port) for port in self.ports):
            raise ValueError(f"rule {self.id} has HTTP rules on ports that are not TCP")

    @property
    def action(self) -> Action:
        return Action.ALLOW if isinstance(self.effect, Allow) else Action.DENY

    @property
    def l7(self) -> HttpRules | DnsRules | None:
        return self.effect.l7 if isinstance(self.effect, Allow) else None

    @property
    def http(self) -> tuple[HttpRule, ...] | None:
        """The HTTP rules; None when there are none, and whatever runs on the rule's ports is meant."""
        return self.l7.rules if isinstance(self.l7, HttpRules) else None

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


def _http_can_run_on(port: Port) -> bool:
    return not isinstance(port, IcmpType) and port.protocols == (Protocol.TCP,)


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: what it says about the workloads that `subject` selects.

    A CiliumNetworkPolicy with several `specs` is several policies of one kind, namespace and name.
    `subject` already asks for the policy's namespace. `default_deny` holds the directions in which the policy
    denies everything that no policy allows; in the other directions its allow rules restrict nothing by
    themselves.
    """

    kind: PolicyKind
    namespace: str
    name: str
    document: SourceLocation
    location: SourceLocation
    subject: Selector
    default_deny: frozenset[Direction]
    rules: tuple[Rule, ...]
    description: str = ""
    enforcement: Enforcement = Enforcement.ENFORCE
    process: Process = Process.ANY
    """Of other connections it says nothing, not even by default."""

    @property
    def enforced(self) -> bool:
        return self.enforcement is Enforcement.ENFORCE

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.location})"
