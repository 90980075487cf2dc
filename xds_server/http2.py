# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 (RFC 9113), the server's side, as far as gRPC has use for it: no push, no priorities.

    transport ──bytes──► Connection ──headers──► opened(Stream)
                             │ ▲
                             ▼ │  data, ends and resets of each stream; windows and the transport hold back what is sent
                          Listener

Written out here because thousands of streams, each on a connection of its own, are all that the xDS server does: what a
push costs is then a few frames in one write, most of them the same bytes for everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import cast

from .callers import caller_of
from .http2_frames import (
    ACK,
    CONTINUATION,
    DATA,
    DEFAULT_WINDOW,
    END_HEADERS,
    END_STREAM,
    FLOW_CONTROL_ERROR,
    FRAME,
    FRAME_SIZE_ERROR,
    GOAWAY,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME,
    MAX_WINDOW,
    NO_ERROR,
    NUMBER,
    PADDED,
    PING,
    PREFACE,
    PROTOCOL_ERROR,
    PUSH_PROMISE,
    REFUSED_STREAM,
    RST_STREAM,
    SETTING,
    SETTINGS,
    STREAM_CLOSED,
    WINDOW_UPDATE,
    Http2Error,
    check_frame,
    check_setting,
    frame,
    greeting,
    number_in,
    unpadded,
)
from .http2_headers import HeaderBlock, HeaderDecoder, Headers, MalformedRequest, check_field, check_request
from .http2_stream import Stream, window_step

# Seconds of silence after which a peer is asked whether it is there, and those that it may take to answer.
SILENCE = 15.0
_ANSWER_TIME = 10.0
# Bytes of answers to pings and settings that are kept for a peer that does not read.
_MAX_UNREAD_ANSWERS = 65_536


class Connection(asyncio.Protocol):
    """One client's connection. `opened` is told of each new stream and its headers.

    `window` is how many bytes a peer may send in one stream, and over all streams, before it hears that they have come:
    from 65,535 on. A stream may keep so many that nobody has looked at.
    """

    def __init__(
        self,
        opened: Callable[[Stream, Headers], None],
        *,
        max_streams: int,
        window: int = DEFAULT_WINDOW,
        made: Callable[[Connection], None],
        lost: Callable[[Connection], None],
    ) -> None:
        self.peer = ""
        self.window = DEFAULT_WINDOW
        """How many bytes the peer takes now, over all streams."""
        self.blocked = False
        """The transport takes no more: the peer does not read."""
        self._heard = False
        """Whether anything came since the last look."""
        self._asked = False
        self._opened = opened
        self._made = made
        self._lost = lost
        self._max_streams = max_streams
        self._receives = window
        self._step = window_step(window)
        self._transport: asyncio.Transport
        self._streams: dict[int, Stream] = {}
        self._waiting: dict[int, Stream] = {}
        """Streams with something to send that must wait."""
        self._last_stream = 0
        self._stream_window = DEFAULT_WINDOW
        self._received = 0
        self._partial = b""
        self._began = False
        self._is_leaving = False
        """Takes no new streams."""
        self._is_over = False
        self._unread_answers = 0
        self._decoder = HeaderDecoder()
        self._block: HeaderBlock | None = None
        """Which further frames continue."""

    # The transport's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are of another class.
        self._transport = cast(asyncio.Transport, transport)
        self.peer = _peer(transport.get_extra_info("peername"))
        self.caller = caller_of(transport)
        self.write(greeting(self._max_streams, self._receives))
        self._made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        streams, self._streams = self._streams, {}
        self._waiting.clear()
        for stream in streams.values():
            stream.close()
        self._lost(self)

    def pause_writing(self) -> None:
        self.blocked = True

    def resume_writing(self) -> None:
        self.blocked = False
        self._unread_answers = 0
        # Those with nothing to send were told to wait all the same.
        for stream in tuple(self._streams.values()):
            self._resume(stream)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._is_over:
            return
        if self._partial:
            data = self._partial + data
            self._partial = b""
        offset, end = 0, len(data)
        try:
            if not self._began:
                if not data.startswith(PREFACE):
                    if PREFACE.startswith(data):
                        self._partial = data
                        return
                    raise Http2Error(PROTOCOL_ERROR, "not HTTP/2")
                self._began = True
                offset = len(PREFACE)
            while end - offset >= 9:
                high, low, kind, flags, number = FRAME.unpack_from(data, offset)
                length = high << 16 | low
                if length > MAX_FRAME:
                    raise Http2Error(FRAME_SIZE_ERROR, f"a frame of {length} bytes")
                offset += 9
                if offset + length > end:
                    offset -= 9
                    break
                payload = data[offset : offset + length]
                offset += length
                if kind == DATA and self._block is None:
                    self._receive_data(flags, number & MAX_WINDOW, payload)
                else:
                    self._receive(kind, flags, number & MAX_WINDOW, payload)
                if self._is_over:
                    return
        except Http2Error as error:
            self.fail(error.code, str(error))
            return
        self._partial = data[offset:]

    # Frames.

    def _receive_data(self, flags: int, number: int, payload: bytes) -> None:
        size = len(payload)
        self._received += size
        if self._received >= self._step:
            self.write(frame(WINDOW_UPDATE, 0, 0, NUMBER.pack(self._received)))
            self._received = 0
        stream = self._streams.get(number)
        if stream is None or stream.peer_ended:
            if stream is None and number and number <= self._last_stream:
                return  # It was on its way when the stream ended.
            raise Http2Error(PROTOCOL_ERROR if number > self._last_stream or not number else STREAM_CLOSED, "data")
        stream.receive(size)
        data = unpadded(payload) if flags & PADDED else payload
        if size != len(data):
            stream.consumed(size - len(data))
        if data:
            stream.listener.data_received(data)
        if flags & END_STREAM:
            self._peer_ended(stream)

    def _receive(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        check_frame(kind, flags, number, payload)
        if self._block is not None:
            if self._block.continued(kind, flags, number, payload):
                block, self._block = self._block, None
                self._headers_complete(block)
        elif kind == HEADERS:
            block = HeaderBlock(flags, number, payload)
            if flags & END_HEADERS:
                self._headers_complete(block)
            else:
                self._block = block
        elif kind == WINDOW_UPDATE:
            self._receive_window_update(number, number_in(payload) & MAX_WINDOW)
        elif kind == SETTINGS:
            if not flags & ACK:
                self._receive_settings(payload)
        elif kind == PING:
            if not flags & ACK:
                self._answer(frame(PING, ACK, 0, payload))
        elif kind == RST_STREAM:
            if number > self._last_stream:
                raise Http2Error(PROTOCOL_ERROR, "a reset of a stream that never was")
            self._forget(number)
        elif kind in (PUSH_PROMISE, CONTINUATION):
            raise Http2Error(PROTOCOL_ERROR, f"a frame of kind {kind}")
        # Others are to be ignored, and GOAWAY says only that no streams will follow.

    def _receive_settings(self, payload: bytes) -> None:
        for setting, value in SETTING.iter_unpack(payload):
            check_setting(setting, value)
            if setting == INITIAL_WINDOW_SIZE:
                more, self._stream_window = value - self._stream_window, value
                for stream in self._streams.values():
                    stream.grant(more)
        self._answer(frame(SETTINGS, ACK, 0))
        self._resume_waiting()

    def _receive_window_update(self, number: int, increment: int) -> None:
        if not increment:
            raise Http2Error(PROTOCOL_ERROR, "a window update of nothing")
        if not number:
            self.window += increment
            if self.window > MAX_WINDOW:
                raise Http2Error(FLOW_CONTROL_ERROR, "the connection's window beyond 2^31-1")
            self._resume_waiting()
        elif (stream := self._streams.get(number)) is not None:
            stream.grant(increment)
            if stream.waits:
                self._resume(stream)
        elif number > self._last_stream:
            raise Http2Error(PROTOCOL_ERROR, "a window update of a stream that never was")

    def _headers_complete(self, block: HeaderBlock) -> None:
        flags, number = block.flags, block.stream
        headers = self._decoder.decode(bytes(block))
        stream = self._streams.get(number)
        if stream is not None:
            # Trailers. gRPC's requests have nothing to say in them.
            if not flags & END_STREAM or stream.peer_ended:
                raise Http2Error(PROTOCOL_ERROR, "headers in the middle of a stream")
            try:
                for name, value in headers:
                    check_field(name, value)
            except MalformedRequest:
                self._reset(number, PROTOCOL_ERROR)
            else:
                self._peer_ended(stream)
            return
        if number <= self._last_stream and number % 2:
            return  # Trailers that were on their way when the stream ended.
        if not number % 2:
            raise Http2Error(PROTOCOL_ERROR, f"a client's stream of number {number}")
        self._last_stream = number
        if len(self._streams) >= self._max_streams or self._is_leaving:
            self._reset(number, REFUSED_STREAM)
            return
        try:
            check_request(headers)
        except MalformedRequest:
            self._reset(number, PROTOCOL_ERROR)
            return
        stream = self._streams[number] = Stream(self, number, self._stream_window, self._receives)
        self._opened(stream, headers)
        if flags & END_STREAM and self.holds(stream):
            self._peer_ended(stream)

    def _reset(self, number: int, code: int) -> None:
        self._answer(frame(RST_STREAM, 0, number, NUMBER.pack(code)))
        self._forget(number)

    def _peer_ended(self, stream: Stream) -> None:
        stream.peer_ended = True
        stream.listener.peer_ended()

    # Sending.

    def write(self, encoded: bytes) -> None:
        self._transport.write(encoded)

    def write_all(self, parts: Iterable[bytes | memoryview]) -> None:
        self._transport.writelines(parts)

    def _answer(self, encoded: bytes) -> None:
        """To something that costs the peer nothing, and that it may send without ever reading answers."""
        self._transport.write(encoded)
        if self.blocked:
            self._unread_answers += len(encoded)
            if self._unread_answers > _MAX_UNREAD_ANSWERS:
                self.abort()

    def pump(self, stream: Stream) -> bool:
        """Send what the stream has to send, as far as the peer takes it; whether that was all."""
        while stream.waits and not self.blocked:
            frames, size = stream.send_waiting(self.window)
            if not size:
                break
            self.window -= size
            self.write_all(frames)
        self._waiting.pop(stream.id, None)
        if not stream.settle():
            # Behind the others that wait.
            self._waiting[stream.id] = stream
            return False
        if stream.ending is not None:
            self._finish(stream, stream.ending)
        return True

    def _resume(self, stream: Stream) -> None:
        if self.holds(stream) and self.pump(stream) and not self.blocked and stream.ending is None:
            stream.listener.drained()

    def _resume_waiting(self) -> None:
        for stream in tuple(self._waiting.values()):
            self._resume(stream)

    def _finish(self, stream: Stream, trailers: bytes) -> None:
        ended = frame(HEADERS, END_HEADERS | END_STREAM, stream.id, trailers)
        if not stream.peer_ended:
            # Nobody listens any more; that is no error.
            ended += frame(RST_STREAM, 0, stream.id, NUMBER.pack(NO_ERROR))
        self.write(ended)
        self._forget(stream.id)

    def holds(self, stream: Stream) -> bool:
        return self._streams.get(stream.id) is stream

    def _forget(self, number: int) -> None:
        self._waiting.pop(number, None)
        stream = self._streams.pop(number, None)
        if stream is not None:
            stream.close()
        if self._is_leaving and not self._streams:
            self._close()

    # Ends.

    def check_alive(self) -> float:
        """Ask a peer that is silent whether it is there, and give up one that does not answer: a host that is gone says
        no word. Gives the seconds until this should be called again."""
        heard, self._heard = self._heard, False
        if heard and self._began:
            self._asked = False
            return SILENCE
        if self._asked or not self._began:
            self.abort()
        self._asked = True
        self._answer(frame(PING, 0, 0, b"riftgate"))
        return _ANSWER_TIME

    def go_away(self) -> None:
        """Take no new streams; close once none is left."""
        self.write(frame(GOAWAY, 0, 0, NUMBER.pack(self._last_stream) + NUMBER.pack(NO_ERROR)))
        self._is_leaving = True
        if not self._streams:
            self._close()

    def fail(self, code: int, reason: str) -> None:
        last = NUMBER.pack(self._last_stream)
        self.write(frame(GOAWAY, 0, 0, last + NUMBER.pack(code) + reason.encode()[:256]))
        self._is_over = True
        self._close()

    def _close(self) -> None:
        """Once all is written. Not at once: asyncio's own transport must not be closed while it calls
        `resume_writing`."""
        asyncio.get_running_loop().call_soon(self._transport.close)

    def abort(self) -> None:
        self._transport.abort()


def _peer(address: object) -> str:
    """As gRPC writes it: `ipv4:10.0.0.1:4711`, `ipv6:[::1]:4711`, `unix:`."""
    if not isinstance(address, tuple):
        return "unix:"
    host, port = address[:2]
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"
