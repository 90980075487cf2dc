# SPDX-License-Identifier: Apache-2.0
"""Every change to a mesh: its order, and that one that is refused leaves all as it was."""

import asyncio
from pathlib import Path

import pytest

from l7filters.source import InputError
from l7filters.world import Workload, World
from riftgate.control import rollout as rollout_module
from riftgate.control.documents import DocumentKey, parse_files
from riftgate.control.refusals import Conflict, Rejected
from riftgate.control.rollout import ACK_TIMEOUT
from tests.scripted_mesh import WORLD, ScriptedMesh, cnp, scripted_mesh
from tests.virtual_time import in_virtual_time

DEATHSTAR = "default/deathstar"
RULE = DocumentKey("CiliumNetworkPolicy", "default", "rule1")


def who(mesh: ScriptedMesh) -> list[object]:
    """The trace without its details, repetitions folded."""
    names = [event[0] for event in mesh.trace]
    return [name for number, name in enumerate(names) if number == 0 or names[number - 1] != name]


# Roll-out


@in_virtual_time
async def test_sidecars_confirm_before_the_datapath_opens(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        mesh.sidecars.silent = {DEATHSTAR}
        change = asyncio.ensure_future(mesh.plane.apply([("a.yaml", cnp())], 60))
        await asyncio.sleep(ACK_TIMEOUT / 2)
        assert "tables" not in who(mesh)
        mesh.sidecars.speak_up()
        applied = await change
        assert who(mesh) == ["sidecar", "tables"]
        assert applied.applied == (RULE,)
        assert applied.nodes == tuple(sorted(each.key for each in WORLD.workloads))
        assert applied.absent == ()


@in_virtual_time
async def test_a_change_that_changes_nothing_bothers_nobody(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("a.yaml", cnp())], 60)
        mesh.trace.clear()
        await mesh.plane.apply([("a.yaml", cnp())], 60)
        assert mesh.trace == []


@in_virtual_time
async def test_delete_takes_back_what_apply_did(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        await mesh.plane.apply([("a.yaml", cnp(path="/v1/request-landing"))], 60)
        assert mesh.state() != before
        assert (await mesh.plane.delete([RULE, RULE])).deleted == (RULE,)
        assert mesh.state() == before


@in_virtual_time
async def test_a_nack_restores_everything_and_comes_in_envoys_words(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("a.yaml", cnp())], 60)
        before = mesh.state()
        mesh.trace.clear()
        mesh.sidecars.refusing[DEATHSTAR] = "Only one of 'matcher' and 'rules' can be set"
        with pytest.raises(Rejected, match=r"default/deathstar refused route inbound/80: Only one of 'matcher'"):
            await mesh.plane.apply([("a.yaml", cnp(path="/v1/.*"))], 60)
        assert mesh.state() == before
        assert who(mesh) == ["sidecar"]
        mesh.sidecars.refusing.clear()
        await mesh.settle()
        await mesh.plane.apply([("a.yaml", cnp(path="/v1/.*"))], 60)
        assert mesh.state() != before


@in_virtual_time
async def test_a_sidecar_that_says_nothing_refuses_too(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        mesh.sidecars.silent = {DEATHSTAR}
        with pytest.raises(Rejected, match=r"not confirmed within 15 s: the sidecar of default/deathstar"):
            await mesh.plane.apply([("a.yaml", cnp())], 60)
        assert mesh.state() == before


@in_virtual_time
async def test_the_agents_refusal_restores_everything(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        mesh.agent.refusal = "17 kinds of backends behind one service address, at most 16"
        with pytest.raises(Rejected, match="the datapath refused the change: 17 kinds of backends"):
            await mesh.plane.apply([("a.yaml", cnp())], 60)
        assert mesh.state() == before


@in_virtual_time
async def test_an_agent_that_says_nothing_refuses_too(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        mesh.agent.silent = True
        with pytest.raises(Rejected, match="the agent did not answer within 15 s"):
            await mesh.plane.apply([("a.yaml", cnp())], 60)
        assert mesh.state() == before


@in_virtual_time
async def test_bad_input_changes_nothing(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        before = mesh.state()
        with pytest.raises(InputError):
            await mesh.plane.apply([("a.yaml", cnp()), ("b.yaml", "kind: What\n")], 60)
        assert mesh.state() == before
        assert mesh.trace == []


@in_virtual_time
async def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("a.yaml", cnp())], 60)
        before = mesh.state()

        def full(_documents: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(mesh.file, "save", full)
            with pytest.raises(Rejected, match="cannot be saved: No space left on device"):
                await mesh.plane.apply([("b.yaml", cnp("rule2", port=81))], 60)
            with pytest.raises(Rejected, match="No space left"):
                await mesh.plane.delete([RULE])
        assert mesh.state() == before


@in_virtual_time
async def test_a_sidecar_that_is_not_there_is_named_and_gets_it_later(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        mesh.sidecars.disconnect(DEATHSTAR)
        applied = await mesh.plane.apply([("a.yaml", cnp(path="/v1/.*"))], 60)
        assert DEATHSTAR not in applied.nodes
        assert applied.absent == (DEATHSTAR,)
        with pytest.raises(Rejected, match="default/deathstar is not connected"):
            await mesh.plane.wait_configured([DEATHSTAR])
        mesh.sidecars.connect(DEATHSTAR)
        await mesh.plane.wait_configured([DEATHSTAR])


@in_virtual_time
async def test_without_a_world_nothing_is_served_and_documents_are_kept(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path, connected=False) as mesh:
        applied = await mesh.plane.apply([("a.yaml", cnp())], 60)
        assert applied.nodes == ()
        assert mesh.cache.node_ids == frozenset()
        assert mesh.feed.newest is None
        await mesh.plane.set_world(WORLD)
        assert mesh.feed.newest is not None
    async with scripted_mesh(tmp_path, connected=False) as restarted:
        assert list(restarted.plane.intent.documents) == [RULE]


@in_virtual_time
async def test_what_is_in_force_is_in_force_after_a_restart(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("a.yaml", cnp(path="/v1/.*"))], 60)
        before = mesh.state()
    async with scripted_mesh(tmp_path) as restarted:
        assert restarted.state() == before


# The world


@in_virtual_time
async def test_a_world_is_a_fact_though_a_sidecar_does_not_confirm_what_follows(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("a.yaml", cnp(path="/v1/.*"))], 60)
        known = mesh.feed.newest
        mesh.sidecars.silent = {DEATHSTAR}
        second = Workload("default", "second", {"org": "empire"}, ("10.0.0.9",))
        grown = World((*WORLD.workloads, second), WORLD.services)
        with pytest.raises(Rejected, match="not confirmed within 15 s"):
            await mesh.plane.set_world(grown)
        assert mesh.plane.intent.world == grown
        assert mesh.feed.newest == known, "the tables wait for the sidecars"
        mesh.sidecars.speak_up()
        await mesh.plane.set_world(grown)
        assert mesh.feed.newest != known


@in_virtual_time
async def test_a_world_does_not_wait_for_the_agent_that_brings_it(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        mesh.agent.silent = True
        await mesh.plane.set_world(World(WORLD.workloads[:2], WORLD.services))
        with pytest.raises(Rejected, match="the agent did not answer"):
            await mesh.plane.wait_configured([DEATHSTAR])


@in_virtual_time
async def test_a_workload_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.set_world(World(WORLD.workloads[:1], WORLD.services))
        assert mesh.cache.node_ids == {DEATHSTAR}


# Who may change what


@in_virtual_time
async def test_what_is_not_there_cannot_be_deleted(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        with pytest.raises(Conflict, match="there is no CiliumNetworkPolicy default/rule1"):
            await mesh.plane.delete([RULE])


@in_virtual_time
async def test_watched_documents_belong_to_their_directory(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        watched = parse_files([("dir/a.yaml", cnp())], watched=True)
        assert (await mesh.plane.replace_watched(watched, 60)) is not None
        assert (await mesh.plane.replace_watched(watched, 60)) is None
        with pytest.raises(Conflict, match=r"comes from the watched file dir/a.yaml; change it there"):
            await mesh.plane.delete([RULE])
        with pytest.raises(Conflict, match="change it there"):
            await mesh.plane.apply([("b.yaml", cnp(port=81))], 60)
        gone = await mesh.plane.replace_watched({}, 60)
        assert gone is not None and gone.deleted == (RULE,)
        await mesh.plane.apply([("b.yaml", cnp(port=81))], 60)
        with pytest.raises(Conflict, match="was applied by hand"):
            await mesh.plane.replace_watched(watched, 60)


@in_virtual_time
async def test_what_was_watched_stays_when_nothing_is_watched_any_more(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.replace_watched(parse_files([("dir/a.yaml", cnp())], watched=True), 60)
        mesh.plane.keep_watched()
        assert not any(each.watched for each in mesh.plane.intent.documents.values())
        await mesh.plane.delete([RULE])


@in_virtual_time
async def test_changes_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_module, "ACK_TIMEOUT", 3600.0)
    async with scripted_mesh(tmp_path) as mesh:
        mesh.sidecars.silent = {DEATHSTAR}
        one = asyncio.ensure_future(mesh.plane.apply([("a.yaml", cnp())], 60))
        await mesh.settle()
        other = asyncio.ensure_future(mesh.plane.delete([RULE]))
        await asyncio.sleep(1)
        assert not one.done() and not other.done()
        mesh.sidecars.speak_up()
        await asyncio.gather(one, other)
        assert mesh.plane.intent.documents == {}
