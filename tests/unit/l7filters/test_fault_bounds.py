# SPDX-License-Identifier: Apache-2.0
"""What a fault is refused for before anything is touched."""

from dataclasses import replace
from typing import Any

import pytest

from l7filters.faults import Delay, Fault, FaultTarget, Inject, Mirror, Redirect
from l7filters.faults.bounds import PROTECTED_LABEL, problems
from l7filters.labels import Selector
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
AIM = FaultTarget("default", Selector.of(APP))


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


def test_a_namespace_says_that_it_is_protected() -> None:
    world = replace(WORLD, namespaces={"default": {PROTECTED_LABEL: "true"}})
    assert "protected namespace default" in said(fault(), world=world)[0]
    assert said(fault(target=replace(AIM, pods=("a-1",))), world=world) == []


def test_callers_in_a_protected_namespace() -> None:
    """In whose sidecars it would be; where the target's have it, they only call."""
    everybody = fault(inject=Inject.CLIENT)
    (only,) = said(everybody)
    assert "s/f hits callers in the protected namespace kube-system, such as kube-system/dns" in only
    assert (
        said(fault()) == said(replace(everybody, source=Selector.of({"io.kubernetes.pod.namespace": "default"}))) == []
    )
