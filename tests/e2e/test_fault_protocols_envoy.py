# SPDX-License-Identifier: Apache-2.0
"""Faults on gRPC (unary and streaming, so on HTTP/2) and on WebSocket, through a real Envoy and gRPC's own client.
HTTP/1.1 is what all other tests of faults speak."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from l7filters.faults import (
    Abort,
    Before,
    Body,
    ConcurrencyLimit,
    Delay,
    Edit,
    Effect,
    Family,
    Fault,
    FaultTarget,
    HeaderEdits,
    Headers,
    RandomDelay,
    Reset,
    ResponseRate,
    Side,
    Which,
)
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Sidecar, request_bytes, running_envoy
from tests.envoy_steering import inbound_of
from tests.recording_app import APP_ADDRESS
from xds_server.ext_proc import FaultServer
from xds_server.http2_frames import DATA, END_HEADERS, END_STREAM, FRAME, HEADERS, PREFACE, SETTINGS, frame
from xds_server.server import GrpcServer

TALK = Path(__file__).parent / "pods" / "grpc_talk.py"
SERVER = Workload("default", "echo", {"app": "echo"}, ("10.0.0.1",), (WorkloadPort(80), WorkloadPort(8080)))
WORLD = World(workloads=(SERVER,))
CALLER = "10.0.0.2"
WHOLE = {"Unary": {"messages": ["ship"], "status": "OK"}, "Stream": {"messages": ["ship"] * 3, "status": "OK"}}


def fault(*effects: Effect, which: Which | None = None) -> Fault:
    target = FaultTarget("default", Selector.of({"app": "echo"}))
    return Fault("trouble", "f", SourceLocation("s.yaml", 1), target, effects, which=which)


@asynccontextmanager
async def sidecar_and_echo(directory: Path) -> AsyncIterator[Sidecar]:
    """A sidecar with a fault server, a WebSocket app on port 80 and gRPC's echo on 8080."""
    resources, steer = translate_workload(WORLD, SERVER, (), ()), inbound_of(SERVER, (80, 8080))
    async with (
        GrpcServer([FaultServer(Random(7))], socket_path=directory / "faults.sock"),
        running_envoy(directory, SERVER, resources, steer, [(APP_ADDRESS, 80)]) as sidecar,
    ):
        # A child of the thread that is in the network is in it too.
        echo = await sidecar.network.run_async(lambda: talk("serve", "127.0.0.1:8080"))
        try:
            assert echo.stdout is not None
            assert await asyncio.to_thread(echo.stdout.readline) == "ready\n"
            yield sidecar
        finally:
            echo.kill()
            await asyncio.to_thread(echo.wait)


def talk(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(TALK), *words], stdout=subprocess.PIPE, text=True)


async def switch(sidecar: Sidecar, *faults: Fault) -> None:
    await sidecar.apply(translate_workload(WORLD, SERVER, (), faults))
    await sidecar.set_runtime(runtime_layer(faults, {each.id: each.parts_per_million for each in faults}))


async def ask(sidecar: Sidecar) -> dict[str, Any]:
    client = await sidecar.network.run_async(lambda: talk("ask", "10.0.0.1:8080"))
    output, _ = await asyncio.to_thread(client.communicate, timeout=60)
    told: dict[str, Any] = json.loads(output)
    return told


@pytest.fixture
def passed() -> tuple[Fault, ...]:
    """Faults with which every call still gets through whole."""
    return (
        fault(Delay(1)),
        fault(RandomDelay(Family.UNIFORM, (30.0, 50.0))),
        fault(RandomDelay(Family.FIXED, (30.0,), Before.RESPONSE), which=Which(every=1)),
        fault(Headers(HeaderEdits(set=(("x-a", "1"),)), HeaderEdits(set=(("x-b", "2"),)))),
        fault(ConcurrencyLimit(10)),
        fault(ResponseRate(1)),
        # Nobody waits for the end of a stream: what needs a whole body leaves it alone.
        fault(Body(Edit.REPLACE, "no"), Body(Edit.MERGE, '{"a": 1}', Side.REQUEST)),
    )


async def test_grpc(tmp_path: Path, passed: tuple[Fault, ...]) -> None:
    async with sidecar_and_echo(tmp_path) as sidecar:
        for each in passed:
            await switch(sidecar, each)
            told = await ask(sidecar)
            got = {name: {"messages": one["messages"], "status": one["status"]} for name, one in told.items()}
            assert got == WHOLE, each
        await switch(sidecar, fault(Abort(grpc_status=9, body="try Endor")))
        for one in (await ask(sidecar)).values():
            assert (one["messages"], one["status"], one["details"]) == ([], "FAILED_PRECONDITION", "try Endor")
        await switch(sidecar, fault(Reset()))
        for one in (await ask(sidecar)).values():
            # RST_STREAM with INTERNAL_ERROR.
            assert (one["messages"], one["status"]) == ([], "INTERNAL")
        # One message is five bytes of head and four of `ship`.
        await switch(sidecar, fault(Reset(after_bytes=9)))
        told = await ask(sidecar)
        assert told["Unary"]["status"] == "OK"
        assert told["Stream"]["status"] == "INTERNAL"
        assert len(told["Stream"]["messages"]) <= 1
        await switch(sidecar)
        told = await ask(sidecar)
        assert {one["status"] for one in told.values()} == {"OK"}


async def test_a_message_that_ends_behind_the_delay(tmp_path: Path) -> None:
    """One part of it comes while its request is held, and the other, with the end of the stream, afterwards."""
    message = b"\0\0\0\0\4ship"
    async with sidecar_and_echo(tmp_path) as sidecar:
        await switch(sidecar, fault(RandomDelay(Family.FIXED, (300.0,))))
        connection = await sidecar.open(CALLER, 8080)
        await asyncio.to_thread(connection.sendall, call_head(1) + frame(DATA, 0, 1, message[:6]))
        async with asyncio.timeout(20):
            while await sidecar.counter(r"cluster\.inbound/8080\.upstream_rq_total") == 0:
                continue
        await asyncio.to_thread(connection.sendall, frame(DATA, END_STREAM, 1, message[6:]))
        assert await asyncio.to_thread(answers, connection, [1]) == {1: (message, HEADERS)}
        connection.close()


async def test_calls_at_once_whose_fault_ends(tmp_path: Path) -> None:
    """Each has a rate of its own, and comes whole, with its trailers, once there is none any more."""
    message = b"\0\0\0\x3a\x98" + b"ship" * 3750
    calls = (1, 3)
    received = r"cluster\.inbound/8080/rate/trouble/f\.upstream_cx_rx_bytes_total"
    async with sidecar_and_echo(tmp_path) as sidecar:
        await switch(sidecar, fault(ResponseRate(1)))
        connection = await sidecar.open(CALLER, 8080)
        await asyncio.to_thread(connection.sendall, call_head(*calls))
        for stream in calls:
            await asyncio.to_thread(connection.sendall, frame(DATA, END_STREAM, stream, message))
        async with asyncio.timeout(20):
            while await sidecar.counter(received) < 1500:
                continue
        assert await sidecar.counter(received) < len(message)
        assert await sidecar.counter(r"cluster\.inbound/8080/rate/trouble/f\.upstream_cx_active") == len(calls)
        await sidecar.set_runtime({})
        assert await asyncio.to_thread(answers, connection, calls) == dict.fromkeys(calls, (message, HEADERS))
        connection.close()


def call_head(*streams: int) -> bytes:
    """The beginning of a connection and of calls of the echo on it, one for each stream."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/test.Echo/Unary",
        ":authority": "echo",
        "content-type": "application/grpc",
        "te": "trailers",
    }
    # Fields that enter no table (RFC 7541, 6.2.2).
    block = b"".join(
        b"\0" + bytes((len(name),)) + name.encode() + bytes((len(value),)) + value.encode()
        for name, value in fields.items()
    )
    begun = b"".join(frame(HEADERS, END_HEADERS, stream, block) for stream in streams)
    return PREFACE + frame(SETTINGS, 0, 0) + begun


def answers(connection: socket.socket, streams: Sequence[int]) -> dict[int, tuple[bytes, int]]:
    """Of each stream all data and the kind of frame that ends it."""
    data = dict.fromkeys(streams, b"")
    ends: dict[int, int] = {}
    with connection.makefile("rb") as incoming:
        while len(ends) < len(streams):
            high, low, kind, flags, stream = FRAME.unpack(incoming.read(FRAME.size))
            payload = incoming.read(high << 16 | low)
            if stream and kind == DATA:
                data[stream] += payload
            if stream and kind in (DATA, HEADERS) and flags & END_STREAM:
                ends[stream] = kind
    return {stream: (data[stream], ends[stream]) for stream in streams}


async def test_websocket(tmp_path: Path, passed: tuple[Fault, ...]) -> None:
    upgrade = request_bytes("GET", "/", "echo", [("connection", "upgrade"), ("upgrade", "websocket")])
    async with sidecar_and_echo(tmp_path) as sidecar:
        for each in passed:
            await switch(sidecar, each)
            head, line = await exchange(await sidecar.open(CALLER, 80), upgrade)
            assert head.startswith(b"HTTP/1.1 101 "), each
            assert line == b"ship\n", each
        await switch(sidecar, fault(Abort(503)))
        head, _ = await exchange(await sidecar.open(CALLER, 80), upgrade)
        assert head.startswith(b"HTTP/1.1 503 ")
        await switch(sidecar, fault(Reset()))
        assert await exchange(await sidecar.open(CALLER, 80), upgrade) == (b"", b"")


async def exchange(connection: socket.socket, upgrade: bytes) -> tuple[bytes, bytes]:
    """The response's head, and what came back for a line behind it."""

    def work() -> tuple[bytes, bytes]:
        with connection:
            connection.sendall(upgrade)
            head = b""
            while b"\r\n\r\n" not in head and (more := connection.recv(1)):
                head += more
            if b" 101 " not in head:
                return head, b""
            connection.sendall(b"ship\n")
            return head, connection.recv(100)

    return await asyncio.to_thread(work)
