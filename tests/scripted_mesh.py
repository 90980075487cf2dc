# SPDX-License-Identifier: Apache-2.0
"""A control plane whose sidecars and agent are scripts: they confirm, refuse or keep silent as they are told."""

import asyncio
import typing
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from google.protobuf.any_pb2 import Any
from google.protobuf.json_format import MessageToDict

from envoy_api import unpack
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.service.runtime.v3 import Runtime
from l7filters.l4_tables import L4Tables
from l7filters.translate import RUNTIME_LAYER
from l7filters.translate.fault_leases import UNTIL_KEY_PREFIX
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World
from riftgate.control.documents import DocumentFile
from riftgate.control.feed import Feed
from riftgate.control.host_faults import HostFaults
from riftgate.control.plane import ControlPlane
from xds_server.cache import SnapshotCache
from xds_server.messages import Node
from xds_server.progress import Progress
from xds_server.resource import Resource
from xds_server.snapshot import Snapshot
from xds_server.status import StatusRegistry
from xds_server.subscription import Nack
from xds_server.type_urls import CLUSTER, ENDPOINT, LISTENER, ROUTE, RUNTIME

Event: TypeAlias = tuple[object, ...]
"""What somebody did, in its order: (who, ...)."""

FIRST_VERSION = 1000
DEATHSTAR = Workload(
    "default", "deathstar", {"class": "deathstar", "org": "empire"}, ("10.0.0.1", "fd00::1"), (WorkloadPort(80),)
)
TIE = Workload("default", "tie", {"org": "empire"}, ("10.0.0.2", "fd00::2"))
XWING = Workload("default", "xwing", {"org": "alliance"}, ("10.0.0.3", "fd00::3"))
WORLD = World(
    (DEATHSTAR, TIE, XWING),
    (Service("default", "deathstar", ("10.96.0.1",), (ServicePort(80, 80),), {"class": "deathstar"}),),
)


def cnp(name: str = "rule1", path: str | None = None, port: int = 80, org: str = "empire") -> str:
    """A policy for the death star; with a path, of L7."""
    rules = "" if path is None else f', rules: {{http: [{{method: POST, path: "{path}"}}]}}'
    return f"""\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: {name}}}
spec:
  endpointSelector: {{matchLabels: {{class: deathstar}}}}
  ingress:
  - fromEndpoints: [{{matchLabels: {{org: {org}}}}}]
    toPorts: [{{ports: [{{port: "{port}", protocol: TCP}}]{rules}}}]
"""


def chaos(name: str = "late", *delays: str) -> str:
    """A policy of the chaos dialect with a fault for each delay."""
    rules = ", ".join(f"{{delay-request: {delay}}}" for delay in delays or ("1s",))
    return f"""\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: {name}}}
spec:
  endpointSelector: {{matchLabels: {{class: deathstar}}}}
  ingress:
  - toPorts:
    - ports: [{{port: "80", protocol: TCP}}]
      rules: {{l7proto: chaos, l7: [{rules}]}}
"""


class Sidecars:
    """The Envoys of all workloads. What they do is added to ``trace``."""

    def __init__(self, cache: SnapshotCache, status: StatusRegistry, trace: list[Event]) -> None:
        self._cache = cache
        self._status = status
        self._trace = trace
        self._has: dict[str, Snapshot | None] = {}
        self._on: dict[str, frozenset[str]] = {}
        self.refusing: dict[str, str] = {}
        """Node to the words in which it refuses whatever new routes it gets."""
        self.silent: set[str] = set()
        """They have not even been sent what is published."""
        self.slow: set[str] = set()
        """They take what they are sent, and say so later."""

    def connect(self, *nodes: str) -> None:
        for node in nodes:
            self._status.connected(f"stream of {node}", "delta", Node(node))
            self._cache.watch(node, lambda node=node: self._wake(node))  # type: ignore[misc]
            self._wake(node)

    def disconnect(self, node: str) -> None:
        self._status.disconnected(f"stream of {node}", node)

    def speak_up(self) -> None:
        """Those that were silent or slow answer."""
        late, self.silent, self.slow = self.silent | self.slow, set(), set()
        for node in late:
            self._wake(node)

    def faults_on(self, node: str) -> frozenset[str]:
        """Runtime keys that are on in the layer that the node has."""
        return self._on.get(node, frozenset())

    def _wake(self, node: str) -> None:
        asyncio.get_running_loop().call_soon(self._answer, node)

    def _answer(self, node: str) -> None:
        view = self._cache.view(node)
        if node in self.silent or not self._status.node(node).connected:
            return
        if view.snapshot is not None and self._has.get(node) != view.snapshot:
            self._trace.append(("sidecar", node, routes_of(view.snapshot)))
            if node not in self.refusing:
                self._has[node] = view.snapshot
        layer = view.layers.get(RUNTIME_LAYER)
        on = keys_of(layer) if layer is not None else frozenset()
        if on != self._on.get(node, frozenset()):
            self._trace.append(("runtime", node, on))
            self._on[node] = on
        for type_url in (CLUSTER, ENDPOINT, LISTENER, ROUTE, RUNTIME):
            self._report(node, type_url)

    def _report(self, node: str, type_url: str) -> None:
        view = self._cache.view(node)
        resources = view.resources(type_url)
        if resources is None:
            return
        stream, version = f"stream of {node}", resources.version
        if type_url == ROUTE and node in self.refusing and self._has.get(node) != view.snapshot:
            nack = Nack(self.refusing[node], ("inbound/80",))
            self._status.reported(stream, node, type_url, Progress(True, version, None, version, nack))
        elif node in self.slow:
            self._status.reported(stream, node, type_url, Progress(True, version))
        else:
            self._status.reported(stream, node, type_url, Progress(True, version, version))


class Agent:
    """Follows one feed as the agent does."""

    def __init__(
        self,
        feed: Feed[L4Tables] | Feed[HostFaults],
        trace: list[Event],
        confirm: Callable[[int, str | None], Awaitable[None]] | None = None,
    ) -> None:
        self._feed = feed
        self._confirm = confirm or feed.confirm
        self._trace = trace
        self.refusal: str | None = None
        self.silent = False
        self.told: list[L4Tables | HostFaults] = []
        """Each version, in order."""

    async def run(self) -> None:
        version = 0
        while True:
            newest = await self._feed.after(version)
            version = newest.version
            self.told.append(newest.content)
            self._trace.append(("tables", version))
            if not self.silent:
                await self._confirm(version, self.refusal)


class ScriptedMesh:
    """A plane with everything around it."""

    def __init__(self, file: Path) -> None:
        self.trace: list[Event] = []
        self.cache = SnapshotCache()
        self.status = StatusRegistry(self.cache)
        self.feed = Feed[L4Tables](FIRST_VERSION)
        self.host_feed = Feed[HostFaults](FIRST_VERSION)
        self.file = DocumentFile(file)
        self.connection_feed = Feed[HostFaults](FIRST_VERSION)
        feeds = (self.feed, self.host_feed, self.connection_feed)
        self.plane = ControlPlane(self.cache, self.status, *feeds, self.file, FIRST_VERSION)
        self.sidecars = Sidecars(self.cache, self.status, self.trace)
        self.agent = Agent(self.feed, self.trace)
        self.host_agent = Agent(self.host_feed, [])
        self.fault_server = Agent(self.connection_feed, [], self.plane.switches.fault_server_confirms)

    def snapshot(self, node: str = "default/deathstar") -> Snapshot | None:
        return self.cache.view(node).snapshot

    def state(self) -> Event:
        """What a refused change must leave as it is."""
        nodes = sorted(self.cache.node_ids)
        tables = self.feed.newest.content if self.feed.newest else None
        return self.plane.intent, tables, {node: self.snapshot(node) for node in nodes}, self.file.load()

    async def settle(self) -> None:
        """Everybody has done what there is to do now."""
        for _ in range(20):
            await asyncio.sleep(0)


@asynccontextmanager
async def scripted_mesh(folder: Path, *, connected: bool = True) -> AsyncIterator[ScriptedMesh]:
    """With a world, an agent, all sidecars, and leases that run out."""
    mesh = ScriptedMesh(folder / "documents.json")
    followers = (mesh.agent, mesh.host_agent, mesh.fault_server)
    running = (*(each.run() for each in followers), mesh.plane.switches.expire_leases())
    tasks = [asyncio.create_task(each) for each in running]
    try:
        if connected:
            await mesh.plane.set_world(WORLD)
            mesh.sidecars.connect(*(workload.key for workload in WORLD.workloads))
            await mesh.plane.wait_configured(workload.key for workload in WORLD.workloads)
            mesh.trace.clear()
        yield mesh
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def routes_of(snapshot: Snapshot) -> frozenset[str]:
    """The runtime keys of the fault routes that are installed."""
    tables = (unpack(Any.FromString(each.body), RouteConfiguration) for each in snapshot.resources(ROUTE).values())
    routes = (route for table in tables for host in table.virtual_hosts for route in host.routes)
    return frozenset(key for route in routes if (key := route.match.runtime_fraction.runtime_key))


def keys_of(layer: Resource) -> frozenset[str]:
    """The fields of a runtime layer by which routes are taken."""
    return frozenset(key for key in _fields(layer) if not key.startswith(UNTIL_KEY_PREFIX))


def until_of(layer: Resource) -> dict[str, int]:
    """By faults' ids, when they end."""
    found = {key: value for key, value in _fields(layer).items() if key.startswith(UNTIL_KEY_PREFIX)}
    return {key.removeprefix(UNTIL_KEY_PREFIX): int(value) for key, value in found.items()}


def _fields(layer: Resource) -> dict[str, typing.Any]:
    return MessageToDict(unpack(Any.FromString(layer.body), Runtime).layer)
