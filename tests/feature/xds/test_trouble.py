# SPDX-License-Identifier: Apache-2.0
"""Clients that break the protocol, ask for too much, do not read, or all come at once; and a server that stops."""

import asyncio
import contextlib
import itertools
import logging
import math

import grpc
import grpc.aio
import pytest

from envoy_api import serialize
from envoy_api.service.discovery.v3 import DeltaDiscoveryRequest, DiscoveryRequest
from xds_server import type_urls
from xds_server.ads import SERVICE, AggregatedDiscovery
from xds_server.limits import MAX_MESSAGE_BYTES, MAX_REQUEST_BYTES, Limits
from xds_server.server import GrpcServer
from xds_server.stream import AdsStream
from xds_server.type_urls import CLUSTER

METHODS = {"DeltaAggregatedResources": DeltaDiscoveryRequest, "StreamAggregatedResources": DiscoveryRequest}


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


def opened_raw(server, method):
    return server.channel.stream_stream(f"/{SERVICE}/{method}")()


def first_request(method, **more):
    return METHODS[method](node={"id": "raw"}, type_url=CLUSTER, **more)


async def is_served(server, client, make, content):
    """What is published for the client reaches it."""
    server.publish(make.cluster("a", content))
    await client.gets("cluster", "a")
    await client.ack("cluster")


def not_a_message(method):
    return b"\xff\xff\xff"


def cut_short(method):
    return serialize(first_request(method))[:-1]


def no_text(method):
    return serialize(first_request(method)).replace(b"raw", b"\xff\xfe\xfd")


def no_json(method):
    request = first_request(method)
    request.node.metadata["weight"] = math.inf
    return serialize(request)


@pytest.mark.parametrize("frame", [not_a_message, cut_short, no_text, no_json])
@pytest.mark.parametrize("begun", [False, True])
async def test_a_malformed_frame_ends_its_stream_and_no_other(server, delta, make, caplog, method, frame, begun):
    await delta.ask("cluster")
    await is_served(server, delta, make, "1")
    call = opened_raw(server, method)
    if begun:
        await call.write(serialize(first_request(method)))
    await call.write(frame(method))
    async with asyncio.timeout(20):
        assert await call.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert await call.details()
    (line,) = [each.getMessage() for each in caplog.records if "stream ended" in each.getMessage()]
    assert ("raw" in line) == begun
    await is_served(server, delta, make, "2")
    await delta.silent()
    assert len(server.ads.open_streams) == 1


@pytest.mark.parametrize("most", [MAX_REQUEST_BYTES, MAX_MESSAGE_BYTES])
async def test_an_oversized_request_ends_its_stream_and_no_other(server, delta, make, caplog, method, most):
    await delta.ask("cluster")
    await is_served(server, delta, make, "1")
    call = opened_raw(server, method)
    await call.write(serialize(first_request(method, response_nonce="x" * most)))
    async with asyncio.timeout(20):
        assert await call.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(most) in await call.details()
    assert most == MAX_MESSAGE_BYTES or "stream ended: a request of" in caplog.text
    await is_served(server, delta, make, "2")


async def test_a_long_refusal_is_kept_in_part(server, client, make):
    server.publish(make.cluster("a"))
    await client.ask("cluster")
    await client.gets("cluster", "a")
    await client.nack("cluster", "a: " + "no " * 100_000)
    (refusal,) = (await server.status.wait_acked(["n"], 20)).refused
    assert refusal.names == ("a",)
    assert len(refusal.message) < 20_000


async def test_a_client_that_talks_and_never_reads_is_not_listened_to_for_ever(server, opened, make):
    """It floods the server with requests; few of them are in memory, and nothing that it was to get is lost."""
    talker, other = opened("talker"), opened("other")
    # Together they are more than a connection holds that nobody reads from; one is what a client takes at most.
    big_route = make.route("r", "x" * 3_500_000)
    server.publish(make.cluster("a", "x" * 3_500_000), big_route, node="talker")
    await talker.ask("cluster")
    await talker.ask("route", "r")

    async def talk():
        for _ in range(2_000):
            await talker.ask("cluster", nonce="stale")

    async with asyncio.TaskGroup() as tasks:
        talking = tasks.create_task(talk())
        await other.ask("cluster")
        for number in range(30):
            server.publish(make.cluster("a", str(number)), node="other")
            await other.gets("cluster", "a")
            await other.ack("cluster")
            assert all(each.call.unread <= 65_535 for each in server.ads._open.values())
        server.publish(make.cluster("a", "2"), big_route, node="talker")
        await talker.gets("cluster", "a")
        await talker.gets("route", "r")
        await talking
        await talker.ack("cluster")
        (last,) = (await talker.gets("cluster", "a")).resources
    body = getattr(last, "resource", last).SerializeToString(deterministic=True)
    assert body == server.cache.view("talker").snapshot.resources(CLUSTER)["a"].body


@pytest.mark.parametrize("limits", [Limits(streams_per_node=2)])
async def test_a_node_has_only_so_many_streams(server, opened, make, caplog):
    server.publish(make.cluster("a"))
    server.publish(make.cluster("a"), node="other")
    first, second = opened(), opened()
    for client in (first, second):
        await client.ask("cluster")
        await client.gets("cluster", "a")
    for _ in range(3):
        refused = opened()
        await refused.ask("cluster")
        assert await refused.status() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "node n has 2 streams" in await refused.call.details()
    assert len([each for each in caplog.records if "refusing" in each.getMessage()]) == 1
    assert len(server.status.node("n").streams) == 2
    other = opened("other")
    await other.ask("cluster")
    await other.gets("cluster", "a")
    await first.close()
    third = opened()
    await third.ask("cluster")
    await third.gets("cluster", "a")


@pytest.mark.parametrize("limits", [Limits(streams_per_peer=3)])
async def test_a_peer_has_only_so_many_streams(server, opened, caplog):
    """Not even such as never say which node they are."""
    silent = [opened() for _ in range(3)]
    for client in silent:
        await client.silent()
    refused = opened("other")
    assert await refused.status() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "3 streams" in await refused.call.details()
    assert any("refusing" in each.getMessage() for each in caplog.records)
    await silent.pop().close()
    await opened("other").silent()


@pytest.mark.parametrize("limits", [Limits(names_per_type=100)])
async def test_a_stream_subscribes_to_only_so_many_names(server, delta, sotw, caplog):
    server.publish()
    await delta.ask("secret", *(f"s{number}" for number in range(60)))
    await delta.ask("secret", *(f"s{number}" for number in range(50, 100)))
    await delta.receive()
    await delta.silent()
    await delta.ask("secret", "one-more")
    await sotw.ask("secret", *(f"s{number}" for number in range(101)))
    for client in (delta, sotw):
        assert await client.status() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "more than 100 resources" in await client.call.details()
    assert len([each for each in caplog.records if "stream ended" in each.getMessage()]) == 2


@pytest.mark.parametrize("limits", [Limits(types_per_stream=2)])
async def test_a_stream_subscribes_to_only_so_many_types(server, client):
    await client.ask("cluster")
    await client.silent()
    await client.ask("cluster")
    await client.silent()
    await client.ask("listener")
    assert await client.status() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "more than 2 types" in await client.call.details()


async def test_what_a_client_names_is_bounded(server, opened):
    long = "x" * (Limits().name_length + 1)
    for kind, name in (("secret", long), (long, "s")):
        client = opened()
        await client.ask(kind, name)
        assert await client.status() == grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("limits", [Limits(names_per_type=100)])
async def test_what_a_client_tells_that_it_has_is_bounded(server, delta):
    await delta.ask("cluster", have={f"c{number}": "1" for number in range(101)})
    assert await delta.status() == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_storm_of_reconnects_leaves_all_current_and_nothing_behind(server, opened, make):
    nodes = [f"n{number}" for number in range(200)]
    for node in nodes:
        server.publish(make.cluster("a", "1"), make.route("r"), node=node)

    async def connect(node):
        client = opened(node)
        await client.ask("cluster")
        await client.gets("cluster", "a")
        await client.ack("cluster")
        return client

    clients = await asyncio.gather(*map(connect, nodes))
    assert (await server.status.wait_acked(nodes, 60)).complete
    for client in clients:
        client.call.cancel()
    # The server learns that the old streams are gone while the new ones come, and while it publishes.
    connecting = asyncio.gather(*map(connect, nodes))
    for node in nodes:
        server.publish(make.cluster("a", "2"), make.route("r"), node=node)
    clients = await connecting
    for client in clients:
        await client.close()
    other = opened("other")
    await other.silent()
    async with asyncio.timeout(60):
        while len(server.ads.open_streams) > 1:
            await other.silent()
    assert server.ads._peers.inside == server.ads.nodes.inside == 1
    assert not any(server.status.node(node).connected for node in nodes)
    assert set(server.cache._watchers) == {"other"}


async def test_a_stream_that_cannot_be_shown_a_change_ends_and_no_other(server, opened, make, monkeypatch, caplog):
    clients = {node: opened(node) for node in ("good", "bad", "late")}
    for node, client in clients.items():
        server.publish(make.cluster("a"), node=node)
        await client.ask("cluster")
        await client.gets("cluster", "a")
        await client.ack("cluster")
    assert (await server.status.wait_acked(clients, 20)).complete
    shown = AdsStream.view_changed

    def fails_for_one(stream, view, now):
        if stream.node.id == "bad":
            raise KeyError("a fault of ours")
        return shown(stream, view, now)

    monkeypatch.setattr(AdsStream, "view_changed", fails_for_one)
    for node in ("bad", "good", "late"):
        server.publish(make.cluster("a", "2"), node=node)
    assert await clients["bad"].status() == grpc.StatusCode.INTERNAL
    for node in ("good", "late"):
        await clients[node].gets("cluster", "a")
    assert "a fault of ours" in caplog.text
    assert not server.status.node("bad").connected


_OWN_CONNECTIONS = (("grpc.use_local_subchannel_pool", 1),)
"""Of a channel: or it takes over the connection of one before it to the same address, whose server may have gone."""


class Restarts:
    """A server that stops and starts again on its socket, and channels to it."""

    def __init__(self, server, directory):
        self.server = server
        self.path = directory / "again.sock"

    @contextlib.asynccontextmanager
    async def run(self):
        """Streams that `self.server` opens go to this server while it runs."""
        ads = AggregatedDiscovery(self.server.cache, self.server.status)
        async with (
            grpc.aio.insecure_channel(f"unix:{self.path}", _OWN_CONNECTIONS) as self.server.channel,
            GrpcServer([ads], socket_path=self.path),
        ):
            yield ads


async def test_a_stop_during_a_push_loses_nothing(server, opened, make, tmp_path, caplog):
    """One client has answered, one has not, one does not even read. Each comes again and gets what it lacks."""
    restarts = Restarts(server, tmp_path)
    before = (make.cluster("a"), make.extension_config("c"))
    # Neither waits for the other; together they are more than a connection holds that nobody reads from.
    big = make.extension_config("c")
    big.typed_config.value = b"x" * 3_500_000
    after = (make.cluster("a", "x" * 3_500_000), big)
    nodes = ("answers", "is slow", "does not read")

    async def connects(node):
        client = opened(node)
        for kind, name, *names in (("cluster", "a"), ("extension_config", "c", "c")):
            await client.ask(kind, *names)
            await client.gets(kind, name)
            await client.ack(kind)
        return client

    async with restarts.run() as ads:
        for node in nodes:
            server.publish(*before, node=node)
        clients = {node: await connects(node) for node in nodes}
        assert (await server.status.wait_acked(nodes, 20)).complete
        for node in nodes:
            server.publish(*after, node=node)
        await clients["is slow"].receive()
        for _ in range(2):
            response = await clients["answers"].receive()
            await clients["answers"].ack(type_urls.short_name(response.type_url))
        assert (await server.status.wait_acked(["answers"], 20)).complete
    assert not ads.open_streams
    assert not any(server.status.node(node).connected for node in nodes)
    async with restarts.run():
        for node in nodes:
            await connects(node)
        assert (await server.status.wait_acked(nodes, 20)).complete
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


async def test_versions_outlive_the_server(server, make, tmp_path):
    """So that a client that has it all is sent nothing after a restart."""
    restarts = Restarts(server, tmp_path)
    messages = (make.cluster("a", eds=True), make.endpoint("a"), make.cluster("b"))
    async with restarts.run():
        server.publish(*messages)
        client = server.delta()
        await client.ask("cluster")
        had = {each.name: each.version for each in (await client.gets("cluster", "a", "b")).resources}
        whole = server.sotw()
        await whole.ask("cluster")
        version = (await whole.gets("cluster", "a", "b")).version_info
    server.cache.clear("n")
    async with restarts.run():
        server.publish(*reversed(messages))
        client = server.delta()
        await client.ask("cluster", have=had)
        await client.silent()
        whole = server.sotw()
        await whole.ask("cluster", version=version)
        await whole.silent()


async def test_ten_thousand_streams_from_one_peer(server, make, caplog):
    """As many as it may have are kept, the others refused with one line in the log; and all are gone with the peer."""
    most = Limits().streams_per_peer
    calls = [opened_raw(server, "DeltaAggregatedResources") for _ in range(10_000)]
    ends = [asyncio.ensure_future(each.code()) for each in calls]
    async with asyncio.timeout(120):
        for end in itertools.islice(asyncio.as_completed(ends), len(calls) - most):
            assert await end == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(server.ads.open_streams) == most
    (line,) = [each.getMessage() for each in caplog.records]
    assert f"{most} streams" in line
    for call in calls:
        call.cancel()
    await asyncio.gather(*ends, return_exceptions=True)
    client = server.delta()
    async with asyncio.timeout(120):
        while len(server.ads.open_streams) > 1:
            await client.silent()
    await client.ask("cluster")
    await is_served(server, client, make, "1")
    assert server.ads._peers.inside == 1
