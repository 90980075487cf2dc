# SPDX-License-Identifier: Apache-2.0
"""What a sidecar's filter asks about connections, over gRPC; and the fault server's process, as the control server
starts it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from l7filters.connection_effects import ConnectionEffects
from l7filters.connection_faults import ConnectionFault
from l7filters.faults import Family, FaultTarget, RandomDelay, Which
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, World
from tests.fault_server_process import FaultServerProcess, fault_server
from xds_server.connection_meeting import SERVICE

WORLD = World((Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",)),))
LATE = ConnectionFault(
    "siege",
    "late",
    SourceLocation("siege.yaml", 3),
    FaultTarget("default", Selector.of({"class": "deathstar"})),
    ConnectionEffects(latency=RandomDelay(Family.FIXED, (20.0,))),
    which=Which(at_once=1),
)
Ask = Callable[[bytes], "grpc.aio.UnaryUnaryCall[bytes, bytes]"]
TIMEOUT = 60.0


async def heard(process: FaultServerProcess) -> dict[str, Any]:
    async with asyncio.timeout(TIMEOUT):
        return await asyncio.to_thread(process.next_word)


def meet(known: int, number: int = 7) -> bytes:
    who = f"pod default/deathstar\nside server\nlocal 10.0.0.1:80\nremote 10.0.0.2:{4000 + number}\n"
    return f"{who}connection {number}\nknown {known}\n".encode()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[FaultServerProcess]:
    with fault_server(tmp_path / "faults.sock", WORLD, LATE) as process:
        yield process


@pytest.fixture
async def ask(process: FaultServerProcess, tmp_path: Path) -> AsyncIterator[Ask]:
    async with grpc.aio.insecure_channel(f"unix:{tmp_path / 'faults.sock'}") as channel:
        yield channel.unary_unary(f"/{SERVICE}/Meet")


async def within(answer: Awaitable[bytes]) -> bytes:
    async with asyncio.timeout(TIMEOUT):
        return await answer


async def test_a_connection_under_a_fault_until_that_is_turned_off(ask: Ask, process: FaultServerProcess) -> None:
    """The end counts as confirmed once the sidecar knows of it."""
    version, hit = (await within(ask(meet(0)))).splitlines()
    assert (version, hit.split()[1:3], hit.split()[4:6]) == (
        b"version 1",
        [b"siege/late", b"both"],
        [b"latency", b"fixed"],
    )
    assert (await heard(process))["hit"]["remote"] == "10.0.0.2:4007"
    waiting = asyncio.ensure_future(ask(meet(1)))
    process.tell(2)
    assert await within(waiting) == b"version 2\n"
    again = asyncio.ensure_future(ask(meet(2)))
    assert await heard(process) == {"version": 2}
    assert not again.done()
    again.cancel()


async def test_a_connection_that_is_gone_makes_room_for_another(ask: Ask, process: FaultServerProcess) -> None:
    assert b"fault siege/late" in await within(ask(meet(0, 1)))
    first = asyncio.ensure_future(ask(meet(1, 1)))
    number = 2
    assert await within(ask(meet(0, number))) == b"version 1\n"
    first.cancel()
    async with asyncio.timeout(TIMEOUT):
        while await ask(meet(0, number)) == b"version 1\n":
            number += 1


async def test_one_that_waits_hears_of_the_end_of_the_fault_server(ask: Ask, process: FaultServerProcess) -> None:
    """Killed or asked to end: the filter lets the connection go."""
    await within(ask(meet(0)))
    waiting = asyncio.ensure_future(ask(meet(1)))
    # One after the other on one connection: then the first has come.
    await within(ask(meet(0, 8)))
    process.send_signal(signal.SIGTERM)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await within(waiting)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
