# SPDX-License-Identifier: Apache-2.0
"""One state-of-the-world stream, one type at a time."""


def test_clusters_come_whole_and_absence_is_deletion(sotw):
    sotw.publish("cluster a", "cluster b")
    sotw.asks("cluster").gets("cluster a=1 b=1")
    sotw.acks("cluster").gets()
    sotw.publish("cluster a=2", "cluster b").gets("cluster a=2 b=1")
    sotw.acks("cluster").gets()
    sotw.publish("cluster a=2").gets("cluster a=2")
    sotw.acks("cluster").gets()
    sotw.publish("route x").gets("cluster")


def test_routes_come_as_they_change(sotw):
    sotw.publish("route a", "route b")
    sotw.asks("route", "a b").gets("route a=1 b=1")
    sotw.acks("route").gets()
    sotw.publish("route a=2", "route b").gets("route a=2")
    sotw.acks("route").gets()
    sotw.publish("route b").gets()


def test_one_response_is_outstanding_and_newer_ones_merge(sotw):
    sotw.publish("route a")
    sotw.asks("route", "a").gets("route a=1")
    sotw.publish("route a=2").gets()
    sotw.publish("route a=3").gets()
    sotw.acks("route").gets("route a=3")


def test_what_was_refused_is_not_sent_again_but_what_follows_is(sotw):
    sotw.publish("cluster a=bad")
    sotw.asks("cluster").gets("cluster a=bad")
    sotw.nacks("cluster").gets()
    sotw.publish("cluster a=bad").gets()
    sotw.publish("cluster a=good").gets("cluster a=good")


def test_a_nack_is_known_by_its_error_and_not_by_its_version(sotw):
    sotw.publish("cluster a")
    sotw.asks("cluster").gets("cluster a=1")
    sotw.acks("cluster", version="").gets()
    assert sotw.progress["cluster"].refused is None
    assert sotw.progress["cluster"].acked is not None


def test_a_stale_nonce_is_ignored_and_so_are_its_names(sotw):
    sotw.publish("route a", "route b")
    sotw.asks("route", "a").gets("route a=1")
    first = sotw.nonces["route"]
    sotw.acks("route").gets()
    sotw.publish("route a=2", "route b").gets("route a=2")
    sotw.asks("route", "a b", nonce=first).gets()
    sotw.acks("route", "a").gets()
    sotw.asks("route", "a b", nonce=first).gets()
    sotw.acks("route", "a b").gets("route b=1")


def test_no_nonce_after_an_answer_is_a_new_beginning(sotw):
    sotw.publish("route a")
    sotw.asks("route", "a").gets("route a=1")
    sotw.acks("route").gets()
    sotw.asks("route", "a").gets("route a=1")


def test_the_first_request_may_carry_any_nonce(sotw):
    sotw.publish("route a")
    sotw.asks("route", "a", nonce="of an earlier stream").gets("route a=1")


def test_the_latest_request_counts(sotw):
    sotw.asks("route", "a").gets()
    sotw.asks("route", "b").gets()
    sotw.publish("route a", "route b").gets("route b=1")


def test_a_name_that_is_added_is_sent_and_so_is_one_that_returns(sotw):
    sotw.publish("route a", "route b")
    sotw.asks("route", "a").gets("route a=1")
    sotw.acks("route", "a b").gets("route b=1")
    sotw.acks("route", "a").gets()
    sotw.acks("route", "a b").gets("route b=1")


def test_the_wildcard_by_name_and_its_end(sotw):
    sotw.publish("cluster a", "cluster b")
    sotw.asks("cluster").gets("cluster a=1 b=1")
    sotw.acks("cluster", "* a").gets("cluster a=1 b=1")
    sotw.acks("cluster", "* a").gets()
    sotw.publish("cluster a", "cluster b=2").gets("cluster a=1 b=2")
    sotw.acks("cluster", "a").gets()
    sotw.publish("cluster a", "cluster b=3").gets()
    sotw.acks("cluster", "").gets()
    sotw.publish("cluster a=4", "cluster b=4").gets()


def test_no_names_subscribe_to_nothing_but_listeners_and_clusters(sotw):
    sotw.publish("route a", "listener l")
    sotw.asks("route").gets()
    sotw.asks("listener").gets("listener l=1")


def test_what_does_not_exist_is_silence_until_it_does(sotw):
    sotw.publish("route a")
    sotw.asks("route", "missing").gets()
    sotw.publish("route a", "route missing").gets("route missing=1")


def test_a_reconnect_with_all_clusters_is_silent(sotw):
    sotw.publish("cluster a")
    version = sotw.view.snapshot.version("type.googleapis.com/envoy.config.cluster.v3.Cluster")
    sotw.asks("cluster", version=version).gets()
    assert sotw.progress["cluster"].acked == version
    sotw.publish("cluster b").gets("cluster b=1")


def test_a_reconnect_by_name_or_with_leases_is_not(sotw):
    sotw.publish("cluster a", "route r", "listener l=1 ttl:9")
    url = "type.googleapis.com/envoy.config.{}"
    sotw.asks("cluster", "a", version=sotw.view.snapshot.version(url.format("cluster.v3.Cluster"))).gets("cluster a=1")
    version = sotw.view.snapshot.version(url.format("listener.v3.Listener"))
    sotw.asks("listener", version=version).gets("listener l=1/9")
    version = sotw.view.snapshot.version(url.format("route.v3.RouteConfiguration"))
    sotw.asks("route", "r", version=version).gets("route r=1")
