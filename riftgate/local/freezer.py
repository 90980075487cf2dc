# SPDX-License-Identifier: Apache-2.0
"""Keeps a cgroup frozen for as long as it is told to. A program of its own: the freeze ends when whoever asked for it
dies, and when nobody renews it in time.

    python -I -S freezer.py CGROUP END

END is in seconds of CLOCK_MONOTONIC. It writes a line once everything stands still. A line with another END on its
standard input is a renewal; the end of its input thaws at once.
"""

import contextlib
import os
import select
import sys
import time
from pathlib import Path


def main(cgroup: Path, end: float) -> None:
    """Until the end or until standard input is closed. Raises OSError when the cgroup is gone."""
    with (cgroup / "cgroup.freeze").open("r+b", buffering=0) as switch:
        try:
            switch.write(b"1")
            _wait_frozen(cgroup, end)
            print("frozen", flush=True)
            while (left := end - time.monotonic()) > 0:
                readable, _, _ = select.select([0], [], [], left)
                if readable:
                    lines = os.read(0, 4096).split()
                    if not lines:
                        break
                    end = float(lines[-1])
        finally:
            # What was removed meanwhile needs no thaw.
            with contextlib.suppress(OSError):
                switch.write(b"0")


def _wait_frozen(cgroup: Path, end: float) -> None:
    with (cgroup / "cgroup.events").open() as events:
        poll = select.poll()
        poll.register(events, select.POLLPRI)
        while "frozen 1" not in events.read() and time.monotonic() < end:
            poll.poll(max(0.0, end - time.monotonic()) * 1000)
            events.seek(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
