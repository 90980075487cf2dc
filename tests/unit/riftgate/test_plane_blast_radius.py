# SPDX-License-Identifier: Apache-2.0
"""No service has more pods hit by all that is on than its bound allows, whoever turns it on, and when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from l7filters.blast_radius import SHARE_LABEL
from l7filters.fault_levels import AnyFault
from l7filters.faults import Delay, Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.process_faults import ProcessFault
from l7filters.source import InputError, SourceLocation
from l7filters.world import Workload, WorkloadPort, World
from riftgate.control import by_hand
from riftgate.control.refusals import Conflict
from tests.scripted_mesh import WORLD, ScriptedMesh, chaos, scripted_mesh
from tests.virtual_time import in_virtual_time

LABELS = {"class": "deathstar", "org": "empire"}
STARS = tuple(
    Workload("default", f"star-{number}", LABELS, (f"10.0.1.{number}",), (WorkloadPort(80),)) for number in range(1, 5)
)
FOUR = World(STARS, WORLD.services)


@asynccontextmanager
async def four_stars(folder: Path, world: World = FOUR) -> AsyncIterator[ScriptedMesh]:
    async with scripted_mesh(folder, connected=False) as mesh:
        await mesh.plane.set_world(world)
        mesh.sidecars.connect(*(star.key for star in STARS))
        await mesh.plane.wait_configured(star.key for star in STARS)
        yield mesh


def target(*numbers: int, at_most: int | None = None) -> FaultTarget:
    pods = tuple(f"star-{number}" for number in numbers)
    return FaultTarget("default", Selector.of({"class": "deathstar"}), pods=pods, at_most=at_most)


def slow(scenario: str, *numbers: int, name: str = "slow", at_most: int | None = None) -> Fault:
    aim = target(*numbers, at_most=at_most)
    return Fault(scenario, name, SourceLocation(f"{scenario}.yaml", 3), aim, (Delay(1000),))


def frozen(scenario: str, *numbers: int) -> ProcessFault:
    return ProcessFault(scenario, "stunned", SourceLocation(f"{scenario}.yaml", 5), target(*numbers))


TOGETHER = r"together hit 4 of the 4 pods of service default/deathstar, more than 50 %"


@in_virtual_time
async def test_of_two_runs_at_once_the_second_is_refused(tmp_path: Path) -> None:
    async with four_stars(tmp_path) as mesh:
        one, other = slow("one", 1, 2), frozen("other", 3, 4)
        for each in (one, other):
            mesh.plane.check((each,))
        done = await asyncio.gather(
            mesh.plane.activate("one", (one,), 5),
            mesh.plane.activate("other", (other,), 5),
            return_exceptions=True,
        )
        assert done[0] is None
        assert isinstance(done[1], InputError)
        assert str(done[1]).startswith(
            f"other.yaml:5: other/stunned and one/slow (one.yaml:3), which is on, {TOGETHER}"
        )
        assert list(mesh.plane.scenarios) == ["one"]
        # What a plan says agrees.
        with pytest.raises(InputError, match=TOGETHER):
            mesh.plane.check((other,))
        await mesh.plane.deactivate("one")
        await mesh.plane.activate("other", (other,), 5)


@in_virtual_time
async def test_what_is_over_counts_no_more(tmp_path: Path) -> None:
    async with four_stars(tmp_path) as mesh:
        await mesh.plane.activate("one", (slow("one", 1, 2),), 5)
        await asyncio.sleep(5.1)
        await mesh.plane.activate("one", (slow("one", 3, 4),), 5)
        # The next step of a run takes the place of the one before.
        await mesh.plane.activate("one", (slow("one", 1, 2),), 5)
        assert [each.target.pods for each in mesh.plane.scenarios["one"].faults] == [("star-1", "star-2")]


@in_virtual_time
async def test_steps_of_a_run_that_overlap(tmp_path: Path) -> None:
    async with four_stars(tmp_path) as mesh:
        faults: tuple[AnyFault, ...] = (slow("one", 1, 2), slow("one", 3, 4, name="later"))
        with pytest.raises(InputError, match=rf"one.yaml:3: one/later and one/slow \(one.yaml:3\) {TOGETHER}"):
            await mesh.plane.activate("one", faults, 5)
        assert mesh.plane.scenarios == {}


@in_virtual_time
async def test_by_hand_beside_a_run_and_beside_each_other(tmp_path: Path) -> None:
    async with four_stars(tmp_path) as mesh:
        await mesh.plane.activate("one", (slow("one", 1),), 10)
        await by_hand.turn_on(mesh.plane, (slow("by-hand", 2),), 60)
        for refused in (slow("by-hand", 3, name="more"), slow("two", 3)):
            with pytest.raises(InputError, match="together hit 3 of the 4 pods"):
                mesh.plane.check((refused,))
        with pytest.raises(InputError, match="together hit 3 of the 4 pods"):
            await by_hand.turn_on(mesh.plane, (slow("by-hand", 1, name="same"), slow("by-hand", 3, name="more")), 60)
        assert list(mesh.plane.scenarios) == ["one", "by-hand/slow"]
        await by_hand.turn_on(mesh.plane, (slow("by-hand", 3, name="more", at_most=750_000),), 60)
        with pytest.raises(InputError, match=r"together hit 4 of the 4 pods .* more than 75 %"):
            await mesh.plane.activate("two", (slow("two", 4, at_most=750_000),), 5)


@in_virtual_time
async def test_faults_of_documents_beside_others(tmp_path: Path) -> None:
    """They have no words for a bound of their own: the service has, or there is none."""
    async with four_stars(tmp_path) as mesh:
        await mesh.plane.apply([("late.yaml", chaos())], 60)
        await mesh.plane.activate("one", (slow("one", 1, 2),), 5)
    labelled = replace(FOUR, services=(replace(FOUR.services[0], labels={SHARE_LABEL: "75"}),))
    narrow = chaos().replace("{class: deathstar}", "{class: deathstar, ship: second}")
    second = replace(STARS[3], labels={**LABELS, "ship": "second"})
    labelled = replace(labelled, workloads=(*STARS[:3], second))
    (tmp_path / "labelled").mkdir()
    async with four_stars(tmp_path / "labelled", labelled) as mesh:
        await mesh.plane.activate("one", (slow("one", 1, 2, 3),), 5)
        before = mesh.state()
        with pytest.raises(InputError, match=r"default.late/rule0.0.80 and one/slow .*, which is on, together hit 4"):
            await mesh.plane.apply([("late.yaml", narrow)], 60)
        assert mesh.state() == before
        await mesh.plane.deactivate("one")
        await mesh.plane.apply([("late.yaml", narrow)], 60)
        with pytest.raises(InputError, match=r"together hit 4 of the 4 pods .* more than 75 %"):
            await mesh.plane.activate("one", (slow("one", 1, 2, 3),), 5)
        # One that takes its own place counts once.
        await mesh.plane.apply([("late.yaml", narrow)], 60)


@in_virtual_time
async def test_pods_that_come_end_what_they_are_too_many_for(tmp_path: Path) -> None:
    second = {**LABELS, "ship": "second"}
    stars = (replace(STARS[0], labels=second), *STARS[1:])
    async with four_stars(tmp_path, replace(FOUR, workloads=stars)) as mesh:
        aim = FaultTarget("default", Selector.of({"ship": "second"}))
        ships = Fault("ships", "slow", SourceLocation("ships.yaml", 3), aim, (Delay(1000),))
        await mesh.plane.activate("ships", (ships,), 10)
        await mesh.plane.activate("other", (slow("other", 2),), 10)
        await mesh.plane.set_world(replace(FOUR, workloads=(stars[0], *STARS[1:3], replace(STARS[3], labels=second))))
        assert list(mesh.plane.scenarios) == ["other"]
        await mesh.settle()
        assert {key for star in STARS for key in mesh.sidecars.faults_on(star.key)} == {"riftgate.fault.other/slow"}
        with pytest.raises(Conflict, match=r"with the pods that have come, ships/slow .* together hit 3 of the 4 pods"):
            await mesh.plane.renew("ships", 10)
        await mesh.plane.renew("other", 10)
        await mesh.plane.deactivate("other")
        await mesh.plane.activate("ships", (ships,), 10)
        await mesh.plane.renew("ships", 10)
        # Those that go are no reason, though more than half of those that stay are hit.
        mesh.sidecars.disconnect(STARS[1].key)
        await mesh.plane.set_world(replace(FOUR, workloads=(stars[0], STARS[2], replace(STARS[3], labels=second))))
        assert list(mesh.plane.scenarios) == ["ships"]
