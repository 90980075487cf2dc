# SPDX-License-Identifier: Apache-2.0
"""wrk: requests over HTTP/1.1 from one thread for so many seconds, its figures as values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bench.datapath.lab import Lab
from bench.report import BenchError

_SCRIPT = Path(__file__).with_name("report.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What one client asks for."""

    connections: int
    size: str
    """A key of SIZES."""
    reconnect: bool = False
    """A new connection for each request."""

    @property
    def name(self) -> str:
        return f"{self.connections} × {self.size}{', new connection each' if self.reconnect else ''}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run. Times in milliseconds; CPU is that of all in both pods, per request."""

    requests: int
    per_second: float
    p50: float
    p99: float
    cpu: float
    sidecars_cpu: float


def per_second(figures: Figures) -> float:
    return figures.per_second


def p50(figures: Figures) -> float:
    return figures.p50


def p99(figures: Figures) -> float:
    return figures.p99


def cpu(figures: Figures) -> float:
    """As `Figures` has it."""
    return figures.cpu


def run(lab: Lab, pods: tuple[str, str], address: str, load: Load, seconds: float) -> Figures:
    """Raises BenchError when anything but the right answer came back."""
    command = [
        *("wrk", "--threads", "1", "--connections", str(load.connections), "--duration", f"{seconds:g}s"),
        *("--timeout", "20s", "--latency", "--script", str(_SCRIPT)),
        *(("--header", "Connection: close") if load.reconnect else ()),
        f"http://{address}/{load.size}",
    ]
    before = lab.cpu_seconds(pods), lab.cpu_seconds(pods, "sidecar")
    said = lab.run(pods[0], command)
    after = lab.cpu_seconds(pods), lab.cpu_seconds(pods, "sidecar")
    report = json.loads(said.splitlines()[-1])
    wrong = {name: count for name, count in report["errors"].items() if count}
    if wrong or not report["requests"]:
        raise BenchError(f"{pods[0]} to {pods[1]} ({address}), {load.name}: {wrong or 'no answer'}\n{said}")
    return Figures(
        requests=report["requests"],
        per_second=report["requests"] / report["seconds"],
        p50=report["p50"],
        p99=report["p99"],
        cpu=(after[0] - before[0]) / report["requests"] * 1e3,
        sidecars_cpu=(after[1] - before[1]) / report["requests"] * 1e3,
    )
