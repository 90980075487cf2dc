# SPDX-License-Identifier: Apache-2.0
"""Who is hit by a fault with `which`: the counts, and the dice that a seed makes repeatable."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from l7filters.faults import ALL_REQUESTS, Which

_MAX_FAULTS = 4096
"""Whose counts are kept; the one asked about longest ago is forgotten first."""


@dataclass(slots=True)
class _Counts:
    seen: int = 0
    """Requests that match."""
    drawn: int = 0
    """Of these, the ones that percentage and seed hit."""
    hit: int = 0
    at_once: int = 0
    last_second: deque[float] = field(default_factory=deque)


class Draw:
    """One request's verdict; `release` it when the request is over."""

    def __init__(self, counts: _Counts | None) -> None:
        self._counts = counts

    @property
    def hit(self) -> bool:
        return self._counts is not None

    def release(self) -> None:
        """Once or several times."""
        if self._counts is not None:
            self._counts.at_once -= 1
            self._counts = None


class Dice:
    """Draws for all faults. `now` gives seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float], random: Random) -> None:
        self._now = now
        self._random = random
        self._counts: OrderedDict[tuple[str, int], _Counts] = OrderedDict()

    def draw(self, fault: str, activation: int, parts: int, which: Which, headers: Mapping[str, str]) -> Draw:
        """Whether the fault hits a request with these headers, which is the next one that matches it."""
        counts = self._of(fault, activation)
        counts.seen += 1
        if not self._by_share(fault, counts.seen, parts, which, headers):
            return Draw(None)
        counts.drawn += 1
        if which.every is not None and counts.drawn % which.every:
            return Draw(None)
        if which.per_second is not None:
            now = self._now()
            while counts.last_second and counts.last_second[0] <= now - 1:
                counts.last_second.popleft()
            if len(counts.last_second) >= which.per_second:
                return Draw(None)
        if which.at_once is not None and counts.at_once >= which.at_once:
            return Draw(None)
        if which.first is not None and counts.hit >= which.first:
            return Draw(None)
        counts.hit += 1
        counts.at_once += 1
        if which.per_second is not None:
            counts.last_second.append(self._now())
        return Draw(counts)

    def _by_share(self, fault: str, number: int, parts: int, which: Which, headers: Mapping[str, str]) -> bool:
        if parts >= ALL_REQUESTS:
            return True
        if which.seed is None:
            return self._random.randrange(ALL_REQUESTS) < parts
        subject = f"#{number}" if which.key is None else f"={headers.get(which.key, '')}"
        return seeded(which.seed, fault, subject) < parts

    def _of(self, fault: str, activation: int) -> _Counts:
        key = (fault, activation)
        counts = self._counts.setdefault(key, _Counts())
        self._counts.move_to_end(key)
        if len(self._counts) > _MAX_FAULTS:
            self._counts.popitem(last=False)
        return counts


def seeded(seed: int, fault: str, subject: str) -> int:
    """A number from 0 to 999,999 that depends on these alone, in any process on any machine.

    BLAKE2b, 8 bytes, of `seed/fault/subject` in UTF-8, as a big-endian number, times 1,000,000 over 2**64.
    """
    digest = hashlib.blake2b(f"{seed}/{fault}/{subject}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") * ALL_REQUESTS >> 64
