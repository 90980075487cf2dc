# SPDX-License-Identifier: Apache-2.0
"""A directory of YAML files as a source: their texts, as they are when one asks.

What changed is told by the files themselves, without the kernel: that works on every file system, sees what moved
behind a symbolic link (Kubernetes mounts a ConfigMap as one), and cannot lose an event.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".yaml", ".yml")

# Bytes. Far above any policy, far below what reading and parsing would make everybody wait for.
MAX_SIZE = 16 * 1024 * 1024

# Seconds in which a file system may give two changes the same time stamp; until they have passed, a file is read again.
_TIMESTAMP_DOUBT = 2.0


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    path: Path
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Unreadable:
    """Something in the directory that should be read and cannot be."""

    path: Path
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}; {self.todo}"


@dataclass(frozen=True, slots=True)
class Listing:
    """The directory at one moment, both parts in the order of the paths. One unreadable entry hides no other."""

    entries: tuple[Entry, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """What tells a changed file from an unchanged one without reading it."""

    device: int
    inode: int
    size: int
    changed_ns: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Fingerprint:
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns, status.st_mtime_ns)

    def doubtful(self, read_at: float) -> bool:
        return read_at < max(self.changed_ns, self.modified_ns) / 1e9 + _TIMESTAMP_DOUBT


@dataclass(frozen=True, slots=True)
class _Read:
    fingerprint: _Fingerprint
    text: str
    at: float


class DirectorySource:
    """The files `*.yaml` and `*.yml` directly in `directory`. Names that start with a dot are left out."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[Path, _Read] = {}

    def read(self) -> Listing:
        """The directory now. Files that did not change since the last call are not read again."""
        entries: list[Entry] = []
        unreadable: list[Unreadable] = []
        known: dict[Path, _Read] = {}
        try:
            paths = sorted(
                path for path in self._directory.iterdir() if path.suffix in SUFFIXES and not path.name.startswith(".")
            )
        except OSError as error:
            todo = "make it a directory that this process may read"
            return Listing((), (Unreadable(self._directory, f"cannot be listed: {_reason(error)}", todo),))
        for path in paths:
            try:
                known[path] = self._read_file(path)
            except FileNotFoundError:
                if path.is_symlink():
                    unreadable.append(Unreadable(path, "points at nothing", "correct or remove the link"))
            except (OSError, ValueError) as error:
                unreadable.append(Unreadable(path, _reason(error), "correct it or take it out of the directory"))
            else:
                entries.append(Entry(path, known[path].text))
        self._known = known
        return Listing(tuple(entries), tuple(unreadable))

    def _read_file(self, path: Path) -> _Read:
        before = self._known.get(path)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # Above all no FIFO: reading one waits for somebody who writes.
            raise ValueError("is not a file")
        if status.st_size > MAX_SIZE:
            raise ValueError(f"has {status.st_size} bytes, more than {MAX_SIZE}")
        fingerprint = _Fingerprint.of(status)
        if before is not None and before.fingerprint == fingerprint and not fingerprint.doubtful(before.at):
            return before
        at = time.time()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"is not UTF-8 text (byte {error.start})") from error
        return _Read(fingerprint, text, at)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return str(error)
