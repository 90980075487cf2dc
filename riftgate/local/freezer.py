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
    said = False
    with (cgroup / "cgroup.freeze").open("r+b", buffering=0) as switch, (cgroup / "cgroup.events").open() as events:
        try:
            switch.write(b"1")
            told: float | None = end
            while told is not None and (left := (end := told) - time.monotonic()) > 0:
                events.seek(0)
                if not said and "frozen 1" in events.read():
                    print("frozen", flush=True)
                    said = True
                # The kernel signals a change of the file as an exceptional condition.
                readable, _, _ = select.select([0], [], [] if said else [events], left)
                told = _told() if readable else end
        finally:
            # What was removed meanwhile needs no thaw.
            with contextlib.suppress(OSError):
                switch.write(b"0")


def _told() -> float | None:
    """The end that is wanted now; None: nobody wants any."""
    lines = os.read(0, 4096).split()
    return float(lines[-1]) if lines else None


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
