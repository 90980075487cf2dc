# SPDX-License-Identifier: Apache-2.0
"""Rounds of short runs: in each round every way takes its turn at the same load, in an order that changes.

Ratios are of two runs of the same round, seconds apart; what slows the machine for longer slows both.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum

from bench.datapath.configurations import SERVER_PORT, Way
from bench.datapath.lab import Lab, PodSpec
from bench.datapath.load import Figures, Load, run
from bench.datapath.policies import OTHERS, few, many
from bpf.structs import INBOUND_PORT, OUTBOUND_PORT


class Direction(StrEnum):
    """Which sidecars a request meets."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a client to a server."""

    direction: Direction | None
    name: str
    pods: tuple[str, str]
    address: str


@dataclass(slots=True)
class Result:
    """All runs of one route under one load, one per round."""

    route: Route
    load: Load
    runs: list[Figures] = field(default_factory=list)

    def median(self, of: Callable[[Figures], float]) -> float:
        return statistics.median(map(of, self.runs))

    def ratio(self, other: Result, of: Callable[[Figures], float]) -> float:
        """Median over the rounds of this one's figure over the other's."""
        return statistics.median(of(mine) / of(its) for mine, its in zip(self.runs, other.runs, strict=True))

    def least_ratio(self, other: Result, of: Callable[[Figures], float]) -> float:
        """This one's least figure over the other's: what other work on the machine adds, it adds to neither."""
        return min(map(of, self.runs)) / min(map(of, other.runs))


PODS = (
    PodSpec("bare-client"),
    PodSpec("bare-server", serves=True),
    PodSpec("explicit-outbound", Way.EXPLICIT, calls="bare-server"),
    PodSpec("explicit-client", Way.EXPLICIT, calls="explicit-server"),
    PodSpec("explicit-server", Way.EXPLICIT, serves=True),
    PodSpec("redirect-client", Way.REDIRECT),
    PodSpec("redirect-server", Way.REDIRECT, serves=True),
    PodSpec("riftgate-client", Way.RIFTGATE),
    PodSpec("riftgate-server", Way.RIFTGATE, serves=True),
    PodSpec("accelerated-client", Way.RIFTGATE, accelerated=True),
    PodSpec("accelerated-server", Way.RIFTGATE, serves=True, accelerated=True),
)
STEERED = ("redirect", "riftgate", "accelerated")
"""Ways by the first part of their pods' names."""
WAYS = ("direct", "explicit", *STEERED)


def routes(lab: Lab) -> Iterator[Route]:
    """Every way to be compared."""
    proxy = f"127.0.0.1:{OUTBOUND_PORT}"
    yield Route(None, "direct", ("bare-client", "bare-server"), f"{lab.address('bare-server')}:{SERVER_PORT}")
    yield Route(Direction.OUTBOUND, "explicit", ("explicit-outbound", "bare-server"), proxy)
    to_explicit = f"{lab.address('explicit-server')}:{INBOUND_PORT}"
    yield Route(Direction.INBOUND, "explicit", ("bare-client", "explicit-server"), to_explicit)
    yield Route(Direction.BOTH, "explicit", ("explicit-client", "explicit-server"), proxy)
    for name in STEERED:
        client, server = f"{name}-client", f"{name}-server"
        bare, service = (f"{lab.service_address(each)}:{SERVER_PORT}" for each in ("bare-server", server))
        yield Route(Direction.OUTBOUND, name, (client, "bare-server"), bare)
        yield Route(Direction.INBOUND, name, ("bare-client", server), f"{lab.address(server)}:{SERVER_PORT}")
        yield Route(Direction.BOTH, name, (client, server), service)


def measure_ways(
    ways: Sequence[str], loads: Sequence[Load], rounds: int, seconds: int, say: Callable[[str], None]
) -> list[Result]:
    """Those of direct, explicit, redirected and steered that `ways` names. Raises BenchError."""
    with Lab(PODS) as lab:
        results = [Result(route, load) for load in loads for route in routes(lab) if route.name in ways]
        take_turns([(lab, result) for result in results], rounds, seconds, say)
    return results


def measure_policies(loads: Sequence[Load], rounds: int, seconds: int, say: Callable[[str], None]) -> list[Result]:
    """One policy before the server, and a thousand. Raises BenchError."""
    pods = [spec for spec in PODS if spec.name.startswith("riftgate")]
    with ExitStack() as stack:
        turns = []
        for name, policies in (("1 policy", few()), ("1000 policies", many())):
            lab = stack.enter_context(Lab(pods, policies, OTHERS))
            address = f"{lab.service_address('riftgate-server')}:{SERVER_PORT}"
            route = Route(Direction.BOTH, name, ("riftgate-client", "riftgate-server"), address)
            turns += [(lab, Result(route, load)) for load in loads]
        take_turns(turns, rounds, seconds, say)
    return [result for _, result in turns]


def take_turns(turns: Sequence[tuple[Lab, Result]], rounds: int, seconds: int, say: Callable[[str], None]) -> None:
    order = random.Random(0)
    loads = list(dict.fromkeys(result.load for _, result in turns))
    for number in range(1, rounds + 1):
        for load in loads:
            say(f"round {number} of {rounds}: {load.name}")
            same = [(lab, result) for lab, result in turns if result.load == load]
            for lab, result in order.sample(same, len(same)):
                result.runs.append(run(lab, result.route.pods, result.route.address, load, seconds))
