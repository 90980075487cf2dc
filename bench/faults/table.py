# SPDX-License-Identifier: Apache-2.0
"""The figures for people, as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

from bench.datapath.load import Figures, cpu, p50, p99, per_second
from bench.datapath.measure import Result
from bench.faults.delays import Errors, Late, resampled
from bench.faults.proxied import Limited
from bench.faults.rich import Rich
from bench.faults.unused import Compared
from bench.report import percentile, table
from l7filters.faults import RandomDelay


def proxied(results: Sequence[Result], limits: Sequence[Limited]) -> str:
    """Each way against no proxy under the same load."""
    rows = []
    for load in dict.fromkeys(each.load for each in results):
        same = [each for each in results if each.load == load]
        direct = same[0]
        rows += [
            f"{load.name} | {each.route.name} | {each.median(per_second):,.0f} | {each.median(p50):.2f} ms | "
            f"{each.median(p99):.2f} ms | {each.median(p50) - direct.median(p50):+.2f} ms | "
            f"{each.median(cpu) * 1e3:.0f} µs"
            for each in same
        ]
    exact = (
        f"{each.way} | {each.wanted / 1e6:.2f} MB/s | {each.got / 1e6:.2f} MB/s | {each.got / each.wanted - 1:+.1%}"
        for each in limits
    )
    return "\n".join(
        (
            table("load | way | requests/s | p50 | p99 | p50 added | CPU per request", rows),
            table("bandwidth limit | wanted | got | error", exact),
        )
    )


def delays(measured: Sequence[Late]) -> str:
    """`added` is what there is besides the proxy's own way without a fault at the same rate. Beside Toxiproxy with the
    same distribution an error is nearer or farther where the difference is more than its own standard deviation."""
    rows = []
    for rate in dict.fromkeys(each.rate for each in measured):
        same = [each for each in measured if each.rate == rate]
        undelayed = {_proxy(each): each for each in same if each.wanted is None}
        toxic: dict[RandomDelay, tuple[Errors, list[Errors]]] = {}
        for each in same:
            if each.wanted is None:
                continue
            own = undelayed[_proxy(each)]
            found = Errors.of(each, own), resampled(each, own)
            if _proxy(each) == "Toxiproxy":
                toxic[each.wanted] = found
            other = None if _proxy(each) == "Toxiproxy" else toxic.get(each.wanted)
            p50, p99, mean = (_added(found, other, part) for part in ("p50", "p99", "mean"))
            rows.append(
                f"{rate} | {each.way} | {len(each.milliseconds)} | {percentile(own.milliseconds, 50):.2f} ms | "
                f"{each.error(50):+.2f} ms | {p50} | {each.error(99):+.2f} ms | {p99} | {mean}"
            )
    head = "requests/s | way | requests | p50 without fault | p50: error of all | error of what is added"
    return table(f"{head} | p99: error of all | error of what is added | mean error of p1 to p99, added", rows)


def _proxy(each: Late) -> str:
    return each.way.split(",")[0]


def _added(found: tuple[Errors, list[Errors]], other: tuple[Errors, list[Errors]] | None, part: str) -> str:
    """An error of what is added and its standard deviation; beside another, if there is one."""

    def read(errors: Errors) -> float:
        value: float = getattr(errors, part)
        return value

    error, chances = read(found[0]), [read(each) for each in found[1]]
    text = f"{error:{'' if part == 'mean' else '+'}.2f} ms (± {statistics.stdev(chances):.2f})"
    if other is None:
        return text
    farther = abs(error) - abs(read(other[0]))
    by_chance = statistics.stdev(abs(one) - abs(read(two)) for one, two in zip(chances, other[1], strict=True))
    if abs(farther) <= by_chance:
        return f"{text}, as near"
    return f"{text}, {'farther' if farther > 0 else 'nearer'}"


def activation(figures: Mapping[str, Sequence[float]]) -> str:
    rows = (
        f"{name} | {percentile(each, 50) * 1e3:.1f} ms | {percentile(each, 99) * 1e3:.1f} ms | {len(each)}"
        for name, each in figures.items()
    )
    return table("activation → first hit | p50 | p99 | rounds", rows)


def unused(compared: Sequence[Compared]) -> str:
    """Against the sidecar for which no fault is defined."""
    rows = (
        f"{each.result.route.name} | {len(each.result.runs)} | {each.result.median(per_second):,.0f} | "
        f"{each.result.median(cpu) * 1e3:.1f} µs | {_ratio(each, per_second)} | {_ratio(each, cpu)}"
        for each in compared
    )
    head = "the sidecar | runs | requests/s | CPU per request | requests/s, no fault defined = 1 (middle half)"
    return table(f"{head} | CPU, the same", rows)


def _ratio(each: Compared, of: Callable[[Figures], float]) -> str:
    middle, low, high = each.ratios(of)
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


def rich(measured: Sequence[Rich]) -> str:
    kinds = dict.fromkeys(each.kind for each in measured)
    counts = list(dict.fromkeys(each.processes for each in measured))
    head = " | ".join(f"{_processes(count)}: requests/s | p50 | fault server's CPU per request" for count in counts)
    rows = []
    for kind in kinds:
        same = {each.processes: each for each in measured if each.kind == kind}
        rows.append(f"{kind} | " + " | ".join(_rich(same[count]) for count in counts))
    return table(f"every request | {head}", rows)


def _processes(count: int) -> str:
    return "one process" if count == 1 else f"{count} processes"


def _rich(each: Rich) -> str:
    def middle(of: Callable[[Figures], float]) -> float:
        return statistics.median(map(of, each.runs))

    cost = statistics.median(each.cpu_milliseconds) * 1e3
    return f"{middle(per_second):,.0f} | {middle(p50):.1f} ms | {cost:.0f} µs"
