# SPDX-License-Identifier: Apache-2.0
"""Who has dialled a server: a process of this machine, as the kernel knows it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

_UCRED = struct.Struct("=iII")
"""struct ucred: pid, uid, gid."""

Admits = Callable[[int | None], bool]
"""Whether the process may speak to a server at all; None: not of this machine, or unknown."""


def caller_of(transport: asyncio.BaseTransport | None) -> int | None:
    """The process that has dialled, over a unix socket (SO_PEERCRED)."""
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    pid: int = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))[0]
    # 0 is one that this process does not see.
    return pid or None


def everybody(_caller: int | None) -> bool:
    """Admits whoever could open the socket."""
    return True
