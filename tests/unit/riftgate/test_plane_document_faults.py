# SPDX-License-Identifier: Apache-2.0
"""Faults of documents in the chaos dialect: they come and go with them, and end with their leases all the same."""

import asyncio
from pathlib import Path

import pytest

from l7filters.faults import Abort, Delay, Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.source import InputError, SourceLocation
from riftgate.control.documents import DocumentKey
from riftgate.control.refusals import Conflict
from tests.scripted_mesh import chaos, cnp, routes_of, scripted_mesh
from tests.virtual_time import in_virtual_time

DEATHSTAR = "default/deathstar"
LATE = DocumentKey("CiliumNetworkPolicy", "default", "late")
LATE_KEY = "riftgate.fault.default.late/rule0.0.80"


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


@in_virtual_time
async def test_a_runner_cannot_take_the_name_of_a_documents_faults(tmp_path: Path) -> None:
    async with scripted_mesh(tmp_path) as mesh:
        target = FaultTarget("default", Selector.of({"class": "deathstar"}), 80)
        other = Fault("default.late", "x", SourceLocation("siege.yaml", 3), target, (Abort(503),))
        await mesh.plane.apply([("late.yaml", chaos())], 60)
        with pytest.raises(Conflict, match="the faults of CiliumNetworkPolicy default/late are on"):
            await mesh.plane.activate("default.late", (other,), 5)
        await mesh.plane.delete([LATE])
        await mesh.plane.activate("default.late", (other,), 5)
        with pytest.raises(Conflict, match=r"faults are on under the name default\.late already"):
            await mesh.plane.apply([("late.yaml", chaos())], 60)
