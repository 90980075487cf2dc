# SPDX-License-Identifier: Apache-2.0
"""Lines 1 to 12 of the conformance list: streams and nodes."""

import asyncio

import grpc


async def test_line_01_both_methods_are_served(server, make):
    server.publish(make.cluster("a"))
    for client in (server.delta(), server.sotw()):
        await client.ask("cluster")
        await client.gets("cluster", "a")


async def test_line_02_an_empty_type_is_an_invalid_argument(client):
    await client.ask("")
    assert await client.status() == grpc.StatusCode.INVALID_ARGUMENT


async def test_line_03_the_node_is_told_once(server, client, make):
    server.publish(make.cluster("a"), make.route("r"))
    await client.ask("cluster")
    await client.gets("cluster", "a")
    assert client.node is None  # it is not sent again
    await client.ask("route", "r")
    await client.gets("route", "r")


async def test_line_04_a_first_request_without_a_node_is_an_invalid_argument(opened):
    for node in (None, ""):
        client = opened(node)
        await client.ask("cluster")
        assert await client.status() == grpc.StatusCode.INVALID_ARGUMENT
        assert "node.id" in await client.call.details()


async def test_line_05_an_unknown_type_hurts_no_other(server, sotw, make):
    server.publish(make.cluster("a"))
    await sotw.ask("no.such.Type", "x")
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a")


async def test_line_05_an_unknown_type_has_no_resources_in_delta(server, delta, make):
    server.publish(make.cluster("a"))
    await delta.ask("no.such.Type", "x")
    await delta.gets("no.such.Type", removed=["x"])
    await delta.ask("cluster")
    await delta.gets("cluster", "a")


async def test_line_06_nonces_are_unique_and_types_echoed(server, client, make):
    server.publish(make.cluster("a"), make.route("r"), make.listener("l"))
    nonces = set()
    for kind, names in (("cluster", ()), ("listener", ()), ("route", ("r",))):
        await client.ask(kind, *names)
        response = await client.gets(kind, *(names or {"cluster": "a", "listener": "l"}[kind]))
        nonces.add(response.nonce)
        await client.ack(kind)
    server.publish(make.cluster("a", "2"), make.route("r"), make.listener("l"))
    nonces.add((await client.gets("cluster", "a")).nonce)
    assert "" not in nonces
    assert len(nonces) == 4


async def test_line_07_nothing_survives_a_reconnect(server, opened, make):
    server.publish(make.route("r"), make.route("s"))
    first = opened()
    await first.ask("route", "r")
    await first.gets("route", "r")
    nonce = first.nonces["route"]
    await first.close()
    second = opened()
    await second.ask("route", "s")
    response = await second.gets("route", "s")
    assert response.nonce != nonce
    await second.ack("route")
    server.publish(make.route("r", "2"), make.route("s"))
    await second.silent()


async def test_line_08_types_do_not_share_versions_or_nonces(server, client, make):
    server.publish(make.cluster("a"), make.route("r"))
    await client.ask("cluster")
    await client.gets("cluster", "a")
    before = server.version("cluster")
    await client.ask("route", "r")
    await client.gets("route", "r")
    await client.ack("route")
    # The cluster response is outstanding still: what was acknowledged was the route.
    server.publish(make.cluster("a", "2"), make.route("r"))
    await client.silent()
    await client.ack("cluster")
    await client.gets("cluster", "a")
    assert before != server.version("cluster")


async def test_line_09_two_streams_of_one_node_do_not_share_anything(server, opened, make):
    server.publish(make.route("r"), make.route("s"))
    one, two = opened(), opened()
    await one.ask("route", "r")
    await one.gets("route", "r")
    await two.ask("route", "s")
    await two.gets("route", "s")
    await one.nack("route")
    await two.ack("route")
    server.publish(make.route("r", "2"), make.route("s", "2"))
    await one.gets("route", "r")
    await two.gets("route", "s")


async def test_line_10_half_close_and_cancel_free_everything(server, opened, make):
    server.publish(make.cluster("a"))
    closing, cancelled = opened(), opened()
    for client in (closing, cancelled):
        await client.ask("cluster")
        await client.gets("cluster", "a")
    assert len(server.status.node("n").streams) == 2
    assert len(server.ads.open_streams) == 2
    await closing.close()
    cancelled.call.cancel()
    async with asyncio.timeout(20):
        # Another call is answered after the server has taken note of the cancellation, sooner or later.
        while server.ads.open_streams:
            other = opened("other")
            await other.silent()
            await other.close()
    assert server.status.node("n").streams == ()
    assert not server.cache._watchers
    assert "n" not in server.cache._views or server.cache.view("n").snapshot is not None


async def test_line_11_the_control_plane_says_who_it_is(server, client, make):
    server.publish(make.cluster("a"))
    await client.ask("cluster")
    first = await client.gets("cluster", "a")
    await client.ack("cluster")
    server.publish(make.cluster("a", "2"))
    second = await client.gets("cluster", "a")
    assert first.control_plane.identifier == second.control_plane.identifier != ""


async def test_line_12_without_a_snapshot_there_is_silence_and_no_deletion(server, client, make):
    await client.ask("cluster")
    await client.ask("route", "r")
    await client.silent()
    server.publish(make.cluster("a"), make.route("r"))
    await client.gets("cluster", "a")
    await client.gets("route", "r")
    await client.ack("cluster")
    await client.ack("route")
    server.cache.clear("n")
    await client.silent()
