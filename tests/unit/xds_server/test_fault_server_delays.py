# SPDX-License-Identifier: Apache-2.0
"""Which part of a delay is the fault server's own: all but its last second, which the sidecar is told to wait."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import cast

import pytest

from envoy_api.service.ext_proc.v3 import HttpHeaders, ProcessingRequest, ProcessingResponse
from l7filters.faults import Before, Family, RandomDelay
from l7filters.translate.fault_server import EFFECT_KEY, effect_to_json
from l7filters.translate.headers import HOLD_NAMESPACE
from xds_server.ext_proc import SERVICE, FaultServer
from xds_server.grpc_call import Call, Shared

HALF_A_SECOND = 500.0


@dataclass
class Recorded:
    """A call that only notes what is done with it."""

    headers: list[tuple[str, str]]
    sent: list[ProcessingResponse] = field(default_factory=list)
    held: bool = False
    ended: bool = False
    gone_on: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, message: Shared) -> None:
        self.sent.append(ProcessingResponse.FromString(message.body))

    def hold(self) -> None:
        self.held = True

    def go_on(self) -> None:
        self.gone_on.set()

    def end(self) -> None:
        self.ended = True


def asked(server: FaultServer, milliseconds: float, before: Before) -> Recorded:
    """A request that a sidecar asks about."""
    effect = effect_to_json("siege/late", RandomDelay(Family.FIXED, (milliseconds,), before))
    call = Recorded([(f"{EFFECT_KEY}0", effect)])
    stream = server.handler[f"/{SERVICE}/Process"](cast("Call", call))
    assert stream is not None
    stream.message_received(ProcessingRequest(request_headers=HttpHeaders()).SerializeToString())
    if before is Before.RESPONSE:
        assert not call.held
        stream.message_received(ProcessingRequest(response_headers=HttpHeaders()).SerializeToString())
    return call


def told(answer: ProcessingResponse) -> dict[str, float]:
    """For how many milliseconds the sidecar is to hold what."""
    if HOLD_NAMESPACE not in answer.dynamic_metadata.fields:
        return {}
    holds = answer.dynamic_metadata.fields[HOLD_NAMESPACE].struct_value.fields
    return {key: holds[key].number_value for key in holds}


def without_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the event loop is to call later is called soon; the seconds that it was to take."""
    seconds: list[float] = []
    loop = asyncio.get_running_loop()

    def soon(delay: float, call: Callable[..., object], *arguments: object) -> asyncio.Handle:
        seconds.append(delay)
        return loop.call_soon(call, *arguments)

    monkeypatch.setattr(loop, "call_later", soon)
    return seconds


@pytest.mark.parametrize("before", list(Before))
async def test_the_last_second_is_the_sidecars(before: Before) -> None:
    with closing(FaultServer()) as server:
        for milliseconds in (HALF_A_SECOND, 1000.0):
            call = asked(server, milliseconds, before)
            assert not call.held
            assert told(call.sent[-1]) == {before: milliseconds}


@pytest.mark.parametrize("before", list(Before))
async def test_what_is_longer_is_held_until_then(before: Before, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = without_waiting(monkeypatch)
    with closing(FaultServer()) as server:
        call = asked(server, 2000.0 + HALF_A_SECOND, before)
        assert call.held
        await call.gone_on.wait()
        assert seconds == [pytest.approx(1.5)]
        # All of it is told: it counts from the moment at which the sidecar began to ask.
        assert told(call.sent[-1]) == {before: 2000.0 + HALF_A_SECOND}


async def test_a_server_that_stops_lets_go_of_what_it_holds() -> None:
    """Not its connections alone, which have two seconds: a request would be late by them, after the fault's end."""
    with closing(FaultServer()) as server:
        call = asked(server, 60_000.0, Before.REQUEST)
        assert call.held
    assert call.ended


async def test_a_server_that_stops_holds_nothing_new() -> None:
    """What a sidecar asks before it has heard of the stop."""
    server = FaultServer()
    server.close()
    call = Recorded([(f"{EFFECT_KEY}0", effect_to_json("siege/late", RandomDelay(Family.FIXED, (200.0,))))])
    assert server.handler[f"/{SERVICE}/Process"](cast("Call", call)) is None
    assert call.ended


async def test_a_short_delay_needs_no_more_time_than_the_sidecar_gives() -> None:
    with closing(FaultServer()) as server:
        assert asked(server, 3000.0, Before.REQUEST).sent == []
        (more,) = asked(server, 4000.0, Before.REQUEST).sent
    assert more.override_message_timeout.ToMilliseconds() == 8000
