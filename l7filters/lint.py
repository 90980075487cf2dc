# SPDX-License-Identifier: Apache-2.0
"""Warnings about policies that are valid and hardly mean what their authors think."""

import re
from collections.abc import Iterable, Iterator, Sequence

from l7filters.asking import named_servers
from l7filters.http_match import HeaderMatch
from l7filters.lint_names import names_never_learned
from l7filters.normalise import normalise_path
from l7filters.peers import Entity, EntityPeer, Peer, WorkloadPeer
from l7filters.policy import Action, Direction, HttpRule, Policy, PolicyKind, Process, Rule
from l7filters.ports import NamedPort, PortRange, Protocol
from l7filters.resolve import PolicyIndex, of_process, resolve_ports, rules_on_port
from l7filters.source import Problem
from l7filters.world import World

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PORT_SAMPLES = 64


def lint(policies: Iterable[Policy], world: World | None = None) -> tuple[Problem, ...]:
    """Warnings, in file order. With a world also about selectors and port names that nothing there answers
    to, and voided L7 rules are then found exactly; without one, those that certainly overlap."""
    chosen = tuple(policies)
    found = [*_shared_ids(chosen), *_rule_warnings(chosen), *_useless_l7(chosen)]
    if world is None:
        found.extend(_voided_by_text(chosen))
    else:
        found.extend(_voided_in(world, chosen))
        found.extend(_selecting_nothing(world, chosen))
        found.extend(names_never_learned(world, chosen))
    return tuple(sorted(set(found)))


def _shared_ids(policies: Sequence[Policy]) -> Iterator[Problem]:
    kinds: dict[str, PolicyKind] = {}
    for policy in policies:
        if kinds.setdefault(policy.key, policy.kind) is not policy.kind:
            what = f"a {kinds[policy.key]} and a {policy.kind} are both called {policy.key}, and share rule ids"
            yield Problem(policy.location, what, "rename one of them to tell them apart in logs")


def _rule_warnings(policies: Sequence[Policy]) -> Iterator[Problem]:
    for policy in policies:
        for rule in policy.rules:
            if rule.peers == () and rule.ports is not None:
                what = f"rule {rule.id} has an empty list of peers and allows nobody"
                yield Problem(rule.location, what, "remove the list to mean everyone, or name the peers")
            for http in rule.http or ():
                yield from _http_warnings(http)


def _http_warnings(http: HttpRule) -> Iterator[Problem]:
    literal = http.path.literal if http.path else None
    if literal is not None and not literal.startswith("/"):
        yield Problem(http.location, f"no path is '{literal}'", "start it with '/'")
    elif literal is not None and (seen := _as_seen(literal)) != literal:
        what = f"no request has the path '{literal}' after normalisation"
        yield Problem(http.location, what, f"write '{seen}'" if seen else "write it unescaped")
    elif http.path is not None and re.search(r"/\*$", http.path.source):
        what = f"the path '{http.path}' is a regular expression: '/*' is any number of slashes"
        yield Problem(http.location, what, f"write '{http.path.source[:-1]}.*'")
    for header in http.headers:
        if header.value is None and not _TOKEN.fullmatch(header.name):
            what = f"no request has a header called '{header.name}'"
            yield Problem(http.location, what, f"write '{_intended(header)}'")


def _as_seen(path: str) -> str | None:
    before, mark, query = path.partition("?")
    if re.search("%(2f|5c)", before, re.IGNORECASE):
        return None
    canonical = normalise_path(before)
    return None if canonical is None else canonical + mark + query


def _intended(header: HeaderMatch) -> str:
    name, _, value = header.name.partition(":")
    return f"{name}: {value}" if value else name


def _useless_l7(policies: Sequence[Policy]) -> Iterator[Problem]:
    """L7 rules where the policy itself denies nothing by default: another policy must."""
    for policy in policies:
        for rule in policy.rules:
            if rule.l7 is not None and rule.direction not in policy.default_deny:
                what = f"rule {rule.id} restricts nothing unless another policy denies {rule.direction} by default"
                yield Problem(rule.location, what, "set enableDefaultDeny to true, or remove the rule")


def _restricts(rule: Rule) -> bool:
    return rule.http is not None and (rule.server is not None or not any(http.allows_all for http in rule.http))


def _voids(rule: Rule) -> bool:
    everything = rule.http is not None and rule.server is None and any(http.allows_all for http in rule.http)
    return rule.action is Action.ALLOW and (rule.l7 is None or everything)


def _voided(rule: Rule, other: Rule) -> Problem:
    how = "without L7 rules" if other.l7 is None else "with an L7 rule that fits every request"
    what = f"the L7 rules of {rule.id} are void where {other} allows the same traffic {how}"
    return Problem(rule.location, what, "narrow or remove one of the two rules")


def _voided_by_text(policies: Sequence[Policy]) -> Iterator[Problem]:
    """Pairs where the wider rule speaks of all pods, of all peers and of a port of the narrower one."""
    for policy in policies:
        for rule in filter(_restricts, policy.rules):
            for other_policy in policies:
                if not set(other_policy.subject.requirements) <= set(policy.subject.requirements):
                    continue
                if other_policy.process not in (Process.ANY, policy.process):
                    continue
                for other in filter(_voids, other_policy.rules):
                    same = other.direction is rule.direction and _covers_peers(other, rule)
                    if same and _share_a_port(other, rule):
                        yield _voided(rule, other)


def _covers_peers(wide: Rule, narrow: Rule) -> bool:
    if wide.peers is None or narrow.peers == ():
        return wide.peers is None
    if narrow.peers is None:
        return any(peer == EntityPeer(Entity.ALL) for peer in wide.peers)
    return any(_covers_peer(outer, inner) for outer in wide.peers for inner in narrow.peers)


def _covers_peer(wide: Peer, narrow: Peer) -> bool:
    match wide, narrow:
        case EntityPeer(Entity.ALL), _:
            return True
        case EntityPeer(Entity.CLUSTER), WorkloadPeer():
            return True
        case WorkloadPeer(outer), WorkloadPeer(inner):
            return set(outer.requirements) <= set(inner.requirements)
    return wide == narrow


def _share_a_port(one: Rule, other: Rule) -> bool:
    if one.ports is None or other.ports is None:
        return True
    for a in one.ports:
        for b in other.ports:
            if isinstance(a, NamedPort) and isinstance(b, NamedPort) and a.name == b.name:
                return True
            if isinstance(a, PortRange) and isinstance(b, PortRange):
                common = set(a.protocols) & set(b.protocols)
                if common and a.first <= b.last and b.first <= a.last:
                    return True
    return False


def _voided_in(world: World, policies: tuple[Policy, ...]) -> Iterator[Problem]:
    for process in (Process.MAIN, Process.EXEC):
        yield from _voided_for(PolicyIndex(world, of_process(policies, process)))


def _voided_for(index: PolicyIndex) -> Iterator[Problem]:
    world = index.world
    for workload in world.workloads:
        view = index.view(workload, Direction.INGRESS)
        for group in view.peers if view.default_deny else ():
            for rule in filter(_restricts, group.rules):
                for port in _numbers(rule, world, workload.key):
                    fitting = rules_on_port(group.rules, workload, port, Protocol.TCP)
                    for other in filter(_voids, fitting.allow):
                        yield _voided(rule, other)


def _numbers(rule: Rule, world: World, key: str) -> Iterator[int]:
    for port in resolve_ports(rule, world.workload(key)) or ():
        if isinstance(port, PortRange):
            yield from range(port.first, min(port.last, port.first + _PORT_SAMPLES) + 1)


def _selecting_nothing(world: World, policies: Sequence[Policy]) -> Iterator[Problem]:
    for policy in policies:
        subjects = world.select(policy.subject)
        if not subjects:
            what = f"{policy.kind} {policy.key} selects no workload ({policy.subject})"
            yield Problem(policy.location, what, "correct the selector, if the workloads exist already")
            continue
        for server in sorted(named_servers([policy])):
            if not server.backends(world):
                what = f"nobody answers for {server}, which {policy.kind} {policy.key} has asked"
                yield Problem(policy.location, what, "start it, or correct the name, if it should exist already")
        for rule in policy.rules:
            for peer in rule.peers or ():
                if isinstance(peer, WorkloadPeer) and not world.select(peer.selector):
                    what = f"a peer of rule {rule.id} selects no workload ({peer.selector})"
                    yield Problem(rule.location, what, "correct the selector, if the workloads exist already")
            servers = subjects if rule.direction is Direction.INGRESS else world.workloads
            for port in rule.ports or ():
                if isinstance(port, NamedPort) and not any(
                    server.port_numbers(port.name, protocol) for server in servers for protocol in port.protocols
                ):
                    what = f"rule {rule.id} names the port {port.name}, which no such workload declares"
                    yield Problem(rule.location, what, "name the port in the containers' ports, or write its number")
