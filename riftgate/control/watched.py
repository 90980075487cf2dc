# SPDX-License-Identifier: Apache-2.0
"""The watched directory: its files are in force while they are there, in the last version that could be read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from l7filters.source import InputError
from riftgate.control.documents import Document, DocumentKey, Documents, parse_files
from riftgate.control.plane import ControlPlane
from riftgate.control.refusals import Conflict, Rejected
from xds_server.file_events import DirectoryEvents
from xds_server.files import DirectorySource, Listing

log = logging.getLogger(__name__)

DEFAULT_LEASE = 300.0
"""Seconds for which the faults of a watched policy in the chaos dialect are on."""
_LOOK_SECONDS = 0.5
_RETRY_SECONDS = 10.0
"""Until what was rejected is tried again: a sidecar may only have been stuck."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a directory says: documents by file, and by file what is wrong there."""

    by_file: Mapping[str, Documents] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def documents(self) -> Documents:
        return {key: document for each in self.by_file.values() for key, document in each.items()}


def read_listing(listing: Listing, directory: Path, good: Mapping[str, Documents], by_hand: Documents) -> Reading:
    """Reads a listing; a file that cannot be read, or used, keeps its documents in ``good`` and hides no other.

    ``by_hand`` are the documents in force that are not the directory's: it may not replace them.
    """
    problems = {str(each.path): str(each) for each in listing.unreadable}
    if str(directory) in problems:
        # That nothing can be listed does not mean that nothing is there.
        return Reading(good, problems)
    found = {path: good[path] for path in problems if path in good}
    # Who has a name already keeps it.
    for entry in sorted(listing.entries, key=lambda each: (str(each.path) not in good, each.path)):
        path = str(entry.path)
        try:
            fresh = parse_files([(path, entry.text)], watched=True)
        except InputError as error:
            problems[path] = str(error)
        else:
            taken = {key: each for other in found.values() for key, each in other.items()} | dict(by_hand)
            clash = next((key for key in fresh if key in taken), None)
            if clash is None:
                found[path] = fresh
                continue
            problems[path] = (
                f"{fresh[clash].location}: {clash} is in force from {taken[clash].file}; rename one of them"
            )
        if path in good:
            found[path] = good[path]
    return Reading(found, problems)


class WatchedDirectory:
    """Keeps a control plane's watched documents to what a directory holds."""

    def __init__(self, directory: Path, plane: ControlPlane) -> None:
        self._directory = directory
        self._source = DirectorySource(directory)
        self._plane = plane
        self._done: Listing | None = None
        self.problems: Mapping[str, str] = {}
        """What is there and not in force, by file (by the directory: what all of it was refused for)."""

    async def follow(self) -> None:
        """For as long as the server runs."""
        with DirectoryEvents(self._directory) as events:
            while True:
                events.expect()
                in_force = await self.look()
                await events.wait(_LOOK_SECONDS if in_force else _RETRY_SECONDS)

    async def look(self) -> bool:
        """Puts in force what has changed since; False when that was rejected and should be tried again."""
        listing = await asyncio.to_thread(self._source.read)
        if listing == self._done:
            return True
        good: dict[str, dict[DocumentKey, Document]] = {}
        by_hand: dict[DocumentKey, Document] = {}
        for key, document in self._plane.intent.documents.items():
            (good.setdefault(document.file, {}) if document.watched else by_hand)[key] = document
        reading = read_listing(listing, self._directory, good, by_hand)
        try:
            await self._plane.replace_watched(reading.documents, DEFAULT_LEASE)
        except (InputError, Conflict, Rejected) as error:
            self._report({**reading.problems, str(self._directory): str(error)})
            return False
        self._report(reading.problems)
        self._done = listing
        return True

    def _report(self, problems: Mapping[str, str]) -> None:
        for path, problem in problems.items():
            if self.problems.get(path) != problem:
                log.error("%s", problem)
        self.problems = problems
