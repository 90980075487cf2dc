# SPDX-License-Identifier: Apache-2.0
"""Counts what really arrives at a pod: a packet socket on the pod's own end of its link."""

from __future__ import annotations

import ipaddress
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from riftgate.local.netns import POD_INTERFACE, in_netns

_ETH_P_ALL = 3
_ETH_P_IP = 0x0800
_ETH_P_IPV6 = 0x86DD


@dataclass(slots=True)
class Observer:
    """Frames that arrived at one pod, by their source address."""

    _socket: socket.socket
    _seen: Counter[str] = field(default_factory=Counter)

    def frames_from(self, addresses: tuple[str, ...]) -> int:
        """How many frames from these addresses have arrived since the observer started."""
        self._drain()
        return sum(self._seen[address] for address in addresses)

    def _drain(self) -> None:
        while True:
            try:
                frame, (_, _, kind, _, _) = self._socket.recvfrom(65535)
            except BlockingIOError:
                return
            if kind != socket.PACKET_OUTGOING:
                self._seen[_source(frame)] += 1


@contextmanager
def observe(netns: Path) -> Iterator[Observer]:
    """Watches the pod's end of the link in ``netns``, never the host's: there frames show that tc then drops."""

    def listen() -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        opened.bind((POD_INTERFACE, 0))
        opened.setblocking(False)
        return opened

    opened: socket.socket = in_netns(netns, listen)
    try:
        yield Observer(opened)
    finally:
        opened.close()


def _source(frame: bytes) -> str:
    kind = int.from_bytes(frame[12:14], "big")
    if kind == _ETH_P_IP:
        return str(ipaddress.ip_address(frame[26:30]))
    if kind == _ETH_P_IPV6:
        return str(ipaddress.ip_address(frame[22:38]))
    return f"ethertype {kind:#06x}"
