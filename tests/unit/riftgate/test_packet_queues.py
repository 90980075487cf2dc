# SPDX-License-Identifier: Apache-2.0
"""Queues for packets that are late: there while faults need them, and for as long as packets may wait in them."""

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest

from bpf import delay_queues
from l7filters.faults import Family, FaultTarget, RandomDelay
from l7filters.packet_faults import PacketEffect, PacketFault
from l7filters.source import SourceLocation
from riftgate.control.refusals import Unable
from riftgate.local import packet_queues
from riftgate.local.errors import LocalError
from riftgate.local.packet_queues import PacketQueues
from tests.scripted_mesh import scripted_mesh
from tests.virtual_time import in_virtual_time

NODE = Path("/run/netns/unit-node")
LACKS = "this kernel has no fq"


class Links:
    """Instead of the kernel's: which have a queue."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lacks: str | None = None) -> None:
        self.queued = {9}
        """One that an agent before has left behind."""
        monkeypatch.setattr(packet_queues, "_lacking", lambda: lacks)
        monkeypatch.setattr(delay_queues, "add", self._add)
        monkeypatch.setattr(delay_queues, "keep_only", self._keep_only)

        async def at_once(work):  # type: ignore[no-untyped-def]
            return work()

        monkeypatch.setattr(packet_queues, "_unblocked", at_once)

    def _add(self, node: Path, links: Collection[int]) -> None:
        assert node == NODE
        self.queued |= set(links)

    def _keep_only(self, node: Path, links: Collection[int]) -> None:
        self.queued &= set(links)


@in_virtual_time
async def test_a_queue_stays_until_nothing_waits_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    links, queues = Links(monkeypatch), PacketQueues(NODE)
    async with queues:
        assert links.queued == set(), "what was left behind is gone"
        await queues.hold_at(frozenset({1, 2}))
        await queues.hold_at(frozenset({2}))
        await asyncio.sleep(2)
        assert links.queued == {1, 2}
        await queues.hold_at(frozenset({2, 3}))
        await asyncio.sleep(2)
        assert links.queued == {1, 2, 3}
        await asyncio.sleep(1)
        assert links.queued == {2, 3}


@in_virtual_time
async def test_a_link_that_is_gone_leaves_no_queue_on_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    links, queues = Links(monkeypatch), PacketQueues(NODE)

    def add(_: Path, wanted: Collection[int]) -> None:
        links.queued |= set(wanted) - {3}
        raise LocalError("no such device")

    async with queues:
        await queues.hold_at(frozenset({1}))
        monkeypatch.setattr(delay_queues, "add", add)
        with pytest.raises(LocalError, match="no such device"):
            await queues.hold_at(frozenset({2, 3}))
        await asyncio.sleep(3)
        assert links.queued == {1}


@in_virtual_time
async def test_where_the_kernel_cannot_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    links, queues = Links(monkeypatch, LACKS), PacketQueues(NODE)
    async with queues:
        await queues.hold_at(frozenset())
        with pytest.raises(LocalError, match=LACKS):
            await queues.hold_at(frozenset({1}))
        assert links.queued == set()
    delay = RandomDelay(Family.FIXED, (10.0,), limit_milliseconds=2000)
    target, here = FaultTarget("default"), SourceLocation("siege.yaml", 3)
    async with scripted_mesh(tmp_path) as mesh:
        mesh.plane.host_lacks = queues.lacks
        late = PacketFault("siege", "late", here, target, PacketEffect.REORDERING, delay=delay)
        with pytest.raises(Unable, match=rf"siege/late \(siege.yaml:3\): {LACKS}"):
            mesh.plane.check((late,))


@in_virtual_time
async def test_a_host_that_cannot_be_asked_costs_the_agent_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    Links(monkeypatch)

    def refuse(*_: object) -> None:
        raise LocalError("no more namespaces")

    monkeypatch.setattr(packet_queues, "_lacking", refuse)
    queues = PacketQueues(NODE)
    async with queues:
        assert queues.lacks == "no more namespaces"
