# SPDX-License-Identifier: Apache-2.0
"""Sockets that connect."""

import ctypes
import mmap
import os
import socket
import struct
from collections.abc import Callable

from .target import LINK, REQUEST, SECONDS, Target, address_of, own_address

IPPROTO_MPTCP = 262
IPPROTO_SCTP = 132
IPPROTO_DCCP = 33
SOCK_DCCP = 6
SO_BINDTODEVICE = 25
TCP_FASTOPEN_CONNECT = 30
TCP_REPAIR = 19
IO_URING_SETUP = 425
IO_URING_ENTER = 426
SHARED = mmap.MAP_SHARED | mmap.MAP_POPULATE


def tcp(family: int, target: tuple[str, int], prepare: Callable[[socket.socket], None] | None = None) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(SECONDS)
        if prepare is not None:
            prepare(connection)
        connection.connect(target)
        return converse(connection)


def converse(connection: socket.socket, request: bytes = REQUEST) -> str:
    try:
        connection.sendall(request)
        return "answered" if connection.recv(4096) else "closed"
    except (TimeoutError, BlockingIOError):
        return "no answer"


def fast_open(target: Target, family: int = socket.AF_INET) -> str:
    with socket.socket(family) as connection:
        # Blocking, with the kernel's own timeouts: without waiting there is no fast open to an unknown server.
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("=qq", 0, int(SECONDS * 1_000_000)))
        try:
            connection.sendto(REQUEST, socket.MSG_FASTOPEN, (address_of(target, family), target.port))
        except BlockingIOError:
            raise TimeoutError from None
        return converse(connection, b"")


def fast_open_connect(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)


def after_another(target: Target, family: int = socket.AF_INET) -> str:
    """A connection within the pod is allowed; AF_UNSPEC makes its socket forget it, and it connects anew."""
    loopback = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.create_server((loopback, 0), family=family) as here, socket.socket(family) as connection:
        connection.settimeout(SECONDS)
        connection.connect(here.getsockname())
        unspecified = struct.pack("=H26x", socket.AF_UNSPEC)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.connect(connection.fileno(), unspecified, len(unspecified)) != 0:
            raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")
        connection.connect((address_of(target, family), target.port))
        return converse(connection)


def from_own_address(target: Target, family: int = socket.AF_INET) -> Callable[[socket.socket], None]:
    return lambda connection: connection.bind((own_address(family, target), 0))


def by_source_route(target: Target) -> Callable[[socket.socket], None]:
    """Loose source routing (RFC 791): the next hop is the target, whatever destination connect() is left with."""
    route = struct.pack("=BBB4s4sx", 131, 11, 4, socket.inet_aton(target.ipv4), socket.inet_aton(target.ipv4))
    return lambda connection: connection.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, route)


def by_source_route_ipv6(target: Target) -> Callable[[socket.socket], None]:
    """A routing header (RFC 8754) of one segment: that is where the packet goes, wherever connect() is sent."""
    route = struct.pack("=BBBBBBH16s", 0, 2, 4, 0, 0, 0, 0, socket.inet_pton(socket.AF_INET6, target.ipv6))
    return lambda connection: connection.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, route)


def by_repair(family: int) -> Callable[[Target], str]:
    """connect() makes the connection established without a word on the wire. Takes NET_ADMIN."""

    def way(target: Target) -> str:
        with socket.socket(family) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
            connection.connect((address_of(target, family), target.port))
            connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
            connection.settimeout(SECONDS)
            return converse(connection)

    return way


def to_the_link(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, LINK.encode())


def by_io_uring(target: Target, family: int = socket.AF_INET) -> str:
    """connect() by the kernel's own hand: no system call of this process does it."""
    libc = ctypes.CDLL(None, use_errno=True)
    parameters = (ctypes.c_uint32 * 30)()  # struct io_uring_params
    ring = libc.syscall(IO_URING_SETUP, 1, ctypes.byref(parameters))
    if ring < 0:
        raise OSError(ctypes.get_errno(), "io_uring_setup")
    try:
        sq_tail, sq_array, completions = parameters[11], parameters[16], parameters[25]
        rings = mmap.mmap(ring, mmap.PAGESIZE, flags=SHARED, offset=0)
        entries = mmap.mmap(ring, mmap.PAGESIZE, flags=SHARED, offset=0x10000000)
        with socket.socket(family) as connection:
            address = struct.pack("=H", family) + struct.pack("!H", target.port)
            # struct sockaddr_in has padding behind the address, sockaddr_in6 flow information before it.
            host = socket.inet_pton(family, address_of(target, family))
            address += host + bytes(8) if family == socket.AF_INET else bytes(4) + host + bytes(4)
            buffer = ctypes.create_string_buffer(address, len(address))
            # IORING_OP_CONNECT: the address, and its length where other operations have an offset.
            entry = struct.pack("=BBHiQQ", 16, 0, 0, connection.fileno(), len(address), ctypes.addressof(buffer))
            entries[: len(entry)] = entry
            rings[sq_array : sq_array + 4] = struct.pack("=I", 0)
            rings[sq_tail : sq_tail + 4] = struct.pack("=I", 1)
            patience = ctypes.create_string_buffer(struct.pack("=qq", 0, int(SECONDS * 1e9)), 16)
            waiting = ctypes.create_string_buffer(struct.pack("=QIIQ", 0, 0, 0, ctypes.addressof(patience)), 24)
            # IORING_ENTER_GETEVENTS and _EXT_ARG: submit one, wait for one, for so long.
            if libc.syscall(IO_URING_ENTER, ring, 1, 1, 1 | 8, waiting, 24) < 0:
                raise OSError(ctypes.get_errno(), "io_uring_enter")
            head, tail = (struct.unpack("=I", rings[at : at + 4])[0] for at in parameters[20:22])
            if head == tail:
                raise TimeoutError
            result = struct.unpack("=i", rings[completions + 8 : completions + 12])[0]
            if result < 0:
                raise OSError(-result, "connect")
            connection.settimeout(SECONDS)
            return converse(connection)
    finally:
        os.close(ring)


def stream(protocol: int, kind: int = socket.SOCK_STREAM, family: int = socket.AF_INET) -> Callable[[Target], str]:
    def way(target: Target) -> str:
        with socket.socket(family, kind, protocol) as connection:
            connection.settimeout(SECONDS)
            connection.connect((address_of(target, family), target.port))
            return converse(connection)

    return way
