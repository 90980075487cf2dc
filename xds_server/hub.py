# SPDX-License-Identifier: Apache-2.0
"""From one stream of records (flows, events) to however many want to see it.

Whoever publishes waits for nobody: a subscriber that falls behind loses its oldest records, and is told how many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_CAPACITY = 10_000
"""Records that one subscriber may be behind, about 1 KiB each."""


@dataclass(frozen=True, slots=True)
class RecordsLost:
    """So many records are missing here."""

    count: int


class Subscription(Generic[T]):
    """An async iterator over what was published since; it ends when the hub is closed."""

    def __init__(self, capacity: int) -> None:
        self._waiting: deque[T] = deque(maxlen=capacity)
        self._lost = 0
        self._woken = asyncio.Event()
        self._closed = False
        self.dropped = 0
        """Records lost so far."""

    def put(self, record: T) -> int:
        """How many records had to go for it: 0 or 1."""
        overflow = int(len(self._waiting) == self._waiting.maxlen)
        self._waiting.append(record)
        self._lost += overflow
        self.dropped += overflow
        self._woken.set()
        return overflow

    def close(self) -> None:
        self._closed = True
        self._woken.set()

    def __aiter__(self) -> Subscription[T]:
        return self

    async def __anext__(self) -> T | RecordsLost:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._woken.clear()
            await self._woken.wait()
        if self._lost:
            lost, self._lost = self._lost, 0
            return RecordsLost(lost)
        return self._waiting.popleft()


class Hub(Generic[T]):
    """For one event loop."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription[T]] = set()
        self.dropped = 0
        """Records lost so far, all subscribers together."""

    @property
    def has_listeners(self) -> bool:
        return bool(self._subscriptions)

    def publish(self, record: T) -> None:
        """Never waits."""
        for subscription in self._subscriptions:
            self.dropped += subscription.put(record)

    @contextmanager
    def subscribe(self, capacity: int = DEFAULT_CAPACITY) -> Iterator[Subscription[T]]:
        """What is published while the context lasts. `capacity` is at least 1."""
        if capacity < 1:
            raise ValueError(f"a subscription needs room for at least one record, not {capacity}")
        subscription: Subscription[T] = Subscription(capacity)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def close(self) -> None:
        """Let every subscriber read what it has, and then end."""
        for subscription in self._subscriptions:
            subscription.close()
