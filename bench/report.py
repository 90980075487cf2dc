# SPDX-License-Identifier: Apache-2.0
"""What the benches tell: tables for people, and on what machine."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path


class BenchError(Exception):
    """What is measured did not work: no figure is better than a wrong one."""


def table(head: str, rows: Iterable[str]) -> str:
    """Markdown; columns are parted by ' | '."""
    return "\n".join((f"| {head} |", "|" + "---|" * (head.count("|") + 1), *(f"| {row} |" for row in rows), ""))


_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def put_into_page(page: Path, figures: str) -> None:
    """In the place of those that stand between the page's two comments. Raises BenchError where there are none."""
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise BenchError(f"{page}: no place between {_BEGIN.strip()} and {_END.strip()}")
    page.write_text(f"{before}{begin}\n{figures.strip()}\n\n{end}{after}")


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def machine() -> dict[str, str]:
    """Before a run; `load` after it says whether the machine had other work."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "kernel": platform.release(),
        "cores": str(len(os.sched_getaffinity(0))),
        "Python": platform.python_version(),
        "load before": load(),
    }


def load() -> str:
    """Average over the last minute: other work on the machine, and after a run the benchmark's own too."""
    return f"{os.getloadavg()[0]:.1f}"
