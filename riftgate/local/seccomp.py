# SPDX-License-Identifier: Apache-2.0
"""The system call filter of a container: no user namespaces.

In a user namespace of its own a process has every capability over what it makes next, and may mount cgroup2
there. Container runtimes refuse it to whoever lacks CAP_SYS_ADMIN, and so does this; other system calls are
left alone. The program is classic BPF over `struct seccomp_data` (seccomp(2)).
"""

import platform
import struct
from dataclasses import dataclass

from riftgate.local.errors import LocalError

_LD_W_ABS = 0x20
_JMP_JEQ_K = 0x15
_JMP_JGE_K = 0x35
_JMP_JSET_K = 0x45
_RET_K = 0x06

_OFFSET_NR = 0
_OFFSET_ARCH = 4
# The lower half of the first argument, on a little-endian machine.
_OFFSET_ARG0 = 16

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_EPERM = 1
_ENOSYS = 38

_CLONE_NEWUSER = 0x10000000
_X32_BIT = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    audit_arch: int
    clone: int
    unshare: int
    clone3: int = 435


_MACHINES = {
    "x86_64": _Machine(audit_arch=0xC000003E, clone=56, unshare=272),
    "aarch64": _Machine(audit_arch=0xC00000B7, clone=220, unshare=97),
}


def no_user_namespaces(machine: str | None = None) -> bytes:
    """The filter as an array of `struct sock_filter`, for the machine this runs on unless told otherwise.

    clone3 hides its flags in memory, where a filter cannot look: it does not exist, and C libraries then use
    clone. System calls of another architecture than the machine's own do not exist either.
    """
    name = machine or platform.machine()
    if name not in _MACHINES:
        raise LocalError(f"no system call filter for machine {name}; use one of {', '.join(_MACHINES)}")
    numbers = _MACHINES[name]
    program = (
        (_LD_W_ABS, 0, 0, _OFFSET_ARCH),
        (_JMP_JEQ_K, 0, 9, numbers.audit_arch),  # else: no such call
        (_LD_W_ABS, 0, 0, _OFFSET_NR),
        (_JMP_JGE_K, 7, 0, _X32_BIT),  # no such call
        (_JMP_JEQ_K, 6, 0, numbers.clone3),  # no such call
        (_JMP_JEQ_K, 1, 0, numbers.clone),
        (_JMP_JEQ_K, 0, 2, numbers.unshare),  # else: allowed
        (_LD_W_ABS, 0, 0, _OFFSET_ARG0),
        (_JMP_JSET_K, 1, 0, _CLONE_NEWUSER),  # not permitted
        (_RET_K, 0, 0, _ALLOW),
        (_RET_K, 0, 0, _ERRNO | _EPERM),
        (_RET_K, 0, 0, _ERRNO | _ENOSYS),
    )
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
