# SPDX-License-Identifier: Apache-2.0
"""What the fault server answers, message by message."""

from random import Random

import pytest

from envoy_api.extensions.filters.http.ext_proc.v3 import ProcessingMode
from envoy_api.service.ext_proc.v3 import ProcessingRequest, ProcessingResponse
from l7filters.faults import Abort, Body, Edit, Effect, Reset, Side, Which
from l7filters.translate.fault_server import draw_from_json, draw_to_json, effect_from_json, effect_to_json
from l7filters.translate.headers import CUTS_NAMESPACE, EFFECTS_NAMESPACE
from tests.unit.l7filters.test_faults import fault
from xds_server.effect_stream import RESET_DETAILS, EffectStream, UnexpectedMessage

NONE = ProcessingMode.BodySendMode.NONE


def stream(*effects: Effect, let_in: bool = True, content_type: str = "application/json") -> EffectStream:
    """A stream whose request has come by, unless policy refused it."""
    made = EffectStream([("s/f", effect) for effect in effects], Random(7))
    if let_in:
        made.answer(headers("request_headers", content_type))
    return made


def headers(kind: str, content_type: str) -> ProcessingRequest:
    message = ProcessingRequest()
    getattr(message, kind).headers.headers.add(key="content-type", raw_value=content_type.encode())
    return message


def body(content: bytes, end: bool = False, kind: str = "response_body") -> ProcessingRequest:
    message = ProcessingRequest()
    getattr(message, kind).body = content
    getattr(message, kind).end_of_stream = end
    return message


def said(message: ProcessingResponse) -> dict[str, str]:
    """Kinds of effects that happened, with their faults."""
    if EFFECTS_NAMESPACE not in message.dynamic_metadata.fields:
        return {}
    told = message.dynamic_metadata.fields[EFFECTS_NAMESPACE].struct_value.fields
    return {kind: told[kind].string_value for kind in told}


def test_a_refused_requests_answer_is_left_alone() -> None:
    refused = stream(Body(Edit.REPLACE, "no"), let_in=False)
    answer = refused.answer(headers("response_headers", "text/plain"))
    assert answer.mode_override.response_body_mode == NONE
    assert not answer.response_headers.response.header_mutation.remove_headers
    answer = refused.answer(body(b"Access denied", end=True))
    assert not answer.response_body.response.HasField("body_mutation")
    assert said(answer) == {}


@pytest.mark.parametrize("kind", ["application/grpc", "application/grpc+proto", "text/event-stream"])
def test_streams_without_an_end_are_never_held_for_their_whole(kind: str) -> None:
    made = EffectStream([("s/f", Body(Edit.REPLACE, "no"))], Random(7))
    answer = made.answer(headers("request_headers", kind))
    assert answer.mode_override.response_body_mode == NONE
    assert not made.answer(body(b"x", end=True)).response_body.response.HasField("body_mutation")


def test_what_does_not_fit_into_the_buffer_is_left_alone() -> None:
    answer = stream(Body(Edit.REPLACE, "no")).answer(body(b"the first part", end=False))
    assert not answer.response_body.response.HasField("body_mutation")


def test_truncation_counts_over_all_pieces() -> None:
    made = stream(Body(Edit.TRUNCATE, "5", Side.REQUEST))
    answers = [made.answer(body(piece, kind="request_body")) for piece in (b"abc", b"def", b"ghi")]
    mutations = [each.request_body.response.body_mutation for each in answers]
    assert [(each.body, each.clear_body) for each in mutations] == [(b"", False), (b"de", False), (b"", True)]
    assert [said(each) for each in answers] == [{}, {"body": "s/f"}, {"body": "s/f"}]


@pytest.mark.parametrize(
    ("pieces", "passed"),
    [
        ((b"abc", b"def", b"ghi"), [b"abc", b"de"]),
        ((b"abcde", b"f"), [b"abcde"]),
        ((b"abcdefg", b""), [b"abcde"]),
    ],
)
def test_a_reset_comes_behind_its_bytes(pieces: tuple[bytes, ...], passed: list[bytes]) -> None:
    made = stream(Reset(5))
    got: list[bytes] = []
    for number, piece in enumerate(pieces):
        message = made.answer(body(piece, end=number == len(pieces) - 1))
        if message.HasField("immediate_response"):
            assert (message.immediate_response.details, said(message)) == (RESET_DETAILS, {"reset": "s/f"})
            break
        mutation = message.response_body.response.body_mutation
        got.append(mutation.body or piece)
    else:
        pytest.fail("it was never reset")
    assert got == passed


def test_what_was_not_asked_for_is_an_error() -> None:
    message = ProcessingRequest()
    message.response_trailers.SetInParent()
    with pytest.raises(UnexpectedMessage, match="response_trailers"):
        stream(Reset(5)).answer(message)


def test_what_travels_comes_back_equal() -> None:
    effect = Body(Edit.PATCH, '[{"op": "remove", "path": "/a"}]')
    assert effect_from_json(effect_to_json("s/f", effect)) == ("s/f", effect)
    drawn = fault("f", Abort(503), which=Which(seed=7, key="x-user", first=3), activation=12, parts_per_million=5)
    assert draw_from_json(draw_to_json(drawn)) == ("s/f", 12, 5, drawn.which)


def cut(message: ProcessingResponse, side: Side = Side.RESPONSE) -> str | None:
    """What the sidecar is told of where the body ends; None: nothing."""
    if CUTS_NAMESPACE not in message.dynamic_metadata.fields:
        return None
    return message.dynamic_metadata.fields[CUTS_NAMESPACE].struct_value.fields[side.value].string_value


@pytest.mark.parametrize("side", Side)
def test_the_sidecar_is_told_where_a_body_is_cut(side: Side) -> None:
    made = stream(Body(Edit.TRUNCATE, "5", side), Body(Edit.CORRUPT, "1", side))
    kind = f"{side.value}_body"
    told = [cut(made.answer(body(piece, kind=kind)), side) for piece in (b"one", b"tw", b"three", b"four")]
    assert told == [None, None, "5 drop", None]


def test_the_sidecar_is_told_that_a_piece_is_kept_back_and_that_it_is_not_any_more() -> None:
    on = True
    made = EffectStream([("s/f", Reset(5))], Random(7), lambda _: on)
    made.answer(headers("request_headers", "text/plain"))
    assert [cut(made.answer(body(piece))) for piece in (b"one", b"two")] == [None, "5 reset"]
    on = False
    last = made.answer(body(b"three"))
    assert last.response_body.response.body_mutation.body == b"othree"
    assert cut(last) == ""
    assert cut(made.answer(body(b"four"))) is None
