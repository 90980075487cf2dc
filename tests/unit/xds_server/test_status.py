# SPDX-License-Identifier: Apache-2.0
"""Waiting for acknowledgements: nobody sleeps, nobody is forgotten, and a refusal ends it."""

import asyncio

import pytest

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.route.v3 import RouteConfiguration
from xds_server.cache import SnapshotCache
from xds_server.messages import Node
from xds_server.progress import Progress
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.subscription import Nack
from xds_server.type_urls import CLUSTER, ROUTE

# Seconds that no test waits for: long enough to fail by the test's own timeout.
EVER = 3600.0


class Nodes:
    def __init__(self):
        self.cache = SnapshotCache()
        self.status = StatusRegistry(self.cache, clock=lambda: 1000.0)

    def publish(self, node, content):
        self.cache.set(node, build_snapshot([Cluster(name="c", alt_stat_name=content), RouteConfiguration(name="r")]))

    def connect(self, node, stream="s"):
        self.status.connected(stream, "delta", Node(node))

    def version(self, node, type_url=CLUSTER):
        return self.cache.view(node).snapshot.version(type_url)

    def report(self, node, type_url=CLUSTER, stream="s", **progress):
        self.status.reported(stream, node, type_url, Progress(subscribed=True, **progress))

    def ack(self, node, type_url=CLUSTER, stream="s"):
        version = self.version(node, type_url)
        self.report(node, type_url, stream, sent=version, acked=version)

    def refuse(self, node):
        version = self.version(node)
        self.report(node, sent=version, refused=version, nack=Nack("it is bad", ("c",)))


@pytest.fixture
def nodes():
    made = Nodes()
    for node in ("n", "m"):
        made.publish(node, "1")
        made.connect(node)
    return made


async def test_all_have_it_already(nodes):
    nodes.ack("n")
    nodes.ack("m")
    seen = await nodes.status.wait_acked(["n", "m"], EVER)
    assert seen.complete
    assert seen.acked == ("m", "n")


async def test_nobody_is_nothing_to_wait_for(nodes):
    assert (await nodes.status.wait_acked([], EVER)).complete


async def test_waits_for_the_last(nodes):
    nodes.report("n")
    nodes.report("m")
    waiting = asyncio.ensure_future(nodes.status.wait_acked(["n", "m"], EVER))
    await asyncio.sleep(0)
    nodes.ack("n")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    nodes.ack("m")
    assert (await waiting).acked == ("m", "n")
    assert not nodes.status._waits


async def test_a_refusal_ends_the_wait(nodes):
    nodes.report("n")
    nodes.report("m")
    waiting = asyncio.ensure_future(nodes.status.wait_acked(["n", "m"], EVER))
    await asyncio.sleep(0)
    nodes.refuse("n")
    seen = await waiting
    (refusal,) = seen.refused
    assert str(refusal) == "n refused cluster c: it is bad"
    assert refusal.at == 1000.0
    assert seen.waiting == {"m": "has not answered for cluster"}
    assert not seen.complete


async def test_an_old_refusal_is_history(nodes):
    nodes.refuse("n")
    nodes.publish("n", "2")
    nodes.ack("n")
    assert (await nodes.status.wait_acked(["n"], EVER)).complete


async def test_what_is_published_meanwhile_counts(nodes):
    nodes.ack("n")
    nodes.publish("n", "2")
    assert nodes.status.acknowledgement(["n"]).waiting == {"n": "has not answered for cluster"}
    nodes.ack("n")
    assert nodes.status.acknowledgement(["n"]).complete


async def test_the_end_of_patience_tells_who_is_missing_and_what(nodes):
    nodes.report("n", unasked=("x", "y"))
    seen = await nodes.status.wait_acked(["n", "m", "gone"], 0, type_urls=[ROUTE])
    assert seen.acked == ()
    assert seen.waiting == {
        "gone": "is not connected",
        "m": "has not subscribed to any route",
        "n": "has not subscribed to any route, has not asked for cluster x, y",
    }


async def test_types_that_a_node_does_not_subscribe_to_are_not_waited_for(nodes):
    nodes.ack("n", ROUTE)
    assert (await nodes.status.wait_acked(["n"], EVER)).complete


async def test_every_stream_of_a_node_counts(nodes):
    nodes.connect("n", "t")
    nodes.ack("n", stream="s")
    nodes.report("n", stream="t")
    assert not nodes.status.acknowledgement(["n"]).complete
    nodes.status.disconnected("t", "n")
    assert nodes.status.acknowledgement(["n"]).complete


async def test_a_node_that_comes_while_waiting(nodes):
    nodes.publish("late", "1")
    waiting = asyncio.ensure_future(nodes.status.wait_acked(["late"], EVER, type_urls=[CLUSTER]))
    await asyncio.sleep(0)
    nodes.connect("late")
    nodes.ack("late")
    assert (await waiting).complete


async def test_what_is_told_of_a_node(nodes):
    nodes.refuse("n")
    (stream,) = nodes.status.node("n").streams
    (cluster,) = stream.types
    assert cluster.published == cluster.sent == nodes.version("n")
    assert (cluster.acked, cluster.refusing) == (None, True)
    assert cluster.last_refusal.message == "it is bad"
    assert nodes.status.node_ids() == ("m", "n")
    assert not nodes.status.node("unheard of").connected
