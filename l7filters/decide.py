# SPDX-License-Identifier: Apache-2.0
"""The reference verdict: who may connect to whom, and which requests get through.

Connection ─→ egress of the source  ┐ deny rule? ── denied (L3/L4)
           ─→ ingress of the target ┘ default deny and no rule that fits? ── denied (L3/L4)
Request    ─→ the same, then refused by Envoy itself? ── rejected
           ─→ default deny, every fitting rule has L7, and none of that fits? ── denied (L7)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address, ip_network

from l7filters.http_match import host_matches
from l7filters.normalise import Normalised, Refused, normalise_request
from l7filters.policy import Action, Allow, AuthenticationMode, Direction, DnsRules, HttpRule, Policy, Process, Rule
from l7filters.ports import ICMP_PROTOCOLS, IcmpType, Protocol
from l7filters.resolve import Endpoint, PortRules, of_process, peers_match, rules_on_port, selecting
from l7filters.world import EscapedSlashes, Workload, World


class Layer(StrEnum):
    """Where a verdict falls: before a connection is made, or at a request."""

    L3_L4 = "L3/L4"
    L7 = "L7"


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection from `source` to `destination`, each a workload (`namespace/name`) or an address.

    A workload by name speaks from its first address of the family that both ends have, IPv4 if they have
    both. For ICMP, `port` is the message type. A service's address is not a destination: it stands for its
    backends.
    """

    source: str
    destination: str
    port: int
    protocol: Protocol = Protocol.TCP
    server_name: str | None = None
    destination_names: tuple[str, ...] = ()
    authenticated: bool = False
    process: Process = Process.MAIN
    """Whose it is in the calling pod, main or exec; an address of exec sessions says so by itself."""

    def __post_init__(self) -> None:
        if self.process is Process.ANY:
            raise ValueError("a connection is a container's own or an exec session's")
        if self.protocol in ICMP_PROTOCOLS and not 0 <= self.port <= 255:
            raise ValueError(f"{self.port} is not an ICMP type")

    def __str__(self) -> str:
        who = f"an exec session in {self.source}" if self.process is Process.EXEC else self.source
        return f"from {who} to {self.destination} {self.port_text}"

    @property
    def port_text(self) -> str:
        """The port and the protocol, or the type of a message of ICMP."""
        if self.protocol in ICMP_PROTOCOLS:
            return str(IcmpType(self.protocol, self.port))
        return f"port {self.port}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it is sent; `host` is its Host header (several are joined by `,`) or `:authority`.

    What is not HTTP at all is no Request: it passes as plain TCP where no L7 rule restricts the port.
    """

    connection: Connection
    method: str
    path: str
    host: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    http_version: str = "1.1"

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.connection}"


@dataclass(frozen=True, slots=True)
class Query:
    """A DNS query of a workload (`namespace/name`); `connection` is the one with the resolver that carries it."""

    connection: Connection
    name: str

    def __str__(self) -> str:
        return f"DNS query for {self.name} {self.connection}"


Subject = Connection | Request | Query


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to a connection or request, and by whose word.

    `rules` are all rules that decide, deny rules first: those that deny, or those that allow. Where there is
    none, an allowed one is not restricted by any policy, and a denied one by `default_deny`.
    `directions` are those that deny. `normalised` is the request as filters saw it, if it came to that;
    `rejected` is set when Envoy answers by itself.
    `audit` is the verdict if policies under audit were in force too, where any of them has a say.
    `asks` is the rule whose authorization server must allow it too: no other rule does that needs nobody's word.
    """

    allowed: bool
    layer: Layer
    rules: tuple[Rule, ...] = ()
    default_deny: tuple[Policy, ...] = ()
    directions: tuple[Direction, ...] = ()
    normalised: Normalised | None = None
    rejected: Refused | None = None
    audit: "Verdict | None" = None
    asks: Rule | None = None

    @property
    def would_be_denied(self) -> bool:
        """Whether only the fact that a policy is under audit lets it pass."""
        return self.allowed and self.audit is not None and not self.audit.allowed

    @property
    def normalised_path(self) -> str | None:
        return self.normalised.path if self.normalised else None


@dataclass(frozen=True, slots=True)
class Side:
    """One workload's view of a connection: what its policies say in one direction.

    `candidates` are all its rules in that direction; `fitting` those that speak of this peer and port.
    """

    direction: Direction
    workload: Workload
    peer: Endpoint
    server: Workload | None
    default_deny: tuple[Policy, ...]
    candidates: tuple[Rule, ...]
    fitting: PortRules

    @property
    def connects(self) -> bool:
        return not self.fitting.deny and bool(not self.default_deny or self.fitting.allow)


def decide(world: World, policies: Iterable[Policy], subject: Subject) -> Verdict:
    """What happens to a connection, request or DNS query. ValueError when it names a workload that the world does not
    hold."""
    connection = subject if isinstance(subject, Connection) else subject.connection
    chosen = tuple(policies)
    enforced = tuple(policy for policy in chosen if policy.enforced)
    found = sides(world, enforced, connection)
    verdict = _decide(world, found, subject)
    if len(enforced) == len(chosen) or verdict.rejected is not None:
        return verdict
    tried = sides(world, chosen, connection)
    return verdict if tried == found else replace(verdict, audit=_decide(world, tried, subject))


def _decide(world: World, found: Sequence[Side], subject: Subject) -> Verdict:
    connection = subject if isinstance(subject, Connection) else subject.connection
    refusing = [side for side in found if not side.connects]
    if refusing:
        denying = tuple(rule for side in refusing for rule in side.fitting.deny)
        return Verdict(
            allowed=False,
            layer=Layer.L3_L4,
            rules=denying,
            default_deny=() if denying else tuple(policy for side in refusing for policy in side.default_deny),
            directions=tuple(side.direction for side in refusing),
        )
    if isinstance(subject, Connection):
        rules = tuple(rule for side in found if side.default_deny for rule in side.fitting.allow)
        return Verdict(allowed=True, layer=Layer.L3_L4, rules=rules)
    if isinstance(subject, Query):
        return _decide_query(found, subject)
    return _decide_request(found, subject, _escaped_slashes(world, connection))


def sides(world: World, policies: Sequence[Policy], connection: Connection) -> tuple[Side, ...]:
    """The views of the two ends, as far as they are workloads: egress first. A pod always reaches itself:
    then none."""
    connection = _told_apart(world, connection)
    policies = of_process(policies, connection.process)
    source, destination = endpoints(world, connection)
    if source.workload is not None and source.workload == destination.workload:
        return ()
    found: list[Side] = []
    for direction, own, peer in (
        (Direction.EGRESS, source, destination),
        (Direction.INGRESS, destination, source),
    ):
        if own.workload is not None:
            chosen = selecting(world, policies, own.workload, direction)
            rules = tuple(rule for policy in chosen for rule in policy.rules if rule.direction is direction)
            speaking = [rule for rule in rules if peers_match(world, rule, peer) and _conditions_hold(rule, connection)]
            found.append(
                Side(
                    direction=direction,
                    workload=own.workload,
                    peer=peer,
                    server=destination.workload,
                    default_deny=tuple(policy for policy in chosen if direction in policy.default_deny),
                    candidates=rules,
                    fitting=rules_on_port(speaking, destination.workload, connection.port, connection.protocol),
                )
            )
    return tuple(found)


def _told_apart(world: World, connection: Connection) -> Connection:
    """An exec session's connection as if it came from the pod's own address: selectors and CIDRs mean the pod."""
    workload = None if "/" in connection.source else world.workload_by_exec_address(str(ip_address(connection.source)))
    if workload is None:
        return connection
    position = workload.exec_addresses.index(str(ip_address(connection.source)))
    return replace(connection, source=workload.addresses[position], process=Process.EXEC)


def endpoints(world: World, connection: Connection) -> tuple[Endpoint, Endpoint]:
    """The two ends, with the addresses that they use."""
    ends = (_find(world, connection.source), _find(world, connection.destination))
    families = [{ip_address(address).version for address in addresses} for _, addresses in ends]
    family = min(families[0] & families[1], default=None)
    source, destination = (
        Endpoint(workload, next((ip_network(a) for a in addresses if ip_address(a).version == family), None))
        for workload, addresses in ends
    )
    names = () if destination.workload else connection.destination_names
    return source, Endpoint(destination.workload, destination.network, names)


def _find(world: World, name: str) -> tuple[Workload | None, tuple[str, ...]]:
    if "/" in name:
        workload = world.workload(name)
        if workload is None:
            raise ValueError(f"no workload is called {name}")
        return workload, workload.addresses
    address = str(ip_address(name))
    return world.workload_by_address(address), (address,)


def _escaped_slashes(world: World, connection: Connection) -> EscapedSlashes:
    workload = endpoints(world, connection)[1].workload
    return workload.escaped_slashes if workload else EscapedSlashes.REJECT_REQUEST


def _conditions_hold(rule: Rule, connection: Connection) -> bool:
    if not isinstance(rule.effect, Allow):
        return True
    if rule.effect.authentication is AuthenticationMode.TEST_ALWAYS_FAIL:
        return False
    if rule.effect.authentication is AuthenticationMode.REQUIRED and not connection.authenticated:
        return False
    names = rule.effect.server_names
    return names is None or any(name.matches(connection.server_name or "") for name in names)


def _decide_request(found: Sequence[Side], request: Request, escaped_slashes: EscapedSlashes) -> Verdict:
    outcome = normalise_request(
        request.method,
        request.path,
        request.host,
        headers=request.headers,
        http_version=request.http_version,
        escaped_slashes=escaped_slashes,
    )
    if isinstance(outcome, Refused):
        return Verdict(allowed=False, layer=Layer.L7, rejected=outcome)
    deciding: list[Rule] = []
    refusing: list[Side] = []
    asks: Rule | None = None
    layer = Layer.L3_L4
    for side in found:
        if not side.default_deny:
            continue
        allowing = [rule for rule in side.fitting.allow if _lets_through(rule, request, outcome)]
        if not allowing:
            refusing.append(side)
        elif not side.fitting.unrestricted:
            layer = Layer.L7
            if all(rule.delegated for rule in allowing):
                asks = asks or next((rule for rule in allowing if rule.server is not None), None)
        deciding.extend(allowing)
    if refusing:
        return _refused(refusing, outcome)
    return Verdict(allowed=True, layer=layer, rules=tuple(deciding), normalised=outcome, asks=asks)


def _decide_query(found: Sequence[Side], query: Query) -> Verdict:
    deciding: list[Rule] = []
    refusing: list[Side] = []
    layer = Layer.L3_L4
    for side in found:
        if not side.default_deny:
            continue
        allowing = [rule for rule in side.fitting.allow if may_be_asked(rule, query.name)]
        if not allowing:
            refusing.append(side)
        elif not side.fitting.unrestricted:
            layer = Layer.L7
        deciding.extend(allowing)
    if refusing:
        return _refused(refusing)
    return Verdict(allowed=True, layer=layer, rules=tuple(deciding))


def _refused(refusing: Sequence[Side], seen: Normalised | None = None) -> Verdict:
    """What these sides let through goes no further: no L7 rule of theirs fits."""
    return Verdict(
        allowed=False,
        layer=Layer.L7,
        default_deny=tuple(policy for side in refusing for policy in side.default_deny),
        directions=tuple(side.direction for side in refusing),
        normalised=seen,
    )


def may_be_asked(rule: Rule, name: str) -> bool:
    """Whether an allow rule lets a DNS query for `name` through."""
    if not isinstance(rule.effect, Allow):
        return False
    l7 = rule.effect.l7
    return l7 is None or (isinstance(l7, DnsRules) and any(pattern.matches(name) for pattern in l7.names))


def _lets_through(rule: Rule, request: Request, seen: Normalised) -> bool:
    if rule.action is Action.DENY:
        return False
    return rule.l7 is None or any(not http_mismatches(http, request, seen) for http in rule.http or ())


def http_mismatches(rule: HttpRule, request: Request, seen: Normalised) -> tuple[str, ...]:
    """Why an HTTP rule does not fit a request that filters see as `seen`; () when it fits."""
    reasons: list[str] = []
    if rule.method is not None and not rule.method.matches(request.method):
        reasons.append(f'method {request.method} does not match "{rule.method}"')
    if rule.path is not None and not rule.path.matches(seen.path):
        reasons.append(f'path {seen.path} does not match "{rule.path}"')
    if rule.host is not None and not host_matches(rule.host, seen.host):
        reasons.append(f'host {seen.host} does not match "{rule.host}"')
    reasons.extend(
        f"{header} is not what the request has" for header in rule.headers if not header.matches(request.headers)
    )
    return tuple(reasons)
