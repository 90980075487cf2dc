# SPDX-License-Identifier: Apache-2.0
"""What clients say that is refused: a call alone, or the connection with all its calls; frame by frame."""

import pytest

from tests.http2_peer import Peer, failed, grpc
from xds_server import http2_frames as h2
from xds_server.grpc_call import StatusCode
from xds_server.http2_frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
)
from xds_server.limits import MAX_MESSAGE_BYTES


async def test_an_oversized_message_is_refused_before_it_is_here(peer, caplog):
    service = peer.call()
    peer.send(frame(DATA, 0, 1, b"\0" + (MAX_MESSAGE_BYTES + 1).to_bytes(4, "big")))
    assert peer.status() == (8, f"a message of {MAX_MESSAGE_BYTES + 1} bytes is larger than {MAX_MESSAGE_BYTES}")
    assert service.ends == ["closed"]
    assert "call ended" in caplog.text


async def test_a_compressed_message_is_refused(peer):
    peer.call()
    peer.send(frame(DATA, 0, 1, grpc(b"zip", compressed=1)))
    assert peer.status()[0] == StatusCode.UNIMPLEMENTED


async def test_a_message_cut_short_ends_the_call(peer):
    service = peer.call()
    peer.send(frame(DATA, END_STREAM, 1, grpc(b"whole")[:-1]))
    assert peer.status()[0] == StatusCode.INTERNAL
    assert service.messages == []


CONTINUED = frame(HEADERS, 0, 1, b"\x88")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\0\x40\1" + frame(DATA, 0, 1)[3:], h2.FRAME_SIZE_ERROR),
        (frame(DATA, 0, 0, b"x"), h2.PROTOCOL_ERROR),
        (frame(DATA, 0, 1, b"x"), h2.PROTOCOL_ERROR),
        (frame(RST_STREAM, 0, 1, bytes(4)), h2.PROTOCOL_ERROR),
        (frame(RST_STREAM, 0, 1, bytes(3)), h2.FRAME_SIZE_ERROR),
        (frame(WINDOW_UPDATE, 0, 1, b"\0\0\0\1"), h2.PROTOCOL_ERROR),
        (frame(WINDOW_UPDATE, 0, 0, bytes(4)), h2.PROTOCOL_ERROR),
        (frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"), h2.FLOW_CONTROL_ERROR),
        (frame(PING, 0, 0, b"short"), h2.FRAME_SIZE_ERROR),
        (frame(PING, 0, 1, bytes(8)), h2.PROTOCOL_ERROR),
        (frame(GOAWAY, 0, 1, bytes(8)), h2.PROTOCOL_ERROR),
        (frame(SETTINGS, 0, 1), h2.PROTOCOL_ERROR),
        (frame(SETTINGS, ACK, 0, bytes(6)), h2.FRAME_SIZE_ERROR),
        (frame(SETTINGS, 0, 0, b"\0\2\0\0\0\2"), h2.PROTOCOL_ERROR),
        (frame(SETTINGS, 0, 0, b"\0\5\0\0\0\1"), h2.PROTOCOL_ERROR),
        (frame(h2.PRIORITY, 0, 1, bytes(4)), h2.FRAME_SIZE_ERROR),
        (frame(HEADERS, END_HEADERS | h2.PRIORITISED, 1, bytes(4)), h2.FRAME_SIZE_ERROR),
        (frame(SETTINGS, 0, 0, b"short"), h2.FRAME_SIZE_ERROR),
        (frame(SETTINGS, 0, 0, b"\0\4\xff\xff\xff\xff"), h2.FLOW_CONTROL_ERROR),
        (frame(PUSH_PROMISE, END_HEADERS, 1), h2.PROTOCOL_ERROR),
        (frame(CONTINUATION, END_HEADERS, 1), h2.PROTOCOL_ERROR),
        (frame(HEADERS, END_HEADERS, 2, b"\x88"), h2.PROTOCOL_ERROR),
        (frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff"), h2.COMPRESSION_ERROR),
        (frame(HEADERS, END_HEADERS | 0x8, 1, b"\x09\x88"), h2.PROTOCOL_ERROR),
        (CONTINUED + frame(PING, 0, 0, bytes(8)), h2.PROTOCOL_ERROR),
        (CONTINUED + frame(CONTINUATION, END_HEADERS, 3), h2.PROTOCOL_ERROR),
        (CONTINUED + frame(CONTINUATION, 0, 1) * 20, h2.ENHANCE_YOUR_CALM),
        (CONTINUED + frame(CONTINUATION, 0, 1, b"\x88" * 16_384) * 5, h2.ENHANCE_YOUR_CALM),
    ],
)
async def test_what_breaks_the_protocol_ends_the_connection(peer, sent, code):
    peer.send(sent)
    assert failed(peer) == code
    peer.send(frame(PING, 0, 0, bytes(8)))
    assert peer.read() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Ship": "x-wing"},
        {":status": "200"},
        {"connection": "close"},
        {"te": "gzip"},
        {":path": ""},
        {"a": "b", ":authority": "deathstar"},
    ],
)
async def test_a_malformed_request_ends_alone(peer, headers):
    peer.send(frame(HEADERS, END_HEADERS, 1, peer.block(**headers)))
    assert peer.read() == [(RST_STREAM, 0, 1, h2.PROTOCOL_ERROR.to_bytes(4, "big"))]
    assert peer.services == []
    service = peer.call(3)
    peer.say(b"hello", 3)
    assert service.messages == [b"hello"]


async def test_a_request_without_a_path_is_none(peer):
    peer.send(frame(HEADERS, END_HEADERS, 1, peer.encoder.encode([(":method", "POST"), (":scheme", "http")])))
    assert peer.read() == [(RST_STREAM, 0, 1, h2.PROTOCOL_ERROR.to_bytes(4, "big"))]


async def test_malformed_trailers_end_their_call(peer):
    service = peer.call()
    peer.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, peer.encoder.encode([(":path", "/")])))
    assert service.ends == ["closed"]
    assert (RST_STREAM, 0, 1, h2.PROTOCOL_ERROR.to_bytes(4, "big")) in peer.read()


async def test_more_than_the_window_allows_ends_the_connection(peer):
    service = peer.call()
    service.call.hold()
    for _ in range(5):
        peer.send(frame(DATA, 0, 1, bytes(16_000)))
    assert failed(peer) == h2.FLOW_CONTROL_ERROR


async def test_what_does_not_speak_http2_is_told_so():
    peer = Peer(greet=False)
    peer.send(b"GET / HTTP/1.1\r\n\r\n")
    assert failed(peer) == h2.PROTOCOL_ERROR
