# SPDX-License-Identifier: Apache-2.0
"""gRPC's own xDS client resolves `xds:///who` through this server and follows what is published."""

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

import grpc
import grpc.aio
import pytest

from envoy_api import pack
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import Address, AggregatedConfigSource, ApiVersion, ConfigSource, Locality, SocketAddress
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints
from envoy_api.config.listener.v3 import ApiListener, Listener
from envoy_api.config.route.v3 import Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost
from envoy_api.extensions.filters.http.router.v3 import Router
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager, HttpFilter, Rds
from xds_server.ads import AggregatedDiscovery
from xds_server.cache import SnapshotCache
from xds_server.resource import Reference
from xds_server.server import GrpcServer
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.type_urls import ENDPOINT

CLIENT = Path(__file__).with_name("grpc_xds_client.py")
NODE = "grpc/client-1"
PATIENCE = 60
ADS = ConfigSource(ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3)


def listener():
    """What a client is, in gRPC's eyes: a listener without an address."""
    manager = HttpConnectionManager(
        rds=Rds(route_config_name="who-routes", config_source=ADS),
        http_filters=[HttpFilter(name="router", typed_config=pack(Router()))],
    )
    return Listener(name="who", api_listener=ApiListener(api_listener=pack(manager)))


def route(cluster="who"):
    action = Route(match=RouteMatch(prefix=""), route=RouteAction(cluster=cluster))
    return RouteConfiguration(
        name="who-routes", virtual_hosts=[VirtualHost(name="all", domains=["who"], routes=[action])]
    )


def cluster(name="who"):
    return Cluster(
        name=name,
        type=Cluster.DiscoveryType.EDS,
        eds_cluster_config=Cluster.EdsClusterConfig(eds_config=ADS, service_name=f"{name}-endpoints"),
    )


def endpoints(port, name="who"):
    address = Address(socket_address=SocketAddress(address="127.0.0.1", port_value=port))
    locality = LocalityLbEndpoints(
        locality=Locality(region="here"), lb_endpoints=[LbEndpoint(endpoint=Endpoint(address=address))]
    )
    locality.load_balancing_weight.value = 1
    return ClusterLoadAssignment(cluster_name=f"{name}-endpoints", endpoints=[locality])


@contextlib.asynccontextmanager
async def service(name):
    """A server that says its name. Gives its port."""

    async def answer(_request, _context):
        return name.encode()

    server = grpc.aio.server()
    methods = {"Are": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Who", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


class Client:
    def __init__(self, process):
        self._process = process

    async def calls(self):
        """The answer to one call."""
        self._process.stdin.write(b"\n")
        async with asyncio.timeout(PATIENCE):
            return (await self._process.stdout.readline()).decode().strip()

    async def hears(self, name):
        """Calls until the one of this name answers: an accepted change takes effect a little after its ACK."""
        async with asyncio.timeout(PATIENCE):
            while (answer := await self.calls()) != name:
                assert answer in ("a", "b"), answer


class Mesh:
    """The control server for the client, and what it knows of it."""

    def __init__(self):
        self.cache = SnapshotCache()
        self.status = StatusRegistry(self.cache)
        self.port = 0

    @contextlib.asynccontextmanager
    async def control_server(self):
        """Always at the port of the first one."""
        ads = AggregatedDiscovery(self.cache, self.status)
        async with GrpcServer([ads], address=f"127.0.0.1:{self.port}") as server:
            self.port = server.port
            yield

    def publish(self, *messages, ttls=None):
        self.cache.set(NODE, build_snapshot(messages, ttls=ttls))

    async def answer(self):
        return await self.status.wait_acked([NODE], PATIENCE)

    async def accepted(self):
        acknowledgement = await self.answer()
        assert acknowledgement.complete, acknowledgement

    @contextlib.asynccontextmanager
    async def client(self, directory):
        bootstrap = {
            "xds_servers": [
                {
                    "server_uri": f"127.0.0.1:{self.port}",
                    "channel_creds": [{"type": "insecure"}],
                    "server_features": ["xds_v3"],
                }
            ],
            "node": {"id": NODE, "cluster": "grpc", "metadata": {"namespace": "default"}},
        }
        path = directory / "bootstrap.json"
        path.write_text(json.dumps(bootstrap))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(CLIENT), "xds:///who"),
            env={**os.environ, "GRPC_XDS_BOOTSTRAP": str(path)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield Client(process)
        finally:
            process.kill()
            await process.wait()


@pytest.fixture
async def services():
    """The ports of services `a` and `b`."""
    async with service("a") as a, service("b") as b:
        yield a, b


async def test_an_endpoint_change_moves_the_traffic(tmp_path, services):
    mesh, (a, b) = Mesh(), services
    async with mesh.control_server(), mesh.client(tmp_path) as client:
        mesh.publish(listener(), route(), cluster(), endpoints(a))
        assert await client.calls() == "a"
        await mesh.accepted()
        (stream,) = mesh.status.node(NODE).streams
        assert (stream.node.cluster, stream.node.metadata) == ("grpc", {"namespace": "default"})
        # In the state of the world gRPC reads what has a time to live from its wrapper only.
        ttls = {Reference(ENDPOINT, "who-endpoints"): 600.0}
        mesh.publish(listener(), route(), cluster(), endpoints(b), ttls=ttls)
        await mesh.accepted()
        await client.hears("b")


async def test_a_new_cluster_is_made_before_the_old_one_is_broken(tmp_path, services):
    mesh, (a, b) = Mesh(), services
    async with mesh.control_server(), mesh.client(tmp_path) as client:
        mesh.publish(listener(), route(), cluster(), endpoints(a))
        assert await client.calls() == "a"
        mesh.publish(listener(), route("other"), cluster("other"), endpoints(b, "other"))
        await client.hears("b")
        await mesh.accepted()


async def test_what_it_refuses_leaves_it_what_it_has(tmp_path, services):
    mesh, (a, b) = Mesh(), services
    async with mesh.control_server(), mesh.client(tmp_path) as client:
        mesh.publish(listener(), route(), cluster(), endpoints(a))
        assert await client.calls() == "a"
        await mesh.accepted()
        bad = endpoints(b)
        bad.endpoints.add().CopyFrom(bad.endpoints[0])  # one address twice
        mesh.publish(listener(), route(), cluster(), bad)
        (refusal,) = (await mesh.answer()).refused
        assert refusal.names == ("who-endpoints",)
        assert "duplicate endpoint address" in refusal.message
        assert await client.calls() == "a"
        mesh.publish(listener(), route(), cluster(), endpoints(b))
        await client.hears("b")
        await mesh.accepted()


async def test_it_goes_on_without_the_server_and_follows_the_next_one(tmp_path, services):
    mesh, (a, b) = Mesh(), services
    async with contextlib.AsyncExitStack() as stack:
        async with mesh.control_server():
            client = await stack.enter_async_context(mesh.client(tmp_path))
            mesh.publish(listener(), route(), cluster(), endpoints(a))
            assert await client.calls() == "a"
        assert await client.calls() == "a"
        async with mesh.control_server():
            mesh.publish(listener(), route(), cluster(), endpoints(b))
            await client.hears("b")
            await mesh.accepted()
