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

from l7filters.authorization import AuthorizationServer
from l7filters.http_match import HeaderMatch, Pattern
from l7filters.labels import Selector
from l7filters.peers import FqdnPattern, Peer
from l7filters.ports import IcmpType, Port, Protocol
from l7filters.source import SourceLocation


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
