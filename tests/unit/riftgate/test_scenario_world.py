# SPDX-License-Identifier: Apache-2.0
"""The world of scenarios over a mesh: what the server says becomes the runner's words, and its errors too."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from l7filters.faults import Abort, Fault, FaultTarget
from l7filters.source import SourceLocation
from riftgate import scenario_world
from riftgate.client import MeshClient
from riftgate.control import wire
from riftgate.instance import Instance
from riftgate.local.errors import LocalError
from riftgate.scenario_world import MeshWorld
from scenarios.world import (
    Command,
    ControlLost,
    Flow,
    FlowsLost,
    HttpAnswer,
    HttpRequest,
    Reach,
    Refused,
    Told,
    World,
    WorldError,
)
from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable

FAULT = Fault("siege", "full", SourceLocation("siege.yaml", 3), FaultTarget("default"), (Abort(503),))
REACH = {"targets": {"siege/full": ["default/a"]}, "sources": {"siege/full": None}}
LINE: dict[str, Any] = {
    "time": 12.5,
    "log": "inbound",
    "protocol": "HTTP/1.1",
    "source": {"address": "10.0.0.2", "port": 4711},
    "destination": {"address": "10.0.0.1", "port": 80},
    "source_workload": "default/tie",
    "destination_workload": "default/deathstar",
    "method": "POST",
    "path": "/v1/request-landing",
    "status": 503,
    "grpc_status": None,
    "flags": ["FI"],
    "effects": [],
    "connection_faults": [],
    "kind": "injected",
    "faults": ["siege/full"],
    "enforced": {"allowed": True, "rule": None},
    "request_id": "r1",
    "trace_id": None,
    "duration_ms": 3.4,
    "bytes_sent": 18,
}


class Client(MeshClient):
    """Answers as it is told."""

    def __init__(self, answer: Any = None, lines: tuple[Any, ...] = ()) -> None:
        super().__init__(Instance("unit"))
        self.answer = answer
        self.lines = lines
        self.asked: list[tuple[str, Any]] = []

    async def change(self, path: str, body: object) -> Any:
        self.asked.append((path, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def flows(self) -> AsyncIterator[dict[str, Any]]:  # type: ignore[override]
        for line in self.lines:
            if isinstance(line, Exception):
                raise line
            yield line


def protocol_holds(world: MeshWorld) -> World:
    """For the type checker."""
    return world


async def test_every_change_says_what_is_meant() -> None:
    client, before = Client(REACH), time.monotonic()
    world = MeshWorld(client)
    reach = Reach({"siege/full": ("default/a",)}, {"siege/full": None})
    assert await world.plan("siege", (FAULT,)) == reach
    assert await world.activate("siege", (FAULT,), 7.5) == reach
    await world.renew("siege", 5)
    await world.deactivate("siege")
    faults = wire.faults_to_json((FAULT,))
    # Both by the clock of the control server, so that it knows what has waited for too long.
    asked = [body.pop("asked") for path, body in client.asked if path.endswith(("/activate", "/renew"))]
    assert before <= asked[0] <= asked[1] <= time.monotonic()
    assert client.asked == [
        ("/v1/faults/reach", {"faults": faults}),
        ("/v1/scenarios/siege/activate", {"faults": faults, "lease": 7.5}),
        ("/v1/scenarios/siege/renew", {"lease": 5}),
        ("/v1/scenarios/siege/deactivate", {}),
    ]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ServerUnreachable("it went away"), ControlLost),
        (AdminError(409, "conflict", "not on"), Refused),
        (AdminError(502, "rejected", "bad route"), Refused),
    ],
)
async def test_errors(error: Exception, expected: type[Exception]) -> None:
    world = MeshWorld(Client(error))
    for ask in (world.plan("siege", ()), world.renew("siege", 5), world.deactivate("siege")):
        with pytest.raises(expected, match=str(error)):
            await ask


async def test_flows_are_requests_from_the_side_of_the_faults() -> None:
    lines = (
        {"subscribed": True},
        LINE | {"log": "outbound", "faults": []},
        LINE | {"protocol": "TCP"},
        LINE,
        LINE | {"log": "outbound", "request_id": "r2", "destination_workload": None},
        {"lost": 3},
        {"note": "the fault server has ended"},
    )
    async with MeshWorld(Client(lines=lines)).flows() as flows:
        seen = [flow async for flow in flows]
    # A fault at the caller's side is told by the caller's sidecar.
    at_caller = seen.pop(1)
    assert isinstance(at_caller, Flow)
    assert (at_caller.request_id, at_caller.source, at_caller.destination) == ("r2", "default/tie", "default/tie")
    assert seen == [
        Flow(
            request_id="r1",
            started=12.5,
            duration_ms=3.4,
            source="default/tie",
            destination="default/deathstar",
            port=80,
            method="POST",
            path="/v1/request-landing",
            status=503,
            grpc_status=None,
            faults=("siege/full",),
            flags=frozenset({"FI"}),
            response_bytes=18,
            denied_by=None,
            trace_id=None,
        ),
        FlowsLost(3),
        Told("the fault server has ended"),
    ]


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"kind": "denied", "enforced": {"allowed": False, "rule": "default/r#0"}}, "denied_by", "default/r#0"),
        ({"kind": "denied", "enforced": None}, "denied_by", "default deny"),
        ({"source_workload": None}, "source", "10.0.0.2"),
        ({"source_workload": None, "source": None}, "source", ""),
        ({"destination": None}, "port", 0),
    ],
)
async def test_what_a_flow_says(change: dict[str, Any], field: str, expected: object) -> None:
    async with MeshWorld(Client(lines=({"subscribed": True}, LINE | change))).flows() as flows:
        (flow,) = [flow async for flow in flows]
    assert getattr(flow, field) == expected


@pytest.mark.parametrize("lines", [(), (ServerUnreachable("no server listens"),)])
async def test_flows_that_never_begin(lines: tuple[Any, ...]) -> None:
    with pytest.raises(ControlLost):
        async with MeshWorld(Client(lines=lines)).flows():
            raise AssertionError("there is no subscription")


async def test_flows_that_break_off() -> None:
    lines = ({"subscribed": True}, LINE, ServerUnreachable("it went away"))
    with pytest.raises(ControlLost, match="it went away"):
        async with MeshWorld(Client(lines=lines)).flows() as flows:
            async for _ in flows:
                pass


REQUEST = HttpRequest("default/tie", "POST", "http://deathstar/", "r1", (("x-a", "1"),), "body", 2.0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"status": 200, "body": "ok", "headers": [["x-b", "2"]], "ms": 4.0, "number": 0},
            HttpAnswer(200, "ok", (("x-b", "2"),), 4.0),
        ),
        (
            {"status": 0, "error": "no answer within 2 s", "ms": 2000.0, "number": 0},
            HttpAnswer(0, duration_ms=2000.0, error="no answer within 2 s"),
        ),
    ],
)
async def test_http(answer: dict[str, Any], expected: HttpAnswer, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []

    async def send(_self: object, pod: str, request: dict[str, Any]) -> dict[str, Any]:
        sent.append((pod, request))
        return answer

    monkeypatch.setattr(scenario_world.Probers, "send", send)
    assert await MeshWorld(Client()).http(REQUEST) == expected
    ((pod, request),) = sent
    assert pod == "default/tie"
    assert request["headers"] == [("x-request-id", "r1"), ("x-a", "1")]
    assert (request["method"], request["body"], request["timeout"]) == ("POST", "body", 2.0)


async def test_http_from_a_pod_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def send(_self: object, _pod: str, _request: object) -> None:
        raise LocalError("there is no pod default/tie")

    monkeypatch.setattr(scenario_world.Probers, "send", send)
    with pytest.raises(WorldError, match="there is no pod"):
        await MeshWorld(Client()).http(REQUEST)


@pytest.mark.parametrize(
    ("result", "seconds", "exit_code", "error"),
    [
        ((0, "out", "err"), 0.1, 0, None),
        ((3, "", "err"), 0.1, 3, None),
        ((124, "", ""), 2.01, None, "not ended after 2 s"),
        ((137, "", ""), 3.01, None, "not ended after 2 s"),
        ((124, "", ""), 0.1, 124, None),
        ((137, "", ""), 1.9, 137, None),
    ],
)
async def test_commands(
    result: tuple[int, str, str],
    seconds: float,
    exit_code: int | None,
    error: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[tuple[str, ...]] = []

    async def run(_instance: Instance, _pod: str, argv: tuple[str, ...]) -> tuple[int, str, str]:
        ran.append(argv)
        return result

    monkeypatch.setattr(scenario_world, "run_in_pod", run)
    monkeypatch.setattr(scenario_world, "time", SimpleNamespace(monotonic=lambda: seconds if ran else 0.0))
    found = await MeshWorld(Client()).run(Command("default/tie", ("curl", "x"), 2.0))
    assert (found.exit_code, found.stdout, found.stderr, found.error) == (exit_code, result[1], result[2], error)
    assert ran == [("timeout", "--kill-after=1", "2.000", "curl", "x")]


async def test_a_command_in_a_pod_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = Client()
    client.instance = Instance("unit", tmp_path)
    with pytest.raises(WorldError, match="there is no pod default/tie; none is up; start them with: riftgate up"):
        await MeshWorld(client).run(Command("default/tie", ("true",), 2.0))
