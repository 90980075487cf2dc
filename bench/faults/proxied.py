# SPDX-License-Identifier: Apache-2.0
"""Throughput and added latency of a proxy with no fault, with a delay of nothing, and with a bandwidth limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.datapath.configurations import SIZES
from bench.datapath.load import Load
from bench.datapath.measure import Result, take_turns
from bench.faults.servers import FaultServers
from bench.faults.ways import Behind, connections, fault, plain, running, sidecar, toxic
from l7filters.connection_effects import ConnectionEffects
from l7filters.faults import Family, RandomDelay, ResponseRate

LOADS = (Load(1, "small"), Load(16, "small"), Load(16, "1MB"))
LIMIT = 5_000
"""KB (of 1,024 bytes) per second and connection, or response: that of the limited ways."""
LIMITED = Load(1, "1MB")
_NOTHING = RandomDelay(Family.FIXED, (0.001,))


@dataclass(frozen=True, slots=True)
class Limited:
    """How near to its limit a way came: bytes per second, of the median response."""

    way: str
    wanted: float
    got: float


def ways(servers: Sequence[Path]) -> list[Behind]:
    nothing = fault("filter-zero", "nothing", _NOTHING)
    rate = fault("sidecar-rate", "rate", ResponseRate(LIMIT))
    return [
        plain("direct", "no proxy"),
        toxic("toxic-none", "Toxiproxy, no toxic"),
        sidecar("sidecar-none", "Riftgate, no fault"),
        toxic("toxic-zero", "Toxiproxy, latency 0", "latency", latency=0, jitter=0),
        sidecar("filter-zero", "Riftgate, request delay of 1 µs (its filter)", nothing),
        connections("line-zero", "Riftgate, connections' latency 1 µs", ConnectionEffects(latency=_NOTHING), servers),
        toxic("toxic-rate", f"Toxiproxy, bandwidth {LIMIT} KB/s", "bandwidth", rate=LIMIT),
        sidecar("sidecar-rate", f"Riftgate, response rate {LIMIT} KB/s (its transport socket)", rate),
        connections(
            "line-rate",
            f"Riftgate, connections' bandwidth {LIMIT} KB/s",
            ConnectionEffects(bytes_per_second=LIMIT * 1024),
            servers,
        ),
    ]


def measure(
    program: Path, servers: FaultServers, rounds: int, seconds: int, say: Callable[[str], None]
) -> tuple[list[Result], list[Limited]]:
    """Small requests through all ways, large ones through those without a limit; and how exact the limits are."""
    compared = ways(servers.sockets)
    limited = {"toxic-rate", "sidecar-rate", "line-rate"}
    with running(compared, program, servers) as (lab, routes):
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
    milliseconds = result.median(lambda figures: figures.p50)
    return Limited(result.route.name, LIMIT * 1024.0, SIZES[LIMITED.size] / milliseconds * 1e3)
