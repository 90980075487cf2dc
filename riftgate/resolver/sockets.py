# SPDX-License-Identifier: Apache-2.0
"""The sockets on which the resolver is asked. The agent makes and keeps them, so that what is asked while no process of
the resolver runs waits for the next one instead of being refused."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from ipaddress import ip_address
from pathlib import Path

from bpf.structs import RESOLVER
from riftgate.local import namespaces

PORT = 53
OPTION = "--sockets"
"""Of the resolver's command line: the descriptors that it answers on, with commas."""
_PIDFD_GETFD = 438
"""The number of pidfd_getfd(2) on every architecture; since Linux 5.6."""
_BACKLOG = 128


def listen(netns: Path) -> list[socket.socket]:
    """Of both protocols, on the resolver's addresses in the network namespace. Blocks. Raises OSError."""
    return namespaces.in_thread(lambda: _listen(netns))


def of_process(pid: int) -> list[socket.socket]:
    """Those of a resolver that runs, with all that it has not read yet; [] when it has none, or is gone."""
    with contextlib.suppress(OSError, ValueError):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        descriptors = words[words.index(OPTION) + 1]
        handle = os.pidfd_open(pid)
        try:
            return [socket.socket(fileno=_get(handle, int(each))) for each in descriptors.split(",")]
        finally:
            os.close(handle)
    return []


def _get(handle: int, descriptor: int) -> int:
    found: int = ctypes.CDLL(None, use_errno=True).syscall(_PIDFD_GETFD, handle, descriptor, 0)
    if found < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return found


def _listen(netns: Path) -> list[socket.socket]:
    """In a thread of its own: a socket belongs to the namespace that it was made in."""
    namespaces.enter(netns)
    made: list[socket.socket] = []
    for address in RESOLVER:
        family = socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            bound = socket.socket(family, kind)
            made.append(bound)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((address, PORT))
            if kind == socket.SOCK_STREAM:
                bound.listen(_BACKLOG)
    return made
