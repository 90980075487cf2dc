# SPDX-License-Identifier: Apache-2.0
"""Finding bcc, and what it needs of the machine.

Its Python module comes with the distribution and lies where only the distribution's own Python looks; it is plain
Python over a C library, so any other can use it.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from bpf.preflight import Missing
from riftgate.local.mountinfo import Mount

_PLACES = (Path("/usr/lib/python3/dist-packages"), Path("/usr/lib/python3/site-packages"))
TRACEFS_KINDS = ("tracefs", "debugfs")


def find_module(places: tuple[Path, ...] = _PLACES) -> Path | None:
    """The folder of bcc's Python module."""
    spec = importlib.util.find_spec("bcc")
    # A package of that name on PyPI is something else, without a tracer.
    own = [Path(each) for each in (spec.submodule_search_locations or ())] if spec else []
    candidates = (*own, *(place / "bcc" for place in places))
    return next((folder for folder in candidates if (folder / "libbcc.py").is_file()), None)


def load_module(folder: Path) -> ModuleType:
    """Imports bcc from its folder, and nothing else from the places around it. Raises ImportError or OSError."""
    spec = importlib.util.spec_from_file_location(
        "bcc", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bcc"] = module
    spec.loader.exec_module(module)
    return module


def has_headers(release: str) -> bool:
    """Whether bcc finds the headers of this kernel: a package's, or the kernel's own in /sys/kernel/kheaders.tar.xz."""
    if Path(f"/lib/modules/{release}/build/include").is_dir() or Path("/sys/kernel/kheaders.tar.xz").exists():
        return True
    subprocess.run(["modprobe", "-q", "kheaders"], stderr=subprocess.DEVNULL, check=False)
    return Path("/sys/kernel/kheaders.tar.xz").exists()


def missing(*, module: bool, headers: bool, tracefs: bool, root: bool, release: str) -> tuple[Missing, ...]:
    """All that is missing, with the command that brings it."""
    found = []
    if not root:
        found.append(Missing("root is missing", "run the same command with sudo"))
    if not module:
        found.append(Missing("there is no bcc for Python", "apt-get install -y python3-bpfcc"))
    if not headers:
        found.append(Missing(f"there are no headers of Linux {release}", f"apt-get install -y linux-headers-{release}"))
    if not tracefs:
        found.append(Missing("tracefs is not mounted", "mount -t tracefs none /sys/kernel/tracing"))
    return tuple(found)


def check(mounts: tuple[Mount, ...]) -> tuple[Missing, ...]:
    """What this machine lacks for a profile."""
    release = os.uname().release
    return missing(
        module=find_module() is not None,
        headers=has_headers(release),
        tracefs=any(mount.kind in TRACEFS_KINDS for mount in mounts),
        root=os.geteuid() == 0,
        release=release,
    )
