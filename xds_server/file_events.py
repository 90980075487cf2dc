# SPDX-License-Identifier: Apache-2.0
"""When to look at a directory: the kernel's word that something in it may have changed (inotify(7)).

A hint and no more: who waits for one looks every now and then all the same. Not every file system tells, events get
lost when many come at once, and what lies behind a symbolic link moves unheard.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from pathlib import Path
from types import TracebackType
from typing import Self

# From the kernel's inotify.h and fcntl.h.
_CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _DELETE, _ATTRIB = 0x8, 0x40, 0x80, 0x200, 0x4
_INTERESTING = _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _DELETE | _ATTRIB
_READ_BYTES = 65_536


class DirectoryEvents:
    """Of one directory, for the running event loop; a context manager. Where the kernel cannot tell, no hint comes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._changed = asyncio.Event()
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor >= 0:
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)

    def expect(self) -> None:
        """From now on hints count. To be called before a look, so that no change falls between the two."""
        self._changed.clear()
        if self._descriptor >= 0:
            # Again each time: the directory of that name may be another one by now.
            self._libc.inotify_add_watch(self._descriptor, os.fsencode(self._directory), _INTERESTING)

    async def wait(self, seconds: float) -> None:
        """Until a hint, and no longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    def _read(self) -> None:
        try:
            os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        self._changed.set()
