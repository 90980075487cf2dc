# SPDX-License-Identifier: Apache-2.0
"""What a fault does to a TCP connection: to the bytes that pass, and to their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from l7filters.faults import ALL_REQUESTS, Before, RandomDelay

ALL_BITS = ALL_REQUESTS
MAX_BYTES = 1 << 40
"""1 TiB."""
MIN_RATE = 64
MAX_RATE = 1 << 30
"""Bytes per second."""
MAX_CONNECTION_MILLISECONDS = 3_600_000
MAX_SLICE_BYTES = 65_536
MAX_SLICE_DELAY_MILLISECONDS = 60_000


class Stream(StrEnum):
    """Which of a connection's two streams of bytes; `up` is from who has dialled to who was dialled."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """RST to both ends: at once, after so many bytes, or after so many milliseconds, whichever is given; of both, what
    comes first."""

    after_bytes: int | None = None
    after_milliseconds: int | None = None

    def __post_init__(self) -> None:
        check_bytes("reset", self.after_bytes, least=1)
        if self.after_milliseconds is not None and not 1 <= self.after_milliseconds <= MAX_CONNECTION_MILLISECONDS:
            raise ValueError(f"a reset after {self.after_milliseconds} ms is not between 1 ms and 1 h")

    def __str__(self) -> str:
        parts = []
        if self.after_bytes is not None:
            parts.append(f"{self.after_bytes} bytes")
        if self.after_milliseconds is not None:
            parts.append(f"{self.after_milliseconds} ms")
        return f"reset after {' or '.join(parts)}" if parts else "reset"


@dataclass(frozen=True, slots=True)
class Slices:
    """Pieces of so many bytes at most, with a pause of so many milliseconds after each."""

    size: int
    pause_milliseconds: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_SLICE_BYTES:
            raise ValueError(f"slices of {self.size} bytes are not between 1 and {MAX_SLICE_BYTES} bytes")
        if not 0 <= self.pause_milliseconds <= MAX_SLICE_DELAY_MILLISECONDS:
            raise ValueError(f"a pause of {self.pause_milliseconds} ms between slices is not between 0 and 1 min")

    def __str__(self) -> str:
        pause = f", {self.pause_milliseconds} ms apart" if self.pause_milliseconds else ""
        return f"slices of {self.size} bytes{pause}"


@dataclass(frozen=True, slots=True)
class ConnectionEffects:
    """All that one fault does; None is nothing of the kind. Numbers of bytes are those of the fault's streams together.

    latency             each piece of data arrives so much later; none overtakes another
    bytes_per_second    of each stream
    slices              data arrives in small pieces
    corrupt_parts       so many bits per million are flipped
    reset               RST
    close_after_bytes   FIN to both ends after so many bytes (the data limit)
    blackhole_after     behind so many bytes nothing passes any more, and the connection stays open
    close_delay_milliseconds  the end of a stream arrives so much later (slow close)

    Raises ValueError with the reason.
    """

    latency: RandomDelay | None = None
    bytes_per_second: int | None = None
    slices: Slices | None = None
    corrupt_parts: int | None = None
    reset: ConnectionReset | None = None
    close_after_bytes: int | None = None
    blackhole_after: int | None = None
    close_delay_milliseconds: int | None = None

    def __post_init__(self) -> None:
        if not any(True for _ in self._told()):
            raise ValueError("a fault of connections does something: latency, bandwidth, reset, ...")
        if self.latency is not None and self.latency.before is not Before.REQUEST:
            raise ValueError("a connection has no response that alone could be late; say downstream instead")
        if self.bytes_per_second is not None and not MIN_RATE <= self.bytes_per_second <= MAX_RATE:
            raise ValueError(f"{self.bytes_per_second} bytes/s are not between {MIN_RATE} bytes/s and 1 GiB/s")
        if self.corrupt_parts is not None and not 1 <= self.corrupt_parts <= ALL_BITS:
            raise ValueError(f"{self.corrupt_parts} bits per million are not between 1 and {ALL_BITS}")
        check_bytes("limit", self.close_after_bytes, least=1)
        check_bytes("blackhole", self.blackhole_after, least=0)
        wait = self.close_delay_milliseconds
        if wait is not None and not 1 <= wait <= MAX_CONNECTION_MILLISECONDS:
            raise ValueError(f"a close {wait} ms late is not between 1 ms and 1 h")
        if self.reset == ConnectionReset() and sum(1 for _ in self._told()) > 1:
            raise ValueError("a connection that is reset at once has nothing else done to it")
        if self.blackhole_after == 0 and self._passes_nothing_in_vain():
            raise ValueError("where nothing passes at all, nothing can be late, slow, sliced, corrupted or counted")

    def _passes_nothing_in_vain(self) -> bool:
        counted = self.reset is not None and self.reset.after_bytes is not None
        shaped = (self.latency, self.bytes_per_second, self.slices, self.corrupt_parts, self.close_after_bytes)
        return counted or any(each is not None for each in shaped) or self.close_delay_milliseconds is not None

    def __str__(self) -> str:
        return ", ".join(self._told())

    def _told(self) -> Iterator[str]:
        if self.latency is not None:
            yield str(self.latency).replace(" before the request", "")
        if self.bytes_per_second is not None:
            yield f"{self.bytes_per_second} bytes/s"
        if self.slices is not None:
            yield str(self.slices)
        if self.corrupt_parts is not None:
            yield f"{self.corrupt_parts / 10_000:g}% of bits flipped"
        if self.blackhole_after is not None:
            yield f"blackhole after {self.blackhole_after} bytes" if self.blackhole_after else "blackhole"
        if self.reset is not None:
            yield str(self.reset)
        if self.close_after_bytes is not None:
            yield f"close after {self.close_after_bytes} bytes"
        if self.close_delay_milliseconds is not None:
            yield f"close {self.close_delay_milliseconds} ms late"


def check_bytes(what: str, count: int | None, *, least: int) -> None:
    """Raises ValueError."""
    if count is not None and not least <= count <= MAX_BYTES:
        raise ValueError(f"{what}: {count} bytes are not between {least} bytes and 1 TiB")
