# SPDX-License-Identifier: Apache-2.0
"""What a fault is refused for before anything is touched."""

from dataclasses import replace
from typing import Any

import pytest

from l7filters.faults import Delay, Fault, FaultTarget, Inject, Mirror, Redirect
from l7filters.faults.bounds import PROTECTED_LABEL, SHARE_LABEL, problems
from l7filters.labels import Selector
from l7filters.name_faults import NameEffect, NameFault
from l7filters.packet_faults import PacketEffect, PacketFault
from l7filters.process_faults import ProcessFault
from l7filters.source import SourceLocation
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World

APP = {"app": "a"}
PODS = tuple(
    Workload("default", f"a-{number}", APP, (f"10.0.0.{number}",), (WorkloadPort(80), WorkloadPort(53, protocol="UDP")))
    for number in range(1, 5)
)
DNS = Workload("kube-system", "dns", APP, ("10.0.1.1",), (WorkloadPort(80),))
SERVICE = Service(
    "default", "a", ("10.96.0.1",), (ServicePort(80, 80), ServicePort(5432, 5432, app_protocol="postgres")), APP
)
WORLD = World(workloads=(*PODS, DNS), services=(SERVICE,))
AIM = FaultTarget("default", Selector.of(APP), at_most=1_000_000)

UNBOUND = replace(AIM, at_most=None)
HERE = SourceLocation("s.yaml", 3)


def fault(name: str = "f", *effects: Any, **more: Any) -> Fault:
    return Fault("s", name, SourceLocation("s.yaml", 3), more.pop("target", AIM), effects or (Delay(1),), **more)


def said(*faults: Fault, world: World = WORLD) -> list[str]:
    return [str(each) for each in problems(world, faults)]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (fault(target=FaultTarget("default", Selector.of({"app": "b"}))), "the target of s/f matches no workload"),
        (fault(target=replace(AIM, pods=("b-1",))), "the target of s/f matches no workload"),
        (fault(source=Selector.of({"app": "b"})), "the callers that s/f is for match no workload"),
        (fault(target=FaultTarget("kube-system")), "protected namespace kube-system"),
        (fault(target=replace(AIM, at_most=500_000)), "hits 4 of the 4 pods of service default/a, more than 50 %"),
        (fault(target=replace(AIM, port=5432)), "port 5432 speaks postgres"),
        (fault(target=replace(AIM, port=53)), "port 53 speaks UDP"),
        (fault("f", Redirect("default/b", 80)), "there is no service default/b with port 80"),
        (fault("f", Mirror("default/a", 81)), "there is no service default/a with port 81"),
    ],
)
def test_refusals(one: Fault, reason: str) -> None:
    (only,) = said(one)
    assert reason in only
    assert only.startswith("s.yaml:3: ")


@pytest.mark.parametrize(
    "one",
    [
        fault(),
        fault(source=Selector.of(APP)),
        fault(target=FaultTarget("kube-system", pods=("dns",))),
        fault(target=replace(AIM, at_most=500_000, pods=("a-1", "a-3"))),
        fault(target=replace(AIM, port=80)),
        fault("f", Redirect("default/a", 80)),
    ],
)
def test_what_is_let_through(one: Fault) -> None:
    assert said(one) == []


@pytest.mark.parametrize(("ports", "refused"), [((), False), ((53, 5432), True), ((53, 80), False), ((9000,), False)])
def test_a_fault_on_requests_of_targets_without_http(ports: tuple[int, ...], refused: bool) -> None:
    declared = tuple(WorkloadPort(number, protocol="UDP" if number == 53 else "TCP") for number in ports)
    world = replace(WORLD, workloads=(replace(PODS[0], ports=declared),))
    assert bool(said(fault(), world=world)) is refused
    if refused:
        assert "every port of its targets speaks UDP, postgres" in said(fault(), world=world)[0]


@pytest.mark.parametrize(("label", "refused"), [("100", False), ("50", True), ("0", True), ("half", True)])
def test_a_service_states_its_share(label: str, refused: bool) -> None:
    world = replace(WORLD, services=(replace(SERVICE, labels={SHARE_LABEL: label}),))
    assert bool(said(fault(target=replace(AIM, at_most=None)), world=world)) is refused
    # The file says otherwise.
    assert said(fault(), world=world) == []


@pytest.mark.parametrize(
    ("pods", "hit", "refused"), [(1, 1, False), (2, 1, False), (2, 2, True), (3, 1, False), (3, 2, True), (4, 2, False)]
)
def test_nobody_says_anything_and_half_of_the_pods_are_spared(pods: int, hit: int, refused: bool) -> None:
    world = replace(WORLD, workloads=(*PODS[:pods], DNS))
    one = fault(target=replace(AIM, at_most=None, pods=tuple(pod.name for pod in PODS[:hit])))
    assert bool(said(one, world=world)) is refused
    if refused:
        assert f"hits {hit} of the {pods} pods of service default/a, more than 50 %" in said(one, world=world)[0]


@pytest.mark.parametrize(
    "one",
    [
        PacketFault("s", "f", HERE, UNBOUND, PacketEffect.LOSS),
        ProcessFault("s", "f", HERE, UNBOUND),
        NameFault("s", "f", HERE, UNBOUND, NameEffect.SERVFAIL),
        Fault("s", "f", HERE, UNBOUND, (Delay(1),), inject=Inject.CLIENT),
    ],
    ids=lambda one: type(one).__name__,
)
def test_the_bound_holds_at_every_level(one: Any) -> None:
    assert [str(each) for each in problems(WORLD, (one,))] == [
        "s.yaml:3: s/f hits 4 of the 4 pods of service default/a, more than 50 %; "
        "narrow the target, or allow more, as in target.atMost: 100%"
    ]
    assert list(problems(WORLD, (replace(one, target=AIM),))) == []


def test_a_namespace_says_that_it_is_protected() -> None:
    world = replace(WORLD, namespaces={"default": {PROTECTED_LABEL: "true"}})
    assert "protected namespace default" in said(fault(), world=world)[0]
    assert said(fault(target=replace(AIM, pods=("a-1",))), world=world) == []
