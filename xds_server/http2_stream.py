# SPDX-License-Identifier: Apache-2.0
"""One HTTP/2 stream (RFC 9113, section 5): a request and its response, and their windows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from .http2_frames import (
    DATA,
    DEFAULT_WINDOW,
    END_HEADERS,
    FLOW_CONTROL_ERROR,
    FRAME,
    HEADERS,
    MAX_FRAME,
    MAX_WINDOW,
    NUMBER,
    WINDOW_UPDATE,
    Http2Error,
    frame,
)

if TYPE_CHECKING:
    from .http2 import Connection

# How many bytes go to the transport before it is asked whether it takes more.
_BURST = 4 * MAX_FRAME


def window_step(window: int) -> int:
    """How many consumed bytes are told to the peer at once."""
    return (window + 1) // 2


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


class _Nobody:
    """Listens to a stream that is closed."""

    def data_received(self, data: bytes) -> None: ...

    def peer_ended(self) -> None: ...

    def drained(self) -> None: ...

    def closed(self) -> None: ...


_NOBODY = _Nobody()


class Stream:
    """One request and its response."""

    __slots__ = (
        "_connection",
        "_received",
        "_step",
        "_unsent",
        "_window",
        "ending",
        "id",
        "listener",
        "peer_ended",
        "window",
    )

    def __init__(self, connection: Connection, number: int, window: int, receives: int = DEFAULT_WINDOW) -> None:
        self.id = number
        self.listener: Listener
        """Set by who is told that the stream was opened."""
        self.peer_ended = False
        self.window = window
        """How many bytes the peer takes now."""
        self._connection = connection
        self._window = receives
        """How many bytes the peer may send now."""
        self._step = window_step(receives)
        self._received = 0
        self._unsent: deque[memoryview] | None = None
        self.ending: bytes | None = None
        """Trailers, behind what waits."""

    @property
    def peer(self) -> str:
        return self._connection.peer

    @property
    def caller(self) -> int | None:
        """The process at the other end, where it is one of this machine."""
        return self._connection.caller

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

    def close(self) -> None:
        """Tells the listener, and lets go of it: each holds the other, and thousands of such pairs a second would have
        the garbage collector stop everything to find them."""
        listener, self.listener = self.listener, _NOBODY
        listener.closed()

    def consumed(self, count: int) -> None:
        """Let the peer send so many bytes more."""
        self._received += count
        if self._received >= self._step:
            self._connection.write(frame(WINDOW_UPDATE, 0, self.id, NUMBER.pack(self._received)))
            self._window += self._received
            self._received = 0

    def receive(self, count: int) -> None:
        self._window -= count
        if self._window < 0:
            raise Http2Error(FLOW_CONTROL_ERROR, "more data than the stream's window")

    def grant(self, increment: int) -> None:
        self.window += increment
        if self.window > MAX_WINDOW:
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
            frames += (FRAME.pack(0, count, DATA, 0, self.id), part[:count])
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
