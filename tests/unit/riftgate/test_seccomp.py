# SPDX-License-Identifier: Apache-2.0
"""The filter, run by a small interpreter of the classic BPF it is written in."""

import struct

import pytest

from riftgate.local.errors import LocalError
from riftgate.local.seccomp import no_user_namespaces

ALLOWED, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
NEWUSER, NEWNET = 0x10000000, 0x40000000
X86_64, AARCH64, I386 = 0xC000003E, 0xC00000B7, 0x40000003


def verdict(machine: str, architecture: int, number: int, argument: int = 0) -> int:
    """What the filter returns for a system call (struct seccomp_data, little-endian)."""
    data = struct.pack("<IIQQ", number, architecture, 0, argument)
    program = list(struct.iter_unpack("=HBBI", no_user_namespaces(machine)))
    accumulator, position = 0, 0
    while True:
        code, if_true, if_false, k = program[position]
        position += 1
        if code == 0x06:
            return int(k)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, k)
            continue
        holds = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[code]
        position += if_true if holds else if_false


@pytest.mark.parametrize(
    ("machine", "architecture", "clone", "unshare", "other"),
    [("x86_64", X86_64, 56, 272, 0), ("aarch64", AARCH64, 220, 97, 63)],
)
def test_user_namespaces_and_nothing_else(
    machine: str, architecture: int, clone: int, unshare: int, other: int
) -> None:
    for call in (clone, unshare):
        assert verdict(machine, architecture, call, NEWUSER | NEWNET) == EPERM
        assert verdict(machine, architecture, call, NEWNET) == ALLOWED
    assert verdict(machine, architecture, other, NEWUSER) == ALLOWED
    assert verdict(machine, architecture, 435) == ENOSYS


def test_calls_of_another_architecture_do_not_exist() -> None:
    assert verdict("x86_64", I386, 310, NEWUSER) == ENOSYS
    assert verdict("x86_64", X86_64, 0x40000000 | 272, NEWUSER) == ENOSYS


def test_a_machine_without_a_filter_is_named() -> None:
    with pytest.raises(LocalError, match="riscv64"):
        no_user_namespaces("riscv64")
