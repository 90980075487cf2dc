# SPDX-License-Identifier: Apache-2.0
"""The mount table of this process, as proc(5) writes it to /proc/PID/mountinfo."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from riftgate.local.errors import LocalError

MOUNTINFO = Path("/proc/self/mountinfo")

_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line: `root` is the folder of the file system that is seen at `point`."""

    device: str
    root: PurePosixPath
    point: PurePosixPath
    kind: str


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """All mounts, oldest first; a later one at the same point hides an earlier one."""
    mounts = []
    for line in text.splitlines():
        fields = line.split(" ")
        # Fields 7 and up are optional tags, ended by a lone dash.
        kind = fields[fields.index("-") + 1]
        mounts.append(Mount(fields[2], _path(fields[3]), _path(fields[4]), kind))
    return tuple(mounts)


def read_mounts() -> tuple[Mount, ...]:
    return parse_mountinfo(MOUNTINFO.read_text())


def cgroup2_mount(mounts: Iterable[Mount]) -> Path:
    """Where the whole cgroup v2 hierarchy is mounted; hybrid hosts have it below the v1 controllers."""
    for mount in mounts:
        if mount.kind == "cgroup2" and mount.root == PurePosixPath("/"):
            return Path(mount.point)
    raise LocalError(
        "no cgroup2 file system is mounted; run: mkdir -p /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup"
    )


def aliases(path: PurePosixPath, mounts: Iterable[Mount]) -> tuple[PurePosixPath, ...]:
    """Every place where `path` can be seen: itself, and through other mounts of its file system.

    A mount that shows only a part of what lies below `path` counts too.
    """
    mounts = tuple(mounts)
    home = max(
        (mount for mount in mounts if path.is_relative_to(mount.point)),
        # The longest mount point wins, and of several at one point the newest.
        key=lambda mount: (len(mount.point.parts), mounts.index(mount)),
        default=None,
    )
    if home is None:
        return (path,)
    inside = home.root / path.relative_to(home.point)
    seen = {path}
    for mount in mounts:
        if mount.device != home.device:
            continue
        if inside.is_relative_to(mount.root):
            seen.add(mount.point / inside.relative_to(mount.root))
        elif mount.root.is_relative_to(inside):
            seen.add(mount.point)
    return tuple(sorted(seen))


def _path(field: str) -> PurePosixPath:
    return PurePosixPath(_OCTAL.sub(lambda match: chr(int(match.group(1), 8)), field))
