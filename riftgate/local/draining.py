# SPDX-License-Identifier: Apache-2.0
"""Envoys to which another one has succeeded: they go on for what is open, until their time is over.

Envoy closes their admin socket with the hand-over, so what they still have is seen from outside, by their sockets.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from riftgate.local.cgroups import processes
from riftgate.local.open_connections import sidecar_connections
from riftgate.local.sidecar import drain_of, epoch_of


@dataclass(frozen=True, slots=True)
class DrainingEnvoy:
    """One that ends in ``seconds`` at the latest, and has so many connections of callers until then."""

    epoch: int
    connections: int
    seconds: float

    @property
    def what(self) -> str:
        return f"{self.connections} connection{'' if self.connections == 1 else 's'}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def draining_envoys(cgroup: Path, netns: Path, current: int) -> list[DrainingEnvoy]:
    """Those of a sidecar's cgroup that are older than the one of epoch ``current``. Raises OSError."""
    by_epoch = {epoch_of(pid): pid for pid in processes(cgroup)}
    found = []
    for epoch in sorted(epoch for epoch in by_epoch if epoch < current and epoch + 1 in by_epoch):
        successor = by_epoch[epoch + 1]
        inodes = _sockets_of(by_epoch[epoch])
        left = drain_of(successor) - _age(successor)
        found.append(DrainingEnvoy(epoch, sidecar_connections(netns, inodes) if inodes else 0, max(0.0, left)))
    return found


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


def _age(pid: int) -> float:
    """Seconds since a process began; 0 when it has ended."""
    try:
        # The second field is the command's name in parentheses and may hold anything; count from the last one.
        began = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")
