# SPDX-License-Identifier: Apache-2.0
"""The agent's part of faults while its pods come and go."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from l7filters.faults import ALL_REQUESTS, Family, RandomDelay
from l7filters.packet_faults import PacketEffect, PacketRule
from riftgate.control.host_faults import HostFaults
from riftgate.local.host_faults import HostFaultsApplied

LATE = PacketRule(
    "s/late",
    PacketEffect.DELAY,
    ALL_REQUESTS,
    frozenset({(None, "default/old"), (None, "default/new")}),
    delay=RandomDelay(Family.FIXED, (10.0,)),
)


class Parts:
    """Instead of the kernel's tables, the queues and the resolver."""

    def __init__(self) -> None:
        self.held: list[frozenset[int]] = []
        self.slots: list[dict[str, int]] = []

    async def hold_at(self, links: frozenset[int]) -> None:
        self.held.append(links)

    def replace(self, _rules: Any, slots: dict[str, int]) -> None:
        self.slots.append(slots)

    async def set_faults(self, _faults: Any) -> None:
        pass


async def test_a_pod_without_a_link_yet_gets_its_queue_when_it_has_one() -> None:
    parts: Any = Parts()
    pods: Any = {
        "default/old": SimpleNamespace(slot=1, link=7, containers=()),
        "default/new": SimpleNamespace(slot=2, link=None, containers=()),
    }
    applied = HostFaultsApplied(parts, parts, parts, parts, parts, lambda: pods, Path("/nonexistent"))
    await applied.replace(HostFaults(((LATE, 1e9),)))
    pods["default/new"].link = 8
    await applied.pods_have_changed()
    assert parts.held == [{7}, {7, 8}]
    assert parts.slots == [{"default/old": 1, "default/new": 2}] * 4
