# SPDX-License-Identifier: Apache-2.0
"""What the fault server does to one request: Envoy's messages in, answers out. No I/O and no clock.

    request body  ─→ edit
    response body ─→ edit, cut, break off

Each as long as its fault is on: of a body that outlasts it, the rest passes as it is. Only what was cut stays cut, or
there would be a hole in it; and so it does without this server: it says where it has cut, and the sidecar keeps to it.
The messages are those of envoy.service.ext_proc.v3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from random import Random

from google.protobuf.struct_pb2 import Struct

from envoy_api.service.ext_proc.v3 import (
    BodyMutation,
    BodyResponse,
    CommonResponse,
    HeaderMutation,
    HeadersResponse,
    HttpBody,
    HttpHeaders,
    ImmediateResponse,
    ProcessingRequest,
    ProcessingResponse,
)
from envoy_api.type.v3 import HttpStatus, StatusCode
from l7filters.faults import Body, Edit, Effect, Reset, Side
from l7filters.translate.fault_server import effects_mode
from l7filters.translate.headers import CUTS_NAMESPACE, EFFECTS_NAMESPACE
from xds_server.body_edits import corrupted, edit_whole

RESET_DETAILS = "riftgate_reset"
"""Response code details of a stream that was broken off."""
_ENDLESS = ("application/grpc", "text/event-stream")


class UnexpectedMessage(Exception):
    """Something that the route did not ask Envoy to send."""


class EffectStream:
    """The effects of the faults that hit one request, in the order in which they apply. `is_on` says of a fault's id
    whether it still is."""

    def __init__(
        self, effects: Iterable[tuple[str, Effect]], random: Random, is_on: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._effects = tuple(effects)
        self._random = random
        self._is_on = is_on
        self._passed = dict.fromkeys(self._effects, 0)
        self._let_in = False
        """Whether the request came by. One that policy refuses does not, but its answer passes here on its way out."""
        self._broken: tuple[str, ...] = ()
        """The faults by which the stream ends with its next message."""
        self._kept = b""
        """What must not arrive because of them."""
        self._sent = dict.fromkeys(Side, 0)
        """Bytes of each body, as they are now."""
        self._cuts = dict.fromkeys(Side, "")
        """What the sidecar was told last: after how many of those more would stand behind a hole."""

    def answer(self, message: ProcessingRequest) -> ProcessingResponse:
        """Raises UnexpectedMessage."""
        kind = message.WhichOneof("request")
        if kind != "request_headers" and not self._let_in:
            self._effects = ()
        match kind:
            case "request_headers":
                self._let_in = True
                return self._request_headers(message.request_headers)
            case "response_headers":
                return self._response_headers(message.response_headers)
            case "request_body":
                return self._body(message.request_body, Side.REQUEST)
            case "response_body":
                return self._body(message.response_body, Side.RESPONSE)
            case other:
                raise UnexpectedMessage(f"{other} was not asked for")

    def _request_headers(self, headers: HttpHeaders) -> ProcessingResponse:
        answer = ProcessingResponse(request_headers=self._head(Side.REQUEST))
        # Looked at for those alone to whom it matters: it takes longer than all else here.
        if self._waits_for_all:
            found = header_map(headers)
            if "upgrade" in found or found.get("content-type", "").startswith(_ENDLESS):
                self._never_whole(answer)
        return answer

    def _response_headers(self, headers: HttpHeaders) -> ProcessingResponse:
        answer = ProcessingResponse(response_headers=self._head(Side.RESPONSE))
        if not self._effects:
            answer.mode_override.CopyFrom(effects_mode(()))
        if self._waits_for_all and header_map(headers).get("content-type", "").startswith(_ENDLESS):
            self._never_whole(answer)
        return answer

    @property
    def _waits_for_all(self) -> bool:
        """Whether something needs the whole of a body."""
        return any(isinstance(each, Body) and each.whole for _, each in self._effects)

    def _never_whole(self, answer: ProcessingResponse) -> None:
        """Whoever waits for all of a stream may wait for ever, and both ends with him."""
        pieces = [each for each in self._effects if not isinstance(each[1], Body) or not each[1].whole]
        if len(pieces) < len(self._effects):
            self._effects = tuple(pieces)
            answer.mode_override.CopyFrom(effects_mode([effect for _, effect in pieces]))

    def _head(self, side: Side) -> HeadersResponse:
        """A body that is edited has another length."""
        edits = [each for each in self._bodies(side) if each[1].edit is not Edit.CORRUPT]
        if not edits:
            return HeadersResponse()
        return HeadersResponse(
            response=CommonResponse(header_mutation=HeaderMutation(remove_headers=["content-length"]))
        )

    def _body(self, message: HttpBody, side: Side) -> ProcessingResponse:
        self._drop_ended()
        if self._broken and side is Side.RESPONSE:
            return self._break_off()
        piece = message.body
        if side is Side.RESPONSE:
            piece, self._kept = self._kept + piece, b""
        done: list[tuple[str, str]] = []
        for name, edit in self._bodies(side):
            changed = self._edited(name, edit, piece, message.end_of_stream)
            if changed is not None:
                done.append((name, edit.kind))
                piece = changed
        if side is Side.RESPONSE:
            for name, effect in self._effects:
                if isinstance(effect, Reset):
                    piece = self._cut(name, effect, piece)
            if self._broken and (message.end_of_stream or not piece):
                return self._break_off()
        common = CommonResponse()
        if piece != message.body:
            common.body_mutation.CopyFrom(BodyMutation(body=piece) if piece else BodyMutation(clear_body=True))
        body = BodyResponse(response=common)
        answer = ProcessingResponse()
        (answer.request_body if side is Side.REQUEST else answer.response_body).CopyFrom(body)
        # An empty message is set by being touched; nothing was changed, and that is an answer too.
        (answer.request_body if side is Side.REQUEST else answer.response_body).SetInParent()
        _tell(answer, done)
        self._sent[side] += len(piece)
        self._tell_cut(answer, side)
        return answer

    def _edited(self, name: str, edit: Body, piece: bytes, complete: bool) -> bytes | None:
        """None: nothing was done to it."""
        if edit.whole:
            return edit_whole(piece, edit) if complete else None
        if edit.edit is Edit.CORRUPT:
            return corrupted(piece, edit.number, self._random) if piece else None
        left = edit.number - self._passed[name, edit]
        self._passed[name, edit] += len(piece)
        return piece[: max(0, left)] if len(piece) > left else None

    def _cut(self, name: str, reset: Reset, piece: bytes) -> bytes:
        left = (reset.after_bytes or 0) - self._passed[name, reset]
        self._passed[name, reset] += len(piece)
        if len(piece) <= left:
            return piece
        self._broken = (*self._broken, name)
        self._kept = piece[max(0, left) :] + self._kept
        return piece[: max(0, left)]

    def _drop_ended(self) -> None:
        """Those whose fault has ended meanwhile; it is not theirs again when that is turned on anew."""
        self._effects = tuple(each for each in self._effects if self._is_on(each[0]) or self._has_cut(*each))
        on = {name for name, _ in self._effects}
        self._broken = tuple(name for name in self._broken if name in on)

    def _tell_cut(self, answer: ProcessingResponse, side: Side) -> None:
        """The piece that the sidecar gets with this is the last before the hole; or there is none any more."""
        beyond = ""
        if self._broken and side is Side.RESPONSE:
            beyond = "reset"
        elif any(self._has_cut(*each) for each in self._bodies(side)):
            beyond = "drop"
        cut = f"{self._sent[side]} {beyond}" if beyond else ""
        if cut != self._cuts[side]:
            self._cuts[side] = cut
            answer.dynamic_metadata.update({CUTS_NAMESPACE: {side.value: cut}})

    def _has_cut(self, name: str, effect: Effect) -> bool:
        return isinstance(effect, Body) and effect.edit is Edit.TRUNCATE and self._passed[name, effect] > effect.number

    def _break_off(self) -> ProcessingResponse:
        """An answer of its own behind a response that has begun: Envoy can only reset the stream."""
        immediate = ImmediateResponse(status=HttpStatus(code=StatusCode.InternalServerError), details=RESET_DETAILS)
        answer = ProcessingResponse(immediate_response=immediate)
        _tell(answer, [(name, "reset") for name in self._broken])
        return answer

    def _bodies(self, side: Side) -> Sequence[tuple[str, Body]]:
        return [(name, each) for name, each in self._effects if isinstance(each, Body) and each.of is side]


def header_map(headers: HttpHeaders) -> Mapping[str, str]:
    """By names in small letters; of several with one name, all values with commas between."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in headers.headers.headers:
        found[each.key].append(each.raw_value.decode(errors="replace") or each.value)
    return {name: ",".join(values) for name, values in found.items()}


def _tell(answer: ProcessingResponse, done: Sequence[tuple[str, str]]) -> None:
    """Notes in the request's metadata what was done, for the access log: kind of effect, and the faults' ids."""
    if done:
        answer.dynamic_metadata.CopyFrom(_note(tuple(done)))


@lru_cache(maxsize=1024)
def _note(done: tuple[tuple[str, str], ...]) -> Struct:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name, kind in done:
        by_kind[kind].append(name)
    note = Struct()
    note.update({EFFECTS_NAMESPACE: {kind: ",".join(names) for kind, names in by_kind.items()}})
    return note
