# SPDX-License-Identifier: Apache-2.0
"""In which order the parts of one change reach a client, and what happens when it does not follow."""

import pytest

from xds_server.delivery import ASKING_TIME, PATIENCE, RETURNING_TIME
from xds_server.stream import Variant

BEFORE = (
    "cluster a -> endpoint a",
    "endpoint a",
    "listener l -> route r",
    "route r -> cluster a",
)
AFTER = (
    "cluster b -> endpoint b",
    "endpoint b",
    "listener l=2 -> route r",
    "route r=2 -> cluster b",
)


@pytest.fixture
def running(either):
    """A client that has all of BEFORE and has accepted it."""
    either.publish(*BEFORE)
    either.asks("cluster").gets("cluster a=1")
    either.asks("endpoint", "a").gets("endpoint a=1")
    either.acks("cluster").gets()
    either.acks("endpoint").gets()
    either.asks("listener").gets("listener l=1")
    either.asks("route", "r").gets("route r=1")
    either.acks("listener").gets()
    either.acks("route").gets()
    assert all(either.progress[kind].acked for kind in ("cluster", "endpoint", "listener", "route"))
    return either


def whole(play, delta, sotw):
    """What a cluster or listener response holds: the change, or all there is."""
    return delta if play.variant is Variant.DELTA else sotw


def test_make_before_break(running):
    running.publish(*AFTER).gets(whole(running, "cluster b=1", "cluster a=1 b=1"))
    running.asks("endpoint", whole(running, "b", "a b"), nonce=whole(running, "", running.nonces["endpoint"]))
    running.gets("endpoint b=1")
    running.acks("endpoint").gets()
    # The client acknowledges clusters once they are warm. Until then nothing may send traffic to them.
    running.acks("cluster").gets("listener l=2", "route r=2")
    running.acks("listener").gets()
    running.acks("route").gets(*whole(running, ("cluster -a", "endpoint -a"), ("cluster b=1",)))


def test_clusters_that_do_not_get_warm_hold_nothing_back_for_long(running):
    running.publish(*AFTER).gets(whole(running, "cluster b=1", "cluster a=1 b=1"))
    running.waits(PATIENCE - 0.01).gets()
    running.waits(0.01).gets("listener l=2", "route r=2")


def test_a_policy_goes_out_at_once_when_clusters_do_not_change(running):
    running.publish(*BEFORE[:3], "route r=2 -> cluster a").gets("route r=2")
    running.publish("cluster a -> endpoint a", "endpoint a=2", "listener l=2 -> route r", BEFORE[3]).gets(
        "endpoint a=2"
    )
    running.acks("endpoint").gets("listener l=2")


def test_clusters_stay_while_routes_that_need_them_are_refused(running):
    running.publish(*AFTER).gets(whole(running, "cluster b=1", "cluster a=1 b=1"))
    running.asks("endpoint", whole(running, "b", "a b"), nonce=whole(running, "", running.nonces["endpoint"])).take()
    running.acks("endpoint").gets()
    running.acks("cluster").gets("listener l=2", "route r=2")
    running.acks("listener").gets()
    running.nacks("route").gets()
    running.waits(3600).gets()
    assert running.progress["route"].refused is not None
    running.publish(*AFTER[:3], "route r=3 -> cluster b").gets("route r=3")
    running.acks("route").gets(*whole(running, ("cluster -a", "endpoint -a"), ("cluster b=1",)))


def test_a_refused_route_that_is_no_more_keeps_no_clusters(running):
    running.publish(*BEFORE[:3], "route r=2 -> cluster a").gets("route r=2")
    running.nacks("route").gets()
    running.publish("cluster b").gets(whole(running, "cluster b=1", "cluster a=1 b=1"))
    # Endpoints and routes that are no more are silence in a state of the world.
    running.acks("cluster").gets(*whole(running, ("listener -l", "route -r"), ("listener",)))
    if running.variant is Variant.DELTA:
        running.acks("route").gets()
    running.acks("listener").gets(*whole(running, ("cluster -a", "endpoint -a"), ("cluster b=1",)))


def test_a_cluster_that_changes_gets_its_endpoints_again(running):
    """Envoy warms it anew, and in Delta does not ask for what it has been sent."""
    running.publish("cluster a=2 -> endpoint a", *BEFORE[1:]).gets("cluster a=2", "endpoint a=1")


def test_endpoints_never_come_before_their_cluster(running):
    running.publish("cluster a=2 -> endpoint a", *BEFORE[1:]).gets("cluster a=2", "endpoint a=1")
    running.acks("endpoint").gets()
    # The cluster is still warming, so that the next change of it has to wait.
    running.publish("cluster a=3 -> endpoint a", "endpoint a=3", *BEFORE[2:]).gets()
    running.waits(3600).gets()
    running.acks("cluster").gets("cluster a=3", "endpoint a=3")


def test_a_subscription_is_answered_while_clusters_are_under_way(running):
    running.publish(*AFTER, "secret s").take()
    running.asks("secret", "s").gets("secret s=1")
    running.asks("endpoint", whole(running, "b", "a b"), nonce=whole(running, "", running.nonces["endpoint"]))
    running.gets("endpoint b=1")


def test_two_changes_in_a_row_keep_what_the_first_has_sent(running):
    """The client warms b, and waits for its endpoints, when b is already history."""
    running.publish(*AFTER).gets(whole(running, "cluster b=1", "cluster a=1 b=1"))
    running.publish("cluster c", "listener l=3 -> route r", "route r=3 -> cluster c").gets()
    running.asks("endpoint", whole(running, "b", "a b"), nonce=whole(running, "", running.nonces["endpoint"]))
    running.gets("endpoint b=1")
    running.acks("endpoint").gets()
    running.acks("cluster").gets(whole(running, "cluster c=1", "cluster a=1 b=1 c=1"))
    running.acks("cluster").gets("listener l=3", "route r=3")
    running.acks("listener").gets()
    running.acks("route").gets(*whole(running, ("cluster -a -b", "endpoint -a -b"), ("cluster c=1",)))


def test_routes_that_a_new_listener_will_ask_for_are_awaited(running):
    after = ("cluster b", "listener l=2 -> route new", "route new -> cluster b")
    running.publish(*after).gets(whole(running, "cluster b=1", "cluster a=1 b=1"))
    running.acks("cluster").take()
    running.acks("listener").take()
    # The old listener serves, by the old route and cluster, until the new one is warm; the client will ask for its.
    assert running.progress["route"].unasked == ("new",)
    running.waits(ASKING_TIME / 2).gets()
    running.asks("route", whole(running, "new", "r new"), nonce=running.nonces["route"]).gets("route new=1")
    running.acks("route").gets(*whole(running, ("cluster -a", "endpoint -a"), ("cluster b=1",)))


def test_a_client_that_does_not_ask_does_not_keep_clusters_forever(running):
    after = ("cluster b", "listener l=2 -> route new", "route new -> cluster b")
    running.publish(*after).take()
    running.acks("cluster").take()
    running.acks("listener").take()
    if running.variant is Variant.DELTA:
        running.acks("route").gets()
    running.waits(ASKING_TIME).gets(*whole(running, ("cluster -a", "endpoint -a"), ("cluster b=1",)))


def test_without_listeners_nobody_uses_a_cluster(either):
    either.publish("cluster a")
    either.asks("cluster").gets("cluster a=1")
    either.acks("cluster").gets()
    either.publish("cluster b").gets(whole(either, "cluster b=1 -a", "cluster b=1"))


def test_endpoints_follow_a_changed_cluster_on_a_new_stream(delta):
    """The subscription to them comes after the cluster, with versions that say that nothing changed."""
    delta.publish("cluster a=2 -> endpoint a", "endpoint a")
    delta.asks("cluster", have="a=v1").gets("cluster a=2")
    delta.asks("endpoint", "a", have="a=v1").gets("endpoint a=1")


def test_a_state_of_the_world_client_that_repeats_its_request_gets_its_endpoints(sotw):
    """Envoy asks so for a cluster that it warms anew; when nothing of the kind happened, it is an acknowledgement."""
    sotw.publish("cluster a -> endpoint a", "endpoint a")
    sotw.asks("cluster").gets("cluster a=1")
    sotw.asks("endpoint", "a").gets("endpoint a=1")
    sotw.acks("cluster").gets()
    sotw.publish("cluster a=2 -> endpoint a", "endpoint a").gets("cluster a=2")
    sotw.acks("endpoint").gets("endpoint a=1")
    sotw.acks("endpoint").gets()


def test_progress_counts_a_change_as_done_when_the_old_clusters_are_gone(running):
    running.publish(*AFTER).take()
    version = running.view.snapshot.version("type.googleapis.com/envoy.config.cluster.v3.Cluster")
    running.asks("endpoint", whole(running, "b", "a b"), nonce=whole(running, "", running.nonces["endpoint"])).take()
    running.acks("endpoint").take()
    running.acks("cluster").take()
    running.acks("listener").take()
    assert running.progress["cluster"].acked not in (version, None)
    assert running.accepts("route") == whole(running, ["route", "cluster", "endpoint"], ["route", "cluster"])
    assert running.progress["cluster"].acked == version


def test_names_that_were_announced_and_not_asked_for_are_unfinished(either):
    either.publish("cluster a -> endpoint a", "endpoint a")
    either.asks("cluster").gets("cluster a=1")
    either.acks("cluster").gets()
    assert either.progress["cluster"].acked is not None
    assert either.progress["endpoint"].unasked == ("a",)
    either.asks("endpoint", "a").gets("endpoint a=1")
    assert either.progress["endpoint"].unasked == ()


def returns(delta):
    """The client has all of BEFORE from a server before this one, and says so, in the order in which Envoy does."""
    delta.asks("cluster", have="a=v1")
    came = delta.take()
    delta.asks("endpoint", "a", have="a=v1").gets()
    delta.asks("listener", have="l=v1")
    delta.asks("route", "r", have="r=v1")
    return came


def test_make_before_break_holds_over_a_restart(delta):
    delta.publish(*AFTER)
    assert returns(delta) == ["cluster b=1"]
    delta.gets()
    delta.asks("endpoint", "b").gets("endpoint b=1")
    delta.acks("endpoint").gets()
    delta.acks("cluster").gets("listener l=2", "route r=2")
    delta.acks("listener").gets()
    version = delta.view.snapshot.version("type.googleapis.com/envoy.config.cluster.v3.Cluster")
    assert delta.progress["cluster"].acked is None
    delta.acks("route").gets("cluster -a", "endpoint -a")
    delta.acks("cluster").gets()
    assert delta.progress["cluster"].acked == version


def test_a_restarted_server_that_knows_nothing_yet_deletes_nothing(delta):
    assert returns(delta) == []
    delta.publish(*AFTER).gets("cluster b=1")
    delta.waits(RETURNING_TIME).gets()


def test_clusters_from_an_earlier_stream_stay_while_routes_that_need_them_are_refused(delta):
    delta.publish("cluster b", *AFTER[2:])
    returns(delta)
    delta.acks("cluster").gets("listener l=2", "route r=2")
    delta.acks("listener").gets()
    delta.nacks("route").gets()
    delta.waits(3600).gets()
    delta.publish("cluster b", AFTER[2], "route r=3 -> cluster b").gets("route r=3")
    delta.acks("route").gets("cluster -a", "endpoint -a")


def test_after_a_reconnect_clusters_leave_as_late_as_ever(delta):
    """This stream has not sent the cluster that leaves: the client had it already."""
    delta.publish(*BEFORE)
    assert returns(delta) == []
    delta.publish("cluster b", *AFTER[2:]).gets("cluster b=1")
    delta.acks("cluster").gets("listener l=2", "route r=2")
    delta.acks("listener").gets()
    delta.acks("route").gets("cluster -a", "endpoint -a")


def test_what_leaves_before_a_returning_client_has_said_what_uses_it_stays(delta):
    """When it came, nothing of what it has was to go."""
    delta.publish(*BEFORE)
    delta.asks("cluster", have="a=v1").gets()
    delta.publish("cluster b", *AFTER[2:]).gets("cluster b=1")
    delta.asks("listener", have="l=v1")
    delta.asks("route", "r", have="r=v1")
    delta.acks("cluster").gets("listener l=2", "route r=2")
    delta.acks("listener").gets()
    delta.acks("route").gets("cluster -a")


def test_a_client_that_returns_and_wants_clusters_only_is_told_soon_what_is_gone(delta):
    delta.publish(*AFTER)
    delta.asks("cluster", have="a=v1").gets("cluster b=1")
    delta.acks("cluster").gets()
    delta.waits(RETURNING_TIME).gets("cluster -a")


def test_where_no_listener_can_use_them_a_returning_client_is_told_at_once_what_is_gone(delta):
    delta.publish("cluster b")
    delta.asks("cluster", have="a=v1").gets("cluster b=1 -a")


def test_a_cluster_that_comes_back_before_it_was_given_up_stays(delta):
    delta.publish(*AFTER)
    returns(delta)
    delta.publish(*AFTER, "cluster a -> endpoint a", "endpoint a").gets()
    delta.asks("endpoint", "b").gets("endpoint b=1")
    delta.acks("endpoint").gets()
    delta.acks("cluster").gets("listener l=2", "route r=2")
    delta.acks("listener").gets()
    delta.acks("route").gets()


def test_a_state_of_the_world_client_that_resumes_keeps_clusters_until_they_are_unused(sotw):
    """Nor has this stream sent that one what it need not send again."""
    sotw.publish(*BEFORE)
    version = sotw.view.snapshot.version("type.googleapis.com/envoy.config.cluster.v3.Cluster")
    sotw.asks("cluster", version=version).gets()
    sotw.asks("listener").gets("listener l=1")
    sotw.asks("route", "r").gets("route r=1")
    sotw.acks("listener").gets()
    sotw.acks("route").gets()
    sotw.publish("cluster b", *AFTER[2:]).gets("cluster a=1 b=1")
    sotw.acks("cluster").gets("listener l=2", "route r=2")
    sotw.acks("listener").gets()
    sotw.acks("route").gets("cluster b=1")
