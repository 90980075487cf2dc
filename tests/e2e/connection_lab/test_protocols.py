# SPDX-License-Identifier: Apache-2.0
"""Faults of connections on a real Envoy, as clients of HTTP, PostgreSQL and Redis see them."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices, Stream
from l7filters.faults import Family, RandomDelay
from tests.connection_laboratory import POSTGRES, REDIS, Lab, eventually, fault
from tests.delays import at_least
from tests.private_network import TIMEOUT
from xds_server.connection_lines import Did

ROWS = 5000
PAGE = "".join(f"ship {number}\n" for number in range(1000))
pytestmark = pytest.mark.asyncio(loop_scope="module")


def run(arguments: list[str], sent: str = "") -> subprocess.CompletedProcess[str]:
    # What was corrupted may be shown as it is.
    return subprocess.run(
        arguments, input=sent, capture_output=True, text=True, errors="replace", timeout=60, check=False
    )


@pytest.fixture(scope="module")
def servers(shared_lab: Lab) -> Iterator[None]:
    """PostgreSQL and Redis in the network, as Debian has them; and the app answers HTTP with a page of that length."""
    shared_lab.sidecar.app.body = PAGE.encode()
    data = Path(tempfile.mkdtemp())
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    network = shared_lab.sidecar.network
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> None:
        quiet = subprocess.DEVNULL
        started.append(network.run(lambda: subprocess.Popen(arguments, cwd=data, stdout=quiet, stderr=quiet)))

    try:
        shutil.chown(data, "postgres")
        made = run([*as_postgres, str(binaries / "initdb"), "--auth=trust", "--no-sync", f"--pgdata={data}/pg"])
        assert made.returncode == 0, made.stderr
        server = [str(binaries / "postgres"), "-D", f"{data}/pg", "-k", str(data), "-p", str(POSTGRES)]
        start(*as_postgres, *server, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
        start("redis-server", "--bind", "127.0.0.1", "--port", str(REDIS), "--save", "", "--dir", str(data))
        ready = [["pg_isready", "-h", "127.0.0.1", "-p", str(POSTGRES)], ["redis-cli", "-p", str(REDIS), "ping"]]
        end = time.monotonic() + TIMEOUT
        while any(network.run(lambda each=each: run(each)).returncode for each in ready):  # type: ignore[misc]
            assert time.monotonic() < end
            time.sleep(0.05)
        yield
    finally:
        for process in started:
            process.terminate()
            process.wait()
        shutil.rmtree(data)


_CLIENTS = {
    "http": (["curl", "-sS", "http://10.0.0.1/[1-5]"], "", PAGE * 5),
    "postgresql": (
        ["psql", "-X", "-A", "-t", "-h", "10.0.0.1", "-p", "5432", "-U", "postgres"],
        f"select sum(g) from generate_series(1, 10) g; select g from generate_series(1, {ROWS}) g;",
        "55\n" + "".join(f"{number}\n" for number in range(1, ROWS + 1)),
    ),
    "redis": (
        ["redis-cli", "-h", "10.0.0.1", "-p", "6379"],
        "".join(f"set key{number} {'x' * 50}\n" for number in range(50)) + "dbsize\n" + "get key7\n" * 200,
        "OK\n" * 50 + "50\n" + "x" * 50 + "\n" + ("x" * 50 + "\n") * 199,
    ),
}


_BYTES_PER_SECOND = 200_000
_SLOW: dict[str, tuple[ConnectionEffects, Callable[[int], float]]] = {
    "latency": (ConnectionEffects(latency=RandomDelay(Family.FIXED, (50.0,))), lambda _: at_least(0.05, 2)),
    "jitter": (ConnectionEffects(latency=RandomDelay(Family.NORMAL, (5.0, 1.0))), lambda _: 0.0),
    "bandwidth": (
        ConnectionEffects(bytes_per_second=_BYTES_PER_SECOND),
        lambda size: at_least(size / _BYTES_PER_SECOND),
    ),
    "slices": (ConnectionEffects(slices=Slices(1000, 5)), lambda size: at_least(0.005, size // 1000 - 1)),
    "a late close": (ConnectionEffects(close_delay_milliseconds=200), lambda _: 0.0),
    "what is never reached": (
        ConnectionEffects(reset=ConnectionReset(after_milliseconds=3_000_000), close_after_bytes=10_000_000),
        lambda _: 0.0,
    ),
}
"""Each with the seconds that an answer of so many bytes takes at least."""


@pytest.mark.parametrize("client", list(_CLIENTS))
@pytest.mark.parametrize("slow", list(_SLOW))
async def test_answers_are_right_however_slow(lab: Lab, servers: None, client: str, slow: str) -> None:
    arguments, sent, expected = _CLIENTS[client]
    does, least = _SLOW[slow]
    lab.on(fault("slow", does))
    begun = time.monotonic()
    said = await lab.sidecar.network.run_async(lambda: run(arguments, sent))
    assert time.monotonic() - begun >= least(len(expected))
    assert (said.returncode, said.stdout) == (0, expected), said.stderr
    assert set(lab.did(Did.HIT)) == {"trouble/slow"}


@pytest.mark.parametrize("client", list(_CLIENTS))
@pytest.mark.parametrize(
    "does",
    [
        ConnectionEffects(reset=ConnectionReset()),
        ConnectionEffects(reset=ConnectionReset(after_bytes=6000)),
        ConnectionEffects(close_after_bytes=6000),
        ConnectionEffects(corrupt_parts=200_000),
        ConnectionEffects(blackhole_after=6000, reset=ConnectionReset(after_milliseconds=300)),
    ],
    ids=str,
)
async def test_answers_over_connections_that_break(
    lab: Lab, servers: None, client: str, does: ConnectionEffects
) -> None:
    arguments, sent, expected = _CLIENTS[client]
    # Of Redis' client only the first connection: it would connect anew.
    lab.on(fault("broken", does, stream=Stream.DOWNSTREAM))
    said = await lab.sidecar.network.run_async(lambda: run(arguments, sent))
    assert said.stdout != expected
    assert "trouble/broken" in lab.did(Did.HIT)


async def test_a_query_goes_on_when_the_blackhole_ends(lab: Lab, servers: None) -> None:
    arguments, sent, expected = _CLIENTS["postgresql"]
    lab.on(fault("hole", ConnectionEffects(blackhole_after=2000), stream=Stream.DOWNSTREAM))
    asking = asyncio.create_task(lab.sidecar.network.run_async(lambda: run(arguments, sent)))
    await eventually(lambda: "trouble/hole" in lab.did(Did.BLACKHOLE))
    lab.on()
    said = await asking
    assert (said.returncode, said.stdout) == (0, expected), said.stderr
