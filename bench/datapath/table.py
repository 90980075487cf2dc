# SPDX-License-Identifier: Apache-2.0
"""The figures for people, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.datapath.agent import Attached, Memory
from bench.datapath.connects import Connects
from bench.datapath.load import Load, cpu, p50, p99, per_second
from bench.datapath.measure import Direction, Result
from bench.datapath.programs import ProgramCost
from bench.report import table

_LEAST = 0.01
"""Microseconds; less is what the bench itself does."""
_Costs = Mapping[tuple[str, Load, Direction], ProgramCost]
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


def programs(costs: Sequence[ProgramCost]) -> str:
    """A column per load and direction, what takes most first."""
    places = list(dict.fromkeys((each.load, each.direction) for each in costs))
    by_place = {(each.program, each.load, each.direction): each for each in costs}
    names = sorted({each.program for each in costs}, key=lambda name: -sum(_cost(by_place, name, at) for at in places))
    rows = [
        f"`{name}` | {' | '.join(_runs_and_time(by_place, name, at) for at in places)}"
        for name in names
        if any(_cost(by_place, name, at) >= _LEAST for at in places)
    ]
    sums = [sum(_cost(by_place, name, at) for name in names) for at in places]
    runs = [sum(each.runs for each in costs if (each.load, each.direction) == at) for at in places]
    rows.append(f"together | {' | '.join(f'{time:.1f} ({count:.0f})' for time, count in zip(sums, runs, strict=True))}")
    kinds = ("kept", "new")
    head = " | ".join(f"{direction}, {kinds[load.reconnect]}" for load, direction in places)
    return table(f"program | {head}", rows)


def _cost(by_place: _Costs, name: str, at: tuple[Load, Direction]) -> float:
    cost = by_place.get((name, *at))
    return cost.microseconds if cost else 0.0


def _runs_and_time(by_place: _Costs, name: str, at: tuple[Load, Direction]) -> str:
    cost = by_place.get((name, *at))
    return f"{cost.microseconds:.2f} ({cost.runs:.1f})" if cost and cost.microseconds >= _LEAST else ""


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


def _row(result: Result) -> str:
    return (
        f"{result.route.name} | {result.median(per_second):.0f} | {result.median(p50):.2f} ms | "
        f"{result.median(p99):.2f} ms | {result.median(cpu) * 1e3:.0f} µs"
    )


def _against(result: Result, other: Result) -> str:
    rate, used = result.ratio(other, per_second), result.ratio(other, cpu)
    return f"{rate:.2f} | {used:.2f} | {result.least_ratio(other, cpu):.2f}"
