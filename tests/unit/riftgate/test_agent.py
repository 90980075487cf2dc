# SPDX-License-Identifier: Apache-2.0
"""The agent between control server and datapath: what it does while one of them is away or refuses."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bpf.acceleration import Accelerator
from bpf.libbpf import BpfError
from l7filters.l4_tables import L4Tables
from l7filters.world import World
from riftgate.control.tables import tables_to_json
from riftgate.instance import Instance
from riftgate.local.agent import Agent
from riftgate.local.plan import Plan
from tests.scripted_mesh import WORLD
from tests.virtual_time import in_virtual_time
from xds_server.admin_client import ServerUnreachable

TABLES = L4Tables((("0.0.0.0/0", 1),), (), ())


class Control:
    """A control server that follows a script of answers to GET /v1/tables; then it is silent."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Any]] = []
        self.deaf = 0
        """So many posts are not heard."""
        self.silent = asyncio.Event()

    async def get(self, path: str, parameters: Mapping[str, str], *, timeout: float) -> Any:
        self.asked.append((path, parameters["after"]))
        if not self.answers:
            self.silent.set()
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def post(self, path: str, body: object, *, timeout: float = 10.0) -> Any:
        if self.deaf:
            self.deaf -= 1
            raise ServerUnreachable("it went away")
        self.asked.append((path, body))


class Datapath:
    """Takes tables, or refuses them."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.in_force: list[L4Tables] = []
        self.tables = self
        self.packet_faults = self
        self.connection_faults = self

    def replace(self, tables: L4Tables, rights: object) -> None:
        if self.refusal:
            raise self.refusal
        self.in_force.append(tables)


class Resolver:
    """Takes note of what it is told, and of when: what is in force by then."""

    def __init__(self, datapath: Datapath) -> None:
        self.datapath = datapath
        self.tables: list[L4Tables] = []
        self.worlds: list[World] = []

    async def set_tables(self, tables: L4Tables) -> None:
        assert self.datapath.in_force[-1] == tables
        self.tables.append(tables)

    async def set_world(self, world: World) -> None:
        self.worlds.append(world)


def tables(version: int) -> dict[str, Any]:
    return {"version": version, "tables": tables_to_json(TABLES)}


async def followed(control: Control, datapath: Datapath, *, pods: bool = False) -> None:
    """The agent follows until the script is over."""
    resolver = Resolver(datapath)
    async with asyncio.TaskGroup() as tasks:
        agent = Agent(
            Instance("unit", Path("/nowhere")),
            control,  # type: ignore[arg-type]
            datapath,  # type: ignore[arg-type]
            resolver,  # type: ignore[arg-type]
            tasks,
            Accelerator(),
        )
        if pods:
            agent._mesh.pods["default/a"] = None  # type: ignore[assignment]
            agent._mesh.plan = Plan(world=WORLD)
        following = tasks.create_task(agent.follow_control())
        await control.silent.wait()
        following.cancel()
    assert resolver.tables == datapath.in_force, "the resolver knows the same"
    told = [body for path, body in control.asked if path == "/v1/world"]
    assert [world.to_dict() for world in resolver.worlds] == told, "before the control server"


@in_virtual_time
async def test_tables_are_put_in_force_and_confirmed() -> None:
    control, datapath = Control(tables(5), {"version": 5, "tables": None}, tables(6)), Datapath()
    await followed(control, datapath)
    assert datapath.in_force == [TABLES, TABLES]
    assert control.asked == [
        ("/v1/tables", "0"),
        ("/v1/tables/5", {"error": None}),
        ("/v1/tables", "5"),
        ("/v1/tables", "5"),
        ("/v1/tables/6", {"error": None}),
        ("/v1/tables", "6"),
    ]


@pytest.mark.parametrize(
    "refusal", [BpfError(28, "map verdict_by_pair: update: No space left"), ValueError("17 kinds of backends")]
)
def test_refused_tables_are_told_and_not_asked_for_again(refusal: Exception) -> None:
    @in_virtual_time
    async def run() -> None:
        control = Control(tables(5))
        await followed(control, Datapath(refusal))
        assert control.asked[1:] == [("/v1/tables/5", {"error": str(refusal)}), ("/v1/tables", "5")]

    run()


@in_virtual_time
async def test_tables_that_are_none_are_refused() -> None:
    control = Control({"version": 5, "tables": {"identities": 3}})
    await followed(control, Datapath())
    (path, body) = control.asked[1]
    assert path == "/v1/tables/5"
    assert "validation error" in body["error"]


@in_virtual_time
async def test_a_confirmation_that_was_not_heard_is_given_again() -> None:
    control, datapath = Control(tables(5), tables(5)), Datapath()
    control.deaf = 1
    await followed(control, datapath)
    assert control.asked == [
        ("/v1/tables", "0"),
        ("/v1/tables", "0"),
        ("/v1/tables/5", {"error": None}),
        ("/v1/tables", "5"),
    ]


@in_virtual_time
async def test_a_server_that_comes_back_is_told_what_runs() -> None:
    control, datapath = Control(tables(5), ServerUnreachable("gone"), ServerUnreachable("gone"), tables(9)), Datapath()
    await followed(control, datapath, pods=True)
    assert [path for path, _ in control.asked] == [
        "/v1/world",
        "/v1/tables",
        "/v1/tables/5",
        "/v1/tables",
        "/v1/world",
        "/v1/tables",
        "/v1/world",
        "/v1/tables",
        "/v1/tables/9",
        "/v1/tables",
    ]
    assert control.asked[0][1] == WORLD.to_dict()
    assert len(datapath.in_force) == 2, "what is in force stays in force meanwhile"


@in_virtual_time
async def test_without_pods_there_is_no_world_to_tell_of() -> None:
    control = Control(tables(5))
    await followed(control, Datapath())
    assert all(path != "/v1/world" for path, _ in control.asked)
