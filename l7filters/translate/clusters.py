# SPDX-License-Identifier: Apache-2.0
"""Clusters: where the sidecar connects to. None retries, ejects or limits: the sidecar must not be felt."""

from datetime import timedelta

from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api import pack
from envoy_api.config.cluster.v3 import CircuitBreakers, Cluster
from envoy_api.config.core.v3 import (
    AggregatedConfigSource,
    ApiVersion,
    ConfigSource,
    Http2ProtocolOptions,
    HttpProtocolOptions,
)
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.extensions.upstreams.http.v3 import HttpProtocolOptions as UpstreamHttpOptions

# The kernel gives up on a connect after more than two minutes; the app's own timeout should come first.
CONNECT_TIMEOUT = timedelta(seconds=120)
# Envoy's defaults (1,024 connections and requests) would answer 503 where without a sidecar nothing would.
UNLIMITED = UInt32Value(value=0xFFFFFFFF)
_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def ads_source() -> ConfigSource:
    """Resources come over the one aggregated stream."""
    return ConfigSource(ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3)


def _cluster(name: str) -> Cluster:
    unlimited = CircuitBreakers.Thresholds(
        max_connections=UNLIMITED,
        max_pending_requests=UNLIMITED,
        max_requests=UNLIMITED,
        max_retries=UNLIMITED,
    )
    cluster = Cluster(
        name=name,
        connect_timeout=CONNECT_TIMEOUT,
        circuit_breakers=CircuitBreakers(thresholds=[unlimited]),
    )
    # HTTP/2 stays HTTP/2 on the next hop, so that gRPC works; so does HTTP/1.1.
    same_protocol = UpstreamHttpOptions(
        # Connections that idle are closed by the peer, who knows his own timeout; ours would only race with
        # it.
        common_http_protocol_options=HttpProtocolOptions(idle_timeout=timedelta(0)),
        use_downstream_protocol_config=UpstreamHttpOptions.UseDownstreamHttpConfig(
            http2_protocol_options=Http2ProtocolOptions()
        ),
    )
    cluster.typed_extension_protocol_options[_HTTP_OPTIONS].CopyFrom(pack(same_protocol))
    return cluster


def static_cluster(name: str, endpoints: ClusterLoadAssignment) -> Cluster:
    """A cluster with the endpoints in it."""
    cluster = _cluster(name)
    cluster.type = Cluster.DiscoveryType.STATIC
    cluster.load_assignment.CopyFrom(endpoints)
    return cluster


def eds_cluster(name: str) -> Cluster:
    """A cluster whose endpoints are a resource of the same name; requests take turns."""
    cluster = _cluster(name)
    cluster.type = Cluster.DiscoveryType.EDS
    cluster.lb_policy = Cluster.LbPolicy.ROUND_ROBIN
    cluster.eds_cluster_config.eds_config.CopyFrom(ads_source())
    return cluster


def original_destination_cluster(name: str) -> Cluster:
    """A cluster that connects to wherever the connection was going."""
    cluster = _cluster(name)
    cluster.type = Cluster.DiscoveryType.ORIGINAL_DST
    cluster.lb_policy = Cluster.LbPolicy.CLUSTER_PROVIDED
    return cluster
