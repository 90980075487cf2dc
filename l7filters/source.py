# SPDX-License-Identifier: Apache-2.0
"""Where a thing was written, and what is wrong with it.

Every object of the model remembers the file and line it came from, so that a verdict, a log line and an error
all point at the same place.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class SourceLocation:
    """A line of an input file; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in an input: where, what, and what the author should do about it."""

    location: SourceLocation
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.location}: {self.what}; {self.todo}"


class InputError(Exception):
    """An input was refused. `problems` holds all that is wrong with it, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
