# SPDX-License-Identifier: Apache-2.0
"""What faults do to one of the two streams of bytes of a connection. No I/O, no clock: times are told.

    data ─→ bits flipped ─→ held (latency) ─→ cut and paced (slices, bandwidth) ─→ counted (tolls) ─→ on its way

Whatever is done to it, bytes leave in the order in which they came, and none is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from l7filters.connection_effects import ConnectionEffects

from .body_edits import corrupted
from .connection_lines import Did

_GRAIN_SECONDS = 1e-6
"""What is due by then is due now."""
_PACE_SECONDS = 0.02
"""A bandwidth lets through what it lets through in that time, at once."""
_BURST_SECONDS = 0.001
"""Data that comes within that time shares its latency: an answer of which the head comes before the body is one."""
_MAX_PIECE_BYTES = 65_536
_KEEPING_BYTES = 320
"""What it takes to keep one piece of data, however small: senders of single bytes are held to the same bounds."""


class Toll:
    """Counts the bytes that pass in the streams of one fault; at the last of them, something happens."""

    __slots__ = ("did", "fault", "left")

    def __init__(self, fault: str, did: Did, after: int) -> None:
        self.fault = fault
        self.did = did
        self.left = after


def tolls_of(fault: str, does: ConnectionEffects) -> tuple[Toll, ...]:
    """Of one fault on one connection, for all the lanes that it is about."""
    after = {
        Did.RESET: None if does.reset is None else does.reset.after_bytes,
        Did.CLOSE: does.close_after_bytes,
        Did.BLACKHOLE: does.blackhole_after,
    }
    return tuple(Toll(fault, did, count) for did, count in after.items() if count is not None)


@dataclass(frozen=True, slots=True)
class Shaping:
    """One fault's part in a lane."""

    does: ConnectionEffects
    tolls: tuple[Toll, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that leave now. `end`: nothing follows. `struck`: what happens behind them."""

    data: bytes
    end: bool
    struck: tuple[Toll, ...] = ()


class _Queued:
    __slots__ = ("data", "end", "ready")

    def __init__(self, ready: float, data: memoryview, end: bool) -> None:
        self.ready = ready
        self.data = data
        self.end = end


class Lane:
    """One stream of bytes."""

    __slots__ = (
        "_burst_until",
        "_close_delay",
        "_corrupt",
        "_delays",
        "_free",
        "_last",
        "_late",
        "_leaving",
        "_pause",
        "_queue",
        "_random",
        "_rate",
        "_shapings",
        "_size",
        "heard_end",
        "held",
    )

    def __init__(self, shapings: Iterable[Shaping], random: Random) -> None:
        self._random = random
        self._queue: deque[_Queued] = deque()
        self._last = 0.0
        """When what came last is ready: none overtakes it."""
        self._burst_until = 0.0
        self._late = 0.0
        """The latency of the burst, in seconds."""
        self._free = 0.0
        """When the next piece may set out."""
        self._leaving: tuple[float, int] | None = None
        """When the piece at the front leaves, and its size."""
        self.held = 0
        """Bytes that have come and not left."""
        self.heard_end = False
        """Nothing more will come."""
        self._shape(shapings)

    def _shape(self, shapings: Iterable[Shaping]) -> None:
        self._shapings = tuple(shapings)
        all_does = [each.does for each in self._shapings]
        self._delays = [does.latency for does in all_does if does.latency is not None]
        self._corrupt = [does.corrupt_parts for does in all_does if does.corrupt_parts is not None]
        self._rate = min((does.bytes_per_second for does in all_does if does.bytes_per_second), default=None)
        slices = min((does.slices for does in all_does if does.slices), key=lambda each: each.size, default=None)
        self._pause = 0.0 if slices is None else slices.pause_milliseconds / 1000
        self._size = _MAX_PIECE_BYTES if slices is None else slices.size
        if self._rate is not None:
            self._size = max(1, min(self._size, int(self._rate * _PACE_SECONDS)))
        self._close_delay = sum(does.close_delay_milliseconds or 0 for does in all_does) / 1000

    @property
    def cuts(self) -> bool:
        """Whether more pieces may leave than came."""
        tolls = any(each.tolls for each in self._shapings)
        return tolls or self._size < _MAX_PIECE_BYTES or self._rate is not None or self._close_delay > 0

    @property
    def delays(self) -> bool:
        """Whether there is a latency."""
        return bool(self._delays)

    @property
    def memory(self) -> int:
        """Bytes of it, for what is held."""
        return self.held + _KEEPING_BYTES * len(self._queue)

    @property
    def blocked(self) -> bool:
        """Nothing passes."""
        return any(toll.did is Did.BLACKHOLE and toll.left <= 0 for toll in self._tolls())

    def feed(self, data: bytes, end: bool, now: float, way: float = 0.0) -> None:
        """These bytes have come; `end`: none will follow. `way` is what they take from who sent them to here, and from
        here on, in seconds: part of a latency."""
        self.heard_end |= end
        for parts in self._corrupt:
            if data:
                data = corrupted(data, parts, self._random)
        if now >= self._burst_until:
            self._burst_until = now + _BURST_SECONDS
            # random() may give 0, of which some distributions have no quantile.
            drawn = (delay.milliseconds(max(self._random.random(), 2**-60)) for delay in self._delays)
            self._late = sum(drawn) / 1000
        ready = self._last = max(self._last, now + max(0.0, self._late - way))
        self.held += len(data)
        if not end or not self._close_delay:
            self._queue.append(_Queued(ready, memoryview(data), end))
            return
        if data:
            self._queue.append(_Queued(ready, memoryview(data), False))
        self._last = ready + self._close_delay
        self._queue.append(_Queued(self._last, memoryview(b""), True))

    def reshape(self, shapings: Iterable[Shaping], now: float) -> None:
        """Only these faults are on still. What is held leaves as fast as they let it."""
        self._shape(shapings)
        self._burst_until = 0.0
        for queued in self._queue:
            queued.ready = min(queued.ready, now)
        self._last = min(self._last, now)
        self._free = min(self._free, now)
        self._leaving = None

    def due(self) -> float | None:
        """When the next piece leaves."""
        if not self._queue or self.blocked:
            return None
        if self._leaving is None:
            front = self._queue[0]
            size = min(len(front.data), self._size) if self.cuts else len(front.data)
            for toll in self._tolls():
                if toll.left > 0:
                    size = min(size, toll.left)
            start = max(front.ready, self._free)
            self._leaving = (start + (size / self._rate if self._rate is not None else 0.0), size)
        return self._leaving[0]

    def take(self, now: float) -> Piece | None:
        """The next piece, if it leaves by now."""
        due = self.due()
        if due is None or due > now + _GRAIN_SECONDS or self._leaving is None:
            return None
        front, (_, size), self._leaving = self._queue[0], self._leaving, None
        for toll in self._tolls():
            # What passed in the other lane counts, too.
            if toll.left > 0:
                size = min(size, toll.left)
        data, front.data = bytes(front.data[:size]), front.data[size:]
        end = False
        if not front.data:
            self._queue.popleft()
            end = front.end
        self.held -= size
        # By what was due, not by when it was taken: a late timer makes nothing slower.
        self._free = due + (self._pause if size else 0.0)
        struck = []
        for toll in self._tolls() if size else ():
            before, toll.left = toll.left, toll.left - size
            if before > 0 and toll.left <= 0:
                struck.append(toll)
        return Piece(data, end, tuple(struck))

    def _tolls(self) -> Iterator[Toll]:
        for each in self._shapings:
            yield from each.tolls
