# SPDX-License-Identifier: Apache-2.0
"""The figures of all parts as one text, and their place in a page: what was not measured anew stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bench.datapath.goals import Goal
from bench.report import BenchError, table

FIGURES = "<!-- figures: script/bench datapath --write -->\n", "<!-- end of figures -->\n"
GOALS = "Goals"
HEADS = (GOALS, "Programs", "Ways", "Policies", "The agent", "New connections at a pace")
"""Of the sections, in their order."""
_BUSY = 1.0
"""Load average from which on the machine had other work to do."""
_COMPARED = "Ways compared "
_RESIDUE = "What is missed there is told [part by part](#where-the-difference-to-the-explicit-proxy-goes) above."
_MET = {True: "met", False: "**missed**", None: ""}


@dataclass(slots=True)
class Page:
    """Sections by their heads, and rows of the goals by what they speak of."""

    sections: dict[str, str] = field(default_factory=dict)
    goals: dict[str, str] = field(default_factory=dict)
    reached: list[Goal] = field(default_factory=list)
    """Of this run."""
    compared: str = ""
    """When the ways were, on what machine."""
    _when: str = ""

    @classmethod
    def read(cls, page: Path) -> Self:
        """What stands in a page. Raises BenchError when nothing marks the figures."""
        made = cls()
        _, figures, _ = _parts(page)
        for section in re.split(r"^## ", figures, flags=re.MULTILINE)[1:]:
            head, _, text = section.partition("\n")
            if head in HEADS:
                made.sections[head] = text.strip()
        for row in made.sections.pop(GOALS, "").splitlines():
            if row.startswith(_COMPARED):
                made.compared = row.removeprefix(_COMPARED)
            if row.startswith("| ") and not row.startswith("| figure |"):
                made.goals[row[2:].partition(" | ")[0]] = row[2:].removesuffix(" |")
        return made

    def measured_on(self, machine: Mapping[str, str]) -> None:
        """Before the first part is put."""
        busy = float(machine["load before"]) >= _BUSY
        work = "other work shared the cores" if busy else "a quiet machine"
        self._when = (
            f"{machine['date']}, Linux {machine['kernel']}, {machine['cores']} cores, {machine['rules by']}. "
            f"Load average before the run {machine['load before']}: {work}."
        )

    def put(self, head: str, text: str) -> None:
        """A section in the place of the one before."""
        self.sections[head] = f"{self._when}\n\n{text.strip()}"

    def reach(self, goals: Iterable[Goal]) -> None:
        for goal in goals:
            self.reached.append(goal)
            self.goals[goal.what] = f"{goal.what} | {goal.limit} | {goal.figure} | {_MET[goal.met]}"

    def compare(self, goals: Iterable[Goal]) -> None:
        """As reach(), of the ways."""
        self.compared = self._when
        self.reach(goals)

    def text(self) -> str:
        parts = []
        if self.goals:
            rows = table("figure | goal | here | ", self.goals.values())
            parts.append(
                f"## {GOALS}\n\nRatios are of two runs of one round, of the three directions together: their median, "
                f"and in brackets their quartiles.\n{_COMPARED}{self.compared}\n\n{rows}\n{_RESIDUE}\n"
            )
        parts += [f"## {head}\n\n{self.sections[head]}\n" for head in HEADS if head in self.sections]
        return "\n".join(parts)

    def write(self, page: Path) -> None:
        """In the place of the figures that are there. Raises BenchError when nothing marks it."""
        before, _, after = _parts(page)
        page.write_text(f"{before}\n{self.text()}\n{after}")


def _parts(page: Path) -> tuple[str, str, str]:
    """What is before the figures, they, and what is behind them, the marks with the outer ones."""
    begin, end = FIGURES
    before, _, rest = page.read_text().partition(begin)
    figures, found, after = rest.partition(end)
    if not found:
        raise BenchError(f"{page}: nothing says where the figures belong; write {begin.strip()} and {end.strip()}")
    return before + begin, figures, end + after
