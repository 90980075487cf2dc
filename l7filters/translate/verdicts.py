# SPDX-License-Identifier: Apache-2.0
"""What policies say about each caller of one port of a workload, as values: the table that RBAC is written
from.

A connection needs the caller's egress and the server's ingress. L3/L4 verdicts are enforced below HTTP at
both ends; here, at the server's end, they are repeated (so a connection older than a policy is refused at its
next request), and HTTP rules of both directions are enforced, because only this sidecar knows for sure which
pod was reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import ip_network

from l7filters.asking import Asking
from l7filters.authorization import AuthorizationServer
from l7filters.policy import Direction, HttpRule, HttpRules, Network, Policy, PortRange, Protocol, Rule
from l7filters.resolve import (
    Endpoint,
    PeerGroup,
    PolicyIndex,
    View,
    peers_match,
    resolve_ports,
    rule_order,
    rules_on_port,
)
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


@dataclass(frozen=True)
class PortVerdicts:
    """The verdict on the callers of a port is that of the longest prefix around the caller's address.

    Prefixes whose verdict is that of the prefix around them (or `default`) are left out. `audit` is what the
    verdicts would be with the policies under audit in force, where that is something else.
    """

    by_prefix: Mapping[Network, Verdict]
    default: Verdict
    audit: "PortVerdicts | None" = None
    asks_nobody: bool = False
    """Whether this is an authorization server's own port: asking on it could go round for ever."""

    @property
    def restricts_http(self) -> bool:
        """Whether the port must be spoken to in HTTP, because some caller may send only some requests."""
        return any(isinstance(verdict, Restricted) for verdict in self.by_prefix.values())

    @cached_property
    def servers(self) -> tuple[AuthorizationServer, ...]:
        """The authorization servers that rules name here, in rule order. The sidecar can ask the first."""
        rules = {rule for verdict in self.by_prefix.values() for rule in _asking(verdict)}
        return tuple(dict.fromkeys(rule.server for rule in sorted(rules, key=rule_order) if rule.server is not None))

    @property
    def server(self) -> AuthorizationServer | None:
        """Whom the sidecar asks; what rules say that name another is refused, since one port asks one server."""
        return None if self.asks_nobody or not self.servers else self.servers[0]

    @property
    def says_nothing(self) -> bool:
        """Whether everyone is allowed, and not because a rule says so."""
        unrestricted = (Allowed(DEFAULT_ALLOW), Allowed(SELF))
        return all(verdict in unrestricted for verdict in (self.default, *self.by_prefix.values()))


@dataclass(frozen=True)
class Callers:
    """The egress policies of all workloads, found once, for asking what callers may send to one of them.

    Policies go by their position in `policies`: names are not unique (one object may be several policies).
    """

    index: PolicyIndex
    asking: Asking

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Those that say anything about egress."""
        return tuple(policy for policy in self.index.policies if Direction.EGRESS in _directions(policy))

    @cached_property
    def selected(self) -> Mapping[str, tuple[int, ...]]:
        """The policies that select a caller, by its key; callers without any are left out."""
        found: dict[str, list[int]] = {}
        for position, policy in enumerate(self.policies):
            for caller in self.index.world.select(policy.subject):
                found.setdefault(caller.key, []).append(position)
        return {key: tuple(positions) for key, positions in found.items()}

    def rules_about(self, address: str) -> tuple[tuple[Rule, ...], ...]:
        """The egress rules of each policy that speak of this address of a workload."""
        world = self.index.world
        server = Endpoint(world.workload_by_address(address), ip_network(address))
        return tuple(
            tuple(
                rule for rule in policy.rules if rule.direction is Direction.EGRESS and peers_match(world, rule, server)
            )
            for policy in self.policies
        )


@dataclass(frozen=True)
class WorkloadPolicies:
    """The policies around one workload, for all of its ports: its ingress, and the egress of its callers."""

    index: PolicyIndex
    workload: Workload
    callers: Callers

    @cached_property
    def ingress(self) -> View:
        return self.index.view(self.workload, Direction.INGRESS)

    @cached_property
    def _egress_rules(self) -> Mapping[int, tuple[tuple[Rule, ...], ...]]:
        """What each egress policy says about the workload, by the IP version that the caller uses."""
        addresses = reversed(self.workload.addresses)
        return {ip_network(address).version: self.callers.rules_about(address) for address in addresses}

    def http_ports(self) -> tuple[int, ...]:
        """The TCP ports that HTTP rules about this workload name."""
        rules = [rule for group in self.ingress.peers for rule in group.rules]
        for by_policy in self._egress_rules.values():
            rules.extend(rule for about_me in by_policy for rule in about_me)
        ports: set[int] = set()
        for rule in dict.fromkeys(rule for rule in rules if isinstance(rule.l7, HttpRules)):
            for port in resolve_ports(rule, self.workload) or ():
                if isinstance(port, PortRange):
                    ports.update(range(port.first, port.last + 1))
        return tuple(sorted(ports))

    def on_port(self, port: int) -> PortVerdicts:
        """The verdicts on callers of a TCP port."""
        default = _default(self.ingress.default_deny)
        by_prefix: dict[Network, Verdict] = {}
        as_by_default: list[PeerGroup] = []
        for group in self.ingress.peers:
            ingress = _verdict(self.ingress.default_deny, group.rules, self.workload, port)
            if ingress == default and not self.callers.policies:
                as_by_default.append(group)
                continue
            for prefix in map(_network, group.prefixes):
                by_prefix[prefix] = _both(self._egress_verdict(prefix, port), ingress)
        # Most callers get the default, which need not be said but inside a range that gets something else: looking at
        # each of them for each workload would take time with the square of the workloads.
        if any(prefix.prefixlen < prefix.max_prefixlen for prefix in by_prefix):
            by_prefix.update((_network(prefix), default) for group in as_by_default for prefix in group.prefixes)
        # A pod always reaches itself, whatever policies say.
        by_prefix.update((_network(address), Allowed(SELF)) for address in self.workload.addresses)
        return PortVerdicts(_without_repetition(by_prefix, default), default)

    def _egress_verdict(self, prefix: Network, port: int) -> Verdict:
        if not self.callers.policies or prefix.prefixlen < prefix.max_prefixlen:
            return Allowed(DEFAULT_ALLOW)
        caller = self.index.world.workload_by_address(str(prefix.network_address))
        positions = self.callers.selected.get(caller.key, ()) if caller else ()
        policies = [self.callers.policies[position] for position in positions]
        about_me = self._egress_rules.get(prefix.version)
        rules = [rule for position in positions for rule in about_me[position]] if about_me else []
        default_deny = [policy for policy in policies if Direction.EGRESS in policy.default_deny]
        verdict = _verdict(default_deny, rules, self.workload, port)
        if caller and verdict == _default(default_deny) and port in self.callers.asking.ports(caller, self.workload):
            # As in the datapath, which tells a question from what the app sends.
            return Allowed(DEFAULT_ALLOW)
        return verdict


def _asking(verdict: Verdict) -> tuple[Rule, ...]:
    rules = verdict.rules if isinstance(verdict, Restricted) else ()
    return tuple(rule for rule, _ in rules if rule.server is not None)


# Every workload has the same callers, and reading an address takes longer than all else that is done with it.
_network = lru_cache(maxsize=1 << 16)(ip_network)


def _directions(policy: Policy) -> frozenset[Direction]:
    """The directions that the policy says anything about."""
    return policy.default_deny | {rule.direction for rule in policy.rules}


def _default(default_deny: Sequence[Policy]) -> Allowed | Denied:
    if not default_deny:
        return Allowed(DEFAULT_ALLOW)
    return Denied(DEFAULT_DENY_PREFIX + min(policy.key for policy in default_deny))


def _verdict(default_deny: Sequence[Policy], rules: Sequence[Rule], server: Workload, port: int) -> Verdict:
    """What one direction says about a caller of whom these rules speak."""
    speaking = rules_on_port(rules, server, port, Protocol.TCP)
    default = _default(default_deny)
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
