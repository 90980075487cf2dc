# SPDX-License-Identifier: Apache-2.0
"""What is noted of one Envoy's hand-over to the next, for whoever sees to it that the one before ends in its time: the
agent, or the next one, or meanwhile the control server.

    announced   an Envoy is being started that takes over: how long the one before is to go on then
    begun       it serves: until when
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from riftgate.local.cgroups import processes
from riftgate.local.containers import write_whole
from riftgate.local.sidecar import HotRestart, epoch_of

_PATIENCE = 10
"""So often one is asked to end, before it is made to."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Of the sidecar in this cgroup. ``base_id`` is the pod's, ``sockets`` what its hand-overs' names begin with."""

    cgroup: Path
    base_id: int
    sockets: Path

    def announce(self, epoch: int, seconds: int) -> None:
        """Before the Envoy of that epoch is started: the one before has so long to end once it serves."""
        write_whole(self._announced(epoch), str(seconds))

    def take_back(self, epoch: int) -> None:
        """It does not come to serve."""
        self._announced(epoch).unlink(missing_ok=True)

    def announced(self, epoch: int) -> int | None:
        """Seconds; None: it was not, or has begun."""
        with contextlib.suppress(FileNotFoundError):
            return int(self._announced(epoch).read_text())
        return None

    def begin(self, epoch: int, seconds: int) -> None:
        """Once the Envoy of that epoch serves, and has said so to the one before: that one has so long to end."""
        write_whole(self._until(epoch - 1), str(time.clock_gettime(time.CLOCK_BOOTTIME) + seconds))
        self.part(epoch)
        self.take_back(epoch)

    def part(self, epoch: int) -> None:
        """That Envoy does not end the one before."""
        HotRestart(self.base_id, self.sockets, epoch).part()

    def forget(self) -> None:
        """When there are no Envoys any more."""
        for kind in ("until", "announced"):
            for note in self.sockets.parent.glob(f"{self.sockets.name}_{kind}_*"):
                note.unlink(missing_ok=True)

    def before(self, current: int) -> list[tuple[int, int, float]]:
        """Those that are older than the one of epoch ``current``: process, epoch, and the seconds that are left."""
        found = []
        for pid in processes(self.cgroup):
            # Without a note it hands over right now, or has nobody to hand over to any more.
            with contextlib.suppress(FileNotFoundError):
                if (epoch := epoch_of(pid)) < current:
                    until = float(self._until(epoch).read_text())
                    found.append((pid, epoch, max(0.0, until - time.clock_gettime(time.CLOCK_BOOTTIME))))
        return found

    def _announced(self, epoch: int) -> Path:
        return self.sockets.with_name(f"{self.sockets.name}_announced_{epoch}")

    def _until(self, epoch: int) -> Path:
        """When an Envoy must have ended (CLOCK_BOOTTIME, seconds); there once another one has taken over."""
        return self.sockets.with_name(f"{self.sockets.name}_until_{epoch}")


def ask_to_end(pid: int, epoch: int, asked: Counter[int]) -> None:
    """SIGTERM; and where that has not helped for long, SIGKILL. ``asked`` counts by process."""
    asked[pid] += 1
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            # Only now that the process is pinned: its number may have gone to another one since.
            if epoch_of(pid) == epoch:
                number = signal.SIGTERM if asked[pid] <= _PATIENCE else signal.SIGKILL
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
