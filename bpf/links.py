# SPDX-License-Identifier: Apache-2.0
"""Links that are pinned already: where they are attached, which program is behind them, and another in its place.

Source: ``struct bpf_link_info`` and ``struct bpf_prog_info`` in ``linux/bpf.h``; links can be replaced since 5.7.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bpf.libbpf import BpfError, library

_INFO_BYTES = 512
_LINK_PROGRAM = 8
_LINK_TARGET = 16
"""Where the union begins: a cgroup's id in eight bytes, or a network namespace's inode in four and its attach type."""
_CGROUP_LINK, _NETNS_LINK = 3, 5  # enum bpf_link_type
_PROGRAM_TAG = 8


@dataclass(frozen=True, slots=True)
class LinkState:
    """What a link does now."""

    target: int
    """The inode of the cgroup's directory or of the network namespace; 0: it is gone, and the link does nothing."""
    tag: bytes
    """Of its program: a hash of the instructions, 8 bytes."""


def read_link(pin: Path) -> LinkState:
    """Raises BpfError."""
    with _pinned(pin) as fd:
        return _state(fd)


def program_tag(fd: int) -> bytes:
    """The tag of a program by its descriptor."""
    return program_info(fd)[_PROGRAM_TAG : _PROGRAM_TAG + 8]


def program_info(fd: int) -> bytes:
    """``struct bpf_prog_info`` of a program by its descriptor."""
    return _info(fd, "program")


def keep_or_replace(pin: Path, target: int, program: int) -> bool:
    """Makes sure that the pinned link runs this program (a descriptor) at ``target``, without a moment between both.

    False when it does not hang there, or not any more: then it is of no use. Raises BpfError.
    """
    with _pinned(pin) as fd:
        state = _state(fd)
        if state.target != target:
            return False
        if state.tag == program_tag(program):
            return True
        code = library().bpf_link_update(fd, program, None)
        if code == -errno.ENOLINK:
            # What it was attached to has gone since we looked.
            return False
        if code < 0:
            raise BpfError(-code, f"replace the program of {pin.name}: {os.strerror(-code)}")
        return True


@contextmanager
def _pinned(pin: Path) -> Iterator[int]:
    fd = library().bpf_obj_get(os.fsencode(pin))
    if fd < 0:
        raise BpfError(-fd, f"open the link of {pin.name}: {os.strerror(-fd)}")
    try:
        yield fd
    finally:
        os.close(fd)


def _state(fd: int) -> LinkState:
    info = _info(fd, "link")
    kind, program = struct.unpack_from("=I", info)[0], struct.unpack_from("=I", info, _LINK_PROGRAM)[0]
    target = struct.unpack_from("=Q" if kind == _CGROUP_LINK else "=I", info, _LINK_TARGET)[0]
    assert kind in (_CGROUP_LINK, _NETNS_LINK), kind
    behind = library().bpf_prog_get_fd_by_id(program)
    if behind < 0:
        raise BpfError(-behind, f"the program of a link: {os.strerror(-behind)}")
    try:
        return LinkState(int(target), program_tag(behind))
    finally:
        os.close(behind)


def _info(fd: int, what: str) -> bytes:
    buffer = ctypes.create_string_buffer(_INFO_BYTES)
    length = ctypes.c_uint32(_INFO_BYTES)
    code = library().bpf_obj_get_info_by_fd(fd, buffer, ctypes.byref(length))
    if code < 0:
        raise BpfError(-code, f"what a {what} is: {os.strerror(-code)}")
    return buffer.raw
