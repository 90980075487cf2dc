# SPDX-License-Identifier: Apache-2.0
"""Lines 50 to 60 of the conformance list: order, atomicity, time to live."""

import asyncio

import pytest

from envoy_api import unpack
from envoy_api.service.discovery.v3 import Resource
from envoy_api.service.runtime.v3 import Runtime
from xds_server.type_urls import CLUSTER, DISCOVERY_RESOURCE, ROUTE


async def connected(server, client, make):
    """The client has a cluster with endpoints, a listener and a route to that cluster."""
    server.publish(
        make.cluster("a", eds=True), make.endpoint("a"), make.listener("l", route="r"), make.route("r", cluster="a")
    )
    for kind, names in (("cluster", ()), ("endpoint", ("a",)), ("listener", ()), ("route", ("r",))):
        await client.ask(kind, *names)
        await client.receive()
        await client.ack(kind)
    await client.silent()


async def move_to_b(server, make):
    server.publish(
        make.cluster("b", eds=True),
        make.endpoint("b"),
        make.listener("l", "2", route="r"),
        make.route("r", cluster="b"),
    )


async def test_line_50_and_line_51_one_snapshot_goes_out_in_order(server, delta, make):
    await connected(server, delta, make)
    await move_to_b(server, make)
    await delta.gets("cluster", "b")
    await delta.ask("endpoint", "b")
    await delta.gets("endpoint", "b")
    await delta.ack("endpoint")
    await delta.silent()  # the cluster may not be warm yet
    await delta.ack("cluster")
    await delta.gets("listener", "l")
    await delta.gets("route", "r")
    await delta.ack("listener")
    await delta.silent()  # traffic may still go to a
    await delta.ack("route")
    await delta.gets("cluster", removed=["a"])


async def test_line_50_and_line_51_in_the_state_of_the_world(server, sotw, make):
    await connected(server, sotw, make)
    await move_to_b(server, make)
    await sotw.gets("cluster", "a", "b")  # first the union
    await sotw.ack("endpoint", "a", "b")
    await sotw.gets("endpoint", "b")
    await sotw.ack("endpoint")
    await sotw.silent()
    await sotw.ack("cluster")
    await sotw.gets("listener", "l")
    await sotw.gets("route", "r")
    await sotw.ack("listener")
    await sotw.silent()
    await sotw.ack("route")
    await sotw.gets("cluster", "b")  # then the exact set


async def test_line_50_holds_for_a_client_that_acknowledges_nothing(server, client, make):
    await connected(server, client, make)
    server.publish(
        make.cluster("a", "2", eds=True),
        make.endpoint("a", "2"),
        make.listener("l", "2", route="r"),
        make.route("r", "2", cluster="a"),
    )
    for kind, name in (("cluster", "a"), ("endpoint", "a"), ("listener", "l"), ("route", "r")):
        await client.gets(kind, name)


async def test_line_51_clusters_stay_as_long_as_routes_that_use_them(server, delta, make):
    await connected(server, delta, make)
    await move_to_b(server, make)
    await delta.gets("cluster", "b")
    await delta.ask("endpoint", "b")
    await delta.gets("endpoint", "b")
    await delta.ack("endpoint")
    await delta.ack("cluster")
    await delta.gets("listener", "l")
    await delta.gets("route", "r")
    await delta.ack("listener")
    await delta.nack("route")
    await delta.silent()


async def test_line_52_endpoints_follow_every_change_of_their_cluster(server, client, make):
    await connected(server, client, make)
    server.publish(
        make.cluster("a", "2", eds=True),
        make.endpoint("a"),
        make.listener("l", route="r"),
        make.route("r", cluster="a"),
    )
    await client.gets("cluster", "a")
    await client.gets("endpoint", "a")


async def test_line_53_endpoints_wait_for_clusters_and_secrets_for_nobody(server, client, make):
    await connected(server, client, make)
    more = (make.listener("l", route="r"), make.route("r", cluster="a"), make.secret("s"), make.extension_config("x"))
    server.publish(make.cluster("a", "2", eds=True), make.endpoint("a"), *more)
    await client.gets("cluster", "a")
    await client.gets("endpoint", "a")
    await client.ack("endpoint")
    server.publish(make.cluster("a", "3", eds=True), make.endpoint("a", "3"), *more)
    await client.silent()  # the cluster cannot go out, and so its endpoints must not
    await client.ask("secret", "s")
    await client.gets("secret", "s")
    await client.ask("extension_config", "x")
    await client.gets("extension_config", "x")
    await client.ack("cluster")
    await client.gets("cluster", "a")
    await client.gets("endpoint", "a")


async def test_line_54_runtime_is_answered_at_once(server, client):
    server.cache.set_runtime("n", "faults", {"key": 20})
    await client.ask("runtime", "faults", "unknown")
    response = await client.gets("runtime", "faults", "unknown")
    bodies = [getattr(each, "resource", each) for each in response.resources]
    layers = {layer.name: layer.layer for layer in (unpack(body, Runtime) for body in bodies)}
    assert dict(layers["faults"]) == {"key": 20}
    assert dict(layers["unknown"]) == {}


async def test_line_54_a_layer_that_is_cleared_is_empty(server, client):
    server.cache.set_runtime("n", "faults", {"key": 20})
    await client.ask("runtime", "faults")
    await client.gets("runtime", "faults")
    await client.ack("runtime")
    server.cache.clear_runtime("n", "faults")
    response = await client.gets("runtime", "faults")
    assert not unpack(getattr(response.resources[0], "resource", response.resources[0]), Runtime).layer.fields


async def test_line_55_bursts_are_coalesced(server, client, make):
    server.publish(make.route("r", "0"))
    await client.ask("route", "r")
    await client.gets("route", "r")
    await client.ack("route")
    for number in range(1, 101):
        server.publish(make.route("r", str(number)))
    responses = 0
    published = server.cache.view("n").snapshot.resources(ROUTE)["r"]
    while True:
        response = await client.gets("route", "r")
        responses += 1
        body = getattr(response.resources[0], "resource", response.resources[0])
        if body.SerializeToString(deterministic=True) == published.body:
            break
        await client.ack("route")
    assert responses <= 2
    await client.ack("route")
    await client.silent()


async def test_line_56_a_slow_reader_delays_nobody(server, opened, make):
    """One client reads nothing while 64 MB are published for it; it gets the first and the last."""
    slow, quick = opened("slow"), opened("quick")
    await slow.ask("cluster")
    for number in range(64):
        big = make.cluster("a", str(number))
        big.metadata.filter_metadata["x"].update({"padding": "x" * 1_000_000})
        server.publish(big, node="slow")
        server.publish(make.cluster("a", str(number)), node="quick")
        if number == 0:
            await quick.ask("cluster")
        await quick.gets("cluster", "a")
        await quick.ack("cluster")
    assert (await server.status.wait_acked(["quick"], 20)).complete
    # Of all those versions, few are still in memory: the last ones, and what was encoded last.
    assert len(server.cache._interner) < 32
    await slow.gets("cluster", "a")
    await slow.ack("cluster")
    (last,) = (await slow.gets("cluster", "a")).resources
    body = getattr(last, "resource", last).SerializeToString(deterministic=True)
    assert body == server.cache.view("slow").snapshot.resources(CLUSTER)["a"].body


async def test_line_57_a_time_to_live_in_the_state_of_the_world(server, sotw):
    server.cache.set_runtime("n", "faults", {"key": 20}, ttl=600)
    await sotw.ask("runtime", "faults")
    response = await sotw.gets("runtime", "faults")
    assert response.resources[0].type_url == DISCOVERY_RESOURCE
    wrapped = unpack(response.resources[0], Resource)
    assert wrapped.name == "faults"
    assert wrapped.version
    assert wrapped.ttl.ToSeconds() == 600
    assert unpack(wrapped.resource, Runtime).layer["key"] == 20


async def test_line_58_a_delta_heartbeat_has_no_body(server, delta):
    server.cache.set_runtime("n", "faults", {"key": 20}, ttl=0.3)
    await delta.ask("runtime", "faults")
    (first,) = (await delta.gets("runtime", "faults")).resources
    assert first.ttl.ToNanoseconds() == 300_000_000
    await delta.ack("runtime")
    for _ in range(3):
        (renewed,) = (await delta.gets("runtime", "faults")).resources
        await delta.ack("runtime")
        assert (renewed.name, renewed.version, renewed.ttl) == (first.name, first.version, first.ttl)
        # A heartbeat that a busy machine delays beyond what is left of the lease has to bring the body.
        if not renewed.HasField("resource"):
            return
    pytest.fail("every heartbeat had a body")


async def test_line_59_a_state_of_the_world_heartbeat_is_the_whole_resource(server, sotw):
    server.cache.set_runtime("n", "faults", {"key": 20}, ttl=0.3)
    await sotw.ask("runtime", "faults")
    first = await sotw.gets("runtime", "faults")
    await sotw.ack("runtime")
    second = await sotw.gets("runtime", "faults")
    assert list(second.resources) == list(first.resources)
    assert second.version_info == first.version_info


async def test_line_60_clearing_a_time_to_live_is_a_resend(server, client):
    server.cache.set_runtime("n", "faults", {"key": 20}, ttl=600)
    await client.ask("runtime", "faults")
    await client.gets("runtime", "faults")
    await client.ack("runtime")
    server.cache.set_runtime("n", "faults", {"key": 20})
    (cleared,) = (await client.gets("runtime", "faults")).resources
    assert not (hasattr(cleared, "ttl") and cleared.HasField("ttl"))
    assert unpack(getattr(cleared, "resource", cleared), Runtime).layer["key"] == 20


async def test_a_publish_during_another_waits_for_no_timer(server, delta, make):
    """The whole move, with a client that answers at once, takes no time to speak of: nothing sleeps."""
    await connected(server, delta, make)
    async with asyncio.timeout(20):
        await move_to_b(server, make)
        await delta.gets("cluster", "b")
        await delta.ask("endpoint", "b")
        await delta.gets("endpoint", "b")
        await delta.ack("endpoint")
        await delta.ack("cluster")
        await delta.gets("listener", "l")
        await delta.ack("listener")
        await delta.gets("route", "r")
        await delta.ack("route")
        assert (await server.status.wait_acked(["n"], 0)).waiting  # the old cluster is there still
        await delta.gets("cluster", removed=["a"])
        await delta.ack("cluster")
        await delta.gets("endpoint", removed=["a"])
        await delta.ack("endpoint")
        assert (await server.status.wait_acked(["n"], 20)).complete
