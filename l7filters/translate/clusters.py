# SPDX-License-Identifier: Apache-2.0
"""Clusters: where the sidecar connects to. None retries, ejects or limits: the sidecar must not be felt."""

from datetime import timedelta
from functools import cache

from google.protobuf.any_pb2 import Any
from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api import pack
from envoy_api.config.cluster.v3 import CircuitBreakers, Cluster
from envoy_api.config.core.v3 import (
    AggregatedConfigSource,
    ApiVersion,
    BindConfig,
    ConfigSource,
    Http2ProtocolOptions,
    HttpProtocolOptions,
    SocketOption,
)
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment
from envoy_api.extensions.upstreams.http.v3 import HttpProtocolOptions as UpstreamHttpOptions

# The kernel gives up on a connect after more than two minutes; the app's own timeout should come first.
CONNECT_TIMEOUT = timedelta(seconds=120)
# Envoy's defaults (1,024 connections and requests) would answer 503 where without a sidecar nothing would.
UNLIMITED = UInt32Value(value=0xFFFFFFFF)
ASKING_PRIORITY = 6
"""Of the sockets that ask authorization servers; `ASKING_PRIORITY` in bpf/src/shared.h. The highest that takes no
capability, and no other socket of Envoy's has one."""
# Linux's numbers; Envoy takes them as they are.
SOL_SOCKET = 1
SO_PRIORITY = 12
EXEC_PRIORITY = 5
"""Of the sockets that speak for exec sessions."""
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
    cluster.typed_extension_protocol_options[_HTTP_OPTIONS].CopyFrom(_same_protocol())
    return cluster


def one_request_at_a_time(cluster: Cluster) -> None:
    """On each of the cluster's connections."""
    cluster.typed_extension_protocol_options[_HTTP_OPTIONS].CopyFrom(_same_protocol(streams=1))


@cache
def _same_protocol(streams: int | None = None) -> Any:
    """HTTP/2 stays HTTP/2 on the next hop, so that gRPC works; so does HTTP/1.1. `streams`: at once on a connection."""
    http2 = Http2ProtocolOptions()
    if streams is not None:
        http2.max_concurrent_streams.CopyFrom(UInt32Value(value=streams))
    same_protocol = UpstreamHttpOptions(
        # Connections that idle are closed by the peer, who knows his own timeout; ours would only race with
        # it.
        common_http_protocol_options=HttpProtocolOptions(idle_timeout=timedelta(0)),
        use_downstream_protocol_config=UpstreamHttpOptions.UseDownstreamHttpConfig(http2_protocol_options=http2),
    )
    return pack(same_protocol)


def static_cluster(name: str, endpoints: ClusterLoadAssignment) -> Cluster:
    """A cluster with the endpoints in it."""
    cluster = _cluster(name)
    cluster.type = Cluster.DiscoveryType.STATIC
    cluster.load_assignment.CopyFrom(endpoints)
    return cluster


def eds_cluster(name: str, endpoints: str = "") -> Cluster:
    """A cluster whose endpoints are a resource of the same name, or of the name `endpoints`; requests take turns."""
    cluster = _cluster(name)
    cluster.type = Cluster.DiscoveryType.EDS
    cluster.lb_policy = Cluster.LbPolicy.ROUND_ROBIN
    cluster.eds_cluster_config.service_name = endpoints
    cluster.eds_cluster_config.eds_config.CopyFrom(ads_source())
    return cluster


def authorization_cluster(name: str, timeout: timedelta) -> Cluster:
    """An authorization server, by gRPC; its endpoints are a resource of the same name.

    Its sockets carry ASKING_PRIORITY, by which the datapath tells a question of the sidecar's own from what an app
    sends through it.
    """
    cluster = eds_cluster(name)
    cluster.connect_timeout.FromTimedelta(timeout)
    priority = SocketOption(
        description="asks an authorization server",
        level=SOL_SOCKET,
        name=SO_PRIORITY,
        int_value=ASKING_PRIORITY,
        state=SocketOption.SocketState.STATE_PREBIND,
    )
    cluster.upstream_bind_config.CopyFrom(BindConfig(socket_options=[priority]))
    http2 = UpstreamHttpOptions.ExplicitHttpConfig(http2_protocol_options=Http2ProtocolOptions())
    cluster.typed_extension_protocol_options[_HTTP_OPTIONS].CopyFrom(
        pack(UpstreamHttpOptions(explicit_http_config=http2))
    )
    return cluster


def original_destination_cluster(name: str) -> Cluster:
    """A cluster that connects to wherever the connection was going."""
    cluster = _cluster(name)
    cluster.type = Cluster.DiscoveryType.ORIGINAL_DST
    cluster.lb_policy = Cluster.LbPolicy.CLUSTER_PROVIDED
    return cluster


def limited(cluster: Cluster, requests: int) -> Cluster:
    """The cluster, taking so many requests at once; Envoy answers 503 to the rest (flag UO)."""
    cluster.circuit_breakers.thresholds[0].max_requests.CopyFrom(UInt32Value(value=requests))
    return cluster


def speak_for_exec_sessions(cluster: Cluster) -> None:
    """Marks the cluster's connections: by their priority BPF knows them, and binds them to the pod's exec address.

    The address itself would make each pod's clusters other than all others'.
    """
    mark = SocketOption(
        description="speaks for an exec session",
        level=SOL_SOCKET,
        name=SO_PRIORITY,
        int_value=EXEC_PRIORITY,
        state=SocketOption.SocketState.STATE_PREBIND,
    )
    cluster.upstream_bind_config.CopyFrom(BindConfig(socket_options=[mark]))
