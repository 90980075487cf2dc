# SPDX-License-Identifier: Apache-2.0
"""Responses at a rate, through a real Envoy: that they are no faster, and what becomes of one that is under way when
its fault ends, when its caller leaves or does not read, and when its app breaks off."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from l7filters.faults import (
    Before,
    ConcurrencyLimit,
    Effect,
    Family,
    Fault,
    FaultTarget,
    RandomDelay,
    ResponseRate,
)
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Answer, Sidecar, exchange, next_flow, request_bytes, running_envoy, running_sidecar
from tests.envoy_steering import inbound_of
from tests.recording_app import APP_ADDRESS
from xds_server.flow import Kind

SERVER = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",), (WorkloadPort(80),))
WORLD = World(workloads=(SERVER,))
CALLER = "10.0.0.2"
GET = request_bytes("GET", "/v1", "deathstar")
BODY = bytes(range(251)) * 16_000
"""At 1 KiB/s more than an hour's."""
SLOW = "cluster\\.inbound/80/rate/trouble/slow\\."
RECEIVED = SLOW + "upstream_cx_rx_bytes_total"
OPEN = SLOW + "upstream_cx_active"


def fault(*effects: Effect, name: str = "slow") -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    return Fault("trouble", name, SourceLocation("s.yaml", 1), target, effects)


async def switch(sidecar: Sidecar, *faults: Fault, ttl: float | None = None) -> None:
    """These are on, and no others."""
    await sidecar.set_runtime(runtime_layer(faults, {each.id: each.parts_per_million for each in faults}), ttl=ttl)


@asynccontextmanager
async def slowed(directory: Path, *faults: Fault) -> AsyncIterator[Sidecar]:
    async with running_sidecar(directory, SERVER, translate_workload(WORLD, SERVER, (), faults), (80,)) as sidecar:
        sidecar.app.body = BODY
        await switch(sidecar, *faults)
        yield sidecar


@asynccontextmanager
async def under_way(sidecar: Sidecar, name: str = RECEIVED) -> AsyncIterator[asyncio.Task[Answer]]:
    """A response of which a little has come."""
    before = await sidecar.counter(name)
    connection = await sidecar.open(CALLER, 80)
    with connection:
        answer = asyncio.create_task(asyncio.to_thread(exchange, connection, GET))
        await until(sidecar, name, before + 1500)
        assert not answer.done()
        yield answer
        await answer


async def until(sidecar: Sidecar, counter: str, least: int) -> None:
    async with asyncio.timeout(20):
        while await sidecar.counter(counter) < least:
            continue


async def until_none(sidecar: Sidecar, gauge: str) -> None:
    async with asyncio.timeout(20):
        while await sidecar.counter(gauge) > 0:
            continue


async def test_a_response_is_no_faster(tmp_path: Path) -> None:
    """How much slower it is, the benchmark tells."""
    async with slowed(tmp_path, fault(ResponseRate(256))) as sidecar:
        sidecar.app.body = BODY[: 384 * 1024]
        for _ in range(2):
            with sidecar.flows() as flows:
                began = time.monotonic()
                answer = await sidecar.send(CALLER, 80, GET)
                # Of it, what a pause of 50 ms may have left.
                assert time.monotonic() - began >= 1.4
                assert (answer.status, answer.body == sidecar.app.body) == (200, True)
                assert answer.headers["x-riftgate-fault"] == "trouble/slow"
                flow = await next_flow(flows)
            assert (flow.kind, flow.faults, flow.upstream_cluster) == (
                Kind.INJECTED,
                ("trouble/slow",),
                "inbound/80/rate/trouble/slow",
            )


async def test_a_fault_that_is_turned_off_slows_nothing(tmp_path: Path) -> None:
    """Nor one that is turned on anew: what the connection has learned of the first is no longer so."""
    slow = fault(ResponseRate(1))
    async with slowed(tmp_path, slow) as sidecar:
        for already in range(2):
            async with under_way(sidecar) as answer:
                # It is the app that waits: the sidecar has read no more than may pass.
                assert await sidecar.counter(RECEIVED) < (already + 0.5) * len(BODY)
                await switch(sidecar)
                assert (await answer).body == BODY
            assert (await sidecar.send(CALLER, 80, GET)).body == BODY
            await switch(sidecar, slow)


async def test_a_lease_that_ends_with_nobody_there(tmp_path: Path) -> None:
    slow = fault(ResponseRate(1))
    async with slowed(tmp_path, slow) as sidecar:
        await switch(sidecar, slow, ttl=4.0)
        async with under_way(sidecar) as answer:
            await sidecar.control.aclose()
            assert (await answer).body == BODY


async def test_routes_that_go_before_the_response_has_come(tmp_path: Path) -> None:
    """As at the end of a scenario: first the fault is off, then its routes and clusters are gone."""
    async with slowed(tmp_path, fault(ResponseRate(1))) as sidecar:
        async with under_way(sidecar) as answer:
            await switch(sidecar)
            await sidecar.apply(translate_workload(WORLD, SERVER, (), ()))
            assert (await answer).body == BODY
        assert (await sidecar.send(CALLER, 80, GET)).body == BODY


async def test_a_caller_that_leaves(tmp_path: Path) -> None:
    async with slowed(tmp_path, fault(ResponseRate(1))) as sidecar:
        connection = await sidecar.open(CALLER, 80)
        await asyncio.to_thread(connection.sendall, GET)
        await until(sidecar, RECEIVED, 1500)
        connection.close()
        await until_none(sidecar, OPEN)
        async with under_way(sidecar) as answer:
            await switch(sidecar)
            assert (await answer).body == BODY


async def test_a_caller_that_does_not_read(tmp_path: Path) -> None:
    """Much more than Envoy and the kernel keep, which then is read all at once."""
    async with slowed(tmp_path, fault(ResponseRate(1024 * 1024))) as sidecar:
        sidecar.app.body = BODY * 8
        connection = await sidecar.open(CALLER, 80)
        with connection:
            await asyncio.to_thread(connection.sendall, GET)
            await until(sidecar, SLOW + "upstream_flow_control_paused_reading_total", 1)
            answer = await asyncio.to_thread(exchange, connection, b"")
        assert (answer.status, answer.body == sidecar.app.body) == (200, True)


@contextmanager
def broken_app(network_address: tuple[str, int], reset: bool) -> Iterator[None]:
    """Answers each request with the half of what it has promised."""
    listening = socket.create_server(network_address)

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2048\r\n\r\n" + BODY[:1024])
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


@pytest.mark.parametrize("reset", [False, True])
async def test_an_app_that_breaks_off(tmp_path: Path, reset: bool) -> None:
    slow = fault(ResponseRate(4))
    resources = translate_workload(WORLD, SERVER, (), [slow])
    async with running_envoy(tmp_path, SERVER, resources, inbound_of(SERVER, (80,)), []) as sidecar:
        await switch(sidecar, slow)
        app = await sidecar.network.run_async(lambda: broken_app((APP_ADDRESS, 80), reset))
        await sidecar.network.run_async(app.__enter__)
        try:
            for _ in range(2):
                got = await take(await sidecar.open(CALLER, 80))
                # So the caller learns that something is missing.
                assert got.count(BODY[:1024]) == (0 if reset and BODY[:1024] not in got else 1)
                assert b"content-length: 2048" in got or reset
        finally:
            app.__exit__(None, None, None)


async def take(connection: socket.socket) -> bytes:
    """All that comes for a request until the connection ends."""

    def work() -> bytes:
        got = b""
        with connection:
            connection.sendall(GET)
            try:
                while more := connection.recv(65536):
                    got += more
            except ConnectionError:
                pass
        return got

    return await asyncio.to_thread(work)


async def test_beside_other_faults(tmp_path: Path) -> None:
    """Of two rates the slowest counts; a limit and a delay hold as ever."""
    late = RandomDelay(Family.FIXED, (30.0,), Before.RESPONSE)
    both = [
        fault(ResponseRate(1024), ConcurrencyLimit(1), late, name="other"),
        fault(ResponseRate(1)),
    ]
    cluster = "cluster\\.inbound/80/at-once/1/rate/trouble/slow\\."
    received = cluster + "upstream_cx_rx_bytes_total"
    async with slowed(tmp_path, *both) as sidecar, under_way(sidecar, received) as answer:
        assert (await sidecar.send(CALLER, 80, GET)).status == 503
        await switch(sidecar)
        assert (await answer).body == BODY
