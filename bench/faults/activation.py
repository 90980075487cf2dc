# SPDX-License-Identifier: Apache-2.0
"""From asking the control server to turn a fault on until the first request that it hits, in a whole mesh."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bench.latency.bare import switches
from bench.latency.whole import activated, called_mesh
from l7filters.faults import Abort, Body, Edit, Effect, Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.source import SourceLocation

_KINDS: dict[str, Effect] = {
    "a fault of Envoy's own (abort)": Abort(http_status=503),
    "a fault by the fault server (body)": Body(Edit.REPLACE, "nothing is left"),
}
BARE = "the same runtime layer pushed by a bare server"


def measure(rounds: int, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Seconds, of each round. Raises BenchError."""
    found: dict[str, list[float]] = {}
    with called_mesh() as (mesh, caller, _):
        for name, effect in _KINDS.items():
            say(f"activation of {name}")
            found[name] = [activated(caller, mesh, _fault(effect)) for _ in range(rounds)]
    say("activation: a bare push")
    found[BARE] = asyncio.run(switches(_fault(Abort(http_status=503)), rounds))
    return found


def _fault(effect: Effect) -> Fault:
    target = FaultTarget("default", Selector.of({"app": "vault"}), 80)
    return Fault("bench", "full", SourceLocation("bench", 1), target, (effect,))
