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
import struct
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol, cast

from hpack import Decoder
from hpack.exceptions import HPACKError

Headers = tuple[tuple[str, str], ...]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# What SETTINGS_MAX_FRAME_SIZE is unless a peer says otherwise, which we do not. Every peer takes frames of this size.
MAX_FRAME = 16_384
_DEFAULT_WINDOW = 65_535
_MAX_WINDOW = 2**31 - 1
# Most bytes of one header block, compressed. gRPC's clients send a few hundred.
_MAX_HEADER_BLOCK = 65_536
# How many consumed bytes are told to the peer at once.
_WINDOW_STEP = 32_768
# How many bytes go to the transport before it is asked whether it takes more.
_BURST = 4 * MAX_FRAME
# Seconds of silence after which a peer is asked whether it is there, and those that it may take to answer.
SILENCE = 15.0
_ANSWER_TIME = 10.0
# Bytes of answers to pings and settings that are kept for a peer that does not read.
_MAX_UNREAD_ANSWERS = 65_536

_FRAME = struct.Struct(">BHBBL")
_SETTING = struct.Struct(">HL")
_NUMBER = struct.Struct(">L")

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
_PADDED = 0x8
_PRIORITISED = 0x20

_MAX_CONCURRENT_STREAMS, _INITIAL_WINDOW_SIZE, _MAX_FRAME_SIZE = 3, 4, 5

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL = 5, 6, 7, 8
COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 9, 11


class Http2Error(Exception):
    """The peer broke the protocol; the connection ends with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Listener(Protocol):
    """Whose stream it is."""

    def data_received(self, data: bytes) -> None:
        """Say `Stream.consumed` once these bytes are no longer kept for later."""

    def peer_ended(self) -> None:
        """The peer sends no more."""

    def drained(self) -> None:
        """All that was waiting to be sent is gone."""

    def closed(self) -> None:
        """Nothing can be sent or received any more: ended on both sides, reset, or the connection is lost."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    length = len(payload)
    return _FRAME.pack(length >> 16, length & 0xFFFF, kind, flags, stream) + payload


class Stream:
    """One request and its response."""

    __slots__ = ("_connection", "_received", "_unsent", "_window", "ending", "id", "listener", "peer_ended", "window")

    def __init__(self, connection: Connection, number: int, window: int) -> None:
        self.id = number
        self.listener: Listener
        """Set by who is told that the stream was opened."""
        self.peer_ended = False
        self.window = window
        """How many bytes the peer takes now."""
        self._connection = connection
        self._window = _DEFAULT_WINDOW
        """How many bytes the peer may send now."""
        self._received = 0
        self._unsent: deque[memoryview] | None = None
        self.ending: bytes | None = None
        """Trailers, behind what waits."""

    @property
    def peer(self) -> str:
        return self._connection.peer

    @property
    def is_open(self) -> bool:
        return self._connection.holds(self)

    @property
    def blocked(self) -> bool:
        """Whether something waits until the peer takes it."""
        return self._unsent is not None or self._connection.blocked

    def send_headers(self, block: bytes) -> None:
        self._connection.write(frame(HEADERS, END_HEADERS, self.id, block))

    def send_frames(self, frames: Iterable[bytes], size: int) -> bool:
        """Send DATA frames with `size` bytes in all, ready-made; False, and nothing is sent, if they must wait."""
        connection = self._connection
        if self._unsent is not None or size > self.window or size > connection.window or connection.blocked:
            return False
        self.window -= size
        connection.window -= size
        connection.write_all(frames)
        return True

    def send(self, *parts: bytes) -> None:
        """Send as soon as the peer takes it. What waits is kept as it was given, not as a copy."""
        if self._unsent is None:
            self._unsent = deque()
        self._unsent.extend(memoryview(part) for part in parts if part)
        self._connection.pump(self)

    def end(self, trailers: bytes) -> None:
        """End the response, behind all that was sent. The listener is told when that is done."""
        self.ending = trailers
        self._connection.pump(self)

    def consumed(self, count: int) -> None:
        """Let the peer send so many bytes more."""
        self._received += count
        if self._received >= _WINDOW_STEP:
            self._connection.write(frame(WINDOW_UPDATE, 0, self.id, _NUMBER.pack(self._received)))
            self._window += self._received
            self._received = 0

    def receive(self, count: int) -> None:
        self._window -= count
        if self._window < 0:
            raise Http2Error(FLOW_CONTROL_ERROR, "more data than the stream's window")

    def grant(self, increment: int) -> None:
        self.window += increment
        if self.window > _MAX_WINDOW:
            raise Http2Error(FLOW_CONTROL_ERROR, "a stream's window beyond 2^31-1")

    def send_waiting(self, allowed: int) -> tuple[list[bytes | memoryview], int]:
        """Frames of what waits, at most so many bytes of it."""
        frames: list[bytes | memoryview] = []
        size, allowed = 0, min(allowed, self.window, _BURST)
        while self._unsent and size < allowed:
            part = self._unsent.popleft()
            count = min(len(part), allowed - size, MAX_FRAME)
            if count < len(part):
                self._unsent.appendleft(part[count:])
            frames += (_FRAME.pack(0, count, DATA, 0, self.id), part[:count])
            size += count
        self.window -= size
        return frames, size

    def settle(self) -> bool:
        """Whether nothing waits any more."""
        if self._unsent:
            return False
        self._unsent = None
        return True

    @property
    def waits(self) -> bool:
        return bool(self._unsent)


class Connection(asyncio.Protocol):
    """One client's connection. `opened` is told of each new stream and its headers."""

    def __init__(
        self,
        opened: Callable[[Stream, Headers], None],
        *,
        max_streams: int,
        made: Callable[[Connection], None],
        lost: Callable[[Connection], None],
    ) -> None:
        self.peer = ""
        self.window = _DEFAULT_WINDOW
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
        self._transport: asyncio.Transport
        self._streams: dict[int, Stream] = {}
        self._waiting: dict[int, Stream] = {}
        """Streams with something to send that must wait."""
        self._last_stream = 0
        self._stream_window = _DEFAULT_WINDOW
        self._received = 0
        self._partial = b""
        self._began = False
        self._is_leaving = False
        """Takes no new streams."""
        self._is_over = False
        self._unread_answers = 0
        self._first_block: bytes | None = None
        self._decoder: Decoder | None = None
        self._block: list[bytes] | None = None
        """Of headers that are continued in further frames."""
        self._block_of = (0, 0)

    # The transport's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are of another class.
        self._transport = cast(asyncio.Transport, transport)
        self.peer = _peer(transport.get_extra_info("peername"))
        self.write(frame(SETTINGS, 0, 0, _SETTING.pack(_MAX_CONCURRENT_STREAMS, self._max_streams)))
        self._made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        streams, self._streams = self._streams, {}
        self._waiting.clear()
        for stream in streams.values():
            stream.listener.closed()
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
                high, low, kind, flags, number = _FRAME.unpack_from(data, offset)
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
                    self._receive_data(flags, number & _MAX_WINDOW, payload)
                else:
                    self._receive(kind, flags, number & _MAX_WINDOW, payload)
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
        if self._received >= _WINDOW_STEP:
            self.write(frame(WINDOW_UPDATE, 0, 0, _NUMBER.pack(self._received)))
            self._received = 0
        stream = self._streams.get(number)
        if stream is None or stream.peer_ended:
            if stream is None and number and number <= self._last_stream:
                return  # It was on its way when the stream ended.
            raise Http2Error(PROTOCOL_ERROR if number > self._last_stream or not number else STREAM_CLOSED, "data")
        stream.receive(size)
        data = _unpadded(payload) if flags & _PADDED else payload
        if size != len(data):
            stream.consumed(size - len(data))
        if data:
            stream.listener.data_received(data)
        if flags & END_STREAM:
            self._peer_ended(stream)

    def _receive(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if self._block is not None:
            self._continue(kind, flags, number, payload)
        elif kind == HEADERS:
            self._receive_headers(flags, number, payload)
        elif kind == WINDOW_UPDATE:
            self._receive_window_update(number, _numbered(payload) & _MAX_WINDOW)
        elif kind == SETTINGS:
            if not flags & ACK:
                self._receive_settings(payload)
        elif kind == PING:
            if len(payload) != 8:
                raise Http2Error(FRAME_SIZE_ERROR, "a ping that has not 8 bytes")
            if not flags & ACK:
                self._answer(frame(PING, ACK, 0, payload))
        elif kind == RST_STREAM:
            _numbered(payload)
            if number > self._last_stream or not number:
                raise Http2Error(PROTOCOL_ERROR, "a reset of a stream that never was")
            self._forget(number)
        elif kind in (PUSH_PROMISE, CONTINUATION):
            raise Http2Error(PROTOCOL_ERROR, f"a frame of kind {kind}")
        # Others are to be ignored, and GOAWAY says only that no streams will follow.

    def _receive_settings(self, payload: bytes) -> None:
        if len(payload) % _SETTING.size:
            raise Http2Error(FRAME_SIZE_ERROR, "settings that end in the middle of one")
        for setting, value in _SETTING.iter_unpack(payload):
            if setting == _INITIAL_WINDOW_SIZE:
                if value > _MAX_WINDOW:
                    raise Http2Error(FLOW_CONTROL_ERROR, "an initial window beyond 2^31-1")
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
            if self.window > _MAX_WINDOW:
                raise Http2Error(FLOW_CONTROL_ERROR, "the connection's window beyond 2^31-1")
            self._resume_waiting()
        elif (stream := self._streams.get(number)) is not None:
            stream.grant(increment)
            if stream.waits:
                self._resume(stream)
        elif number > self._last_stream:
            raise Http2Error(PROTOCOL_ERROR, "a window update of a stream that never was")

    def _receive_headers(self, flags: int, number: int, payload: bytes) -> None:
        if flags & _PADDED:
            payload = _unpadded(payload)
        if flags & _PRIORITISED:
            payload = payload[5:]
        if flags & END_HEADERS:
            self._headers_complete(flags, number, payload)
        else:
            self._block, self._block_of = [payload], (flags, number)

    def _continue(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        begun, of = self._block_of
        if kind != CONTINUATION or number != of or self._block is None:
            raise Http2Error(PROTOCOL_ERROR, "something else in the middle of headers")
        self._block.append(payload)
        # Counted by frame, too: a peer may continue with nothing for ever.
        if sum(map(len, self._block)) > _MAX_HEADER_BLOCK or len(self._block) > _MAX_HEADER_BLOCK // MAX_FRAME + 4:
            raise Http2Error(ENHANCE_YOUR_CALM, "headers without end")
        if flags & END_HEADERS:
            block, self._block = b"".join(self._block), None
            self._headers_complete(begun, number, block)

    def _headers_complete(self, flags: int, number: int, block: bytes) -> None:
        headers = self._decode(block)
        stream = self._streams.get(number)
        if stream is not None:
            # Trailers. gRPC's requests have nothing to say in them.
            if not flags & END_STREAM or stream.peer_ended:
                raise Http2Error(PROTOCOL_ERROR, "headers in the middle of a stream")
            self._peer_ended(stream)
            return
        if number <= self._last_stream and number % 2:
            return  # Trailers that were on their way when the stream ended.
        if not number % 2:
            raise Http2Error(PROTOCOL_ERROR, f"a client's stream of number {number}")
        self._last_stream = number
        if len(self._streams) >= self._max_streams or self._is_leaving:
            self._answer(frame(RST_STREAM, 0, number, _NUMBER.pack(REFUSED_STREAM)))
            return
        stream = self._streams[number] = Stream(self, number, self._stream_window)
        self._opened(stream, headers)
        if flags & END_STREAM and self.holds(stream):
            self._peer_ended(stream)

    def _decode(self, block: bytes) -> Headers:
        try:
            if self._first_block is None:
                self._first_block = block
                return _decode_first(block)
            if self._decoder is None:
                self._decoder = Decoder()
                self._decoder.decode(self._first_block)
            return _decoded(self._decoder, block)
        except HPACKError as error:
            raise Http2Error(COMPRESSION_ERROR, f"headers: {error}") from error

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
            ended += frame(RST_STREAM, 0, stream.id, _NUMBER.pack(NO_ERROR))
        self.write(ended)
        self._forget(stream.id)

    def holds(self, stream: Stream) -> bool:
        return self._streams.get(stream.id) is stream

    def _forget(self, number: int) -> None:
        self._waiting.pop(number, None)
        stream = self._streams.pop(number, None)
        if stream is not None:
            stream.listener.closed()
        if self._is_leaving and not self._streams:
            self._close()

    # Ends.

    @property
    def is_idle(self) -> bool:
        return not self._streams

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
        self.write(frame(GOAWAY, 0, 0, _NUMBER.pack(self._last_stream) + _NUMBER.pack(NO_ERROR)))
        self._is_leaving = True
        if not self._streams:
            self._close()

    def fail(self, code: int, reason: str) -> None:
        last = _NUMBER.pack(self._last_stream)
        self.write(frame(GOAWAY, 0, 0, last + _NUMBER.pack(code) + reason.encode()[:256]))
        self._is_over = True
        self._close()

    def _close(self) -> None:
        """Once all is written. Not at once: asyncio's own transport must not be closed while it calls
        `resume_writing`."""
        asyncio.get_running_loop().call_soon(self._transport.close)

    def abort(self) -> None:
        self._transport.abort()


def _numbered(payload: bytes) -> int:
    if len(payload) != 4:
        raise Http2Error(FRAME_SIZE_ERROR, "a frame that should have 4 bytes")
    (number,) = _NUMBER.unpack(payload)
    assert isinstance(number, int)
    return number


def _unpadded(payload: bytes) -> bytes:
    if not payload or payload[0] >= len(payload):
        raise Http2Error(PROTOCOL_ERROR, "more padding than frame")
    return payload[1 : len(payload) - payload[0]]


# The first headers on a connection are the same for all sidecars of one make, and what they mean depends on nothing
# else. Only for further streams on a connection does it need a decoder of its own.
@lru_cache(maxsize=64)
def _decode_first(block: bytes) -> Headers:
    return _decoded(Decoder(), block)


def _decoded(decoder: Decoder, block: bytes) -> Headers:
    return tuple((_decoded_text(name), _decoded_text(value)) for name, value in decoder.decode(block, raw=True))


def _decoded_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode(errors="replace")


def _peer(address: object) -> str:
    """As gRPC writes it: `ipv4:10.0.0.1:4711`, `ipv6:[::1]:4711`, `unix:`."""
    if not isinstance(address, tuple):
        return "unix:"
    host, port = address[:2]
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"
