# SPDX-License-Identifier: Apache-2.0
"""One at a time: files that a process has locked for as long as it lives, however it ends (flock(2))."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riftgate.local.errors import LocalError


@contextmanager
def held(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Holds the lock. With ``wait`` until whoever has it lets go; else raises LocalError, with who it is.

    ``what`` is what there may be one of, for people.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
            raise LocalError(f"{what} runs already (process {holder}); there can be one") from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)
