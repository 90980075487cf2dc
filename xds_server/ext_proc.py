# SPDX-License-Identifier: Apache-2.0
"""Envoy's external processing service: what faults do that Envoy cannot, and the draw of those with `which`.

A stream says in its metadata what to do (`l7filters.translate.fault_server`); what it cannot be told from there is
answered with an error, and the sidecar lets the request pass unharmed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random

from google.protobuf.message import DecodeError

from envoy_api.config.core.v3 import HeaderValue, HeaderValueOption
from envoy_api.service.ext_proc.v3 import (
    CommonResponse,
    HeaderMutation,
    HeadersResponse,
    ProcessingRequest,
    ProcessingResponse,
)
from l7filters.faults import Effect, Which
from l7filters.translate.fault_server import (
    DRAW_KEY,
    EFFECT_KEY,
    draw_from_json,
    effect_from_json,
)
from l7filters.translate.headers import DRAWN_HEADER

from .draw import Dice, Draw
from .effect_stream import EffectStream, UnexpectedMessage, header_map
from .fault_leases import FaultLeases
from .grpc_call import Call, CallListener, Shared, StatusCode

_log = logging.getLogger(__name__)

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"

Drawn = tuple[str, int, int, Which]


@lru_cache(maxsize=4096)
def _effect(text: str) -> tuple[str, Effect]:
    return effect_from_json(text)


@lru_cache(maxsize=4096)
def _draw(text: str) -> Drawn:
    return draw_from_json(text)


class DrawStream:
    """One request that one or several faults with `which` match."""

    def __init__(self, faults: tuple[Drawn, ...], dice: Dice) -> None:
        self._faults = faults
        self._dice = dice
        self._draws: list[Draw] = []

    def answer(self, message: ProcessingRequest) -> ProcessingResponse:
        """Raises UnexpectedMessage."""
        match message.WhichOneof("request"):
            case "request_headers":
                return self._drawn(message)
            case "response_headers":
                self.close()
                return ProcessingResponse(response_headers=HeadersResponse())
            case other:
                raise UnexpectedMessage(f"{other} was not asked for")

    def _drawn(self, message: ProcessingRequest) -> ProcessingResponse:
        headers = header_map(message.request_headers)
        hit = ""
        for fault, activation, parts, which in self._faults:
            draw = self._dice.draw(fault, activation, parts, which, headers)
            if draw.hit:
                self._draws.append(draw)
                hit += f"{fault},"
        option = HeaderValueOption(
            header=HeaderValue(key=DRAWN_HEADER, raw_value=f",{hit}".encode()),
            append_action=HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
        )
        common = CommonResponse(header_mutation=HeaderMutation(set_headers=[option]), clear_route_cache=True)
        return ProcessingResponse(request_headers=HeadersResponse(response=common))

    def close(self) -> None:
        for draw in self._draws:
            draw.release()


class FaultServer:
    """Answers the sidecars. Add its `handler` to a server.

    `clock` is in seconds and never goes back. `random` is where corruptions and unseeded draws come from. `leases` says
    until when faults are on.
    """

    def __init__(
        self,
        random: Random | None = None,
        clock: Callable[[], float] = time.monotonic,
        leases: FaultLeases | None = None,
    ) -> None:
        self._leases = leases or FaultLeases()
        self._random = random or Random()
        self._dice = Dice(clock, self._random)
        self._open: set[_Processing] = set()
        self._stops = False

    @property
    def handler(self) -> Mapping[str, Callable[[Call], CallListener | None]]:
        """The method by its path."""
        return {f"/{SERVICE}/Process": self._opened}

    def close(self) -> None:
        """Every request goes on without the server: its stream ends in good order, also one that opens still."""
        self._stops = True
        for each in tuple(self._open):
            each.end()

    def _opened(self, call: Call) -> CallListener | None:
        if self._stops:
            call.end()
            return None
        said = sorted((key, value) for key, value in call.headers if key.startswith((EFFECT_KEY, DRAW_KEY)))
        try:
            if not said:
                raise ValueError("it says neither what to do nor whom to draw")
            if said[0][0].startswith(DRAW_KEY):
                draws = DrawStream(tuple(_draw(value) for _, value in said), self._dice)
                processing = _Processing(call, draws, self)
            else:
                effects = EffectStream((_effect(value) for _, value in said), self._random, self._leases.is_on)
                processing = _Processing(call, effects, self)
        except (KeyError, ValueError) as error:
            _log.error("a stream that cannot be understood: %s", error)
            call.end(StatusCode.INVALID_ARGUMENT, f"{type(error).__name__}: {error}")
            return None
        self._open.add(processing)
        return processing

    def forget(self, processing: _Processing) -> None:
        """Its stream has ended."""
        self._open.discard(processing)


class _Processing:
    """One stream; one message at a time, as the sidecar sends them."""

    def __init__(self, call: Call, stream: EffectStream | DrawStream, server: FaultServer) -> None:
        self._call = call
        self._stream = stream
        self._server = server

    def message_received(self, encoded: bytes) -> None:
        message = ProcessingRequest()
        try:
            message.ParseFromString(encoded)
            answer = self._stream.answer(message)
        except (DecodeError, UnexpectedMessage) as error:
            self._call.end(StatusCode.INVALID_ARGUMENT, str(error))
            return
        self._call.send(Shared(answer.SerializeToString()))

    def end(self) -> None:
        """The request goes on without the server."""
        self._call.end()

    def half_closed(self) -> None:
        """The sidecar has nothing more to ask."""
        self.end()

    def drained(self) -> None:
        """Nothing waits for that: a question is taken only once the answer before it is."""

    def closed(self) -> None:
        self._server.forget(self)
        if isinstance(self._stream, DrawStream):
            self._stream.close()
