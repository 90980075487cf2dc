# SPDX-License-Identifier: Apache-2.0
"""Every change to a mesh: its order, and that one that is refused leaves all as it was."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from l7filters.faults import Abort, Delay, Fault, FaultTarget, HttpMatch
from l7filters.labels import Selector
from l7filters.source import InputError, SourceLocation
from l7filters.world import Workload, World
from riftgate.control import plane as plane_module
from riftgate.control.documents import DocumentKey, parse_files
from riftgate.control.plane import ACK_TIMEOUT, FAULT_TTL, MAX_LEASE, Conflict, Rejected
from tests.scripted_mesh import WORLD, ScriptedMesh, chaos, cnp, keys_of, routes_of, scripted_mesh
from tests.virtual_time import in_virtual_time

DEATHSTAR = "default/deathstar"
RULE = DocumentKey("CiliumNetworkPolicy", "default", "rule1")
LATE = DocumentKey("CiliumNetworkPolicy", "default", "late")
LATE_KEY = "riftgate.fault.default.late/rule0.0.80"


def fault(name: str, scenario: str = "siege", **more: object) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}), 80)
    return replace(Fault(scenario, name, SourceLocation("siege.yaml", 3), target, (Abort(503),)), **more)


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


# Scenarios


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
        four = tuple(fault(f"f{number}") for number in range(4))
        for count in range(1, 5):
            mesh.plane.reach(four[:count])
            await mesh.plane.activate("siege", four[:count], 5)
        fifth = fault("f4")
        with pytest.raises(InputError, match="may match siege/f4 and at once siege/f0"):
            mesh.plane.reach((*four, fifth))
        with pytest.raises(InputError):
            await mesh.plane.activate("other", (replace(fifth, scenario="other"),), 5)
        assert list(mesh.plane.scenarios) == ["siege"]


@in_virtual_time
async def test_faults_of_different_workloads_never_overlap(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        here = tuple(fault(f"here{number}") for number in range(4))
        # Told apart by another label, which the faults alone do not show to be another pod.
        there = FaultTarget("default", Selector.of({"org": "alliance"}), 80)
        await mesh.plane.activate("siege", (*here, *(fault(f"there{number}", target=there) for number in range(4))), 5)


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
            mesh.plane.reach((nobody,))


@in_virtual_time
async def test_reach_names_targets_and_sources(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        some = fault("some", source=Selector.of({"org": "empire"}), match=HttpMatch(method="GET"))
        reach = mesh.plane.reach((fault("all"), some))
        assert reach["targets"] == {"siege/all": [DEATHSTAR], "siege/some": [DEATHSTAR]}
        assert reach["sources"] == {"siege/all": None, "siege/some": [DEATHSTAR, "default/tie"]}


# Faults of documents


@in_virtual_time
async def test_faults_of_a_document_come_and_go_with_it(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        applied = await mesh.plane.apply([("late.yaml", chaos())], 60)
        assert applied.faults == {"default.late/rule0.0.80": 60}
        assert mesh.sidecars.faults_on(DEATHSTAR) == {LATE_KEY}
        await mesh.plane.delete([LATE])
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()
        assert mesh.plane.scenarios == {}


@in_virtual_time
async def test_a_replaced_document_ends_its_faults(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("late.yaml", chaos("late", "1s", "2s"))], 60)
        assert len(mesh.plane.scenarios["default.late"].faults) == 2
        await mesh.plane.apply([("late.yaml", chaos("late", "3s"))], 60)
        (only,) = mesh.plane.scenarios["default.late"].faults
        assert only.effects == (Delay(3000),)
        await mesh.plane.apply([("late.yaml", cnp("late"))], 60)
        assert mesh.plane.scenarios == {}
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()


@in_virtual_time
async def test_faults_of_a_document_end_by_themselves_and_its_policy_stays(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("late.yaml", chaos())], 60)
        await asyncio.sleep(59)
        assert mesh.sidecars.faults_on(DEATHSTAR)
        await asyncio.sleep(2)
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()
        assert LATE in mesh.plane.intent.documents
        snapshot = mesh.snapshot()
        assert snapshot is not None and routes_of(snapshot) == frozenset()


@in_virtual_time
async def test_a_restart_brings_documents_and_no_faults(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("late.yaml", chaos())], 60)
    async with scripted_mesh(tmp_path) as restarted:
        assert LATE in restarted.plane.intent.documents
        assert restarted.sidecars.faults_on(DEATHSTAR) == frozenset()


@in_virtual_time
async def test_a_document_whose_faults_are_refused_is_not_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("rule.yaml", cnp())], 60)
        before = mesh.state()
        with pytest.raises(InputError, match="at once"):
            both = chaos("late") + "---\n" + chaos("later", "1s", "2s", "3s", "4s")
            await mesh.plane.apply([("late.yaml", both)], 60)
        assert mesh.state() == before
        assert mesh.plane.scenarios == {}
        assert mesh.sidecars.faults_on(DEATHSTAR) == frozenset()


# Who may change what


@in_virtual_time
async def test_a_runner_cannot_take_the_name_of_a_documents_faults(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        await mesh.plane.apply([("late.yaml", chaos())], 60)
        with pytest.raises(Conflict, match="the faults of CiliumNetworkPolicy default/late are on"):
            await mesh.plane.activate("default.late", (fault("x", "default.late"),), 5)
        await mesh.plane.delete([LATE])
        await mesh.plane.activate("default.late", (fault("x", "default.late"),), 5)
        with pytest.raises(Conflict, match=r"faults are on under the name default\.late already"):
            await mesh.plane.apply([("late.yaml", chaos())], 60)


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
    monkeypatch.setattr(plane_module, "ACK_TIMEOUT", 3600.0)
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
