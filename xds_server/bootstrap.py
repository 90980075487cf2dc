# SPDX-License-Identifier: Apache-2.0
"""What an Envoy is started with: who it is, where its control server listens, and what must not depend on it.

```
node ─ ADS over riftgate-xds (unix socket, HTTP/2) ─┬─ CDS, LDS   awaited: no sidecar is ready without policy
     │                                              └─ RTDS       layer riftgate-faults, with a TTL
     └ riftgate-faults (unix socket, HTTP/2): ext_proc, asked by the routes of faults that say so; and which
                                             connections of the listeners for faulted ones are hit
runtime layers, later ones win:  static (limits)  <  riftgate-faults
```
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct
from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api import pack, to_yaml
from envoy_api.config.bootstrap.v3 import Admin, Bootstrap, LayeredRuntime, RuntimeLayer
from envoy_api.config.cluster.v3 import CircuitBreakers, Cluster
from envoy_api.config.core.v3 import (
    Address,
    AggregatedConfigSource,
    ApiConfigSource,
    ApiVersion,
    BackoffStrategy,
    ConfigSource,
    GrpcService,
    Http2ProtocolOptions,
    Node,
    Pipe,
    RetryPolicy,
)
from envoy_api.config.endpoint.v3 import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints
from envoy_api.config.overload.v3 import OverloadManager, ResourceMonitor
from envoy_api.extensions.resource_monitors.downstream_connections.v3 import DownstreamConnectionsConfig
from envoy_api.extensions.upstreams.http.v3 import HttpProtocolOptions
from l7filters.http_match import ENVOY_REGEX_PROGRAM_SIZE
from l7filters.translate import RUNTIME_LAYER
from l7filters.translate.access_log import CONTROL_CLUSTER
from l7filters.translate.fault_server import FAULT_CLUSTER

XDS_CLUSTER = CONTROL_CLUSTER
"""The static cluster of the control server: ADS, and the services that configurations name (access logs)."""

FAULTS_SOCKET = "faults.sock"

NODE_CLUSTER = "riftgate"

MAX_CONNECTIONS = 50_000
"""Connections to a sidecar, all its listeners together. Envoy has no limit of its own."""

RECONNECT_BASE = timedelta(milliseconds=100)
RECONNECT_MAX = timedelta(seconds=1)
"""Jittered exponential back-off between attempts to reach the control server.

Envoy's own, 0.5 s to 30 s, is made for a network; behind a unix socket the server is back once restarted.
"""

ADMIN_SOCKET_MODE = 0o600
"""The admin interface can shut Envoy down and shows all its configuration."""


class Protocol(Enum):
    """How a node asks for its configuration."""

    DELTA = ApiConfigSource.ApiType.DELTA_GRPC
    STATE_OF_THE_WORLD = ApiConfigSource.ApiType.GRPC


@dataclass(frozen=True, slots=True)
class NodeBootstrap:
    """The values in which one node's bootstrap differs from another's."""

    node_id: str
    xds_socket: str
    """Path of the control server's unix socket; at most 107 bytes, as the kernel has it."""
    admin_socket: str
    """Path of the unix socket that Envoy makes for its admin interface."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    protocol: Protocol = Protocol.DELTA

    @property
    def faults_socket(self) -> str:
        """Path of the fault server's unix socket, beside the control server's."""
        return str(Path(self.xds_socket).with_name(FAULTS_SOCKET))


def translate_bootstrap(node: NodeBootstrap) -> Bootstrap:
    """The bootstrap message; `bootstrap_yaml` is what Envoy reads."""
    clusters = [grpc_cluster(XDS_CLUSTER, node.xds_socket), grpc_cluster(FAULT_CLUSTER, node.faults_socket)]
    return Bootstrap(
        node=Node(id=node.node_id, cluster=NODE_CLUSTER, metadata=_struct(node.metadata)),
        static_resources=Bootstrap.StaticResources(clusters=clusters),
        dynamic_resources=Bootstrap.DynamicResources(
            ads_config=_ads(node.protocol),
            lds_config=_over_ads(),
            cds_config=_over_ads(),
        ),
        layered_runtime=LayeredRuntime(layers=_runtime_layers()),
        overload_manager=_overload_manager(),
        admin=Admin(
            address=Address(pipe=Pipe(path=node.admin_socket, mode=ADMIN_SOCKET_MODE)),
            # Whoever exhausts the limit must not lock out the operator who wants to see it.
            ignore_global_conn_limit=True,
        ),
    )


def bootstrap_yaml(node: NodeBootstrap) -> str:
    """The bootstrap as the YAML file that `envoy --config-path` takes."""
    return to_yaml(translate_bootstrap(node))


def _ads(protocol: Protocol) -> ApiConfigSource:
    retry = RetryPolicy(retry_back_off=BackoffStrategy(base_interval=RECONNECT_BASE, max_interval=RECONNECT_MAX))
    return ApiConfigSource(
        api_type=protocol.value,
        transport_api_version=ApiVersion.V3,
        # The node lists each extension that Envoy has: 58 KB, which would come with every ACK.
        set_node_on_first_message_only=True,
        grpc_services=[GrpcService(envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=XDS_CLUSTER, retry_policy=retry))],
    )


def _over_ads() -> ConfigSource:
    return ConfigSource(
        ads=AggregatedConfigSource(),
        resource_api_version=ApiVersion.V3,
        # Wait without limit. By default Envoy goes on after 15 s without listeners and reports itself ready.
        initial_fetch_timeout=Duration(),
    )


def grpc_cluster(name: str, *sockets: str) -> Cluster:
    """A cluster of the servers behind these unix sockets, asked in turns."""
    endpoints = [LbEndpoint(endpoint=Endpoint(address=Address(pipe=Pipe(path=socket)))) for socket in sockets]
    assignment = ClusterLoadAssignment(
        cluster_name=name,
        endpoints=[LocalityLbEndpoints(lb_endpoints=endpoints)],
    )
    http2 = HttpProtocolOptions(
        explicit_http_config=HttpProtocolOptions.ExplicitHttpConfig(http2_protocol_options=Http2ProtocolOptions())
    )
    most = UInt32Value(value=MAX_CONNECTIONS)
    return Cluster(
        name=name,
        type=Cluster.DiscoveryType.STATIC,
        connect_timeout=timedelta(seconds=1),
        # Each connection that a fault may hit is a request of its own, for as long as it is open.
        circuit_breakers=CircuitBreakers(
            thresholds=[CircuitBreakers.Thresholds(max_requests=most, max_pending_requests=most)]
        ),
        load_assignment=assignment,
        typed_extension_protocol_options={"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": pack(http2)},
    )


def _runtime_layers() -> list[RuntimeLayer]:
    limits = {
        # In a static layer: were it in the one that expires, a dead control server would make Envoy refuse,
        # by its own limit of 100, the very expressions it runs with.
        "re2.max_program_size.error_level": ENVOY_REGEX_PROGRAM_SIZE,
        # A connection ends once all that a fault holds of it has left. Without that, what it holds when one end
        # closes is lost.
        "envoy.reloadable_features.connection_close_through_filter_manager": True,
    }
    faults = ConfigSource(ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3)
    return [
        RuntimeLayer(name="limits", static_layer=_struct(limits)),
        # It has a TTL: nothing that must outlive the control server may go into it.
        RuntimeLayer(
            name=RUNTIME_LAYER,
            rtds_layer=RuntimeLayer.RtdsLayer(name=RUNTIME_LAYER, rtds_config=faults),
        ),
    ]


def _overload_manager() -> OverloadManager:
    connections = DownstreamConnectionsConfig(max_active_downstream_connections=MAX_CONNECTIONS)
    monitor = ResourceMonitor(
        name="envoy.resource_monitors.global_downstream_max_connections", typed_config=pack(connections)
    )
    return OverloadManager(resource_monitors=[monitor])


def _struct(values: Mapping[str, str | int | bool]) -> Struct:
    struct = Struct()
    struct.update(values)
    return struct
