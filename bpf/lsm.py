# SPDX-License-Identifier: Apache-2.0
"""The programs that only a security module can be: loaded where the kernel asks BPF; elsewhere it is said what is open.

They run for the whole machine and act on what is in an app's cgroup. The host's other security modules stay as they
are: each of them can refuse, none can allow what another one refuses.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from bpf import structs
from bpf.libbpf import BpfError, Object

OBJECT = Path(str(resources.files("bpf"))) / "objects" / "lsm.bpf.o"

_SYS_FSOPEN, _SYS_FSCONFIG, _SYS_FSMOUNT = 430, 431, 432
_FSCONFIG_CMD_CREATE = 6


@dataclass(frozen=True, slots=True)
class Isolation:
    """Whether the programs are in force, and what brings them where they are not."""

    enforced: bool
    why_not: str = ""
    todo: str = ""


def judge(active: str | None) -> Isolation:
    """``active`` is the kernel's list of security modules, comma-separated; None when it has no such list."""
    kernel = "apt-get install -y linux-image-amd64, then reboot"
    if active is None:
        return Isolation(False, "this kernel has no security modules", kernel)
    modules = [module for module in active.strip().split(",") if module]
    if "bpf" in modules:
        return Isolation(True)
    return Isolation(
        False,
        f"bpf is not among the active security modules ({', '.join(modules) or 'none'})",
        f"put lsm={','.join([*modules, 'bpf'])} on the kernel's command line, then reboot",
    )


def active_modules() -> str | None:
    """What /sys/kernel/security/lsm says, wherever and whether or not securityfs is mounted. Needs root."""
    with contextlib.suppress(OSError):
        return Path("/sys/kernel/security/lsm").read_text()
    try:
        with _securityfs() as folder:
            opened = os.open("lsm", os.O_RDONLY, dir_fd=folder)
            try:
                return os.read(opened, 4096).decode()
            finally:
                os.close(opened)
    except OSError:
        return None


def attach(pins: Path, pod_level: int) -> Isolation:
    """Puts the programs in force, over the datapath's maps below ``pins``, where their links are pinned too.

    What an earlier call pinned there is replaced without a moment in which nothing is in force. A kernel that refuses
    them is no error: the answer says why.
    """
    isolation = judge(active_modules())
    if not isolation.enforced:
        return isolation
    namespace = Path("/proc/self/ns/pid").stat()
    device = os.major(namespace.st_dev) << 20 | os.minor(namespace.st_dev)
    loaded = Object(OBJECT)
    try:
        loaded.set_constants(structs.word(pod_level) + struct.pack("=xxxxQQ", device, namespace.st_ino))
        loaded.share_maps(pins / "maps")
        loaded.load()
        links = pins / "lsm"
        links.mkdir(mode=0o700, exist_ok=True)
        for program in loaded.program_names:
            fresh = links / f"{program}_new"
            fresh.unlink(missing_ok=True)
            loaded.attach_everywhere(program, fresh)
            fresh.replace(links / program)
    except BpfError as error:
        why = f"the kernel refuses programs of this kind: {os.strerror(error.errno or errno.EPERM)}"
        return Isolation(False, why, "use a kernel from 6.1 on whose CONFIG_BPF_LSM root may use")
    finally:
        loaded.close()
    return isolation


@contextlib.contextmanager
def _securityfs() -> Iterator[int]:
    """A securityfs that no path leads to, as a directory descriptor. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    context = _checked(libc.syscall(_SYS_FSOPEN, b"securityfs", 1))
    try:
        _checked(libc.syscall(_SYS_FSCONFIG, context, _FSCONFIG_CMD_CREATE, None, None, 0))
        mount = _checked(libc.syscall(_SYS_FSMOUNT, context, 1, 0))
    finally:
        os.close(context)
    try:
        yield mount
    finally:
        os.close(mount)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
