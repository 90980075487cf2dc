# SPDX-License-Identifier: Apache-2.0
"""Envoys that another one has succeeded: they go on for what is open, until they have nothing or their time is over.

Envoy's own way is that the new one tells the old one to end, once, after a time that is fixed when it starts, and dies
itself if there is none. So what it says is lost (:meth:`HotRestart.part`), and who supervises it ends the old one. The
admin socket is closed with the hand-over: what is still open is seen from outside, by the sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riftgate.local.cgroups import processes
from riftgate.local.containers import write_whole
from riftgate.local.open_connections import SidecarConnections, sidecar_connections
from riftgate.local.sidecar import HotRestart, epoch_of

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_IDLE_POLLS = 3
"""So often in a row without anything open, before one is ended early: what it has read, it has passed on then."""
_PATIENT_POLLS = 10
"""So often it is asked to end, before it is made to."""


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
    """Of the sidecar in this cgroup. ``base_id`` is the pod's, ``sockets`` what its hand-overs' names begin with."""

    cgroup: Path
    netns: Path
    base_id: int
    sockets: Path

    def begin(self, restart: HotRestart, seconds: int) -> None:
        """Once the Envoy of that restart serves, and has said so to the one before: that one has so long to end."""
        until = time.clock_gettime(time.CLOCK_BOOTTIME) + seconds
        write_whole(self._until(restart.epoch - 1), str(until))
        restart.part()

    def forget(self) -> None:
        """When there are no Envoys any more."""
        for note in self.sockets.parent.glob(f"{self.sockets.name}_until_*"):
            note.unlink(missing_ok=True)

    def left(self, current: int) -> list[DrainingEnvoy]:
        """Those that are older than the one of epoch ``current``. Raises OSError."""
        found = []
        for pid in processes(self.cgroup):
            epoch = epoch_of(pid)
            sockets = _sockets_of(pid) if epoch < current else frozenset()
            if not sockets:
                # The one that runs, a later one, or one that has ended meanwhile.
                continue
            # Without a note it hands over right now, or has nobody to hand over to any more.
            with contextlib.suppress(FileNotFoundError):
                seconds = float(self._until(epoch).read_text()) - time.clock_gettime(time.CLOCK_BOOTTIME)
                opened = sidecar_connections(self.netns, sockets)
                found.append(DrainingEnvoy(pid, epoch, opened, max(0.0, seconds)))
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
                log.warning("what drains in %s cannot be seen: %s", self.cgroup, error)
                await asyncio.sleep(_POLL_SECONDS)
                continue
            if not left:
                return
            for each in left:
                # One that an earlier agent has not come to part from the next.
                HotRestart(self.base_id, self.sockets, each.epoch + 1).part()
                nothing = each.open.accepted == 0 and each.open.unsent == 0
                idle[each.pid] = idle[each.pid] + 1 if nothing else 0
                if each.seconds == 0 or idle[each.pid] >= _IDLE_POLLS:
                    asked[each.pid] += 1
                    _end(each, signal.SIGTERM if asked[each.pid] <= _PATIENT_POLLS else signal.SIGKILL)
            await asyncio.sleep(_POLL_SECONDS)

    def _until(self, epoch: int) -> Path:
        """When an Envoy must have ended (CLOCK_BOOTTIME, seconds); there once another one has taken over."""
        return self.sockets.with_name(f"{self.sockets.name}_until_{epoch}")


def _end(envoy: DrainingEnvoy, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(envoy.pid)
        try:
            # Only now that the process is pinned: its number may have gone to another one since.
            if epoch_of(envoy.pid) == envoy.epoch:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


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
