# SPDX-License-Identifier: Apache-2.0
"""What holds for both variants: who may speak, waiting for a snapshot, runtime layers and their leases."""

from xds_server.stream import Variant
from xds_server.subscription import Nack


def test_whoever_does_not_say_who_it_is_is_sent_away(either):
    either.asks("cluster", node=None).gets("closed: the first request of a stream must carry node.id")


def test_an_empty_node_id_is_none(either):
    either.asks("cluster", node="").gets("closed: the first request of a stream must carry node.id")


def test_a_request_must_say_what_it_is_about(either):
    either.asks("").gets("closed: a request on an aggregated stream must carry type_url")


def test_without_a_snapshot_nothing_is_said(either):
    either.asks("cluster").gets()
    either.asks("route", "r").gets()
    either.publish("cluster a", "route r").gets("cluster a=1", "route r=1")


def test_a_snapshot_that_is_forgotten_deletes_nothing(either):
    either.publish("cluster a")
    either.asks("cluster").gets("cluster a=1")
    either.acks("cluster").gets()
    either.forget().gets()
    either.publish("cluster a=2").gets("cluster a=2")


def test_runtime_is_answered_even_then_and_unknown_layers_are_empty(either):
    either.publish_runtime("faults=5").gets()
    either.asks("runtime", "faults other").take()
    assert either.nonces["runtime"]
    assert either.progress["runtime"].sent is not None


def test_a_runtime_change_is_one_small_push(either):
    either.publish("cluster a", "listener l")
    either.asks("cluster").gets("cluster a=1")
    either.asks("listener").gets("listener l=1")
    either.publish_runtime("faults=5").gets()
    either.asks("runtime", "faults").gets("runtime faults=5")
    either.acks("runtime").gets()
    either.publish_runtime("faults=6").gets("runtime faults=6")


def test_runtime_waits_for_nobody(either):
    """Clusters, listeners and routes are all under way, and none of them is acknowledged."""
    either.publish("cluster a", "listener l -> route r", "route r", "runtime faults=0")
    either.asks("cluster").take()
    either.asks("listener").take()
    either.asks("runtime", "faults").gets("runtime faults=0")
    either.acks("runtime")
    either.publish("cluster a=2", "listener l=2 -> route r", "route r", "runtime faults=1").gets("runtime faults=1")


def test_a_lease_is_renewed_three_times_in_its_life(either):
    either.publish_runtime("faults=5 ttl:9")
    either.asks("runtime", "faults").gets("runtime faults=5/9")
    either.acks("runtime").gets()
    heartbeat = "runtime ~faults=5/9" if either.variant is Variant.DELTA else "runtime faults=5/9"
    either.waits(2.9).gets()
    either.waits(0.1).gets(heartbeat)
    either.acks("runtime").gets()
    either.waits(3).gets(heartbeat)
    either.waits(30).gets()  # it is not acknowledged
    either.acks("runtime").gets("runtime faults=5/9")


def test_a_late_heartbeat_brings_the_body(either):
    """The client may have dropped it meanwhile, without a word."""
    either.publish_runtime("faults=5 ttl:9")
    either.asks("runtime", "faults").gets("runtime faults=5/9")
    either.acks("runtime").gets()
    either.wakes_late(7.3).gets("runtime faults=5/9")


def test_a_lease_that_is_taken_away_is_a_change(either):
    either.publish_runtime("faults=5 ttl:9")
    either.asks("runtime", "faults").gets("runtime faults=5/9")
    either.acks("runtime").gets()
    either.publish_runtime("faults=5").gets("runtime faults=5")
    either.acks("runtime").gets()
    either.waits(60).gets()


def test_nothing_is_renewed_that_was_refused_dropped_or_is_gone(either):
    either.publish("runtime r=bad ttl:9", "secret s=1 ttl:9", "secret kept=1 ttl:9")
    either.asks("runtime", "r").gets("runtime r=bad/9")
    either.nacks("runtime").gets()
    either.asks("secret", "s kept").gets("secret kept=1/9 s=1/9")
    drop = "-s" if either.variant is Variant.DELTA else "kept"
    either.acks("secret", drop).gets()
    either.waits(4).gets("secret ~kept=1/9" if either.variant is Variant.DELTA else "secret kept=1/9")


def test_a_reconnected_client_gets_its_leases_with_their_bodies(delta):
    delta.publish("runtime faults=5 ttl:9", "runtime other=1")
    delta.asks("runtime", "faults other", have="faults=v5/9 other=v1").gets("runtime faults=5/9")


def test_a_heartbeat_under_way_is_no_change_to_wait_for(delta):
    delta.publish_runtime("faults=5 ttl:9")
    delta.asks("runtime", "faults").gets("runtime faults=5/9")
    delta.acks("runtime")
    acked = delta.progress["runtime"].acked
    delta.waits(3).gets("runtime ~faults=5/9")
    assert delta.progress["runtime"].acked == acked == delta.view.layers.version


def test_leases_of_a_node_that_was_forgotten_wake_nobody(either):
    either.publish("secret s=1 ttl:9")
    either.asks("secret", "s").gets("secret s=1/9")
    either.acks("secret").gets()
    either.forget()
    either.waits(60).gets()
    either.publish("secret s=1 ttl:9").gets("secret s=1/9")


def test_progress_of_a_type_that_is_accepted(either):
    either.publish("route a", "route b")
    version = either.view.snapshot.version("type.googleapis.com/envoy.config.route.v3.RouteConfiguration")
    either.asks("route", "a").gets("route a=1")
    assert (either.progress["route"].sent, either.progress["route"].acked) == (version, None)
    either.acks("route")
    assert either.progress["route"].acked == version
    either.publish("route a", "route b=2").gets()
    assert either.progress["route"].acked not in (None, version)


def test_progress_of_a_type_that_is_refused(either):
    either.publish("route a=bad", "route b")
    either.asks("route", "a b").gets("route a=bad b=1")
    either.nacks("route", "route 'a': no").gets()
    progress = either.progress["route"]
    assert progress.refused == progress.sent
    assert progress.acked is None
    assert progress.nack == Nack("route 'a': no", ("a",))
    either.publish("route a=good", "route b").gets("route a=good")
    assert either.progress["route"].refused is None
    # Nobody knows whether the client took b, which was in the refused response and has not changed.
    either.acks("route").gets("route b=1")
    assert either.progress["route"].acked is None
    either.acks("route").gets()
    assert either.progress["route"].acked == either.progress["route"].sent


def test_what_was_refused_in_company_is_refused_again_only_once(either):
    either.publish("route a=bad", "route b=bad", "route c")
    either.asks("route", "a b c").gets("route a=bad b=bad c=1")
    either.nacks("route").gets()
    either.publish("route a=good", "route b=bad", "route c").gets("route a=good")
    either.acks("route").gets("route b=bad c=1")
    either.nacks("route").gets()
    either.publish("route a=better", "route b=bad", "route c").gets("route a=better")
    either.acks("route").gets()
    assert either.progress["route"].refused is not None


def test_clusters_and_listeners_that_are_not_named_in_the_error_were_taken(delta):
    delta.publish("cluster a=bad", "cluster b")
    delta.asks("cluster").gets("cluster a=bad b=1")
    delta.nacks("cluster", "Error adding/updating cluster(s) a: no").gets()
    delta.publish("cluster a=good", "cluster b").gets("cluster a=good")
    delta.acks("cluster").gets()
    assert delta.progress["cluster"].acked == delta.progress["cluster"].sent
