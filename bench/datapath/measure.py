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
    PodSpec("riftgate-caller", Way.RIFTGATE, far_end=True),
    PodSpec("riftgate-called", Way.RIFTGATE, serves=True, far_end=True),
    PodSpec("accelerated-client", Way.RIFTGATE, accelerated=True),
    PodSpec("accelerated-server", Way.RIFTGATE, serves=True, accelerated=True),
    PodSpec("accelerated-caller", Way.RIFTGATE, far_end=True),
    PodSpec("accelerated-called", Way.RIFTGATE, serves=True, far_end=True),
)
STEERED = ("redirect", "riftgate", "accelerated")
"""Ways by the first part of their pods' names."""
WAYS = ("direct", "explicit", *STEERED)


def routes(lab: Lab, ways: Sequence[str]) -> Iterator[Route]:
    """Those of these ways, all of whose pods are in the lab."""
    proxy = f"127.0.0.1:{OUTBOUND_PORT}"
    if "direct" in ways:
        yield Route(None, "direct", ("bare-client", "bare-server"), f"{lab.address('bare-server')}:{SERVER_PORT}")
    if "explicit" in ways:
        yield Route(Direction.OUTBOUND, "explicit", ("explicit-outbound", "bare-server"), proxy)
        to_explicit = f"{lab.address('explicit-server')}:{INBOUND_PORT}"
        yield Route(Direction.INBOUND, "explicit", ("bare-client", "explicit-server"), to_explicit)
        yield Route(Direction.BOTH, "explicit", ("explicit-client", "explicit-server"), proxy)
    for name in STEERED:
        if name in ways:
            client, server = f"{name}-client", f"{name}-server"
            # A mesh has no pods but its own.
            caller, called = (
                ("bare-client", "bare-server") if name == "redirect" else (f"{name}-caller", f"{name}-called")
            )
            beyond, service = (f"{lab.service_address(each)}:{SERVER_PORT}" for each in (called, server))
            yield Route(Direction.OUTBOUND, name, (client, called), beyond)
            yield Route(Direction.INBOUND, name, (caller, server), f"{lab.address(server)}:{SERVER_PORT}")
            yield Route(Direction.BOTH, name, (client, server), service)


def pods_of(ways: Sequence[str]) -> list[PodSpec]:
    return [spec for spec in PODS if spec.name.partition("-")[0] in ("bare", *ways)]


def measure_ways(
    ways: Sequence[str], loads: Sequence[Load], rounds: int, seconds: int, say: Callable[[str], None], labs: int = 1
) -> list[Result]:
    """Those of direct, explicit, redirected and steered that `ways` names. Raises BenchError.

    The rounds are spread over so many labs, one after the other: a process that happens to lie well in memory, or
    badly, does so for as long as it runs.
    """
    results: list[Result] = []
    for number in range(labs):
        with Lab(pods_of(ways)) as lab:
            made = [Result(route, load) for load in loads for route in routes(lab, ways)]
            share = rounds // labs + (number < rounds % labs)
            take_turns([(lab, result) for result in made], share, seconds, say, seed=number)
        if results:
            for result, more in zip(results, made, strict=True):
                result.runs += more.runs
        else:
            results = made
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


def take_turns(
    turns: Sequence[tuple[Lab, Result]], rounds: int, seconds: int, say: Callable[[str], None], seed: int = 0
) -> None:
    order = random.Random(seed)
    loads = list(dict.fromkeys(result.load for _, result in turns))
    for number in range(1, rounds + 1):
        for load in loads:
            say(f"round {number} of {rounds}: {load.name}")
            same = [(lab, result) for lab, result in turns if result.load == load]
            for lab, result in order.sample(same, len(same)):
                result.runs.append(run(lab, result.route.pods, result.route.address, load, seconds))
