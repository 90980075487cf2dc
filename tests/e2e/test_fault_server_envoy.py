# SPDX-License-Identifier: Apache-2.0
"""The faults of the fault server, on a real Envoy: what the caller gets, what the app, what the log says, and that
nothing fails without the server."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from l7filters.faults import (
    Abort,
    Before,
    Body,
    Delay,
    Edit,
    Family,
    Fault,
    HttpMatch,
    RandomDelay,
    Reset,
    ResponseRate,
    RewriteStatus,
    Side,
    Which,
)
from l7filters.parse import parse_documents
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, World
from tests.deathstar_faults import DEATHSTAR, LANDING_ONLY, fault
from tests.envoy_harness import Answer, Sidecar, exchange, next_flow, request_bytes, running_sidecar
from tests.recording_app import RecordingApp
from xds_server.draw import seeded
from xds_server.ext_proc import FaultServer
from xds_server.flow import FlowRecord, Kind
from xds_server.server import GrpcServer

TIE = "10.0.0.2"
WORLD = World(workloads=(DEATHSTAR, Workload("default", "tiefighter", {"org": "empire"}, (TIE,))))
LANDING = request_bytes("POST", "/v1/request-landing", "deathstar")


@asynccontextmanager
async def under(directory: Path, *faults: Fault, policy: str = "", body: bytes = b"") -> AsyncIterator[Sidecar]:
    """A sidecar with a fault server and these faults on; the app answers with `body`."""
    policies = parse_documents(policy, "policy.yaml").policies if policy else ()
    resources = translate_workload(WORLD, DEATHSTAR, policies, faults)
    async with (
        GrpcServer([FaultServer(Random(7))], socket_path=directory / "faults.sock"),
        running_sidecar(directory, DEATHSTAR, resources, (80,)) as sidecar,
    ):
        if body:
            sidecar.app.body = body
        await switch_on(sidecar, *faults)
        yield sidecar


async def switch_on(sidecar: Sidecar, *faults: Fault) -> None:
    await sidecar.set_runtime(runtime_layer(faults, {each.id: each.parts_per_million for each in faults}))


async def one(sidecar: Sidecar, request: bytes = LANDING) -> tuple[Answer, FlowRecord]:
    with sidecar.flows() as flows:
        answer = await sidecar.send(TIE, 80, request)
        return answer, await next_flow(flows)


@pytest.mark.parametrize("before", list(Before))
async def test_random_delay(tmp_path: Path, before: Before) -> None:
    slow = fault("slow", RandomDelay(Family.UNIFORM, (20.0, 40.0), before))
    async with under(tmp_path, slow, policy=LANDING_ONLY) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body) == (200, RecordingApp.body)
        assert answer.headers["x-riftgate-fault"] == "trouble/slow"
        assert (flow.kind, flow.effects) == (Kind.INJECTED, ("trouble/slow:random-delay",))
        assert flow.duration_ms >= 20
        # What policy refuses is not delayed.
        answer, flow = await one(sidecar, request_bytes("PUT", "/v1/request-landing", "deathstar"))
        assert (answer.status, flow.kind, flow.effects) == (403, Kind.DENIED, ())


async def test_reset_without_an_answer(tmp_path: Path) -> None:
    gone = fault("gone", Delay(1), Reset())
    async with under(tmp_path, gone, policy=LANDING_ONLY) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, flow.status) == (0, 0)
        assert (flow.kind, flow.faults, flow.effects) == (Kind.INJECTED, ("trouble/gone",), ("trouble/gone:reset",))
        assert sidecar.app.seen == []
        answer, _ = await one(sidecar, request_bytes("PUT", "/v1/request-landing", "deathstar"))
        assert (answer.status, answer.body) == (403, b"Access denied")


@pytest.mark.parametrize("after", [0, 5])
async def test_reset_after_bytes(tmp_path: Path, after: int) -> None:
    async with under(tmp_path, fault("torn", Reset(after))) as sidecar:
        with sidecar.flows() as flows:
            connection = await sidecar.open(TIE, 80)
            received = await asyncio.to_thread(read_to_the_end, connection, LANDING)
            flow = await next_flow(flows)
        head, _, rest = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        # One chunk at most, and without the one that would end the body.
        assert rest == (b"5\r\nShip \r\n" if after else b"")
        assert flow.effects == ("trouble/torn:reset",)


async def test_a_body_shorter_than_the_reset_arrives(tmp_path: Path) -> None:
    async with under(tmp_path, fault("torn", Reset(len(RecordingApp.body)))) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body, flow.effects) == (200, RecordingApp.body, ())


def read_to_the_end(connection: Any, sent: bytes) -> bytes:
    with connection:
        connection.sendall(sent)
        received = b""
        try:
            while more := connection.recv(65536):
                received += more
        except ConnectionError:
            pass
        return received


SHIPS = {"ships": ["tie", "x-wing"], "bay": 7}
JSON = json.dumps(SHIPS).encode()


@pytest.mark.parametrize(
    ("edit", "value", "body", "got"),
    [
        (Edit.REPLACE, "100 % full\n", b"Ship landed\n", b"100 % full\n"),
        (
            Edit.MERGE,
            '{"bay": null, "open": true}',
            json.dumps(SHIPS).encode(),
            b'{"ships":["tie","x-wing"],"open":true}',
        ),
        (Edit.MERGE, '{"bay": null}', b"Ship landed\n", b"Ship landed\n"),
        (
            Edit.PATCH,
            '[{"op": "remove", "path": "/ships/0"}]',
            json.dumps(SHIPS).encode(),
            b'{"ships":["x-wing"],"bay":7}',
        ),
        (Edit.TRUNCATE, "4", b"Ship landed\n", b"Ship"),
    ],
)
async def test_response_bodies(tmp_path: Path, edit: Edit, value: str, body: bytes, got: bytes) -> None:
    garbled = fault("garbled", Body(edit, value))
    async with under(tmp_path, garbled, policy=LANDING_ONLY, body=body) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body) == (200, got)
        assert flow.effects == (("trouble/garbled:body",) if got != body else ())
        answer, _ = await one(sidecar, request_bytes("PUT", "/v1/request-landing", "deathstar"))
        assert (answer.status, answer.body) == (403, b"Access denied")


async def test_corrupted_response(tmp_path: Path) -> None:
    async with under(tmp_path, fault("noise", Body(Edit.CORRUPT, "10000")), body=bytes(10_000)) as sidecar:
        answer, flow = await one(sidecar)
        assert (len(answer.body), flow.effects) == (10_000, ("trouble/noise:body",))
        # One percent of 80,000 bits, in one piece or several.
        assert sum(byte.bit_count() for byte in answer.body) == pytest.approx(800, abs=8)


@pytest.mark.parametrize(
    ("edit", "value", "got"),
    [
        (Edit.REPLACE, "closed", b"closed"),
        (Edit.MERGE, '{"bay": 8}', b'{"ships":["tie","x-wing"],"bay":8}'),
        (Edit.PATCH, '[{"op": "add", "path": "/ships/-", "value": "y"}]', b'{"ships":["tie","x-wing","y"],"bay":7}'),
        (Edit.TRUNCATE, "9", JSON[:9]),
    ],
)
async def test_request_bodies(tmp_path: Path, edit: Edit, value: str, got: bytes) -> None:
    edits = [Body(edit, value, Side.REQUEST), Body(Edit.REPLACE, "no", Side.RESPONSE)]
    async with under(tmp_path, fault("garbled", *edits)) as sidecar:
        answer, flow = await one(sidecar, with_body(JSON))
        (seen,) = sidecar.app.seen
        assert (answer.status, answer.body, seen.body) == (200, b"no", got)
        assert flow.effects == ("trouble/garbled:body",)
        assert (seen.header("content-length"), seen.header("transfer-encoding")) == (None, "chunked")


async def test_corrupted_request(tmp_path: Path) -> None:
    async with under(tmp_path, fault("noise", Body(Edit.CORRUPT, "10000", Side.REQUEST))) as sidecar:
        assert (await one(sidecar, with_body(bytes(10_000))))[0].body == RecordingApp.body
        (seen,) = sidecar.app.seen
        assert len(seen.body) == 10_000
        assert sum(byte.bit_count() for byte in seen.body) == pytest.approx(800, abs=8)


def with_body(body: bytes) -> bytes:
    return request_bytes("POST", "/v1/request-landing", "deathstar", [("content-length", str(len(body)))]) + body


async def test_a_large_body_passes_untouched(tmp_path: Path) -> None:
    body = b'{"a": "' + b"x" * 3_000_000 + b'"}'
    async with under(tmp_path, fault("garbled", Body(Edit.MERGE, '{"b": 1}')), body=body) as sidecar:
        answer, flow = await one(sidecar)
        assert (answer.status, answer.body == body, flow.effects) == (200, True, ())


async def test_the_first_and_every_so_many(tmp_path: Path) -> None:
    closed = fault("closed", Abort(503), which=Which(first=2, every=3))
    async with under(tmp_path, closed, policy=LANDING_ONLY) as sidecar:
        statuses = [each.status for each in await sidecar.send_all(TIE, 80, [LANDING] * 10)]
        assert statuses == [200, 200, 503, 200, 200, 503, 200, 200, 200, 200]
        # The next time that it is on, it counts anew.
        again = fault("closed", Abort(503), which=Which(first=2, every=3), activation=1)
        await sidecar.apply(translate_workload(WORLD, DEATHSTAR, (), (again,)))
        statuses = [each.status for each in await sidecar.send_all(TIE, 80, [LANDING] * 4)]
        assert statuses == [200, 200, 503, 200]


async def test_the_same_seed_hits_the_same_requests(tmp_path: Path) -> None:
    by_number = fault("closed", Abort(503), which=Which(seed=42), parts_per_million=300_000, match=HttpMatch("POST"))
    by_key = fault(
        "lost",
        RewriteStatus(504),
        which=Which(seed=1, key="x-ship"),
        parts_per_million=500_000,
        match=HttpMatch(path="/v2"),
    )
    async with under(tmp_path, by_number, by_key) as sidecar:
        statuses = [each.status for each in await sidecar.send_all(TIE, 80, [LANDING] * 40)]
        expected = [503 if seeded(42, "trouble/closed", f"#{n}") < 300_000 else 200 for n in range(1, 41)]
        assert statuses == expected
        assert {200, 503} == set(statuses)
        ships = [f"tie-{number % 10}" for number in range(20)]
        requests = [request_bytes("GET", "/v2", "deathstar", [("x-ship", ship)]) for ship in ships]
        statuses = [each.status for each in await sidecar.send_all(TIE, 80, requests)]
        assert statuses == [504 if seeded(1, "trouble/lost", f"={ship}") < 500_000 else 200 for ship in ships]


async def test_so_many_per_second(tmp_path: Path) -> None:
    """In any second: between a request that is hit and the answer to the third one behind it that is, there is one."""
    hit: list[tuple[float, float]] = []

    def ask(connection: socket.socket) -> None:
        with connection:
            while len(hit) < 10:
                begun = time.monotonic()
                if exchange(connection, LANDING).status == 503:
                    hit.append((begun, time.monotonic()))

    async with under(tmp_path, fault("closed", Abort(503), which=Which(per_second=3))) as sidecar:
        connection = await sidecar.open(TIE, 80)
        async with asyncio.timeout(60):
            await asyncio.to_thread(ask, connection)
    assert all(later[1] - earlier[0] >= 1 for earlier, later in zip(hit, hit[3:], strict=False))


async def test_so_many_at_once(tmp_path: Path) -> None:
    held = fault("held", RewriteStatus(504), which=Which(at_once=1))
    async with under(tmp_path, held) as sidecar:
        hold = request_bytes("GET", "/hold", "deathstar")
        connection = await sidecar.open(TIE, 80)
        first = asyncio.create_task(sidecar_exchange(connection, hold))
        async with asyncio.timeout(20):
            while not sidecar.app.seen:  # noqa: ASYNC110 - the app runs in threads of its own
                await asyncio.sleep(0.01)
        assert (await one(sidecar))[0].status == 200
        sidecar.app.release.set()
        assert await first == b"HTTP/1.1 504"
        connection.close()
        # Released by the end of the first.
        assert (await one(sidecar))[0].status == 504


async def sidecar_exchange(connection: Any, request: bytes) -> bytes:
    def work() -> bytes:
        connection.sendall(request)
        return bytes(connection.recv(12))

    return await asyncio.to_thread(work)


async def test_several_faults_on_one_request(tmp_path: Path) -> None:
    faults = [
        fault("a", Body(Edit.REPLACE, '{"ship": 1}')),
        fault("b", Body(Edit.MERGE, '{"bay": 2}'), RandomDelay(Family.FIXED, (1.0,), Before.RESPONSE)),
        fault("c", RewriteStatus(203), ResponseRate(1024), which=Which(every=1)),
    ]
    async with under(tmp_path, *faults) as sidecar:
        answer, flow = await one(sidecar)
        assert flow.faults == ("trouble/a", "trouble/b", "trouble/c")
        # The first first: replaced, then merged.
        assert (answer.status, answer.body) == (203, b'{"ship":1,"bay":2}')
        assert flow.effects == ("trouble/a:body", "trouble/b:body", "trouble/b:random-delay")


async def test_without_the_server_every_request_passes(tmp_path: Path) -> None:
    effects = (RandomDelay(Family.FIXED, (20.0,)), Body(Edit.REPLACE, "no"))
    faults = [fault("slow", *effects), fault("odd", RewriteStatus(504), which=Which(every=1), match=HttpMatch("PUT"))]
    resources = translate_workload(WORLD, DEATHSTAR, (), faults)
    async with running_sidecar(tmp_path, DEATHSTAR, resources, (80,)) as sidecar:
        await switch_on(sidecar, *faults)
        odd = request_bytes("PUT", "/v1/request-landing", "deathstar")
        answers = await sidecar.send_all(TIE, 80, [LANDING, odd] * 10)
        assert {(each.status, each.body) for each in answers} == {(200, RecordingApp.body)}
        async with GrpcServer([FaultServer(Random(7))], socket_path=tmp_path / "faults.sock"):
            async with asyncio.timeout(20):
                while (await sidecar.send(TIE, 80, LANDING)).body != b"no":
                    continue
        assert (await sidecar.send(TIE, 80, LANDING)).body == RecordingApp.body
