# SPDX-License-Identifier: Apache-2.0
"""What the kernel and libbpf lack for the datapath, and what brings it; found before anything is touched.

``read_kernel`` looks, ``missing`` judges: it is a function of values, so that tests can describe any host.
"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from pathlib import Path

OLDEST_KERNEL = (5, 17)
"""bpf_loop came with it; everything else is older (docs/kernels.md)."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that the host lacks. ``todo`` is the command that brings it, ready to paste."""

    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.what}: {self.todo}"


class Capability(IntFlag):
    """Bits of CapEff in /proc/PID/status (linux/capability.h); SYS_ADMIN covers BPF and PERFMON."""

    NET_ADMIN = 1 << 12
    SYS_ADMIN = 1 << 21


class ProgramType(IntEnum):
    """The kinds of program in the object (enum bpf_prog_type)."""

    SCHED_CLS = 3
    CGROUP_SKB = 8
    CGROUP_SOCK = 9
    SOCK_OPS = 13
    SK_MSG = 16
    CGROUP_SOCK_ADDR = 18
    CGROUP_SOCKOPT = 25
    SK_LOOKUP = 30


class MapType(IntEnum):
    """The kinds of map that not every kernel has (enum bpf_map_type)."""

    LPM_TRIE = 11
    SOCKMAP = 15
    SOCKHASH = 18
    SK_STORAGE = 24


@dataclass(frozen=True, slots=True)
class Kernel:
    """What was seen of the kernel and its libbpf."""

    capabilities: Capability
    release: str
    """As `uname -r` gives it."""
    filesystems: frozenset[str]
    libbpf: str | None
    """What is wrong with it; None: it is there and new enough."""
    refused: tuple[ProgramType | MapType, ...]
    """What the kernel did not take when it was tried; nothing is tried without capabilities or libbpf."""


NEEDED = Capability.NET_ADMIN | Capability.SYS_ADMIN

NEWER_KERNEL = "apt-get install -y linux-image-amd64 (Ubuntu: linux-image-generic), then reboot"
_NO_DESCRIPTOR = (1 << 31) - 1


def missing(kernel: Kernel) -> tuple[Missing, ...]:
    """All that is missing, most basic first; empty when the datapath can be loaded."""
    found = []
    if lacking := NEEDED & ~kernel.capabilities:
        names = " and ".join(f"CAP_{capability.name}" for capability in lacking)
        found.append(
            Missing(f"root is missing ({names})", "run the same command with sudo (in a container: --privileged)")
        )
    if (version := kernel_version(kernel.release)) < OLDEST_KERNEL:
        found.append(old_kernel(version, OLDEST_KERNEL, "the BPF hooks it needs"))
    if "bpf" not in kernel.filesystems:
        found.append(Missing("the kernel has no bpffs (CONFIG_BPF_SYSCALL)", NEWER_KERNEL))
    if kernel.libbpf is not None:
        found.append(Missing(kernel.libbpf, "apt-get install -y libbpf1"))
    if kernel.refused:
        names = ", ".join(kind.name for kind in kernel.refused)
        found.append(
            Missing(
                f"the kernel refuses BPF of these types (CONFIG_CGROUP_BPF, CONFIG_INET): {names}",
                NEWER_KERNEL,
            )
        )
    return tuple(found)


def old_kernel(version: tuple[int, int], oldest: tuple[int, int], reason: str) -> Missing:
    """The line about a kernel that is too old for ``reason``."""
    is_, needed = (".".join(map(str, pair)) for pair in (version, oldest))
    return Missing(f"Linux {is_} is too old, {needed} is the first with {reason}", NEWER_KERNEL)


def kernel_version(release: str) -> tuple[int, int]:
    """(6, 1) of "6.1.0-18-amd64"; (0, 0) when it does not start with two numbers."""
    match = re.match(r"(\d+)\.(\d+)", release)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def read_kernel() -> Kernel:
    """Looks at this host. Tries the BPF types with programs and maps that are gone when it returns."""
    capabilities = _effective_capabilities(Path("/proc/self/status").read_text())
    libbpf = _libbpf_problem()
    can_try = libbpf is None and NEEDED in capabilities
    return Kernel(
        capabilities=capabilities,
        release=os.uname().release,
        filesystems=frozenset(line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()),
        libbpf=libbpf,
        refused=_refused_types() if can_try else (),
    )


def check() -> tuple[Missing, ...]:
    """What this host lacks for the datapath."""
    return missing(read_kernel())


def try_link_filter(netns: Path, ifindex: int) -> Missing | None:
    """Tries clsact and the classifier for BPF on an interface of ``netns``.

    Use one that is about to go: the queueing discipline stays on it.
    """
    from pyroute2.netlink.exceptions import NetlinkError

    from bpf import link_filter

    try:
        # Nobody has such descriptors: a kernel with the classifier says so, one without it says ENOENT.
        link_filter.attach(netns, ifindex, from_pod=_NO_DESCRIPTOR, to_pod=_NO_DESCRIPTOR)
    except NetlinkError as error:
        if error.code == errno.EBADF:
            return None
        return Missing(
            f"the kernel refuses BPF on links (CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_BPF; {error})",
            NEWER_KERNEL,
        )
    raise AssertionError("the kernel took a program that does not exist")


def _effective_capabilities(status: str) -> Capability:
    line = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return Capability(int(line.split()[1], 16) & NEEDED)


def _libbpf_problem() -> str | None:
    from bpf.libbpf import library

    try:
        library()
    except OSError as error:
        # The dynamic linker's own errors, as about a broken file, carry no strerror.
        return error.strerror or f"libbpf cannot be loaded ({error})"
    return None


def _refused_types() -> tuple[ProgramType | MapType, ...]:
    """libbpf_probe_bpf_prog_type and its like load the least that the verifier takes; 1 means yes."""
    import ctypes

    from bpf.libbpf import library

    refused: list[ProgramType | MapType] = []
    for kinds, name in ((ProgramType, "libbpf_probe_bpf_prog_type"), (MapType, "libbpf_probe_bpf_map_type")):
        probe = getattr(library(), name)
        probe.restype, probe.argtypes = ctypes.c_int, [ctypes.c_int, ctypes.c_void_p]
        refused.extend(kind for kind in kinds if probe(kind, None) != 1)
    return tuple(refused)
