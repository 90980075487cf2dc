# SPDX-License-Identifier: Apache-2.0
"""What the datapath is meant to reach, and what it has reached."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.datapath.agent import Attached, Memory
from bench.datapath.connects import Connects
from bench.datapath.load import Figures
from bench.datapath.measure import Result


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure beside its limit."""

    what: str
    limit: str
    figure: str
    met: bool | None
    """None: no limit was set, the figure explains others."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Ratios within rounds, of all directions together."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, results: Sequence[Result], way: str, other: str, *, of: Callable[[Figures], float]) -> Spread:
        """Median and quartiles. Raises StatisticsError for less than two rounds."""
        ratios = [
            of(mine) / of(its)
            for result in results
            if result.route.name == way
            for beside in results
            if beside.route.name == other
            and (beside.route.direction, beside.load) == (result.route.direction, result.load)
            for mine, its in zip(result.runs, beside.runs, strict=True)
        ]
        low, _, high = statistics.quantiles(ratios, n=4)
        return cls(low, statistics.median(ratios), high)

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.2f}–{self.high:.2f})"


def of_ways(results: Sequence[Result]) -> Iterator[Goal]:
    """Of explicit, redirect and riftgate, for the loads that were measured."""
    for kept in (True, False):
        some = [each for each in results if each.load.reconnect is not kept]
        if not some:
            continue
        which = "connections kept" if kept else "a new connection per request"
        rate = Spread.of(some, "riftgate", "explicit", of=lambda each: each.per_second)
        yield Goal(f"requests/s, riftgate : explicit, {which}", "≥ 0.99", str(rate), rate.median >= 0.99)
        cpu = Spread.of(some, "riftgate", "explicit", of=lambda each: each.cpu)
        yield Goal(f"CPU per request, riftgate : explicit, {which}", "", str(cpu), None)
        rate = Spread.of(some, "riftgate", "redirect", of=lambda each: each.per_second)
        yield Goal(f"requests/s, riftgate : redirect, {which}", "> 1", str(rate), rate.median > 1)
        latency = Spread.of(some, "riftgate", "redirect", of=lambda each: each.p50)
        yield Goal(f"p50, riftgate : redirect, {which}", "< 1", str(latency), latency.median < 1)
        cpu = Spread.of(some, "riftgate", "redirect", of=lambda each: each.cpu)
        yield Goal(f"CPU per request, riftgate : redirect, {which}", "", str(cpu), None)


def of_policies(results: Sequence[Result]) -> Iterator[Goal]:
    cpu = Spread.of(results, "1000 policies", "1 policy", of=lambda each: each.cpu)
    # The same, as far as such a ratio can tell.
    yield Goal("CPU per request, 1,000 policies : one", "≤ 1.05", str(cpu), cpu.median <= 1.05)


def of_agent(attached: Attached, memory: Memory) -> Iterator[Goal]:
    attach = f"{attached.median():.1f} ms (median), {attached.worst():.1f} ms at most"
    yield Goal("a pod is attached", "< 50 ms", attach, attached.median() < 50)
    resident = f"{memory.resident:.1f} MB with {memory.pods} pods"
    yield Goal("the agent's memory, resident", "< 60 MB", resident, memory.resident < 60)


def of_connects(connects: Connects) -> Iterator[Goal]:
    wanted = connects.wanted_per_second
    figure = f"{connects.per_second:.0f} a second for {connects.seconds:.0f} s; {sum(connects.wrong.values())} wrong"
    figure += f", {sum(connects.left.values())} entries left"
    reached = connects.per_second >= 0.99 * wanted and not connects.wrong and not connects.left
    limit = f"{wanted:.0f} a second, all right, none left"
    yield Goal("new TCP connections through both sidecars", limit, figure, reached)
