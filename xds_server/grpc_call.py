# SPDX-License-Identifier: Apache-2.0
"""gRPC over HTTP/2, the server's side: calls of whole messages that end with a status.

See "gRPC over HTTP2" (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Messages are not compressed, and
compressed ones not taken: over the socket that a sidecar shares with its server, that would cost more than it saves.
"""

from __future__ import annotations

import logging
import re
from enum import IntEnum
from typing import Protocol
from urllib.parse import quote

from .http2_frames import DATA, MAX_FRAME, frame
from .http2_headers import Headers
from .http2_stream import Stream
from .limits import MAX_MESSAGE_BYTES

_log = logging.getLogger(__name__)

_PREFIX_BYTES = 5
# :status 200, content-type application/grpc; neither of them indexed, so that no connection has a table of its own.
_RESPONSE_HEADERS = b"\x88\x0f\x10\x10application/grpc"
_UNITS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_TIMEOUT = re.compile(r"(\d{1,8})([HMSmun])")
# Bytes of a status in words. Percent-encoded they are three times as many at most, and some clients take no more than
# 8 KiB of trailers.
_MAX_DETAILS = 2_500
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class StatusCode(IntEnum):
    """https://grpc.io/docs/guides/status-codes/"""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class Shared:
    """The beginning of a message that many calls are sent, framed once for all of them."""

    __slots__ = ("_framed", "body")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._framed: tuple[tuple[int, int], bytes] | None = None

    def framed(self, stream: int, more: int) -> bytes | None:
        """Frames of the stream of this number, of which the last lacks its `more` last bytes; None: they do not fit
        into the last."""
        if self._framed is None or self._framed[0] != (stream, more):
            framed = self._frame(stream, more)
            if framed is None:
                return None
            self._framed = (stream, more), framed
        return self._framed[1]

    def _frame(self, stream: int, more: int) -> bytes | None:
        payload = _prefix(len(self.body) + more) + self.body
        last = len(payload) // MAX_FRAME * MAX_FRAME
        if len(payload) - last + more > MAX_FRAME:
            return None
        frames = [frame(DATA, 0, stream, payload[start : start + MAX_FRAME]) for start in range(0, last, MAX_FRAME)]
        # Its head counts what is still to come.
        frames.append(frame(DATA, 0, stream, payload[last:] + bytes(more))[: -more or None])
        return b"".join(frames)


class CallListener(Protocol):
    """Who answers a call."""

    def message_received(self, message: bytes) -> None:
        """Not called while the call is blocked or held."""

    def half_closed(self) -> None:
        """The client has sent all that it has to say."""

    def drained(self) -> None:
        """The call was blocked, and is so no more."""

    def closed(self) -> None:
        """The call is over, whoever ended it."""


class _Nobody:
    """Listens to a call that ends before anybody else does."""

    def message_received(self, message: bytes) -> None: ...

    def half_closed(self) -> None: ...

    def drained(self) -> None: ...

    def closed(self) -> None: ...


_NOBODY = _Nobody()


class Call:
    """One call. While what was sent waits for a client that does not read, nothing more is taken from it, so that what
    is kept for it is bounded."""

    __slots__ = ("_began", "_buffer", "_delivering", "_held", "_kept", "_listener", "_stream", "_told", "headers")

    def __init__(self, stream: Stream, headers: Headers) -> None:
        self.headers = headers
        self._stream = stream
        self._listener: CallListener = _NOBODY
        self._buffer: bytearray | None = None
        """What was not delivered yet."""
        self._kept = 0
        """Bytes for which the client got no room for others."""
        self._began = False
        self._held = False
        self._told = False
        """That the client has half-closed."""
        self._delivering = False
        stream.listener = self

    def listen(self, listener: CallListener) -> None:
        """Before anything is received."""
        self._listener = listener

    @property
    def peer(self) -> str:
        return self._stream.peer

    @property
    def caller(self) -> int | None:
        """The process that calls, over a unix socket."""
        return self._stream.caller

    @property
    def timeout(self) -> float | None:
        """Seconds from its beginning until the client loses interest."""
        for name, value in self.headers:
            if name == "grpc-timeout" and (found := _TIMEOUT.fullmatch(value)):
                return int(found[1]) * _UNITS[found[2]]
        return None

    @property
    def is_open(self) -> bool:
        """Whether something can be sent still."""
        return self._stream.is_open and self._stream.ending is None

    @property
    def blocked(self) -> bool:
        """Whether something that was sent waits until the client takes it."""
        return self._stream.blocked

    @property
    def unread(self) -> int:
        """Bytes that the client has sent and nobody has looked at."""
        return len(self._buffer or b"")

    def send(self, shared: Shared, own: bytes = b"") -> None:
        """Send a message: what many calls are sent, and behind it what this one alone is. Nothing, if the call is over
        already."""
        stream = self._stream
        if not self.is_open:
            return
        if not self._began:
            self._began = True
            stream.send_headers(_RESPONSE_HEADERS)
        framed = shared.framed(stream.id, len(own))
        size = _PREFIX_BYTES + len(shared.body) + len(own)
        if framed is None or not stream.send_frames((framed, own) if own else (framed,), size):
            stream.send(_prefix(size - _PREFIX_BYTES), shared.body, own)

    def end(self, code: StatusCode = StatusCode.OK, details: str = "") -> None:
        """End the call, behind all that was sent."""
        if self.is_open:
            self._held = True
            self._stream.end((b"" if self._began else _RESPONSE_HEADERS) + _status(code, details))

    def hold(self) -> None:
        """Deliver nothing until `go_on`."""
        self._held = True

    def go_on(self) -> None:
        self._held = False
        self._deliver()

    # The stream's side.

    def data_received(self, data: bytes) -> None:
        if self._buffer is None and self._takes and data[0] == 0 and _whole(data) == len(data):
            # Nearly always a frame is a message.
            self._stream.consumed(len(data))
            self._listener.message_received(data[_PREFIX_BYTES:])
            return
        if self._buffer is None:
            self._buffer = bytearray()
        self._buffer += data
        self._kept += len(data)
        self._deliver()

    def peer_ended(self) -> None:
        self._deliver()

    def drained(self) -> None:
        self._listener.drained()
        self._deliver()

    def closed(self) -> None:
        self._buffer = None
        self._held = True
        # Let go of, as the stream lets go of this.
        listener, self._listener = self._listener, _NOBODY
        listener.closed()

    @property
    def _takes(self) -> bool:
        """Whether the listener can do something with a message."""
        return not (self._held or self._stream.blocked)

    def _deliver(self) -> None:
        """All whole messages, as long as they are taken."""
        if self._delivering:
            return
        self._delivering = True
        while self._takes and self._buffer is not None:
            size = _whole(self._buffer)
            if size > MAX_MESSAGE_BYTES + _PREFIX_BYTES:
                self._refuse(f"a message of {size - _PREFIX_BYTES} bytes is larger than {MAX_MESSAGE_BYTES}")
            elif self._buffer[0] != 0:
                self.end(StatusCode.UNIMPLEMENTED, "compressed messages are not taken")
            elif size > len(self._buffer):
                break
            else:
                message = bytes(self._buffer[_PREFIX_BYTES:size])
                del self._buffer[:size]
                if not self._buffer:
                    self._buffer = None
                self._listener.message_received(message)
        if self._takes:
            # What there is of a message must not keep its rest away.
            kept, self._kept = self._kept, 0
            self._stream.consumed(kept)
            if self._stream.peer_ended and not self._told:
                self._told = True
                if self._buffer is not None:
                    self.end(StatusCode.INTERNAL, "a message that was cut short")
                else:
                    self._listener.half_closed()
        self._delivering = False

    def _refuse(self, reason: str) -> None:
        _log.warning("%s: call ended: %s", self.peer, reason)
        self.end(StatusCode.RESOURCE_EXHAUSTED, reason)


def _whole(buffer: bytes | bytearray) -> int:
    """How many bytes the message at its beginning has, its prefix included, as far as that is known."""
    if len(buffer) < _PREFIX_BYTES:
        return _PREFIX_BYTES
    return int.from_bytes(buffer[1:_PREFIX_BYTES], "big") + _PREFIX_BYTES


def _prefix(length: int) -> bytes:
    return b"\0" + length.to_bytes(4, "big")


def _status(code: StatusCode, details: str) -> bytes:
    block = _literal(b"grpc-status", str(int(code)).encode())
    if details:
        # Percent-encoded, as PROTOCOL-HTTP2.md says: all but what is printable in ASCII.
        block += _literal(b"grpc-message", quote(details.encode()[:_MAX_DETAILS], safe=_PLAIN).encode())
    return block


def _literal(name: bytes, value: bytes) -> bytes:
    """An HPACK field that enters no table."""
    return b"\0" + _length(len(name)) + name + _length(len(value)) + value


def _length(number: int) -> bytes:
    """An integer with a prefix of seven bits (RFC 7541, 5.1)."""
    if number < 0x7F:
        return bytes((number,))
    encoded, number = bytearray((0x7F,)), number - 0x7F
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
