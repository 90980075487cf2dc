# SPDX-License-Identifier: Apache-2.0
"""The translation as a whole: determinism, which ports get chains, what a change leaves alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoy_api import pack, serialize
from envoy_api.config.listener.v3 import Filter
from envoy_api.extensions.access_loggers.grpc.v3 import HttpGrpcAccessLogConfig, TcpGrpcAccessLogConfig
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from envoy_api.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from l7filters.faults import Abort, Delay, Family, Fault, FaultTarget, HttpMatch, RandomDelay, Which
from l7filters.labels import Selector
from l7filters.parse import parse_documents
from l7filters.source import SourceLocation
from l7filters.translate import Resources, Translation, runtime_layer, translate_workload
from l7filters.translate.access_log import CONNECTION_TAG, Direction
from l7filters.translate.fault_leases import NEVER, until_key
from l7filters.translate.inbound import FAULTED_PORT, INBOUND_PORT
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World
from tests.translate_cases import INPUTS, read_case

T = TypeVar("T")

EMPIRE = {"org": "empire"}
DEATHSTAR = Workload(
    "default",
    "deathstar",
    {**EMPIRE, "class": "deathstar"},
    ("10.0.0.1", "fd00::1"),
    (WorkloadPort(8080, "http"), WorkloadPort(53, "dns", "UDP")),
)
SERVICE = Service(
    "default", "deathstar", ("10.96.0.1",), (ServicePort(80, "http"), ServicePort(81, 9090)), {"class": "deathstar"}
)
WORLD = World(
    workloads=(
        DEATHSTAR,
        Workload("default", "tie-1", EMPIRE, ("10.0.0.2",)),
        Workload("default", "tie-2", EMPIRE, ("10.0.0.3",)),
        Workload("default", "xwing", {"org": "alliance"}, ("10.0.0.4",)),
    ),
    services=(SERVICE, replace(SERVICE, name="moon", addresses=("10.96.0.2",))),
)
POLICIES = parse_documents(
    """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: landing}
spec:
  endpointSelector: {matchLabels: {class: deathstar}}
  ingress:
  - fromEndpoints: [{matchLabels: {org: empire}}]
    toPorts:
    - ports: [{port: "8080", protocol: TCP}, {port: "7000", protocol: TCP}]
      rules: {http: [{method: POST}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: civil}
spec:
  endpointSelector: {}
  ingress:
  - fromEndpoints: [{matchLabels: {org: alliance}}]
    toPorts: [{ports: [{port: "9090", protocol: TCP}]}]
""",
    "policies.yaml",
).policies


def fault(name: str, port: int | None = None) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}), port)
    return Fault("s", name, SourceLocation("s.yaml", 1), target, (Delay(1),), source=Selector.of(EMPIRE))


FAULTS = (fault("a"), fault("b", port=6000), replace(fault("c"), match=HttpMatch("GET")))


def encoded(resources: Resources) -> list[bytes]:
    everything = (*resources.listeners, *resources.routes, *resources.clusters, *resources.endpoints)
    return [serialize(message) for message in everything]


EXPECTED = encoded(translate_workload(WORLD, DEATHSTAR, POLICIES, FAULTS))


def shuffled(items: Sequence[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.permutations(list(items)).map(tuple)


@settings(max_examples=30, deadline=None)
@given(shuffled(WORLD.workloads), shuffled(WORLD.services), shuffled(POLICIES), shuffled(FAULTS))
def test_the_order_of_the_input_does_not_matter(workloads, services, policies, faults) -> None:  # type: ignore[no-untyped-def]
    world = World(workloads=workloads, services=services)
    assert encoded(translate_workload(world, DEATHSTAR, policies, faults)) == EXPECTED


def test_known_ports_are_declared_served_or_named() -> None:
    resources = translate_workload(WORLD, DEATHSTAR, POLICIES, FAULTS)
    inbound = [each.name for each in resources.routes if each.name.startswith("inbound/")]
    # 8080 declared and served by name, 9090 served, 7000 named by HTTP rules, 6000 by a fault; 53 is UDP.
    assert inbound == ["inbound/6000", "inbound/7000", "inbound/8080", "inbound/9090"]
    assert resources.listeners[0].default_filter_chain.name == "inbound/other/6000/7000/8080/9090"


def test_the_sidecars_own_port_is_never_an_apps() -> None:
    workload = replace(DEATHSTAR, ports=(WorkloadPort(INBOUND_PORT), WorkloadPort(FAULTED_PORT)))
    resources = translate_workload(World(workloads=(workload,)), workload, (), ())
    chains = {
        chain.name: chain.filter_chain_match.destination_port.value for chain in resources.listeners[0].filter_chains
    }
    assert chains == {f"inbound/closed/{port}": port for port in (INBOUND_PORT, FAULTED_PORT)}


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_policy_is_the_same_on_faulted_connections(path: Path, direction: Direction) -> None:
    """Filter chain by filter chain, behind one more filter; the logs have the connection's number besides."""
    case = read_case(path)
    translation = Translation(case.world, case.policies)
    listeners = translation.workload(case.workload, case.faults, faulted_calls=True).listeners
    by_name = {each.name: each for each in listeners}
    usual, faulted = by_name[direction], by_name[f"{direction}-faulted"]
    pairs = zip(
        (*usual.filter_chains, usual.default_filter_chain),
        (*faulted.filter_chains, faulted.default_filter_chain),
        strict=True,
    )
    for one, other in pairs:
        assert other.filters[0].name == "envoy.filters.network.dynamic_modules"
        del other.filters[0]
        for each in other.filters:
            take_numbers_away(each)
        assert serialize(one) == serialize(other)
    same = ("listener_filters", "listener_filters_timeout", "continue_on_listener_filters_timeout")
    assert [getattr(usual, name) for name in same] == [getattr(faulted, name) for name in same]


def take_numbers_away(filter: Filter) -> None:
    for config in (HttpConnectionManager(), TcpProxy()):
        if filter.typed_config.Unpack(config):
            for log in config.access_log:
                for of_log in (HttpGrpcAccessLogConfig(), TcpGrpcAccessLogConfig()):
                    if log.typed_config.Unpack(of_log):
                        (tag,) = of_log.common_config.custom_tags
                        assert (tag.tag, tag.value) == (CONNECTION_TAG, "%CONNECTION_ID%")
                        del of_log.common_config.custom_tags[:]
                        log.typed_config.CopyFrom(pack(of_log))
            filter.typed_config.CopyFrom(pack(config))


def test_policy_and_faults_change_routes_alone() -> None:
    """A changed listener would drain connections, a changed cluster would wait for its endpoints."""
    named = [policy for policy in POLICIES if policy.name == "landing"]
    before = translate_workload(WORLD, DEATHSTAR, named, [fault("a")])
    landing_for_all = [replace(policy, rules=policy.rules[:0]) for policy in named]
    for policies, faults in ((named, []), (named, [fault("a"), fault("z")]), (landing_for_all, [fault("a")])):
        after = translate_workload(WORLD, DEATHSTAR, policies, faults)
        if policies is named:
            assert after.listeners == before.listeners
            assert after.clusters == before.clusters
        assert after.routes != before.routes


def test_adding_a_policy_leaves_the_http_chains_alone() -> None:
    def chains(resources: Resources) -> dict[str, bytes]:
        return {chain.name: serialize(chain) for chain in resources.listeners[0].filter_chains}

    before = chains(translate_workload(WORLD, DEATHSTAR, (), ()))
    after = chains(translate_workload(WORLD, DEATHSTAR, POLICIES, ()))
    assert {name for name in before if before[name] != after[name]} == {"inbound/8080"}
    assert set(after) - set(before) == {"inbound/7000", "inbound/7000/http"}


def test_a_workload_without_ipv4_is_reached_by_ipv6() -> None:
    workload = replace(DEATHSTAR, addresses=("fd00::1",))
    resources = translate_workload(World(workloads=(workload,), services=(SERVICE,)), workload, (), ())
    endpoint = resources.endpoints[0].endpoints[0].lb_endpoints[0].endpoint.address.socket_address
    assert (endpoint.address, endpoint.port_value) == ("fd00::1", 8080)


def test_the_runtime_layer_holds_only_what_is_on() -> None:
    a, b = fault("a"), replace(fault("b"), effects=(Abort(http_status=503),))
    assert runtime_layer([a, b], {}) == {}
    assert runtime_layer([a, b], {"s/a": 0}) == {}
    assert runtime_layer([b], {"s/b": 250_000}) == {
        "riftgate.fault.s/b": {"numerator": 250_000, "denominator": "MILLION"},
        "riftgate.until.s/b": NEVER,
    }
    with pytest.raises(ValueError, match="fault s/x is not among"):
        runtime_layer([a, b], {"s/x": 1})
    with pytest.raises(ValueError, match="1000001 parts per million"):
        runtime_layer([a], {"s/a": 1_000_001})


def test_a_fault_ends_by_a_key_of_its_own() -> None:
    drawn = replace(fault("drawn"), effects=(RandomDelay(Family.NORMAL, (5.0, 1.0)),), which=Which(every=2))
    faults = [fault("a"), drawn, replace(fault("b"), effects=(Abort(http_status=503),))]
    for on in (["s/a", "s/b", "s/drawn"], ["s/b", "s/drawn"], ["s/b"]):
        layer = runtime_layer(faults, dict.fromkeys(on, 500_000), {"s/a": 1, "s/b": 7_000, "s/drawn": 12_300})
        keys = {key: value for key, value in layer.items() if key.startswith("riftgate.until.")}
        ends = {"s/a": 1, "s/b": 7_000, "s/drawn": 12_300}
        assert keys == {f"riftgate.until.{name}": ends[name] for name in on}


def test_every_route_of_a_fault_has_a_key_of_its_own_that_the_layer_knows() -> None:
    faults = [fault("a"), fault("b"), fault("c")]
    resources = translate_workload(WORLD, DEATHSTAR, (), faults)
    routes = next(each for each in resources.routes if each.name == "inbound/8080").virtual_hosts[0].routes
    keys = [route.match.runtime_fraction.runtime_key for route in routes[:-1]]
    assert len(set(keys)) == len(keys)
    layer = runtime_layer(faults, {each.id: 500_000 for each in faults})
    assert set(keys) == layer.keys() - {until_key(each) for each in faults}
    assert all(route.match.runtime_fraction.default_value.numerator == 0 for route in routes[:-1])
    assert not routes[-1].match.HasField("runtime_fraction")


def test_a_fault_whose_callers_do_not_exist_has_no_route() -> None:
    nobody = replace(fault("a"), source=Selector.of({"org": "ewoks"}))
    resources = translate_workload(WORLD, DEATHSTAR, (), [nobody])
    assert all(len(each.virtual_hosts[0].routes) == 1 for each in resources.routes)


def test_a_pattern_and_a_text_that_excludes_it_share_no_route() -> None:
    text = replace(fault("a"), match=HttpMatch(path="/v1/ships"))
    pattern = replace(fault("b"), match=HttpMatch(path="/v2/.*"))
    resources = translate_workload(WORLD, DEATHSTAR, (), [text, pattern])
    routes = next(each for each in resources.routes if each.name == "inbound/8080").virtual_hosts[0].routes
    assert [route.name for route in routes] == ["fault/s/a", "fault/s/b", "inbound/8080"]
