# SPDX-License-Identifier: Apache-2.0
"""Bodies that go on when the fault that changes them has ended, by its lease, by hand, or with the fault server: the
rest arrives as it was sent, and whole; or nothing of it, where there would be a hole. A real Envoy and the real
process."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from l7filters.faults import Body, Edit, Effect, Fault, FaultTarget, Reset, Side
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Sidecar, request_bytes, running_sidecar
from tests.fault_server_process import FaultServerProcess, fault_server

SERVER = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",), (WorkloadPort(80),))
WORLD = World(workloads=(SERVER,))
CALLER = "10.0.0.2"
STREAM = request_bytes("GET", "/stream", "deathstar")
LATER = 1 << 50
"""Milliseconds of CLOCK_BOOTTIME."""
NOISE = Body(Edit.CORRUPT, "1000000")
FAULT = "trouble/torn"


@asynccontextmanager
async def stream(directory: Path, effect: Effect) -> AsyncIterator[tuple[Sidecar, FaultServerProcess, BinaryIO]]:
    """A response under a fault with this effect, of which the head has come."""
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    torn = Fault("trouble", "torn", SourceLocation("s.yaml", 1), target, (effect,))
    with fault_server(directory / "faults.sock", WORLD) as server:
        server.tell_leases({FAULT: LATER})
        async with running_sidecar(directory, SERVER, translate_workload(WORLD, SERVER, (), [torn]), (80,)) as sidecar:
            await sidecar.set_runtime(runtime_layer([torn], {torn.id: torn.parts_per_million}))
            with await sidecar.open(CALLER, 80) as connection, connection.makefile("rb") as received:
                connection.sendall(STREAM)
                sidecar.app.pieces.put(b"one")
                head = await asyncio.to_thread(lambda: [*iter(received.readline, b"\r\n")])
                assert head[0] == b"HTTP/1.1 200 OK\r\n"
                yield sidecar, server, received


async def piece(received: BinaryIO) -> bytes:
    """The next chunk; empty: the last one."""

    def read() -> bytes:
        data = received.read(int(received.readline(), 16))
        received.readline()
        return data

    return await asyncio.to_thread(read)


def inverted(data: bytes) -> bytes:
    return bytes(each ^ 0xFF for each in data)


async def forgotten(server: FaultServerProcess) -> None:
    """It was turned off, and on again, by the same name."""
    server.tell_leases({})
    await told(server)


async def over(server: FaultServerProcess) -> None:
    server.tell_leases({FAULT: time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000})
    await told(server)


async def told(server: FaultServerProcess) -> None:
    """It has read what it was told before."""
    server.tell(2)
    assert await asyncio.to_thread(server.next_word) == {"version": 2}


async def killed(server: FaultServerProcess) -> None:
    server.send_signal(signal.SIGKILL)
    server.wait()


ENDINGS = pytest.mark.parametrize("end", [forgotten, over, killed])
End = Callable[[FaultServerProcess], "asyncio.Future[None]"]


@ENDINGS
async def test_corruption_ends(tmp_path: Path, end: End) -> None:
    async with stream(tmp_path, NOISE) as (sidecar, server, received):
        assert await piece(received) == inverted(b"one")
        await end(server)
        for each in (b"two", b"three", b""):
            sidecar.app.pieces.put(each)
            assert await piece(received) == each
            if end is forgotten:
                # Whom it has let go it does not take back.
                server.tell_leases({FAULT: LATER})
                await told(server)


@ENDINGS
@pytest.mark.parametrize("effect", [Reset(5), Body(Edit.TRUNCATE, "5")], ids=["reset", "truncate"])
async def test_what_would_have_been_torn_arrives(tmp_path: Path, effect: Effect, end: End) -> None:
    async with stream(tmp_path, effect) as (sidecar, server, received):
        assert await piece(received) == b"one"
        await end(server)
        for each in (b"two", b"three", b""):
            sidecar.app.pieces.put(each)
            assert await piece(received) == each


@pytest.mark.parametrize("end", [forgotten, over])
async def test_a_reset_that_comes_too_late_loses_nothing(tmp_path: Path, end: End) -> None:
    """The bytes behind which it breaks off have passed already, those behind them wait for it."""
    async with stream(tmp_path, Reset(5)) as (sidecar, server, received):
        assert await piece(received) == b"one"
        sidecar.app.pieces.put(b"two")
        assert await piece(received) == b"tw"
        await end(server)
        sidecar.app.pieces.put(b"three")
        assert await piece(received) == b"othree"
        sidecar.app.pieces.put(b"")
        assert await piece(received) == b""


async def test_a_reset_whose_server_is_gone_leaves_no_hole(tmp_path: Path) -> None:
    """What the fault server kept back is lost with it: the response ends, as it was to, and not in good order."""
    for after in ([b"three"], [b""]):
        async with stream(tmp_path, Reset(5)) as (sidecar, server, received):
            assert await piece(received) == b"one"
            sidecar.app.pieces.put(b"two")
            assert await piece(received) == b"tw"
            await killed(server)
            for each in after:
                sidecar.app.pieces.put(each)
            assert await asyncio.to_thread(received.read) == b""
            sidecar.app.pieces.put(b"")


@ENDINGS
async def test_what_is_cut_stays_cut(tmp_path: Path, end: End) -> None:
    """Else there would be a hole in it."""
    async with stream(tmp_path, Body(Edit.TRUNCATE, "5")) as (sidecar, server, received):
        assert await piece(received) == b"one"
        sidecar.app.pieces.put(b"two")
        assert await piece(received) == b"tw"
        await end(server)
        for each in (b"three", b""):
            sidecar.app.pieces.put(each)
        assert await piece(received) == b""


@ENDINGS
async def test_a_request_that_is_cut_stays_cut(tmp_path: Path, end: End) -> None:
    async with stream(tmp_path, Body(Edit.TRUNCATE, "5", Side.REQUEST)) as (sidecar, server, received):
        # The first one is over.
        sidecar.app.pieces.put(b"")
        assert [await piece(received) for _ in range(2)] == [b"one", b""]
        upload = (
            request_bytes("POST", "/upload", "deathstar").removesuffix(b"\r\n") + b"transfer-encoding: chunked\r\n\r\n"
        )
        with await sidecar.open(CALLER, 80) as connection:
            connection.sendall(upload + chunk(b"one") + chunk(b"two"))
            # What another one sends later comes to the fault server later.
            whole = upload + chunk(b"another") + chunk(b"")
            assert (await sidecar.send(CALLER, 80, whole, "POST")).status == 200
            await end(server)
            connection.sendall(chunk(b"three") + chunk(b""))
            with connection.makefile("rb") as answered:
                assert await asyncio.to_thread(answered.readline) == b"HTTP/1.1 200 OK\r\n"
        assert [each.body for each in sidecar.app.seen[1:]] == [b"anoth", b"onetw"]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
