# SPDX-License-Identifier: Apache-2.0
"""Requests and responses that the sidecar holds, for as long as it has drawn and their faults are on: on a real Envoy,
with bodies that come meanwhile, callers that leave, and control and fault servers that die."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from l7filters.faults import Abort, Before, Delay, Effect, Family, Fault, FaultTarget, RandomDelay
from l7filters.labels import Selector
from l7filters.parse import parse_documents
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Answer, Sidecar, exchange, next_flow, request_bytes, running_sidecar
from tests.recording_app import RecordingApp
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
RECEIVED = r"cluster\.inbound/80\.upstream_cx_rx_bytes_total"
QUESTIONS = r"http\.inbound_80\.ext_proc\.stream_msgs_sent"
SENT_ON = r"cluster\.inbound/80\.upstream_rq_total"


def drawn(milliseconds: float, before: Before = Before.REQUEST) -> RandomDelay:
    return RandomDelay(Family.FIXED, (milliseconds,), before, max(1.0, milliseconds))


LONG = (Delay(3_600_000), drawn(600_000.0), drawn(600_000.0, Before.RESPONSE))
"""All of them longer than a test waits for an answer."""


@asynccontextmanager
async def late(directory: Path, *delays: Delay | RandomDelay) -> AsyncIterator[tuple[Sidecar, AsyncExitStack]]:
    """A sidecar with such delays, of a fault each; the fault server is what is on the stack."""
    faults = faults_of(*delays)
    async with AsyncExitStack() as server:
        answering = FaultServer(Random(7))
        await server.enter_async_context(GrpcServer([answering], socket_path=directory / "faults.sock"))
        server.callback(answering.close)
        async with running_sidecar(directory, SERVER, translate_workload(WORLD, SERVER, (), faults), (80,)) as sidecar:
            await switch(sidecar, *faults)
            yield sidecar, server


def faults_of(*delays: Delay | RandomDelay) -> list[Fault]:
    return [fault(f"slow{number}", delay) for number, delay in enumerate(delays)]


def fault(name: str, *effects: Effect) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    return Fault("trouble", name, SourceLocation("s.yaml", 1), target, effects)


def layer(*faults: Fault) -> dict[str, object]:
    return runtime_layer(faults, {each.id: each.parts_per_million for each in faults})


async def switch(sidecar: Sidecar, *faults: Fault) -> None:
    """These are on, and no others."""
    await sidecar.set_runtime(layer(*faults))


async def meet(sidecar: Sidecar, *delays: Delay | RandomDelay) -> None:
    """The first request under a fault asks Envoy's main thread whether it is on, and is spared if it is turned off
    meanwhile; this is that request, and those that come later are held at once."""
    short = [Delay(1) if isinstance(each, Delay) else drawn(1.0, each.before) for each in delays]
    await sidecar.apply(translate_workload(WORLD, SERVER, (), faults_of(*short)))
    with sidecar.flows() as flows:
        assert (await sidecar.send(CALLER, 80, GET)).status == 200
        await next_flow(flows)
    await sidecar.apply(translate_workload(WORLD, SERVER, (), faults_of(*delays)))


@asynccontextmanager
async def held(sidecar: Sidecar, delay: Delay | RandomDelay) -> AsyncIterator[asyncio.Task[Answer]]:
    """A request that is held, or whose response is."""
    counter = ALL if delay.before is Before.REQUEST else RECEIVED
    before = await sidecar.counter(counter)
    connection = await sidecar.open(CALLER, 80)
    with connection:
        answer = asyncio.create_task(asyncio.to_thread(exchange, connection, GET))
        await until(sidecar, counter, before + 1)
        yield answer
        await answer


async def until(sidecar: Sidecar, counter: str, value: int) -> None:
    async with asyncio.timeout(20):
        while await sidecar.counter(counter) < value:
            continue


async def say(connection: socket.socket, *chunks: bytes) -> None:
    sent = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    await asyncio.to_thread(connection.sendall, sent)


async def test_a_body_that_comes_in_pieces(tmp_path: Path) -> None:
    """Before its request is held, meanwhile, and afterwards; the last piece too."""
    async with late(tmp_path, drawn(400.0)) as (sidecar, _):
        connection = await sidecar.open(CALLER, 80)
        await asyncio.to_thread(connection.sendall, CHUNKED)
        await say(connection, b"one")
        await until(sidecar, ALL, 1)
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


async def test_a_body_larger_than_what_is_kept(tmp_path: Path) -> None:
    body = bytes(range(256)) * 20_000
    length = ("content-length", str(len(body)))
    async with late(tmp_path, drawn(200.0)) as (sidecar, _):
        with sidecar.flows() as flows:
            sent = request_bytes("POST", "/v1", "deathstar", [length]) + body
            assert (await sidecar.send(CALLER, 80, sent)).status == 200
            assert (await next_flow(flows)).duration_ms >= 200
        assert [each.body == body for each in sidecar.app.seen] == [True]


async def test_a_response_larger_than_what_is_kept(tmp_path: Path) -> None:
    async with late(tmp_path, drawn(200.0, Before.RESPONSE)) as (sidecar, _):
        sidecar.app.body = bytes(range(256)) * 20_000
        with sidecar.flows() as flows:
            answer = await sidecar.send(CALLER, 80, GET)
            flow = await next_flow(flows)
        assert (answer.status, answer.body == sidecar.app.body) == (200, True)
        assert (flow.kind, flow.effects) == (Kind.INJECTED, ("trouble/slow0:random-delay",))
        assert flow.duration_ms >= 200


@pytest.mark.parametrize("before", list(Before))
async def test_a_caller_that_leaves(tmp_path: Path, before: Before) -> None:
    come = ALL if before is Before.REQUEST else RECEIVED
    async with late(tmp_path, drawn(900.0, before)) as (sidecar, _):
        with sidecar.flows() as flows:
            for _ in range(3):
                known = await sidecar.counter(come)
                connection = await sidecar.open(CALLER, 80)
                await asyncio.to_thread(connection.sendall, GET)
                await until(sidecar, come, known + 1)
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
async def test_the_fault_server_has_no_part_in_it(tmp_path: Path, before: Before) -> None:
    async with late(tmp_path, drawn(2500.0, before)) as (sidecar, server):
        with sidecar.flows() as flows:
            async with held(sidecar, drawn(2500.0, before)) as answer:
                await server.aclose()
                assert (await answer).body == RecordingApp.body
            flow = await next_flow(flows)
            assert (flow.duration_ms >= 2500, flow.effects) == (True, ("trouble/slow0:random-delay",))
        assert await sidecar.counter(QUESTIONS) == 0


@pytest.mark.parametrize("delay", LONG)
async def test_a_fault_that_is_turned_off_holds_nothing(tmp_path: Path, delay: Delay | RandomDelay) -> None:
    async with late(tmp_path, delay) as (sidecar, _):
        await meet(sidecar, delay)
        with sidecar.flows() as flows:
            async with held(sidecar, delay) as answer:
                await switch(sidecar)
                # Else nobody would answer within the 20 s that the connection waits for it.
                assert (await answer).body == RecordingApp.body
            flow = await next_flow(flows)
            assert (flow.kind, flow.effects) == (Kind.INJECTED, (f"trouble/slow0:{delay.kind}",))
            assert (await sidecar.send(CALLER, 80, GET)).status == 200
            assert (await next_flow(flows)).kind is not Kind.INJECTED


@pytest.mark.parametrize("delay", LONG)
async def test_a_lease_that_ends_with_nobody_there(tmp_path: Path, delay: Delay | RandomDelay) -> None:
    """Control and fault server are gone: Envoy itself drops the layer when its time is over."""
    async with late(tmp_path, delay) as (sidecar, server):
        await sidecar.set_runtime(layer(*faults_of(delay)), ttl=3.0)
        async with held(sidecar, delay) as answer:
            await server.aclose()
            await sidecar.control.aclose()
            assert (await answer).body == RecordingApp.body
        assert (await sidecar.send(CALLER, 80, GET)).status == 200


@pytest.mark.parametrize("before", list(Before))
async def test_one_of_two_faults_ends(tmp_path: Path, before: Before) -> None:
    """The message is held for as long as the other one wants it to be."""
    delays = (drawn(3000.0, before), drawn(600_000.0, before))
    async with late(tmp_path, *delays) as (sidecar, _):
        await meet(sidecar, *delays)
        with sidecar.flows() as flows:
            async with held(sidecar, delays[0]) as answer:
                await switch(sidecar, faults_of(*delays)[0])
                assert (await answer).status == 200
            flow = await next_flow(flows)
            assert flow.effects == ("trouble/slow0:random-delay", "trouble/slow1:random-delay")
            assert flow.duration_ms >= 3000


async def test_an_abort_comes_behind_the_delay(tmp_path: Path) -> None:
    async with late(tmp_path) as (sidecar, _):
        both = fault("both", Delay(1500), Abort(503))
        await sidecar.apply(translate_workload(WORLD, SERVER, (), [both]))
        await switch(sidecar, both)
        with sidecar.flows() as flows:
            assert (await sidecar.send(CALLER, 80, GET)).status == 503
            flow = await next_flow(flows)
        assert (flow.duration_ms >= 1500, flow.flags, flow.effects) == (True, ("FI",), ("trouble/both:delay",))
        assert sidecar.app.seen == []


async def test_what_policy_refuses_is_not_held(tmp_path: Path) -> None:
    async with late(tmp_path, drawn(200.0, Before.RESPONSE)) as (sidecar, server):
        await server.aclose()
        two = [fault("a", drawn(50.0)), fault("b", drawn(50.0, Before.RESPONSE))]
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
