# SPDX-License-Identifier: Apache-2.0
"""Lines 33 to 49 of the conformance list: Delta."""

import pytest

from xds_server.snapshot import SnapshotError, build_snapshot


def versions(response):
    return {resource.name: resource.version for resource in response.resources}


@pytest.mark.parametrize("names", [(), ("*",)])
@pytest.mark.parametrize("kind", ["cluster", "listener"])
async def test_line_33_the_wildcard(server, delta, make, kind, names):
    build = getattr(make, kind)
    server.publish(build("a"), build("b"))
    await delta.ask(kind, *names)
    await delta.gets(kind, "a", "b")


@pytest.mark.parametrize("names", [(), ("*",)])
async def test_line_34_a_wildcard_for_nothing_is_answered(server, delta, make, names):
    server.publish(make.route("r"))
    await delta.ask("cluster", *names)
    await delta.gets("cluster")
    await delta.ack("cluster")
    await delta.silent()


async def test_line_35_only_changes_are_sent(server, delta, make):
    server.publish(make.cluster("a"), make.cluster("b"))
    await delta.ask("cluster")
    before = versions(await delta.gets("cluster", "a", "b"))
    await delta.ack("cluster")
    server.publish(make.cluster("a", "2"), make.cluster("b"), make.cluster("c"))
    after = versions(await delta.gets("cluster", "a", "c"))
    assert after["a"] != before["a"]
    assert after["c"]


async def test_line_36_subscribing_again_is_answered(server, delta, make):
    server.publish(make.route("r"))
    await delta.ask("route", "r")
    await delta.gets("route", "r")
    await delta.ack("route")
    await delta.ask("route", "r")
    await delta.gets("route", "r")


async def test_line_37_the_changes_of_a_stale_request_count(server, delta, make):
    server.publish(make.route("r"), make.route("s"))
    await delta.ask("route", "r")
    stale = (await delta.gets("route", "r")).nonce
    await delta.ack("route")
    server.publish(make.route("r", "2"), make.route("s"))
    await delta.gets("route", "r")
    await delta.ask("route", "s", drop=["r"], nonce=stale)
    await delta.silent()  # it acknowledged nothing
    await delta.ack("route")
    await delta.gets("route", "s")
    await delta.ack("route")
    server.publish(make.route("r", "3"), make.route("s"))
    await delta.silent()


async def test_line_38_a_request_without_a_nonce_is_no_ack(server, delta, make):
    server.publish(make.route("r"), make.route("s"))
    await delta.ask("route", "r")
    await delta.gets("route", "r")
    await delta.ask("route", "s")
    await delta.silent()
    await delta.ack("route")
    await delta.gets("route", "s")


async def test_line_39_neither_ack_nor_nack_is_answered(server, delta, make):
    server.publish(make.route("r"), make.route("s"))
    await delta.ask("route", "r", "s")
    await delta.gets("route", "r", "s")
    await delta.ack("route")
    await delta.silent()
    server.publish(make.route("r", "bad"), make.route("s"))
    await delta.gets("route", "r")
    await delta.nack("route")
    await delta.silent()
    server.publish(make.route("r", "bad"), make.route("s", "2"))
    await delta.gets("route", "s")
    await delta.ack("route")
    await delta.silent()
    server.publish(make.route("r", "good"), make.route("s", "2"))
    await delta.gets("route", "r")


async def test_line_40_what_the_client_has_is_skipped(server, make):
    server.publish(make.cluster("same"), make.cluster("changed", "2"), make.cluster("new"))
    have = {"same": server.cache.view("n").snapshot.resources(CLUSTER)["same"].version, "changed": "0", "gone": "0"}
    client = server.delta()
    await client.ask("cluster", have=have)
    await client.gets("cluster", "changed", "new", removed=["gone"])


async def test_line_40_clusters_that_are_gone_stay_until_routes_have_moved(server, delta, make):
    """A server that was started anew, in another world: the client uses what it has until it has something else."""
    server.publish(make.cluster("b"), make.listener("l", "2", route="r"), make.route("r", "2", cluster="b"))
    await delta.ask("cluster", have={"a": "1"})
    await delta.gets("cluster", "b")
    await delta.ask("listener", have={"l": "1"})
    await delta.ask("route", "r", have={"r": "1"})
    await delta.silent()
    await delta.ack("cluster")
    await delta.gets("listener", "l")
    await delta.gets("route", "r")
    await delta.ack("listener")
    await delta.silent()
    await delta.ack("route")
    await delta.gets("cluster", removed=["a"])


async def test_line_41_what_the_client_has_it_does_not_subscribe_to(server, delta, make):
    server.publish(make.route("r"), make.route("s"))
    await delta.ask("route", "r", have={"r": "0", "s": "0", "gone": "0"})
    await delta.gets("route", "r")
    await delta.ack("route")
    server.publish(make.route("r"), make.route("s", "2"))
    await delta.silent()


async def lost_b(server, delta, make):
    """The client has `a`, and has just been told that `b` is no more."""
    server.publish(make.cluster("a"), make.cluster("b"))
    await delta.ask("cluster")
    await delta.gets("cluster", "a", "b")
    await delta.ack("cluster")
    server.publish(make.cluster("a"))
    await delta.gets("cluster", removed=["b"])
    await delta.ack("cluster")


async def test_line_42_a_removal_is_told_once(server, delta, make):
    await lost_b(server, delta, make)
    server.publish(make.cluster("a", "2"))
    await delta.gets("cluster", "a")
    await delta.ack("cluster")
    await delta.silent()


async def test_line_43_what_comes_back_is_sent(server, delta, make):
    await lost_b(server, delta, make)
    server.publish(make.cluster("a"), make.cluster("b"))
    await delta.gets("cluster", "b")


async def test_line_44_unsubscribing_is_not_answered(server, delta, make):
    server.publish(make.route("r"), make.route("s"))
    await delta.ask("route", "r", "s")
    await delta.gets("route", "r", "s")
    await delta.ack("route")
    await delta.ask("route", drop=["r", "never heard of"])
    await delta.silent()
    server.publish(make.route("r", "2"), make.route("s", "2"))
    await delta.gets("route", "s")


async def test_line_45_dropping_a_name_under_a_wildcard(server, delta, make):
    server.publish(make.cluster("a"), make.cluster("b"))
    await delta.ask("cluster", "*", "a", "none")
    await delta.gets("cluster", "a", "b", removed=["none"])
    await delta.ack("cluster", drop=["a"])
    await delta.gets("cluster", "a")
    await delta.ack("cluster", drop=["none"])
    await delta.gets("cluster", removed=["none"])


async def test_line_46_the_legacy_wildcard_and_names(server, delta, make):
    server.publish(make.cluster("a"), make.cluster("b"))
    await delta.ask("cluster")
    await delta.gets("cluster", "a", "b")
    await delta.ack("cluster", "a")
    await delta.gets("cluster", "a")
    await delta.ack("cluster")
    server.publish(make.cluster("a"), make.cluster("b", "2"))
    await delta.gets("cluster", "b")
    await delta.ack("cluster", drop=["*"])
    server.publish(make.cluster("a", "2"), make.cluster("b", "3"))
    await delta.gets("cluster", "a")
    await delta.ack("cluster", drop=["a"])
    server.publish(make.cluster("a", "3"), make.cluster("b", "4"))
    await delta.silent()


async def test_line_47_a_wildcard_that_comes_and_goes_is_nothing(server, delta, make):
    server.publish(make.cluster("a"))
    await delta.ask("cluster", "*", drop=["*"])
    await delta.silent()
    server.publish(make.cluster("a", "2"))
    await delta.silent()


async def test_line_48_what_does_not_exist_is_told_and_watched(server, delta, make):
    server.publish(make.route("r"))
    await delta.ask("route", "r", "missing")
    await delta.gets("route", "r", removed=["missing"])
    await delta.ack("route")
    server.publish(make.route("r"), make.route("missing"))
    await delta.gets("route", "missing")


def test_line_48_snapshots_with_loose_ends_are_refused(make):
    with pytest.raises(SnapshotError) as refused:
        build_snapshot(
            [
                make.listener("l", route="no route"),
                make.cluster("c", eds=True),
                make.route("r", cluster="no cluster"),
            ]
        )
    assert len(refused.value.problems) == 3


async def test_line_49_names_are_those_that_were_subscribed_to(server, delta, make):
    server.publish(make.endpoint("outbound/default/app/80"), make.endpoint("other"))
    await delta.ask("endpoint", "outbound/default/app/80")
    await delta.gets("endpoint", "outbound/default/app/80")


CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
