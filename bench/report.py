# SPDX-License-Identifier: Apache-2.0
"""What the benches tell: tables for people, and on what machine."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime


class BenchError(Exception):
    """What is measured did not work: no figure is better than a wrong one."""


def table(head: str, rows: Iterable[str]) -> str:
    """Markdown; columns are parted by ' | '."""
    return "\n".join((f"| {head} |", "|" + "---|" * (head.count("|") + 1), *(f"| {row} |" for row in rows), ""))


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
