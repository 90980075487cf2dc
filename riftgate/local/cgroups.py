# SPDX-License-Identifier: Apache-2.0
"""Ending everything in a cgroup (v2), and removing it."""

import errno
import select
import time
from pathlib import Path

from riftgate.local.errors import LocalError


def processes(cgroup: Path) -> tuple[int, ...]:
    """Process ids in the cgroup itself, not in those below it; none when it is gone."""
    try:
        return tuple(int(line) for line in (cgroup / "cgroup.procs").read_text().split())
    except FileNotFoundError:
        return ()


def kill_all(cgroup: Path, timeout: float = 10.0) -> None:
    """SIGKILL everything in the cgroup and below, and wait until it is empty. `timeout` in seconds."""
    try:
        (cgroup / "cgroup.kill").write_text("1")
    except FileNotFoundError:
        if not cgroup.is_dir():
            return
        raise LocalError(f"{cgroup} has no cgroup.kill; Linux 5.14 or newer is needed") from None
    deadline = time.monotonic() + timeout
    with (cgroup / "cgroup.events").open() as events:
        poll = select.poll()
        poll.register(events, select.POLLPRI)
        while "populated 1" in events.read():
            # The kernel signals a change of the file as an exceptional condition.
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise LocalError(f"processes in {cgroup} do not end; see: ps -o pid,stat,wchan,args")
            events.seek(0)


def remove_tree(cgroup: Path, timeout: float = 10.0) -> None:
    """End what runs in the cgroup and below, then remove all of it; nothing there is no error. `timeout` in seconds."""
    deadline = time.monotonic() + timeout
    while cgroup.is_dir():
        kill_all(cgroup)
        try:
            for folder in sorted((path for path in cgroup.rglob("*") if path.is_dir()), reverse=True):
                folder.rmdir()
            cgroup.rmdir()
        except OSError as error:
            # A process on its way in has arrived only now, or another one removes the same: once more.
            if error.errno not in (errno.EBUSY, errno.ENOENT) or time.monotonic() > deadline:
                raise LocalError(f"cannot remove {error.filename}: {error.strerror}") from error
