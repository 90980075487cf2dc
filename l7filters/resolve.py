# SPDX-License-Identifier: Apache-2.0
"""Resolving policies in a world: who a rule's peers are, what its ports are, which rules say what about whom.

    policies + world ─→ PolicyIndex ─→ View of one workload and direction
                                        ── default_deny (policies)
                                        ── peers: PeerGroup(prefixes, rules)

Peers are resolved to *atoms*: address prefixes such that every rule treats all addresses whose longest
matching atom is the same in the same way. Each workload address is an atom, so is each CIDR (and exception) a
policy names, and so are 0.0.0.0/0 and ::/0. A table of atoms with the longest prefix winning is therefore
complete.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network

from l7filters.labels import Selector
from l7filters.policy import (
    Action,
    CidrPeer,
    Direction,
    Entity,
    EntityPeer,
    FqdnPeer,
    HttpRule,
    IcmpType,
    NamedPort,
    NamedServicePeer,
    Network,
    Peer,
    Policy,
    PortRange,
    Protocol,
    Rule,
    SelectedServicePeer,
    WorkloadPeer,
)
from l7filters.world import Service, Workload, World

WORLD_PREFIXES: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a connection: a workload, or addresses outside the cluster, with the names DNS gave them.

    `network` is the address used (a /32 or /128), or an atom; None when a workload has no address.
    """

    workload: Workload | None
    network: Network | None
    names: tuple[str, ...] = ()


def peer_matches(world: World, peer: Peer, endpoint: Endpoint) -> bool:
    """Whether `endpoint` is one that `peer` speaks of."""
    workload = endpoint.workload
    match peer:
        case WorkloadPeer(selector):
            return workload is not None and selector.matches(world.effective_labels(workload))
        case CidrPeer():
            if endpoint.network is None or (workload is not None and not peer.covers_workloads):
                return False
            return peer.contains(endpoint.network)
        case EntityPeer(entity):
            return _entity_matches(entity, workload)
        case FqdnPeer(name):
            return workload is None and any(name.matches(each) for each in endpoint.names)
        case NamedServicePeer() | SelectedServicePeer():
            return workload is not None and any(
                workload.key == backend.key
                for service in _services(world, peer)
                for port in service.ports
                for backend, _ in world.backends(service, port)
            )


def _entity_matches(entity: Entity, workload: Workload | None) -> bool:
    match entity:
        case Entity.ALL:
            return True
        case Entity.WORLD:
            return workload is None
        case Entity.CLUSTER:
            return workload is not None
        case _:
            # The other entities name things (nodes, health probes, other clusters) that a World does not
            # hold.
            return False


def _services(world: World, peer: NamedServicePeer | SelectedServicePeer) -> tuple[Service, ...]:
    if isinstance(peer, NamedServicePeer):
        service = world.service(f"{peer.namespace}/{peer.name}")
        return () if service is None else (service,)
    return tuple(
        service
        for service in world.services
        if service.namespace == peer.namespace and peer.selector.matches(service.labels)
    )


def peers_match(world: World, rule: Rule, endpoint: Endpoint) -> bool:
    """Whether the rule speaks of a connection with `endpoint` at its other end."""
    return rule.peers is None or any(peer_matches(world, peer, endpoint) for peer in rule.peers)


def resolve_ports(rule: Rule, server: Workload | None) -> tuple[PortRange | IcmpType, ...] | None:
    """A rule's ports as numbers, for connections to `server` (None: outside the cluster); None is all
    traffic.

    Names are container ports of the server; a name nobody declares stands for no port, so the result may be
    ().
    """
    if rule.ports is None:
        return None
    resolved: list[PortRange | IcmpType] = []
    for port in rule.ports:
        if not isinstance(port, NamedPort):
            resolved.append(port)
        elif server is not None:
            resolved.extend(
                PortRange(number, number, (protocol,))
                for protocol in port.protocols
                for number in server.port_numbers(port.name, protocol)
            )
    return tuple(dict.fromkeys(resolved))


def ports_match(rule: Rule, server: Workload | None, port: int, protocol: Protocol) -> bool:
    """Whether the rule speaks of this port of `server`. For ICMP, `port` is the message type."""
    resolved = resolve_ports(rule, server)
    if resolved is None:
        return True
    return any(
        each.covers(port, protocol) if isinstance(each, PortRange) else (each.protocol, each.number) == (protocol, port)
        for each in resolved
    )


def rule_order(rule: Rule) -> tuple[bool, str, int]:
    """Sort key: deny rules first, then by policy and index. Envoy names the first rule that decides."""
    policy, _, index = rule.id.rpartition("#")
    return rule.action is Action.ALLOW, policy, int(index)


@dataclass(frozen=True, slots=True)
class PortRules:
    """What rules say about one port, in rule order."""

    deny: tuple[Rule, ...]
    allow: tuple[Rule, ...]

    @property
    def unrestricted(self) -> tuple[Rule, ...]:
        """Allow rules without L7. If there is one, L7 rules of the others restrict nothing (point 5)."""
        return tuple(rule for rule in self.allow if rule.l7 is None)

    @property
    def http(self) -> tuple[tuple[Rule, HttpRule], ...] | None:
        """The HTTP rules of which one must fit; None when there is no such restriction here."""
        if not self.allow or self.unrestricted:
            return None
        return tuple((rule, http) for rule in self.allow for http in rule.http or ())


def rules_on_port(rules: Iterable[Rule], server: Workload | None, port: int, protocol: Protocol) -> PortRules:
    """The rules among `rules` (which already fit the peer) that speak of a port of `server`."""
    fitting = sorted((rule for rule in rules if ports_match(rule, server, port, protocol)), key=rule_order)
    return PortRules(
        deny=tuple(rule for rule in fitting if rule.action is Action.DENY),
        allow=tuple(rule for rule in fitting if rule.action is Action.ALLOW),
    )


def selecting(world: World, policies: Iterable[Policy], workload: Workload, direction: Direction) -> tuple[Policy, ...]:
    """The policies that say something about traffic of `workload` in `direction`."""
    labels = world.effective_labels(workload)
    return tuple(policy for policy in policies if _speaks(policy, direction) and policy.subject.matches(labels))


def _speaks(policy: Policy, direction: Direction) -> bool:
    return direction in policy.default_deny or any(rule.direction is direction for rule in policy.rules)


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """Peers that the same rules speak of. Over all groups, the longest prefix wins; rules are in order."""

    prefixes: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class View:
    """All that policies say about one workload in one direction.

    `policies` select the workload; where there is none, nothing is restricted. `default_deny` are those of
    them that deny what nothing allows; where there is none, everything is allowed that no rule denies,
    whatever L7 rules say. `peers` covers every address: its groups hold all atoms. A workload always reaches
    itself, whatever they say.
    """

    workload: Workload
    direction: Direction
    policies: tuple[Policy, ...]
    default_deny: tuple[Policy, ...]
    peers: tuple[PeerGroup, ...]


@dataclass(frozen=True)
class PolicyIndex:
    """Policies resolved in a world once, for asking about many workloads."""

    world: World
    policies: tuple[Policy, ...]

    @cached_property
    def atoms(self) -> tuple[Network, ...]:
        """All prefixes that the world and the policies tell apart, in address order, IPv4 first."""
        networks = set(WORLD_PREFIXES)
        networks.update(ip_network(address) for each in self.world.workloads for address in each.addresses)
        for policy in self.policies:
            for rule in policy.rules:
                for peer in rule.peers or ():
                    if isinstance(peer, CidrPeer):
                        networks.update((peer.network, *peer.excluded))
        return tuple(sorted(networks, key=lambda n: (n.version, int(n.network_address), n.prefixlen)))

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The atoms as ends of connections, in the same order."""
        return tuple(
            Endpoint(
                self.world.workload_by_address(str(atom.network_address)) if atom.num_addresses == 1 else None,
                atom,
            )
            for atom in self.atoms
        )

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        return {workload.key: self.world.effective_labels(workload) for workload in self.world.workloads}

    @cached_property
    def _selected(self) -> dict[Selector, frozenset[str]]:
        return {}

    def _workloads(self, selector: Selector) -> frozenset[str]:
        if selector not in self._selected:
            keys = frozenset(key for key, labels in self._labels.items() if selector.matches(labels))
            self._selected[selector] = keys
        return self._selected[selector]

    @cached_property
    def _atoms_by_peer(self) -> dict[Peer, frozenset[int]]:
        return {}

    def _matching(self, peer: Peer) -> frozenset[int]:
        """Positions of the atoms that a peer speaks of."""
        if peer not in self._atoms_by_peer:
            if isinstance(peer, WorkloadPeer):
                keys = self._workloads(peer.selector)
                found = (i for i, e in enumerate(self.endpoints) if e.workload and e.workload.key in keys)
            else:
                found = (i for i, e in enumerate(self.endpoints) if peer_matches(self.world, peer, e))
            self._atoms_by_peer[peer] = frozenset(found)
        return self._atoms_by_peer[peer]

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(map(str, self.atoms))

    @cached_property
    def _views(self) -> dict[tuple[str, Direction], View]:
        return {}

    def view(self, workload: Workload, direction: Direction) -> View:
        """What the policies say about a workload of this world."""
        key = (workload.key, direction)
        if key not in self._views:
            self._views[key] = self._view(workload, direction)
        return self._views[key]

    def _view(self, workload: Workload, direction: Direction) -> View:
        policies = tuple(
            policy
            for policy in self.policies
            if _speaks(policy, direction) and workload.key in self._workloads(policy.subject)
        )
        rules = sorted(
            (rule for policy in policies for rule in policy.rules if rule.direction is direction),
            key=rule_order,
        )
        rules_by_atom: list[list[Rule]] = [[] for _ in self.atoms]
        for rule in rules:
            positions: Iterable[int] = range(len(self.atoms))
            if rule.peers is not None:
                positions = frozenset[int]().union(*(self._matching(peer) for peer in rule.peers))
            for position in positions:
                rules_by_atom[position].append(rule)
        return View(
            workload=workload,
            direction=direction,
            policies=policies,
            default_deny=tuple(policy for policy in policies if direction in policy.default_deny),
            peers=_grouped(self._prefixes, rules_by_atom),
        )


def _grouped(prefixes: Sequence[str], rules_by_atom: Sequence[Sequence[Rule]]) -> tuple[PeerGroup, ...]:
    groups: dict[tuple[str, ...], tuple[list[str], tuple[Rule, ...]]] = {}
    for prefix, rules in zip(prefixes, rules_by_atom, strict=True):
        ids = tuple(rule.id for rule in rules)
        groups.setdefault(ids, ([], tuple(rules)))[0].append(prefix)
    return tuple(PeerGroup(tuple(members), rules) for members, rules in groups.values())
