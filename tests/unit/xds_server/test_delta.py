# SPDX-License-Identifier: Apache-2.0
"""One Delta stream, one type at a time: who is sent what, and when nothing."""


def test_changes_and_only_changes_follow(delta):
    delta.publish("cluster a", "cluster b").gets()
    delta.asks("cluster").gets("cluster a=1 b=1")
    delta.acks("cluster").gets()
    delta.publish("cluster a=2", "cluster c").gets("cluster a=2 c=1 -b")
    delta.acks("cluster").gets()
    delta.publish("cluster a=2", "cluster c").gets()


def test_a_removal_is_told_once_and_a_return_is_a_change(delta):
    delta.publish("cluster a", "cluster b")
    delta.asks("cluster").gets("cluster a=1 b=1")
    delta.acks("cluster")
    delta.publish("cluster a").gets("cluster -b")
    delta.acks("cluster").gets()
    delta.publish("cluster a=2").gets("cluster a=2")
    delta.acks("cluster").gets()
    delta.publish("cluster a=2", "cluster b").gets("cluster b=1")


def test_one_response_is_outstanding_and_newer_ones_merge(delta):
    delta.publish("route a", "route b")
    delta.asks("route", "a b").gets("route a=1 b=1")
    delta.publish("route a=2", "route b").gets()
    delta.publish("route a=2", "route b=2").gets()
    delta.publish("route a=3", "route b=2").gets()
    delta.acks("route").gets("route a=3 b=2")


def test_a_request_without_a_nonce_is_no_ack(delta):
    delta.publish("route a", "route b")
    delta.asks("route", "a").gets("route a=1")
    delta.asks("route", "b").gets()
    delta.acks("route").gets("route b=1")


def test_a_stale_nonce_is_no_ack_but_its_changes_count(delta):
    delta.publish("route a", "route b")
    delta.asks("route", "a").gets("route a=1")
    first = delta.nonces["route"]
    delta.acks("route").gets()
    delta.publish("route a=2", "route b").gets("route a=2")
    delta.asks("route", "b", nonce=first).gets()
    delta.acks("route").gets("route b=1")


def test_what_was_refused_is_not_sent_again_until_it_changes(delta):
    delta.publish("route a", "route b")
    delta.asks("route", "a b").gets("route a=1 b=1")
    delta.acks("route")
    delta.publish("route a=bad", "route b").gets("route a=bad")
    delta.nacks("route").gets()
    delta.publish("route a=bad", "route b=2").gets("route b=2")
    delta.acks("route").gets()
    delta.publish("route a=good", "route b=2").gets("route a=good")


def test_going_back_from_what_was_refused_is_a_change(delta):
    delta.publish("route a=old")
    delta.asks("route", "a").gets("route a=old")
    delta.acks("route")
    delta.publish("route a=bad").gets("route a=bad")
    delta.nacks("route").gets()
    delta.publish("route a=old").gets("route a=old")


def test_an_explicit_request_is_answered_even_with_what_was_refused(delta):
    """A client that takes down and sets up a listener waits for its route; only unasked repetition is a loop."""
    delta.publish("route a=bad")
    delta.asks("route", "a").gets("route a=bad")
    delta.nacks("route").gets()
    delta.asks("route", "a").gets("route a=bad")


def test_subscribing_again_is_answered(delta):
    delta.publish("route a")
    delta.asks("route", "a").gets("route a=1")
    delta.acks("route").gets()
    delta.asks("route", "a").gets("route a=1")


def test_unsubscribing_is_not(delta):
    delta.publish("route a", "route b")
    delta.asks("route", "a b").gets("route a=1 b=1")
    delta.acks("route").gets()
    delta.asks("route", "-a -never").gets()
    delta.publish("route a=2", "route b=2").gets("route b=2")


def test_what_does_not_exist_is_told_and_watched(delta):
    delta.publish("route a")
    delta.asks("route", "a missing").gets("route a=1 -missing")
    delta.acks("route").gets()
    delta.publish("route a=2").gets("route a=2")
    delta.acks("route").gets()
    delta.publish("route a=2", "route missing").gets("route missing=1")


def test_an_empty_wildcard_is_answered_once(delta):
    delta.publish("route a")
    delta.asks("cluster").gets("cluster")
    delta.acks("cluster").gets()
    delta.publish("route b").gets()


def test_only_listeners_and_clusters_have_a_wildcard_without_a_name(delta):
    delta.publish("route a")
    delta.asks("route").gets()
    delta.asks("route", "*").gets("route a=1")


def test_a_wildcard_goes_on_when_a_name_is_added(delta):
    delta.publish("cluster a", "cluster b")
    delta.asks("cluster").gets("cluster a=1 b=1")
    delta.acks("cluster").gets()
    delta.asks("cluster", "a").gets("cluster a=1")
    delta.acks("cluster").gets()
    delta.publish("cluster a", "cluster b=2").gets("cluster b=2")
    delta.acks("cluster").gets()
    delta.asks("cluster", "-*").gets()
    delta.publish("cluster a=3", "cluster b=3").gets("cluster a=3")
    delta.acks("cluster").gets()
    delta.asks("cluster", "-a").gets()
    delta.publish("cluster a=4", "cluster b=4").gets()


def test_dropping_a_name_under_a_wildcard_tells_what_it_now_is(delta):
    delta.publish("cluster a", "cluster b")
    delta.asks("cluster", "* a gone").gets("cluster a=1 b=1 -gone")
    delta.acks("cluster").gets()
    delta.asks("cluster", "-a").gets("cluster a=1")
    delta.acks("cluster").gets()
    delta.asks("cluster", "-gone").gets("cluster -gone")


def test_a_wildcard_that_comes_and_goes_in_one_request_is_none(delta):
    delta.publish("cluster a")
    delta.asks("cluster", "* -*").gets()
    delta.publish("cluster b").gets()


def test_what_the_client_kept_is_not_sent_again(delta):
    delta.publish("cluster a", "cluster b=2", "cluster new")
    delta.asks("cluster", have="a=v1 b=v1 gone=v1").gets("cluster b=2 new=1 -gone")


def test_a_reconnect_to_the_same_is_silent(delta):
    delta.publish("cluster a")
    delta.asks("cluster", have="a=v1").gets()
    assert delta.progress["cluster"].acked == delta.view.snapshot.version(delta_type("cluster"))


def delta_type(kind):
    return {"cluster": "type.googleapis.com/envoy.config.cluster.v3.Cluster"}[kind]


def test_kept_versions_are_not_subscriptions(delta):
    delta.publish("route a", "route b")
    delta.asks("route", "a", have="a=v0 b=v0").gets("route a=1")
    delta.acks("route").gets()
    delta.publish("route a", "route b=2").gets()


def test_unknown_types_hurt_nobody(delta):
    delta.publish("cluster a")
    delta.asks("no.such.Type", "x").gets("no.such.Type -x")
    delta.asks("cluster").gets("cluster a=1")


def test_what_was_unsubscribed_before_it_was_refused_is_no_refusal(delta):
    """Nor does it keep clusters that routes have left from leaving."""
    delta.publish("cluster a", "route r -> cluster a")
    delta.asks("cluster").gets("cluster a=1")
    delta.acks("cluster").gets()
    delta.asks("route", "r").gets("route r=1")
    delta.asks("route", "-r").gets()
    delta.nacks("route").gets()
    assert delta.progress["route"].refused is None
    delta.publish("cluster b").gets("cluster b=1")
    delta.acks("cluster").gets("cluster -a")
