# SPDX-License-Identifier: Apache-2.0
"""Work inside another network namespace."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from bpf.libbpf import BpfError

_CLONE_NEWNET = 0x40000000
_T = TypeVar("_T")


def in_netns(netns: Path, work: Callable[[], _T]) -> _T:
    """Runs ``work`` in a thread of its own that has joined ``netns``, and gives what it gives or raises.

    A thread, not a forked process: a child inherits the wake-up descriptor of this process's signal handlers, and a
    SIGTERM to it would be taken for one to us. Raises OSError when there is no such namespace.
    """

    def run() -> _T:
        libc = ctypes.CDLL(None, use_errno=True)
        fd = os.open(netns, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.setns(fd, _CLONE_NEWNET) != 0:
                code = ctypes.get_errno()
                raise BpfError(code, f"cannot join {netns}: {os.strerror(code)}")
        finally:
            os.close(fd)
        return work()

    with ThreadPoolExecutor(1, thread_name_prefix="riftgate-netns") as pool:
        return pool.submit(run).result()
