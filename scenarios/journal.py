# SPDX-License-Identifier: Apache-2.0
"""The journal of a run: JSON lines, appended whole, forced to disk at the borders of stages."""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol

from scenarios.events import (
    SCHEMA,
    Activated,
    Activating,
    Event,
    Finished,
    Reverted,
    RunStarted,
    StageBegan,
    Stopped,
    decode_event,
    encode_event,
)

BORDERS = (RunStarted, StageBegan, Activating, Activated, Stopped, Reverted, Finished)
"""On the disk before the run goes on: after a power failure they tell what may have been on."""


class JournalError(Exception):
    """The journal cannot be written or read; the text names the file and the next step."""


class Journal(Protocol):
    def write(self, event: Event) -> None:
        """Append one event. Raises JournalError."""


class FileJournal:
    """Appends each event with one write(2), so a killed writer leaves whole lines.

    A full disk may take part of a line: that part is cut off again before JournalError is raised.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            raise JournalError(f"{path}: this journal exists already; name another file") from None
        except OSError as error:
            raise JournalError(f"{path}: cannot be created: {error.strerror}; name a writable place") from None
        self._size = 0

    def write(self, event: Event) -> None:
        line = encode_event(event)
        try:
            written = os.write(self._fd, line)
            while written < len(line):
                # Only a disk that is filling up takes a part; the next write says what it has to say.
                written += os.write(self._fd, line[written:])
            self._size += written
            if isinstance(event, BORDERS):
                os.fsync(self._fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._size)
            raise JournalError(f"{self._path}: {error.strerror}; free or repair the disk and run again") from None

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> "FileJournal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_journal(path: Path) -> tuple[Event, ...]:
    """All events of a journal. A torn last line (power failed) is left out; else damage is a JournalError."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}; name a journal of a run") from None
    return tuple(_events(path, lines[:-1]))


def _events(path: Path, lines: Iterable[bytes]) -> Iterable[Event]:
    for number, line in enumerate(lines, start=1):
        try:
            schema = json.loads(line).get("schema")
        except (ValueError, AttributeError):
            raise JournalError(f"{path}:{number}: not a line of a journal; the file is damaged") from None
        if schema != SCHEMA:
            raise JournalError(
                f"{path}:{number}: schema {schema}, this version reads schema {SCHEMA}; "
                "use the version of Riftgate that wrote it"
            )
        try:
            yield decode_event(line)
        except ValueError as error:
            raise JournalError(f"{path}:{number}: not an event of schema {SCHEMA}: {error}") from None
