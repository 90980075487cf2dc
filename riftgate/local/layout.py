# SPDX-License-Identifier: Apache-2.0
"""What of the machine's files a container sees: everything read-only, except what would let it look or reach
out.

read-only    each top folder of the machine, with what is mounted below it
own, empty   /tmp /var/tmp /run /dev/shm (writable), /proc (of its PID namespace), /dev (minimal), /sys
masked       pseudo file systems mounted anywhere (cgroup, bpf, ...), Riftgate's files, wherever they show
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from riftgate.local.errors import LocalError
from riftgate.local.mountinfo import Mount, aliases, read_mounts

# These a container gets its own of, or none.
_OWN = frozenset({"dev", "lost+found", "proc", "run", "sys", "tmp"})
_RUN = PurePosixPath("/run")

# File systems that show the kernel or other processes; wherever one is mounted, a container must not see it.
_PSEUDO = frozenset(
    {
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fusectl",
        "mqueue",
        "nsfs",
        "proc",
        "pstore",
        "securityfs",
        "sysfs",
        "tracefs",
    }
)

# What runtimes cover in /proc although it is the container's own: it shows the whole machine.
_PROC = (
    "acpi",
    "asound",
    "kcore",
    "keys",
    "latency_stats",
    "sched_debug",
    "scsi",
    "timer_list",
    "timer_stats",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The machine's side of a container's file system; paths are absolute."""

    folders: tuple[PurePosixPath, ...]
    symlinks: tuple[tuple[str, PurePosixPath], ...]
    masked_folders: tuple[PurePosixPath, ...]
    masked_files: tuple[PurePosixPath, ...]
    # Where /etc/hosts and /etc/resolv.conf really are: either may be a symbolic link, dangling inside.
    hosts: PurePosixPath
    resolv_conf: PurePosixPath


def read_layout(hidden: Iterable[Path]) -> Layout:
    """Look at the machine as it is now. `hidden` are Riftgate's own folders."""
    folders, symlinks = [], []
    for entry in sorted(Path("/").iterdir()):
        if entry.name in _OWN:
            continue
        if entry.is_symlink():
            symlinks.append((str(entry.readlink()), PurePosixPath(entry)))
        elif entry.is_dir():
            folders.append(PurePosixPath(entry))
    hidden_paths = [_RUN, *(PurePosixPath(path.resolve()) for path in hidden)]
    masked = [Path(path) for path in masked_paths(read_mounts(), hidden_paths, folders) if os.path.lexists(path)]
    masked += [path for path in (Path("/proc") / name for name in _PROC) if path.exists()]
    return Layout(
        folders=tuple(folders),
        symlinks=tuple(symlinks),
        masked_folders=tuple(PurePosixPath(path) for path in masked if path.is_dir()),
        masked_files=tuple(PurePosixPath(path) for path in masked if not path.is_dir()),
        hosts=_real_file("/etc/hosts"),
        resolv_conf=_real_file("/etc/resolv.conf"),
    )


def masked_paths(
    mounts: Iterable[Mount], hidden: Iterable[PurePosixPath], folders: Iterable[PurePosixPath]
) -> tuple[PurePosixPath, ...]:
    """What to cover inside `folders`, the read-only ones: outermost paths only, sorted.

    Every alias of a hidden path counts, and every mount of a file system that shows the kernel.
    """
    mounts = tuple(mounts)
    candidates = {mount.point for mount in mounts if mount.kind in _PSEUDO}
    for path in hidden:
        candidates.update(aliases(path, mounts))
    shown = tuple(folders)
    masked: list[PurePosixPath] = []
    for path in sorted(candidates):
        inside = any(path.is_relative_to(folder) for folder in shown)
        if inside and not any(path.is_relative_to(outer) for outer in masked):
            masked.append(path)
    return tuple(masked)


def _real_file(path: str) -> PurePosixPath:
    # Ubuntu links resolv.conf into /run, which a container has of its own: the link then points to nothing
    # there, and what it points to is what must be provided.
    if not os.path.lexists(path):
        raise LocalError(f"{path} does not exist, so a container cannot be given its own; run: touch {path}")
    return PurePosixPath(os.path.realpath(path))
