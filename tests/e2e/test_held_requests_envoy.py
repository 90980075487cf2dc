# SPDX-License-Identifier: Apache-2.0
"""Requests and responses that the sidecar holds itself, for as long as it has drawn or the fault server has said: on a
real Envoy, with bodies that come meanwhile, callers that leave, and fault servers that die."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from l7filters.faults import Before, Family, Fault, FaultTarget, RandomDelay
from l7filters.labels import Selector
from l7filters.parse import parse_documents
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import RecordingApp, Sidecar, exchange, next_flow, request_bytes, running_sidecar
from xds_server.ext_proc import FaultServer
from xds_server.flow import Kind
from xds_server.server import GrpcServer

SERVER = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",), (WorkloadPort(80),))
WORLD = World(workloads=(SERVER,))
CALLER = "10.0.0.2"
GET = request_bytes("GET", "/v1", "deathstar")
CHUNKED = request_bytes("POST", "/v1", "deathstar", [("transfer-encoding", "chunked")])
ONLY_V1 = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: rule1}
spec:
  endpointSelector: {matchLabels: {class: deathstar}}
  ingress:
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{path: /v1}]}
"""
ALL = r"http\.inbound_80\.downstream_rq_total"
ANSWERS = r"http\.inbound_80\.ext_proc\.stream_msgs_received"
QUESTIONS = r"http\.inbound_80\.ext_proc\.stream_msgs_sent"
SENT_ON = r"cluster\.inbound/80\.upstream_rq_total"


def drawn_by_server(milliseconds: float, before: Before = Before.REQUEST) -> RandomDelay:
    """What could be longer than a second, for all that anybody knows of such distributions."""
    return RandomDelay(Family.NORMAL, (milliseconds, 0.0), before, max(2000.0, milliseconds))


def drawn_by_sidecar(milliseconds: float, before: Before = Before.REQUEST) -> RandomDelay:
    return RandomDelay(Family.FIXED, (milliseconds,), before)


@asynccontextmanager
async def late(directory: Path, delay: RandomDelay) -> AsyncIterator[tuple[Sidecar, AsyncExitStack]]:
    """A sidecar with such a delay; the fault server is what is on the stack."""
    slow = fault("slow", delay)
    async with AsyncExitStack() as server:
        faults = FaultServer(Random(7))
        await server.enter_async_context(GrpcServer([faults], socket_path=directory / "faults.sock"))
        server.callback(faults.close)
        async with running_sidecar(directory, SERVER, translate_workload(WORLD, SERVER, (), (slow,)), (80,)) as sidecar:
            await switch(sidecar, slow)
            yield sidecar, server


def fault(name: str, delay: RandomDelay) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    return Fault("trouble", name, SourceLocation("s.yaml", 1), target, (delay,))


async def switch(sidecar: Sidecar, *faults: Fault) -> None:
    await sidecar.set_runtime(runtime_layer(faults, {each.id: each.parts_per_million for each in faults}))


async def until(sidecar: Sidecar, counter: str, value: int) -> None:
    async with asyncio.timeout(20):
        while await sidecar.counter(counter) < value:
            continue


async def say(connection: socket.socket, *chunks: bytes) -> None:
    sent = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    await asyncio.to_thread(connection.sendall, sent)


@pytest.mark.parametrize(("drawn", "held"), [(drawn_by_server, ANSWERS), (drawn_by_sidecar, ALL)])
async def test_a_body_that_comes_in_pieces(tmp_path: Path, drawn: Callable[[float], RandomDelay], held: str) -> None:
    """Before its request is held, meanwhile, and afterwards; the last piece too."""
    async with late(tmp_path, drawn(400.0)) as (sidecar, _):
        connection = await sidecar.open(CALLER, 80)
        await asyncio.to_thread(connection.sendall, CHUNKED)
        await say(connection, b"one")
        await until(sidecar, held, 1)
        await say(connection, b"two", b"three")
        assert await sidecar.counter(SENT_ON) == 0
        await until(sidecar, SENT_ON, 1)
        await say(connection, b"four")
        answer = await asyncio.to_thread(exchange, connection, b"4\r\nfive\r\n0\r\n\r\n")
        assert (answer.status, answer.body) == (200, RecordingApp.body)
        assert [each.body for each in sidecar.app.seen] == [b"onetwothreefourfive"]
        # The connection has lost nothing: its next request is held too, and whole.
        answer = await asyncio.to_thread(exchange, connection, CHUNKED + b"3\r\nsix\r\n0\r\n\r\n")
        assert answer.status == 200
        assert sidecar.app.seen[-1].body == b"six"
        connection.close()


@pytest.mark.parametrize("drawn", [drawn_by_server, drawn_by_sidecar])
async def test_a_body_larger_than_what_is_kept(tmp_path: Path, drawn: Callable[[float], RandomDelay]) -> None:
    body = bytes(range(256)) * 20_000
    length = ("content-length", str(len(body)))
    async with late(tmp_path, drawn(200.0)) as (sidecar, _):
        with sidecar.flows() as flows:
            sent = request_bytes("POST", "/v1", "deathstar", [length]) + body
            assert (await sidecar.send(CALLER, 80, sent)).status == 200
            assert (await next_flow(flows)).duration_ms >= 200
        assert [each.body == body for each in sidecar.app.seen] == [True]


@pytest.mark.parametrize("drawn", [drawn_by_server, drawn_by_sidecar])
async def test_a_response_larger_than_what_is_kept(
    tmp_path: Path, drawn: Callable[[float, Before], RandomDelay]
) -> None:
    async with late(tmp_path, drawn(200.0, Before.RESPONSE)) as (sidecar, _):
        sidecar.app.body = bytes(range(256)) * 20_000
        with sidecar.flows() as flows:
            answer = await sidecar.send(CALLER, 80, GET)
            flow = await next_flow(flows)
        assert (answer.status, answer.body == sidecar.app.body) == (200, True)
        assert (flow.kind, flow.effects) == (Kind.INJECTED, ("trouble/slow:random-delay",))
        assert flow.duration_ms >= 200


@pytest.mark.parametrize("before", list(Before))
async def test_a_caller_that_leaves(tmp_path: Path, before: Before) -> None:
    async with late(tmp_path, drawn_by_server(900.0, before)) as (sidecar, _):
        with sidecar.flows() as flows:
            for answered in range(1, 4):
                connection = await sidecar.open(CALLER, 80)
                await asyncio.to_thread(connection.sendall, GET)
                await until(sidecar, ANSWERS, answered * (1 if before is Before.REQUEST else 2))
                connection.close()
                flow = await next_flow(flows)
                assert (flow.status, flow.kind) == (0 if before is Before.REQUEST else 200, Kind.INJECTED)
            # Whoever comes when those would have gone on finds a sidecar that is well.
            answer = await sidecar.send(CALLER, 80, GET)
            flow = await next_flow(flows)
        assert (answer.status, answer.body) == (200, RecordingApp.body)
        assert flow.duration_ms >= 900
        assert len(sidecar.app.seen) == (1 if before is Before.REQUEST else 4)


@pytest.mark.parametrize("before", list(Before))
async def test_the_fault_server_dies_while_the_sidecar_holds(tmp_path: Path, before: Before) -> None:
    """Then nobody is needed any more: it goes on when its time has come."""
    async with late(tmp_path, drawn_by_server(900.0, before)) as (sidecar, server):
        with sidecar.flows() as flows:
            connection = await sidecar.open(CALLER, 80)
            held = asyncio.create_task(asyncio.to_thread(exchange, connection, GET))
            await until(sidecar, ANSWERS, 1 if before is Before.REQUEST else 2)
            await server.aclose()
            assert (await held).body == RecordingApp.body
            assert (await next_flow(flows)).duration_ms >= 900
            # And whom nobody draws is not held.
            assert (await sidecar.exchange(connection, GET)).status == 200
            assert (await next_flow(flows)).effects == ()
        connection.close()


@pytest.mark.parametrize("before", list(Before))
async def test_a_long_delay_is_the_fault_servers_but_for_its_end(tmp_path: Path, before: Before) -> None:
    async with late(tmp_path, drawn_by_server(1500.0, before)) as (sidecar, _):
        with sidecar.flows() as flows:
            connection = await sidecar.open(CALLER, 80)
            held = asyncio.create_task(asyncio.to_thread(exchange, connection, GET))
            await until(sidecar, QUESTIONS, 1 if before is Before.REQUEST else 2)
            # Its time is its own also when the fault is off before it.
            await switch(sidecar)
            assert (await held).status == 200
            flow = await next_flow(flows)
            assert (flow.duration_ms >= 1500, flow.effects) == (True, ("trouble/slow:random-delay",))
            assert (await sidecar.exchange(connection, GET)).status == 200
            assert (await next_flow(flows)).kind is not Kind.INJECTED
        connection.close()


@pytest.mark.parametrize("before", list(Before))
async def test_the_fault_server_dies_while_it_holds(tmp_path: Path, before: Before) -> None:
    async with late(tmp_path, drawn_by_server(60_000.0, before)) as (sidecar, server):
        with sidecar.flows() as flows:
            connection = await sidecar.open(CALLER, 80)
            held = asyncio.create_task(asyncio.to_thread(exchange, connection, GET))
            await until(sidecar, QUESTIONS, 1 if before is Before.REQUEST else 2)
            await server.aclose()
            # Not after a minute: the connection waits for 20 s.
            assert (await held).body == RecordingApp.body
            assert (await next_flow(flows)).effects == ()
        connection.close()


async def test_nobody_is_asked_where_no_delay_is_longer_than_a_second(tmp_path: Path) -> None:
    """So they are held without a fault server too; and what policy refuses is not."""
    async with late(tmp_path, drawn_by_sidecar(200.0, Before.RESPONSE)) as (sidecar, server):
        await server.aclose()
        two = [fault("a", drawn_by_sidecar(50.0)), fault("b", drawn_by_sidecar(50.0, Before.RESPONSE))]
        await sidecar.apply(translate_workload(WORLD, SERVER, parse_documents(ONLY_V1, "p.yaml").policies, two))
        await switch(sidecar, *two)
        with sidecar.flows() as flows:
            assert (await sidecar.send(CALLER, 80, GET)).body == RecordingApp.body
            flow = await next_flow(flows)
            assert flow.duration_ms >= 100
            assert (flow.kind, flow.effects) == (
                Kind.INJECTED,
                ("trouble/a:random-delay", "trouble/b:random-delay"),
            )
            assert (await sidecar.send(CALLER, 80, request_bytes("GET", "/v2", "deathstar"))).status == 403
            flow = await next_flow(flows)
            assert (flow.kind, flow.effects) == (Kind.DENIED, ())
        assert await sidecar.counter(QUESTIONS) == 0
