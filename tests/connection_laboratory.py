# SPDX-License-Identifier: Apache-2.0
"""A sidecar as a real Envoy, whose connections lead into the listener for faulted ones, and a fault server."""

import asyncio
import hashlib
import itertools
import random
import socket
import socketserver
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from l7filters.connection_effects import ConnectionEffects
from l7filters.connection_faults import ConnectionFault, connection_rule
from l7filters.faults import Family, FaultTarget, RandomDelay
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import Resources, translate_workload
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Sidecar, running_envoy
from tests.envoy_steering import inbound_of
from tests.private_network import TIMEOUT
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_meeting import ConnectionFaultServer
from xds_server.server import GrpcServer

HTTP, ECHO, USUAL, GREETS, POSTGRES, REDIS = 80, 7000, 7001, 7002, 5432, 6379
DEATHSTAR = Workload(
    "default",
    "deathstar",
    {"class": "deathstar"},
    ("10.0.0.1",),
    tuple(map(WorkloadPort, (HTTP, ECHO, USUAL, GREETS, POSTGRES, REDIS))),
)
TIE = "10.0.0.2"
WORLD = World(workloads=(DEATHSTAR, Workload("default", "tiefighter", {"org": "empire"}, (TIE,))))
BLOB = b"\0" + random.Random(1).randbytes(999_999)
"""Begins with what HTTP cannot: Envoy waits a second to see whether it is."""
GREETING = random.Random(2).randbytes(20_000)

_activations = itertools.count()
_ESTABLISHED = "01"
_ON_ITS_WAY = 100
"""Bytes: where a fault lets through some at a time, there is always one that the other end has not said it has got."""


def fault(name: str, does: ConnectionEffects, **more: Any) -> ConnectionFault:
    """Each is on for the first time."""
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    location = SourceLocation("scenario.yaml", 1)
    return ConnectionFault("trouble", name, location, target, does, activation=next(_activations), **more)


def fixed(milliseconds: float) -> RandomDelay:
    return RandomDelay(Family.FIXED, (milliseconds,))


class Servers:
    """TCP servers in the network: they send back what they get and, told so, end first. The one on GREETS speaks as
    soon as somebody is there."""

    def __init__(self) -> None:
        outer = self
        self.seen: list[bytes] = []
        """What each finished connection had sent."""
        self.ends: list[str] = []

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                got = hashlib.sha256()
                try:
                    if self.request.getsockname()[1] == GREETS:
                        self.request.sendall(GREETING)
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

        self._servers = [Server(("127.0.0.1", port), Handler) for port in (ECHO, USUAL, GREETS)]
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

    async def dial(self, port: int = ECHO, source: str = TIE) -> socket.socket:
        return await self.sidecar.open(source, port)

    async def talk(self, connection: socket.socket, sent: bytes, count: int | None = None) -> bytes:
        """What comes back, until there are so many bytes."""
        return await asyncio.to_thread(exchange, connection, sent, len(sent) if count is None else count)

    def did(self, what: Did) -> list[str]:
        return [each.fault for each in self.hits if each.did is what]

    async def does(self, what: Did, *faults: str) -> None:
        """Once the sidecar has told it."""
        await eventually(lambda: self.did(what) == list(faults))

    async def takes_all(self, *callers: socket.socket) -> None:
        """Until all that was sent is taken from the kernel, by the sidecar too; these alone may leave something."""
        own = {each.getsockname() for each in callers}
        async with asyncio.timeout(TIMEOUT):
            while set(await self.sidecar.network.run_async(_with_data)) - own:  # noqa: ASYNC110 - it has no events
                await asyncio.sleep(0.01)


def exchange(connection: socket.socket, sent: bytes, count: int) -> bytes:
    if sent:
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


def _with_data() -> list[tuple[str, int]]:
    """The TCP sockets (IPv4) of this network with a lot that nobody has read, and those whose peers have not."""
    found = []
    for line in Path("/proc/thread-self/net/tcp").read_text().splitlines()[1:]:
        local, _, state, queues = line.split()[1:5]
        if state == _ESTABLISHED and sum(int(each, 16) for each in queues.split(":")) > _ON_ITS_WAY:
            address, port = local.split(":")
            found.append((socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)))
    return found


@asynccontextmanager
async def laboratory(directory: Path, serve: bool = True) -> AsyncIterator[Lab]:
    workload = DEATHSTAR
    resources = translate_workload(WORLD, workload, (), ())
    faulted = inbound_of(workload, (HTTP, ECHO, GREETS, POSTGRES, REDIS), "inbound-faulted")
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


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT):
        while not true():  # noqa: ASYNC110 - what is looked at has no events
            await asyncio.sleep(0.01)
