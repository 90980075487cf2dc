# SPDX-License-Identifier: Apache-2.0
"""A network namespace without a name in which every address is local, for tests that need any. Needs root."""

import asyncio
import ctypes
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import TypeVar

from pyroute2 import IPRoute

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
_IPV6_FREEBIND = 78
_RTN_LOCAL = 2
_LOCAL_TABLE = 255
_HOST_SCOPE = 254

TIMEOUT = 20.0
"""Seconds after which a test that waits has failed."""


class PrivateNetwork:
    """A thread in a network namespace of its own; both end together, and nothing of them has a name."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, initializer=_enter_new_network)

    def run(self, work: Callable[[], T]) -> T:
        """Does the work inside; sockets and processes that it makes stay inside."""
        return self._thread.submit(work).result()

    async def run_async(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        self._thread.shutdown()


def _enter_new_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"unshare: {os.strerror(ctypes.get_errno())}; run as root")
    with IPRoute() as netlink:
        loopback = netlink.link_lookup(ifname="lo")[0]
        netlink.link("set", index=loopback, state="up")
        # Every address is the namespace's own. IPv4 wants to be told that it then has the scope of a host.
        local = {"oif": loopback, "type": _RTN_LOCAL, "table": _LOCAL_TABLE}
        netlink.route("add", dst="0.0.0.0/0", scope=_HOST_SCOPE, **local)
        netlink.route("add", dst="::/0", **local)


def connect(source: str, destination: str, port: int) -> socket.socket:
    """A connection between any two addresses; to be called inside the network."""
    family = socket.AF_INET6 if ip_address(source).version == 6 else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT)
    if family == socket.AF_INET6:
        connection.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
    connection.bind((source, 0))
    connection.connect((destination, port))
    return connection
