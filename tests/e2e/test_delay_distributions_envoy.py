# SPDX-License-Identifier: Apache-2.0
"""Every distribution of delays, before the request and before the response, through a real Envoy: what a client
measures is held against the field's own formulas."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from statistics import NormalDist

from l7filters.faults import Before, Delay, Family, Fault, FaultTarget, HttpMatch, RandomDelay
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.delays import EARLY
from tests.envoy_harness import request_bytes, running_sidecar
from tests.private_network import TIMEOUT

SERVER = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",), (WorkloadPort(80),))
WORLD = World(workloads=(SERVER,))
CALLER = "10.0.0.2"
SAMPLES = 192
SENT_WITHIN = 8.0
"""Seconds; so that hardly any request waits for the processor, which would be taken for a delay."""
DISTANCE = 0.05
"""Kolmogorov and Smirnov's D. Of 64 delays in a row one is drawn from each 64th of the distribution, so no chance comes
near it: independent draws would exceed it more often than not."""

CDF: dict[Family, tuple[tuple[float, ...], Callable[[float], float]]] = {
    Family.FIXED: ((700.0,), lambda x: float(x >= 700)),
    Family.UNIFORM: ((100.0, 1500.0), lambda x: min(max((x - 100) / 1400, 0.0), 1.0)),
    Family.NORMAL: ((900.0, 200.0), NormalDist(900, 200).cdf),
    Family.EXPONENTIAL: ((400.0,), lambda x: 1 - math.exp(-max(x, 0.0) / 400)),
    Family.PARETO: ((300.0, 2.5), lambda x: 1 - (300 / max(x, 300.0)) ** 2.5),
    Family.LOGNORMAL: ((500.0, 0.4), lambda x: NormalDist().cdf(math.log(max(x, 1e-9) / 500) / 0.4)),
}
DELAYS: dict[str, Delay | RandomDelay] = {
    "/envoy": Delay(700),
    **{f"/{each}/{before}": RandomDelay(each, CDF[each][0], before) for each, before in product(CDF, Before)},
}
PLAIN = "/plain"


def fault(number: int, path: str) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    name, where = f"slow{number:02}", SourceLocation("s.yaml", 1)
    return Fault("trouble", name, where, target, (DELAYS[path],), match=HttpMatch(path=path))


async def measure(begin: float, path: str) -> float:
    """Milliseconds from the request to the end of its response, over a connection of its own."""
    await asyncio.sleep(begin)
    reader, writer = await asyncio.open_connection(SERVER.addresses[0], 80, local_addr=(CALLER, 0))
    begun = time.monotonic()
    writer.write(request_bytes("GET", path, "deathstar", [("connection", "close")]))
    answer = await reader.read()
    took = (time.monotonic() - begun) * 1000
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    return took


def measured() -> dict[str, list[float]]:
    """Of each path as many requests, mixed and spread over the time."""

    async def ask_all() -> dict[str, list[float]]:
        asked = [(path, turn) for turn in range(SAMPLES) for path in (*DELAYS, PLAIN)]
        pause = SENT_WITHIN / len(asked)
        async with asyncio.timeout(SENT_WITHIN + 4 * TIMEOUT):
            took = await asyncio.gather(*(measure(n * pause, path) for n, (path, _) in enumerate(asked)))
        found: dict[str, list[float]] = {}
        for (path, _), each in zip(asked, took, strict=True):
            found.setdefault(path, []).append(each)
        return found

    return asyncio.run(ask_all())


def share(found: Sequence[float], below: float) -> float:
    return sum(each <= below for each in found) / len(found)


async def test_each_distribution_is_what_clients_measure(tmp_path: Path) -> None:
    """No delay is shorter than drawn; none is longer than by what a request without a fault took in the same seconds,
    at its slowest."""
    faults = [fault(number, path) for number, path in enumerate(DELAYS)]
    async with running_sidecar(tmp_path, SERVER, translate_workload(WORLD, SERVER, (), faults), (80,)) as sidecar:
        await sidecar.set_runtime(runtime_layer(faults, {each.id: each.parts_per_million for each in faults}))
        found = await sidecar.network.run_async(measured)
    slowest = max(found[PLAIN])
    for path, delay in DELAYS.items():
        _, cdf = CDF[delay.family if isinstance(delay, RandomDelay) else Family.FIXED]
        for each in found[path]:
            assert share(found[path], each) <= cdf(each + 1000 * EARLY) + DISTANCE, (path, each, sorted(found[path]))
            late = share(found[path], each - 1e-6)
            assert late >= cdf(each - slowest - 10) - DISTANCE, (path, each, slowest, sorted(found[path]))
