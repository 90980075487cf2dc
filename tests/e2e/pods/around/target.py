# SPDX-License-Identifier: Apache-2.0
"""Who is to be reached, and what every way sends there."""

import socket
from dataclasses import dataclass

LINK = "eth0"
SECONDS = 0.3
PAYLOAD = b"around the sidecar"
REQUEST = b"GET / HTTP/1.1\r\nhost: around\r\n\r\n"


@dataclass(frozen=True)
class Target:
    ipv4: str
    ipv6: str
    port: int
    friend_ipv4: str
    friend_ipv6: str


def address_of(target: Target, family: int) -> str:
    return target.ipv4 if family == socket.AF_INET else target.ipv6


def own_address(family: int, target: Target) -> str:
    """The one that the kernel sends from; exec sessions' is there too."""
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.connect((address_of(target, family), 9))
        return str(sender.getsockname()[0])
