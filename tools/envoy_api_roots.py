# SPDX-License-Identifier: Apache-2.0
"""Which messages `envoy_api` offers.

To add one, add its full proto name to ROOTS and run generate_envoy_api.py. Everything a root refers to comes
along. `package.*` stands for every message of a package.
"""

ROOTS = (
    # Resources and their building blocks.
    "envoy.config.bootstrap.v3.Bootstrap",
    "envoy.config.listener.v3.Listener",
    "envoy.config.route.v3.*",
    "envoy.config.cluster.v3.Cluster",
    "envoy.config.endpoint.v3.ClusterLoadAssignment",
    "envoy.config.core.v3.TypedExtensionConfig",
    "envoy.config.rbac.v3.*",
    "envoy.config.accesslog.v3.*",
    "envoy.service.runtime.v3.Runtime",
    "envoy.extensions.transport_sockets.tls.v3.*",
    "envoy.extensions.transport_sockets.dynamic_modules.v3.DynamicModuleTransportSocket",
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
    # Listener filters.
    "envoy.extensions.filters.listener.original_dst.v3.OriginalDst",
    "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector",
    # Network filters.
    "envoy.extensions.filters.network.http_connection_manager.v3.*",
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    "envoy.extensions.filters.network.rbac.v3.RBAC",
    "envoy.extensions.filters.network.set_filter_state.v3.Config",
    "envoy.extensions.filters.network.dynamic_modules.v3.DynamicModuleNetworkFilter",
    "envoy.extensions.filters.network.direct_response.v3.Config",
    # HTTP filters and what sits beside them in the connection manager.
    "envoy.extensions.filters.common.fault.v3.*",
    "envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue",
    "envoy.extensions.filters.http.router.v3.Router",
    "envoy.extensions.filters.http.rbac.v3.*",
    "envoy.extensions.filters.http.fault.v3.HTTPFault",
    "envoy.extensions.filters.http.lua.v3.*",
    "envoy.extensions.filters.http.ext_authz.v3.*",
    "envoy.extensions.filters.http.ext_proc.v3.*",
    "envoy.extensions.filters.http.set_filter_state.v3.Config",
    "envoy.extensions.filters.http.dynamic_modules.v3.*",
    "envoy.extensions.filters.http.wasm.v3.Wasm",
    "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
    "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
    # Matching.
    "envoy.type.v3.*",
    "envoy.type.matcher.v3.*",
    "envoy.extensions.matching.common_inputs.network.v3.*",
    "xds.type.matcher.v3.*",
    "xds.core.v3.TypedExtensionConfig",
    # Access logs.
    "envoy.extensions.access_loggers.grpc.v3.*",
    "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
    "envoy.data.accesslog.v3.*",
    "envoy.service.accesslog.v3.*",
    # The services' own messages.
    "envoy.service.discovery.v3.*",
    "envoy.service.auth.v3.*",
    "envoy.service.ext_proc.v3.*",
    "google.rpc.Status",
)

# What Envoy knows and envoy-data-plane 2.2 leaves out: messages that no other message of the API refers to
# (they are only ever put into an Any), and fields newer than it. Lines are those of the .proto file; tests
# compare them with the descriptors inside the Envoy binary.
SUPPLEMENT: dict[str, tuple[str, ...]] = {
    "xds.type.matcher.v3.IPMatcher": ("repeated xds.type.matcher.v3.IPMatcher.IPRangeMatcher range_matchers = 1",),
    "xds.type.matcher.v3.IPMatcher.IPRangeMatcher": (
        "repeated xds.core.v3.CidrRange ranges = 1",
        "optional xds.type.matcher.v3.Matcher.OnMatch on_match = 2",
        "optional bool exclusive = 3",
    ),
    "xds.type.matcher.v3.ServerNameMatcher": (
        "repeated xds.type.matcher.v3.ServerNameMatcher.DomainMatcher domain_matchers = 1",
    ),
    "xds.type.matcher.v3.ServerNameMatcher.DomainMatcher": (
        "repeated string domains = 1",
        "optional xds.type.matcher.v3.Matcher.OnMatch on_match = 2",
    ),
    "xds.type.matcher.v3.Int32RangeMatcher": (
        "repeated xds.type.matcher.v3.Int32RangeMatcher.RangeMatcher range_matchers = 1",
    ),
    "xds.type.matcher.v3.Int32RangeMatcher.RangeMatcher": (
        "repeated xds.type.v3.Int32Range ranges = 1",
        "optional xds.type.matcher.v3.Matcher.OnMatch on_match = 2",
    ),
    # New in Envoy 1.40: the body of an abort.
    "envoy.extensions.filters.http.fault.v3.FaultAbort": ("optional string response_body = 6",),
    "xds.type.v3.Int32Range": ("optional int32 start = 1", "optional int32 end = 2"),
}
