# SPDX-License-Identifier: Apache-2.0
"""Faults on a mesh: routes before switches, leases that end, and a refusal that leaves nothing on."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from l7filters.faults import Abort, Delay, Fault, FaultTarget, HttpMatch, Inject
from l7filters.labels import Selector
from l7filters.source import InputError, SourceLocation
from l7filters.translate import RUNTIME_LAYER
from riftgate.control.active import FAULT_TTL, LATENESS, MAX_LEASE
from riftgate.control.refusals import Conflict, Rejected
from riftgate.control.touched import reach
from tests.scripted_mesh import cnp, keys_of, routes_of, scripted_mesh, until_of
from tests.virtual_time import in_virtual_time

DEATHSTAR = "default/deathstar"


def fault(name: str, scenario: str = "siege", **more: object) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}), 80)
    return replace(Fault(scenario, name, SourceLocation("siege.yaml", 3), target, (Abort(503),)), **more)


@in_virtual_time
async def test_routes_come_before_their_switch_and_go_after_it(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        key = "riftgate.fault.siege/full"
        assert mesh.trace == [("sidecar", DEATHSTAR, {key}), ("runtime", DEATHSTAR, {key})]
        mesh.trace.clear()
        await mesh.plane.deactivate("siege")
        assert mesh.trace == [("runtime", DEATHSTAR, set()), ("sidecar", DEATHSTAR, set())]


@in_virtual_time
async def test_no_sidecar_begins_before_all_have_the_routes(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        everybody = fault("full", inject=Inject.CLIENT)
        mesh.sidecars.slow = {"default/tie"}
        beginning = asyncio.ensure_future(mesh.plane.activate("siege", (everybody,), 5))
        await asyncio.sleep(8)
        assert {event[0] for event in mesh.trace} == {"sidecar"}
        mesh.sidecars.speak_up()
        await beginning
        key = "riftgate.fault.siege/full"
        assert mesh.sidecars.faults_on(DEATHSTAR) == mesh.sidecars.faults_on("default/tie") == {key}
        # And the lease began only then.
        await asyncio.sleep(4.9)
        assert mesh.sidecars.faults_on(DEATHSTAR) == {key}


@in_virtual_time
async def test_a_sidecar_that_was_not_sent_its_routes_yet_is_waited_for(tmp_path: Path) -> None:
    """Else it had the switch first."""
    async with scripted_mesh(tmp_path) as mesh:
        mesh.sidecars.silent = {DEATHSTAR}
        beginning = asyncio.ensure_future(mesh.plane.activate("siege", (fault("full"),), 5))
        await asyncio.sleep(1)
        assert until_of(mesh.cache.view(DEATHSTAR).layers[RUNTIME_LAYER]) == {}
        mesh.sidecars.speak_up()
        await beginning
        assert mesh.sidecars.faults_on(DEATHSTAR)


@in_virtual_time
async def test_activate_and_deactivate_leave_no_trace(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        await mesh.plane.activate("siege", (fault("full"), fault("slow", effects=(Delay(1000),))), 5)
        await mesh.plane.deactivate("siege")
        await mesh.plane.deactivate("siege")
        assert mesh.state() == before


@in_virtual_time
async def test_only_the_targets_sidecar_hears_of_a_fault(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        assert {event[1] for event in mesh.trace} == {DEATHSTAR}


@in_virtual_time
async def test_activating_again_means_exactly_these(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        await mesh.plane.activate("siege", (fault("slow", effects=(Delay(1000),)),), 5)
        await mesh.settle()
        assert mesh.sidecars.faults_on(DEATHSTAR) == {"riftgate.fault.siege/slow"}
        snapshot = mesh.snapshot()
        assert snapshot is not None and routes_of(snapshot) == {"riftgate.fault.siege/slow"}


@in_virtual_time
async def test_faults_added_one_by_one_overlap_no_more_than_they_are(tmp_path: Path) -> None:
    """Four may overlap; the ones that are on already are not counted twice."""
    async with scripted_mesh(tmp_path) as mesh:
        four = tuple(fault(f"f{number}", effects=(Delay(1),)) for number in range(4))
        for count in range(1, 5):
            mesh.plane.check(four[:count])
            await mesh.plane.activate("siege", four[:count], 5)
        fifth = fault("f4", effects=(Delay(1),))
        with pytest.raises(InputError, match="may match siege/f4 and at once siege/f0"):
            mesh.plane.check((*four, fifth))
        with pytest.raises(InputError):
            await mesh.plane.activate("other", (replace(fifth, scenario="other"),), 5)
        assert list(mesh.plane.scenarios) == ["siege"]


@in_virtual_time
async def test_faults_of_different_workloads_never_overlap(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        here = tuple(fault(f"here{number}", parts_per_million=1000) for number in range(4))
        # Told apart by another label, which the faults alone do not show to be another pod.
        there = FaultTarget("default", Selector.of({"org": "alliance"}), 80)
        others = tuple(replace(each, name=f"there{number}", target=there) for number, each in enumerate(here))
        await mesh.plane.activate("siege", (*here, *others), 5)


@in_virtual_time
async def test_a_lease_runs_out(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        await mesh.plane.activate("siege", (fault("full"),), 5)
        await asyncio.sleep(4.9)
        assert mesh.sidecars.faults_on(DEATHSTAR)
        await asyncio.sleep(0.2)
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()
        assert mesh.plane.scenarios == {}
        assert mesh.state() == before


@in_virtual_time
async def test_no_lease_of_a_runner_is_longer_than_the_longest(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 3600)
        await mesh.plane.renew("siege", 3600)
        await asyncio.sleep(MAX_LEASE + 0.1)
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()


@in_virtual_time
async def test_what_was_asked_for_long_ago_is_not_turned_on(tmp_path: Path) -> None:
    """The runner has given up, and its journal says that nothing is on: this server may have stood still meanwhile."""
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(1)
        with pytest.raises(Rejected, match="nobody waits for it any more; no fault was turned on"):
            await mesh.plane.activate("siege", (fault("full"),), 5, by=now)
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()
        await asyncio.sleep(1)
        assert mesh.state() == before
        await mesh.plane.activate("siege", (fault("full"),), 5, by=now + 10)


@in_virtual_time
async def test_a_renewal_counts_from_when_it_was_asked_for(tmp_path: Path) -> None:
    """By then the runner's journal has the end of the lease, and the runner may be dead."""
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        asked = asyncio.get_running_loop().time()
        await asyncio.sleep(4)
        await mesh.plane.renew("siege", 5, asked)
        await asyncio.sleep(1.1)
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()


@in_virtual_time
async def test_no_sidecar_keeps_a_fault_for_longer_than_its_lease(tmp_path: Path) -> None:
    """Whenever the control server dies: what a sidecar was told last ends with the first lease of the layer."""
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 2)
        await mesh.plane.activate("long", (fault("slow", "long", effects=(Delay(1),)),), 10)

        def told() -> float:
            layer = mesh.cache.view(DEATHSTAR).layers[RUNTIME_LAYER]
            return layer.time_to_live() or 0.0

        assert told() == pytest.approx(2 + LATENESS, abs=0.1)
        await asyncio.sleep(1)
        assert told() == pytest.approx(1 + LATENESS, abs=0.1)
        await mesh.plane.renew("siege", 2)
        assert told() == pytest.approx(2 + LATENESS, abs=0.1)
        await asyncio.sleep(2.1)
        # Of the longer lease alone, and no longer than this server's own life vouches for.
        assert mesh.sidecars.faults_on(DEATHSTAR) == {"riftgate.fault.long/slow"}
        assert told() == FAULT_TTL


@in_virtual_time
async def test_sidecars_and_the_fault_server_know_the_end_as_a_moment(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        leases = mesh.plane.switches.request_leases()
        assert await anext(leases) == {}
        await mesh.plane.activate("siege", (fault("full"),), 5)
        (first,) = (await anext(leases)).values()
        assert until_of(mesh.cache.view(DEATHSTAR).layers[RUNTIME_LAYER]) == {"siege/full": first}
        await asyncio.sleep(3)
        await mesh.plane.renew("siege", 5)
        assert await anext(leases) == {"siege/full": first + 3000}
        assert until_of(mesh.cache.view(DEATHSTAR).layers[RUNTIME_LAYER]) == {"siege/full": first + 3000}
        await asyncio.sleep(5.1)
        assert await anext(leases) == {}


@in_virtual_time
async def test_the_fault_server_is_told_of_changes_alone(tmp_path: Path) -> None:
    """It is a process that would wake for each."""
    async with scripted_mesh(tmp_path) as mesh:
        told = []

        async def listen() -> None:
            async for until in mesh.plane.switches.request_leases():
                told.append(until.keys())

        listening = asyncio.ensure_future(listen())
        await mesh.plane.activate("siege", (fault("full"),), 5)
        await mesh.plane.deactivate("siege")
        await mesh.settle()
        listening.cancel()
        assert told == [set(), {"siege/full"}, set()]


@in_virtual_time
async def test_the_fault_server_knows_a_fault_before_any_sidecar_has_it_on(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        leases = mesh.plane.switches.request_leases()
        assert await anext(leases) == {}
        mesh.sidecars.silent.add(DEATHSTAR)
        beginning = asyncio.ensure_future(mesh.plane.activate("siege", (fault("full"),), 5))
        assert (await anext(leases)).keys() == {"siege/full"}
        assert until_of(mesh.cache.view(DEATHSTAR).layers[RUNTIME_LAYER]) == {}
        mesh.sidecars.refusing[DEATHSTAR] = "no such thing"
        mesh.sidecars.speak_up()
        with pytest.raises(Rejected, match="no such thing"):
            await beginning
        assert await anext(leases) == {}


@in_virtual_time
async def test_renewing_extends_and_cannot_revive(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        for _ in range(10):
            await asyncio.sleep(4)
            await mesh.plane.renew("siege", 5)
        assert mesh.sidecars.faults_on(DEATHSTAR)
        await asyncio.sleep(5.1)
        with pytest.raises(Conflict, match="scenario siege is not on; its lease has run out"):
            await mesh.plane.renew("siege", 5)
        with pytest.raises(Conflict):
            await mesh.plane.renew("never", 5)
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()


@in_virtual_time
async def test_a_stuck_change_keeps_no_fault_on(tmp_path: Path) -> None:
    """The lease is a promise, whoever else is being waited for."""
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        mesh.agent.silent = True
        stuck = asyncio.ensure_future(mesh.plane.apply([("a.yaml", cnp())], 60))
        await asyncio.sleep(5.1)
        assert not stuck.done()
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()
        with pytest.raises(Rejected):
            await stuck


@in_virtual_time
async def test_the_lease_starts_when_the_faults_are_on(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        mesh.sidecars.silent = {DEATHSTAR}
        change = asyncio.ensure_future(mesh.plane.activate("siege", (fault("full"),), 5))
        await asyncio.sleep(8)
        mesh.sidecars.speak_up()
        await change
        await asyncio.sleep(4)
        assert mesh.sidecars.faults_on(DEATHSTAR)


@in_virtual_time
async def test_sidecars_drop_faults_by_themselves_when_the_server_is_gone(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        (layer,) = mesh.cache.view(DEATHSTAR).layers.values()
        assert keys_of(layer) == {"riftgate.fault.siege/full"}
        assert layer.ttl == FAULT_TTL <= MAX_LEASE


@in_virtual_time
async def test_a_refused_activation_ends_with_all_of_it_off(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        mesh.sidecars.refusing[DEATHSTAR] = "no such filter"
        with pytest.raises(Rejected, match="no such filter"):
            await mesh.plane.activate("siege", (fault("full"), fault("slow", effects=(Delay(9),))), 5)
        await mesh.settle()
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()
        assert mesh.plane.scenarios == {}
        mesh.sidecars.refusing.clear()
        await mesh.plane.activate("siege", (fault("full"),), 5)


@in_virtual_time
async def test_a_deactivation_that_nobody_confirms_is_no_success(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (fault("full"),), 5)
        mesh.sidecars.silent = {DEATHSTAR}
        for _ in range(2):
            with pytest.raises(Rejected, match="not confirmed within 15 s"):
                await mesh.plane.deactivate("siege")
        mesh.sidecars.speak_up()
        await mesh.plane.deactivate("siege")
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()


@in_virtual_time
async def test_a_target_that_matches_nobody(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        nobody = fault("full", target=FaultTarget("default", Selector.of({"class": "moon"})))
        with pytest.raises(InputError, match=r"siege.yaml:3: the target of siege/full matches no workload"):
            mesh.plane.check((nobody,))


@in_virtual_time
async def test_reach_names_targets_and_sources(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        some = fault("some", source=Selector.of({"org": "empire"}), match=HttpMatch(method="GET"))
        told = reach(mesh.plane.intent.world, (fault("all"), some))
        assert told["targets"] == {"siege/all": [DEATHSTAR], "siege/some": [DEATHSTAR]}
        assert told["sources"] == {"siege/all": None, "siege/some": [DEATHSTAR, "default/tie"]}
