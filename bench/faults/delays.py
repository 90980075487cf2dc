# SPDX-License-Identifier: Apache-2.0
"""How exact delays are: what came out, quantile by quantile, beside the distribution that was wanted."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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

ROUNDS = 10
"""At rates at which each way has its turn; and the parts of a run by which it is told how uncertain its figures are."""
_SHARES, _SUMS = 250, 15_000
_RESAMPLED = 60


def _percentiles(milliseconds: list[float]) -> list[float]:
    return statistics.quantiles(milliseconds, n=100, method="inclusive")


@dataclass(frozen=True, slots=True)
class Late:
    """Requests through one way at one rate. Milliseconds, in the order of the answers."""

    way: str
    wanted: RandomDelay | None
    """None: no fault."""
    rate: int
    milliseconds: list[float]

    def error(self, percent: int) -> float:
        """Of this percentile: what was measured less what was wanted. It holds the way there and back."""
        wanted = 0.0 if self.wanted is None else self.wanted.milliseconds(percent / 100)
        return percentile(self.milliseconds, percent) - wanted

    def added(self, undelayed: Late) -> list[float]:
        """The errors of the percentiles 1 to 99 of what the fault adds: less what would come out if each request took
        what one takes without a fault, and its delay besides. That is not the median of the one and a percentile of the
        other: where some requests take much longer than most, delays that are spread are later by the mean of it."""
        assert self.wanted is not None
        # Of equal shares; of a fixed one there is but one.
        delays = {self.wanted.milliseconds((each + 0.5) / _SHARES) for each in range(_SHARES)}
        step = max(1, len(undelayed.milliseconds) * len(delays) // _SUMS)
        without = sorted(undelayed.milliseconds)[step // 2 :: step]
        wanted = _percentiles([delay + each for delay in delays for each in without])
        return [each - expected for each, expected in zip(_percentiles(self.milliseconds), wanted, strict=True)]

    def parts(self, places: Sequence[int]) -> Late:
        """Of the ten parts of a run, one after the other, those at these places alone."""
        count = len(self.milliseconds)
        parts = (self.milliseconds[count * each // ROUNDS : count * (each + 1) // ROUNDS] for each in places)
        return replace(self, milliseconds=[each for part in parts for each in part])


@dataclass(frozen=True, slots=True)
class Errors:
    """Of what a fault adds, in milliseconds: too late, below 0 too early."""

    p50: float
    p99: float
    mean: float
    """Of the percentiles 1 to 99, each either way."""

    @classmethod
    def of(cls, late: Late, undelayed: Late) -> Errors:
        added = late.added(undelayed)
        return cls(added[49], added[98], statistics.mean(map(abs, added)))


def resampled(late: Late, undelayed: Late) -> list[Errors]:
    """What might have been measured as well: by as many of the run's parts, some of them more than once, by chance (a
    bootstrap of blocks). Delays that are spread evenly are so in each part, and a bad moment of the machine is in one
    alone. All ways have the same parts at the same places of what is returned."""
    chance, found = random.Random(0), []
    for _ in range(_RESAMPLED):
        places = chance.choices(range(ROUNDS), k=ROUNDS)
        found.append(Errors.of(late.parts(places), undelayed.parts(places)))
    return found


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
    in turns, in ten rounds of another order each. Without a `program` there is no Toxiproxy among them."""
    compared = [(way, wanted) for way, wanted in ways(servers.sockets) if program is not None or not way.toxiproxy]
    found: dict[tuple[str, int], list[float]] = {}
    with running([way for way, _ in compared], program, servers) as (lab, routes):
        for rate in rates:
            say(f"delays at {rate} requests per second")
            turns = rate > 100
            length = seconds / 3 if turns else seconds * (3 if rate < 100 else 1)
            answers = _call(lab, rate, length, ROUNDS if turns else 0, list(routes.values()))
            found |= {(pod, rate): answers[route.address] for pod, route in routes.items()}
    return [Late(way.name, wanted, rate, found[way.pod, rate]) for way, wanted in compared for rate in rates]


def _call(lab: Lab, rate: int, seconds: float, rounds: int, routes: Sequence[Route]) -> dict[str, list[float]]:
    argv = [sys.executable, str(CALLER), str(rate), f"{seconds:g}", str(rounds), *(route.address for route in routes)]
    try:
        said = lab.run(CLIENT, argv)
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{', '.join(route.name for route in routes)}: {error.stderr}") from error
    answers: dict[str, list[float]] = json.loads(said)
    return answers
