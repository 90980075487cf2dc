# SPDX-License-Identifier: Apache-2.0
"""Faults by hand: on under a lease of their own, told of, planned, and gone."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from l7filters.faults import Abort, Delay, Fault, FaultTarget, Reset, Which
from l7filters.labels import Selector
from l7filters.source import InputError, SourceLocation
from riftgate.control import by_hand
from riftgate.control.active import MAX_LEASE
from riftgate.control.refusals import Conflict, Rejected
from riftgate.control.touched import expected_share, plan, reach
from tests.scripted_mesh import scripted_mesh
from tests.virtual_time import in_virtual_time

DEATHSTAR = "default/deathstar"


def fault(name: str, **more: object) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}), 80)
    return replace(Fault("by-hand", name, SourceLocation("x", 1), target, (Abort(503),)), **more)


@in_virtual_time
async def test_it_outlives_a_scenarios_lease_and_ends_by_itself(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await by_hand.turn_on(mesh.plane, (fault("full"),), 60)
        (listed,) = by_hand.listed(mesh.plane, asyncio.get_running_loop().time())
        assert (listed["fault"], listed["by"], listed["pods"]) == ("by-hand/full", "hand", [DEATHSTAR])
        assert listed["endsInSeconds"] == pytest.approx(60, abs=1)
        await asyncio.sleep(3 * MAX_LEASE)
        assert mesh.sidecars.faults_on(DEATHSTAR) == {"riftgate.fault.by-hand/full"}
        await asyncio.sleep(61 - 3 * MAX_LEASE)
        await mesh.settle()
        assert mesh.sidecars.faults_on(DEATHSTAR) == set()
        assert by_hand.listed(mesh.plane, 0) == []


@in_virtual_time
async def test_off_by_name_or_all(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await by_hand.turn_on(mesh.plane, (fault("a"), fault("b", effects=(Delay(5),))), 60)
        with pytest.raises(Conflict, match="by-hand/a is on already"):
            await by_hand.turn_on(mesh.plane, (fault("a"),), 60)
        with pytest.raises(Conflict, match="no fault c is on by hand; on are: a, b"):
            await by_hand.turn_off(mesh.plane, ["c"])
        assert await by_hand.turn_off(mesh.plane, ["a"]) == ["by-hand/a"]
        await mesh.settle()
        assert mesh.sidecars.faults_on(DEATHSTAR) == {"riftgate.fault.by-hand/b"}
        assert await by_hand.turn_off(mesh.plane, None) == ["by-hand/b"]
        assert await by_hand.turn_off(mesh.plane, None) == []
        assert mesh.sidecars.faults_on(DEATHSTAR) == set()


@in_virtual_time
async def test_all_go_off_together_whoever_does_not_confirm(tmp_path: Path) -> None:
    """A sidecar that is silent about the first keeps none of the others on until its lease ends."""
    faults = (fault("a"), fault("b", effects=(Delay(5),)))
    async with scripted_mesh(tmp_path) as mesh:
        await by_hand.turn_on(mesh.plane, faults, 60)
        mesh.sidecars.silent.add(DEATHSTAR)
        with pytest.raises(Rejected, match=DEATHSTAR):
            await by_hand.turn_off(mesh.plane, None)
        assert mesh.plane.scenarios == {}
        mesh.sidecars.speak_up()
        await mesh.settle()
        assert mesh.sidecars.faults_on(DEATHSTAR) == set()

        await by_hand.turn_on(mesh.plane, faults, 60)
        mesh.sidecars.silent.add(DEATHSTAR)
        with pytest.raises(Rejected, match=DEATHSTAR):
            await by_hand.turn_on(mesh.plane, (fault("c", effects=(Delay(7),)),), 60)
        assert set(mesh.plane.scenarios) == {"by-hand/a", "by-hand/b"}


@in_virtual_time
async def test_what_is_refused_leaves_nothing_on(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        nowhere = fault("b", target=FaultTarget("default", Selector.of({"class": "moon"})))
        with pytest.raises(InputError, match="by-hand/b matches no workload"):
            await by_hand.turn_on(mesh.plane, (fault("a"), nowhere), 60)
        with pytest.raises(InputError, match="an hour at most"):
            await by_hand.turn_on(mesh.plane, (fault("a"),), 3601)
        assert mesh.plane.scenarios == {}


@in_virtual_time
async def test_of_two_at_once_the_second_is_refused_and_the_first_stays(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        first, second = await asyncio.gather(
            by_hand.turn_on(mesh.plane, (fault("a"),), 60),
            by_hand.turn_on(mesh.plane, (fault("a"),), 60),
            return_exceptions=True,
        )
        assert (first, type(second)) == (None, Conflict)
        assert mesh.sidecars.faults_on(DEATHSTAR) == {"riftgate.fault.by-hand/a"}
        await by_hand.turn_off(mesh.plane, None)

        first, second = await asyncio.gather(
            by_hand.turn_on(mesh.plane, (fault("full"),), 60),
            mesh.plane.activate("siege", (fault("closed", scenario="siege", effects=(Abort(404),)),), 5),
            return_exceptions=True,
        )
        assert (first, type(second)) == (None, InputError)
        assert mesh.sidecars.faults_on(DEATHSTAR) == {"riftgate.fault.by-hand/full"}


@in_virtual_time
async def test_each_time_that_a_fault_is_on_has_a_number(tmp_path: Path) -> None:
    """The fault server counts anew then, and not when another fault of the same scenario comes or goes."""
    async with scripted_mesh(tmp_path) as mesh:

        def number() -> int:
            return next(each.activation for each in mesh.plane.switches.faults_on() if each.name == "a")

        first = fault("a", scenario="siege", which=Which(first=1))
        await mesh.plane.activate("siege", (first,), 5)
        once = number()
        await mesh.plane.activate("siege", (first, fault("b", scenario="siege", effects=(Delay(1),))), 5)
        assert number() == once
        await mesh.plane.deactivate("siege")
        await mesh.plane.activate("siege", (first,), 5)
        assert number() != once


def test_the_share_to_expect() -> None:
    slow = fault("slow", effects=(Delay(1),), parts_per_million=500_000)
    closed = fault("closed", parts_per_million=200_000)
    gone = fault("gone", effects=(Reset(),), parts_per_million=100_000)
    assert expected_share(slow, [slow]) == 0.5
    # A reset leaves nothing to abort; a delay happens before either.
    assert expected_share(closed, [slow, closed, gone]) == pytest.approx(0.2 * 0.9)
    assert expected_share(slow, [slow, closed, gone]) == pytest.approx(0.5)
    assert expected_share(fault("n", which=Which(first=3)), []) is None
    seeded = fault("n", which=Which(seed=3), parts_per_million=300_000)
    assert expected_share(seeded, [seeded]) == 0.3


@in_virtual_time
async def test_a_plan_touches_nothing(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        intent = mesh.plane.intent
        (told,) = plan(intent.world, intent.policies, [fault("full")], ())
        assert (told["pods"], told["callers"], told["share"]) == ([DEATHSTAR], None, 1.0)
        assert told["routes"] == {DEATHSTAR: ["inbound/80"]}
        assert reach(intent.world, [fault("full")])["targets"] == {"by-hand/full": [DEATHSTAR]}
        assert mesh.state() == before
