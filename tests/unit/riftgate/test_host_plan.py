# SPDX-License-Identifier: Apache-2.0
"""What a plan tells of faults of packets, names and processes."""

from typing import Any

import pytest

from l7filters.fault_levels import AnyFault
from l7filters.faults import FaultTarget, Which
from l7filters.labels import Selector
from l7filters.name_faults import NameEffect, NameFault
from l7filters.packet_faults import Direction, PacketEffect, PacketFault
from l7filters.peers import FqdnPattern
from l7filters.process_faults import ProcessFault
from l7filters.source import SourceLocation
from l7filters.world import Workload, World
from riftgate.cli.fault_plan import complete, told
from riftgate.control.touched import plan
from tests.virtual_time import in_virtual_time

HERE = SourceLocation("siege.yaml", 3)
VAULT = FaultTarget("default", Selector.of({"app": "vault"}), 80)
WORLD = World(
    (
        Workload("default", "vault", {"app": "vault"}, ("10.0.0.1", "fd00::1")),
        Workload("default", "friend", {"role": "friend"}, ("10.0.0.2", "fd00::2")),
    )
)


class Agent:
    """What the agent would say."""

    async def open_connections(self, plan: dict[str, Any]) -> list[dict[str, Any]]:
        assert (plan["dialled"], plan["port"], plan["callers"]) == (["default/vault"], 80, ["default/friend"])
        return [{"pod": "default/vault"}]

    async def agent_status(self) -> dict[str, Any]:
        return {"pods": [{"pod": "default/vault", "containers": {"app": {}, "log": {}}}]}


async def planned(fault: AnyFault) -> dict[str, Any]:
    (found,) = plan(WORLD, (), [fault], [])
    await complete(Agent(), found)  # type: ignore[arg-type]
    return found


@in_virtual_time
async def test_packets() -> None:
    friend = Selector.of({"role": "friend"})
    found = await planned(PacketFault("s", "f", HERE, VAULT, PacketEffect.LOSS, 50_000, friend, protocol="TCP"))
    assert found["strikes"] == {
        "pairs": [
            {"from": "default/friend", "to": "default/vault"},
            {"from": "default/vault", "to": "default/friend"},
        ],
        "port": 80,
        "protocol": "TCP",
        "direction": "both",
    }
    assert found["share"] == 0.05
    assert told(found) == [
        "  packets of: default/vault",
        "  to or from: default/friend",
        "  pairs: default/friend to default/vault, default/vault to default/friend",
        "  on: port 80 of the target, TCP",
        "  open now: 1 connections; none is closed, their packets are hit like any other",
    ]


@in_virtual_time
async def test_packets_of_the_outside_alone() -> None:
    fault = PacketFault("s", "f", HERE, VAULT, PacketEffect.PARTITION, outside=True, direction=Direction.TO)
    (found,) = plan(WORLD, (), [fault], [])
    assert found["strikes"]["pairs"] == [{"from": "outside", "to": "default/vault"}]


@in_virtual_time
async def test_names() -> None:
    target = FaultTarget("default", Selector.of({"role": "friend"}))
    fault = NameFault("s", "f", HERE, target, NameEffect.SERVFAIL, (FqdnPattern("*.example", True),), ("A",), 500_000)
    found = await planned(fault)
    assert told(found) == [
        "  queries of: default/friend",
        "  names: *.example; records: A",
        "  asked from: 10.0.0.2, fd00::2",
    ]
    assert (found["share"], found["which"]) == (0.5, None)


@in_virtual_time
async def test_processes() -> None:
    target = FaultTarget("default", Selector.of({"app": "vault"}))
    assert told(await planned(ProcessFault("s", "f", HERE, target, kill="SIGKILL")))[1:] == [
        "  containers: default/vault: app, log"
    ]
    one = await planned(ProcessFault("s", "f", HERE, target, container="app"))
    assert one["strikes"] == {"container": "app", "signal": None, "containers": {"default/vault": ["app"]}}


@pytest.mark.parametrize(
    ("which", "share", "words"),
    [
        (Which(first=5), None, "first 5"),
        (Which(per_second=5), None, "per second 5"),
        (Which(every=4), 0.05, "every 4"),
        (Which(seed=1), 0.2, "seed 1"),
    ],
)
def test_what_to_expect(which: Which, share: float | None, words: str) -> None:
    (found,) = plan(WORLD, (), [PacketFault("s", "f", HERE, VAULT, PacketEffect.LOSS, 200_000, which=which)], [])
    assert (found["share"], found["which"]) == (share, words)


def test_a_long_list_is_cut() -> None:
    many = {
        "level": "queries",
        "pods": ["default/a"],
        "callers": None,
        "strikes": {"names": [], "types": [], "sources": list("abcdefgh")},
    }
    assert told(many)[1:] == ["  names: every name; records: every type", "  asked from: a, b, c, d, e, f, and 2 more"]
