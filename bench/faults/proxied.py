# SPDX-License-Identifier: Apache-2.0
"""Throughput and added latency of a proxy with no fault, with a delay of nothing, and with a bandwidth limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.datapath.configurations import SIZES
from bench.datapath.load import Load
from bench.datapath.measure import Result, take_turns
from bench.faults.ways import Behind, fault, plain, running, sidecar, toxic
from l7filters.faults import Family, RandomDelay, ResponseRate

LOADS = (Load(1, "small"), Load(16, "small"), Load(16, "1MB"))
LIMIT = 20_000
"""KB (of 1,024 bytes) per second and connection, or response: that of the limited ways."""
LIMITED = Load(4, "1MB")
_NOTHING = RandomDelay(Family.FIXED, (0.001,))


@dataclass(frozen=True, slots=True)
class Limited:
    """How near to its limit a way came. Bytes per second of one connection."""

    way: str
    wanted: float
    got: float


def ways(servers: Sequence[Path]) -> list[Behind]:
    nothing = fault("sidecar-zero", "nothing", _NOTHING)
    rate = fault("sidecar-rate", "rate", ResponseRate(LIMIT))
    return [
        plain("direct", "no proxy"),
        toxic("toxic-none", "Toxiproxy, no toxic"),
        sidecar("sidecar-none", "Riftgate, no fault"),
        toxic("toxic-zero", "Toxiproxy, latency 0", "latency", latency=0, jitter=0),
        sidecar("sidecar-zero", "Riftgate, request delay of 1 µs (fault server)", nothing, servers=servers),
        toxic("toxic-rate", f"Toxiproxy, bandwidth {LIMIT} KB/s", "bandwidth", rate=LIMIT),
        sidecar("sidecar-rate", f"Riftgate, response rate {LIMIT} KB/s (Envoy)", rate),
    ]


def measure(
    program: Path, servers: Sequence[Path], rounds: int, seconds: int, say: Callable[[str], None]
) -> tuple[list[Result], list[Limited]]:
    """Small requests through all ways, large ones through those without a limit; and how exact the limits are."""
    compared = ways(servers)
    limited = {"toxic-rate", "sidecar-rate"}
    with running(compared, program) as (lab, routes):
        results = [
            Result(routes[way.pod], load)
            for load in LOADS
            for way in compared
            if load.size == "small" or way.pod not in limited
        ]
        exact = [Result(routes[pod], LIMITED) for pod in sorted(limited)]
        take_turns([(lab, result) for result in (*results, *exact)], rounds, seconds, say)
    return results, [_limited(each) for each in exact]


def _limited(result: Result) -> Limited:
    per_second = result.median(lambda figures: figures.per_second)
    return Limited(result.route.name, LIMIT * 1024.0, per_second * SIZES[LIMITED.size] / LIMITED.connections)
