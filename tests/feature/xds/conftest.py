# SPDX-License-Identifier: Apache-2.0
"""The real gRPC server on a Unix socket, and a scripted client for both of its methods.

Silence is proved by a barrier: the client subscribes to one more runtime layer, which is always answered at once, and
the server answers in order. What should not come would have come before that answer.
"""

import asyncio
import contextlib
import itertools
from datetime import timedelta

import grpc.aio
import pytest

from envoy_api import message_class, pack, unpack
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import (
    AggregatedConfigSource,
    ApiVersion,
    ConfigSource,
    TypedExtensionConfig,
)
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.config.listener.v3 import Filter, FilterChain, Listener
from envoy_api.config.route.v3 import Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager, Rds
from envoy_api.extensions.transport_sockets.tls.v3 import Secret
from envoy_api.service.discovery.v3 import (
    DeltaDiscoveryRequest,
    DeltaDiscoveryResponse,
    DiscoveryRequest,
    DiscoveryResponse,
    Resource,
)
from xds_server import type_urls
from xds_server.ads import SERVICE, AggregatedDiscovery
from xds_server.cache import SnapshotCache
from xds_server.limits import Limits
from xds_server.server import GrpcServer
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry

# Seconds after which something that must come is given up.
PATIENCE = 20

ADS = ConfigSource(ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3)
TYPES = {type_urls.short_name(each): each for each in vars(type_urls).values() if isinstance(each, str)}


def url_of(kind):
    return TYPES.get(kind, f"type.googleapis.com/{kind}")


class Server:
    """What runs in the server's process, and how to open streams to it."""

    def __init__(self, cache, status, ads, channel):
        self.cache = cache
        self.status = status
        self.ads = ads
        self.channel = channel
        self.clients = []

    def publish(self, *messages, node="n"):
        self.cache.set(node, build_snapshot(messages))

    def version(self, kind, node="n"):
        return self.cache.view(node).snapshot.version(url_of(kind))

    def delta(self, node="n"):
        return self._opened(DeltaClient(self.channel, node))

    def sotw(self, node="n"):
        return self._opened(SotwClient(self.channel, node))

    def _opened(self, client):
        self.clients.append(client)
        return client


class Client:
    """One stream. `gets` takes one response and compares it; `silent` proves that there is none."""

    method = ""
    request = None
    response = None

    def __init__(self, channel, node):
        call = channel.stream_stream(
            f"/{SERVICE}/{self.method}",
            request_serializer=self.request.SerializeToString,
            response_deserializer=self.response.FromString,
        )
        self.call = call()
        self.node = node
        self.nonces = {}
        self.last = None
        self._barriers = itertools.count(1)
        self._layers = []

    async def send(self, request):
        if self.node is not None:
            request.node.id = self.node
            self.node = None
        await self.call.write(request)

    async def receive(self):
        """The next response, whatever it is."""
        async with asyncio.timeout(PATIENCE):
            response = await self.call.read()
        assert response is not grpc.aio.EOF, await self.call.details()
        self.last = response
        self.nonces[type_urls.short_name(response.type_url)] = response.nonce
        return response

    async def gets(self, kind, *names, removed=()):
        """The next response is of this type and has exactly these resources; gives it."""
        response = await self.receive()
        assert response.type_url == url_of(kind), f"expected {kind}, got {response}"
        assert sorted(self.names_in(response)) == sorted(names), response
        assert sorted(getattr(response, "removed_resources", ())) == sorted(removed), response
        return response

    async def silent(self):
        """Nothing has come since the last response that was read."""
        name = f"barrier-{next(self._barriers)}"
        self._layers.append(name)
        await self._ask_for_layer(name)
        response = await self.receive()
        assert response.type_url == type_urls.RUNTIME, f"expected silence, got {response}"
        assert name in self.names_in(response)
        await self._accept_layers(response)

    async def status(self):
        """How the server ended the stream."""
        async with asyncio.timeout(PATIENCE):
            return await self.call.code()

    async def close(self):
        """Half-close, and wait for the server's end."""
        await self.call.done_writing()
        async with asyncio.timeout(PATIENCE):
            while await self.call.read() is not grpc.aio.EOF:
                pass


class DeltaClient(Client):
    method = "DeltaAggregatedResources"
    request = DeltaDiscoveryRequest
    response = DeltaDiscoveryResponse

    async def ask(self, kind, *subscribe, drop=(), nonce="", error=None, have=None):
        request = DeltaDiscoveryRequest(
            type_url=url_of(kind) if kind else "",
            resource_names_subscribe=subscribe,
            resource_names_unsubscribe=drop,
            initial_resource_versions=have or {},
            response_nonce=nonce,
        )
        if error is not None:
            request.error_detail.message = error
        await self.send(request)

    async def ack(self, kind, *subscribe, drop=(), error=None):
        await self.ask(kind, *subscribe, drop=drop, nonce=self.nonces[kind], error=error)

    async def nack(self, kind, error="no"):
        await self.ack(kind, error=error)

    @staticmethod
    def names_in(response):
        return [resource.name for resource in response.resources]

    async def _ask_for_layer(self, name):
        await self.ask("runtime", name)

    async def _accept_layers(self, response):
        await self.ask("runtime", nonce=response.nonce)


class SotwClient(Client):
    method = "StreamAggregatedResources"
    request = DiscoveryRequest
    response = DiscoveryResponse

    def __init__(self, channel, node):
        super().__init__(channel, node)
        self.wanted = {}

    async def ask(self, kind, *names, nonce="", version="", error=None):
        self.wanted[kind] = names
        request = DiscoveryRequest(
            type_url=url_of(kind) if kind else "",
            resource_names=names,
            response_nonce=nonce,
            version_info=version,
        )
        if error is not None:
            request.error_detail.message = error
        await self.send(request)

    async def ack(self, kind, *names, error=None):
        """Accept the last response; without names, go on wanting what was wanted."""
        await self.ask(kind, *(names or self.wanted[kind]), nonce=self.nonces[kind], error=error)

    async def nack(self, kind, error="no"):
        await self.ack(kind, error=error)

    @staticmethod
    def names_in(response):
        return [name_of(each) for each in response.resources]

    async def _ask_for_layer(self, name):
        names = dict.fromkeys((*self.wanted.get("runtime", ()), *self._layers))
        await self.ask("runtime", *names, nonce=self.nonces.get("runtime", ""))

    async def _accept_layers(self, response):
        await self.ask("runtime", *self.wanted["runtime"], nonce=response.nonce)


def name_of(packed):
    """The name of a resource in an Any, wrapped or not."""
    if packed.type_url == type_urls.DISCOVERY_RESOURCE:
        return unpack(packed, Resource).name
    message = message_class(packed.type_url).FromString(packed.value)
    return getattr(message, "cluster_name", "") or message.name


class Make:
    """Resources; `content` is what makes two of one name differ."""

    @staticmethod
    def cluster(name, content="1", *, eds=False):
        made = Cluster(name=name, alt_stat_name=f"{name}-{content}", connect_timeout=timedelta(seconds=1))
        if eds:
            made.type = Cluster.DiscoveryType.EDS
            made.eds_cluster_config.eds_config.CopyFrom(ADS)
        return made

    @staticmethod
    def endpoint(name, content="1"):
        made = ClusterLoadAssignment(cluster_name=name)
        made.policy.overprovisioning_factor.value = 100 + int(content)
        return made

    @staticmethod
    def listener(name, content="1", *, route=None):
        made = Listener(name=name, stat_prefix=f"{name}-{content}")
        if route is not None:
            manager = HttpConnectionManager(stat_prefix=name, rds=Rds(route_config_name=route, config_source=ADS))
            made.filter_chains.append(
                FilterChain(
                    filters=[Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))]
                )
            )
        return made

    @staticmethod
    def route(name, content="1", *, cluster=None):
        made = RouteConfiguration(name=name, request_headers_to_remove=[f"x-{content}"])
        if cluster is not None:
            action = RouteAction(cluster=cluster)
            plain = Route(match=RouteMatch(prefix="/"), route=action)
            made.virtual_hosts.append(VirtualHost(name="all", domains=["*"], routes=[plain]))
        return made

    @staticmethod
    def secret(name):
        return Secret(name=name)

    @staticmethod
    def extension_config(name):
        return TypedExtensionConfig(name=name)


@pytest.fixture
def make():
    return Make


@pytest.fixture
def limits():
    return Limits()


@pytest.fixture
async def server(tmp_path, limits):
    cache = SnapshotCache()
    status = StatusRegistry(cache)
    ads = AggregatedDiscovery(cache, status, limits=limits)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(GrpcServer([ads], socket_path=tmp_path / "xds.sock"))
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"unix:{tmp_path / 'xds.sock'}"))
        running = Server(cache, status, ads, channel)
        yield running
        for client in running.clients:
            client.call.cancel()


@pytest.fixture
def delta(server):
    """A Delta stream of node `n`."""
    return server.delta()


@pytest.fixture
def sotw(server):
    """A state-of-the-world stream of node `n`."""
    return server.sotw()


@pytest.fixture(params=["delta", "sotw"])
def opened(request, server):
    """Opens streams of either variant."""
    return getattr(server, request.param)


@pytest.fixture
def client(opened):
    """A stream of node `n`, of either variant."""
    return opened()
