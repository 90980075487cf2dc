# SPDX-License-Identifier: Apache-2.0
"""The closing table of the demo: step, expected, seen, who decided."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One claim of the story. `decided` names the rule, fault or guard with its `file:line`."""

    step: str
    expected: str
    seen: str
    decided: str
    holds: bool


class Rows:
    """The rows so far; each is printed when it is known."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.rows: list[Row] = []

    @property
    def hold(self) -> bool:
        """True when there are rows and every one is as expected."""
        return bool(self.rows) and all(row.holds for row in self.rows)

    def add(self, step: str, expected: str, seen: str, decided: str, *, holds: bool) -> None:
        row = Row(step, expected, seen, decided, holds)
        self.rows.append(row)
        mark = "[green]✓[/]" if holds else "[red]✗ NOT AS EXPECTED[/]"
        self._console.print(f"  {mark} {step}: {seen}", highlight=False)

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]

    def print(self) -> None:
        table = Table(title="What was expected, what was seen, who decided", title_justify="left", show_lines=True)
        for column in ("", "step", "expected", "seen", "who decided"):
            table.add_column(column, overflow="fold")
        for row in sorted(self.rows, key=lambda row: row.step.split()[0]):
            table.add_row("✓" if row.holds else "✗", row.step, row.expected, row.seen, row.decided)
        self._console.print(table, highlight=False)
