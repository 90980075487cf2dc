# SPDX-License-Identifier: Apache-2.0
"""The tracer: bcc's programs on the machine, and their records as values."""

from __future__ import annotations

import ctypes
import errno
import ipaddress
import os
import socket
import time
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

from riftgate.profile.model import Connected, Executed, Forked, Record

SOURCE = Path(str(resources.files("riftgate.profile"))) / "tracer.c"
ARGUMENTS, _ARGUMENT_SIZE = 12, 96
_EXECUTED, _FORKED = 1, 2
_FAMILY_UNIX, _FAMILY_INET = 1, 2
_KINDS = {1: "tcp", 2: "udp", 3: "raw"}
_POLL_MS = 200


class _Record(ctypes.Structure):
    """``struct record`` of tracer.c."""

    _fields_ = (
        ("time", ctypes.c_uint64),
        ("cgroup", ctypes.c_uint64),
        ("kind", ctypes.c_uint32),
        ("pid", ctypes.c_uint32),
        ("other", ctypes.c_uint32),
        ("result", ctypes.c_int32),
        ("family", ctypes.c_uint16),
        ("port", ctypes.c_uint16),
        ("count", ctypes.c_uint32),
        ("address", ctypes.c_uint8 * 16),
        ("text", (ctypes.c_char * _ARGUMENT_SIZE) * ARGUMENTS),
    )


class Tracer:
    """Records of the containers with these cgroups. One thread; `close` takes the programs out of the kernel."""

    def __init__(self, bcc: ModuleType, containers: Mapping[str, Path], level: int) -> None:
        """``level`` is the depth of the cgroups. Raises Exception with bcc's words when it cannot compile or attach."""
        self._names = {cgroup.stat().st_ino: name for name, cgroup in containers.items()}
        self._found: list[Record] = []
        self._bpf: Any = bcc.BPF(text=SOURCE.read_text(), cflags=[f"-DCONTAINER_LEVEL={level}", "-Wno-everything"])
        for inode in self._names:
            self._bpf["containers"][ctypes.c_uint64(inode)] = ctypes.c_uint32(1)
        self._bpf["records"].open_ring_buffer(self._keep)
        self._began = time.clock_gettime(time.CLOCK_MONOTONIC)

    def records(self, seconds: float | None) -> Iterator[Record]:
        """As they come, for so long; without end for None."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while deadline is None or time.monotonic() < deadline:
            self._bpf.ring_buffer_poll(_POLL_MS)
            yield from self.drain()

    def drain(self) -> Iterator[Record]:
        """What has come and was not given out."""
        self._bpf.ring_buffer_consume()
        found, self._found[:] = list(self._found), []
        yield from found

    @property
    def lost(self) -> int:
        """Records that found no room."""
        return sum(int(count.value) for count in self._bpf["lost"].values())

    def close(self) -> None:
        self._bpf.cleanup()

    def _keep(self, _context: object, data: int, _size: int) -> None:
        record = ctypes.cast(data, ctypes.POINTER(_Record)).contents
        container = self._names.get(record.cgroup)
        if container is not None:
            self._found.append(_parsed(record, container, record.time / 1e9 - self._began))


def _parsed(record: _Record, container: str, when: float) -> Record:
    if record.kind == _EXECUTED:
        arguments = tuple(bytes(each.value).decode(errors="replace") for each in record.text[: record.count])
        return Executed(container, when, record.pid, arguments, cut=record.count == ARGUMENTS)
    if record.kind == _FORKED:
        return Forked(container, when, record.pid, record.other)
    result = "ok" if record.result >= 0 else _error_name(-record.result)
    if record.family == _FAMILY_UNIX:
        # sun_path begins two bytes into the address; in the abstract namespace it begins with a zero byte.
        raw = bytes(record.text)[: max(record.count - 2, 0)]
        path = "@" + raw[1:].decode(errors="replace") if raw[:1] == b"\0" else raw.partition(b"\0")[0].decode()
        return Connected(container, when, record.pid, "unix", path, 0, result)
    packed = bytes(record.address)
    address = ipaddress.ip_address(packed[:4] if record.family == _FAMILY_INET else packed)
    kind = _KINDS.get(record.other, "unknown")
    port = socket.ntohs(record.port)
    return Connected(container, when, record.pid, kind, str(address), port, result)


def _error_name(number: int) -> str:
    # A connect that goes on in the background has not failed.
    return "started" if number == errno.EINPROGRESS else errno.errorcode.get(number, os.strerror(number))
