# SPDX-License-Identifier: Apache-2.0
"""The way of what the agent applies from the control server to it, and of its answer back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class FeedRefused(Exception):
    """The agent could not apply it; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Numbered(Generic[T]):
    """Something for the agent with the number under which it confirms it."""

    version: int
    content: T


class Feed(Generic[T]):
    """Hands the newest of one kind of thing to the agent and knows which one it has applied.

    ``first_version`` must be larger than any that an earlier control server gave out, or an agent that outlived it
    would take something new for what it has: pass a time that is never set back.
    """

    def __init__(self, first_version: int) -> None:
        self._next = first_version
        self.newest: Numbered[T] | None = None
        self.applied = 0
        self.in_force: T | None = None
        """What was confirmed last; None: nothing, or who had confirmed it is gone."""
        self.error: str | None = None
        self._given: dict[int, T] = {}
        """What somebody may still confirm."""
        self._changed = asyncio.Condition()

    async def publish(self, content: T) -> int:
        """The version to wait for: the one before when nothing changed."""
        async with self._changed:
            if self.newest is None or self.newest.content != content:
                self.newest = Numbered(self._next, content)
                self._next += 1
                self.error = None
                self._changed.notify_all()
            return self.newest.version

    async def after(self, version: int) -> Numbered[T]:
        """The newest, once there is another one than ``version``."""
        async with self._changed:
            while self.newest is None or self.newest.version == version:
                await self._changed.wait()
            self._given[self.newest.version] = self.newest.content
            return self.newest

    async def confirm(self, version: int, error: str | None) -> None:
        """What the agent says of a version: applied, or why not."""
        async with self._changed:
            if error is None:
                self.applied = version
                if version in self._given:
                    self.in_force = self._given[version]
                self._given = {key: each for key, each in self._given.items() if key > version}
            elif self.newest is not None and version == self.newest.version:
                self.error = error
            self._changed.notify_all()

    async def gone(self) -> None:
        """Who has confirmed anything is no more; the next one begins with the newest."""
        async with self._changed:
            self.applied, self.in_force = 0, None

    async def wait_applied(self, version: int, timeout: float) -> None:
        """Raises FeedRefused with the agent's words, and TimeoutError when it says nothing for so long."""
        async with asyncio.timeout(timeout), self._changed:
            while self.applied < version and self.error is None:
                await self._changed.wait()
        if self.applied < version:
            raise FeedRefused(self.error)
