# SPDX-License-Identifier: Apache-2.0
"""Faults on WebSocket, through a real Envoy: the upgrade, and what passes behind it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

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
    Side,
    Which,
)
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Sidecar, request_bytes, running_sidecar
from xds_server.ext_proc import FaultServer
from xds_server.server import GrpcServer

SERVER = Workload("default", "echo", {"app": "echo"}, ("10.0.0.1",), (WorkloadPort(80),))
WORLD = World(workloads=(SERVER,))
CALLER = "10.0.0.2"


def fault(*effects: Effect, which: Which | None = None) -> Fault:
    target = FaultTarget("default", Selector.of({"app": "echo"}))
    return Fault("trouble", "f", SourceLocation("s.yaml", 1), target, effects, which=which)


@asynccontextmanager
async def sidecar_and_app(directory: Path) -> AsyncIterator[Sidecar]:
    """A sidecar with a fault server, and an app that takes the upgrade and sends lines back."""
    async with (
        GrpcServer([FaultServer(Random(7))], socket_path=directory / "faults.sock"),
        running_sidecar(directory, SERVER, translate_workload(WORLD, SERVER, (), ()), (80,)) as sidecar,
    ):
        yield sidecar


async def switch(sidecar: Sidecar, *faults: Fault) -> None:
    await sidecar.apply(translate_workload(WORLD, SERVER, (), faults))
    await sidecar.set_runtime(runtime_layer(faults, {each.id: each.parts_per_million for each in faults}))


@pytest.fixture
def passed() -> tuple[Fault, ...]:
    """Faults with which the upgrade and what follows still get through whole."""
    return (
        fault(Delay(1)),
        fault(RandomDelay(Family.UNIFORM, (1.0, 5.0))),
        fault(RandomDelay(Family.FIXED, (1.0,), Before.RESPONSE), which=Which(every=1)),
        fault(Headers(HeaderEdits(set=(("x-a", "1"),)), HeaderEdits(set=(("x-b", "2"),)))),
        fault(ConcurrencyLimit(10)),
        # Nobody waits for the end of a stream: what needs a whole body leaves it alone.
        fault(Body(Edit.REPLACE, "no"), Body(Edit.MERGE, '{"a": 1}', Side.REQUEST)),
    )


async def test_websocket(tmp_path: Path, passed: tuple[Fault, ...]) -> None:
    upgrade = request_bytes("GET", "/", "echo", [("connection", "upgrade"), ("upgrade", "websocket")])
    async with sidecar_and_app(tmp_path) as sidecar:
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
