# SPDX-License-Identifier: Apache-2.0
"""The witness of the demo: by whose word a request went as it went."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from l7filters.world import World
from riftgate.client import MeshClient
from riftgate.control.documents import parse_files
from riftgate.control.wire import documents_to_json
from riftgate.demo.witness import Witness
from riftgate.instance import Instance
from tests.scripted_mesh import WORLD, chaos, cnp
from xds_server.admin_client import ServerUnreachable

TWO = cnp("rule1", "/v1/.*") + "---\n" + cnp("rule2", port=81)


class Client(MeshClient):
    """A mesh with two policies of one file, one of the chaos dialect, and flows as a test sends them."""

    def __init__(self) -> None:
        super().__init__(Instance("unit"))
        self.files = [("two.yaml", TWO), ("late.yaml", chaos())]
        self.lines: asyncio.Queue[dict[str, Any] | Exception] = asyncio.Queue()

    async def world(self) -> World:
        names = {"default/deathstar": "deathstar-0"}
        workloads = tuple(
            type(each)(each.namespace, names.get(each.key, each.name), each.labels, each.addresses, each.ports)
            for each in WORLD.workloads
        )
        return World(workloads, WORLD.services)

    async def documents(self) -> Any:
        return documents_to_json(parse_files(self.files))

    async def flows(self) -> AsyncIterator[dict[str, Any]]:  # type: ignore[override]
        while True:
            line = await self.lines.get()
            if isinstance(line, Exception):
                raise line
            yield line

    def log(self, request: str, rule: str | None = None, faults: tuple[str, ...] = (), log: str = "inbound") -> None:
        enforced = None if rule is None else {"allowed": True, "rule": rule}
        self.lines.put_nowait({"log": log, "request_id": request, "enforced": enforced, "faults": list(faults)})


@pytest.fixture
def client() -> Client:
    client = Client()
    client.lines.put_nowait({"subscribed": True})
    return client


async def test_rules_come_with_their_lines(client: Client) -> None:
    async with Witness(client) as witness:
        client.log("other", "default/rule2#0")
        client.log("r1", log="outbound")
        client.log("r1", "default/rule1#0")
        client.log("r2", "default deny: default/rule2")
        client.log("r3")
        assert await witness.logged("r1") == "default/rule1#0 (two.yaml:8)"
        assert await witness.logged("r2") == "default deny: default/rule2 (two.yaml:13)"
        assert await witness.logged("r3") == "no rule (in no applied file)"


async def test_faults_come_with_their_lines(client: Client) -> None:
    async with Witness(client) as witness:
        for request in ("r1", "r2"):
            client.log(request, faults=("default.late/rule0.0.80",))
        seen = [{"id": request, "x-riftgate-fault": "x"} for request in ("r1", "r2")] + [{"id": "unmarked"}]
        assert await witness.fault_of(seen) == "fault default.late/rule0.0.80 (late.yaml:9)"


async def test_the_reference_verdict_where_no_log_is(client: Client) -> None:
    client.files.pop()
    async with Witness(client) as witness:
        assert "default/rule1" in await witness.decided("default/xwing", "POST", "/v1/request-landing")
        assert "default/rule1#0" in await witness.decided("default/tie", "POST", "/v1/request-landing")


async def test_what_was_logged_before_the_server_ended_stays_known(client: Client) -> None:
    async with Witness(client) as witness:
        client.log("r1", "default/rule1#0")
        client.lines.put_nowait(ServerUnreachable("it went away"))
        assert await witness.logged("r1") == "default/rule1#0 (two.yaml:8)"


async def test_a_server_that_is_not_there_is_not_waited_for() -> None:
    client = Client()
    client.lines.put_nowait(ServerUnreachable("no server listens"))
    with pytest.raises(ServerUnreachable):
        async with Witness(client):
            raise AssertionError("there is nobody to follow")
