# SPDX-License-Identifier: Apache-2.0
"""Bringing pods to a plan: in which order, and what an attempt that failed leaves to the next one."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from bpf.acceleration import Accelerator, Decision
from l7filters.world import World
from riftgate.instance import Instance
from riftgate.local import mesh as mesh_module
from riftgate.local.errors import LocalError
from riftgate.local.mesh import START_TIMEOUT, Mesh
from riftgate.local.plan import Plan, PlannedPod
from riftgate.local.supervisor import ProcessStatus, RestartPolicy
from tests.virtual_time import in_virtual_time


@dataclass
class Container:
    status: ProcessStatus = field(default_factory=ProcessStatus)
    first_started: asyncio.Event = field(default_factory=asyncio.Event)


class Pod:
    """Stands in for RunningPod: tells what is done to it, and fails where a test says."""

    trace: ClassVar[list[Any]]
    failing: ClassVar[set[str]]
    ran: ClassVar[set[str]] = set()
    """Pods of an earlier agent that had a sidecar."""
    there: ClassVar[set[str]] = set()
    """Pods of an earlier agent that have a cgroup."""

    @classmethod
    def cgroup_of(cls, _instance: Instance, planned: PlannedPod) -> Any:
        return SimpleNamespace(name=planned.name, is_dir=lambda: planned.name in cls.there)

    async def adopt(self, _datapath: object, _tasks: object) -> None:
        self._do("adopt")
        self._running = True

    def __init__(self, _instance: Instance, planned: PlannedPod, slot: int, _acceleration: Decision) -> None:
        self.planned = planned
        self.slot = slot
        self.key = planned.key
        bootstrap = SimpleNamespace(exists=lambda: planned.name in self.ran)
        self.files = SimpleNamespace(
            bootstrap=bootstrap, envoy_admin=Path(planned.name), container_log=lambda name: Path(f"{name}.log")
        )
        self.sidecar = SimpleNamespace(start=lambda _tasks: self._do("sidecar"))
        self.containers = {"app": Container()}
        self._running = False

    @property
    def started(self) -> bool:
        return self._running and not self.containers["app"].status.problem

    def _do(self, step: str) -> None:
        self.trace.append(f"{step} {self.planned.name}")
        if f"{step} {self.planned.name}" in self.failing:
            raise LocalError(f"{step} failed")

    async def create(self, _datapath: object) -> None:
        await asyncio.sleep(1)
        self._do("create")

    def write_names(self, _hosts: str, _resolv: str) -> None:
        self._do("names")

    def start_containers(self, _tasks: object) -> None:
        self.trace.append(f"containers {self.planned.name}")
        self._running = True
        container = self.containers["app"]
        if f"hang {self.planned.name}" in self.failing:
            return
        problem = f"containers {self.planned.name}" in self.failing
        container.status.problem = "no such command" if problem else None
        container.first_started.set()

    async def remove(self, _datapath: object) -> None:
        self._do("remove")


def planned(name: str, address: str = "10.0.0.1") -> PlannedPod:
    last = address[-1]
    sessions = (f"10.1.0.{last}", f"fd01::{last}")
    return PlannedPod("default", name, name, (address, f"fd00::{last}"), sessions, (), RestartPolicy.ALWAYS)


def plan(*pods: PlannedPod) -> Plan:
    return Plan(pods=pods)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Mesh:
    Pod.trace, Pod.failing = [], set()

    async def publish(_world: World) -> None:
        Pod.trace.append("world")
        if "world" in Pod.failing:
            raise LocalError("world failed")

    async def configured(nodes: tuple[str, ...]) -> None:
        Pod.trace.append(f"configured {len(nodes)}")

    async def ready(admin: Path, _timeout: float) -> None:
        Pod.trace.append(f"ready {admin}")

    monkeypatch.setattr(mesh_module, "RunningPod", Pod)
    monkeypatch.setattr(mesh_module, "wait_ready", ready)
    nothing: Any = None
    return Mesh(Instance("unit"), nothing, nothing, Accelerator(), publish_world=publish, wait_configured=configured)


async def applied(mesh: Mesh, to: Plan) -> list[str]:
    """What was done, in order."""
    Pod.trace.clear()
    async for _ in mesh.apply(to):
        pass
    return list(Pod.trace)


@in_virtual_time
async def test_no_container_starts_before_its_sidecar_is_configured(made: Mesh) -> None:
    assert await applied(made, plan(planned("a"), planned("b", "10.0.0.2"))) == [
        "create a",
        "create b",
        "names a",
        "names b",
        "world",
        "sidecar a",
        "sidecar b",
        "ready a",
        "ready b",
        "configured 2",
        "containers a",
        "containers b",
    ]


@in_virtual_time
async def test_what_is_as_planned_is_left_alone(made: Mesh) -> None:
    await applied(made, plan(planned("a")))
    assert await applied(made, plan(planned("a"))) == ["names a", "world", "configured 1"]


@in_virtual_time
async def test_pods_that_are_not_planned_so_any_more_go_first(made: Mesh) -> None:
    await applied(made, plan(planned("a"), planned("b", "10.0.0.2"), planned("c", "10.0.0.3")))
    done = await applied(made, plan(planned("b", "10.0.0.9"), planned("c", "10.0.0.3")))
    assert done[:3] == ["remove a", "remove b", "create b"]
    assert sorted(made.pods) == ["default/b", "default/c"]


@in_virtual_time
async def test_slots_are_used_again(made: Mesh) -> None:
    await applied(made, plan(planned("a"), planned("b", "10.0.0.2")))
    await applied(made, plan(planned("b", "10.0.0.2"), planned("c", "10.0.0.3")))
    assert {pod.planned.name: pod.slot for pod in made.pods.values()} == {"b": 2, "c": 1}


@in_virtual_time
async def test_a_pod_that_cannot_be_made_leaves_nothing(made: Mesh) -> None:
    Pod.failing = {"create b"}
    with pytest.raises(LocalError):
        await applied(made, plan(planned("a"), planned("b", "10.0.0.2")))
    assert Pod.trace == ["create a", "create b", "remove b"]
    assert list(made.pods) == ["default/a"]


@pytest.mark.parametrize("failing", ["create b", "world", "containers a"])
def test_the_next_attempt_completes_what_one_left(made: Mesh, failing: str) -> None:
    @in_virtual_time
    async def run() -> None:
        both = plan(planned("a"), planned("b", "10.0.0.2"))
        Pod.failing = {failing}
        with pytest.raises(LocalError):
            await applied(made, both)
        Pod.failing = set()
        done = await applied(made, both)
        assert {"containers a", "containers b"} & set(done), "what had not started was started"
        assert all(pod.started for pod in made.pods.values())

    run()


@in_virtual_time
async def test_a_container_that_fails_to_start_is_told(made: Mesh) -> None:
    Pod.failing = {"containers a"}
    with pytest.raises(LocalError, match="default/a: no such command"):
        await applied(made, plan(planned("a")))


@in_virtual_time
async def test_a_container_that_never_starts_is_not_waited_for_for_ever(made: Mesh) -> None:
    Pod.failing = {"hang a"}
    with pytest.raises(LocalError, match=rf"app has not started within {START_TIMEOUT:g} s; its log is app\.log"):
        await applied(made, plan(planned("a")))


@in_virtual_time
async def test_breaking_off_waits_for_what_is_being_made_and_removes_it(made: Mesh) -> None:
    work = asyncio.ensure_future(applied(made, plan(planned("a"))))
    await asyncio.sleep(0.5)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert Pod.trace == ["create a", "remove a"]
    assert made.pods == {}


@in_virtual_time
async def test_remove_all(made: Mesh) -> None:
    await applied(made, plan(planned("a"), planned("b", "10.0.0.2")))
    await made.remove_all()
    assert Pod.trace[-2:] == ["remove a", "remove b"]
    assert made.pods == {}


class Kernel:
    """The datapath as an earlier agent has left it: slots by the pods' names."""

    def __init__(self, **slots: int) -> None:
        self.known = slots
        self.detached: list[int] = []

    def slots(self) -> frozenset[int]:
        return frozenset(self.known.values())

    def slot_of(self, cgroup: Any) -> int | None:
        return self.known.get(cgroup.name)

    def detach(self, slot: int) -> None:
        self.detached.append(slot)


@pytest.fixture
def left(made: Mesh, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """Of pods a to d: a and b ran, c was being made, d not begun; slot 9 is of a pod that was being removed."""
    kernel = Kernel(a=2, b=5, gone=9)
    monkeypatch.setattr(made, "_datapath", kernel)
    monkeypatch.setattr(mesh_module, "remove_other_pods", lambda _instance, names: Pod.trace.append(sorted(names)))
    monkeypatch.setattr(Pod, "ran", {"a", "b"})
    monkeypatch.setattr(Pod, "there", {"a", "b", "c"})
    return kernel


ALL = plan(*(planned(name, f"10.0.0.{number}") for number, name in enumerate("abcd", 1)))


@in_virtual_time
async def test_pods_of_an_earlier_agent_are_taken_over(made: Mesh, left: Kernel) -> None:
    await made.adopt(ALL)
    assert Pod.trace == [[f"default.{name}" for name in "abcd"], "adopt a", "adopt b", "adopt c"]
    assert {pod.planned.name: pod.slot for pod in made.pods.values()} == {"a": 2, "b": 5, "c": 1}
    assert left.detached == [9]
    assert made.plan == ALL

    done = await applied(made, ALL)
    assert "create d" in done
    assert not any(step.startswith(("create a", "containers a", "remove")) for step in done)


@in_virtual_time
async def test_what_was_half_made_and_cannot_be_completed_goes(made: Mesh, left: Kernel) -> None:
    Pod.failing = {"adopt c"}
    await made.adopt(ALL)
    assert Pod.trace[-1] == "remove c"
    assert sorted(made.pods) == ["default/a", "default/b"]


@in_virtual_time
async def test_what_runs_and_cannot_be_taken_over_stays_as_it_is(made: Mesh, left: Kernel) -> None:
    Pod.failing = {"adopt b"}
    with pytest.raises(LocalError, match="default/b cannot be taken over: adopt failed"):
        await made.adopt(ALL)
    assert not any(str(step).startswith("remove") for step in Pod.trace)
    assert left.detached == []


@in_virtual_time
async def test_a_plan_is_noted_when_no_pod_differs_from_it_and_none_of_it_is_made(made: Mesh) -> None:
    await applied(made, plan(planned("a"), planned("b", "10.0.0.2")))
    Pod.trace.clear()
    async for _ in made.apply(
        plan(planned("b", "10.0.0.2"), planned("c", "10.0.0.3")), lambda: Pod.trace.append("note")
    ):
        pass
    assert Pod.trace[:3] == ["remove a", "note", "create c"]
