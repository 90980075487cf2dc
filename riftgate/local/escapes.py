# SPDX-License-Identifier: Apache-2.0
"""Ways out of a pod, tried from inside one: self_test.py starts this in its scratch pod and counts what arrives.

escapes.py ORDER     ORDER is JSON: netns, cgroup (null: none of the pod's), near and far (IPv4, IPv6), friend, gateway

Each line of standard input is the name of a way; the answer is one line, what the sender saw of it. Nothing waits for
an answer from afar. A program of its own: the standard library is all it needs.
"""

import ctypes
import errno
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PORT = 7
PAYLOAD = b"around the sidecar"
LINK = "eth0"
IPPROTO_MPTCP = 262
IPPROTO_UDPLITE = 136
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
CLONE_NEWNET = 0x40000000
V4, V6 = socket.AF_INET, socket.AF_INET6


class Ways:
    """The ways, by their names. ``old`` is a socket that exists before anything is attached to the pod."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.near, self.far, self.friend = order["near"], order["far"], order["friend"]
        self.gateway = bytes.fromhex(order["gateway"].replace(":", ""))
        self.old = socket.socket(V4, socket.SOCK_DGRAM)
        self.by_name: dict[str, Callable[[], None]] = {
            "TCP": lambda: self.connect(V4, self.far[0]),
            "TCP over IPv6": lambda: self.connect(V6, self.far[1]),
            "TCP, v4-mapped": lambda: self.connect(V6, f"::ffff:{self.far[0]}"),
            "TCP past the routes": lambda: self.connect(V4, self.far[0], link=True),
            "MPTCP": lambda: self.connect(V4, self.far[0], IPPROTO_MPTCP),
            "UDP": lambda: self.send(V4, self.far[0]),
            "UDP over IPv6": lambda: self.send(V6, self.far[1]),
            "UDP from a socket older than the pod's guard": lambda: self.say(self.old, self.far[0]),
            "UDP-Lite": lambda: self.send(V4, self.far[0], protocol=IPPROTO_UDPLITE),
            "ICMP": lambda: self.send(V4, self.far[0], socket.SOCK_RAW, socket.IPPROTO_ICMP, b"\x08\0\xf7\xfd\0\1\0\1"),
            "ICMPv6": lambda: self.send(V6, self.far[1], socket.SOCK_RAW, socket.IPPROTO_ICMPV6, b"\x80\0\0\0\0\1\0\1"),
            "raw IP": lambda: self.send(V4, self.far[0], socket.SOCK_RAW, socket.IPPROTO_RAW, self.packet(self.near)),
            "packet socket": lambda: self.frame(ETH_P_IP, self.packet(self.near)),
            "packet socket past the queue": lambda: self.frame(ETH_P_IP, self.packet(self.near), bypass=True),
            "packet socket over IPv6": lambda: self.frame(ETH_P_IPV6, self.packet_ipv6(self.near)),
            "packet socket with another's IPv6 address": lambda: self.frame(ETH_P_IPV6, self.packet_ipv6(self.friend)),
        }

    def connect(self, family: int, to: str, protocol: int = 0, *, link: bool = False) -> None:
        with socket.socket(family, socket.SOCK_STREAM, protocol) as connection:
            connection.setblocking(False)
            if link:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, LINK.encode())
            code = connection.connect_ex((to, PORT))
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, "connect")

    def send(
        self, family: int, to: str, kind: int = socket.SOCK_DGRAM, protocol: int = 0, what: bytes = PAYLOAD
    ) -> None:
        with socket.socket(family, kind, protocol) as sender:
            self.say(sender, to, what, 0 if kind == socket.SOCK_RAW else PORT)

    def say(self, sender: socket.socket, to: str, what: bytes = PAYLOAD, port: int = PORT) -> None:
        sender.sendto(what, (to, port))

    def frame(self, kind: int, packet: bytes, *, bypass: bool = False) -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as sender:
            if bypass:
                sender.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
            sender.sendto(packet, (LINK, kind, 0, 0, self.gateway))

    def syn(self) -> bytes:
        return struct.pack("!HHIIBBHHH", 40000, PORT, 1, 0, 5 << 4, 0x02, 65535, 0, 0)

    def packet(self, source: list[str]) -> bytes:
        syn = self.syn()
        ends = socket.inet_aton(source[0]) + socket.inet_aton(self.far[0])
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(syn), 1, 0, 64, socket.IPPROTO_TCP, 0) + ends
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        return head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:] + syn

    def packet_ipv6(self, source: list[str]) -> bytes:
        syn = self.syn()
        ends = socket.inet_pton(V6, source[1]) + socket.inet_pton(V6, self.far[1])
        return struct.pack("!IHBB", 6 << 28, len(syn), socket.IPPROTO_TCP, 64) + ends + syn


NAMES = (
    "TCP",
    "TCP over IPv6",
    "TCP, v4-mapped",
    "TCP past the routes",
    "MPTCP",
    "UDP",
    "UDP over IPv6",
    "UDP from a socket older than the pod's guard",
    "UDP-Lite",
    "ICMP",
    "ICMPv6",
    "raw IP",
    "packet socket",
    "packet socket past the queue",
    "packet socket over IPv6",
    "packet socket with another's IPv6 address",
)
"""Of the ways, in the order in which they are tried."""


def main(order: dict[str, Any]) -> None:
    netns = os.open(order["netns"], os.O_RDONLY)
    if order["cgroup"] is not None:
        (Path(order["cgroup"]) / "cgroup.procs").write_text("0")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(netns, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    ways = Ways(order)
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            ways.by_name[line.strip()]()
            saw = "sent"
        except OSError as error:
            saw = errno.errorcode.get(error.errno or 0, str(error))
        print(saw, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
