# SPDX-License-Identifier: Apache-2.0
"""Envoys that another one has succeeded: they go on for what is open, until they have nothing or their time is over.

Envoy's own way is that the new one tells the old one to end, once, after a time that is fixed when it starts, and dies
itself if there is none. So what it says is lost (:meth:`HotRestart.part`), and who supervises it ends the old one. The
admin socket is closed with the hand-over: what is still open is seen from outside, by the sockets.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riftgate.local.hand_over import HandOver, ask_to_end
from riftgate.local.open_connections import SidecarConnections, sidecar_connections

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_IDLE_POLLS = 3
"""So often in a row without anything open, before one is ended early: what it has read, it has passed on then."""


@dataclass(frozen=True, slots=True)
class DrainingEnvoy:
    """One that ends in ``seconds`` at the latest, and has so many connections of callers until then."""

    pid: int
    epoch: int
    open: SidecarConnections
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "connections": self.open.accepted, "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Drain:
    """Of a pod's sidecar."""

    hand_over: HandOver
    netns: Path

    def left(self, current: int) -> list[DrainingEnvoy]:
        """Those that are older than the one of epoch ``current``. Raises OSError."""
        found = []
        for pid, epoch, seconds in self.hand_over.before(current):
            # None of one that has ended meanwhile.
            if sockets := _sockets_of(pid):
                found.append(DrainingEnvoy(pid, epoch, sidecar_connections(self.netns, sockets), seconds))
        return sorted(found, key=lambda each: each.epoch)

    async def end(self, current: int) -> None:
        """Until none is left."""
        idle: Counter[int] = Counter()
        asked: Counter[int] = Counter()
        while True:
            try:
                left = await asyncio.to_thread(self.left, current)
            except OSError as error:
                # Of one look; the next may tell more.
                log.warning("what drains in %s cannot be seen: %s", self.hand_over.cgroup, error)
                await asyncio.sleep(_POLL_SECONDS)
                continue
            if not left:
                return
            for each in left:
                # One that an earlier agent has not come to part from the next.
                self.hand_over.part(each.epoch + 1)
                nothing = each.open.accepted == 0 and each.open.unsent == 0
                idle[each.pid] = idle[each.pid] + 1 if nothing else 0
                if each.seconds == 0 or idle[each.pid] >= _IDLE_POLLS:
                    ask_to_end(each.pid, each.epoch, asked)
            await asyncio.sleep(_POLL_SECONDS)


def _sockets_of(pid: int) -> frozenset[int]:
    """The inode numbers of a process's sockets; none when it has ended."""
    found = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(entry.readlink())
            except FileNotFoundError:
                continue
            if target.startswith("socket:["):
                found.add(int(target[len("socket:[") : -1]))
    except (FileNotFoundError, ProcessLookupError):
        return frozenset()
    return frozenset(found)
