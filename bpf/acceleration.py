# SPDX-License-Identifier: Apache-2.0
"""Whether what sk_msg redirects can be told from plain TCP on this kernel: tried at start-up, never assumed.

Kernels differ, releases of one series too (6.6.128, 6.12.75 and 6.18.14 changed FIONREAD). So each check does one thing
to a plain pair of sockets and the same to a redirected one, and writes down what both ends saw.
"""

from __future__ import annotations

import array
import errno
import fcntl
import hashlib
import os
import select
import socket
import struct
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from bpf import structs
from bpf.libbpf import Map

Pair = tuple[socket.socket, socket.socket]

_SLOT = 0
"""No pod has it; a state of zeros is that of an app in it."""
_LITTLE = 64 * 1024
_CAP = 8 * 1024 * 1024
"""Bytes past which a sender whose peer does not read counts as unlimited."""
_PATIENCE = 3.0
"""Seconds until something that should come counts as not coming."""
_BUDGET = 10.0
"""Seconds for all checks: where redirected bytes get lost, each would take its time."""
_COMPLETION_SECONDS = 0.25
"""How long to wait for a completion that some kernels never send. On loopback it comes with the last byte read."""
_SO_ZEROCOPY = 60
_MSG_ZEROCOPY = 0x4000000
_SO_EE_ORIGIN_ZEROCOPY = 5


class Acceleration(StrEnum):
    """What a pod asks for. AUTO: where the self-test finds no difference."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried, and what came of it either way."""

    name: str
    plain: str
    accelerated: str

    @property
    def same(self) -> bool:
        return self.plain == self.accelerated


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What was found out about this kernel. ``problem``: why nothing could be."""

    checks: tuple[Check, ...] = ()
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem and all(check.same for check in self.checks)

    @property
    def differences(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.same)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a pod is accelerated, and why, for `riftgate status`."""

    on: bool
    why: str


@dataclass(frozen=True, slots=True)
class Accelerator:
    """What is decided from: the setting of pods that have none of their own, and what the self-test found."""

    default: Acceleration = Acceleration.AUTO
    test: SelfTest = SelfTest(problem="it was not tried")

    def decide(self, asked: Acceleration | None) -> Decision:
        """ON and OFF are obeyed; AUTO follows the self-test."""
        setting = asked or self.default
        if setting is not Acceleration.AUTO:
            return Decision(setting is Acceleration.ON, "the pod asks for it" if asked else "as this mesh was started")
        return Decision(self.test.passed, self.finding)

    @property
    def finding(self) -> str:
        """What the self-test says, in words."""
        if self.test.problem:
            return f"the self-test did not run: {self.test.problem}"
        if self.test.differences:
            names = ", ".join(check.name for check in self.test.differences)
            return f"on this kernel it differs from plain TCP in: {names}"
        return f"no difference from plain TCP in {len(self.test.checks)} checks"


def self_test(maps: Mapping[str, Map]) -> SelfTest:
    """Runs every check, in the calling thread's network namespace, whose lo must be up. Some 0.3 s.

    ``maps`` are those of the loaded object, the program attached to its SOCKHASH. Nothing stays in them.
    """
    try:
        found = []
        deadline = time.monotonic() + _BUDGET
        for name, check in CHECKS.items():
            found.append(_tried(maps, name, check))
            if time.monotonic() > deadline:
                return SelfTest(tuple(found), f"not through after {_BUDGET:g} s, at '{name}'")
        found.append(_tried(maps, "queued bytes that TCP carried", _queued_bytes, spoken=True))
    except OSError as error:
        return SelfTest(problem=str(error))
    return SelfTest(tuple(found))


def _tried(maps: Mapping[str, Map], name: str, check: Callable[[Pair], str], *, spoken: bool = False) -> Check:
    """``spoken``: both ends are in the map, but the client has said something before, so that nothing is redirected."""
    seen = []
    for accelerated in (False, True):
        with connected() as pair:
            if spoken:
                pair[0].sendall(b"x")
                pair[1].recv(1)
            if accelerated:
                enrol(maps, pair)
            seen.append(outcome(check, pair))
    return Check(name, *seen)


@contextmanager
def connected(family: socket.AddressFamily = socket.AF_INET) -> Iterator[Pair]:
    """A client and what the server accepted, over loopback."""
    with socket.create_server(("127.0.0.1" if family == socket.AF_INET else "::1", 0), family=family) as listener:
        client = socket.create_connection(listener.getsockname()[:2], _PATIENCE)
        server, _ = listener.accept()
    with client, server:
        for end in (client, server):
            end.settimeout(_PATIENCE)
        yield client, server


def enrol(maps: Mapping[str, Map], pair: Pair) -> None:
    """Both ends as the ends of an accelerated connection. Raises BpfError."""
    for end in pair:
        states = maps["state_by_socket"]
        states.update(struct.pack("=i", end.fileno()), bytes(states.value_size))
        key = structs.pair_key(_SLOT, end.getsockname()[:2], end.getpeername()[:2])
        maps["socket_by_pair"].update(key, struct.pack("=Q", end.fileno()))


def outcome(check: Callable[[Pair], str], pair: Pair) -> str:
    """What a check saw; an error is something to see too."""
    try:
        return check(pair)
    except OSError as error:
        return _name(error)


def _queued_bytes(pair: Pair) -> str:
    """FIONREAD."""
    client, server = pair
    client.sendall(b"x" * 1000)
    _readable(server)
    return f"{queued(server)} of 1000"


def _backpressure(pair: Pair) -> str:
    client, server = pair
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LITTLE)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
    client.setblocking(False)
    sent = 0
    try:
        while sent < _CAP:
            sent += client.send(b"x" * _LITTLE)
    except BlockingIOError:
        return "the sender waits"
    return "the sender goes on without limit"


def _splice(pair: Pair) -> str:
    client, server = pair
    client.sendall(b"x" * 1000)
    _readable(server)
    reader, writer = os.pipe()
    try:
        return f"{os.splice(server.fileno(), writer, 1000)} of 1000"
    finally:
        os.close(reader)
        os.close(writer)


def _urgent(pair: Pair) -> str:
    client, server = pair
    client.sendall(b"ab")
    try:
        client.send(b"!", socket.MSG_OOB)
    except OSError as error:
        return f"send: {_name(error)}"
    _readable(server)
    try:
        urgent = server.recv(1, socket.MSG_OOB)
    except OSError as error:
        return f"recv: {_name(error)}"
    return f"{urgent.decode()} beside {server.recv(10).decode()}"


def _low_water(pair: Pair) -> str:
    client, server = pair
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1000)
    client.sendall(b"x" * 100)
    early = bool(select.select([server], [], [], 0)[0])
    client.sendall(b"x" * 900)
    return f"readable with 100 of 1000: {early}, with 1000: {_readable(server)}"


def _zerocopy(pair: Pair) -> str:
    client, server = pair
    client.setsockopt(socket.SOL_SOCKET, _SO_ZEROCOPY, 1)
    size = client.send(b"x" * _LITTLE, _MSG_ZEROCOPY)
    receive(server, size)
    return "completed" if completed(client, _COMPLETION_SECONDS) else "never completed"


def _unread(pair: Pair) -> str:
    client, server = pair
    client.sendall(b"x" * 1000)
    _readable(server)
    server.close()
    return end_of(client)


def _half_close(pair: Pair) -> str:
    client, server = pair
    client.sendall(b"x" * 10)
    client.shutdown(socket.SHUT_WR)
    asked = len(receive(server, 10))
    ended = end_of(server)
    server.sendall(b"y" * 20)
    return f"{asked} bytes, {ended}, {len(receive(client, 20))} bytes back"


def _sendfile(pair: Pair) -> str:
    content = os.urandom(300_000)
    file = os.memfd_create("riftgate")
    try:
        os.write(file, content)
        return _carried(pair, content, lambda client, at: os.sendfile(client.fileno(), file, at, len(content) - at))
    finally:
        os.close(file)


def _large(pair: Pair) -> str:
    content = os.urandom(2_000_000)
    return _carried(pair, content, lambda client, at: client.send(memoryview(content)[at : at + _LITTLE]))


CHECKS: Mapping[str, Callable[[Pair], str]] = {
    "queued bytes (FIONREAD)": _queued_bytes,
    "backpressure": _backpressure,
    "splice": _splice,
    "urgent data": _urgent,
    "SO_RCVLOWAT": _low_water,
    "MSG_ZEROCOPY completion": _zerocopy,
    "close with unread data": _unread,
    "half-close": _half_close,
    "sendfile": _sendfile,
    "2 MB, then close": _large,
}


def _carried(pair: Pair, content: bytes, send: Callable[[socket.socket, int], int]) -> str:
    """Sends all, the reader keeping up with it, then closes."""
    client, server = pair
    client.setblocking(False)
    heard = hashlib.sha256()
    sent = 0
    while sent < len(content):
        try:
            sent += send(client, sent)
        except BlockingIOError:
            heard.update(server.recv(_LITTLE))
    client.close()
    while chunk := server.recv(_LITTLE):
        heard.update(chunk)
    return "intact" if heard.digest() == hashlib.sha256(content).digest() else "damaged"


def queued(end: socket.socket) -> int:
    """FIONREAD: bytes that can be read."""
    count = array.array("i", [0])
    fcntl.ioctl(end.fileno(), termios.FIONREAD, count)
    return count[0]


def receive(end: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer where it ends before."""
    heard = b""
    while len(heard) < size and (chunk := end.recv(size - len(heard))):
        heard += chunk
    return heard


def end_of(end: socket.socket) -> str:
    """How the other end ended, whose data has all been read."""
    try:
        return "end of file" if end.recv(1) == b"" else "data"
    except OSError as error:
        return _name(error)


def completed(end: socket.socket, seconds: float) -> bool:
    """Whether the kernel says within this time that it is done with the memory of a MSG_ZEROCOPY send."""
    deadline = time.monotonic() + seconds
    poll = select.poll()
    poll.register(end, 0)  # errors are always reported
    while poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        try:
            _, ancillary, _, _ = end.recvmsg(1, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return False
        # struct sock_extended_err: errno, origin, type, code.
        if any(data[4] == _SO_EE_ORIGIN_ZEROCOPY for _, _, data in ancillary):
            return True
    return False


def _readable(end: socket.socket) -> bool:
    return bool(select.select([end], [], [], _PATIENCE)[0])


def _name(error: OSError) -> str:
    return "timed out" if isinstance(error, TimeoutError) else errno.errorcode.get(error.errno or 0, str(error))
