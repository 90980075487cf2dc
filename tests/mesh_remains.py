# SPDX-License-Identifier: Apache-2.0
"""What a mesh leaves on the machine: nothing."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from riftgate.instance import Instance
from riftgate.local.mountinfo import read_mounts
from riftgate.local.netns import NETNS_DIR


def what_is_left(name: str) -> list[str]:
    """Whatever the machine still holds of a mesh; links and filters end with the namespaces they are in."""
    instance = Instance(name)
    mark = re.compile(rf"\b{name}\b")
    return [
        *(str(path) for path in (instance.state, instance.cgroup) if path.exists()),
        *(str(path) for path in (NETNS_DIR.iterdir() if NETNS_DIR.is_dir() else ()) if mark.search(path.name)),
        *(str(mount.point) for mount in read_mounts() if mark.search(str(mount.point))),
        *(f"process {pid}: {what}" for pid, what in _processes_of(name, mark)),
    ]


def _processes_of(name: str, mark: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Processes that name the mesh on their command line or by their cgroup. Dead ones have no command line."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            texts = [(folder / file).read_bytes().decode(errors="replace") for file in ("cmdline", "cgroup")]
            if texts[0] and any(mark.search(text) for text in texts):
                yield int(folder.name), texts[0].replace("\0", " ")[:200]
