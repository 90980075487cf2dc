# SPDX-License-Identifier: Apache-2.0
"""The figures for people, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.datapath.agent import Attached, Memory
from bench.datapath.connects import Connects
from bench.datapath.goals import Goal
from bench.datapath.load import cpu, p50, p99, per_second
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
            f"agent with {memory.pods} pods, resident (peak) | {memory.resident:.1f} MB ({memory.peak:.1f})",
            f"the same, of shared pages its part alone | {memory.proportional:.1f} MB",
            f"of it, shared with nobody | {memory.unique:.1f} MB",
            f"the resolver's process, resident | {memory.resolver:.1f} MB",
        ),
    )


def connects(made: Connects) -> str:
    wrong = ", ".join(f"{count} {what}" for what, count in made.wrong.items()) or "none"
    remaining = ", ".join(f"{count} in {name}" for name, count in made.left.items()) or "none"
    refused = [f"{pod} {reason} {count}" for pod, why in made.refused.items() for reason, count in why.items() if count]
    return table(
        "what | figure",
        (
            f"answered by the pod and port that was asked | {made.right} in {made.seconds:.1f} s: "
            f"{made.per_second:.0f} a second",
            f"others | {wrong}",
            f"most of them at once | {made.at_once}",
            f"entries of maps that stayed | {remaining}",
            f"refused meanwhile, by pod and reason | {', '.join(refused) or 'nothing'}",
        ),
    )


def goals(reached: Iterable[Goal]) -> str:
    met = {True: "met", False: "**missed**", None: ""}
    return table(
        "figure | goal | here | ", (f"{each.what} | {each.limit} | {each.figure} | {met[each.met]}" for each in reached)
    )


def _row(result: Result) -> str:
    return (
        f"{result.route.name} | {result.median(per_second):.0f} | {result.median(p50):.2f} ms | "
        f"{result.median(p99):.2f} ms | {result.median(cpu) * 1e3:.0f} µs"
    )


def _against(result: Result, other: Result) -> str:
    rate, cost = result.ratio(other, per_second), result.ratio(other, cpu)
    return f"{rate:.2f} | {cost:.2f} | {result.least_ratio(other, cpu):.2f}"
