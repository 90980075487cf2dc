# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.accesslog.v3 as _config_accesslog_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.filters.network.http_connection_manager.v3 as _extensions_filters_network_http_connection_manager_v3
import envoy_api.extensions.filters.network.tcp_proxy.v3 as _extensions_filters_network_tcp_proxy_v3
import envoy_api.type.v3 as _type_v3

class ProxyProtocolTlvMergePolicy(_EnumValue):
    ADD_IF_ABSENT: typing.ClassVar[_extensions_filters_network_tcp_proxy_v3.ProxyProtocolTlvMergePolicy]
    OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD: typing.ClassVar[_extensions_filters_network_tcp_proxy_v3.ProxyProtocolTlvMergePolicy]
    APPEND_IF_EXISTS_OR_ADD: typing.ClassVar[_extensions_filters_network_tcp_proxy_v3.ProxyProtocolTlvMergePolicy]

class UpstreamConnectMode(_EnumValue):
    IMMEDIATE: typing.ClassVar[_extensions_filters_network_tcp_proxy_v3.UpstreamConnectMode]
    ON_DOWNSTREAM_DATA: typing.ClassVar[_extensions_filters_network_tcp_proxy_v3.UpstreamConnectMode]
    ON_DOWNSTREAM_TLS_HANDSHAKE: typing.ClassVar[_extensions_filters_network_tcp_proxy_v3.UpstreamConnectMode]

class TcpProxy(_Message):
    class OnDemand(_Message):
        @builtins.property
        def odcds_config(self) -> _config_core_v3.ConfigSource: ...
        resources_locator: builtins.str
        @builtins.property
        def timeout(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            odcds_config: _config_core_v3.ConfigSource | None = ...,
            resources_locator: builtins.str | None = ...,
            timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["odcds_config", "timeout"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["odcds_config", "resources_locator", "timeout"]) -> None: ...

    class TcpAccessLogOptions(_Message):
        @builtins.property
        def access_log_flush_interval(self) -> _duration_pb2.Duration: ...
        flush_access_log_on_connected: builtins.bool
        flush_access_log_on_start: builtins.bool
        def __init__(
            self,
            *,
            access_log_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
            flush_access_log_on_connected: builtins.bool | None = ...,
            flush_access_log_on_start: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["access_log_flush_interval"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["access_log_flush_interval", "flush_access_log_on_connected", "flush_access_log_on_start"]) -> None: ...

    class TunnelingConfig(_Message):
        hostname: builtins.str
        use_post: builtins.bool
        @builtins.property
        def headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
        propagate_response_headers: builtins.bool
        post_path: builtins.str
        propagate_response_trailers: builtins.bool
        @builtins.property
        def request_id_extension(self) -> _extensions_filters_network_http_connection_manager_v3.RequestIDExtension: ...
        request_id_header: builtins.str
        request_id_metadata_key: builtins.str
        @builtins.property
        def formatters(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
        def __init__(
            self,
            *,
            hostname: builtins.str | None = ...,
            use_post: builtins.bool | None = ...,
            headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
            propagate_response_headers: builtins.bool | None = ...,
            post_path: builtins.str | None = ...,
            propagate_response_trailers: builtins.bool | None = ...,
            request_id_extension: _extensions_filters_network_http_connection_manager_v3.RequestIDExtension | None = ...,
            request_id_header: builtins.str | None = ...,
            request_id_metadata_key: builtins.str | None = ...,
            formatters: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["request_id_extension"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["hostname", "use_post", "headers_to_add", "propagate_response_headers", "post_path", "propagate_response_trailers", "request_id_extension", "request_id_header", "request_id_metadata_key", "formatters"]) -> None: ...

    class WeightedCluster(_Message):
        class ClusterWeight(_Message):
            name: builtins.str
            weight: builtins.int
            @builtins.property
            def metadata_match(self) -> _config_core_v3.Metadata: ...
            def __init__(
                self,
                *,
                name: builtins.str | None = ...,
                weight: builtins.int | None = ...,
                metadata_match: _config_core_v3.Metadata | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["metadata_match"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["name", "weight", "metadata_match"]) -> None: ...

        @builtins.property
        def clusters(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_network_tcp_proxy_v3.TcpProxy.WeightedCluster.ClusterWeight]: ...
        def __init__(
            self,
            *,
            clusters: collections.abc.Iterable[_extensions_filters_network_tcp_proxy_v3.TcpProxy.WeightedCluster.ClusterWeight] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["clusters"]) -> None: ...

    stat_prefix: builtins.str
    cluster: builtins.str
    @builtins.property
    def downstream_idle_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def upstream_idle_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def access_log(self) -> _containers.RepeatedCompositeFieldContainer[_config_accesslog_v3.AccessLog]: ...
    @builtins.property
    def max_connect_attempts(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def idle_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def metadata_match(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def weighted_clusters(self) -> _extensions_filters_network_tcp_proxy_v3.TcpProxy.WeightedCluster: ...
    @builtins.property
    def hash_policy(self) -> _containers.RepeatedCompositeFieldContainer[_type_v3.HashPolicy]: ...
    @builtins.property
    def tunneling_config(self) -> _extensions_filters_network_tcp_proxy_v3.TcpProxy.TunnelingConfig: ...
    @builtins.property
    def max_downstream_connection_duration(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def on_demand(self) -> _extensions_filters_network_tcp_proxy_v3.TcpProxy.OnDemand: ...
    @builtins.property
    def access_log_flush_interval(self) -> _duration_pb2.Duration: ...
    flush_access_log_on_connected: builtins.bool
    @builtins.property
    def access_log_options(self) -> _extensions_filters_network_tcp_proxy_v3.TcpProxy.TcpAccessLogOptions: ...
    @builtins.property
    def backoff_options(self) -> _config_core_v3.BackoffStrategy: ...
    @builtins.property
    def proxy_protocol_tlvs(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TlvEntry]: ...
    @builtins.property
    def max_downstream_connection_duration_jitter_percentage(self) -> _type_v3.Percent: ...
    upstream_connect_mode: _extensions_filters_network_tcp_proxy_v3.UpstreamConnectMode
    @builtins.property
    def max_early_data_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    proxy_protocol_tlv_merge_policy: _extensions_filters_network_tcp_proxy_v3.ProxyProtocolTlvMergePolicy
    @builtins.property
    def check_drain_close(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        stat_prefix: builtins.str | None = ...,
        cluster: builtins.str | None = ...,
        downstream_idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        upstream_idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        access_log: collections.abc.Iterable[_config_accesslog_v3.AccessLog] | None = ...,
        max_connect_attempts: _wrappers_pb2.UInt32Value | None = ...,
        idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        metadata_match: _config_core_v3.Metadata | None = ...,
        weighted_clusters: _extensions_filters_network_tcp_proxy_v3.TcpProxy.WeightedCluster | None = ...,
        hash_policy: collections.abc.Iterable[_type_v3.HashPolicy] | None = ...,
        tunneling_config: _extensions_filters_network_tcp_proxy_v3.TcpProxy.TunnelingConfig | None = ...,
        max_downstream_connection_duration: _duration_pb2.Duration | datetime.timedelta | None = ...,
        on_demand: _extensions_filters_network_tcp_proxy_v3.TcpProxy.OnDemand | None = ...,
        access_log_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        flush_access_log_on_connected: builtins.bool | None = ...,
        access_log_options: _extensions_filters_network_tcp_proxy_v3.TcpProxy.TcpAccessLogOptions | None = ...,
        backoff_options: _config_core_v3.BackoffStrategy | None = ...,
        proxy_protocol_tlvs: collections.abc.Iterable[_config_core_v3.TlvEntry] | None = ...,
        max_downstream_connection_duration_jitter_percentage: _type_v3.Percent | None = ...,
        upstream_connect_mode: _extensions_filters_network_tcp_proxy_v3.UpstreamConnectMode | None = ...,
        max_early_data_bytes: _wrappers_pb2.UInt32Value | None = ...,
        proxy_protocol_tlv_merge_policy: _extensions_filters_network_tcp_proxy_v3.ProxyProtocolTlvMergePolicy | None = ...,
        check_drain_close: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["cluster", "downstream_idle_timeout", "upstream_idle_timeout", "max_connect_attempts", "idle_timeout", "metadata_match", "weighted_clusters", "tunneling_config", "max_downstream_connection_duration", "on_demand", "access_log_flush_interval", "access_log_options", "backoff_options", "max_downstream_connection_duration_jitter_percentage", "max_early_data_bytes", "check_drain_close", "cluster_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["stat_prefix", "cluster", "downstream_idle_timeout", "upstream_idle_timeout", "access_log", "max_connect_attempts", "idle_timeout", "metadata_match", "weighted_clusters", "hash_policy", "tunneling_config", "max_downstream_connection_duration", "on_demand", "access_log_flush_interval", "flush_access_log_on_connected", "access_log_options", "backoff_options", "proxy_protocol_tlvs", "max_downstream_connection_duration_jitter_percentage", "upstream_connect_mode", "max_early_data_bytes", "proxy_protocol_tlv_merge_policy", "check_drain_close", "cluster_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["cluster_specifier"]) -> typing.Literal["cluster", "weighted_clusters"] | None: ...

