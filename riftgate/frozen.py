# SPDX-License-Identifier: Apache-2.0
"""Containers that a fault has frozen, noted where every process of the mesh finds them: whoever is left thaws them.

Each has a keeper process that thaws it (`local/freezer.py`), and the agent sees to the keeper. Should neither, then any
other process does: the control server, the fault server, the resolver.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from pathlib import Path

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.4
_OVERDUE_SECONDS = 0.8
"""After its end, by when keeper and agent have thawed it if they can."""


def note(folder: Path, cgroup: Path, end: float) -> None:
    """The cgroup is frozen until then, in seconds of CLOCK_MONOTONIC. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    file = _file(folder, cgroup)
    fresh = folder / f".{file.name}"
    fresh.write_text(f"{end:.3f} {cgroup}")
    fresh.replace(file)


def forget(folder: Path, cgroup: Path) -> None:
    """It is thawed."""
    with contextlib.suppress(FileNotFoundError):
        _file(folder, cgroup).unlink()


def thaw(cgroup: Path) -> None:
    """Lets everything in the cgroup go on; one that is gone is no error."""
    with contextlib.suppress(OSError):
        (cgroup / "cgroup.freeze").write_text("0")


def thaw_noted(folder: Path, before: float = math.inf) -> list[Path]:
    """Those whose end is before that."""
    found = []
    for file in folder.glob("[!.]*"):
        with contextlib.suppress(FileNotFoundError):
            end, _, cgroup = file.read_text().partition(" ")
            if float(end) < before:
                thaw(Path(cgroup))
                file.unlink()
                found.append(Path(cgroup))
    return found


async def thaw_overdue(folder: Path) -> None:
    """For as long as it runs: none stays frozen past its end, whoever kept it so."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            for cgroup in thaw_noted(folder, time.monotonic() - _OVERDUE_SECONDS):
                log.warning("nobody else has thawed %s at the end of its fault", cgroup)
        except OSError as error:
            log.warning("who is frozen cannot be seen: %s", error)


def _file(folder: Path, cgroup: Path) -> Path:
    return folder / f"{cgroup.parent.name}:{cgroup.name}"
