# SPDX-License-Identifier: Apache-2.0
"""How exact delays are: what came out, quantile by quantile, beside the distribution that was wanted."""

from __future__ import annotations

import json
import math
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.datapath.lab import Lab
from bench.datapath.measure import Route
from bench.faults.servers import FaultServers
from bench.faults.ways import CLIENT, Behind, connections, fault, running, sidecar, toxic
from bench.report import BenchError, percentile
from l7filters.connection_effects import ConnectionEffects
from l7filters.faults import Delay, Family, RandomDelay

CALLER = Path(__file__).with_name("caller.py")
RATES = (10, 100, 1000)
"""Requests per second."""
FIXED = RandomDelay(Family.FIXED, (50.0,))
UNIFORM = RandomDelay(Family.UNIFORM, (45.0, 55.0))
"""Milliseconds: what Toxiproxy calls a latency of 50 with a jitter of 5."""
NORMAL = RandomDelay(Family.NORMAL, (50.0, 3.0))


@dataclass(frozen=True, slots=True)
class Late:
    """Requests through one way at one rate. Milliseconds."""

    way: str
    wanted: RandomDelay | None
    """None: no fault."""
    rate: int
    milliseconds: list[float]

    def error(self, percent: int) -> float:
        """Of this percentile: what was measured less what was wanted. It holds the way there and back."""
        wanted = 0.0 if self.wanted is None else self.wanted.milliseconds(percent / 100)
        return percentile(self.milliseconds, percent) - wanted

    def mean_error(self, way: float) -> float:
        """Of the percentiles 1 to 99, each either way, when so much is taken off for the way there and back."""
        return statistics.mean(abs(self.error(percent) - way) for percent in range(1, 100))

    def uncertainty(self, percent: int) -> float:
        """The standard deviation that this percentile has by chance, if no request has to do with another: half of what
        lies between the requests whose ranks are a standard deviation below and above. Where delays are spread more
        evenly than that, it is less."""
        share, ordered = percent / 100, sorted(self.milliseconds)
        rank, ranks = share * len(ordered), math.sqrt(share * (1 - share) * len(ordered))
        low, high = (min(max(round(each), 0), len(ordered) - 1) for each in (rank - ranks, rank + ranks))
        return (ordered[high] - ordered[low]) / 2


def ways(servers: Sequence[Path]) -> list[tuple[Behind, RandomDelay | None]]:
    """`servers` are the sockets of fault servers."""
    return [
        (toxic("toxic-none", "Toxiproxy, no toxic"), None),
        (sidecar("sidecar-none", "Riftgate, no fault"), None),
        (toxic("toxic-fixed", "Toxiproxy, latency 50 ms", "latency", latency=50, jitter=0), FIXED),
        (sidecar("envoy-fixed", "Riftgate, delay 50 ms (Envoy)", fault("envoy-fixed", "late", Delay(50))), FIXED),
        (
            sidecar("filter-fixed", "Riftgate, delay fixed 50 ms (its filter)", fault("filter-fixed", "late", FIXED)),
            FIXED,
        ),
        (
            connections(
                "line-fixed", "Riftgate, connections' latency 50 ms", ConnectionEffects(latency=FIXED), servers
            ),
            FIXED,
        ),
        (toxic("toxic-uniform", "Toxiproxy, latency 50 ms, jitter 5 ms", "latency", latency=50, jitter=5), UNIFORM),
        (
            sidecar(
                "filter-uniform",
                "Riftgate, uniform delay 45-55 ms (its filter)",
                fault("filter-uniform", "late", UNIFORM),
            ),
            UNIFORM,
        ),
        (
            sidecar(
                "filter-normal",
                "Riftgate, normal delay 50 ± 3 ms (its filter)",
                fault("filter-normal", "late", NORMAL),
            ),
            NORMAL,
        ),
        (
            connections(
                "line-uniform",
                "Riftgate, connections' latency, uniform 45-55 ms",
                ConnectionEffects(latency=UNIFORM),
                servers,
            ),
            UNIFORM,
        ),
    ]


def measure(
    program: Path | None,
    servers: FaultServers,
    seconds: float,
    say: Callable[[str], None],
    rates: Sequence[int] = RATES,
) -> list[Late]:
    """At the first rates all ways at once, so that whatever else the machine does meets all of them; at those above 100
    in turns, three rounds of them, each in another order. Without a `program` there is no Toxiproxy among them."""
    compared = [(way, wanted) for way, wanted in ways(servers.sockets) if program is not None or not way.toxiproxy]
    found: dict[tuple[str, int], list[float]] = {}
    with running([way for way, _ in compared], program, servers) as (lab, routes):
        for rate in rates:
            say(f"delays at {rate} requests per second")
            if rate <= 100:
                answers = _call(lab, rate, seconds * (3 if rate < 100 else 1), list(routes.values()))
                found |= {(pod, rate): answers[route.address] for pod, route in routes.items()}
                continue
            order = random.Random(0)
            for _ in range(3):
                for pod, route in order.sample(sorted(routes.items()), len(routes)):
                    answers = _call(lab, rate, seconds / 10, [route])
                    found.setdefault((pod, rate), []).extend(answers[route.address])
    return [Late(way.name, wanted, rate, found[way.pod, rate]) for way, wanted in compared for rate in rates]


def _call(lab: Lab, rate: int, seconds: float, routes: Sequence[Route]) -> dict[str, list[float]]:
    addresses = [route.address for route in routes]
    try:
        said = lab.run(CLIENT, [sys.executable, str(CALLER), str(rate), f"{seconds:g}", *addresses])
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{', '.join(route.name for route in routes)}: {error.stderr}") from error
    answers: dict[str, list[float]] = json.loads(said)
    return answers
