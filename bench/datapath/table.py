# SPDX-License-Identifier: Apache-2.0
"""The figures for people, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from bench.datapath.agent import Attached, Memory
from bench.datapath.load import Figures
from bench.datapath.measure import Direction, Result
from bench.report import table

_FIGURES = "requests/s | p50 | p99 | CPU per request"


def ways(results: Sequence[Result]) -> str:
    """A table per direction, each row with its ratio to the explicit proxy under the same load."""
    parts = []
    for direction in Direction:
        rows = []
        for load in dict.fromkeys(result.load for result in results):
            same = [each for each in results if each.load == load and each.route.direction in (None, direction)]
            explicit = next(each for each in same if each.route.name == "explicit")
            rows += [f"{load.name} | {_row(each)} | {_against(each, explicit)}" for each in same]
        head = f"load | way | {_FIGURES} | requests/s, explicit = 1 | CPU, explicit = 1 | least CPU, the same"
        parts.append(f"### {direction.capitalize()}\n\n{table(head, rows)}")
    return "\n".join(parts)


def policies(results: Sequence[Result]) -> str:
    rows = []
    for load in dict.fromkeys(result.load for result in results):
        one, thousand = (each for each in results if each.load == load)
        rows += [f"{load.name} | {_row(each)} | {_against(each, one)}" for each in (one, thousand)]
    head = f"load | policies | {_FIGURES} | requests/s, one = 1 | CPU, one = 1 | least CPU, the same"
    return table(head, rows)


def agent(attached: Attached, memory: Memory) -> str:
    return table(
        "what | figure",
        (
            f"attach a pod, median of {len(attached.attach)} (most) | {attached.median():.1f} ms "
            f"({attached.worst():.1f})",
            f"its namespaces and link, most | {max(attached.network):.1f} ms",
            f"detach a pod, most | {max(attached.detach):.1f} ms",
            f"agent with {memory.pods} pods, resident (peak) | {memory.resident:.0f} MiB ({memory.peak:.0f})",
            f"of it, shared with nobody | {memory.unique:.0f} MiB",
        ),
    )


def _row(result: Result) -> str:
    return (
        f"{result.route.name} | {result.median(_per_second):.0f} | {result.median(_p50):.2f} ms | "
        f"{result.median(_p99):.2f} ms | {result.median(_cpu) * 1e3:.0f} µs"
    )


def _against(result: Result, other: Result) -> str:
    rate, cpu = result.ratio(other, _per_second), result.ratio(other, _cpu)
    return f"{rate:.2f} | {cpu:.2f} | {result.least_ratio(other, _cpu):.2f}"


def _per_second(figures: Figures) -> float:
    return figures.per_second


def _p50(figures: Figures) -> float:
    return figures.p50


def _p99(figures: Figures) -> float:
    return figures.p99


def _cpu(figures: Figures) -> float:
    return figures.cpu
