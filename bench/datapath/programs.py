# SPDX-License-Identifier: Apache-2.0
"""What the programs of a steered request take, counted by the kernel: how often each runs, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.datapath.lab import Lab
from bench.datapath.load import Load, run
from bench.datapath.measure import Direction, pods_of, routes
from bpf.run_times import counted


@dataclass(frozen=True, slots=True)
class ProgramCost:
    """Of one program, per request."""

    direction: Direction
    load: Load
    program: str
    runs: float
    microseconds: float


def measure_programs(loads: Sequence[Load], seconds: int, say: Callable[[str], None]) -> list[ProgramCost]:
    """Of the requests that are steered by Riftgate, in each direction. Raises BenchError and BpfError."""
    ways = ("riftgate",)
    costs = []
    with Lab(pods_of(ways)) as lab, counted():
        for route in routes(lab, ways):
            for load in loads:
                assert route.direction is not None
                say(f"programs: {route.direction}, {load.name}")
                before = lab.run_times()
                figures = run(lab, route.pods, route.address, load, seconds)
                for name, time in lab.run_times().items():
                    taken = time.since(before[name])
                    if taken.runs:
                        costs.append(
                            ProgramCost(
                                route.direction,
                                load,
                                name,
                                taken.runs / figures.requests,
                                taken.nanoseconds / figures.requests / 1e3,
                            )
                        )
    return costs
