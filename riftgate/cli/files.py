# SPDX-License-Identifier: Apache-2.0
"""Reading the files that a command names: all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from l7filters.source import InputError, Problem, SourceLocation
from xds_server.files import SUFFIXES


def read_files(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """(name, text) of each file; a folder stands for its YAML files. Raises InputError with every unreadable one."""
    found: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for path in paths:
        inside = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES) if path.is_dir() else [path]
        if not inside:
            problems.append(_problem(path, "holds no .yaml or .yml file", "name another folder"))
        for file in inside:
            try:
                found.append((str(file), file.read_text()))
            except UnicodeDecodeError as error:
                problems.append(_problem(file, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8"))
            except OSError as error:
                problems.append(
                    _problem(file, f"cannot be read: {error.strerror}", "check the name and its permissions")
                )
    if problems:
        raise InputError(problems)
    return found


def _problem(path: Path, what: str, todo: str) -> Problem:
    return Problem(SourceLocation(str(path), 1), what, todo)
