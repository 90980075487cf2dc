# SPDX-License-Identifier: Apache-2.0
"""Faults of connections on a real Envoy, as the one that dials sees them: every effect, its end, and what becomes of
connections when the fault server dies."""

import asyncio
import hashlib
import itertools
import json
import random
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.message import Message

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices, Stream
from l7filters.connection_faults import ConnectionFault, Existing, connection_rule
from l7filters.faults import Family, FaultTarget, RandomDelay, Which
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import Resources, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from riftgate.control.host_faults import HostFaults
from tests.delays import EARLY, at_least
from tests.envoy_harness import Sidecar, inbound_of, next_flow, request_bytes, running_envoy
from tests.private_network import TIMEOUT
from xds_server import connection_proc
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_proc import ConnectionFaultServer
from xds_server.draw import seeded
from xds_server.server import GrpcServer

HTTP, ECHO, USUAL, POSTGRES, REDIS = 80, 7000, 7001, 5432, 6379
DEATHSTAR = Workload(
    "default",
    "deathstar",
    {"class": "deathstar"},
    ("10.0.0.1",),
    tuple(map(WorkloadPort, (HTTP, ECHO, USUAL, POSTGRES, REDIS))),
)
TIE = "10.0.0.2"
WORLD = World(workloads=(DEATHSTAR, Workload("default", "tiefighter", {"org": "empire"}, (TIE,))))
BLOB = b"\0" + random.Random(1).randbytes(999_999)
"""Begins with what HTTP cannot: Envoy waits a second to see whether it is."""


_activations = itertools.count()


def fault(name: str, does: ConnectionEffects, **more: Any) -> ConnectionFault:
    """Each is on for the first time."""
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    location = SourceLocation("scenario.yaml", 1)
    return ConnectionFault("trouble", name, location, target, does, activation=next(_activations), **more)


def fixed(milliseconds: float) -> RandomDelay:
    return RandomDelay(Family.FIXED, (milliseconds,))


class Servers:
    """TCP servers in the network: one that sends back what it gets and, told so, ends first."""

    def __init__(self) -> None:
        outer = self
        self.seen: list[bytes] = []
        """What each finished connection had sent."""
        self.ends: list[str] = []

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                got = hashlib.sha256()
                try:
                    while data := self.request.recv(65536):
                        got.update(data)
                        if data.startswith(b"\0get "):
                            self.request.sendall(BLOB[: int(data[5:])])
                        elif data == b"\0bye":
                            self.request.sendall(b"farewell")
                            break
                        else:
                            self.request.sendall(data)
                    outer.ends.append("fin")
                except ConnectionError:
                    outer.ends.append("rst")
                outer.seen.append(got.digest())

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._servers = [Server(("127.0.0.1", port), Handler) for port in (ECHO, USUAL)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class Lab:
    """A sidecar whose ports HTTP and ECHO (and more) lead into the listener for faulted connections, and USUAL into
    the usual one; with its fault server."""

    def __init__(self, sidecar: Sidecar, servers: Servers, server: ConnectionFaultServer) -> None:
        self.sidecar = sidecar
        self.servers = servers
        self.server = server
        self.hits: list[ConnectionHit] = []

    def on(self, *faults: ConnectionFault, seconds: float = 600.0) -> None:
        end = self.server.clock() + seconds
        self.server.set_rules((connection_rule(WORLD, each), end) for each in faults)

    async def dial(self, port: int = ECHO) -> socket.socket:
        return await self.sidecar.open(TIE, port)

    async def talk(self, connection: socket.socket, sent: bytes, count: int | None = None) -> bytes:
        """What comes back, until there are so many bytes."""
        return await asyncio.to_thread(exchange, connection, sent, len(sent) if count is None else count)

    def did(self, what: Did) -> list[str]:
        return [each.fault for each in self.hits if each.did is what]


def exchange(connection: socket.socket, sent: bytes, count: int) -> bytes:
    connection.sendall(sent)
    received = b""
    while len(received) < count and (more := connection.recv(65536)):
        received += more
    return received


def to_the_end(connection: socket.socket, sent: bytes = b"", half_close: bool = False) -> tuple[bytes, str]:
    """All that comes, and how it ends."""
    received = b""
    try:
        if sent:
            connection.sendall(sent)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65536):
            received += more
    except ConnectionResetError:
        return received, "rst"
    return received, "fin"


@asynccontextmanager
async def laboratory(directory: Path, serve: bool = True) -> AsyncIterator[Lab]:
    workload = DEATHSTAR
    resources = translate_workload(WORLD, workload, (), ())
    faulted = inbound_of(workload, (HTTP, ECHO, POSTGRES, REDIS), "inbound-faulted")
    usual = inbound_of(workload, (USUAL,))

    def steer(found: Resources) -> list[Message]:
        return [*faulted(found), usual(found)[0]]

    hits: list[ConnectionHit] = []
    server = ConnectionFaultServer(hits.append, random.Random(7))
    grpc = GrpcServer([server] if serve else [], socket_path=directory / ("faults.sock" if serve else "unused.sock"))
    async with grpc, running_envoy(directory, workload, resources, steer, [("127.0.0.1", HTTP)]) as sidecar:
        servers = sidecar.network.run(Servers)
        lab = Lab(sidecar, servers, server)
        lab.hits = hits
        try:
            yield lab
        finally:
            servers.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with laboratory(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest_asyncio.fixture(loop_scope="module")
async def lab(shared: Lab) -> AsyncIterator[Lab]:
    shared.hits.clear()
    shared.servers.seen.clear()
    shared.servers.ends.clear()
    yield shared
    shared.on()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT):
        while not true():  # noqa: ASYNC110 - what is looked at has no events
            await asyncio.sleep(0.01)


async def test_without_a_fault_all_passes(lab: Lab) -> None:
    """Large streams in both directions, a half-close on either side, a reset on either side."""
    connection = await lab.dial()
    assert await lab.talk(connection, BLOB) == BLOB
    assert await asyncio.to_thread(to_the_end, connection, b"\0last", True) == (b"\0last", "fin")
    connection = await lab.dial()
    assert await asyncio.to_thread(to_the_end, connection, b"\0bye") == (b"farewell", "fin")
    connection.close()
    await eventually(lambda: lab.servers.ends == ["fin", "fin"])
    connection = await lab.dial()
    await lab.talk(connection, b"\0hello")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    await eventually(lambda: lab.servers.ends[2:] == ["rst"])
    assert lab.hits == []


@pytest.mark.parametrize("stream", list(Stream))
async def test_latency_follows_its_distribution(lab: Lab, stream: Stream) -> None:
    """No more round trips are below a quantile than the distribution says (Kolmogorov and Smirnov, one-sided: one in
    ten thousand by chance); a busy machine makes them longer, never shorter. And it is no fixed delay, nor much longer.
    """
    lab.on(fault("late", ConnectionEffects(latency=RandomDelay(Family.UNIFORM, (20.0, 60.0))), stream=stream))
    connection = await lab.dial()

    def trips(count: int) -> list[float]:
        found = []
        for _ in range(count):
            begun = time.monotonic()
            exchange(connection, b"\0ping", 4)
            found.append((time.monotonic() - begun) * 1000)
        return found

    found = await asyncio.to_thread(trips, 120)
    assert min(found) >= 1000 * at_least(0.02, 2 if stream is Stream.BOTH else 1)
    expected = {60: 0.125, 80: 0.5, 100: 0.875} if stream is Stream.BOTH else {30: 0.25, 40: 0.5, 50: 0.75}
    for quantile, share in expected.items():
        assert mean(each <= quantile for each in found) < share + 0.2, (quantile, sorted(found))
    first, *_, last = expected
    assert min(found) < first + 15
    assert mean(each <= last + 60 for each in found) > 0.5
    assert lab.did(Did.HIT) == ["trouble/late"]
    connection.close()


async def test_latency_keeps_the_order(lab: Lab) -> None:
    lab.on(fault("late", ConnectionEffects(latency=RandomDelay(Family.EXPONENTIAL, (5.0,)))))
    connection = await lab.dial()
    assert await lab.talk(connection, BLOB) == BLOB
    assert await asyncio.to_thread(to_the_end, connection, b"\0end", True) == (b"\0end", "fin")


@pytest.mark.parametrize("stream", [Stream.UPSTREAM, Stream.DOWNSTREAM])
async def test_bandwidth(lab: Lab, stream: Stream) -> None:
    lab.on(fault("slow", ConnectionEffects(bytes_per_second=400_000), stream=stream))
    connection = await lab.dial()

    async def seconds(said: bytes) -> float:
        begun = time.monotonic()
        assert await lab.talk(connection, said, 200_000) == BLOB[:200_000]
        return time.monotonic() - begun

    downstream = min([await seconds(b"\0get 200000") for _ in range(3)])
    both = await seconds(BLOB[:200_000])
    assert both >= at_least(0.5)
    assert downstream >= at_least(0.5) if stream is Stream.DOWNSTREAM else downstream < both
    assert await asyncio.to_thread(to_the_end, connection, b"\0end", True) == (b"\0end", "fin")


async def test_slices(lab: Lab) -> None:
    lab.on(fault("sliced", ConnectionEffects(slices=Slices(10, 20)), stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    begun = time.monotonic()
    assert await lab.talk(connection, b"\0" * 95) == b"\0" * 95
    # Ten slices, nine pauses.
    assert time.monotonic() - begun >= at_least(0.02, 9)
    # Nor is anything lost of what one end says before it closes.
    assert await asyncio.to_thread(to_the_end, connection, b"\0bye") == (b"farewell", "fin")
    connection.close()
    await eventually(lambda: lab.servers.ends == ["fin"])


async def test_reset_at_once(lab: Lab) -> None:
    lab.on(fault("gone", ConnectionEffects(reset=ConnectionReset())))
    connection = await lab.dial()
    assert await asyncio.to_thread(to_the_end, connection, b"\0hello") == (b"", "rst")
    assert (lab.did(Did.HIT), lab.did(Did.RESET)) == (["trouble/gone"], ["trouble/gone"])


async def test_reset_after_bytes(lab: Lab) -> None:
    does = ConnectionEffects(reset=ConnectionReset(after_bytes=100_000))
    lab.on(fault("torn", does, stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0get 500000")
    assert (len(received) <= 100_000, end) == (True, "rst")
    assert received == BLOB[: len(received)]
    # What is said in time arrives.
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0get 99999", 99_999) == BLOB[:99_999]
    connection.close()


async def test_reset_after_a_time(lab: Lab) -> None:
    lab.on(fault("torn", ConnectionEffects(reset=ConnectionReset(after_milliseconds=1500))))
    connection = await lab.dial()
    begun = time.monotonic()
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    assert await asyncio.to_thread(to_the_end, connection) == (b"", "rst")
    assert time.monotonic() - begun >= at_least(1.5)


@pytest.mark.parametrize("stream", list(Stream))
async def test_data_limit(lab: Lab, stream: Stream) -> None:
    """Both streams together, if it is about both."""
    lab.on(fault("short", ConnectionEffects(close_after_bytes=1000), stream=stream))
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0" * 400) == b"\0" * 400
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0" * 900)
    # Upstream 600 get there, of which some may be echoed before the close; together the streams have 200 left.
    assert end == "fin"
    assert len(received) == 600 if stream is Stream.DOWNSTREAM else len(received) <= 600
    assert lab.did(Did.CLOSE) == ["trouble/short"]


async def test_blackhole_until_the_fault_ends(lab: Lab) -> None:
    """Then all that was sent arrives, in order."""
    lab.on(fault("hole", ConnectionEffects(blackhole_after=0), stream=Stream.UPSTREAM))
    connection = await lab.dial()
    connection.sendall(BLOB[:1000])
    await eventually(lambda: lab.did(Did.BLACKHOLE) == ["trouble/hole"])
    await eventually(lambda: lab.server.held >= 1000)
    connection.sendall(BLOB[1000:3000])
    await eventually(lambda: lab.server.held >= 3000)
    lab.on()
    assert await lab.talk(connection, b"", 3000) == BLOB[:3000]
    assert await asyncio.to_thread(to_the_end, connection, b"\0end", True) == (b"\0end", "fin")


async def test_blackhole_after_bytes_and_then_a_reset(lab: Lab) -> None:
    does = ConnectionEffects(blackhole_after=500, reset=ConnectionReset(after_milliseconds=1500))
    lab.on(fault("hole", does, stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    begun = time.monotonic()
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0get 2000")
    assert (received, end) == (BLOB[:500], "rst")
    assert time.monotonic() - begun >= at_least(1.5)


async def test_a_rule_ends_by_itself(lab: Lab) -> None:
    ends = time.monotonic() + 1.0
    lab.on(fault("hole", ConnectionEffects(blackhole_after=0)), seconds=1.0)
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    assert time.monotonic() >= ends - EARLY
    connection.close()


async def test_slow_close(lab: Lab) -> None:
    lab.on(fault("lingers", ConnectionEffects(close_delay_milliseconds=400), stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    begun = time.monotonic()
    connection.sendall(b"\0bye")
    assert await lab.talk(connection, b"", 8) == b"farewell"
    assert await asyncio.to_thread(to_the_end, connection) == (b"", "fin")
    assert time.monotonic() - begun >= at_least(0.4)
    connection.close()


async def test_corruption(lab: Lab) -> None:
    lab.on(fault("noise", ConnectionEffects(corrupt_parts=10_000), stream=Stream.DOWNSTREAM))
    connection = await lab.dial()
    received = await lab.talk(connection, b"\0get 100000", 100_000)
    flipped = sum((one ^ other).bit_count() for one, other in zip(received, BLOB, strict=False))
    assert len(received) == 100_000
    # One percent of 800,000 bits; each piece has at least one.
    assert flipped == pytest.approx(8000, abs=100)
    connection.close()


async def test_which_ones(lab: Lab) -> None:
    gone = ConnectionEffects(reset=ConnectionReset())

    async def ends(count: int) -> list[str]:
        found = []
        for _ in range(count):
            connection = await lab.dial()
            found.append((await asyncio.to_thread(to_the_end, connection, b"\0bye"))[1])
            connection.close()
        return found

    lab.on(fault("gone", gone, which=Which(every=3, first=2)))
    assert await ends(10) == ["fin", "fin", "rst", "fin", "fin", "rst", "fin", "fin", "fin", "fin"]
    lab.on(fault("seeded", gone, which=Which(seed=42), parts_per_million=400_000))
    drawn = ["rst" if seeded(42, "trouble/seeded", f"#{n}") < 400_000 else "fin" for n in range(1, 21)]
    assert await ends(20) == drawn
    lab.on(fault("late", ConnectionEffects(latency=fixed(1)), which=Which(at_once=1)))
    lab.hits.clear()
    one, other = await lab.dial(), await lab.dial()
    for connection in (one, other):
        assert await lab.talk(connection, b"\0hello") == b"\0hello"
    assert lab.did(Did.HIT) == ["trouble/late"]
    one.close()
    other.close()


async def test_by_caller(lab: Lab) -> None:
    does = ConnectionEffects(reset=ConnectionReset())
    lab.on(fault("gone", does, source=Selector.of({"org": "empire"})))
    connection = await lab.sidecar.open("10.0.0.3", ECHO)
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    connection.close()
    assert (await asyncio.to_thread(to_the_end, await lab.dial(), b"\0hello"))[1] == "rst"


async def test_open_connections_are_kept_or_reset(lab: Lab) -> None:
    first = fault("first", ConnectionEffects(latency=fixed(1)))
    lab.on(first)
    connection = await lab.dial()
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    hole = ConnectionEffects(blackhole_after=0)
    lab.on(first, fault("kept", hole, existing=Existing.KEEP))
    assert await lab.talk(connection, b"\0hello") == b"\0hello"
    lab.on(fault("hard", hole, existing=Existing.RESET))
    assert await asyncio.to_thread(to_the_end, connection) == (b"", "rst")
    assert lab.did(Did.RESET) == ["trouble/hard"]


async def test_several_at_once(lab: Lab) -> None:
    """Delays add up, and of the ends the earliest counts."""
    lab.on(
        fault("a", ConnectionEffects(latency=fixed(100)), stream=Stream.UPSTREAM),
        fault("b", ConnectionEffects(latency=fixed(150), close_after_bytes=50), stream=Stream.UPSTREAM),
        fault("c", ConnectionEffects(reset=ConnectionReset(after_bytes=10)), stream=Stream.DOWNSTREAM),
    )
    connection = await lab.dial()
    begun = time.monotonic()
    received, end = await asyncio.to_thread(to_the_end, connection, b"\0" * 20)
    assert time.monotonic() - begun >= at_least(0.25)
    assert (received, end) == (b"\0" * 10, "rst")
    assert lab.did(Did.HIT) == ["trouble/a", "trouble/b", "trouble/c"]


async def test_what_is_held_is_bounded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_proc, "MAX_HELD_BYTES", 300_000)
    lab.on(fault("hole", ConnectionEffects(blackhole_after=0)))
    connection = await lab.dial()

    def flood() -> str:
        try:
            for _ in range(1000):
                connection.sendall(BLOB)
        except ConnectionError:
            return "rst"
        return "taken"

    assert await asyncio.to_thread(flood) == "rst"
    assert lab.did(Did.OVERFLOW) == ["trouble/hole"]
    await eventually(lambda: lab.server.held == 0)


async def test_the_log_says_which_fault(lab: Lab) -> None:
    lab.on(fault("late", ConnectionEffects(latency=fixed(1))))
    with lab.sidecar.flows() as flows:
        connection = await lab.dial()
        assert await asyncio.to_thread(to_the_end, connection, b"\0bye") == (b"farewell", "fin")
        connection.close()
        async with asyncio.timeout(TIMEOUT):
            while (await next_flow(flows)).effects != ("trouble/late:connection",):
                continue


def run(arguments: list[str], sent: str = "") -> subprocess.CompletedProcess[str]:
    # What was corrupted may be shown as it is.
    return subprocess.run(
        arguments, input=sent, capture_output=True, text=True, errors="replace", timeout=60, check=False
    )


@pytest.fixture(scope="module")
def databases(shared: Lab) -> Iterator[None]:
    """PostgreSQL and Redis in the network, as Debian has them."""
    data = Path(tempfile.mkdtemp())
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    network = shared.sidecar.network
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


ROWS = 5000
_CLIENTS = {
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


@pytest.mark.parametrize("client", list(_CLIENTS))
@pytest.mark.parametrize(
    "does",
    [
        ConnectionEffects(latency=RandomDelay(Family.NORMAL, (2.0, 1.0))),
        ConnectionEffects(bytes_per_second=200_000),
        ConnectionEffects(slices=Slices(500, 1)),
        ConnectionEffects(close_delay_milliseconds=200),
        ConnectionEffects(reset=ConnectionReset(after_milliseconds=3_000_000), close_after_bytes=10_000_000),
    ],
    ids=str,
)
async def test_databases_answer_right_however_slow(
    lab: Lab, databases: None, client: str, does: ConnectionEffects
) -> None:
    arguments, sent, expected = _CLIENTS[client]
    lab.on(fault("slow", does))
    said = await lab.sidecar.network.run_async(lambda: run(arguments, sent))
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
async def test_databases_whose_connections_break(
    lab: Lab, databases: None, client: str, does: ConnectionEffects
) -> None:
    arguments, sent, expected = _CLIENTS[client]
    # Of Redis' client only the first connection: it would connect anew.
    lab.on(fault("broken", does, stream=Stream.DOWNSTREAM))
    said = await lab.sidecar.network.run_async(lambda: run(arguments, sent))
    assert said.stdout != expected
    assert "trouble/broken" in lab.did(Did.HIT)


async def test_a_query_goes_on_when_the_blackhole_ends(lab: Lab, databases: None) -> None:
    arguments, sent, expected = _CLIENTS["postgresql"]
    lab.on(fault("hole", ConnectionEffects(blackhole_after=2000), stream=Stream.DOWNSTREAM))
    asking = asyncio.create_task(lab.sidecar.network.run_async(lambda: run(arguments, sent)))
    await eventually(lambda: "trouble/hole" in lab.did(Did.BLACKHOLE))
    lab.on()
    said = await asking
    assert (said.returncode, said.stdout) == (0, expected), said.stderr


async def test_http(lab: Lab) -> None:
    """Also when Envoy itself closes behind its answer."""
    lab.on(fault("late", ConnectionEffects(latency=fixed(60), slices=Slices(40, 1))))
    begun = time.monotonic()
    (one, other) = await lab.sidecar.send_all(TIE, HTTP, [request_bytes("GET", "/", "deathstar")] * 2)
    assert time.monotonic() - begun >= at_least(0.06, 4)
    assert (one.status, one.body, other.status) == (200, b"Ship landed\n", 200)
    closing = await lab.sidecar.send(TIE, HTTP, request_bytes("GET", "/", "deathstar", [("connection", "close")]))
    assert (closing.status, closing.body) == (200, b"Ship landed\n")
    broken = await lab.dial(HTTP)
    broken.sendall(b"nonsense / HTTP/1.1\r\n\r\n")
    assert (await lab.talk(broken, b"", 24)).startswith(b"HTTP/1.1 400 Bad Request")
    broken.close()


@contextmanager
def fault_server(directory: Path, *faults: ConnectionFault) -> Iterator[subprocess.Popen[bytes]]:
    """The real process, at the socket that the sidecar dials."""
    command = "import asyncio, sys; from pathlib import Path; from riftgate.control.fault_process import serve_faults\n"
    command += "class Here: faults_socket = Path(sys.argv[1])\nasyncio.run(serve_faults(Here))"
    process = subprocess.Popen(
        [sys.executable, "-c", command, str(directory / "faults.sock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdin is not None
        rules = HostFaults(tuple((connection_rule(WORLD, each), time.monotonic() + 600) for each in faults)).to_json()
        process.stdin.write(json.dumps({"version": 1, "rules": rules}).encode() + b"\n")
        process.stdin.flush()
        assert next_word(process) == {"version": 1}
        yield process
    finally:
        process.kill()
        process.wait()


def next_word(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What it says, but for signs of life, which come at any time."""
    assert process.stdout is not None
    while True:
        word: dict[str, Any] = json.loads(process.stdout.readline())
        if "alive" not in word:
            return word


async def test_no_stream_has_a_hole_when_the_fault_server_is_killed(tmp_path: Path) -> None:
    """What it holds is lost, and the connection ends; others go on. A new server takes new connections."""
    slow = fault("slow", ConnectionEffects(latency=fixed(300)), stream=Stream.UPSTREAM)
    async with laboratory(tmp_path, serve=False) as lab:
        with fault_server(tmp_path, slow) as process:
            usual, held = await lab.dial(USUAL), await lab.dial()
            assert await lab.talk(usual, b"\0hello") == b"\0hello"
            assert await lab.talk(held, b"\0hello") == b"\0hello"
            assert next_word(process)["hit"]["fault"] == "trouble/slow"
            held.sendall(b"\0lost")
            process.send_signal(signal.SIGKILL)
            process.wait()
        # It may have been told that nobody is there before it said this.
        received, _ = await asyncio.to_thread(to_the_end, held)
        assert received in {b"", b"\0lost"}
        held.close()
        assert await lab.talk(usual, b"\0again") == b"\0again"
        usual.close()
        with fault_server(tmp_path, slow):
            async with asyncio.timeout(TIMEOUT):
                while True:
                    connection = await lab.dial()
                    answer = await asyncio.to_thread(to_the_end, connection, b"\0bye")
                    connection.close()
                    if answer == (b"farewell", "fin"):
                        break
