# SPDX-License-Identifier: Apache-2.0
"""The tables of L3/L4 verdicts: complete, minimal, deterministic, and of one mind with `decide()` on every port."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from l7filters.decide import Connection, decide
from l7filters.l4 import compile_l4
from l7filters.l4_tables import CARRIED, EVERY_PROTOCOL, TCP, UDP, L4Datagrams, L4Entry, L4Tables
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.ports import ICMP_PROTOCOLS, IcmpType, PortRange, Protocol
from l7filters.resolve import resolve_ports
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World
from tests.l4_lookup import entry, identity
from tests.policy_strategies import OUTSIDE, policies, worlds

MANY = settings(max_examples=100, deadline=None)

A = Workload("default", "a", {"app": "a"}, ("10.0.0.1", "fd00::1"), (WorkloadPort(80, "http"),))
A2 = Workload("default", "a2", {"app": "a"}, ("10.0.0.2", "fd00::2"), (WorkloadPort(80, "http"),))
B = Workload("default", "b", {"app": "b"}, ("10.0.0.3", "fd00::3"))
WORLD = World((A, A2, B), (Service("default", "a", ("10.96.0.1", "fd01::1"), (ServicePort(8080, 80),), {"app": "a"}),))


def cnp(spec: str) -> tuple[Policy, ...]:
    indented = "".join(f"  {line}\n" for line in spec.splitlines())
    text = f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p}}\nspec:\n{indented}"
    return parse_policies(text, "p.yaml")


def network_policy(spec: str) -> tuple[Policy, ...]:
    indented = "".join(f"  {line}\n" for line in spec.splitlines())
    text = f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p}}\nspec:\n{indented}"
    return parse_policies(text, "p.yaml")


def allowed(
    tables: L4Tables, source: int, destination: int, port: int, protocol: int = TCP, names: Sequence[str] = ()
) -> bool:
    """As the kernel looks it up: by the address, and where that is a default denial, by its names."""
    by_address = entry(tables, source, destination, port, protocol)
    if by_address is not None and (by_address.allowed or by_address.refused):
        return by_address.allowed
    identities = [each.identity for each in tables.names if any(each.pattern.matches(name) for name in names)]
    found = [entry(tables, source, each, port, protocol) for each in identities]
    return any(each is not None and each.allowed for each in found)


def verdict(
    tables: L4Tables, source: str, destination: str, port: int, protocol: int = TCP, names: Sequence[str] = ()
) -> bool:
    return allowed(tables, identity(tables, source), identity(tables, destination), port, protocol, names)


def borders(world: World, some: tuple[Policy, ...]) -> set[int]:
    """Every port at which anything may change, and its neighbours."""
    found = {1, 65535}
    for policy in some:
        for rule in policy.rules:
            for server in (None, *world.workloads):
                for each in resolve_ports(rule, server) or ():
                    if isinstance(each, PortRange):
                        found |= {each.first - 1, each.first, each.last, each.last + 1}
    return {port for port in found if 1 <= port <= 65535}


def points(world: World, some: tuple[Policy, ...], protocol: Protocol) -> set[int]:
    """As `borders`; every type of ICMP that a rule names, and its neighbours."""
    if protocol not in ICMP_PROTOCOLS:
        return borders(world, some)
    ports = [port for policy in some for rule in policy.rules for port in rule.ports or ()]
    named = {port.number for port in ports if isinstance(port, IcmpType)}
    return {number for each in {0, 255, *named} for number in (each - 1, each, each + 1) if 0 <= number <= 255}


@MANY
@given(worlds(), policies(), st.data())
def test_one_mind_with_decide_on_every_port(world: World, some: tuple[Policy, ...], data: st.DataObject) -> None:
    tables = compile_l4(world, some)
    inside = [address for workload in world.workloads for address in workload.addresses]
    source = data.draw(st.sampled_from([*inside, *OUTSIDE]))
    far = [
        address
        for address in (inside if source in OUTSIDE else [*inside, *OUTSIDE])
        if (":" in address) == (":" in source)
        and world.workload_by_address(address) != world.workload_by_address(source)
    ]
    names = data.draw(st.sampled_from([(), ("api.example.com",), ("a.example.com", "x.org")]))
    protocol, number = data.draw(st.sampled_from(CARRIED))
    for destination in far:
        for port in points(world, some, protocol):
            asked = Connection(source, destination, port, protocol, destination_names=names)
            # The resolver learns no names for addresses of the mesh.
            known = names if destination in OUTSIDE else ()
            expected = decide(world, some, asked).allowed
            assert verdict(tables, source, destination, port, number, known) == expected, asked


@MANY
@given(worlds(), policies())
def test_complete_and_without_a_word_too_many(world: World, some: tuple[Policy, ...]) -> None:
    tables = compile_l4(world, some)
    prefixes = dict(tables.identities)
    assert len(prefixes) == len(tables.identities)
    assert {"0.0.0.0/0", "::/0"} <= prefixes.keys()
    inhabited = {identity(tables, address) for workload in world.workloads for address in workload.addresses}
    everyone = set(prefixes.values())
    assert everyone == set(range(1, len(everyone) + 1)), "counted from 1: the kernel's 0 is nobody"
    pairs = {(one, other) for one in everyone for other in everyone if {one, other} & inhabited}
    names = {each.identity for each in tables.names}
    assert len(names) == len(tables.names)
    assert not names & everyone
    to_addresses = [each for each in tables.entries if each.destination not in names]
    assert all(each.allowed for each in tables.entries if each.destination in names)
    whole = Counter((each.source, each.destination) for each in to_addresses if each.protocol == EVERY_PROTOCOL)
    assert whole == dict.fromkeys(pairs, 1)
    assert {(each.source, each.destination) for each in to_addresses} == pairs
    keys = [(e.source, e.destination, e.protocol, e.port, e.prefix) for e in tables.entries]
    assert len(set(keys)) == len(keys)
    for each in tables.entries:
        assert each.port & ((1 << (16 - each.prefix)) - 1) == 0, "bits behind the prefix are never compared"


@MANY
@given(worlds(), policies(), st.data())
def test_an_identity_is_one_kind_of_workload(world: World, some: tuple[Policy, ...], data: st.DataObject) -> None:
    """Whoever shares an identity shares every verdict, as a source and as a destination."""
    tables = compile_l4(world, some)
    members: dict[int, list[str]] = {}
    for workload in world.workloads:
        for address in workload.addresses:
            members.setdefault(identity(tables, address), []).append(address)
    port = data.draw(st.sampled_from(sorted(borders(world, some))))
    for addresses in members.values():
        for peer in (each for each in OUTSIDE if any((":" in each) == (":" in one) for one in addresses)):
            same = [each for each in addresses if (":" in each) == (":" in peer)]
            assert len({decide(world, some, Connection(each, peer, port)).allowed for each in same}) == 1
            assert len({decide(world, some, Connection(peer, each, port)).allowed for each in same}) == 1


@MANY
@given(worlds(), policies(), st.data())
def test_a_service_is_open_when_one_of_its_backends_is(
    world: World, some: tuple[Policy, ...], data: st.DataObject
) -> None:
    tables = compile_l4(world, some)
    source = data.draw(st.sampled_from([each.addresses[0] for each in world.workloads]))
    for service in world.services:
        for port in service.ports:
            (found,) = [each for each in tables.services if each.port == port.port]
            backends = [
                (workload, target)
                for workload, target in world.backends(service, port)
                if workload != world.workload_by_address(source)
            ]
            by_oracle = {
                decide(world, some, Connection(source, workload.addresses[0], target)).allowed
                for workload, target in backends
            }
            by_table = {
                allowed(tables, identity(tables, source), identity(tables, workload.addresses[0]), target)
                for workload, target in backends
            }
            assert by_table == by_oracle
            assert {(identity(tables, w.addresses[0]), target) for w, target in backends} <= set(found.backends)


@MANY
@given(worlds(), policies(), st.data())
def test_equal_tables_whatever_the_order_of_policies(
    world: World, some: tuple[Policy, ...], data: st.DataObject
) -> None:
    assert compile_l4(world, tuple(data.draw(st.permutations(some)))) == compile_l4(world, some)


def test_no_policy_allows_everything() -> None:
    tables = compile_l4(WORLD, ())
    assert all(each.allowed and each.protocol == EVERY_PROTOCOL for each in tables.entries)


def test_workloads_that_nothing_tells_apart_share_an_identity() -> None:
    tables = compile_l4(WORLD, ())
    assert identity(tables, "10.0.0.1") == identity(tables, "10.0.0.2") == identity(tables, "fd00::2")
    assert identity(tables, "10.0.0.1") != identity(tables, "10.0.0.3")


def test_backends_of_one_kind_count_once() -> None:
    service, service6 = compile_l4(WORLD, ()).services
    assert (service.address, service.port, len(service.backends)) == ("10.96.0.1", 8080, 1)
    assert service6.backends == service.backends, "sidecars call one family, whichever address was asked for"


def test_backends_are_where_sidecars_call_them() -> None:
    """At their IPv4 address, whatever comes first: an ipBlock may tell the two apart."""
    reversed_addresses = Workload("default", "a", {"app": "a"}, ("fd00::1", "10.0.0.1"))
    world = World((reversed_addresses, B), WORLD.services)
    blocked = network_policy(
        "podSelector: {matchLabels: {app: b}}\npolicyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: 10.0.0.0/24}}]}]"
    )
    tables = compile_l4(world, blocked)
    assert identity(tables, "10.0.0.1") != identity(tables, "fd00::1")
    assert tables.services[0].backends == ((identity(tables, "10.0.0.1"), 80),)


def test_a_service_without_backends() -> None:
    lonely = World((B,), WORLD.services)
    assert all(service.backends == () for service in compile_l4(lonely, ()).services)


def test_traffic_that_l7_restricts_is_allowed_here() -> None:
    some = cnp(
        "endpointSelector: {matchLabels: {app: a}}\n"
        "ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{path: /x}]}}]}]"
    )
    tables = compile_l4(WORLD, some)
    assert verdict(tables, "10.0.0.3", "10.0.0.1", 80)
    assert not verdict(tables, "10.0.0.3", "10.0.0.1", 81)


def test_a_range_is_a_few_prefixes() -> None:
    some = cnp(
        "endpointSelector: {matchLabels: {app: a}}\n"
        "ingress: [{toPorts: [{ports: [{port: '1000', endPort: 1999, protocol: TCP}]}]}]"
    )
    tables = compile_l4(WORLD, some)
    pair = (identity(tables, "10.0.0.3"), identity(tables, "10.0.0.1"))
    found = [each for each in tables.entries if (each.source, each.destination) == pair]
    assert found[0] == L4Entry(*pair, EVERY_PROTOCOL, 0, 0, False)
    assert {each.protocol for each in found[1:]} == {TCP}
    assert [(each.port, each.prefix) for each in found[1:]] == [
        (1000, 13),
        (1008, 12),
        (1024, 7),
        (1536, 8),
        (1792, 9),
        (1920, 10),
        (1984, 12),
    ]


def test_a_hole_is_cheaper_than_all_the_rest() -> None:
    some = cnp(
        "endpointSelector: {matchLabels: {app: a}}\n"
        "ingress: [{fromEntities: [all]}]\n"
        "ingressDeny: [{toPorts: [{ports: [{port: '22', protocol: TCP}]}]}]"
    )
    tables = compile_l4(WORLD, some)
    pair = (identity(tables, "10.0.0.3"), identity(tables, "10.0.0.1"))
    assert [each for each in tables.entries if (each.source, each.destination) == pair] == [
        L4Entry(*pair, EVERY_PROTOCOL, 0, 0, True),
        L4Entry(*pair, TCP, 22, 16, False),
    ]


def test_a_protocol_of_its_own_verdict_is_one_entry() -> None:
    some = cnp(
        "endpointSelector: {matchLabels: {app: a}}\n"
        "ingress: [{toPorts: [{ports: [{port: '0', protocol: SCTP}]}]}, {icmps: [{fields: [{type: 8}]}]}]"
    )
    tables = compile_l4(WORLD, some)
    pair = (identity(tables, "10.0.0.3"), identity(tables, "10.0.0.1"))
    assert [each for each in tables.entries if (each.source, each.destination) == pair] == [
        L4Entry(*pair, EVERY_PROTOCOL, 0, 0, False),
        L4Entry(*pair, 132, 0, 0, True),
        L4Entry(*pair, 1, 8, 16, True),
    ]


def test_a_block_with_an_exception_tells_pods_apart_by_address() -> None:
    some = network_policy(
        "podSelector: {matchLabels: {app: b}}\n"
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: [10.0.0.2/32]}}]}]"
    )
    tables = compile_l4(WORLD, some)
    assert verdict(tables, "10.0.0.1", "10.0.0.3", 80)
    assert not verdict(tables, "10.0.0.2", "10.0.0.3", 80)
    assert verdict(tables, "10.0.0.200", "10.0.0.3", 80)
    assert not verdict(tables, "fd00::1", "fd00::3", 80)


def test_a_cidr_of_cilium_is_not_about_pods() -> None:
    some = cnp("endpointSelector: {matchLabels: {app: b}}\ningress: [{fromCIDR: [10.0.0.0/24]}]")
    tables = compile_l4(WORLD, some)
    assert not verdict(tables, "10.0.0.1", "10.0.0.3", 80)
    assert verdict(tables, "10.0.0.200", "10.0.0.3", 80)


def test_a_named_port_is_the_servers() -> None:
    other = Workload("default", "a", {"app": "a"}, ("10.0.0.1",), (WorkloadPort(9090, "http"),))
    world = World((other, A2, B))
    some = cnp(
        "endpointSelector: {matchLabels: {app: a}}\ningress: [{toPorts: [{ports: [{port: http, protocol: TCP}]}]}]"
    )
    tables = compile_l4(world, some)
    assert [verdict(tables, "10.0.0.3", "10.0.0.1", port) for port in (80, 9090)] == [False, True]
    assert [verdict(tables, "10.0.0.3", "10.0.0.2", port) for port in (80, 9090)] == [True, False]


def test_both_ends_have_a_say() -> None:
    some = cnp("endpointSelector: {matchLabels: {app: b}}\negress: [{toPorts: [{ports: [{port: '80'}]}]}]") + cnp(
        "endpointSelector: {matchLabels: {app: a}}\ningress: [{toPorts: [{ports: [{port: '80'}, {port: '81'}]}]}]"
    )
    tables = compile_l4(WORLD, some)
    assert [verdict(tables, "10.0.0.3", "10.0.0.1", port) for port in (80, 81)] == [True, False]


def test_a_port_of_one_protocol_is_not_that_of_the_other() -> None:
    """QUIC gets nowhere on a port whose requests are judged: HTTP rules are about TCP."""
    some = cnp(
        "endpointSelector: {matchLabels: {app: a}}\n"
        "ingress: [{toPorts: [{ports: [{port: '443', protocol: TCP}], rules: {http: [{}]}}]},"
        " {toPorts: [{ports: [{port: '53', protocol: UDP}]}]}]"
    )
    tables = compile_l4(WORLD, some)
    found = [verdict(tables, "10.0.0.3", "10.0.0.1", port, number) for port in (443, 53) for number in (TCP, UDP)]
    assert found == [True, False, False, True]


def test_a_udp_port_of_a_service_leads_to_addresses_of_its_own_family() -> None:
    port = ServicePort(700, 7000, protocol="UDP")
    world = World((A, A2, B), (Service("default", "u", ("10.96.0.9", "fd01::9"), (port,), {"app": "a"}),))
    assert compile_l4(world, ()).datagrams == (
        L4Datagrams("10.96.0.9", 700, (("10.0.0.1", 7000), ("10.0.0.2", 7000))),
        L4Datagrams("fd01::9", 700, (("fd00::1", 7000), ("fd00::2", 7000))),
    )


def test_names_keep_their_identity_whatever_else_there_is() -> None:
    one = cnp("endpointSelector: {}\negress: [{toFQDNs: [{matchName: api.example.com}]}]")
    more = cnp("endpointSelector: {}\negress: [{toFQDNs: [{matchPattern: '*.x.org'}, {matchName: API.example.com.}]}]")
    (name,) = compile_l4(WORLD, one).names
    assert name in compile_l4(WORLD, more).names
    assert len(compile_l4(WORLD, (*one, *more)).names) == 2


def test_a_deny_rule_stands_against_names_and_default_deny_does_not() -> None:
    some = cnp(
        "endpointSelector: {matchLabels: {app: b}}\n"
        "egress: [{toFQDNs: [{matchPattern: '*.example.com'}], toPorts: [{ports: [{port: '443'}]}]}]\n"
        "egressDeny: [{toCIDR: [192.0.2.0/24]}]"
    )
    tables = compile_l4(WORLD, some)
    for address, name, port, expected in (
        ("198.51.100.1", "api.example.com", 443, True),
        ("198.51.100.1", "api.example.com", 80, False),
        ("198.51.100.1", "example.com", 443, False),
        ("192.0.2.1", "api.example.com", 443, False),
    ):
        assert verdict(tables, "10.0.0.3", address, port, UDP, [name]) is expected
