# SPDX-License-Identifier: Apache-2.0
"""gRPC calls over HTTP/2, frame by frame, by a client that writes its frames itself. What real clients make of it the
feature tests tell."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http2_peer import Peer, Service, failed, grpc
from xds_server import http2_frames as h2
from xds_server.grpc_call import Call, Shared, StatusCode
from xds_server.http2 import SILENCE
from xds_server.http2_frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
)
from xds_server.http2_stream import Stream


async def test_a_conversation(peer):
    service = peer.call(more="x")
    assert dict(peer.headers)["more"] == "x"
    peer.say(b"hello")
    assert service.messages == [b"hello"]
    service.call.send(Shared(b"wor"), b"ld")
    (first, second) = peer.read()
    assert first[:3] == (HEADERS, END_HEADERS, 1)
    assert peer.decoder.decode(first[3]) == [(":status", "200"), ("content-type", "application/grpc")]
    assert second == (DATA, 0, 1, grpc(b"world"))
    peer.say(b"", flags=END_STREAM)
    assert service.messages == [b"hello", b""]
    assert service.ends == ["half_closed"]
    service.call.end(StatusCode.ABORTED, "50 % of it: ü")
    assert peer.status() == (10, "50 %25 of it: %C3%BC")
    assert service.ends == ["half_closed", "closed"]
    assert not service.call.is_open


@pytest.mark.parametrize("how", ["answered", "reset", "lost"])
async def test_a_call_that_is_over_is_no_garbage(peer, how):
    """Whatever held it lets go of it by itself. The collector would find it, and stop a server of thousands of calls a
    second for 50 ms to do so."""
    gc.collect()
    gc.disable()
    try:
        before = kept()
        peer.call()
        if how == "answered":
            peer.say(b"", flags=END_STREAM)
            peer.services.pop().call.end()
        else:
            peer.services.clear()
            if how == "reset":
                peer.send(frame(RST_STREAM, 0, 1, bytes(4)))
            else:
                peer.connection.connection_lost(None)
        assert kept() == before
    finally:
        gc.enable()


def kept():
    """How many streams, calls and services there are."""
    return sum(isinstance(each, Stream | Call | Service) for each in gc.get_objects())


async def test_a_larger_window():
    """It is told, of streams and of the connection, and what has come is told when half of it is used."""
    peer = Peer(window=200_001)
    (settings, update) = peer.greeting
    assert settings[:3] == (SETTINGS, 0, 0)
    assert h2.SETTING.pack(h2.INITIAL_WINDOW_SIZE, 200_001) in settings[3]
    assert update == (WINDOW_UPDATE, 0, 0, (200_001 - h2.DEFAULT_WINDOW).to_bytes(4, "big"))
    service = peer.call()
    message = b"m" * 10_000
    for _ in range(9):
        peer.say(message)
    assert peer.read() == []
    peer.say(message)
    told = (10 * len(grpc(message))).to_bytes(4, "big")
    assert sorted(peer.read()) == [(WINDOW_UPDATE, 0, 0, told), (WINDOW_UPDATE, 0, 1, told)]
    # Nobody looks at it: the stream takes no more than its window.
    service.call.hold()
    for _ in range(20):
        peer.say(message)
    assert failed(peer) == h2.FLOW_CONTROL_ERROR


async def test_a_call_that_only_ends(peer):
    service = peer.call()
    service.call.end()
    (ended, reset) = peer.read()
    assert ended[:3] == (HEADERS, END_HEADERS | END_STREAM, 1)
    fields = peer.decoder.decode(ended[3])
    assert fields == [(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "0")]
    # The client has not ended its half, and need not go on.
    assert reset == (RST_STREAM, 0, 1, bytes(4))
    peer.say(b"on its way")
    assert not peer.transport.is_closed


async def test_bytes_come_as_they_like():
    """One at a time, or all at once: the same is understood."""
    whole, single = Peer(greet=False), Peer(greet=False)
    message = b"m" * 20_000
    split = grpc(message)
    sent = (
        PREFACE
        + frame(SETTINGS, 0, 0)
        + frame(HEADERS, END_HEADERS, 1, whole.block())
        + frame(DATA, 0, 1, split[:3])
        + frame(DATA, 0, 1, split[3:10_000])
        + frame(DATA, END_STREAM, 1, split[10_000:] + grpc(b"next"))
    )
    whole.send(sent)
    for byte in sent:
        single.send(bytes((byte,)))
    for peer in (whole, single):
        (service,) = peer.services
        assert service.messages == [message, b"next"]
        assert service.ends == ["half_closed"]


async def test_padding_priorities_and_continued_headers_say_nothing(peer):
    block = peer.block()
    peer.send(frame(HEADERS, 0x8 | 0x20, 1, b"\3" + bytes(5) + block[:4] + bytes(3)))
    peer.send(frame(CONTINUATION, 0, 1, block[4:9]) + frame(CONTINUATION, END_HEADERS, 1, block[9:]))
    peer.send(frame(2, 0, 1, bytes(5)) + frame(0x42, 0, 1, b"unknown"))
    peer.send(frame(DATA, 0x8, 1, b"\2" + grpc(b"hi") + bytes(2)))
    assert dict(peer.headers)[":path"] == "/s/m"
    assert peer.services[0].messages == [b"hi"]


async def test_headers_refer_to_those_before(peer):
    for number in (1, 3, 5):
        peer.call(number, more=f"x{number // 2}")
        assert dict(peer.headers)["more"] == f"x{number // 2}"


@pytest.mark.parametrize("size", [10, 16_378, 16_379, 16_380, 40_000, 300_000])
async def test_a_message_waits_for_the_windows(peer, size):
    service = peer.call()
    service.call.send(Shared(b"x" * size), b"tail")
    service.call.send(Shared(b"second"))
    service.call.end()
    received = bytearray()
    while True:
        frames = peer.read()
        data = b"".join(payload for kind, _, _, payload in frames if kind == DATA)
        assert all(len(payload) <= 16_384 for _, _, _, payload in frames)
        received += data
        if any(flags & END_STREAM for _, flags, _, _ in frames):
            break
        assert 0 < len(data) <= 65_535
        for number in (0, 1):
            peer.send(frame(WINDOW_UPDATE, 0, number, len(data).to_bytes(4, "big")))
    assert received == grpc(b"x" * size + b"tail") + grpc(b"second")


async def test_a_client_may_change_its_window_at_any_time(peer):
    service = peer.call()
    peer.send(frame(SETTINGS, 0, 0, (4).to_bytes(2, "big") + (10).to_bytes(4, "big")))
    assert (SETTINGS, ACK, 0, b"") in peer.read()
    service.call.send(Shared(b"x" * 100))
    assert len(peer.data()) == 10
    assert service.call.blocked
    peer.send(frame(SETTINGS, 0, 0, (4).to_bytes(2, "big") + (5).to_bytes(4, "big")))
    peer.send(frame(WINDOW_UPDATE, 0, 1, (5).to_bytes(4, "big")))
    assert peer.data() == b""
    peer.send(frame(SETTINGS, 0, 0, (4).to_bytes(2, "big") + (1_000).to_bytes(4, "big")))
    assert len(peer.data()) == 95
    assert service.ends == ["drained"]
    assert not service.call.blocked


async def test_a_stream_that_waits_does_not_hold_up_others(peer):
    first, second = peer.call(1), peer.call(3)
    first.call.send(Shared(b"x" * 60_000))
    peer.read()
    first.call.send(Shared(b"y" * 10_000))
    second.call.send(Shared(b"z" * 10_000))
    peer.read()
    assert first.call.blocked
    assert second.call.blocked
    for _ in range(20):
        peer.send(frame(WINDOW_UPDATE, 0, 0, (1_000).to_bytes(4, "big")))
    # The first waits for its own window too.
    assert first.call.blocked
    assert second.ends == ["drained"]


async def test_who_does_not_read_is_not_listened_to(peer):
    """Half of what the windows allow is room for what the client goes on to say, and no more."""
    service = peer.call()
    peer.connection.pause_writing()
    for _ in range(6):
        peer.send(frame(DATA, 0, 1, grpc(b"x" * 9_995)))
    assert service.messages == []
    assert service.call.unread == 60_000
    assert not [each for each in peer.read() if each[0] == WINDOW_UPDATE and each[2] == 1]
    peer.connection.resume_writing()
    assert len(service.messages) == 6
    assert service.ends == ["drained"]
    assert [each for each in peer.read() if each[0] == WINDOW_UPDATE and each[2] == 1]
    peer.connection.pause_writing()
    for _ in range(7):
        peer.send(frame(DATA, 0, 1, grpc(b"x" * 9_995)))
    assert failed(peer) == h2.FLOW_CONTROL_ERROR


async def test_a_call_on_hold_is_told_nothing(peer):
    service = peer.call()
    service.call.hold()
    peer.say(b"a")
    peer.say(b"b", flags=END_STREAM)
    assert (service.messages, service.ends) == ([], [])
    service.call.go_on()
    assert (service.messages, service.ends) == ([b"a", b"b"], ["half_closed"])


@pytest.mark.parametrize(
    ("kind", "payload"), [(PING, b"12345678"), (SETTINGS, (1).to_bytes(2, "big") + bytes(4))], ids=["ping", "settings"]
)
async def test_who_makes_us_answer_and_does_not_read_is_cut_off(peer, kind, payload):
    peer.send(frame(kind, 0, 0, payload) * 10_000)
    assert not peer.transport.is_aborted
    peer.connection.pause_writing()
    peer.send(frame(kind, 0, 0, payload) * 10_000)
    assert peer.transport.is_aborted


async def test_a_reset_and_a_lost_connection_end_calls(peer):
    first, second = peer.call(1), peer.call(3)
    peer.send(frame(RST_STREAM, 0, 1, (8).to_bytes(4, "big")))
    assert (first.ends, second.ends) == (["closed"], [])
    first.call.send(Shared(b"late"))
    first.call.end()
    assert peer.read() == []
    peer.connection.connection_lost(None)
    assert second.ends == ["closed"]
    assert peer.is_lost


async def test_only_so_many_calls_at_once():
    peer = Peer(max_streams=2)
    for number in (1, 3, 5):
        peer.call(number)
    assert len(peer.services) == 2
    assert (RST_STREAM, 0, 5, (7).to_bytes(4, "big")) in peer.read()
    peer.services[0].call.end()
    peer.call(7)
    assert len(peer.services) == 3


async def test_a_server_that_leaves_lets_calls_end(peer):
    service = peer.call()
    peer.connection.go_away()
    assert failed(peer) == h2.NO_ERROR
    peer.call(3)
    assert len(peer.services) == 1
    assert (RST_STREAM, 0, 3, (7).to_bytes(4, "big")) in peer.read()
    peer.say(b"still")
    assert service.messages == [b"still"]
    service.call.end()
    assert peer.status() == (0, "")


async def test_a_silent_peer_is_asked_and_given_up(peer):
    assert peer.connection.check_alive() == SILENCE
    peer.connection.check_alive()
    assert [each[0] for each in peer.read()] == [PING]
    peer.send(frame(PING, ACK, 0, b"riftgate"))
    assert peer.connection.check_alive() == SILENCE
    peer.connection.check_alive()
    assert not peer.transport.is_aborted
    peer.connection.check_alive()
    assert peer.transport.is_aborted


async def test_who_never_greets_is_given_up():
    peer = Peer(greet=False)
    peer.send(PREFACE[:5])
    peer.connection.check_alive()
    assert peer.transport.is_aborted


@pytest.mark.parametrize(("header", "seconds"), [("250m", 0.25), ("3S", 3), ("1H", 3600), ("7x", None), ("", None)])
async def test_timeouts(peer, header, seconds):
    assert peer.call(**{"grpc-timeout": header}).call.timeout == seconds


@given(st.integers(0, 70_000), st.binary(max_size=200), st.integers(0, 1_000_000))
def test_what_is_framed_once_for_all_is_what_would_be_framed_for_each(size, own, number):
    shared = Shared(b"s" * size)
    framed = shared.framed(number, len(own))
    if framed is None:
        # Its own part would stand in two frames.
        assert (5 + size) % 16_384 + len(own) > 16_384
        return
    message, data = framed + own, b""
    while message:
        high, low, kind, flags, stream = h2.FRAME.unpack_from(message)
        length = high << 16 | low
        assert (kind, flags, stream) == (DATA, 0, number)
        assert length <= 16_384
        data, message = data + message[9 : 9 + length], message[9 + length :]
    assert data == grpc(shared.body + own)
