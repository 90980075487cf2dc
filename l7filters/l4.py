# SPDX-License-Identifier: Apache-2.0
"""L3/L4 verdicts as tables for a datapath that knows addresses and ports, and no labels.

    address ──longest prefix──► identity ┐
                                         ├─ (source, destination, protocol, port) ──longest prefix──► allowed?
    address ──longest prefix──► identity ┘

A destination that its address does not let pass may pass by its names: each name or pattern of a toFQDNs rule is an
identity of its own, which the datapath looks up for addresses that DNS gave for a name that fits. What a deny rule
refuses, no name lifts.

The verdict on most traffic of a pair is one entry for every protocol and port; the others say where it is another one.

An identity stands for workloads that no policy tells apart, or for an atom of the outside world (see ``resolve``). The
verdict of a pair joins the source's egress and the destination's ingress. Where an L7 rule restricts, L4 allows: the
destination's sidecar decides. Local traffic of a pod never gets here: a pod always reaches itself.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_address, ip_network

from l7filters.asking import Asking
from l7filters.dns import DNS_PROTOCOLS, AskedNames, names_to_ask
from l7filters.l4_tables import CARRIED, EVERY_PROTOCOL, TCP, L4Datagrams, L4Entry, L4Name, L4Service, L4Tables
from l7filters.local_policy import LocalPolicy
from l7filters.local_tables import compile_local
from l7filters.peers import CidrPeer, FqdnPeer, Network
from l7filters.policy import Action, Direction, Policy, Process, Rule
from l7filters.port_prefixes import ALL_PORTS, prefixes
from l7filters.ports import IcmpType, Protocol
from l7filters.resolve import PolicyIndex, View, of_process, ports_match, resolve_ports
from l7filters.world import Service, ServicePort, Workload, World

_NAME_IDENTITIES = 1 << 31


def compile_l4(world: World, policies: Iterable[Policy], local: Iterable[LocalPolicy] = ()) -> L4Tables:
    """Tables of all L3/L4 verdicts in this world; policies under audit change none."""
    return replace(_between_pods(world, policies), local=compile_local(world, local))


def _between_pods(world: World, policies: Iterable[Policy]) -> L4Tables:
    chosen = tuple(policies)
    asking = Asking(world, chosen)
    enforced = tuple(policy for policy in chosen if policy.enforced)
    main, sessions = of_process(enforced, Process.MAIN), of_process(enforced, Process.EXEC)
    tables = _Compiler(PolicyIndex(world, main, enforced), asking).tables()
    identities = dict(tables.identities)
    # Where no policy tells them apart, an exec session has its pod's identity; else one that is so much further on.
    further = 0 if main == sessions else max(identities.values())
    pairs = [pair for each in world.workloads for pair in zip(each.addresses, each.exec_addresses, strict=False)]
    spoken = {_host(session): identities[_host(own)] + further for own, session in pairs}
    if not further:
        return replace(tables, identities=tuple(sorted((identities | spoken).items())))
    callers = set(spoken.values())
    entries = tuple(
        replace(entry, source=entry.source + further)
        for entry in _Compiler(PolicyIndex(world, sessions, enforced), asking).tables().entries
        if entry.source + further in callers
    )
    return replace(tables, identities=tuple(sorted((identities | spoken).items())), entries=(*tables.entries, *entries))


def _host(address: str) -> str:
    return str(ip_network(address))


@dataclass(frozen=True, slots=True)
class _Identity:
    """`workload` stands for all workloads of the identity; None: the outside world, by one atom."""

    number: int
    atoms: tuple[Network, ...]
    workload: Workload | None


@dataclass(frozen=True, slots=True)
class _Span:
    """The verdict on ports `first` to `end - 1` of a protocol."""

    first: int
    end: int
    allowed: bool
    asking: bool
    refused: bool


def _most(spans: Iterable[_Span]) -> tuple[bool, bool]:
    """(allowed, refused) of most ports."""
    weight: Counter[tuple[bool, bool]] = Counter()
    for span in spans:
        weight[span.allowed, span.refused] += span.end - span.first
    return max(weight, key=lambda verdict: (weight[verdict], verdict))


@dataclass(frozen=True)
class _Compiler:
    index: PolicyIndex
    asking: Asking

    @cached_property
    def identities(self) -> tuple[_Identity, ...]:
        members: dict[object, tuple[list[Network], Workload | None]] = {}
        for endpoint in self.index.endpoints:
            assert endpoint.network is not None
            key = endpoint.network if endpoint.workload is None else self._class(endpoint.workload, endpoint.network)
            members.setdefault(key, ([], endpoint.workload))[0].append(endpoint.network)
        return tuple(
            _Identity(number, tuple(atoms), workload)
            for number, (atoms, workload) in enumerate(members.values(), start=1)
        )

    @cached_property
    def views(self) -> Mapping[tuple[int, Direction], View]:
        return {
            (identity.number, direction): self.index.view(identity.workload, direction)
            for identity in self.identities
            if identity.workload is not None
            for direction in Direction
        }

    @cached_property
    def rules(self) -> Mapping[tuple[int, Direction], Mapping[str, tuple[Rule, ...]]]:
        """By identity and direction: the rules that speak of each atom."""
        return {
            key: {prefix: group.rules for group in view.peers for prefix in group.prefixes}
            for key, view in self.views.items()
        }

    def tables(self) -> L4Tables:
        by_address = {str(atom): identity.number for identity in self.identities for atom in identity.atoms}
        services = [
            L4Service(
                address,
                port.port,
                TCP,
                tuple(
                    sorted(
                        {
                            (by_address[str(ip_network(_serving_address(workload)))], target)
                            for workload, target in self.index.world.backends(service, port)
                        }
                    )
                ),
            )
            for service in self.index.world.services
            for port in service.ports
            if port.protocol == Protocol.TCP
            for address in service.addresses
        ]
        datagrams = [
            L4Datagrams(address, port.port, self._serving(service, port, ip_address(address).version))
            for service in self.index.world.services
            for port in service.ports
            if port.protocol == Protocol.UDP
            for address in service.addresses
        ]
        return L4Tables(
            identities=tuple(
                sorted((str(atom), identity.number) for identity in self.identities for atom in identity.atoms)
            ),
            services=tuple(sorted(services, key=lambda each: (each.address, each.port))),
            entries=tuple(
                entry
                for source in self.identities
                for destination in self.identities
                if source.workload is not None or destination.workload is not None
                for entry in self._pair(source, destination)
            )
            + tuple(
                entry
                for source in self.identities
                if source.workload is not None
                for name in self.names
                for entry in self._by_name(source, name)
            ),
            datagrams=tuple(sorted((each for each in datagrams if each.backends), key=lambda d: (d.address, d.port))),
            names=self.names,
            asked=tuple(self._asked()),
        )

    def _serving(self, service: Service, port: ServicePort, version: int) -> tuple[tuple[str, int], ...]:
        return tuple(
            (address, target)
            for workload, target in self.index.world.backends(service, port)
            for address in [each for each in workload.addresses if ip_address(each).version == version][:1]
        )

    @cached_property
    def names(self) -> tuple[L4Name, ...]:
        """By a hash of the name: what an address was learned for outlives a change of policies."""
        patterns = {
            (peer.name.pattern, peer.name.wildcards): peer.name
            for policy in (*self.index.policies, *self.index.others)
            for rule in policy.rules
            for peer in rule.peers or ()
            if isinstance(peer, FqdnPeer)
        }
        taken: dict[int, L4Name] = {}
        for key, pattern in sorted(patterns.items()):
            digest = hashlib.sha256(repr(key).encode()).digest()
            identity = _NAME_IDENTITIES | int.from_bytes(digest[:4], "big")
            while identity in taken:
                identity = _NAME_IDENTITIES | (identity + 1)
            taken[identity] = L4Name(pattern, identity)
        return tuple(taken.values())

    @cached_property
    def _named_rules(self) -> Mapping[int, tuple[Rule, ...]]:
        """By identity: the egress rules that name names. No address fits them, so no group of the view has them."""
        return {
            identity.number: tuple(
                rule
                for policy in self.views[identity.number, Direction.EGRESS].policies
                for rule in policy.rules
                if rule.direction is Direction.EGRESS and any(isinstance(peer, FqdnPeer) for peer in rule.peers or ())
            )
            for identity in self.identities
            if identity.workload is not None
        }

    def _asked(self) -> Iterator[AskedNames]:
        resolver = self.index.world.resolver
        own = next((each for each in self.identities if resolver is not None and each.workload == resolver), None)
        if resolver is None or own is None:
            return
        for identity in self.identities:
            if identity.workload is None or identity is own or not self._denies(identity, Direction.EGRESS):
                continue
            for protocol in DNS_PROTOCOLS:
                names = names_to_ask(self._rules(identity, Direction.EGRESS, own), resolver, protocol)
                if names is not None:
                    yield AskedNames(tuple(str(atom.network_address) for atom in identity.atoms), protocol, names)

    def _by_name(self, source: _Identity, name: L4Name) -> Iterator[L4Entry]:
        rules = [rule for rule in self._named_rules[source.number] if FqdnPeer(name.pattern) in (rule.peers or ())]
        if any(rule.ports is None for rule in rules):
            yield L4Entry(source.number, name.identity, EVERY_PROTOCOL, 0, 0, True)
            return
        for protocol, number in CARRIED if rules else ():
            for first, last in itertools.pairwise(sorted(_borders(rules, None, protocol))):
                if any(ports_match(rule, None, first, protocol) for rule in rules):
                    for port, prefix in prefixes(first, last):
                        yield L4Entry(source.number, name.identity, number, port, prefix, True)

    @cached_property
    def blocks(self) -> tuple[CidrPeer, ...]:
        """The CIDRs that speak of workloads too, by their addresses (a NetworkPolicy's ipBlock)."""
        policies = (*self.index.policies, *self.index.others)
        peers = (peer for policy in policies for rule in policy.rules for peer in rule.peers or ())
        return tuple(dict.fromkeys(each for each in peers if isinstance(each, CidrPeer) and each.covers_workloads))

    def _class(self, workload: Workload, atom: Network) -> object:
        """Equal ones are the same to every policy: selectors see labels, rules see named ports, ipBlocks addresses."""
        labels = self.index.world.effective_labels(workload)
        return (
            tuple(sorted(labels.items())),
            tuple(sorted((port.name, port.number, port.protocol) for port in workload.ports if port.name)),
            self._named_by_services(workload),
            tuple(block.contains(atom) for block in self.blocks),
            # Policies under audit are not in the index, and a server by address is no matter of labels.
            self.asking.questions.get(workload.key),
            self.asking.answers.get(workload.key),
        )

    def _named_by_services(self, workload: Workload) -> tuple[str, ...]:
        """The services it backs: rules may name peers by them."""
        return tuple(self._services_of.get(workload.key, ()))

    @cached_property
    def _services_of(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for service in self.index.world.services:
            for port in service.ports[:1]:
                for key in dict.fromkeys(backend.key for backend, _ in self.index.world.backends(service, port)):
                    found.setdefault(key, []).append(service.key)
        return found

    def _pair(self, source: _Identity, destination: _Identity) -> Iterator[L4Entry]:
        halves = (
            (self._rules(source, Direction.EGRESS, destination), self._denies(source, Direction.EGRESS)),
            (self._rules(destination, Direction.INGRESS, source), self._denies(destination, Direction.INGRESS)),
        )
        server = destination.workload
        asked = self.asking.ports(source.workload, server) if source.workload and server else frozenset()
        # An address of the mesh has no name of DNS.
        nameable = server is None and bool(self._named_rules.get(source.number))
        both = [rule for rules, _ in halves for rule in rules]
        named = _protocols(both, server)
        by_protocol: dict[int, list[_Span]] = {}
        unnamed: list[_Span] | None = None
        for protocol, number in CARRIED:
            borders = _borders(both, server, protocol)
            if protocol is Protocol.TCP:
                borders |= {border for port in asked for border in (port, port + 1)}
            elif protocol not in named:
                # The same for all of them.
                if unnamed is not None:
                    by_protocol[number] = unnamed
                    continue
                unnamed = by_protocol[number] = []
            spans = by_protocol.setdefault(number, [])
            for first, last in itertools.pairwise(sorted(borders)):
                leaves, enters = (_allowed(rules, denies, server, first, protocol) for rules, denies in halves)
                refused = _denied(halves[0][0], server, first, protocol)
                # A default of the asker's does not keep the question in; deny rules and the server's policies count.
                asking = protocol is Protocol.TCP and first in asked and enters and not leaves and not refused
                spans.append(_Span(first, last, leaves and enters, asking, refused and nameable))
        # What most ports get is one entry; only the others are written out. And so are protocols.
        usual = {number: _most(spans) for number, spans in by_protocol.items()}
        counted = Counter(usual.values())
        whole = max(counted, key=lambda verdict: (counted[verdict], verdict))
        pair = source.number, destination.number
        yield L4Entry(*pair, EVERY_PROTOCOL, 0, 0, whole[0], refused=whole[1])
        for number, spans in by_protocol.items():
            if usual[number] != whole:
                yield L4Entry(*pair, number, 0, 0, usual[number][0], refused=usual[number][1])
            for span in spans:
                if span.asking or (span.allowed, span.refused) != usual[number]:
                    for port, prefix in prefixes(span.first, span.end):
                        yield L4Entry(*pair, number, port, prefix, span.allowed, span.asking, span.refused)

    def _rules(self, subject: _Identity, direction: Direction, peer: _Identity) -> tuple[Rule, ...]:
        # No rule tells the atoms of one identity apart: any of them will do.
        by_atom = self.rules.get((subject.number, direction), {})
        return by_atom.get(str(peer.atoms[0]), ())

    def _denies(self, subject: _Identity, direction: Direction) -> bool:
        view = self.views.get((subject.number, direction))
        return view is not None and bool(view.default_deny)


def _protocols(rules: Iterable[Rule], server: Workload | None) -> set[Protocol]:
    """Those that any of the rules names."""
    found: set[Protocol] = set()
    for rule in rules:
        for each in resolve_ports(rule, server) or ():
            found.update((each.protocol,) if isinstance(each, IcmpType) else each.protocols)
    return found


def _borders(rules: Iterable[Rule], server: Workload | None, protocol: Protocol) -> set[int]:
    """The ports at which the verdict may change, and the ends."""
    borders = {0, ALL_PORTS}
    for rule in rules:
        for each in resolve_ports(rule, server) or ():
            if isinstance(each, IcmpType):
                borders |= {each.number, each.number + 1} if each.protocol is protocol else set()
            elif protocol in each.protocols:
                borders |= {each.first, each.last + 1}
    return borders


def _allowed(rules: Iterable[Rule], default_deny: bool, server: Workload | None, port: int, protocol: Protocol) -> bool:
    if _denied(rules, server, port, protocol):
        return False
    return not default_deny or any(ports_match(rule, server, port, protocol) for rule in rules)


def _denied(rules: Iterable[Rule], server: Workload | None, port: int, protocol: Protocol) -> bool:
    return any(rule.action is Action.DENY and ports_match(rule, server, port, protocol) for rule in rules)


def _serving_address(workload: Workload) -> str:
    """The one that sidecars connect to: IPv4 where there is one."""
    return min(workload.addresses, key=lambda address: ip_address(address).version)
