# SPDX-License-Identifier: Apache-2.0
"""New connections at a pace, in a whole mesh: does each reach whom it asked for, and does the datapath forget them."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import BenchError
from tests.crowd_mesh import entries, left, pods, running_crowd

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Connects:
    """TCP connections from one pod through both sidecars to two pods, two ports each, over IPv4 and IPv6."""

    wanted_per_second: float
    seconds: float
    """From the beginning of the first one to the end of the last one."""
    right: int
    """Answered by the pod and port that they asked for."""
    wrong: dict[str, int]
    """The others, by what came of them."""
    at_once: int
    """Most of them under way at a time."""
    left: dict[str, int]
    """Entries of maps that were not there before, by map."""
    refused: dict[str, dict[str, int]]
    """What the datapath counts as refused, by pod and reason."""

    @property
    def per_second(self) -> float:
        return self.right / self.seconds


def measure_connects(per_second: int, seconds: int) -> Connects:
    """A mesh as `riftgate up` starts it, control server and access logs included. Raises BenchError."""
    with tempfile.TemporaryDirectory() as folder, running_crowd(Path(folder)) as mesh:
        before = entries(mesh)
        with mesh.talk("client", "crowd.py") as crowd:
            done: dict[str, Any] = crowd("rate", pods(mesh), per_second, per_second * seconds)
        until = time.monotonic() + _PATIENCE
        while (remaining := left(mesh, before)) and time.monotonic() < until:
            time.sleep(0.2)
        status = mesh.run("--json", "status").json()
        refused = {pod["pod"]: pod["drops"] for pod in status["agent"]["pods"]}
    if not done["right"]:
        raise BenchError(f"no connection was answered: {done['wrong']}")
    return Connects(per_second, done["seconds"], done["right"], done["wrong"], done["atOnce"], remaining, refused)
