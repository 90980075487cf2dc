# SPDX-License-Identifier: Apache-2.0
"""Requests per second of the faults that the fault server has a part in, with one of its processes and with several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.datapath.load import Figures, Load, run
from bench.faults.servers import FaultServers, fault_servers
from bench.faults.ways import Behind, fault, running, sidecar
from l7filters.faults import Body, Edit, Effect, HeaderEdits, Headers, Which

LOAD = Load(32, "json")


@dataclass(slots=True)
class Rich:
    """One kind of fault on every request."""

    kind: str
    processes: int
    runs: list[Figures] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)
    """Of all fault server processes, per request."""


def kinds(sockets: Sequence[Path]) -> list[Behind]:
    """Each in a pod of its own."""
    header = Headers(response=HeaderEdits(set=(("x-late", "1"),)))
    effects: dict[str, tuple[Effect, Which | None]] = {
        "counted": (header, Which(every=1)),
        "replaced": (Body(Edit.REPLACE, "nothing is left"), None),
        "merged": (Body(Edit.MERGE, '{"crew": null, "late": 1}'), None),
        "corrupted": (Body(Edit.CORRUPT, "1000"), None),
    }
    names = {
        "counted": "drawn by count; Envoy sets a header",
        "replaced": "body replaced",
        "merged": "JSON merge patch of the body",
        "corrupted": "bits of the body flipped",
    }
    return [sidecar("none", "no fault")] + [
        sidecar(pod, names[pod], fault(pod, pod, effect, which=which), servers=sockets)
        for pod, (effect, which) in effects.items()
    ]


def measure(rounds: int, seconds: float, say: Callable[[str], None], processes: Sequence[int] = (1, 2)) -> list[Rich]:
    """The kinds take turns. Raises BenchError."""
    found: list[Rich] = []
    for count in processes:
        with fault_servers(count) as servers:
            found += _with(servers, count, rounds, seconds, say)
    return found


def _with(servers: FaultServers, count: int, rounds: int, seconds: float, say: Callable[[str], None]) -> list[Rich]:
    ways = kinds(servers.sockets)
    found = {way.pod: Rich(way.name, count) for way in ways}
    with running(ways, None) as (lab, routes):
        for number in range(1, rounds + 1):
            say(f"rich faults with {count} of the fault server's processes: round {number} of {rounds}")
            for pod, rich in found.items():
                route = routes[pod]
                before = servers.cpu_seconds()
                figures = run(lab, route.pods, route.address, LOAD, seconds)
                rich.runs.append(figures)
                took = servers.cpu_seconds() - before
                rich.cpu_milliseconds.append(took / (figures.per_second * seconds) * 1e3)
    return list(found.values())
