# SPDX-License-Identifier: Apache-2.0
"""Selectors, the world they are resolved in, and services' backends."""

import pytest

from l7filters.labels import FrozenMap, Operator, Requirement, Selector, in_namespace
from l7filters.peers import FqdnPattern
from l7filters.ports import IcmpType, PortRange, Protocol
from l7filters.world import EscapedSlashes, Service, ServicePort, Workload, WorkloadPort, World


@pytest.mark.parametrize(
    ("requirement", "matching", "failing"),
    [
        (Requirement("a", Operator.IN, ("x", "y")), [{"a": "x"}, {"a": "y"}], [{}, {"a": "z"}, {"b": "x"}]),
        (Requirement("a", Operator.NOT_IN, ("x",)), [{}, {"a": "z"}], [{"a": "x"}]),
        (Requirement("a", Operator.EXISTS), [{"a": ""}], [{}, {"b": ""}]),
        (Requirement("a", Operator.DOES_NOT_EXIST), [{}, {"b": ""}], [{"a": ""}]),
    ],
)
def test_requirements(requirement: Requirement, matching: list[dict[str, str]], failing: list[dict[str, str]]) -> None:
    assert all(requirement.matches(labels) for labels in matching)
    assert not any(requirement.matches(labels) for labels in failing)


def test_a_requirement_has_values_where_its_operator_takes_them() -> None:
    with pytest.raises(ValueError, match="does not go with"):
        Requirement("a", Operator.IN)
    with pytest.raises(ValueError, match="does not go with"):
        Requirement("a", Operator.EXISTS, ("x",))


def test_selectors_are_conjunctions() -> None:
    selector = Selector.of({"a": "x", "b": "y"})
    assert selector.matches({"a": "x", "b": "y", "c": "z"})
    assert [str(requirement) for requirement in selector.failing({"a": "x", "b": "z"})] == ["b=y"]
    assert Selector().matches({})
    assert str(selector.and_also(in_namespace("hoth"))) == "a=x, b=y, io.kubernetes.pod.namespace=hoth"


def test_frozen_maps_are_values() -> None:
    assert FrozenMap({"a": 1}) == {"a": 1}
    assert hash(FrozenMap({"a": 1, "b": 2})) == hash(FrozenMap({"b": 2, "a": 1}))
    assert len({FrozenMap({"a": 1}), FrozenMap({"a": 1})}) == 1


def test_derived_labels_win_over_a_pods_own() -> None:
    liar = Workload("hoth", "liar", {"io.kubernetes.pod.namespace": "default", "a": "b"}, service_account="spy")
    labels = World((liar,), (), {"hoth": {"side": "light"}}).effective_labels(liar)
    assert labels["io.kubernetes.pod.namespace"] == "hoth"
    assert labels["io.cilium.k8s.namespace.labels.side"] == "light"
    assert labels["io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name"] == "hoth"
    assert labels["io.cilium.k8s.policy.serviceaccount"] == "spy"
    assert labels["a"] == "b"


def test_keys_and_addresses_are_unique() -> None:
    with pytest.raises(ValueError, match="two workloads are called a/b"):
        World((Workload("a", "b"), Workload("a", "b")))
    with pytest.raises(ValueError, match="both have the address fd00::1"):
        World((Workload("a", "b", addresses=("fd00::1",)), Workload("a", "c", addresses=("fd00:0::1",))))


def test_lookups() -> None:
    workload = Workload("a", "b", addresses=("fd00:0:0::1", "10.0.0.1"))
    service = Service("a", "s")
    world = World((workload,), (service,))
    assert workload.addresses == ("fd00::1", "10.0.0.1")
    assert world.workload("a/b") is workload
    assert world.workload("a/x") is None
    assert world.workload_by_address("fd00::1") is workload
    assert world.workload_by_address("10.0.0.2") is None
    assert world.service("a/s") is service
    assert world.service("a/t") is None


def test_backends() -> None:
    def pod(name: str, labels: dict[str, str], *ports: WorkloadPort, address: str | None = None) -> Workload:
        return Workload("default", name, labels, (address,) if address else (), ports)

    world = World(
        (
            pod("one", {"app": "a"}, WorkloadPort(8080, "http"), address="10.0.0.1"),
            pod("two", {"app": "a", "x": "y"}, WorkloadPort(9090, "http"), address="10.0.0.2"),
            pod("udp", {"app": "a"}, WorkloadPort(53, "http", "UDP"), address="10.0.0.3"),
            pod("pending", {"app": "a"}, WorkloadPort(8080, "http")),
            pod("other", {"app": "b"}, address="10.0.0.4"),
            Workload("hoth", "far", {"app": "a"}, ("10.0.0.5",)),
        )
    )
    service = Service("default", "s", selector={"app": "a"})

    def backends(target: int | str) -> list[tuple[str, int]]:
        return [(found.name, port) for found, port in world.backends(service, ServicePort(80, target))]

    assert backends("http") == [("one", 8080), ("two", 9090)]
    assert backends(80) == [("one", 80), ("two", 80), ("udp", 80)]
    assert backends("nope") == []
    assert world.backends(Service("default", "headless"), ServicePort(80, 80)) == ()


def test_worlds_survive_json_with_all_their_fields() -> None:
    world = World(
        (
            Workload(
                "a",
                "b",
                {"c": "d"},
                ("10.0.0.1", "fd00::1"),
                (WorkloadPort(80, "http", "TCP", "kubernetes.io/h2c"),),
                "robot",
                EscapedSlashes.UNESCAPE_AND_REDIRECT,
            ),
        ),
        (Service("a", "s", ("10.96.0.1",), (ServicePort(80, "http", "web", "TCP", "http"),), {"c": "d"}, {"e": "f"}),),
        {"a": {"g": "h"}},
    )
    again = World.from_dict(world.to_dict())
    assert again == world
    assert again.workloads[0].escaped_slashes is EscapedSlashes.UNESCAPE_AND_REDIRECT


@pytest.mark.parametrize(
    "make",
    [
        lambda: PortRange(0, 80, (Protocol.TCP,)),
        lambda: PortRange(80, 79, (Protocol.TCP,)),
        lambda: PortRange(1, 65536, (Protocol.TCP,)),
        lambda: PortRange(1, 2, ()),
        lambda: PortRange(1, 2, (Protocol.ICMP,)),
        lambda: IcmpType(Protocol.TCP, 1),
        lambda: IcmpType(Protocol.ICMP, 256),
        lambda: FqdnPattern("A.b", False),
    ],
)
def test_illegal_states_cannot_be_built(make: object) -> None:
    with pytest.raises(ValueError, match=r"(is|are) not"):
        make()  # type: ignore[operator]
