# SPDX-License-Identifier: Apache-2.0
"""Segments of TCP as they come into a pod, and by which way: the node's router addresses frames to the pod's own end of
its link; one that took the shortcut past it still has the address that its sender gave it.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

from riftgate.local.names import PodName
from riftgate.local.netns import POD_INTERFACE, in_netns
from tests.mesh_harness import Mesh, Talk

SHORT, ROUTED = "short", "routed"
_SYN, _ACK = 0x02, 0x10


@dataclass(frozen=True, slots=True)
class Segment:
    """Of TCP, as it has come in."""

    way: str
    hops: int
    opens: bool


@contextmanager
def frames_at(mesh: Mesh, pod: str) -> Iterator[socket.socket]:
    """What comes in on the pod's own end of its link."""

    def listen() -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        opened.bind((POD_INTERFACE, 0))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        opened.setblocking(False)
        return opened

    opened: socket.socket = in_netns(mesh.namespaces(pod).net, listen)
    with contextlib.closing(opened):
        yield opened


def arrived(mesh: Mesh, pod: str, opened: socket.socket, source: str) -> list[Segment]:
    """All that has come from that address since the last call."""
    routed = bytes.fromhex(PodName(mesh.name, "default", pod).pod_mac.replace(":", ""))
    found = []
    while True:
        try:
            frame, (_, _, kind, _, _) = opened.recvfrom(1 << 17)
        except BlockingIOError:
            return found
        (ethertype,) = struct.unpack_from("!H", frame, 12)
        ipv4 = ethertype == 0x0800
        protocol, hops = (frame[23], frame[22]) if ipv4 else (frame[20], frame[21])
        if kind == socket.PACKET_OUTGOING or protocol != socket.IPPROTO_TCP:
            continue
        flags = frame[(34 if ipv4 else 54) + 13]
        if ip_address(frame[26:30] if ipv4 else frame[22:38]) == ip_address(source):
            found.append(Segment(ROUTED if frame[:6] == routed else SHORT, hops, flags & (_SYN | _ACK) == _SYN))


def ways(mesh: Mesh, talk: Talk, caller: str, called: str, family: int = 0) -> set[str]:
    """By which ways the segments of one exchange, on port 7000, have come to who was called."""
    with frames_at(mesh, called) as opened:
        assert talk("exchange", mesh.addresses(called)[family], 7000, 100_000)["intact"]
        return {each.way for each in arrived(mesh, called, opened, mesh.addresses(caller)[family])}
