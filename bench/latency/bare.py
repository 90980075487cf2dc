# SPDX-License-Identifier: Apache-2.0
"""The limit: the same Envoy and caller, and nothing between them and a snapshot that is ready."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.latency.seen import CALLER, Caller, calling, hit, passes, refused
from l7filters.faults import Fault
from l7filters.parse import parse_policies
from l7filters.translate import Resources, runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Sidecar, running_sidecar

PORT = 80
SERVER = Workload("default", "vault", {"app": "vault"}, ("10.0.0.1",), (WorkloadPort(PORT),))
GUEST = Workload("default", "guest", {"app": "guest"}, ("10.0.0.2",))
WORLD = World((SERVER, GUEST))


async def bare(policy: str, fault: Fault, rounds: int) -> dict[str, list[float]]:
    """Seconds from handing the server a snapshot (a runtime layer) until the first request is refused (hit)."""
    free = translate_workload(WORLD, SERVER, (), (fault,))
    restricted = translate_workload(WORLD, SERVER, parse_policies(policy, "bench.yaml"), (fault,))
    async with _called_sidecar(free) as (sidecar, caller):
        pushes = [await _push(sidecar, caller, restricted, free) for _ in range(rounds)]
    return {"policy": pushes, "fault": await switches(fault, rounds)}


async def switches(fault: Fault, rounds: int) -> list[float]:
    """Seconds from handing the server a runtime layer until the first request is hit."""
    layers = {on: runtime_layer((fault,), {fault.id: fault.parts_per_million} if on else {}) for on in (True, False)}
    async with _called_sidecar(translate_workload(WORLD, SERVER, (), (fault,))) as (sidecar, caller):
        return [await _switch(sidecar, caller, layers) for _ in range(rounds)]


@asynccontextmanager
async def _called_sidecar(resources: Resources) -> AsyncIterator[tuple[Sidecar, Caller]]:
    with tempfile.TemporaryDirectory(prefix="riftgate-bench-") as folder:
        async with running_sidecar(Path(folder), SERVER, resources, [PORT]) as sidecar:

            def start() -> subprocess.Popen[str]:
                argv = [sys.executable, str(CALLER), GUEST.addresses[0], SERVER.addresses[0], str(PORT), "/"]
                return sidecar.network.run(lambda: subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))

            with calling(start) as caller:
                yield sidecar, caller


async def _push(sidecar: Sidecar, caller: Caller, restricted: Resources, free: Resources) -> float:
    began = time.monotonic()
    await sidecar.apply(restricted)
    took = await asyncio.to_thread(caller.until, refused) - began
    await sidecar.apply(free)
    await asyncio.to_thread(caller.until, passes)
    return took


async def _switch(sidecar: Sidecar, caller: Caller, layers: dict[bool, dict[str, object]]) -> float:
    began = time.monotonic()
    await sidecar.set_runtime(layers[True])
    took = await asyncio.to_thread(caller.until, hit) - began
    await sidecar.set_runtime(layers[False])
    await asyncio.to_thread(caller.until, passes)
    return took
