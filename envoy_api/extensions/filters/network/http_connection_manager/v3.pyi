# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.accesslog.v3 as _config_accesslog_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.route.v3 as _config_route_v3
import envoy_api.config.trace.v3 as _config_trace_v3
import envoy_api.extensions.filters.network.http_connection_manager.v3 as _extensions_filters_network_http_connection_manager_v3
import envoy_api.type.http.v3 as _type_http_v3
import envoy_api.type.tracing.v3 as _type_tracing_v3
import envoy_api.type.v3 as _type_v3
import envoy_api.xds.type.matcher.v3 as _xds_type_matcher_v3

class EnvoyMobileHttpConnectionManager(_Message):
    @builtins.property
    def config(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager: ...
    def __init__(
        self,
        *,
        config: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config"]) -> None: ...

class ForwardProtoConfig(_Message):
    @builtins.property
    def https_destination_ports(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
    @builtins.property
    def http_destination_ports(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
    def __init__(
        self,
        *,
        https_destination_ports: collections.abc.Iterable[builtins.int] | None = ...,
        http_destination_ports: collections.abc.Iterable[builtins.int] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["https_destination_ports", "http_destination_ports"]) -> None: ...

class HttpConnectionManager(_Message):
    class CodecType(_EnumValue):
        AUTO: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.CodecType]
        HTTP1: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.CodecType]
        HTTP2: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.CodecType]
        HTTP3: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.CodecType]

    class ForwardClientCertDetails(_EnumValue):
        SANITIZE: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails]
        FORWARD_ONLY: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails]
        APPEND_FORWARD: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails]
        SANITIZE_SET: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails]
        ALWAYS_FORWARD_ONLY: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails]

    class ForwardClientCertFormat(_EnumValue):
        TEXT: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertFormat]
        JSON: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertFormat]

    class PathWithEscapedSlashesAction(_EnumValue):
        IMPLEMENTATION_SPECIFIC_DEFAULT: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathWithEscapedSlashesAction]
        KEEP_UNCHANGED: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathWithEscapedSlashesAction]
        REJECT_REQUEST: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathWithEscapedSlashesAction]
        UNESCAPE_AND_REDIRECT: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathWithEscapedSlashesAction]
        UNESCAPE_AND_FORWARD: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathWithEscapedSlashesAction]

    class ServerHeaderTransformation(_EnumValue):
        OVERWRITE: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ServerHeaderTransformation]
        APPEND_IF_ABSENT: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ServerHeaderTransformation]
        PASS_THROUGH: typing.ClassVar[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ServerHeaderTransformation]

    class ForwardClientCertConfig(_Message):
        forward_client_cert_details: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails
        @builtins.property
        def set_current_client_cert_details(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.SetCurrentClientCertDetails: ...
        def __init__(
            self,
            *,
            forward_client_cert_details: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails | None = ...,
            set_current_client_cert_details: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.SetCurrentClientCertDetails | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["set_current_client_cert_details"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["forward_client_cert_details", "set_current_client_cert_details"]) -> None: ...

    class HcmAccessLogOptions(_Message):
        @builtins.property
        def access_log_flush_interval(self) -> _duration_pb2.Duration: ...
        flush_access_log_on_new_request: builtins.bool
        flush_log_on_tunnel_successfully_established: builtins.bool
        def __init__(
            self,
            *,
            access_log_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
            flush_access_log_on_new_request: builtins.bool | None = ...,
            flush_log_on_tunnel_successfully_established: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["access_log_flush_interval"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["access_log_flush_interval", "flush_access_log_on_new_request", "flush_log_on_tunnel_successfully_established"]) -> None: ...

    class InternalAddressConfig(_Message):
        unix_sockets: builtins.bool
        @builtins.property
        def cidr_ranges(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
        def __init__(
            self,
            *,
            unix_sockets: builtins.bool | None = ...,
            cidr_ranges: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["unix_sockets", "cidr_ranges"]) -> None: ...

    class PathNormalizationOptions(_Message):
        @builtins.property
        def forwarding_transformation(self) -> _type_http_v3.PathTransformation: ...
        @builtins.property
        def http_filter_transformation(self) -> _type_http_v3.PathTransformation: ...
        def __init__(
            self,
            *,
            forwarding_transformation: _type_http_v3.PathTransformation | None = ...,
            http_filter_transformation: _type_http_v3.PathTransformation | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["forwarding_transformation", "http_filter_transformation"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["forwarding_transformation", "http_filter_transformation"]) -> None: ...

    class ProxyStatusConfig(_Message):
        remove_details: builtins.bool
        remove_connection_termination_details: builtins.bool
        remove_response_flags: builtins.bool
        set_recommended_response_code: builtins.bool
        use_node_id: builtins.bool
        literal_proxy_name: builtins.str
        def __init__(
            self,
            *,
            remove_details: builtins.bool | None = ...,
            remove_connection_termination_details: builtins.bool | None = ...,
            remove_response_flags: builtins.bool | None = ...,
            set_recommended_response_code: builtins.bool | None = ...,
            use_node_id: builtins.bool | None = ...,
            literal_proxy_name: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["use_node_id", "literal_proxy_name", "proxy_name"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["remove_details", "remove_connection_termination_details", "remove_response_flags", "set_recommended_response_code", "use_node_id", "literal_proxy_name", "proxy_name"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["proxy_name"]) -> typing.Literal["use_node_id", "literal_proxy_name"] | None: ...

    class SetCurrentClientCertDetails(_Message):
        @builtins.property
        def subject(self) -> _wrappers_pb2.BoolValue: ...
        cert: builtins.bool
        dns: builtins.bool
        uri: builtins.bool
        chain: builtins.bool
        format: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertFormat
        def __init__(
            self,
            *,
            subject: _wrappers_pb2.BoolValue | None = ...,
            cert: builtins.bool | None = ...,
            dns: builtins.bool | None = ...,
            uri: builtins.bool | None = ...,
            chain: builtins.bool | None = ...,
            format: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertFormat | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["subject"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["subject", "cert", "dns", "uri", "chain", "format"]) -> None: ...

    class Tracing(_Message):
        @builtins.property
        def client_sampling(self) -> _type_v3.Percent: ...
        @builtins.property
        def random_sampling(self) -> _type_v3.Percent: ...
        @builtins.property
        def overall_sampling(self) -> _type_v3.Percent: ...
        verbose: builtins.bool
        @builtins.property
        def max_path_tag_length(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def custom_tags(self) -> _containers.RepeatedCompositeFieldContainer[_type_tracing_v3.CustomTag]: ...
        @builtins.property
        def provider(self) -> _config_trace_v3.Tracing.Http: ...
        @builtins.property
        def spawn_upstream_span(self) -> _wrappers_pb2.BoolValue: ...
        operation: builtins.str
        upstream_operation: builtins.str
        no_context_propagation: builtins.bool
        def __init__(
            self,
            *,
            client_sampling: _type_v3.Percent | None = ...,
            random_sampling: _type_v3.Percent | None = ...,
            overall_sampling: _type_v3.Percent | None = ...,
            verbose: builtins.bool | None = ...,
            max_path_tag_length: _wrappers_pb2.UInt32Value | None = ...,
            custom_tags: collections.abc.Iterable[_type_tracing_v3.CustomTag] | None = ...,
            provider: _config_trace_v3.Tracing.Http | None = ...,
            spawn_upstream_span: _wrappers_pb2.BoolValue | None = ...,
            operation: builtins.str | None = ...,
            upstream_operation: builtins.str | None = ...,
            no_context_propagation: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["client_sampling", "random_sampling", "overall_sampling", "max_path_tag_length", "provider", "spawn_upstream_span"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["client_sampling", "random_sampling", "overall_sampling", "verbose", "max_path_tag_length", "custom_tags", "provider", "spawn_upstream_span", "operation", "upstream_operation", "no_context_propagation"]) -> None: ...

    class UpgradeConfig(_Message):
        upgrade_type: builtins.str
        @builtins.property
        def filters(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_network_http_connection_manager_v3.HttpFilter]: ...
        @builtins.property
        def enabled(self) -> _wrappers_pb2.BoolValue: ...
        def __init__(
            self,
            *,
            upgrade_type: builtins.str | None = ...,
            filters: collections.abc.Iterable[_extensions_filters_network_http_connection_manager_v3.HttpFilter] | None = ...,
            enabled: _wrappers_pb2.BoolValue | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["enabled"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["upgrade_type", "filters", "enabled"]) -> None: ...

    codec_type: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.CodecType
    stat_prefix: builtins.str
    @builtins.property
    def rds(self) -> _extensions_filters_network_http_connection_manager_v3.Rds: ...
    @builtins.property
    def route_config(self) -> _config_route_v3.RouteConfiguration: ...
    @builtins.property
    def http_filters(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_network_http_connection_manager_v3.HttpFilter]: ...
    @builtins.property
    def add_user_agent(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def tracing(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.Tracing: ...
    @builtins.property
    def http_protocol_options(self) -> _config_core_v3.Http1ProtocolOptions: ...
    @builtins.property
    def http2_protocol_options(self) -> _config_core_v3.Http2ProtocolOptions: ...
    server_name: builtins.str
    @builtins.property
    def drain_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def access_log(self) -> _containers.RepeatedCompositeFieldContainer[_config_accesslog_v3.AccessLog]: ...
    @builtins.property
    def use_remote_address(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def generate_request_id(self) -> _wrappers_pb2.BoolValue: ...
    forward_client_cert_details: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails
    @builtins.property
    def set_current_client_cert_details(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.SetCurrentClientCertDetails: ...
    proxy_100_continue: builtins.bool
    xff_num_trusted_hops: builtins.int
    represent_ipv4_remote_address_as_ipv4_mapped_ipv6: builtins.bool
    skip_xff_append: builtins.bool
    via: builtins.str
    @builtins.property
    def upgrade_configs(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.UpgradeConfig]: ...
    @builtins.property
    def stream_idle_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def internal_address_config(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.InternalAddressConfig: ...
    @builtins.property
    def delayed_close_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def request_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def max_request_headers_kb(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def normalize_path(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def scoped_routes(self) -> _extensions_filters_network_http_connection_manager_v3.ScopedRoutes: ...
    preserve_external_request_id: builtins.bool
    merge_slashes: builtins.bool
    server_header_transformation: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ServerHeaderTransformation
    @builtins.property
    def common_http_protocol_options(self) -> _config_core_v3.HttpProtocolOptions: ...
    @builtins.property
    def request_id_extension(self) -> _extensions_filters_network_http_connection_manager_v3.RequestIDExtension: ...
    always_set_request_id_in_response: builtins.bool
    @builtins.property
    def local_reply_config(self) -> _extensions_filters_network_http_connection_manager_v3.LocalReplyConfig: ...
    strip_matching_host_port: builtins.bool
    @builtins.property
    def stream_error_on_invalid_http_message(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def request_headers_timeout(self) -> _duration_pb2.Duration: ...
    strip_any_host_port: builtins.bool
    @builtins.property
    def path_normalization_options(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathNormalizationOptions: ...
    @builtins.property
    def http3_protocol_options(self) -> _config_core_v3.Http3ProtocolOptions: ...
    path_with_escaped_slashes_action: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathWithEscapedSlashesAction
    @builtins.property
    def original_ip_detection_extensions(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    strip_trailing_host_dot: builtins.bool
    @builtins.property
    def scheme_header_transformation(self) -> _config_core_v3.SchemeHeaderTransformation: ...
    @builtins.property
    def proxy_status_config(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ProxyStatusConfig: ...
    @builtins.property
    def typed_header_validation_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    append_x_forwarded_port: builtins.bool
    @builtins.property
    def early_header_mutation_extensions(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    @builtins.property
    def add_proxy_protocol_connection_state(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def access_log_flush_interval(self) -> _duration_pb2.Duration: ...
    flush_access_log_on_new_request: builtins.bool
    @builtins.property
    def access_log_options(self) -> _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.HcmAccessLogOptions: ...
    append_local_overload: builtins.bool
    http1_safe_max_connection_duration: builtins.bool
    @builtins.property
    def stream_flush_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def forward_client_cert_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @builtins.property
    def forward_proto_config(self) -> _extensions_filters_network_http_connection_manager_v3.ForwardProtoConfig: ...
    @builtins.property
    def drain_timeout_jitter(self) -> _type_v3.Percent: ...
    def __init__(
        self,
        *,
        codec_type: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.CodecType | None = ...,
        stat_prefix: builtins.str | None = ...,
        rds: _extensions_filters_network_http_connection_manager_v3.Rds | None = ...,
        route_config: _config_route_v3.RouteConfiguration | None = ...,
        http_filters: collections.abc.Iterable[_extensions_filters_network_http_connection_manager_v3.HttpFilter] | None = ...,
        add_user_agent: _wrappers_pb2.BoolValue | None = ...,
        tracing: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.Tracing | None = ...,
        http_protocol_options: _config_core_v3.Http1ProtocolOptions | None = ...,
        http2_protocol_options: _config_core_v3.Http2ProtocolOptions | None = ...,
        server_name: builtins.str | None = ...,
        drain_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        access_log: collections.abc.Iterable[_config_accesslog_v3.AccessLog] | None = ...,
        use_remote_address: _wrappers_pb2.BoolValue | None = ...,
        generate_request_id: _wrappers_pb2.BoolValue | None = ...,
        forward_client_cert_details: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ForwardClientCertDetails | None = ...,
        set_current_client_cert_details: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.SetCurrentClientCertDetails | None = ...,
        proxy_100_continue: builtins.bool | None = ...,
        xff_num_trusted_hops: builtins.int | None = ...,
        represent_ipv4_remote_address_as_ipv4_mapped_ipv6: builtins.bool | None = ...,
        skip_xff_append: builtins.bool | None = ...,
        via: builtins.str | None = ...,
        upgrade_configs: collections.abc.Iterable[_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.UpgradeConfig] | None = ...,
        stream_idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        internal_address_config: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.InternalAddressConfig | None = ...,
        delayed_close_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        request_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        max_request_headers_kb: _wrappers_pb2.UInt32Value | None = ...,
        normalize_path: _wrappers_pb2.BoolValue | None = ...,
        scoped_routes: _extensions_filters_network_http_connection_manager_v3.ScopedRoutes | None = ...,
        preserve_external_request_id: builtins.bool | None = ...,
        merge_slashes: builtins.bool | None = ...,
        server_header_transformation: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ServerHeaderTransformation | None = ...,
        common_http_protocol_options: _config_core_v3.HttpProtocolOptions | None = ...,
        request_id_extension: _extensions_filters_network_http_connection_manager_v3.RequestIDExtension | None = ...,
        always_set_request_id_in_response: builtins.bool | None = ...,
        local_reply_config: _extensions_filters_network_http_connection_manager_v3.LocalReplyConfig | None = ...,
        strip_matching_host_port: builtins.bool | None = ...,
        stream_error_on_invalid_http_message: _wrappers_pb2.BoolValue | None = ...,
        request_headers_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        strip_any_host_port: builtins.bool | None = ...,
        path_normalization_options: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathNormalizationOptions | None = ...,
        http3_protocol_options: _config_core_v3.Http3ProtocolOptions | None = ...,
        path_with_escaped_slashes_action: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.PathWithEscapedSlashesAction | None = ...,
        original_ip_detection_extensions: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        strip_trailing_host_dot: builtins.bool | None = ...,
        scheme_header_transformation: _config_core_v3.SchemeHeaderTransformation | None = ...,
        proxy_status_config: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.ProxyStatusConfig | None = ...,
        typed_header_validation_config: _config_core_v3.TypedExtensionConfig | None = ...,
        append_x_forwarded_port: builtins.bool | None = ...,
        early_header_mutation_extensions: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        add_proxy_protocol_connection_state: _wrappers_pb2.BoolValue | None = ...,
        access_log_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        flush_access_log_on_new_request: builtins.bool | None = ...,
        access_log_options: _extensions_filters_network_http_connection_manager_v3.HttpConnectionManager.HcmAccessLogOptions | None = ...,
        append_local_overload: builtins.bool | None = ...,
        http1_safe_max_connection_duration: builtins.bool | None = ...,
        stream_flush_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        forward_client_cert_matcher: _xds_type_matcher_v3.Matcher | None = ...,
        forward_proto_config: _extensions_filters_network_http_connection_manager_v3.ForwardProtoConfig | None = ...,
        drain_timeout_jitter: _type_v3.Percent | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["rds", "route_config", "add_user_agent", "tracing", "http_protocol_options", "http2_protocol_options", "drain_timeout", "use_remote_address", "generate_request_id", "set_current_client_cert_details", "stream_idle_timeout", "internal_address_config", "delayed_close_timeout", "request_timeout", "max_request_headers_kb", "normalize_path", "scoped_routes", "common_http_protocol_options", "request_id_extension", "local_reply_config", "stream_error_on_invalid_http_message", "request_headers_timeout", "strip_any_host_port", "path_normalization_options", "http3_protocol_options", "scheme_header_transformation", "proxy_status_config", "typed_header_validation_config", "add_proxy_protocol_connection_state", "access_log_flush_interval", "access_log_options", "stream_flush_timeout", "forward_client_cert_matcher", "forward_proto_config", "drain_timeout_jitter", "route_specifier", "strip_port_mode"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["codec_type", "stat_prefix", "rds", "route_config", "http_filters", "add_user_agent", "tracing", "http_protocol_options", "http2_protocol_options", "server_name", "drain_timeout", "access_log", "use_remote_address", "generate_request_id", "forward_client_cert_details", "set_current_client_cert_details", "proxy_100_continue", "xff_num_trusted_hops", "represent_ipv4_remote_address_as_ipv4_mapped_ipv6", "skip_xff_append", "via", "upgrade_configs", "stream_idle_timeout", "internal_address_config", "delayed_close_timeout", "request_timeout", "max_request_headers_kb", "normalize_path", "scoped_routes", "preserve_external_request_id", "merge_slashes", "server_header_transformation", "common_http_protocol_options", "request_id_extension", "always_set_request_id_in_response", "local_reply_config", "strip_matching_host_port", "stream_error_on_invalid_http_message", "request_headers_timeout", "strip_any_host_port", "path_normalization_options", "http3_protocol_options", "path_with_escaped_slashes_action", "original_ip_detection_extensions", "strip_trailing_host_dot", "scheme_header_transformation", "proxy_status_config", "typed_header_validation_config", "append_x_forwarded_port", "early_header_mutation_extensions", "add_proxy_protocol_connection_state", "access_log_flush_interval", "flush_access_log_on_new_request", "access_log_options", "append_local_overload", "http1_safe_max_connection_duration", "stream_flush_timeout", "forward_client_cert_matcher", "forward_proto_config", "drain_timeout_jitter", "route_specifier", "strip_port_mode"]) -> None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["route_specifier"]) -> typing.Literal["rds", "route_config", "scoped_routes"] | None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["strip_port_mode"]) -> typing.Literal["strip_any_host_port"] | None: ...

class HttpFilter(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    @builtins.property
    def config_discovery(self) -> _config_core_v3.ExtensionConfigSource: ...
    is_optional: builtins.bool
    disabled: builtins.bool
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
        config_discovery: _config_core_v3.ExtensionConfigSource | None = ...,
        is_optional: builtins.bool | None = ...,
        disabled: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "config_discovery", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_discovery", "is_optional", "disabled", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config", "config_discovery"] | None: ...

class LocalReplyConfig(_Message):
    @builtins.property
    def mappers(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_network_http_connection_manager_v3.ResponseMapper]: ...
    @builtins.property
    def body_format(self) -> _config_core_v3.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        mappers: collections.abc.Iterable[_extensions_filters_network_http_connection_manager_v3.ResponseMapper] | None = ...,
        body_format: _config_core_v3.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["body_format"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["mappers", "body_format"]) -> None: ...

class Rds(_Message):
    @builtins.property
    def config_source(self) -> _config_core_v3.ConfigSource: ...
    route_config_name: builtins.str
    def __init__(
        self,
        *,
        config_source: _config_core_v3.ConfigSource | None = ...,
        route_config_name: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["config_source"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config_source", "route_config_name"]) -> None: ...

class RequestIDExtension(_Message):
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["typed_config"]) -> None: ...

class ResponseMapper(_Message):
    @builtins.property
    def filter(self) -> _config_accesslog_v3.AccessLogFilter: ...
    @builtins.property
    def status_code(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def body(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def body_format_override(self) -> _config_core_v3.SubstitutionFormatString: ...
    @builtins.property
    def headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    def __init__(
        self,
        *,
        filter: _config_accesslog_v3.AccessLogFilter | None = ...,
        status_code: _wrappers_pb2.UInt32Value | None = ...,
        body: _config_core_v3.DataSource | None = ...,
        body_format_override: _config_core_v3.SubstitutionFormatString | None = ...,
        headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["filter", "status_code", "body", "body_format_override"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["filter", "status_code", "body", "body_format_override", "headers_to_add"]) -> None: ...

class ScopedRds(_Message):
    @builtins.property
    def scoped_rds_config_source(self) -> _config_core_v3.ConfigSource: ...
    srds_resources_locator: builtins.str
    def __init__(
        self,
        *,
        scoped_rds_config_source: _config_core_v3.ConfigSource | None = ...,
        srds_resources_locator: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["scoped_rds_config_source"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["scoped_rds_config_source", "srds_resources_locator"]) -> None: ...

class ScopedRouteConfigurationsList(_Message):
    @builtins.property
    def scoped_route_configurations(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.ScopedRouteConfiguration]: ...
    def __init__(
        self,
        *,
        scoped_route_configurations: collections.abc.Iterable[_config_route_v3.ScopedRouteConfiguration] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["scoped_route_configurations"]) -> None: ...

class ScopedRoutes(_Message):
    class ScopeKeyBuilder(_Message):
        class FragmentBuilder(_Message):
            class HeaderValueExtractor(_Message):
                class KvElement(_Message):
                    separator: builtins.str
                    key: builtins.str
                    def __init__(
                        self,
                        *,
                        separator: builtins.str | None = ...,
                        key: builtins.str | None = ...,
                    ) -> None: ...
                    def ClearField(self, field_name: typing.Literal["separator", "key"]) -> None: ...

                name: builtins.str
                element_separator: builtins.str
                index: builtins.int
                @builtins.property
                def element(self) -> _extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement: ...
                def __init__(
                    self,
                    *,
                    name: builtins.str | None = ...,
                    element_separator: builtins.str | None = ...,
                    index: builtins.int | None = ...,
                    element: _extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement | None = ...,
                ) -> None: ...
                def HasField(self, field_name: typing.Literal["index", "element", "extract_type"]) -> builtins.bool: ...
                def ClearField(self, field_name: typing.Literal["name", "element_separator", "index", "element", "extract_type"]) -> None: ...
                def WhichOneof(self, oneof_group: typing.Literal["extract_type"]) -> typing.Literal["index", "element"] | None: ...

            @builtins.property
            def header_value_extractor(self) -> _extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor: ...
            def __init__(
                self,
                *,
                header_value_extractor: _extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["header_value_extractor", "type"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["header_value_extractor", "type"]) -> None: ...
            def WhichOneof(self, oneof_group: typing.Literal["type"]) -> typing.Literal["header_value_extractor"] | None: ...

        @builtins.property
        def fragments(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder]: ...
        def __init__(
            self,
            *,
            fragments: collections.abc.Iterable[_extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["fragments"]) -> None: ...

    name: builtins.str
    @builtins.property
    def scope_key_builder(self) -> _extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder: ...
    @builtins.property
    def rds_config_source(self) -> _config_core_v3.ConfigSource: ...
    @builtins.property
    def scoped_route_configurations_list(self) -> _extensions_filters_network_http_connection_manager_v3.ScopedRouteConfigurationsList: ...
    @builtins.property
    def scoped_rds(self) -> _extensions_filters_network_http_connection_manager_v3.ScopedRds: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        scope_key_builder: _extensions_filters_network_http_connection_manager_v3.ScopedRoutes.ScopeKeyBuilder | None = ...,
        rds_config_source: _config_core_v3.ConfigSource | None = ...,
        scoped_route_configurations_list: _extensions_filters_network_http_connection_manager_v3.ScopedRouteConfigurationsList | None = ...,
        scoped_rds: _extensions_filters_network_http_connection_manager_v3.ScopedRds | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["scope_key_builder", "rds_config_source", "scoped_route_configurations_list", "scoped_rds", "config_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "scope_key_builder", "rds_config_source", "scoped_route_configurations_list", "scoped_rds", "config_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_specifier"]) -> typing.Literal["scoped_route_configurations_list", "scoped_rds"] | None: ...

