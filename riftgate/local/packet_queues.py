# SPDX-License-Identifier: Apache-2.0
"""The queues that delayed packets wait in: on the links of the pods towards which faults hold packets, for as long as
there are such faults, and until the last of those packets has gone.

A queue alone delays nothing. So nothing has to be done when an agent dies; the next one clears what it finds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pyroute2.netlink.exceptions import NetlinkError

from bpf import delay_queues, structs
from riftgate.local import namespaces
from riftgate.local.errors import LocalError
from riftgate.local.namespaces import Namespace

T = TypeVar("T")

_LINGER = structs.MAX_PACKET_DELAY / 1_000_000 + 0.5
"""Seconds after which no packet waits that a fault of before has held."""


class PacketQueues:
    """Of the host's ends of links in the network namespace ``node``; an asynchronous context manager."""

    def __init__(self, node: Path) -> None:
        self._node = node
        self._links: frozenset[int] = frozenset()
        self._clearing: asyncio.Task[None] | None = None
        self.lacks: str | None = None
        """What the kernel lacks to hold packets; known once it was entered."""

    async def __aenter__(self) -> None:
        try:
            self.lacks = await _unblocked(_lacking)
            await _unblocked(lambda: delay_queues.keep_only(self._node, ()))
        except LocalError as error:
            # Nothing else that the agent does depends on it.
            self.lacks = str(error)

    async def __aexit__(self, *_: object) -> None:
        await self._stop_clearing()

    async def hold_at(self, links: frozenset[int]) -> None:
        """From now on packets can wait on these links (interface indexes). Raises LocalError where they cannot."""
        if links == self._links:
            return
        if links and self.lacks is not None:
            raise LocalError(self.lacks)
        await self._stop_clearing()
        try:
            await _unblocked(lambda: delay_queues.add(self._node, links))
            self._links = links
        finally:
            # Also of what was added before it failed.
            self._clearing = asyncio.create_task(self._clear())

    async def _clear(self) -> None:
        await asyncio.sleep(_LINGER)
        # One that cannot be taken off delays nothing.
        with contextlib.suppress(LocalError):
            await _unblocked(lambda: delay_queues.keep_only(self._node, self._links))

    async def _stop_clearing(self) -> None:
        if self._clearing is not None:
            self._clearing.cancel()
            await asyncio.gather(self._clearing, return_exceptions=True)
            self._clearing = None


def _lacking() -> str | None:
    def inside() -> str | None:
        namespaces.unshare(Namespace.NET)
        return delay_queues.lacking()

    return namespaces.in_thread(inside)


async def _unblocked(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except (NetlinkError, OSError) as error:
        raise LocalError(f"queues for delayed packets: {error}") from error
