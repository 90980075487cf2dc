# SPDX-License-Identifier: Apache-2.0
"""No request has a fault whose lease is over, whatever Envoy's runtime still has: a real Envoy, also one that has stood
still, and nobody who would take the fault out of its runtime."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from l7filters.faults import Abort, Delay, Effect, Fault, FaultTarget, RewriteStatus, Which
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import runtime_layer, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Sidecar, exchange, next_flow, request_bytes, running_sidecar
from tests.recording_app import RecordingApp
from xds_server.ext_proc import FaultServer
from xds_server.flow import Kind
from xds_server.server import GrpcServer

SERVER = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",), (WorkloadPort(80),))
WORLD = World(workloads=(SERVER,))
CALLER = "10.0.0.2"
GET = request_bytes("GET", "/v1", "deathstar")
WAITING = 20
HOUR = 3_600_000


def fault(name: str, *effects: Effect, which: Which | None = None) -> Fault:
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    return Fault("trouble", name, SourceLocation("s.yaml", 1), target, effects, which=which)


ABORT = fault("abort", Abort(503))
REWRITE = fault("rewrite", RewriteStatus(500))
DRAWN = fault("drawn", Abort(503), which=Which(every=1))


def boottime() -> int:
    """Milliseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def soon() -> int:
    """Later than a few requests take."""
    return boottime() + 6000


async def past(moment: int) -> None:
    await asyncio.sleep(max(0.0, (moment + 100 - boottime()) / 1000))


@asynccontextmanager
async def sidecar_with(directory: Path, *faults: Fault) -> AsyncIterator[Sidecar]:
    resources = translate_workload(WORLD, SERVER, (), faults)
    async with (
        GrpcServer([FaultServer()], socket_path=directory / "faults.sock"),
        running_sidecar(directory, SERVER, resources, (80,)) as sidecar,
    ):
        yield sidecar


async def switch(sidecar: Sidecar, until: int, *faults: Fault) -> None:
    """These are on, each until that moment; but the layer stays."""
    on = {each.id: each.parts_per_million for each in faults}
    await sidecar.set_runtime(runtime_layer(faults, on, dict.fromkeys(on, until)))


@pytest.mark.parametrize("hit", [ABORT, REWRITE, DRAWN], ids=lambda each: each.name)
async def test_a_fault_ends_at_its_moment(tmp_path: Path, hit: Fault) -> None:
    async with sidecar_with(tmp_path, hit) as sidecar:
        until = soon()
        await switch(sidecar, until, hit)
        with sidecar.flows() as flows:
            answer = await sidecar.send(CALLER, 80, GET)
            assert (answer.status, answer.headers.get("x-riftgate-fault")) == (
                503 if hit is not REWRITE else 500,
                hit.id,
            )
            assert (await next_flow(flows)).kind is Kind.INJECTED
            await past(until)
            answer = await sidecar.send(CALLER, 80, GET)
            assert (answer.status, answer.body) == (200, RecordingApp.body)
            assert answer.headers.get("x-riftgate-fault") is None
            assert (await next_flow(flows)).kind is Kind.GENUINE
            # Nobody but the sidecar has seen that there was something.
            assert [each for each in sidecar.app.seen[-1].headers if each[0].startswith("x-riftgate")] == []
            # Renewed, it is back; nobody has to say so but the runtime.
            await switch(sidecar, soon(), hit)
            assert (await sidecar.send(CALLER, 80, GET)).headers.get("x-riftgate-fault") == hit.id


async def test_what_is_held_goes_on_at_its_moment(tmp_path: Path) -> None:
    slow = fault("slow", Delay(HOUR))
    async with sidecar_with(tmp_path, slow) as sidecar:
        until = soon()
        await switch(sidecar, until, slow)
        with sidecar.flows() as flows:
            assert (await sidecar.send(CALLER, 80, GET)).status == 200
            assert (await next_flow(flows)).kind is Kind.INJECTED
        assert boottime() > until
        assert (await sidecar.send(CALLER, 80, GET)).headers.get("x-riftgate-fault") is None


async def test_a_sidecar_that_stood_still(tmp_path: Path) -> None:
    """What came meanwhile is not hit, though its runtime has the fault on still."""
    async with sidecar_with(tmp_path, ABORT) as sidecar:
        until = soon()
        await switch(sidecar, until, ABORT)
        assert (await sidecar.send(CALLER, 80, GET)).status == 503
        with ExitStack() as open_ones:
            waiting = [open_ones.enter_context(await sidecar.open(CALLER, 80)) for _ in range(WAITING)]
            os.kill(sidecar.pid, signal.SIGSTOP)
            try:
                answers = [asyncio.create_task(asyncio.to_thread(exchange, each, GET)) for each in waiting]
                await past(until)
            finally:
                os.kill(sidecar.pid, signal.SIGCONT)
            assert [each.status for each in await asyncio.gather(*answers)] == [200] * WAITING
