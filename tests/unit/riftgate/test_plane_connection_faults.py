# SPDX-License-Identifier: Apache-2.0
"""Faults of connections: connections are sent to a fault server that knows what to do with them, and to no other."""

import asyncio
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset
from l7filters.connection_faults import ConnectionFault, ConnectionRule, Existing
from l7filters.faults import Family, FaultTarget, Inject, RandomDelay
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from riftgate.control.active import FAULT_TTL
from riftgate.control.feed import Feed
from riftgate.control.host_faults import HostFaults
from riftgate.control.refusals import Rejected
from tests.scripted_mesh import FIRST_VERSION, WORLD, ScriptedMesh, scripted_mesh
from tests.virtual_time import in_virtual_time
from xds_server.type_urls import LISTENER

TARGET = FaultTarget("default", Selector.of({"class": "deathstar"}))
HERE = SourceLocation("siege.yaml", 3)
CUT = ConnectionFault("siege", "cut", HERE, TARGET, ConnectionEffects(reset=ConnectionReset()))
LATE = ConnectionFault("siege", "late", HERE, TARGET, ConnectionEffects(latency=RandomDelay(Family.FIXED, (100,))))


def told(feed: Feed[HostFaults]) -> dict[str, tuple[float, Existing]]:
    """By fault: the seconds until it ends, and what becomes of the connections that are open."""
    now = asyncio.get_running_loop().time()
    rules = feed.newest.content.rules if feed.newest else ()
    return {rule.fault: (end - now, rule.existing) for rule, end in rules if isinstance(rule, ConnectionRule)}


def both(mesh: ScriptedMesh) -> tuple[set[str], set[str]]:
    """The faults that the fault server knows, and those whose connections the agent sends it."""
    return set(told(mesh.connection_feed)), set(told(mesh.host_feed))


async def speak_up(mesh: ScriptedMesh) -> None:
    """The fault server was silent; it is ready for the newest of what it was told."""
    mesh.fault_server.silent = False
    assert mesh.connection_feed.newest is not None
    await mesh.plane.switches.fault_server_confirms(mesh.connection_feed.newest.version, None)


@in_virtual_time
async def test_both_know_the_end_and_hear_of_it(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (CUT,), 5)
        for feed in (mesh.connection_feed, mesh.host_feed):
            assert told(feed)["siege/cut"][0] == pytest.approx(5, abs=0.5)
        assert mesh.trace == []
        await asyncio.sleep(4)
        await mesh.plane.renew("siege", 5)
        for feed in (mesh.connection_feed, mesh.host_feed):
            assert told(feed)["siege/cut"][0] == pytest.approx(5, abs=0.5)
        await mesh.plane.deactivate("siege")
        assert both(mesh) == (set(), set())


@in_virtual_time
async def test_the_kernel_needs_a_heartbeat(tmp_path: Path) -> None:
    """However long the lease is: without the control server there is no fault server either."""
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (CUT,), 3600, longest=3600)
        for _ in range(20):
            await asyncio.sleep(1)
            assert told(mesh.connection_feed)["siege/cut"][0] > 3500
            assert 2 < told(mesh.host_feed)["siege/cut"][0] <= FAULT_TTL


@in_virtual_time
async def test_an_end_of_the_lease_is_one_for_both(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (CUT,), 5)
        await asyncio.sleep(6)
        assert both(mesh) == (set(), set())


@in_virtual_time
async def test_a_fault_server_that_does_not_know_gets_no_connections(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        mesh.fault_server.silent = True
        with pytest.raises(Rejected, match="the fault server did not answer within"):
            await mesh.plane.activate("siege", (CUT,), 60)
        assert both(mesh) == (set(), set())
        await speak_up(mesh)
        mesh.fault_server.refusal = "10001 faults of connections"
        with pytest.raises(Rejected, match="the fault server refused the change: 10001 faults"):
            await mesh.plane.activate("siege", (CUT,), 60)
        assert both(mesh) == (set(), set())


@in_virtual_time
async def test_connections_go_on_without_a_fault_server(tmp_path: Path) -> None:
    """From its death until the next one knows what to do; the others' faults are none of its."""
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (CUT,), 60)
        assert both(mesh) == ({"siege/cut"}, {"siege/cut"})
        await mesh.plane.switches.fault_server_gone()
        assert both(mesh) == ({"siege/cut"}, set())
        await mesh.plane.renew("siege", 10)
        # The renewal is told to the next one.
        await mesh.settle()
        assert both(mesh) == ({"siege/cut"}, {"siege/cut"})


@in_virtual_time
async def test_callers_get_a_listener_for_it_and_keep_it(tmp_path: Path) -> None:
    """Its connections outlive the fault, so it is not taken away."""
    fault = replace(CUT, inject=Inject.CLIENT, source=Selector.of({"org": "alliance"}))
    async with scripted_mesh(tmp_path) as mesh:

        def listening() -> set[str]:
            found = {each.key: mesh.snapshot(each.key) for each in WORLD.workloads}
            return {key for key, known in found.items() if known and "outbound-faulted" in known.resources(LISTENER)}

        assert listening() == set()
        await mesh.plane.activate("siege", (fault,), 5)
        assert listening() == {"default/xwing"}
        await mesh.plane.deactivate("siege")
        await mesh.plane.activate("other", (replace(CUT, scenario="other"),), 5)
        assert listening() == {"default/xwing"}


@in_virtual_time
async def test_open_connections_are_reset_once(tmp_path: Path) -> None:
    """Whoever takes over, agent or fault server, would reset them again; only the next time on does."""
    fault = replace(CUT, existing=Existing.RESET)
    seen: list[Existing] = []
    async with scripted_mesh(tmp_path) as mesh:

        async def watch() -> None:
            version = 0
            while True:
                newest = await mesh.host_feed.after(version)
                version = newest.version
                seen.extend(rule.existing for rule, _ in newest.content.rules if isinstance(rule, ConnectionRule))

        watching = asyncio.create_task(watch())
        for _ in range(2):
            seen.clear()
            await mesh.plane.activate("siege", (fault,), 10)
            await mesh.settle()
            # The agent does it once, however often it is told.
            assert [each for each, _ in groupby(seen)] == [Existing.RESET, Existing.KEEP]
            before = len(seen)
            await mesh.plane.switches.fault_server_gone()
            await mesh.plane.renew("siege", 10)
            await mesh.settle()
            assert set(seen[before:]) == {Existing.KEEP}
            # And so it is for the next fault server, which hears of connections that the one before knew.
            assert told(mesh.connection_feed)["siege/cut"][1] is Existing.KEEP
            await mesh.plane.deactivate("siege")
        watching.cancel()


@in_virtual_time
async def test_nothing_that_is_opened_under_a_fault_is_reset_as_if_it_had_been_open(tmp_path: Path) -> None:
    """The fault server dies between its own word and the agent's: the next one is told to reset nothing, and the fault
    is on only once the agent has reset what was open, and had it from the next one on."""
    fault = replace(LATE, existing=Existing.RESET)
    async with scripted_mesh(tmp_path) as mesh:
        mesh.host_agent.silent = True
        turning_on = asyncio.create_task(mesh.plane.activate("siege", (fault,), 60, longest=60))
        await mesh.settle()
        assert told(mesh.host_feed)["siege/late"][1] is Existing.RESET
        assert told(mesh.connection_feed)["siege/late"][1] is Existing.KEEP
        mesh.fault_server.silent = True
        await mesh.plane.switches.fault_server_gone()
        # What the agent has applied, it has without this fault.
        assert mesh.host_feed.newest is not None
        mesh.host_agent.silent = False
        await mesh.host_feed.confirm(mesh.host_feed.newest.version, None)
        await asyncio.sleep(1)
        assert both(mesh) == ({"siege/late"}, set())
        assert not turning_on.done()
        await mesh.connection_feed.after(0)
        await speak_up(mesh)
        await turning_on
        assert both(mesh) == ({"siege/late"}, {"siege/late"})
        assert told(mesh.host_feed)["siege/late"][1] is Existing.KEEP


@in_virtual_time
async def test_the_next_fault_server_resets_nothing_again_while_another_fault_is_turned_on(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (replace(LATE, existing=Existing.RESET),), 60, longest=60)
        mesh.fault_server.silent = True
        turning_on = asyncio.create_task(mesh.plane.activate("other", (replace(LATE, scenario="other"),), 5))
        await asyncio.sleep(1)
        assert not turning_on.done()
        assert told(mesh.connection_feed)["siege/late"][1] is Existing.KEEP
        await speak_up(mesh)
        await turning_on


@in_virtual_time
async def test_a_lease_begins_when_there_is_a_fault_server(tmp_path: Path) -> None:
    """One that is just starting, on a slow machine: what was asked for is done by when the answer comes."""
    fault = replace(CUT, existing=Existing.RESET)
    async with scripted_mesh(tmp_path) as mesh:
        mesh.fault_server.silent = True
        turning_on = asyncio.create_task(mesh.plane.activate("siege", (fault,), 10))
        await asyncio.sleep(12)
        assert not turning_on.done()
        await speak_up(mesh)
        await turning_on
        assert both(mesh) == ({"siege/cut"}, {"siege/cut"})
        assert told(mesh.connection_feed)["siege/cut"][0] == pytest.approx(10, abs=0.5)


@in_virtual_time
async def test_a_lease_that_runs_out_on_the_way_is_no_success(tmp_path: Path) -> None:
    """The fault server is gone as soon as the lease has begun, and the next one comes when it is over."""
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("other", (replace(LATE, scenario="other"),), 60, longest=60)
        mesh.fault_server.silent = True
        turning_on = asyncio.create_task(mesh.plane.activate("siege", (LATE,), 5))
        await asyncio.sleep(6)
        await speak_up(mesh)
        with pytest.raises(Rejected, match="the lease of 5 s ran out before all had confirmed it"):
            await turning_on
        assert both(mesh) == ({"other/late"}, {"other/late"})


@in_virtual_time
async def test_no_activation_is_that_of_an_earlier_control_server(tmp_path: Path) -> None:
    """To an agent that outlived it, the fault would be one whose connections it has reset."""
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (CUT,), 5)
        assert mesh.connection_feed.newest is not None
        for rule, _ in mesh.connection_feed.newest.content.rules:
            assert isinstance(rule, ConnectionRule)
            assert rule.activation >= FIRST_VERSION
