# SPDX-License-Identifier: Apache-2.0
"""The fault server's side of network ext_proc: how many answers there are for how many questions, and its ends."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from envoy_api.service.network_ext_proc.v3 import Data, ProcessingRequest, ProcessingResponse
from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices
from l7filters.connection_faults import ConnectionFault, Existing, connection_rule
from l7filters.faults import Family, FaultTarget, RandomDelay
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, World
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_proc import SERVICE, ConnectionFaultServer
from xds_server.grpc_call import CallListener, Shared, StatusCode

WORLD = World((Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",)),))
HEADERS = (
    ("x-riftgate-pod", "default/deathstar"),
    ("x-riftgate-inject", "server"),
    ("x-riftgate-local", "10.0.0.1:80"),
    ("x-riftgate-remote", "10.0.0.2:4711"),
    ("x-riftgate-connection", "7"),
)
LATE = RandomDelay(Family.FIXED, (1.0,))


class Call:
    """What the server sends, and how it ends."""

    blocked = False

    def __init__(self, headers: tuple[tuple[str, str], ...] = HEADERS) -> None:
        self.headers = headers
        self.sent: list[ProcessingResponse] = []
        self.ended: StatusCode | None = None
        self.listener: CallListener | None = None

    def send(self, shared: Shared, own: bytes = b"") -> None:
        self.sent.append(ProcessingResponse.FromString(shared.body))

    def end(self, code: StatusCode = StatusCode.OK, details: str = "") -> None:
        self.ended = code
        if self.listener is not None:
            self.listener.closed()

    round_trip = 0.0

    def measure(self, since: float) -> None:
        pass

    def say(self, kind: str, data: bytes, end: bool = False) -> None:
        assert self.listener is not None
        message = ProcessingRequest(**{kind: Data(data=data, end_of_stream=end)})  # type: ignore[arg-type]
        self.listener.message_received(message.SerializeToString())

    def answers(self, kind: str) -> list[bytes]:
        return [getattr(each, kind).data for each in self.sent if each.HasField(kind)]  # type: ignore[arg-type]


def fault(does: ConnectionEffects, name: str = "f", **more: Any) -> ConnectionFault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    return ConnectionFault("s", name, SourceLocation("s.yaml", 1), target, does, **more)


class Lab:
    def __init__(self) -> None:
        self.hits: list[ConnectionHit] = []
        self.server = ConnectionFaultServer(self.hits.append, Random(1))

    def on(self, *faults: ConnectionFault, seconds: float = 600) -> None:
        end = self.server.clock() + seconds
        self.server.set_rules((connection_rule(WORLD, each), end) for each in faults)

    def call(self) -> Call:
        call = Call()
        call.listener = self.server.handler[f"/{SERVICE}/Process"](call)  # type: ignore[arg-type]
        assert call.listener is not None
        return call

    def did(self) -> list[Did]:
        return [each.did for each in self.hits]


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is looked at has no events
            await asyncio.sleep(0.001)


@pytest.fixture
async def lab() -> Any:
    made = Lab()
    yield made
    made.server.close()


async def test_one_answer_for_each_question_unless_data_is_cut(lab: Lab) -> None:
    lab.on(fault(ConnectionEffects(latency=LATE, corrupt_parts=1)))
    call = lab.call()
    for number in range(5):
        call.say("read_data", bytes(10), number == 4)
        call.say("write_data", bytes(10), number == 4)
    await eventually(lambda: call.ended is StatusCode.OK)
    assert (len(call.answers("read_data")), len(call.answers("write_data"))) == (5, 5)
    (told,) = (each for each in call.sent if each.dynamic_metadata.fields)
    assert dict(told.dynamic_metadata["riftgate.effects"]) == {"connection": "s/f"}


@pytest.mark.parametrize(
    "does",
    [
        ConnectionEffects(slices=Slices(1)),
        ConnectionEffects(bytes_per_second=1000),
        ConnectionEffects(close_after_bytes=1000),
        ConnectionEffects(blackhole_after=2),
        ConnectionEffects(close_delay_milliseconds=1),
    ],
)
async def test_answers_are_always_ahead_where_data_is_cut(lab: Lab, does: ConnectionEffects) -> None:
    """Envoy closes when its count gets to 0 from above, which must not be while something is held."""
    lab.on(fault(does))
    call = lab.call()
    for number in range(1, 100):
        call.say("read_data", b"abc")
        call.say("write_data", b"abc")
        assert len(call.answers("read_data")) - number >= 100
        assert len(call.answers("write_data")) - number >= 100
    call.end()


async def test_nothing_is_held_for_a_connection_that_is_gone(lab: Lab) -> None:
    lab.on(fault(ConnectionEffects(blackhole_after=0)))
    call = lab.call()
    call.say("read_data", bytes(1000))
    assert lab.server.held >= 1000
    call.end()
    assert lab.server.held == 0
    assert lab.did() == [Did.HIT, Did.BLACKHOLE]


async def test_a_fault_that_ends_lets_go(lab: Lab) -> None:
    lab.on(fault(ConnectionEffects(blackhole_after=0)), seconds=0.05)
    call = lab.call()
    call.say("read_data", b"abc")
    call.say("read_data", b"def", True)
    await eventually(lambda: b"".join(call.answers("read_data")) == b"abcdef")
    # And one of several.
    other = fault(ConnectionEffects(corrupt_parts=1_000_000), "other")
    lab.on(fault(ConnectionEffects(blackhole_after=0)), other)
    call = lab.call()
    call.say("read_data", b"\0")
    lab.on(other)
    assert b"".join(call.answers("read_data")) == b"\xff"
    call.end()


async def test_open_ones_are_reset_once(lab: Lab) -> None:
    call = lab.call()
    call.say("read_data", b"abc")
    hard = fault(ConnectionEffects(latency=LATE), existing=Existing.RESET)
    lab.on(hard)
    assert call.sent[-1].connection_status == ProcessingResponse.ConnectionStatus.CLOSE_RST
    count = len(call.sent)
    lab.on(hard)
    assert len(call.sent) == count
    call.end()


async def test_it_stops_with_all_connections(lab: Lab) -> None:
    lab.on(fault(ConnectionEffects(reset=ConnectionReset(after_milliseconds=3_600_000))))
    calls = [lab.call() for _ in range(3)]
    for call in calls:
        call.say("read_data", b"abc")
    lab.server.close()
    assert [call.ended for call in calls] == [StatusCode.UNAVAILABLE] * 3


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (*HEADERS[:3], ("x-riftgate-remote", "nowhere"), *HEADERS[4:]),
        HEADERS[:4],
        (("x-riftgate-inject", "both"), *HEADERS[2:]),
    ],
)
async def test_what_it_cannot_understand(lab: Lab, headers: tuple[tuple[str, str], ...]) -> None:
    lab.on(fault(ConnectionEffects(latency=LATE)))
    call = Call(headers)
    assert lab.server.handler[f"/{SERVICE}/Process"](call) is None  # type: ignore[arg-type]
    assert call.ended is StatusCode.INVALID_ARGUMENT


def test_lines() -> None:
    hit = ConnectionHit("s/f", "default/deathstar", "10.0.0.1:80", "10.0.0.2:1", "7", Did.HIT)
    assert (
        hit.to_line()
        == b'{"hit": {"pod": "default/deathstar", "remote": "10.0.0.2:1", "connection": "7", "fault": "s/f"}}\n'
    )
    closed = ConnectionHit("s/f", "default/deathstar", "10.0.0.1:80", "10.0.0.2:1", "7", Did.CLOSE)
    assert closed.to_line().startswith(b'{"did": {"pod": "default/deathstar"')
