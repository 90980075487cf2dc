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
from typing import TypeAlias

from l7filters.asking import Asking
from l7filters.authorization import AuthorizationServer
from l7filters.peers import Network
from l7filters.policy import Direction, HttpRule, HttpRules, Policy, Rule
from l7filters.ports import PortRange, Protocol
from l7filters.resolve import PeerGroup, PolicyIndex, View, resolve_ports, rule_order, rules_on_port
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


@dataclass(frozen=True, eq=False)
class VerdictTable:
    """The verdict on a caller is that of the longest prefix around his address, or `default`.

    Prefixes whose verdict is that of the prefix around them (or `default`) are left out; equal verdicts are one object.
    Workloads of one kind share one table, so it says nothing about the workload itself.
    """

    by_prefix: Mapping[Network, Verdict]
    default: Verdict

    def says_the_same_as(self, other: "VerdictTable") -> bool:
        return self.default == other.default and self.by_prefix == other.by_prefix

    @cached_property
    def groups(self) -> tuple[tuple[Verdict, tuple[Network, ...]], ...]:
        """The prefixes of each verdict, in order."""
        found: dict[int, tuple[Verdict, list[Network]]] = {}
        for prefix, verdict in self.by_prefix.items():
            found.setdefault(id(verdict), (verdict, []))[1].append(prefix)
        return tuple((verdict, tuple(prefixes)) for verdict, prefixes in found.values())

    @cached_property
    def restricts_http(self) -> bool:
        """Whether the port must be spoken to in HTTP, because some caller may send only some requests."""
        return any(isinstance(verdict, Restricted) for verdict, _ in self.groups)

    @cached_property
    def says_nothing(self) -> bool:
        """Whether everyone is allowed, and not because a rule says so."""
        return all(verdict == Allowed(DEFAULT_ALLOW) for verdict in (self.default, *(each for each, _ in self.groups)))

    @cached_property
    def servers(self) -> tuple[AuthorizationServer, ...]:
        """The authorization servers that rules name here, in rule order. The sidecar can ask the first."""
        rules = {rule.id: rule for verdict, _ in self.groups for rule in _asking(verdict)}
        ordered = sorted(rules.values(), key=rule_order)
        return tuple(dict.fromkeys(rule.server for rule in ordered if rule.server is not None))


@dataclass(frozen=True, eq=False)
class PortVerdicts:
    """The verdicts on the callers of one port of a workload, who may be itself, from its `own` addresses.

    `audit` is what the table would be with the policies under audit in force, where that is something else.
    """

    table: VerdictTable
    own: tuple[Network, ...]
    audit: "PortVerdicts | None" = None
    asks_nobody: bool = False
    """Whether this is an authorization server's own port: asking on it could go round for ever."""

    @property
    def by_prefix(self) -> Mapping[Network, Verdict]:
        """A pod always reaches itself, whatever policies say."""
        return {**self.table.by_prefix, **dict.fromkeys(self.own, Allowed(SELF))}

    @property
    def default(self) -> Verdict:
        return self.table.default

    @property
    def restricts_http(self) -> bool:
        return self.table.restricts_http

    @property
    def says_nothing(self) -> bool:
        return self.table.says_nothing

    @property
    def server(self) -> AuthorizationServer | None:
        """Whom the sidecar asks; what rules say that name another is refused, since one port asks one server."""
        return None if self.asks_nobody or not self.table.servers else self.table.servers[0]


Kind: TypeAlias = tuple[object, ...]
"""Workloads of one kind are the same to all policies, as servers."""


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
        numbers = {position: number for number, position in enumerate(self._positions)}
        found = ((each.key, self.index.selecting(each, Direction.EGRESS)) for each in self.index.world.workloads)
        return {key: tuple(numbers[position] for position in positions) for key, positions in found if positions}

    @cached_property
    def _positions(self) -> tuple[int, ...]:
        return tuple(
            position for position, each in enumerate(self.index.policies) if Direction.EGRESS in _directions(each)
        )

    def rules_about(self, address: str) -> tuple[tuple[Rule, ...], ...]:
        """The egress rules of each policy that speak of this address of a workload."""
        return tuple(self.index.rules_about(rules, address) for rules in self._rules)

    @cached_property
    def _rules(self) -> tuple[tuple[Rule, ...], ...]:
        return tuple(
            tuple(each for each in policy.rules if each.direction is Direction.EGRESS) for policy in self.policies
        )

    @cached_property
    def tables(self) -> dict[tuple[Kind, int], VerdictTable]:
        """Those that were made so far, by the kind of the server and by port."""
        return {}

    @cached_property
    def http_ports(self) -> dict[Kind, tuple[int, ...]]:
        return {}


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
        if not self.callers.policies:
            return {}
        addresses = reversed(self.workload.addresses)
        return {ip_network(address).version: self.callers.rules_about(address) for address in addresses}

    @cached_property
    def _kind(self) -> Kind:
        about_me = tuple(
            (version, tuple(tuple(map(id, rules)) for rules in by_policy))
            for version, by_policy in sorted(self._egress_rules.items())
        )
        answers = self.workload.key if self.workload.key in self.callers.asking.answers else None
        named = tuple(port for port in self.workload.ports if port.name)
        return (self.index.selecting(self.workload, Direction.INGRESS), about_me, answers, named)

    def http_ports(self) -> tuple[int, ...]:
        """The TCP ports that HTTP rules about this workload name."""
        known = self.callers.http_ports
        if self._kind not in known:
            known[self._kind] = self._http_ports()
        return known[self._kind]

    def _http_ports(self) -> tuple[int, ...]:
        rules = [rule for group in self.ingress.peers for rule in group.rules]
        for by_policy in self._egress_rules.values():
            rules.extend(rule for about_me in by_policy for rule in about_me)
        ports: set[int] = set()
        for rule in {id(rule): rule for rule in rules if isinstance(rule.l7, HttpRules)}.values():
            for port in resolve_ports(rule, self.workload) or ():
                if isinstance(port, PortRange):
                    ports.update(range(port.first, port.last + 1))
        return tuple(sorted(ports))

    def on_port(self, port: int) -> PortVerdicts:
        """The verdicts on callers of a TCP port."""
        key = (self._kind, port)
        if key not in self.callers.tables:
            self.callers.tables[key] = self._table(port)
        return PortVerdicts(self.callers.tables[key], tuple(map(_network, self.workload.addresses)))

    def _table(self, port: int) -> VerdictTable:
        default = _default(self.ingress.default_deny)
        known: dict[object, Verdict] = {verdict_identity(default): default}
        by_egress: dict[object, Verdict] = {}
        by_prefix: dict[Network, Verdict] = {}
        as_by_default: list[PeerGroup] = []
        for group in self.ingress.peers:
            ingress = _verdict(self.ingress.default_deny, group.rules, self.workload, port)
            if ingress == default and not self.callers.policies:
                as_by_default.append(group)
                continue
            for prefix in map(_network, group.prefixes):
                both = _both(self._egress_verdict(prefix, port, by_egress), ingress)
                by_prefix[prefix] = known.setdefault(verdict_identity(both), both)
        # Most callers get the default, which need not be said but inside a range that gets something else: looking at
        # each of them for each kind of workload would take time with the product of the two.
        if any(prefix.prefixlen < prefix.max_prefixlen for prefix in by_prefix):
            by_prefix.update((_network(prefix), default) for group in as_by_default for prefix in group.prefixes)
        return VerdictTable(_without_repetition(by_prefix, default), default)

    def _egress_verdict(self, prefix: Network, port: int, known: dict[object, Verdict]) -> Verdict:
        if not self.callers.policies or prefix.prefixlen < prefix.max_prefixlen:
            return Allowed(DEFAULT_ALLOW)
        caller = self.index.world.workload_by_address(str(prefix.network_address))
        positions = self.callers.selected.get(caller.key, ()) if caller else ()
        asked = caller is not None and port in self.callers.asking.ports(caller, self.workload)
        key = (positions, prefix.version, asked)
        if key not in known:
            known[key] = self._egress_of(positions, prefix.version, port, asked=asked)
        return known[key]

    def _egress_of(self, positions: Sequence[int], version: int, port: int, *, asked: bool) -> Verdict:
        policies = [self.callers.policies[position] for position in positions]
        about_me = self._egress_rules.get(version)
        rules = [rule for position in positions for rule in about_me[position]] if about_me else []
        default_deny = [policy for policy in policies if Direction.EGRESS in policy.default_deny]
        verdict = _verdict(default_deny, rules, self.workload, port)
        # As in the datapath, which tells a question from what the app sends.
        return Allowed(DEFAULT_ALLOW) if asked and verdict == _default(default_deny) else verdict


def _asking(verdict: Verdict) -> tuple[Rule, ...]:
    rules = verdict.rules if isinstance(verdict, Restricted) else ()
    return tuple(rule for rule, _ in rules if rule.server is not None)


def verdict_identity(verdict: Verdict) -> object:
    """Equal for equal verdicts; rules are told apart as objects, since looking into each of them takes long."""
    if not isinstance(verdict, Restricted):
        return (type(verdict), verdict.name)
    rules = tuple((id(rule), id(http)) for rule, http in verdict.rules)
    return (rules, verdict.otherwise.name, verdict.first and verdict_identity(verdict.first))


# Every kind of workload has the same callers, and reading an address takes longer than all else that is done with it.
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
