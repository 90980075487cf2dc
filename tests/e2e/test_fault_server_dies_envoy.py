# SPDX-License-Identifier: Apache-2.0
"""The fault server dies, or stands still until the kernel kills it, while connections are under every kind of fault: no
connection ends, no byte is lost, and what is held goes on in order, unfaulted. A real Envoy and the real process."""

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices
from l7filters.connection_faults import ConnectionFault, Existing
from l7filters.labels import Selector
from l7filters.world import Workload, World
from tests.connection_laboratory import GREETING, GREETS, WORLD, Lab, fault, fixed, laboratory, to_the_end
from tests.fault_server_process import FaultServerProcess, fault_server
from tests.private_network import TIMEOUT

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR = 3_600_000
EFFECTS = {
    "latency": ConnectionEffects(latency=fixed(600_000)),
    "rate": ConnectionEffects(bytes_per_second=64),
    "slices": ConnectionEffects(slices=Slices(1, 60_000)),
    "late-slices": ConnectionEffects(latency=fixed(600_000), slices=Slices(3, 1000), bytes_per_second=100),
    "blackhole": ConnectionEffects(blackhole_after=0),
    "blackhole-later": ConnectionEffects(blackhole_after=7_000),
    "reset-later": ConnectionEffects(reset=ConnectionReset(after_milliseconds=HOUR, after_bytes=1 << 20)),
    "close-later": ConnectionEffects(close_after_bytes=1 << 20),
    "slow-close": ConnectionEffects(close_delay_milliseconds=HOUR),
    "spared": None,
}
"""By the callers' names."""
CALLERS = tuple(
    Workload("default", name, {"caller": name}, (f"10.0.1.{number}",)) for number, name in enumerate(EFFECTS, 1)
)
PEOPLE = World(workloads=(*WORLD.workloads, *CALLERS))
SAID = b"\0" + random.Random(3).randbytes(30_000)
MORE = random.Random(4).randbytes(300_000)


def faults() -> list[ConnectionFault]:
    """One for each caller."""
    return [
        fault(name, does, source=Selector.of({"caller": name})) for name, does in EFFECTS.items() if does is not None
    ]


HIT = {f"trouble/{name}" for name, does in EFFECTS.items() if does is not None}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(directory: Path) -> AsyncIterator[Lab]:
    async with laboratory(directory, serve=False) as lab:
        yield lab


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    connection: socket.socket


async def call_all(lab: Lab) -> list[Caller]:
    """Each says something over a connection of its own, to a server that has a lot to say, too."""
    found = []
    for each in CALLERS:
        connection = await lab.dial(GREETS, each.addresses[0])
        connection.sendall(SAID)
        found.append(Caller(each.name, connection))
    return found


async def are_hit(server: FaultServerProcess) -> None:
    hit: set[str] = set()
    async with asyncio.timeout(TIMEOUT):
        while hit != HIT:
            word = await asyncio.to_thread(server.next_word)
            hit |= {word["hit"]["fault"]} if "hit" in word else set()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=str)
async def test_every_connection_goes_on_whole(lab: Lab, directory: Path, number: signal.Signals) -> None:
    """Those that were open, those that are new, and those that a later fault server hears of."""
    with fault_server(directory / "faults.sock", PEOPLE, *faults()) as server:
        calls = await call_all(lab)
        await are_hit(server)
        await lab.takes_all(*(each.connection for each in calls))
        # Its end is late as well, where that is what the fault does.
        closing = next(each for each in calls if each.name == "slow-close").connection
        closing.shutdown(socket.SHUT_WR)
        server.send_signal(number)
        server.wait()
    whole = GREETING + SAID
    for each in calls:
        assert await lab.talk(each.connection, b"", len(whole)) == whole, each.name
    assert await asyncio.to_thread(to_the_end, closing) == (b"", "fin")
    calls = [each for each in calls if each.connection is not closing]
    for each in await call_all(lab):
        assert await asyncio.to_thread(to_the_end, each.connection, b"", True) == (whole, "fin"), each.name
        each.connection.close()
    with fault_server(directory / "faults.sock", PEOPLE, *faults()) as server:
        fresh = await call_all(lab)
        await are_hit(server)
        # Whoever has lost a server is not hit by the same fault again.
        for each in calls:
            assert await lab.talk(each.connection, MORE) == MORE, each.name
        late, kept = calls[0], calls[-1]
        resets = fault(
            "hard",
            ConnectionEffects(latency=fixed(1)),
            source=Selector.of({"caller": late.name}),
            existing=Existing.RESET,
        )
        server.tell(2, resets)
        assert await asyncio.to_thread(to_the_end, late.connection) == (b"", "rst")
        assert await asyncio.to_thread(to_the_end, kept.connection, b"end", True) == (b"end", "fin")
    for each in (*calls, *fresh):
        each.connection.close()
    closing.close()


async def test_what_was_corrupted_stays_so_and_nothing_else_is(lab: Lab, directory: Path) -> None:
    noise = fault("noise", ConnectionEffects(corrupt_parts=1_000_000, latency=fixed(600_000)))
    with fault_server(directory / "faults.sock", PEOPLE, noise) as server:
        connection = await lab.dial(GREETS)
        connection.sendall(SAID)
        assert (await asyncio.to_thread(server.next_word))["hit"]["fault"] == "trouble/noise"
        await lab.takes_all(connection)
        server.send_signal(signal.SIGKILL)
        server.wait()
    heard = await lab.talk(connection, b"", len(GREETING) + len(SAID))
    assert heard[: len(GREETING)] == bytes(each ^ 0xFF for each in GREETING)
    # What it said comes back past the fault's end.
    assert heard[len(GREETING) :] == bytes(each ^ 0xFF for each in SAID)
    assert await asyncio.to_thread(to_the_end, connection, b"end", True) == (b"end", "fin")
