# SPDX-License-Identifier: Apache-2.0
"""The programs that judge unix sockets by the names that callers write: since Linux 6.7, and left out before it."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from bpf import structs
from bpf.libbpf import BpfError, Object
from bpf.preflight import ProgramType, kernel_version

OBJECT = Path(str(resources.files("bpf"))) / "objects" / "unix.bpf.o"
OLDEST_KERNEL = (6, 7)

# enum bpf_attach_type; libbpf before 1.3 does not know their sections.
_HOOKS = {"connect_unix": 49, "sendmsg_unix": 50}
PROGRAMS = tuple(_HOOKS)
"""Attached at the pod's cgroup."""


def load(pins: Path, pod_level: int, release: str | None = None) -> Object | str:
    """The programs, over the datapath's maps below ``pins``; or why this kernel (`uname -r`) has none of them."""
    version = kernel_version(release or os.uname().release)
    if version < OLDEST_KERNEL:
        return f"Linux {version[0]}.{version[1]} does not ask BPF who connects to a unix socket, 6.7 does"
    loaded = Object(OBJECT)
    try:
        loaded.set_constants(structs.word(pod_level))
        for program, hook in _HOOKS.items():
            loaded.set_hook(program, ProgramType.CGROUP_SOCK_ADDR, hook)
        loaded.share_maps(pins / "maps")
        loaded.load()
    except BpfError as error:
        loaded.close()
        return f"the kernel refuses programs about unix sockets: {os.strerror(error.errno or 0)}"
    return loaded
