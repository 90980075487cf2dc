# SPDX-License-Identifier: Apache-2.0
"""Versions that are hashes of the content, and references that must resolve."""

import os
import subprocess
import sys

import pytest
from google.protobuf.any_pb2 import Any
from hypothesis import given
from hypothesis import strategies as st

from envoy_api import pack
from envoy_api.config.accesslog.v3 import AccessLog
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.core.v3 import (
    AggregatedConfigSource,
    ConfigSource,
    ExtensionConfigSource,
    GrpcService,
    PathConfigSource,
    TransportSocket,
)
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.config.listener.v3 import Filter, FilterChain, Listener
from envoy_api.config.route.v3 import (
    Route,
    RouteAction,
    RouteConfiguration,
    RouteMatch,
    VirtualHost,
    WeightedCluster,
)
from envoy_api.extensions.access_loggers.grpc.v3 import CommonGrpcAccessLogConfig, HttpGrpcAccessLogConfig
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager, HttpFilter, Rds
from envoy_api.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from envoy_api.extensions.transport_sockets.tls.v3 import CommonTlsContext, SdsSecretConfig, UpstreamTlsContext
from envoy_api.service.runtime.v3 import Runtime
from xds_server import type_urls
from xds_server.references import references
from xds_server.resource import Interner, Reference, ResourceSet, encode, version_of
from xds_server.snapshot import Snapshot, SnapshotError, build_snapshot
from xds_server.type_urls import CLUSTER, ENDPOINT, EXTENSION_CONFIG, LISTENER, ROUTE, SECRET

ADS = ConfigSource(ads=AggregatedConfigSource())
FILE = ConfigSource(path_config_source=PathConfigSource(path="/f"))


def listener(manager):
    chain = FilterChain(filters=[Filter(name="f", typed_config=pack(manager))])
    return Listener(name="l", filter_chains=[chain])


def route(**action):
    plain = Route(match=RouteMatch(prefix="/"), route=RouteAction(**action))
    return RouteConfiguration(name="r", virtual_hosts=[VirtualHost(name="v", domains=["*"], routes=[plain])])


def access_log(cluster):
    service = GrpcService(envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=cluster))
    config = HttpGrpcAccessLogConfig(common_config=CommonGrpcAccessLogConfig(log_name="x", grpc_service=service))
    return AccessLog(name="als", typed_config=pack(config))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            Cluster(name="c", type=3, eds_cluster_config=Cluster.EdsClusterConfig(eds_config=ADS)),
            {(ENDPOINT, "c")},
        ),
        (
            Cluster(name="c", type=3, eds_cluster_config=Cluster.EdsClusterConfig(eds_config=ADS, service_name="s")),
            {(ENDPOINT, "s")},
        ),
        (Cluster(name="c", type=3, eds_cluster_config=Cluster.EdsClusterConfig(eds_config=FILE)), set()),
        (Cluster(name="c"), set()),
        (route(cluster="c"), {(CLUSTER, "c")}),
        (route(cluster_header="x-where"), set()),
        (
            route(
                weighted_clusters=WeightedCluster(clusters=[WeightedCluster.ClusterWeight(name=each) for each in "ab"])
            ),
            {(CLUSTER, "a"), (CLUSTER, "b")},
        ),
        (
            route(cluster="c", request_mirror_policies=[RouteAction.RequestMirrorPolicy(cluster="m")]),
            {(CLUSTER, "c"), (CLUSTER, "m")},
        ),
        (
            listener(HttpConnectionManager(rds=Rds(route_config_name="r", config_source=ADS))),
            {(ROUTE, "r")},
        ),
        (listener(HttpConnectionManager(route_config=route(cluster="c"))), {(CLUSTER, "c")}),
        (listener(HttpConnectionManager(access_log=[access_log("als")])), {(CLUSTER, "als")}),
        (listener(TcpProxy(cluster="t")), {(CLUSTER, "t")}),
        (
            listener(
                HttpConnectionManager(
                    http_filters=[HttpFilter(name="x", config_discovery=ExtensionConfigSource(config_source=ADS))]
                )
            ),
            {(EXTENSION_CONFIG, "x")},
        ),
        (
            Cluster(
                name="c",
                transport_socket=TransportSocket(
                    name="tls",
                    typed_config=pack(
                        UpstreamTlsContext(
                            common_tls_context=CommonTlsContext(
                                tls_certificate_sds_secret_configs=[
                                    SdsSecretConfig(name="s", sds_config=ADS),
                                    SdsSecretConfig(name="static"),
                                ]
                            )
                        )
                    ),
                ),
            ),
            {(SECRET, "s")},
        ),
        (
            listener(
                HttpConnectionManager(
                    route_config=RouteConfiguration(typed_per_filter_config={"f": Any(type_url="x/y")})
                )
            ),
            set(),
        ),
    ],
)
def test_references(message, expected):
    assert {(each.type_url, each.name) for each in references(message)} == expected


def test_all_loose_ends_are_told_at_once():
    with pytest.raises(SnapshotError) as refused:
        build_snapshot(
            [
                listener(HttpConnectionManager(rds=Rds(route_config_name="nowhere", config_source=ADS))),
                route(cluster="riftgate-xds"),
                Cluster(name="c"),
                Cluster(name="c"),
                Cluster(),
            ],
            static=[Reference(CLUSTER, "other")],
        )
    assert refused.value.problems == (
        "two resources are the cluster 'c'; names must be unique in a snapshot",
        "a cluster without a name cannot be served; give it one",
        "listener 'l' needs route 'nowhere', which does not exist; add it to the snapshot or to the bootstrap",
        "route 'r' needs cluster 'riftgate-xds', which does not exist; add it to the snapshot or to the bootstrap",
    )


def test_what_the_bootstrap_defines_resolves_and_is_not_awaited():
    built = build_snapshot([route(cluster="c")], static=[Reference(CLUSTER, "c")])
    assert built.required(CLUSTER) == frozenset()


def test_names_that_clients_will_ask_for():
    built = build_snapshot(
        [
            listener(HttpConnectionManager(rds=Rds(route_config_name="r", config_source=ADS))),
            route(cluster="c"),
            Cluster(name="c"),
            RouteConfiguration(name="unused"),
        ]
    )
    assert built.required(ROUTE) == {"r"}
    assert built.needs(Reference(LISTENER, "l")) == {Reference(ROUTE, "r")}


CONTENTS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("123")), unique_by=lambda each: each[0])


def clusters(contents):
    return [Cluster(name=name, alt_stat_name=content) for name, content in contents]


@given(CONTENTS, st.randoms(use_true_random=False))
def test_the_order_of_publishing_does_not_matter(contents, random):
    shuffled = list(contents)
    random.shuffle(shuffled)
    one, two = build_snapshot(clusters(contents)), build_snapshot(clusters(shuffled))
    assert one == two
    assert one.version(CLUSTER) == two.version(CLUSTER)


@given(CONTENTS, CONTENTS)
def test_versions_are_equal_exactly_if_the_content_is(one, two):
    equal = build_snapshot(clusters(one)).version(CLUSTER) == build_snapshot(clusters(two)).version(CLUSTER)
    assert equal == (dict(one) == dict(two))


def test_versions_do_not_depend_on_the_process():
    """A server that was started anew gives its clients' configuration the versions that they know it by."""
    code = (
        "from envoy_api.config.cluster.v3 import Cluster\n"
        "from xds_server.snapshot import build_snapshot\n"
        "clusters = [Cluster(name=name) for name in {'a', 'b', 'c', 'd', 'e'}]\n"
        "for each in clusters: each.metadata.filter_metadata['x'].update({key: key for key in {'k', 'l', 'm', 'n'}})\n"
        "snapshot = build_snapshot(clusters)\n"
        "(url,) = snapshot.type_urls\n"
        "print(snapshot.version(url), sorted(each.version for each in snapshot.resources(url).values()))\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in "123"
    }
    assert len(seen) == 1


def test_names_and_versions_cannot_be_confused():
    """However they are concatenated."""
    one = [encode(Cluster(name="a")), encode(Cluster(name="ab"))]
    assert version_of(one) != version_of(one[:1])
    assert version_of([]) == ResourceSet(CLUSTER).version


def test_a_time_to_live_is_content():
    plain, leased = encode(Runtime(name="r")), encode(Runtime(name="r"), ttl=5)
    assert plain.version != leased.version
    assert leased.version != encode(Runtime(name="r"), ttl=6).version
    assert plain.body == leased.body


@pytest.mark.parametrize("message", [Listener(name="l"), RouteConfiguration(name="r")])
def test_what_must_not_expire_cannot(message):
    with pytest.raises(ValueError, match="must not have a time to live"):
        encode(message, ttl=5)


@pytest.mark.parametrize("ttl", [0, -1])
def test_a_time_to_live_is_positive(ttl):
    with pytest.raises(ValueError, match="not positive"):
        encode(Runtime(name="r"), ttl=ttl)


def test_time_to_live_of_resources_in_a_snapshot():
    built = build_snapshot([Runtime(name="r")], ttls={Reference(type_urls.RUNTIME, "r"): 5})
    assert built.resources(type_urls.RUNTIME)["r"].ttl == 5


def test_endpoints_are_named_after_their_cluster():
    assert encode(ClusterLoadAssignment(cluster_name="c")).name == "c"


def test_equal_resources_share_their_bodies():
    interner = Interner()
    one, two = (build_snapshot([Cluster(name="c")]).interned(interner) for _ in range(2))
    assert one.resources(CLUSTER)["c"].body is two.resources(CLUSTER)["c"].body
    assert len(interner) == 1
    del one, two
    assert len(interner) == 0


def test_a_snapshot_tells_what_it_holds():
    assert repr(build_snapshot([Cluster(name="c")])) == "Snapshot(1 cluster)"
    assert Snapshot([]).resources(CLUSTER) == {}


def test_what_is_put_into_a_snapshot_must_find_what_it_needs_there() -> None:
    before = build_snapshot([route(cluster="c"), Cluster(name="c")])
    both = build_snapshot([route(cluster="d"), Cluster(name="c"), Cluster(name="d")])
    assert before.with_changed([Cluster(name="d"), route(cluster="d")]) == both
    assert before.with_changed([Cluster(name="d"), route(cluster="d")]).required(CLUSTER) == {"d"}
    assert before.with_changed([route(cluster="s")], static=[Reference(CLUSTER, "s")]).required(CLUSTER) == frozenset()
    with pytest.raises(SnapshotError, match=r"needs cluster 'd', which does not exist"):
        before.with_changed([route(cluster="d")])
    with pytest.raises(SnapshotError, match=r"two resources are the cluster 'd'"):
        before.with_changed([Cluster(name="d"), Cluster(name="d")])
