# SPDX-License-Identifier: Apache-2.0
"""Faults that the agent applies: it hears of them with their end, and a change counts once it has confirmed it."""

import asyncio
from pathlib import Path

import pytest

from l7filters.faults import Abort, Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.packet_faults import PacketEffect, PacketFault, PacketRule
from l7filters.process_faults import ProcessFault, ProcessRule
from l7filters.source import SourceLocation
from riftgate.control.host_faults import HostFaults
from riftgate.control.refusals import Conflict, Rejected
from riftgate.control.rollout import ACK_TIMEOUT
from tests.scripted_mesh import ScriptedMesh, scripted_mesh
from tests.virtual_time import in_virtual_time

TARGET = FaultTarget("default", Selector.of({"class": "deathstar"}))
HERE = SourceLocation("siege.yaml", 3)
LOSS = PacketFault("siege", "loss", HERE, TARGET, PacketEffect.LOSS, 1000)
FREEZE = ProcessFault("siege", "freeze", HERE, TARGET)


def on(mesh: ScriptedMesh) -> dict[str, float]:
    """What the agent has been told, with the seconds until each ends."""
    newest = mesh.host_feed.newest
    now = asyncio.get_running_loop().time()
    return {rule.fault: end - now for rule, end in newest.content.rules} if newest else {}


@in_virtual_time
async def test_the_agent_hears_of_them_and_sidecars_do_not(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (LOSS, FREEZE), 5)
        assert on(mesh) == pytest.approx({"siege/loss": 5, "siege/freeze": 5}, abs=0.5)
        assert mesh.trace == []
        await mesh.plane.deactivate("siege")
        assert on(mesh) == {}


@in_virtual_time
async def test_a_fault_of_requests_is_none_of_the_agents(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        request = Fault("siege", "full", HERE, TARGET, (Abort(503),))
        await mesh.plane.activate("siege", (request, LOSS), 5)
        assert on(mesh).keys() == {"siege/loss"}
        assert [fault.id for fault in mesh.plane.intent.faults] == ["siege/full"]


@in_virtual_time
async def test_faults_of_requests_wait_for_those_beside_them(tmp_path: Path) -> None:
    """They begin together."""
    async with scripted_mesh(tmp_path) as mesh:
        mesh.sidecars.slow = {"default/deathstar"}
        request = Fault("siege", "full", HERE, TARGET, (Abort(503),))
        beginning = asyncio.ensure_future(mesh.plane.activate("siege", (request, LOSS), 5))
        await mesh.settle()
        assert on(mesh) == {} and not mesh.sidecars.faults_on("default/deathstar")
        mesh.sidecars.speak_up()
        await beginning
        assert on(mesh).keys() == {"siege/loss"} and mesh.sidecars.faults_on("default/deathstar")


@in_virtual_time
async def test_a_renewal_moves_the_end_and_without_one_it_comes(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.activate("siege", (LOSS,), 5)
        await asyncio.sleep(4)
        await mesh.plane.renew("siege", 5)
        assert on(mesh) == pytest.approx({"siege/loss": 5}, abs=0.5)
        await asyncio.sleep(6)
        assert on(mesh) == {}
        with pytest.raises(Conflict, match="its lease has run out"):
            await mesh.plane.renew("siege", 5)


@in_virtual_time
async def test_a_signal_is_sent_once_whichever_agent_it_is(tmp_path: Path) -> None:
    """An agent that takes over finds the fault on, and must not kill what has come up again."""
    kill = ProcessFault("siege", "kill", HERE, TARGET, "SIGTERM")

    def done(mesh: ScriptedMesh) -> list[bool]:
        newest = mesh.host_feed.newest
        assert newest is not None
        return [rule.done for rule, _ in newest.content.rules if isinstance(rule, ProcessRule)]

    async with scripted_mesh(tmp_path) as mesh:
        for _ in range(2):
            mesh.host_agent.told.clear()
            await mesh.plane.activate("siege", (kill,), 5)
            assert done(mesh) == [True]
            await mesh.plane.renew("siege", 5)
            assert done(mesh) == [True]
            first = mesh.host_agent.told[0]
            assert isinstance(first, HostFaults)
            assert [rule.done for rule, _ in first.rules if isinstance(rule, ProcessRule)] == [False]
            await mesh.plane.deactivate("siege")


@in_virtual_time
async def test_what_the_agent_refuses_is_off(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        mesh.host_agent.refusal = "65 packet faults at once"
        with pytest.raises(Rejected, match="the agent refused the change: 65 packet faults at once"):
            await mesh.plane.activate("siege", (LOSS,), 5)
        assert on(mesh) == {}
        assert mesh.plane.scenarios == {}


@in_virtual_time
async def test_an_agent_that_does_not_answer_is_told_of(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        mesh.host_agent.silent = True
        with pytest.raises(Rejected, match=f"the agent did not answer within {ACK_TIMEOUT:g} s"):
            await mesh.plane.activate("siege", (LOSS,), 60)
        assert on(mesh) == {}


def test_ends_are_moments_of_the_clock_that_both_share() -> None:
    rules = (
        (PacketRule("s/f", PacketEffect.LOSS, 1000, frozenset({(None, "a/b")}), 6, 80, True), 105.0),
        (ProcessRule("s/g", ("a/b",), None, 9), 107.5),
    )
    assert HostFaults.from_json(HostFaults(rules).to_json()).rules == rules
    with pytest.raises(ValueError, match="validation error"):
        HostFaults.from_json([{"kind": "PacketRule", "rule": {"fault": "s/f"}, "end": 1}])
