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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network

from l7filters.labels import Operator, Selector
from l7filters.peers import (
    CidrPeer,
    Entity,
    EntityPeer,
    FqdnPeer,
    NamedServicePeer,
    Network,
    Peer,
    SelectedServicePeer,
    WorkloadPeer,
)
from l7filters.policy import Action, Direction, HttpRule, Policy, Process, Rule
from l7filters.ports import IcmpType, NamedPort, PortRange, Protocol
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


def of_process(policies: Iterable[Policy], process: Process) -> tuple[Policy, ...]:
    """Those that speak of the connections of such processes."""
    return tuple(policy for policy in policies if policy.process.covers(process))


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
    """Policies resolved in a world once, for asking about many workloads.

    `others` are not asked: they only tell addresses apart, so that several indexes have the same atoms.
    """

    world: World
    policies: tuple[Policy, ...]
    others: tuple[Policy, ...] = ()

    @cached_property
    def atoms(self) -> tuple[Network, ...]:
        """All prefixes that the world and the policies tell apart, in address order, IPv4 first."""
        networks = set(WORLD_PREFIXES)
        networks.update(ip_network(address) for each in self.world.peers for address in each.addresses)
        for policy in (*self.policies, *self.others):
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
        return {workload.key: self.world.effective_labels(workload) for workload in self.world.peers}

    @cached_property
    def _keys_by_label(self) -> Mapping[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for key, labels in self._labels.items():
            for label in labels.items():
                found.setdefault(label, []).append(key)
        return found

    def _workloads(self, selector: Selector) -> Iterator[str]:
        """The keys of those that it selects. Only those are looked at that have one of the labels it asks for, where it
        asks for any: most policies are about few."""
        asked: list[list[str]] = [
            [key for value in each.values for key in self._keys_by_label.get((each.key, value), ())]
            for each in selector.requirements
            if each.operator is Operator.IN
        ]
        fewest = min(asked, key=len) if asked else list(self._labels)
        return (key for key in fewest if selector.matches(self._labels[key]))

    @cached_property
    def _atoms_by_workload(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for position, endpoint in enumerate(self.endpoints):
            if endpoint.workload is not None:
                found.setdefault(endpoint.workload.key, []).append(position)
        return found

    @cached_property
    def _atoms_by_peer(self) -> dict[Peer, frozenset[int]]:
        return {}

    def _matching(self, peer: Peer) -> frozenset[int]:
        """Positions of the atoms that a peer speaks of."""
        if peer not in self._atoms_by_peer:
            found: Iterable[int]
            if isinstance(peer, WorkloadPeer):
                keys = self._workloads(peer.selector)
                found = (position for key in keys for position in self._atoms_by_workload.get(key, ()))
            else:
                found = (i for i, e in enumerate(self.endpoints) if peer_matches(self.world, peer, e))
            self._atoms_by_peer[peer] = frozenset(found)
        return self._atoms_by_peer[peer]

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(map(str, self.atoms))

    @cached_property
    def _selecting(self) -> Mapping[tuple[str, Direction], tuple[int, ...]]:
        found: dict[tuple[str, Direction], list[int]] = {}
        for position, policy in enumerate(self.policies):
            directions = [direction for direction in Direction if _speaks(policy, direction)]
            for key in self._workloads(policy.subject):
                for direction in directions:
                    found.setdefault((key, direction), []).append(position)
        return {key: tuple(positions) for key, positions in found.items()}

    def selecting(self, workload: Workload, direction: Direction) -> tuple[int, ...]:
        """The positions in `policies` of those that say something about it. Names would not do: one object may be
        several policies."""
        return self._selecting.get((workload.key, direction), ())

    @cached_property
    def _groups(self) -> dict[tuple[tuple[int, ...], Direction], tuple[PeerGroup, ...]]:
        return {}

    def view(self, workload: Workload, direction: Direction) -> View:
        """What the policies say about a workload of this world. Workloads that the same policies select share it."""
        positions = self.selecting(workload, direction)
        policies = tuple(self.policies[position] for position in positions)
        key = (positions, direction)
        if key not in self._groups:
            self._groups[key] = self._group(policies, direction)
        return View(
            workload=workload,
            direction=direction,
            policies=policies,
            default_deny=tuple(policy for policy in policies if direction in policy.default_deny),
            peers=self._groups[key],
        )

    def _group(self, policies: Iterable[Policy], direction: Direction) -> tuple[PeerGroup, ...]:
        rules = sorted(
            (rule for policy in policies for rule in policy.rules if rule.direction is direction),
            key=rule_order,
        )
        # Most rules speak of few atoms; the others of all, which is said once.
        rules_by_atom: dict[int, list[int]] = {}
        everywhere = [number for number, rule in enumerate(rules) if rule.peers is None]
        for number, rule in enumerate(rules):
            if rule.peers is not None:
                for position in frozenset[int]().union(*(self._matching(peer) for peer in rule.peers)):
                    rules_by_atom.setdefault(position, []).append(number)
        groups: dict[tuple[int, ...], list[str]] = {}
        for position, prefix in enumerate(self._prefixes):
            groups.setdefault(tuple(rules_by_atom.get(position, ())), []).append(prefix)
        return tuple(
            PeerGroup(tuple(members), tuple(rules[number] for number in sorted((*numbers, *everywhere))))
            for numbers, members in groups.items()
        )

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {prefix: position for position, prefix in enumerate(self._prefixes)}

    def rules_about(self, rules: Iterable[Rule], address: str) -> tuple[Rule, ...]:
        """Those that speak of this address of a workload of this world, as their peer."""
        position = self._positions[str(ip_network(address))]
        return tuple(
            rule for rule in rules if rule.peers is None or any(position in self._matching(peer) for peer in rule.peers)
        )
