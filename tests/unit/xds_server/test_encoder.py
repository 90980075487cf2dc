# SPDX-License-Identifier: Apache-2.0
"""What many nodes are given is encoded once, and a snapshot of it is the same as without."""

import pytest

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import AggregatedConfigSource, ConfigSource
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from xds_server.resource import Reference
from xds_server.snapshot import Encoder, SnapshotError, build_snapshot, encode_message
from xds_server.type_urls import CLUSTER, ENDPOINT


def eds_cluster(name):
    source = Cluster.EdsClusterConfig(eds_config=ConfigSource(ads=AggregatedConfigSource()))
    return Cluster(name=name, type=Cluster.DiscoveryType.EDS, eds_cluster_config=source)


def test_one_message_is_encoded_once_and_an_equal_one_anew():
    encode, message = Encoder(), Cluster(name="c")
    assert encode(message) is encode(message)
    assert encode(message) is not encode(Cluster(name="c"))
    assert encode(message) == encode(Cluster(name="c"))


def test_no_message_is_taken_for_one_that_is_gone():
    """Python gives the place of a message that nobody holds to the next one, and the place is its id."""
    encode = Encoder()
    assert [encode(Cluster(name=str(number))).resource.name for number in range(100)] == [str(n) for n in range(100)]


def test_encoded_messages_make_the_same_snapshot():
    messages = [eds_cluster("c"), ClusterLoadAssignment(cluster_name="c"), Cluster(name="d")]
    plain, encoded = build_snapshot(messages), build_snapshot(map(encode_message, messages))
    assert plain == encoded
    assert encoded.needs(Reference(CLUSTER, "c")) == {Reference(ENDPOINT, "c")}
    assert encoded.required(ENDPOINT) == {"c"}


def test_encoded_messages_are_checked_like_others():
    with pytest.raises(SnapshotError, match="cluster 'c' needs endpoint 'c', which does not exist"):
        build_snapshot([encode_message(eds_cluster("c"))])
    with pytest.raises(SnapshotError, match="two resources are the cluster 'd'"):
        build_snapshot([encode_message(Cluster(name="d")), Cluster(name="d")])


def test_what_the_bootstrap_defines_is_not_needed_of_the_snapshot():
    built = build_snapshot([encode_message(eds_cluster("c"))], static=[Reference(ENDPOINT, "c")])
    assert built.needs(Reference(CLUSTER, "c")) == frozenset()
