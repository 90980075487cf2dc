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
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.accesslog.v3 as _config_accesslog_v3
import envoy_api.config.bootstrap.v3 as _config_bootstrap_v3
import envoy_api.config.cluster.v3 as _config_cluster_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.listener.v3 as _config_listener_v3
import envoy_api.config.metrics.v3 as _config_metrics_v3
import envoy_api.config.overload.v3 as _config_overload_v3
import envoy_api.config.trace.v3 as _config_trace_v3
import envoy_api.extensions.transport_sockets.tls.v3 as _extensions_transport_sockets_tls_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.v3 as _type_v3

class Admin(_Message):
    access_log_path: builtins.str
    profile_path: builtins.str
    @builtins.property
    def address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def socket_options(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.SocketOption]: ...
    @builtins.property
    def access_log(self) -> _containers.RepeatedCompositeFieldContainer[_config_accesslog_v3.AccessLog]: ...
    ignore_global_conn_limit: builtins.bool
    @builtins.property
    def allow_paths(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.StringMatcher]: ...
    def __init__(
        self,
        *,
        access_log_path: builtins.str | None = ...,
        profile_path: builtins.str | None = ...,
        address: _config_core_v3.Address | None = ...,
        socket_options: collections.abc.Iterable[_config_core_v3.SocketOption] | None = ...,
        access_log: collections.abc.Iterable[_config_accesslog_v3.AccessLog] | None = ...,
        ignore_global_conn_limit: builtins.bool | None = ...,
        allow_paths: collections.abc.Iterable[_type_matcher_v3.StringMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["address"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["access_log_path", "profile_path", "address", "socket_options", "access_log", "ignore_global_conn_limit", "allow_paths"]) -> None: ...

class Bootstrap(_Message):
    class ApplicationLogConfig(_Message):
        class LogFormat(_Message):
            @builtins.property
            def json_format(self) -> _struct_pb2.Struct: ...
            text_format: builtins.str
            def __init__(
                self,
                *,
                json_format: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
                text_format: builtins.str | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["json_format", "text_format", "log_format"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["json_format", "text_format", "log_format"]) -> None: ...
            def WhichOneof(self, oneof_group: typing.Literal["log_format"]) -> typing.Literal["json_format", "text_format"] | None: ...

        @builtins.property
        def log_format(self) -> _config_bootstrap_v3.Bootstrap.ApplicationLogConfig.LogFormat: ...
        def __init__(
            self,
            *,
            log_format: _config_bootstrap_v3.Bootstrap.ApplicationLogConfig.LogFormat | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["log_format"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["log_format"]) -> None: ...

    class DeferredStatOptions(_Message):
        enable_deferred_creation_stats: builtins.bool
        def __init__(
            self,
            *,
            enable_deferred_creation_stats: builtins.bool | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["enable_deferred_creation_stats"]) -> None: ...

    class DynamicResources(_Message):
        @builtins.property
        def lds_config(self) -> _config_core_v3.ConfigSource: ...
        @builtins.property
        def cds_config(self) -> _config_core_v3.ConfigSource: ...
        @builtins.property
        def ads_config(self) -> _config_core_v3.ApiConfigSource: ...
        lds_resources_locator: builtins.str
        cds_resources_locator: builtins.str
        def __init__(
            self,
            *,
            lds_config: _config_core_v3.ConfigSource | None = ...,
            cds_config: _config_core_v3.ConfigSource | None = ...,
            ads_config: _config_core_v3.ApiConfigSource | None = ...,
            lds_resources_locator: builtins.str | None = ...,
            cds_resources_locator: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["lds_config", "cds_config", "ads_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["lds_config", "cds_config", "ads_config", "lds_resources_locator", "cds_resources_locator"]) -> None: ...

    class GrpcAsyncClientManagerConfig(_Message):
        @builtins.property
        def max_cached_entry_idle_duration(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            max_cached_entry_idle_duration: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["max_cached_entry_idle_duration"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["max_cached_entry_idle_duration"]) -> None: ...

    class StaticResources(_Message):
        @builtins.property
        def listeners(self) -> _containers.RepeatedCompositeFieldContainer[_config_listener_v3.Listener]: ...
        @builtins.property
        def clusters(self) -> _containers.RepeatedCompositeFieldContainer[_config_cluster_v3.Cluster]: ...
        @builtins.property
        def secrets(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_transport_sockets_tls_v3.Secret]: ...
        def __init__(
            self,
            *,
            listeners: collections.abc.Iterable[_config_listener_v3.Listener] | None = ...,
            clusters: collections.abc.Iterable[_config_cluster_v3.Cluster] | None = ...,
            secrets: collections.abc.Iterable[_extensions_transport_sockets_tls_v3.Secret] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["listeners", "clusters", "secrets"]) -> None: ...

    @builtins.property
    def node(self) -> _config_core_v3.Node: ...
    @builtins.property
    def static_resources(self) -> _config_bootstrap_v3.Bootstrap.StaticResources: ...
    @builtins.property
    def dynamic_resources(self) -> _config_bootstrap_v3.Bootstrap.DynamicResources: ...
    @builtins.property
    def cluster_manager(self) -> _config_bootstrap_v3.ClusterManager: ...
    flags_path: builtins.str
    @builtins.property
    def stats_sinks(self) -> _containers.RepeatedCompositeFieldContainer[_config_metrics_v3.StatsSink]: ...
    @builtins.property
    def stats_flush_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def watchdog(self) -> _config_bootstrap_v3.Watchdog: ...
    @builtins.property
    def tracing(self) -> _config_trace_v3.Tracing: ...
    @builtins.property
    def admin(self) -> _config_bootstrap_v3.Admin: ...
    @builtins.property
    def stats_config(self) -> _config_metrics_v3.StatsConfig: ...
    @builtins.property
    def hds_config(self) -> _config_core_v3.ApiConfigSource: ...
    @builtins.property
    def overload_manager(self) -> _config_overload_v3.OverloadManager: ...
    enable_dispatcher_stats: builtins.bool
    @builtins.property
    def layered_runtime(self) -> _config_bootstrap_v3.LayeredRuntime: ...
    header_prefix: builtins.str
    @builtins.property
    def stats_server_version_override(self) -> _wrappers_pb2.UInt64Value: ...
    use_tcp_for_dns_lookups: builtins.bool
    @builtins.property
    def bootstrap_extensions(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    @builtins.property
    def config_sources(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.ConfigSource]: ...
    @builtins.property
    def default_config_source(self) -> _config_core_v3.ConfigSource: ...
    default_socket_interface: builtins.str
    @builtins.property
    def certificate_provider_instances(self) -> _containers.MessageMap[builtins.str, _config_core_v3.TypedExtensionConfig]: ...
    @builtins.property
    def node_context_params(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def watchdogs(self) -> _config_bootstrap_v3.Watchdogs: ...
    @builtins.property
    def fatal_actions(self) -> _containers.RepeatedCompositeFieldContainer[_config_bootstrap_v3.FatalAction]: ...
    stats_flush_on_admin: builtins.bool
    @builtins.property
    def dns_resolution_config(self) -> _config_core_v3.DnsResolutionConfig: ...
    @builtins.property
    def typed_dns_resolver_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def inline_headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_bootstrap_v3.CustomInlineHeader]: ...
    perf_tracing_file_path: builtins.str
    @builtins.property
    def default_regex_engine(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def xds_delegate_extension(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def xds_config_tracker_extension(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def listener_manager(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def application_log_config(self) -> _config_bootstrap_v3.Bootstrap.ApplicationLogConfig: ...
    @builtins.property
    def deferred_stat_options(self) -> _config_bootstrap_v3.Bootstrap.DeferredStatOptions: ...
    @builtins.property
    def grpc_async_client_manager_config(self) -> _config_bootstrap_v3.Bootstrap.GrpcAsyncClientManagerConfig: ...
    @builtins.property
    def memory_allocator_manager(self) -> _config_bootstrap_v3.MemoryAllocatorManager: ...
    @builtins.property
    def stats_eviction_interval(self) -> _duration_pb2.Duration: ...
    enable_worker_cpu_affinity: builtins.bool
    def __init__(
        self,
        *,
        node: _config_core_v3.Node | None = ...,
        static_resources: _config_bootstrap_v3.Bootstrap.StaticResources | None = ...,
        dynamic_resources: _config_bootstrap_v3.Bootstrap.DynamicResources | None = ...,
        cluster_manager: _config_bootstrap_v3.ClusterManager | None = ...,
        flags_path: builtins.str | None = ...,
        stats_sinks: collections.abc.Iterable[_config_metrics_v3.StatsSink] | None = ...,
        stats_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        watchdog: _config_bootstrap_v3.Watchdog | None = ...,
        tracing: _config_trace_v3.Tracing | None = ...,
        admin: _config_bootstrap_v3.Admin | None = ...,
        stats_config: _config_metrics_v3.StatsConfig | None = ...,
        hds_config: _config_core_v3.ApiConfigSource | None = ...,
        overload_manager: _config_overload_v3.OverloadManager | None = ...,
        enable_dispatcher_stats: builtins.bool | None = ...,
        layered_runtime: _config_bootstrap_v3.LayeredRuntime | None = ...,
        header_prefix: builtins.str | None = ...,
        stats_server_version_override: _wrappers_pb2.UInt64Value | None = ...,
        use_tcp_for_dns_lookups: builtins.bool | None = ...,
        bootstrap_extensions: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        config_sources: collections.abc.Iterable[_config_core_v3.ConfigSource] | None = ...,
        default_config_source: _config_core_v3.ConfigSource | None = ...,
        default_socket_interface: builtins.str | None = ...,
        certificate_provider_instances: collections.abc.Mapping[builtins.str, _config_core_v3.TypedExtensionConfig] | None = ...,
        node_context_params: collections.abc.Iterable[builtins.str] | None = ...,
        watchdogs: _config_bootstrap_v3.Watchdogs | None = ...,
        fatal_actions: collections.abc.Iterable[_config_bootstrap_v3.FatalAction] | None = ...,
        stats_flush_on_admin: builtins.bool | None = ...,
        dns_resolution_config: _config_core_v3.DnsResolutionConfig | None = ...,
        typed_dns_resolver_config: _config_core_v3.TypedExtensionConfig | None = ...,
        inline_headers: collections.abc.Iterable[_config_bootstrap_v3.CustomInlineHeader] | None = ...,
        perf_tracing_file_path: builtins.str | None = ...,
        default_regex_engine: _config_core_v3.TypedExtensionConfig | None = ...,
        xds_delegate_extension: _config_core_v3.TypedExtensionConfig | None = ...,
        xds_config_tracker_extension: _config_core_v3.TypedExtensionConfig | None = ...,
        listener_manager: _config_core_v3.TypedExtensionConfig | None = ...,
        application_log_config: _config_bootstrap_v3.Bootstrap.ApplicationLogConfig | None = ...,
        deferred_stat_options: _config_bootstrap_v3.Bootstrap.DeferredStatOptions | None = ...,
        grpc_async_client_manager_config: _config_bootstrap_v3.Bootstrap.GrpcAsyncClientManagerConfig | None = ...,
        memory_allocator_manager: _config_bootstrap_v3.MemoryAllocatorManager | None = ...,
        stats_eviction_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        enable_worker_cpu_affinity: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["node", "static_resources", "dynamic_resources", "cluster_manager", "stats_flush_interval", "watchdog", "tracing", "admin", "stats_config", "hds_config", "overload_manager", "layered_runtime", "stats_server_version_override", "default_config_source", "watchdogs", "stats_flush_on_admin", "dns_resolution_config", "typed_dns_resolver_config", "default_regex_engine", "xds_delegate_extension", "xds_config_tracker_extension", "listener_manager", "application_log_config", "deferred_stat_options", "grpc_async_client_manager_config", "memory_allocator_manager", "stats_eviction_interval", "stats_flush", "stats_eviction"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["node", "static_resources", "dynamic_resources", "cluster_manager", "flags_path", "stats_sinks", "stats_flush_interval", "watchdog", "tracing", "admin", "stats_config", "hds_config", "overload_manager", "enable_dispatcher_stats", "layered_runtime", "header_prefix", "stats_server_version_override", "use_tcp_for_dns_lookups", "bootstrap_extensions", "config_sources", "default_config_source", "default_socket_interface", "certificate_provider_instances", "node_context_params", "watchdogs", "fatal_actions", "stats_flush_on_admin", "dns_resolution_config", "typed_dns_resolver_config", "inline_headers", "perf_tracing_file_path", "default_regex_engine", "xds_delegate_extension", "xds_config_tracker_extension", "listener_manager", "application_log_config", "deferred_stat_options", "grpc_async_client_manager_config", "memory_allocator_manager", "stats_eviction_interval", "enable_worker_cpu_affinity", "stats_flush", "stats_eviction"]) -> None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["stats_flush"]) -> typing.Literal["stats_flush_on_admin"] | None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["stats_eviction"]) -> typing.Literal["stats_eviction_interval"] | None: ...

class ClusterManager(_Message):
    class OutlierDetection(_Message):
        event_log_path: builtins.str
        @builtins.property
        def event_service(self) -> _config_core_v3.EventServiceConfig: ...
        def __init__(
            self,
            *,
            event_log_path: builtins.str | None = ...,
            event_service: _config_core_v3.EventServiceConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["event_service"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["event_log_path", "event_service"]) -> None: ...

    local_cluster_name: builtins.str
    @builtins.property
    def outlier_detection(self) -> _config_bootstrap_v3.ClusterManager.OutlierDetection: ...
    @builtins.property
    def upstream_bind_config(self) -> _config_core_v3.BindConfig: ...
    @builtins.property
    def load_stats_config(self) -> _config_core_v3.ApiConfigSource: ...
    enable_deferred_cluster_creation: builtins.bool
    def __init__(
        self,
        *,
        local_cluster_name: builtins.str | None = ...,
        outlier_detection: _config_bootstrap_v3.ClusterManager.OutlierDetection | None = ...,
        upstream_bind_config: _config_core_v3.BindConfig | None = ...,
        load_stats_config: _config_core_v3.ApiConfigSource | None = ...,
        enable_deferred_cluster_creation: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["outlier_detection", "upstream_bind_config", "load_stats_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["local_cluster_name", "outlier_detection", "upstream_bind_config", "load_stats_config", "enable_deferred_cluster_creation"]) -> None: ...

class CustomInlineHeader(_Message):
    class InlineHeaderType(_EnumValue):
        REQUEST_HEADER: typing.ClassVar[_config_bootstrap_v3.CustomInlineHeader.InlineHeaderType]
        REQUEST_TRAILER: typing.ClassVar[_config_bootstrap_v3.CustomInlineHeader.InlineHeaderType]
        RESPONSE_HEADER: typing.ClassVar[_config_bootstrap_v3.CustomInlineHeader.InlineHeaderType]
        RESPONSE_TRAILER: typing.ClassVar[_config_bootstrap_v3.CustomInlineHeader.InlineHeaderType]

    inline_header_name: builtins.str
    inline_header_type: _config_bootstrap_v3.CustomInlineHeader.InlineHeaderType
    def __init__(
        self,
        *,
        inline_header_name: builtins.str | None = ...,
        inline_header_type: _config_bootstrap_v3.CustomInlineHeader.InlineHeaderType | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["inline_header_name", "inline_header_type"]) -> None: ...

class FatalAction(_Message):
    @builtins.property
    def config(self) -> _config_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        config: _config_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config"]) -> None: ...

class LayeredRuntime(_Message):
    @builtins.property
    def layers(self) -> _containers.RepeatedCompositeFieldContainer[_config_bootstrap_v3.RuntimeLayer]: ...
    def __init__(
        self,
        *,
        layers: collections.abc.Iterable[_config_bootstrap_v3.RuntimeLayer] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["layers"]) -> None: ...

class MemoryAllocatorManager(_Message):
    bytes_to_release: builtins.int
    @builtins.property
    def memory_release_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def soft_memory_limit_bytes(self) -> _wrappers_pb2.UInt64Value: ...
    @builtins.property
    def max_per_cpu_cache_size_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    max_unfreed_memory_bytes: builtins.int
    def __init__(
        self,
        *,
        bytes_to_release: builtins.int | None = ...,
        memory_release_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        soft_memory_limit_bytes: _wrappers_pb2.UInt64Value | None = ...,
        max_per_cpu_cache_size_bytes: _wrappers_pb2.UInt32Value | None = ...,
        max_unfreed_memory_bytes: builtins.int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["memory_release_interval", "soft_memory_limit_bytes", "max_per_cpu_cache_size_bytes"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["bytes_to_release", "memory_release_interval", "soft_memory_limit_bytes", "max_per_cpu_cache_size_bytes", "max_unfreed_memory_bytes"]) -> None: ...

class RuntimeLayer(_Message):
    class AdminLayer(_Message):
        def __init__(self) -> None: ...

    class DiskLayer(_Message):
        symlink_root: builtins.str
        append_service_cluster: builtins.bool
        subdirectory: builtins.str
        def __init__(
            self,
            *,
            symlink_root: builtins.str | None = ...,
            append_service_cluster: builtins.bool | None = ...,
            subdirectory: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["symlink_root", "append_service_cluster", "subdirectory"]) -> None: ...

    class RtdsLayer(_Message):
        name: builtins.str
        @builtins.property
        def rtds_config(self) -> _config_core_v3.ConfigSource: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            rtds_config: _config_core_v3.ConfigSource | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["rtds_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "rtds_config"]) -> None: ...

    name: builtins.str
    @builtins.property
    def static_layer(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def disk_layer(self) -> _config_bootstrap_v3.RuntimeLayer.DiskLayer: ...
    @builtins.property
    def admin_layer(self) -> _config_bootstrap_v3.RuntimeLayer.AdminLayer: ...
    @builtins.property
    def rtds_layer(self) -> _config_bootstrap_v3.RuntimeLayer.RtdsLayer: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        static_layer: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        disk_layer: _config_bootstrap_v3.RuntimeLayer.DiskLayer | None = ...,
        admin_layer: _config_bootstrap_v3.RuntimeLayer.AdminLayer | None = ...,
        rtds_layer: _config_bootstrap_v3.RuntimeLayer.RtdsLayer | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["static_layer", "disk_layer", "admin_layer", "rtds_layer", "layer_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "static_layer", "disk_layer", "admin_layer", "rtds_layer", "layer_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["layer_specifier"]) -> typing.Literal["static_layer", "disk_layer", "admin_layer", "rtds_layer"] | None: ...

class Watchdog(_Message):
    class WatchdogAction(_Message):
        class WatchdogEvent(_EnumValue):
            UNKNOWN: typing.ClassVar[_config_bootstrap_v3.Watchdog.WatchdogAction.WatchdogEvent]
            KILL: typing.ClassVar[_config_bootstrap_v3.Watchdog.WatchdogAction.WatchdogEvent]
            MULTIKILL: typing.ClassVar[_config_bootstrap_v3.Watchdog.WatchdogAction.WatchdogEvent]
            MEGAMISS: typing.ClassVar[_config_bootstrap_v3.Watchdog.WatchdogAction.WatchdogEvent]
            MISS: typing.ClassVar[_config_bootstrap_v3.Watchdog.WatchdogAction.WatchdogEvent]

        @builtins.property
        def config(self) -> _config_core_v3.TypedExtensionConfig: ...
        event: _config_bootstrap_v3.Watchdog.WatchdogAction.WatchdogEvent
        def __init__(
            self,
            *,
            config: _config_core_v3.TypedExtensionConfig | None = ...,
            event: _config_bootstrap_v3.Watchdog.WatchdogAction.WatchdogEvent | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["config", "event"]) -> None: ...

    @builtins.property
    def miss_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def megamiss_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def kill_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def multikill_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def multikill_threshold(self) -> _type_v3.Percent: ...
    @builtins.property
    def max_kill_timeout_jitter(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def actions(self) -> _containers.RepeatedCompositeFieldContainer[_config_bootstrap_v3.Watchdog.WatchdogAction]: ...
    def __init__(
        self,
        *,
        miss_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        megamiss_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        kill_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        multikill_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        multikill_threshold: _type_v3.Percent | None = ...,
        max_kill_timeout_jitter: _duration_pb2.Duration | datetime.timedelta | None = ...,
        actions: collections.abc.Iterable[_config_bootstrap_v3.Watchdog.WatchdogAction] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["miss_timeout", "megamiss_timeout", "kill_timeout", "multikill_timeout", "multikill_threshold", "max_kill_timeout_jitter"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["miss_timeout", "megamiss_timeout", "kill_timeout", "multikill_timeout", "multikill_threshold", "max_kill_timeout_jitter", "actions"]) -> None: ...

class Watchdogs(_Message):
    @builtins.property
    def main_thread_watchdog(self) -> _config_bootstrap_v3.Watchdog: ...
    @builtins.property
    def worker_watchdog(self) -> _config_bootstrap_v3.Watchdog: ...
    def __init__(
        self,
        *,
        main_thread_watchdog: _config_bootstrap_v3.Watchdog | None = ...,
        worker_watchdog: _config_bootstrap_v3.Watchdog | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["main_thread_watchdog", "worker_watchdog"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["main_thread_watchdog", "worker_watchdog"]) -> None: ...

