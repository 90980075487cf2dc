# SPDX-License-Identifier: Apache-2.0
"""Policies that speak of exec sessions alone, or of all but them: one mind everywhere, by the caller's address."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l7filters.decide import Connection, Request, decide
from l7filters.explain import explain
from l7filters.l4 import compile_l4
from l7filters.l4_tables import TCP, L4Tables
from l7filters.parse import parse_policies
from l7filters.policy import Policy, Process
from l7filters.source import InputError
from l7filters.translate.processes import with_exec_sessions
from l7filters.translate.verdicts import Allowed, Denied, VerdictTable
from l7filters.translate.workload import Translation
from l7filters.world import Workload, World
from tests.l4_lookup import entry
from tests.policy_strategies import OUTSIDE, PORTS, policies, worlds

MANY = settings(max_examples=100, deadline=None)


def session_address(address: str) -> str:
    return address.replace("10.0.0.", "10.1.0.").replace("fd00::", "fd01::")


def with_sessions(world: World) -> World:
    workloads = (replace(w, exec_addresses=tuple(map(session_address, w.addresses))) for w in world.workloads)
    return World(tuple(workloads), world.services, world.namespaces)


@st.composite
def told_apart(draw: st.DrawFn) -> tuple[World, tuple[Policy, ...]]:
    """Some policies of a random set speak of one kind of process."""
    some = tuple(replace(policy, process=draw(st.sampled_from(Process))) for policy in draw(policies()))
    return with_sessions(draw(worlds())), some


def callers(world: World) -> list[str]:
    return [*OUTSIDE, *(address for workload in world.workloads for address in workload.calling_addresses)]


def holder(world: World, address: str) -> Workload | None:
    return world.workload_by_address(address) or world.workload_by_exec_address(address)


def pairs(world: World) -> list[tuple[str, str]]:
    """A caller's address and a workload's of the same family that is another one's."""
    return [
        (source, destination)
        for source in callers(world)
        for workload in world.workloads
        for destination in workload.addresses
        if (":" in source) == (":" in destination) and holder(world, source) != workload
    ]


def longest(prefixes: dict[str, int], address: str) -> int:
    fitting = [each for each in map(ip_network, prefixes) if ip_address(address) in each]
    return prefixes[str(max(fitting, key=lambda each: each.prefixlen))]


def in_tables(tables: L4Tables, connection: Connection) -> bool:
    identities = dict(tables.identities)
    pair = (longest(identities, connection.source), longest(identities, connection.destination))
    found = entry(tables, *pair, connection.port, TCP)
    return found is not None and found.allowed


@MANY
@given(told_apart(), st.data())
def test_the_kernels_tables(both: tuple[World, tuple[Policy, ...]], data: st.DataObject) -> None:
    world, some = both
    tables = compile_l4(world, some)
    port = data.draw(st.sampled_from(PORTS))
    for source, destination in pairs(world):
        connection = Connection(source, destination, port)
        assert in_tables(tables, connection) == decide(world, some, connection).allowed, connection


@MANY
@given(told_apart(), st.data())
def test_the_servers_sidecar(both: tuple[World, tuple[Policy, ...]], data: st.DataObject) -> None:
    """A caller's entry in RBAC's tree is the verdict on its connection; where HTTP rules restrict, it connects."""
    world, some = both
    enforced = Translation(world, some)._enforced
    port = data.draw(st.sampled_from(PORTS))
    for workload in world.workloads:
        verdicts = enforced.around(workload).on_port(port)
        for source, destination in pairs(world):
            if destination in workload.addresses:
                wider = [each for each in verdicts.by_prefix if ip_address(source) in each]
                found = verdicts.by_prefix[max(wider, key=lambda each: each.prefixlen)] if wider else verdicts.default
                connects = decide(world, some, Connection(source, destination, port)).allowed
                assert connects != isinstance(found, Denied), (source, destination, port, found)


@MANY
@given(told_apart(), st.data())
def test_an_address_and_a_word_say_the_same(both: tuple[World, tuple[Policy, ...]], data: st.DataObject) -> None:
    world, some = both
    source = data.draw(st.sampled_from([each for each in callers(world) if holder(world, each)]))
    far = [each for each in OUTSIDE if (":" in each) == (":" in source)]
    destination = data.draw(st.sampled_from([*far, *(to for by, to in pairs(world) if by == source)]))
    process = Process.MAIN if world.workload_by_address(source) else Process.EXEC
    pod = source if process is Process.MAIN else source.replace("10.1.0.", "10.0.0.").replace("fd01::", "fd00::")
    request = Request(Connection(source, destination, 80), "GET", "/")
    said = replace(request, connection=Connection(pod, destination, 80, process=process))
    others = tuple(policy for policy in some if policy.process in (Process.ANY, process))
    assert decide(world, some, request) == decide(world, some, said) == decide(world, others, said)


def test_without_such_policies_a_session_is_its_pod() -> None:
    workload = Workload("default", "a", {}, ("10.0.0.1", "fd00::1"), exec_addresses=("10.1.0.1", "fd01::1"))
    tables = compile_l4(World((workload,)), ())
    numbers = dict(tables.identities)
    assert numbers["10.1.0.1/32"] == numbers["10.0.0.1/32"]
    assert numbers["fd01::1/128"] == numbers["fd00::1/128"]


def test_only_callers_with_something_to_say_stand_in_the_table() -> None:
    """A thousand workloads with the default verdict are no entries, for sessions neither."""
    many = tuple(
        Workload("default", f"w{i}", {}, (f"10.0.0.{i}",), exec_addresses=(f"10.1.0.{i}",)) for i in range(1, 200)
    )
    main = VerdictTable({ip_network("10.0.0.1/32"): Allowed("rule")}, Denied("default-deny/x"))
    merged = with_exec_sessions(World(many), main, main)
    assert dict(merged.by_prefix) == {
        ip_network("10.0.0.1/32"): Allowed("rule"),
        ip_network("10.1.0.1/32"): Allowed("rule"),
    }


def policy(process: str) -> str:
    return f"""\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: p, annotations: {{riftgate.io/process: {process}}}}}
spec:
  endpointSelector: {{}}
  ingressDeny: [{{}}]
"""


@pytest.mark.parametrize("process", ["any", "main", "exec"])
def test_the_annotation(process: str) -> None:
    assert [each.process for each in parse_policies(policy(process), "p.yaml")] == [Process(process)]
    network = policy(process).replace("cilium.io/v2", "networking.k8s.io/v1").replace("Cilium", "")
    network = network.replace("endpointSelector", "podSelector").replace("ingressDeny", "ingress")
    assert [each.process for each in parse_policies(network, "p.yaml")] == [Process(process)]


def test_another_value_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        parse_policies(policy("exce"), "p.yaml")
    assert str(refused.value) == "p.yaml:3: annotation riftgate.io/process is 'exce'; did you mean 'exec'?"


def test_an_explanation_says_whose_connection_it_is() -> None:
    ends = tuple(Workload("default", name, {}, (address,)) for name, address in (("a", "10.0.0.1"), ("b", "10.0.0.2")))
    denying = parse_policies(policy("exec"), "p.yaml")
    connection = Connection("default/a", "default/b", 80, process=Process.EXEC)
    told = explain(World(ends), denying, connection)
    assert "from an exec session in default/a to default/b port 80/TCP" in str(told)
    assert told.to_dict()["subject"]["process"] == "exec"
    assert not told.verdict.allowed
    assert decide(World(ends), denying, replace(connection, process=Process.MAIN)).allowed
    with pytest.raises(ValueError, match="own or an exec session's"):
        replace(connection, process=Process.ANY)


def test_addresses_of_sessions_are_somebodys_alone() -> None:
    one = Workload("default", "a", {}, ("10.0.0.1",), exec_addresses=("10.1.0.1",))
    with pytest.raises(ValueError, match=r"default/a and default/b both have the address 10\.1\.0\.1"):
        World((one, Workload("default", "b", {}, ("10.1.0.1",))))
    with pytest.raises(ValueError, match="has 1 addresses"):
        Workload("default", "a", {}, ("10.0.0.1",), exec_addresses=("10.1.0.1", "fd01::1"))
