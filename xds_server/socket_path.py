# SPDX-License-Identifier: Apache-2.0
"""Paths of Unix sockets to listen on. Apart from the servers: the agent, which has no gRPC, listens too."""

from __future__ import annotations

import socket
from pathlib import Path

# sockaddr_un.sun_path, less the closing zero byte.
_MAX_SOCKET_PATH = 107


class ListenError(Exception):
    """The server cannot listen there. Says why, and what to do."""


def claim_socket_path(path: Path) -> None:
    """Make a Unix socket path free to listen on: remove what a dead server left, refuse what a live one uses.

    Raises ListenError.
    """
    if len(str(path).encode()) > _MAX_SOCKET_PATH:
        raise ListenError(f"{path}: longer than the {_MAX_SOCKET_PATH} bytes of a socket's path; use a shorter one")
    if not path.exists():
        return
    if not path.is_socket():
        raise ListenError(f"{path}: exists and is no socket; remove it or use another path")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        except OSError as error:
            raise ListenError(f"{path}: cannot tell whether a server listens there: {error}") from error
        else:
            raise ListenError(f"{path}: another server listens there; stop it first")
