# SPDX-License-Identifier: Apache-2.0
"""What policies say about each caller of one port of a workload, as values: the table that RBAC is written
from.

A connection needs the caller's egress and the server's ingress. L3/L4 verdicts are enforced below HTTP at
both ends; here, at the server's end, they are repeated (so a connection older than a policy is refused at its
next request), and HTTP rules of both directions are enforced, because only this sidecar knows for sure which
pod was reached.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from l7filters.policy import Direction, HttpRule, HttpRules, Network, PortRange, Protocol, Rule
from l7filters.resolve import PolicyIndex, View, resolve_ports, rules_on_port
from l7filters.world import Workload

DEFAULT_DENY_PREFIX = "default-deny/"
DEFAULT_ALLOW = "default-allow"
SELF = "self"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Every request. `name`: the rule that says so, or DEFAULT_ALLOW, or SELF."""

    name: str


@dataclass(frozen=True, slots=True)
class Denied:
    """No request. `name`: the deny rule, or `default-deny/<policy>`."""

    name: str


@dataclass(frozen=True, slots=True)
class Restricted:
    """The requests that fit one of the rules and pass `first`, the restriction of the caller's own
    policies."""

    rules: tuple[tuple[Rule, HttpRule], ...]
    otherwise: Denied
    first: "Restricted | None" = None


Verdict = Allowed | Denied | Restricted


@dataclass(frozen=True, slots=True)
class PortVerdicts:
    """The verdict on the callers of a port is that of the longest prefix around the caller's address.

    Prefixes whose verdict is that of the prefix around them (or `default`) are left out.
    """

    by_prefix: Mapping[Network, Verdict]
    default: Verdict

    @property
    def restricts_http(self) -> bool:
        """Whether the port must be spoken to in HTTP, because some caller may send only some requests."""
        return any(isinstance(verdict, Restricted) for verdict in self.by_prefix.values())

    @property
    def says_nothing(self) -> bool:
        """Whether everyone is allowed, and not because a rule says so."""
        unrestricted = (Allowed(DEFAULT_ALLOW), Allowed(SELF))
        return all(verdict in unrestricted for verdict in (self.default, *self.by_prefix.values()))


@dataclass(frozen=True, slots=True)
class WorkloadPolicies:
    """The policies around one workload, resolved for all of its ports: its ingress, and the egress of its
    callers."""

    index: PolicyIndex
    workload: Workload
    ingress: View
    egress: Mapping[str, View]
    """By the caller's key; callers without egress policies are left out."""

    @classmethod
    def of(cls, index: PolicyIndex, workload: Workload) -> "WorkloadPolicies":
        callers = index.world.workloads if _any_egress(index) else ()
        views = {caller.key: index.view(caller, Direction.EGRESS) for caller in callers}
        return cls(
            index=index,
            workload=workload,
            ingress=index.view(workload, Direction.INGRESS),
            egress={key: view for key, view in views.items() if view.policies},
        )

    def http_ports(self) -> tuple[int, ...]:
        """The TCP ports that HTTP rules about this workload name."""
        rules = [rule for group in self.ingress.peers for rule in group.rules]
        for view in self.egress.values():
            rules.extend(self._rules_about_me(view))
        ports: set[int] = set()
        for rule in dict.fromkeys(rule for rule in rules if isinstance(rule.l7, HttpRules)):
            for port in resolve_ports(rule, self.workload) or ():
                if isinstance(port, PortRange):
                    ports.update(range(port.first, port.last + 1))
        return tuple(sorted(ports))

    def _rules_about_me(self, egress: View) -> tuple[Rule, ...]:
        mine = {str(ip_network(address)) for address in self.workload.addresses}
        return next((group.rules for group in egress.peers if mine & set(group.prefixes)), ())

    def on_port(self, port: int) -> PortVerdicts:
        """The verdicts on callers of a TCP port."""
        default = _default(self.ingress)
        by_prefix: dict[Network, Verdict] = {}
        for group in self.ingress.peers:
            ingress = _verdict(self.ingress, group.rules, self.workload, port)
            for prefix in map(ip_network, group.prefixes):
                by_prefix[prefix] = _both(self._egress_verdict(prefix, port), ingress)
        # A pod always reaches itself, whatever policies say.
        by_prefix.update((ip_network(address), Allowed(SELF)) for address in self.workload.addresses)
        return PortVerdicts(_without_repetition(by_prefix, default), default)

    def _egress_verdict(self, prefix: Network, port: int) -> Verdict:
        if prefix.num_addresses > 1:
            return Allowed(DEFAULT_ALLOW)
        caller = self.index.world.workload_by_address(str(prefix.network_address))
        view = self.egress.get(caller.key) if caller else None
        if view is None:
            return Allowed(DEFAULT_ALLOW)
        return _verdict(view, self._rules_about_me(view), self.workload, port)


def _any_egress(index: PolicyIndex) -> bool:
    return any(
        Direction.EGRESS in policy.default_deny or any(rule.direction is Direction.EGRESS for rule in policy.rules)
        for policy in index.policies
    )


def _default(view: View) -> Allowed | Denied:
    if not view.default_deny:
        return Allowed(DEFAULT_ALLOW)
    return Denied(DEFAULT_DENY_PREFIX + min(policy.key for policy in view.default_deny))


def _verdict(view: View, rules: tuple[Rule, ...], server: Workload, port: int) -> Verdict:
    """What one direction says about a caller of whom these rules speak."""
    speaking = rules_on_port(rules, server, port, Protocol.TCP)
    default = _default(view)
    if speaking.deny:
        return Denied(speaking.deny[0].id)
    if isinstance(default, Allowed):
        return default
    if speaking.unrestricted:
        return Allowed(speaking.unrestricted[0].id)
    return Restricted(speaking.http, default) if speaking.http else default


def _both(egress: Verdict, ingress: Verdict) -> Verdict:
    """A request needs both. A rule's name goes before that of a default, and the server's before the caller's."""
    if isinstance(egress, Denied) and isinstance(ingress, Denied):
        return egress if ingress.name.startswith(DEFAULT_DENY_PREFIX) else ingress
    if isinstance(egress, Denied) or isinstance(ingress, Denied):
        return egress if isinstance(egress, Denied) else ingress
    if isinstance(egress, Restricted) and isinstance(ingress, Restricted):
        return Restricted(ingress.rules, ingress.otherwise, first=egress)
    if isinstance(egress, Restricted) or isinstance(ingress, Restricted):
        return egress if isinstance(egress, Restricted) else ingress
    return egress if ingress.name == DEFAULT_ALLOW else ingress


def _without_repetition(by_prefix: Mapping[Network, Verdict], default: Verdict) -> dict[Network, Verdict]:
    """Drops the prefixes whose verdict their surroundings give anyway: most callers get the default."""
    kept: dict[Network, Verdict] = {}
    lengths: list[int] = []
    for prefix in sorted(by_prefix, key=lambda each: (each.version, each.prefixlen, int(each.network_address))):
        wider = (prefix.supernet(new_prefix=length) for length in reversed(lengths) if length < prefix.prefixlen)
        around = next((kept[each] for each in wider if each in kept), default)
        if by_prefix[prefix] != around:
            kept[prefix] = by_prefix[prefix]
            lengths = sorted({*lengths, prefix.prefixlen})
    return kept
