# SPDX-License-Identifier: Apache-2.0
"""From when on a delay counts: what a question was on its way is part of it, unless a clock has jumped meanwhile."""

import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import cast

import pytest

from envoy_api.service.ext_proc.v3 import HttpHeaders, ProcessingRequest
from l7filters.faults import Before, Family, RandomDelay
from l7filters.translate.fault_server import ASKED_KEY, EFFECT_KEY, effect_to_json
from xds_server.ext_proc import SERVICE, FaultServer
from xds_server.grpc_call import Call

HOUR = 3600.0


@dataclass
class Recorded:
    """A call that only notes what is done with it."""

    headers: list[tuple[str, str]]
    sent: list[object] = field(default_factory=list)
    held: bool = False
    ended: bool = False
    round_trip: float = 0.0

    def send(self, message: object) -> None:
        self.sent.append(message)

    def hold(self) -> None:
        self.held = True

    def end(self) -> None:
        self.ended = True


def held(ago: float | None, before: Before = Before.REQUEST, milliseconds: float = 200.0, way: float = 0.0) -> Recorded:
    """A request that the sidecar asked about so many seconds ago, by its own clock, so far away and back."""
    effect = effect_to_json("siege/late", RandomDelay(Family.FIXED, (milliseconds,), before))
    headers = [(f"{EFFECT_KEY}0", effect)]
    if ago is not None:
        headers.append((ASKED_KEY, f"{time.time() - ago:.9f}"))
    call = Recorded(headers, round_trip=way)
    # It stops while the request is held.
    with closing(FaultServer()) as server:
        stream = server.handler[f"/{SERVICE}/Process"](cast("Call", call))
        assert stream is not None
        stream.message_received(ProcessingRequest(request_headers=HttpHeaders()).SerializeToString())
        if before is Before.RESPONSE:
            assert not call.held
            stream.message_received(ProcessingRequest(response_headers=HttpHeaders()).SerializeToString())
    return call


async def test_a_question_that_was_longer_on_its_way_than_the_delay_is_answered_at_once() -> None:
    call = held(ago=0.4)
    assert not call.held
    assert len(call.sent) == 1


async def test_a_question_without_its_time_is_held_for_all_of_the_delay() -> None:
    assert held(ago=None).held


async def test_a_server_that_stops_lets_go_of_what_it_holds() -> None:
    """Not its connections alone, which have two seconds: a request would be late by them, after the fault's end."""
    call = held(ago=None)
    assert call.held
    assert call.ended


async def test_a_server_that_stops_holds_nothing_new() -> None:
    """What a sidecar asks before it has heard of the stop."""
    server = FaultServer()
    server.close()
    call = Recorded([(f"{EFFECT_KEY}0", effect_to_json("siege/late", RandomDelay(Family.FIXED, (200.0,))))])
    assert server.handler[f"/{SERVICE}/Process"](cast("Call", call)) is None
    assert call.ended


async def test_what_asking_costs_is_part_of_the_delay() -> None:
    """As far as that can be on a machine that is not busy: a millisecond."""
    assert not held(ago=0.0, milliseconds=0.5, way=0.0009).held
    assert held(ago=0.0, milliseconds=200.0, way=5.0).held


@pytest.mark.parametrize("ago", [-5.0, 5.0, HOUR, -HOUR])
async def test_a_clock_that_jumped_takes_nothing_from_a_delay(ago: float) -> None:
    assert held(ago).held


async def test_a_response_is_late_from_when_it_is_there() -> None:
    assert held(ago=0.4, before=Before.RESPONSE).held


async def test_a_short_delay_needs_no_more_time_than_the_sidecar_gives() -> None:
    assert held(ago=None).sent == []
    assert len(held(ago=None, milliseconds=4000.0).sent) == 1
