# SPDX-License-Identifier: Apache-2.0
"""How many of each thing the kernel holds, to find what is never given back.

The counts are of the whole machine, where others come and go as well: compare with more than a handful of rounds.
"""

import ctypes
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from bpf.libbpf import library

_PAGE_KB = os.sysconf("SC_PAGESIZE") // 1024


@dataclass(frozen=True, slots=True)
class KernelCounts:
    """Things of the machine."""

    links: int
    programs: int
    maps: int
    network_namespaces: int
    cgroups: int

    def growth(self, before: "KernelCounts") -> dict[str, int]:
        earlier = asdict(before)
        return {name: count - earlier[name] for name, count in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class ProcessCounts:
    """What a process holds."""

    descriptors: int
    threads: int
    memory_kb: int
    """Resident, without what it shares with others."""

    @classmethod
    def of(cls, pid: int) -> "ProcessCounts":
        folder = Path("/proc") / str(pid)
        resident, shared = ((folder / "statm").read_text().split())[1:3]
        return cls(
            len(list((folder / "fd").iterdir())),
            len(list((folder / "task").iterdir())),
            (int(resident) - int(shared)) * _PAGE_KB,
        )


def kernel_counts() -> KernelCounts:
    """As they are now; the kernel gives namespaces and programs back some time after their last user."""
    return KernelCounts(
        links=_count("bpf_link_get_next_id"),
        programs=_count("bpf_prog_get_next_id"),
        maps=_count("bpf_map_get_next_id"),
        network_namespaces=_objects("net_namespace"),
        cgroups=_cgroups(),
    )


def _count(walk: str) -> int:
    step = getattr(library(), walk)
    step.restype, step.argtypes = ctypes.c_int, [ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32)]
    number, found = ctypes.c_uint32(0), 0
    while step(number.value, ctypes.byref(number)) == 0:
        found += 1
    return found


def _objects(cache: str) -> int:
    """Objects in use of a slab cache: of network namespaces there is no other count."""
    for line in Path("/proc/slabinfo").read_text().splitlines():
        if line.startswith(f"{cache} "):
            return int(line.split()[1])
    raise AssertionError(f"the kernel has no slab cache {cache}")


def _cgroups() -> int:
    """With those that were removed and are still held by something."""
    from tests.mesh_harness import cgroup_root

    statistics = dict(line.split() for line in (cgroup_root() / "cgroup.stat").read_text().splitlines())
    return int(statistics["nr_descendants"]) + int(statistics["nr_dying_descendants"])
