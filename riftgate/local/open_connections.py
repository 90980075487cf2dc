# SPDX-License-Identifier: Apache-2.0
"""The TCP connections that are open in a pod, found and reset through the kernel's socket diagnostics.

Source: ``linux/inet_diag.h``, ``linux/sock_diag.h`` (SOCK_DESTROY since 4.5, CONFIG_INET_DIAG_DESTROY).
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bpf.netns import in_netns
from riftgate.local.errors import LocalError

_NETLINK_SOCK_DIAG = 4
_BY_FAMILY, _DESTROY = 20, 21
_REQUEST, _ACK, _DUMP = 1, 4, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
# family, protocol, extensions, states; then the socket's ports, addresses, interface and cookie.
_QUESTION = struct.Struct("=BBBxI")
_ID = struct.Struct("=2s2s16s16sI8s")
_ANSWER_ID_AT = 4
# What is sent and not acknowledged, the owner, the inode.
_STATE = struct.Struct("=III")
_STATE_AT = _ANSWER_ID_AT + _ID.size + 8
_OPEN = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 8
"""ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT (``net/tcp_states.h``)."""
_LISTEN = 1 << 10
_CHOSEN_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""Of the network namespace of who reads it."""
_BUFFER = 1 << 16

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """One of the pod's: between its own address and a remote one."""

    address: str
    port: int
    remote: str
    remote_port: int
    key: bytes
    """The kernel's: family and socket id."""
    inode: int
    """Of the socket; 0 once no process has it."""
    unsent: int
    """Bytes that the kernel still has for the remote end."""


@dataclass(frozen=True, slots=True)
class SidecarConnections:
    """What a sidecar has open."""

    accepted: int
    """Connections from its app, or from outside."""
    unsent: int
    """Bytes on their way to any end."""


def connections_into(
    netns: Path, own: Collection[str], port: int, callers: Collection[str] | None
) -> list[OpenConnection]:
    """Those to a port (0: any on which the pod listens) of the pod with these addresses, from outside of it; of these
    callers, if not from everybody. Raises OSError."""
    return in_netns(netns, lambda: list(_into(own, port, callers)))


def connections_out_of(netns: Path, own: Collection[str], dialled: Iterable[tuple[str, int]]) -> list[OpenConnection]:
    """Those that the sidecar of the pod with these addresses has made to any of these (address or network, and port,
    where 0 is any). Raises OSError."""
    wanted = [(ipaddress.ip_network(network), port) for network, port in dialled]
    return in_netns(netns, lambda: list(_out_of(own, wanted)))


def sidecar_connections(netns: Path, sockets: Collection[int]) -> SidecarConnections:
    """Of a sidecar with these sockets (inode numbers) in the pod with this network namespace. Raises OSError."""
    return in_netns(netns, lambda: _of_sidecar(sockets))


def reset_connections(netns: Path, connections: Iterable[OpenConnection]) -> int:
    """RST to both ends; how many were still there. Raises LocalError where the kernel cannot, or OSError."""
    return in_netns(netns, lambda: sum(_destroy(each.key) for each in connections))


def _into(own: Collection[str], port: int, callers: Collection[str] | None) -> Iterator[OpenConnection]:
    # A connection out of the pod has its addresses too, but its port is nobody's who listens.
    wanted = {port} if port else {each.port for each in _sockets(_LISTEN)}
    for each in _sockets(_OPEN):
        local = each.address in own and each.port in wanted and each.remote not in own
        if local and (callers is None or each.remote in callers):
            yield each


def _out_of(own: Collection[str], dialled: Sequence[tuple[_Network, int]]) -> Iterator[OpenConnection]:
    listening = {each.port for each in _sockets(_LISTEN)}
    for each in _sockets(_OPEN):
        remote = ipaddress.ip_address(each.remote)
        called = any(remote in network and port in (0, each.remote_port) for network, port in dialled)
        if called and each.address in own and each.port not in listening:
            yield each


def _of_sidecar(sockets: Collection[int]) -> SidecarConnections:
    # What came from outside has the port that was asked for: of somebody who listens, or has ceased to. What goes out
    # has one of the kernel's choice.
    wanted = {each.port for each in _sockets(_LISTEN)}
    first, last = (int(port) for port in _CHOSEN_PORTS.read_text().split())
    owned = [each for each in _sockets(_OPEN) if each.inode in sockets]
    accepted = [each for each in owned if each.port in wanted or not first <= each.port <= last]
    return SidecarConnections(len(accepted), sum(each.unsent for each in owned))


def _sockets(states: int) -> Iterator[OpenConnection]:
    for family in (socket.AF_INET, socket.AF_INET6):
        question = _QUESTION.pack(family, socket.IPPROTO_TCP, 0, states) + bytes(_ID.size)
        for body in _ask(_BY_FAMILY, _DUMP, question):
            source_port, port, source, destination, _, _ = _ID.unpack_from(body, _ANSWER_ID_AT)
            unsent, _, inode = _STATE.unpack_from(body, _STATE_AT)
            key = bytes([family]) + body[_ANSWER_ID_AT : _ANSWER_ID_AT + _ID.size]
            yield OpenConnection(
                _address(family, source),
                int.from_bytes(source_port, "big"),
                _address(family, destination),
                int.from_bytes(port, "big"),
                key,
                inode,
                unsent,
            )


def _destroy(key: bytes) -> bool:
    """Whether the socket was still there."""
    question = _QUESTION.pack(key[0], socket.IPPROTO_TCP, 0, _OPEN) + key[1:]
    try:
        for _ in _ask(_DESTROY, _ACK, question):
            pass
    except OSError as error:
        if error.errno == errno.ENOENT:
            return False
        if error.errno == errno.EOPNOTSUPP:
            raise LocalError("this kernel cannot reset connections that are open (CONFIG_INET_DIAG_DESTROY)") from error
        raise
    return True


def _ask(kind: int, flags: int, question: bytes) -> Iterator[bytes]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as netlink:
        length = _HEADER.size + len(question)
        netlink.send(_HEADER.pack(length, kind, _REQUEST | flags, 1, 0) + question)
        while True:
            received = netlink.recv(_BUFFER)
            while received:
                length, kind_of, _, _, _ = _HEADER.unpack_from(received)
                body, received = received[_HEADER.size : length], received[(length + 3) & ~3 :]
                if kind_of == _DONE:
                    return
                if kind_of == _ERROR:
                    code = -struct.unpack_from("=i", body)[0]
                    if code:
                        raise OSError(code, os.strerror(code))
                    return
                yield body


def _address(family: int, packed: bytes) -> str:
    if family == socket.AF_INET:
        return str(ipaddress.IPv4Address(packed[:4]))
    address = ipaddress.IPv6Address(packed)
    return str(address.ipv4_mapped or address)
