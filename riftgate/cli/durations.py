# SPDX-License-Identifier: Apache-2.0
"""Durations as options of commands."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from l7filters.schema import finding
from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from scenarios.units import parse_duration


def seconds(option: str, written: str) -> float:
    """`30s`, `5m`, `1m30s` in seconds. Raises CommandError (exit code 2)."""
    try:
        return float(parse_duration(written))
    except PydanticCustomError as error:
        what, todo = finding(error)
        raise CommandError(f"{option}: {what}; {todo}", exits.BAD_INPUT) from error
