# SPDX-License-Identifier: Apache-2.0
"""Lines 13 to 32 of the conformance list: the state of the world."""

import pytest


async def test_line_13_the_first_request_is_answered(server, sotw, make):
    server.publish(make.cluster("a"))
    await sotw.ask("cluster")
    response = await sotw.gets("cluster", "a")
    assert response.nonce
    assert response.version_info == server.version("cluster")


async def test_line_14_an_ack_is_not_answered(server, sotw, make):
    server.publish(make.cluster("a"))
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a")
    await sotw.ack("cluster")
    await sotw.silent()
    await sotw.ack("cluster")
    await sotw.silent()


async def test_line_15_what_was_refused_is_not_resent_and_what_follows_is(server, sotw, make):
    server.publish(make.cluster("a", "bad"))
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a")
    await sotw.nack("cluster")
    await sotw.silent()
    server.publish(make.cluster("a", "good"))
    await sotw.gets("cluster", "a")


async def test_line_16_a_nack_is_an_error_and_not_an_old_version(server, sotw, make):
    server.publish(make.cluster("a"))
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a")
    await sotw.ask("cluster", nonce=sotw.nonces["cluster"], version="of long ago")
    seen = await server.status.wait_acked(["n"], 20)
    assert seen.acked == ("n",)
    await sotw.silent()


async def test_line_17_after_a_refusal_the_next_version_is_sent(server, sotw, make):
    server.publish(make.cluster("a", "X"))
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a")
    await sotw.ack("cluster")
    server.publish(make.cluster("a", "Y"))
    await sotw.gets("cluster", "a")
    await sotw.nack("cluster")
    await sotw.silent()
    server.publish(make.cluster("a", "Z"))
    response = await sotw.gets("cluster", "a")
    assert response.version_info == server.version("cluster")


async def test_line_18_a_stale_nonce_is_ignored_with_its_names(server, sotw, make):
    server.publish(make.route("r"), make.route("s"))
    await sotw.ask("route", "r")
    stale = (await sotw.gets("route", "r")).nonce
    await sotw.ack("route")
    server.publish(make.route("r", "2"), make.route("s"))
    await sotw.gets("route", "r")
    await sotw.ask("route", "r", "s", nonce=stale)
    await sotw.silent()
    await sotw.ack("route", "r")
    await sotw.ask("route", "r", "s", nonce=stale)
    await sotw.silent()


async def test_line_18_no_nonce_is_a_new_first_request(server, sotw, make):
    server.publish(make.route("r"))
    await sotw.ask("route", "r")
    await sotw.gets("route", "r")
    await sotw.ack("route")
    await sotw.ask("route", "r")
    await sotw.gets("route", "r")


async def test_line_18_the_first_request_may_carry_any_nonce(server, sotw, make):
    server.publish(make.route("r"))
    await sotw.ask("route", "r", nonce="of an earlier stream")
    await sotw.gets("route", "r")


async def test_line_19_the_latest_request_wins(server, sotw, make):
    await sotw.ask("route", "r")
    await sotw.ask("route", "s")
    await sotw.silent()
    server.publish(make.route("r"), make.route("s"))
    await sotw.gets("route", "s")


async def test_line_20_a_name_that_is_added_is_sent(server, sotw, make):
    server.publish(make.route("r"), make.route("s"))
    await sotw.ask("route", "r")
    first = await sotw.gets("route", "r")
    await sotw.ack("route", "r", "s")
    second = await sotw.receive()
    assert "s" in sotw.names_in(second)
    assert second.version_info == first.version_info


async def test_line_21_a_name_that_returns_is_sent_again(server, sotw, make):
    server.publish(make.route("r"), make.route("s"))
    await sotw.ask("route", "r", "s")
    await sotw.gets("route", "r", "s")
    await sotw.ack("route", "r")
    await sotw.ack("route", "r", "s")
    assert "s" in sotw.names_in(await sotw.receive())


@pytest.mark.parametrize("kind", ["cluster", "listener"])
async def test_line_22_clusters_and_listeners_come_whole(server, sotw, make, kind):
    build = getattr(make, kind)
    server.publish(build("a"), build("b"))
    await sotw.ask(kind)
    await sotw.gets(kind, "a", "b")
    await sotw.ack(kind)
    server.publish(build("a", "2"), build("b"))
    await sotw.gets(kind, "a", "b")


async def test_line_22_other_types_come_in_parts(server, sotw, make):
    server.publish(make.route("r"), make.route("s"))
    await sotw.ask("route", "r", "s")
    await sotw.gets("route", "r", "s")
    await sotw.ack("route")
    server.publish(make.route("r", "2"), make.route("s"))
    await sotw.gets("route", "r")


@pytest.mark.parametrize("kind", ["cluster", "listener"])
async def test_line_23_absence_is_deletion_down_to_the_last(server, sotw, make, kind):
    build = getattr(make, kind)
    server.publish(build("a"), build("b"))
    await sotw.ask(kind)
    await sotw.gets(kind, "a", "b")
    await sotw.ack(kind)
    server.publish(build("a"))
    await sotw.gets(kind, "a")
    await sotw.ack(kind)
    server.publish()
    await sotw.gets(kind)


async def test_line_24_no_names_are_all_clusters_and_listeners_and_no_others(server, sotw, make):
    server.publish(make.cluster("a"), make.listener("l"), make.route("r"), make.endpoint("e"), make.secret("s"))
    for kind in ("route", "endpoint", "secret"):
        await sotw.ask(kind)
    await sotw.silent()
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a")
    await sotw.ask("listener")
    await sotw.gets("listener", "l")


async def wants_everything_and_a(server, sotw, make):
    server.publish(make.cluster("a"), make.cluster("b"))
    await sotw.ask("cluster", "*", "a")
    await sotw.gets("cluster", "a", "b")


async def test_line_25_the_wildcard_with_a_name_is_a_wildcard(server, sotw, make):
    await wants_everything_and_a(server, sotw, make)
    await sotw.ack("cluster")
    server.publish(make.cluster("a"), make.cluster("b", "2"))
    await sotw.gets("cluster", "a", "b")


async def test_line_26_names_without_the_wildcard_end_it(server, sotw, make):
    await wants_everything_and_a(server, sotw, make)
    await sotw.ack("cluster", "a")
    server.publish(make.cluster("a"), make.cluster("b", "2"))
    await sotw.silent()
    server.publish(make.cluster("a", "2"), make.cluster("b", "2"))
    await sotw.gets("cluster", "a")


async def test_line_27_no_names_after_names_is_nothing_and_not_everything(server, sotw, make):
    await wants_everything_and_a(server, sotw, make)
    sotw.wanted["cluster"] = ()
    await sotw.ack("cluster")
    server.publish(make.cluster("a", "2"), make.cluster("b", "2"))
    await sotw.silent()


async def test_line_28_what_is_missing_is_silence_until_it_exists(server, sotw, make):
    server.publish(make.route("r"))
    await sotw.ask("route", "missing")
    await sotw.silent()
    server.publish(make.route("r"), make.route("missing"))
    await sotw.gets("route", "missing")


async def test_line_29_no_name_comes_twice(server, sotw, make):
    server.publish(make.cluster("a"), make.route("r"))
    await sotw.ask("cluster", "*", "a", "a")
    await sotw.gets("cluster", "a")
    await sotw.ask("route", "r", "r")
    await sotw.gets("route", "r")


async def test_line_30_a_reconnect_with_all_clusters_of_that_version_is_skipped(server, make):
    server.publish(make.cluster("a"), make.route("r"))
    version = server.version("cluster")
    client = server.sotw()
    await client.ask("cluster", version=version)
    await client.silent()
    server.publish(make.cluster("a", "2"), make.route("r"))
    await client.gets("cluster", "a")
    named = server.sotw()
    await named.ask("cluster", "a", version=server.version("cluster"))
    await named.gets("cluster", "a")
    await named.ask("route", "r", version=server.version("route"))
    await named.gets("route", "r")


async def test_line_31_the_same_request_after_a_cluster_push_brings_endpoints(server, sotw, make):
    endpoint = make.endpoint("a")
    server.publish(make.cluster("a", eds=True), endpoint)
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a")
    await sotw.ask("endpoint", "a")
    await sotw.gets("endpoint", "a")
    await sotw.ack("cluster")
    # The endpoints are outstanding when the cluster changes, so that they cannot follow it by themselves.
    server.publish(make.cluster("a", "2", eds=True), endpoint)
    await sotw.gets("cluster", "a")
    await sotw.silent()
    await sotw.ack("endpoint")
    await sotw.gets("endpoint", "a")
    await sotw.ack("endpoint")
    await sotw.silent()


async def test_line_32_an_identical_publish_is_silence(server, sotw, make):
    server.publish(make.cluster("a"), make.cluster("b"))
    await sotw.ask("cluster")
    await sotw.gets("cluster", "a", "b")
    await sotw.ack("cluster")
    server.publish(make.cluster("b"), make.cluster("a"))
    await sotw.silent()
