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
from google.protobuf import timestamp_pb2 as _timestamp_pb2
import envoy_api.admin.v3 as _admin_v3
import envoy_api.config.bootstrap.v3 as _config_bootstrap_v3
import envoy_api.config.cluster.v3 as _config_cluster_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.tap.v3 as _config_tap_v3
import envoy_api.type.v3 as _type_v3

class ClientResourceStatus(_EnumValue):
    UNKNOWN: typing.ClassVar[_admin_v3.ClientResourceStatus]
    REQUESTED: typing.ClassVar[_admin_v3.ClientResourceStatus]
    DOES_NOT_EXIST: typing.ClassVar[_admin_v3.ClientResourceStatus]
    ACKED: typing.ClassVar[_admin_v3.ClientResourceStatus]
    NACKED: typing.ClassVar[_admin_v3.ClientResourceStatus]
    RECEIVED_ERROR: typing.ClassVar[_admin_v3.ClientResourceStatus]
    TIMEOUT: typing.ClassVar[_admin_v3.ClientResourceStatus]

class BootstrapConfigDump(_Message):
    @builtins.property
    def bootstrap(self) -> _config_bootstrap_v3.Bootstrap: ...
    @builtins.property
    def last_updated(self) -> _timestamp_pb2.Timestamp: ...
    def __init__(
        self,
        *,
        bootstrap: _config_bootstrap_v3.Bootstrap | None = ...,
        last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["bootstrap", "last_updated"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["bootstrap", "last_updated"]) -> None: ...

class Certificate(_Message):
    @builtins.property
    def ca_cert(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.CertificateDetails]: ...
    @builtins.property
    def cert_chain(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.CertificateDetails]: ...
    def __init__(
        self,
        *,
        ca_cert: collections.abc.Iterable[_admin_v3.CertificateDetails] | None = ...,
        cert_chain: collections.abc.Iterable[_admin_v3.CertificateDetails] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["ca_cert", "cert_chain"]) -> None: ...

class CertificateDetails(_Message):
    class OcspDetails(_Message):
        @builtins.property
        def valid_from(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def expiration(self) -> _timestamp_pb2.Timestamp: ...
        def __init__(
            self,
            *,
            valid_from: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            expiration: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["valid_from", "expiration"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["valid_from", "expiration"]) -> None: ...

    path: builtins.str
    serial_number: builtins.str
    @builtins.property
    def subject_alt_names(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.SubjectAlternateName]: ...
    days_until_expiration: builtins.int
    @builtins.property
    def valid_from(self) -> _timestamp_pb2.Timestamp: ...
    @builtins.property
    def expiration_time(self) -> _timestamp_pb2.Timestamp: ...
    @builtins.property
    def ocsp_details(self) -> _admin_v3.CertificateDetails.OcspDetails: ...
    def __init__(
        self,
        *,
        path: builtins.str | None = ...,
        serial_number: builtins.str | None = ...,
        subject_alt_names: collections.abc.Iterable[_admin_v3.SubjectAlternateName] | None = ...,
        days_until_expiration: builtins.int | None = ...,
        valid_from: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        expiration_time: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ocsp_details: _admin_v3.CertificateDetails.OcspDetails | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["valid_from", "expiration_time", "ocsp_details"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["path", "serial_number", "subject_alt_names", "days_until_expiration", "valid_from", "expiration_time", "ocsp_details"]) -> None: ...

class Certificates(_Message):
    @builtins.property
    def certificates(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.Certificate]: ...
    def __init__(
        self,
        *,
        certificates: collections.abc.Iterable[_admin_v3.Certificate] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["certificates"]) -> None: ...

class ClusterStatus(_Message):
    name: builtins.str
    added_via_api: builtins.bool
    @builtins.property
    def success_rate_ejection_threshold(self) -> _type_v3.Percent: ...
    @builtins.property
    def host_statuses(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.HostStatus]: ...
    @builtins.property
    def local_origin_success_rate_ejection_threshold(self) -> _type_v3.Percent: ...
    @builtins.property
    def circuit_breakers(self) -> _config_cluster_v3.CircuitBreakers: ...
    observability_name: builtins.str
    eds_service_name: builtins.str
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        added_via_api: builtins.bool | None = ...,
        success_rate_ejection_threshold: _type_v3.Percent | None = ...,
        host_statuses: collections.abc.Iterable[_admin_v3.HostStatus] | None = ...,
        local_origin_success_rate_ejection_threshold: _type_v3.Percent | None = ...,
        circuit_breakers: _config_cluster_v3.CircuitBreakers | None = ...,
        observability_name: builtins.str | None = ...,
        eds_service_name: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["success_rate_ejection_threshold", "local_origin_success_rate_ejection_threshold", "circuit_breakers"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "added_via_api", "success_rate_ejection_threshold", "host_statuses", "local_origin_success_rate_ejection_threshold", "circuit_breakers", "observability_name", "eds_service_name"]) -> None: ...

class Clusters(_Message):
    @builtins.property
    def cluster_statuses(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ClusterStatus]: ...
    def __init__(
        self,
        *,
        cluster_statuses: collections.abc.Iterable[_admin_v3.ClusterStatus] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["cluster_statuses"]) -> None: ...

class ClustersConfigDump(_Message):
    class DynamicCluster(_Message):
        version_info: builtins.str
        @builtins.property
        def cluster(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        client_status: _admin_v3.ClientResourceStatus
        def __init__(
            self,
            *,
            version_info: builtins.str | None = ...,
            cluster: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["cluster", "last_updated", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["version_info", "cluster", "last_updated", "error_state", "client_status"]) -> None: ...

    class StaticCluster(_Message):
        @builtins.property
        def cluster(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        def __init__(
            self,
            *,
            cluster: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["cluster", "last_updated"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["cluster", "last_updated"]) -> None: ...

    version_info: builtins.str
    @builtins.property
    def static_clusters(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ClustersConfigDump.StaticCluster]: ...
    @builtins.property
    def dynamic_active_clusters(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ClustersConfigDump.DynamicCluster]: ...
    @builtins.property
    def dynamic_warming_clusters(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ClustersConfigDump.DynamicCluster]: ...
    def __init__(
        self,
        *,
        version_info: builtins.str | None = ...,
        static_clusters: collections.abc.Iterable[_admin_v3.ClustersConfigDump.StaticCluster] | None = ...,
        dynamic_active_clusters: collections.abc.Iterable[_admin_v3.ClustersConfigDump.DynamicCluster] | None = ...,
        dynamic_warming_clusters: collections.abc.Iterable[_admin_v3.ClustersConfigDump.DynamicCluster] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["version_info", "static_clusters", "dynamic_active_clusters", "dynamic_warming_clusters"]) -> None: ...

class CommandLineOptions(_Message):
    class DrainStrategy(_EnumValue):
        Gradual: typing.ClassVar[_admin_v3.CommandLineOptions.DrainStrategy]
        Immediate: typing.ClassVar[_admin_v3.CommandLineOptions.DrainStrategy]

    class IpVersion(_EnumValue):
        v4: typing.ClassVar[_admin_v3.CommandLineOptions.IpVersion]
        v6: typing.ClassVar[_admin_v3.CommandLineOptions.IpVersion]

    class Mode(_EnumValue):
        Serve: typing.ClassVar[_admin_v3.CommandLineOptions.Mode]
        Validate: typing.ClassVar[_admin_v3.CommandLineOptions.Mode]
        InitOnly: typing.ClassVar[_admin_v3.CommandLineOptions.Mode]

    base_id: builtins.int
    concurrency: builtins.int
    config_path: builtins.str
    config_yaml: builtins.str
    allow_unknown_static_fields: builtins.bool
    admin_address_path: builtins.str
    local_address_ip_version: _admin_v3.CommandLineOptions.IpVersion
    log_level: builtins.str
    component_log_level: builtins.str
    log_format: builtins.str
    log_path: builtins.str
    service_cluster: builtins.str
    service_node: builtins.str
    service_zone: builtins.str
    @builtins.property
    def file_flush_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def drain_time(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def parent_shutdown_time(self) -> _duration_pb2.Duration: ...
    mode: _admin_v3.CommandLineOptions.Mode
    disable_hot_restart: builtins.bool
    enable_mutex_tracing: builtins.bool
    restart_epoch: builtins.int
    cpuset_threads: builtins.bool
    reject_unknown_dynamic_fields: builtins.bool
    log_format_escaped: builtins.bool
    @builtins.property
    def disabled_extensions(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    ignore_unknown_dynamic_fields: builtins.bool
    use_dynamic_base_id: builtins.bool
    base_id_path: builtins.str
    drain_strategy: _admin_v3.CommandLineOptions.DrainStrategy
    enable_fine_grain_logging: builtins.bool
    socket_path: builtins.str
    socket_mode: builtins.int
    enable_core_dump: builtins.bool
    @builtins.property
    def stats_tag(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    skip_hot_restart_on_no_parent: builtins.bool
    skip_hot_restart_parent_stats: builtins.bool
    skip_deprecated_logs: builtins.bool
    file_flush_min_size: builtins.int
    log_stacktrace_single_entry: builtins.bool
    def __init__(
        self,
        *,
        base_id: builtins.int | None = ...,
        concurrency: builtins.int | None = ...,
        config_path: builtins.str | None = ...,
        config_yaml: builtins.str | None = ...,
        allow_unknown_static_fields: builtins.bool | None = ...,
        admin_address_path: builtins.str | None = ...,
        local_address_ip_version: _admin_v3.CommandLineOptions.IpVersion | None = ...,
        log_level: builtins.str | None = ...,
        component_log_level: builtins.str | None = ...,
        log_format: builtins.str | None = ...,
        log_path: builtins.str | None = ...,
        service_cluster: builtins.str | None = ...,
        service_node: builtins.str | None = ...,
        service_zone: builtins.str | None = ...,
        file_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        drain_time: _duration_pb2.Duration | datetime.timedelta | None = ...,
        parent_shutdown_time: _duration_pb2.Duration | datetime.timedelta | None = ...,
        mode: _admin_v3.CommandLineOptions.Mode | None = ...,
        disable_hot_restart: builtins.bool | None = ...,
        enable_mutex_tracing: builtins.bool | None = ...,
        restart_epoch: builtins.int | None = ...,
        cpuset_threads: builtins.bool | None = ...,
        reject_unknown_dynamic_fields: builtins.bool | None = ...,
        log_format_escaped: builtins.bool | None = ...,
        disabled_extensions: collections.abc.Iterable[builtins.str] | None = ...,
        ignore_unknown_dynamic_fields: builtins.bool | None = ...,
        use_dynamic_base_id: builtins.bool | None = ...,
        base_id_path: builtins.str | None = ...,
        drain_strategy: _admin_v3.CommandLineOptions.DrainStrategy | None = ...,
        enable_fine_grain_logging: builtins.bool | None = ...,
        socket_path: builtins.str | None = ...,
        socket_mode: builtins.int | None = ...,
        enable_core_dump: builtins.bool | None = ...,
        stats_tag: collections.abc.Iterable[builtins.str] | None = ...,
        skip_hot_restart_on_no_parent: builtins.bool | None = ...,
        skip_hot_restart_parent_stats: builtins.bool | None = ...,
        skip_deprecated_logs: builtins.bool | None = ...,
        file_flush_min_size: builtins.int | None = ...,
        log_stacktrace_single_entry: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["file_flush_interval", "drain_time", "parent_shutdown_time"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["base_id", "concurrency", "config_path", "config_yaml", "allow_unknown_static_fields", "admin_address_path", "local_address_ip_version", "log_level", "component_log_level", "log_format", "log_path", "service_cluster", "service_node", "service_zone", "file_flush_interval", "drain_time", "parent_shutdown_time", "mode", "disable_hot_restart", "enable_mutex_tracing", "restart_epoch", "cpuset_threads", "reject_unknown_dynamic_fields", "log_format_escaped", "disabled_extensions", "ignore_unknown_dynamic_fields", "use_dynamic_base_id", "base_id_path", "drain_strategy", "enable_fine_grain_logging", "socket_path", "socket_mode", "enable_core_dump", "stats_tag", "skip_hot_restart_on_no_parent", "skip_hot_restart_parent_stats", "skip_deprecated_logs", "file_flush_min_size", "log_stacktrace_single_entry"]) -> None: ...

class ConfigDump(_Message):
    @builtins.property
    def configs(self) -> _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]: ...
    def __init__(
        self,
        *,
        configs: collections.abc.Iterable[_any_pb2.Any] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["configs"]) -> None: ...

class EcdsConfigDump(_Message):
    class EcdsFilterConfig(_Message):
        version_info: builtins.str
        @builtins.property
        def ecds_filter(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        client_status: _admin_v3.ClientResourceStatus
        def __init__(
            self,
            *,
            version_info: builtins.str | None = ...,
            ecds_filter: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["ecds_filter", "last_updated", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["version_info", "ecds_filter", "last_updated", "error_state", "client_status"]) -> None: ...

    @builtins.property
    def ecds_filters(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.EcdsConfigDump.EcdsFilterConfig]: ...
    def __init__(
        self,
        *,
        ecds_filters: collections.abc.Iterable[_admin_v3.EcdsConfigDump.EcdsFilterConfig] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["ecds_filters"]) -> None: ...

class EndpointsConfigDump(_Message):
    class DynamicEndpointConfig(_Message):
        version_info: builtins.str
        @builtins.property
        def endpoint_config(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        client_status: _admin_v3.ClientResourceStatus
        def __init__(
            self,
            *,
            version_info: builtins.str | None = ...,
            endpoint_config: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["endpoint_config", "last_updated", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["version_info", "endpoint_config", "last_updated", "error_state", "client_status"]) -> None: ...

    class StaticEndpointConfig(_Message):
        @builtins.property
        def endpoint_config(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        def __init__(
            self,
            *,
            endpoint_config: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["endpoint_config", "last_updated"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["endpoint_config", "last_updated"]) -> None: ...

    @builtins.property
    def static_endpoint_configs(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.EndpointsConfigDump.StaticEndpointConfig]: ...
    @builtins.property
    def dynamic_endpoint_configs(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.EndpointsConfigDump.DynamicEndpointConfig]: ...
    def __init__(
        self,
        *,
        static_endpoint_configs: collections.abc.Iterable[_admin_v3.EndpointsConfigDump.StaticEndpointConfig] | None = ...,
        dynamic_endpoint_configs: collections.abc.Iterable[_admin_v3.EndpointsConfigDump.DynamicEndpointConfig] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["static_endpoint_configs", "dynamic_endpoint_configs"]) -> None: ...

class HostHealthStatus(_Message):
    failed_active_health_check: builtins.bool
    failed_outlier_check: builtins.bool
    eds_health_status: _config_core_v3.HealthStatus
    failed_active_degraded_check: builtins.bool
    pending_dynamic_removal: builtins.bool
    pending_active_hc: builtins.bool
    excluded_via_immediate_hc_fail: builtins.bool
    active_hc_timeout: builtins.bool
    failed_degraded_outlier_detection: builtins.bool
    def __init__(
        self,
        *,
        failed_active_health_check: builtins.bool | None = ...,
        failed_outlier_check: builtins.bool | None = ...,
        eds_health_status: _config_core_v3.HealthStatus | None = ...,
        failed_active_degraded_check: builtins.bool | None = ...,
        pending_dynamic_removal: builtins.bool | None = ...,
        pending_active_hc: builtins.bool | None = ...,
        excluded_via_immediate_hc_fail: builtins.bool | None = ...,
        active_hc_timeout: builtins.bool | None = ...,
        failed_degraded_outlier_detection: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["failed_active_health_check", "failed_outlier_check", "eds_health_status", "failed_active_degraded_check", "pending_dynamic_removal", "pending_active_hc", "excluded_via_immediate_hc_fail", "active_hc_timeout", "failed_degraded_outlier_detection"]) -> None: ...

class HostStatus(_Message):
    @builtins.property
    def address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def stats(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.SimpleMetric]: ...
    @builtins.property
    def health_status(self) -> _admin_v3.HostHealthStatus: ...
    @builtins.property
    def success_rate(self) -> _type_v3.Percent: ...
    weight: builtins.int
    hostname: builtins.str
    priority: builtins.int
    @builtins.property
    def local_origin_success_rate(self) -> _type_v3.Percent: ...
    @builtins.property
    def locality(self) -> _config_core_v3.Locality: ...
    def __init__(
        self,
        *,
        address: _config_core_v3.Address | None = ...,
        stats: collections.abc.Iterable[_admin_v3.SimpleMetric] | None = ...,
        health_status: _admin_v3.HostHealthStatus | None = ...,
        success_rate: _type_v3.Percent | None = ...,
        weight: builtins.int | None = ...,
        hostname: builtins.str | None = ...,
        priority: builtins.int | None = ...,
        local_origin_success_rate: _type_v3.Percent | None = ...,
        locality: _config_core_v3.Locality | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["address", "health_status", "success_rate", "local_origin_success_rate", "locality"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["address", "stats", "health_status", "success_rate", "weight", "hostname", "priority", "local_origin_success_rate", "locality"]) -> None: ...

class ListenerStatus(_Message):
    name: builtins.str
    @builtins.property
    def local_address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def additional_local_addresses(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.Address]: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        local_address: _config_core_v3.Address | None = ...,
        additional_local_addresses: collections.abc.Iterable[_config_core_v3.Address] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["local_address"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "local_address", "additional_local_addresses"]) -> None: ...

class Listeners(_Message):
    @builtins.property
    def listener_statuses(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ListenerStatus]: ...
    def __init__(
        self,
        *,
        listener_statuses: collections.abc.Iterable[_admin_v3.ListenerStatus] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["listener_statuses"]) -> None: ...

class ListenersConfigDump(_Message):
    class DynamicListener(_Message):
        name: builtins.str
        @builtins.property
        def active_state(self) -> _admin_v3.ListenersConfigDump.DynamicListenerState: ...
        @builtins.property
        def warming_state(self) -> _admin_v3.ListenersConfigDump.DynamicListenerState: ...
        @builtins.property
        def draining_state(self) -> _admin_v3.ListenersConfigDump.DynamicListenerState: ...
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        client_status: _admin_v3.ClientResourceStatus
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            active_state: _admin_v3.ListenersConfigDump.DynamicListenerState | None = ...,
            warming_state: _admin_v3.ListenersConfigDump.DynamicListenerState | None = ...,
            draining_state: _admin_v3.ListenersConfigDump.DynamicListenerState | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["active_state", "warming_state", "draining_state", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "active_state", "warming_state", "draining_state", "error_state", "client_status"]) -> None: ...

    class DynamicListenerState(_Message):
        version_info: builtins.str
        @builtins.property
        def listener(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        def __init__(
            self,
            *,
            version_info: builtins.str | None = ...,
            listener: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["listener", "last_updated"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["version_info", "listener", "last_updated"]) -> None: ...

    class StaticListener(_Message):
        @builtins.property
        def listener(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        def __init__(
            self,
            *,
            listener: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["listener", "last_updated"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["listener", "last_updated"]) -> None: ...

    version_info: builtins.str
    @builtins.property
    def static_listeners(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ListenersConfigDump.StaticListener]: ...
    @builtins.property
    def dynamic_listeners(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ListenersConfigDump.DynamicListener]: ...
    def __init__(
        self,
        *,
        version_info: builtins.str | None = ...,
        static_listeners: collections.abc.Iterable[_admin_v3.ListenersConfigDump.StaticListener] | None = ...,
        dynamic_listeners: collections.abc.Iterable[_admin_v3.ListenersConfigDump.DynamicListener] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["version_info", "static_listeners", "dynamic_listeners"]) -> None: ...

class Memory(_Message):
    allocated: builtins.int
    heap_size: builtins.int
    pageheap_unmapped: builtins.int
    pageheap_free: builtins.int
    total_thread_cache: builtins.int
    total_physical_bytes: builtins.int
    def __init__(
        self,
        *,
        allocated: builtins.int | None = ...,
        heap_size: builtins.int | None = ...,
        pageheap_unmapped: builtins.int | None = ...,
        pageheap_free: builtins.int | None = ...,
        total_thread_cache: builtins.int | None = ...,
        total_physical_bytes: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["allocated", "heap_size", "pageheap_unmapped", "pageheap_free", "total_thread_cache", "total_physical_bytes"]) -> None: ...

class MutexStats(_Message):
    num_contentions: builtins.int
    current_wait_cycles: builtins.int
    lifetime_wait_cycles: builtins.int
    def __init__(
        self,
        *,
        num_contentions: builtins.int | None = ...,
        current_wait_cycles: builtins.int | None = ...,
        lifetime_wait_cycles: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["num_contentions", "current_wait_cycles", "lifetime_wait_cycles"]) -> None: ...

class RoutesConfigDump(_Message):
    class DynamicRouteConfig(_Message):
        version_info: builtins.str
        @builtins.property
        def route_config(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        client_status: _admin_v3.ClientResourceStatus
        def __init__(
            self,
            *,
            version_info: builtins.str | None = ...,
            route_config: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["route_config", "last_updated", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["version_info", "route_config", "last_updated", "error_state", "client_status"]) -> None: ...

    class StaticRouteConfig(_Message):
        @builtins.property
        def route_config(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        def __init__(
            self,
            *,
            route_config: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["route_config", "last_updated"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["route_config", "last_updated"]) -> None: ...

    @builtins.property
    def static_route_configs(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.RoutesConfigDump.StaticRouteConfig]: ...
    @builtins.property
    def dynamic_route_configs(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.RoutesConfigDump.DynamicRouteConfig]: ...
    def __init__(
        self,
        *,
        static_route_configs: collections.abc.Iterable[_admin_v3.RoutesConfigDump.StaticRouteConfig] | None = ...,
        dynamic_route_configs: collections.abc.Iterable[_admin_v3.RoutesConfigDump.DynamicRouteConfig] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["static_route_configs", "dynamic_route_configs"]) -> None: ...

class ScopedRoutesConfigDump(_Message):
    class DynamicScopedRouteConfigs(_Message):
        name: builtins.str
        version_info: builtins.str
        @builtins.property
        def scoped_route_configs(self) -> _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        client_status: _admin_v3.ClientResourceStatus
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            version_info: builtins.str | None = ...,
            scoped_route_configs: collections.abc.Iterable[_any_pb2.Any] | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["last_updated", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "version_info", "scoped_route_configs", "last_updated", "error_state", "client_status"]) -> None: ...

    class InlineScopedRouteConfigs(_Message):
        name: builtins.str
        @builtins.property
        def scoped_route_configs(self) -> _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            scoped_route_configs: collections.abc.Iterable[_any_pb2.Any] | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["last_updated"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "scoped_route_configs", "last_updated"]) -> None: ...

    @builtins.property
    def inline_scoped_route_configs(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ScopedRoutesConfigDump.InlineScopedRouteConfigs]: ...
    @builtins.property
    def dynamic_scoped_route_configs(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.ScopedRoutesConfigDump.DynamicScopedRouteConfigs]: ...
    def __init__(
        self,
        *,
        inline_scoped_route_configs: collections.abc.Iterable[_admin_v3.ScopedRoutesConfigDump.InlineScopedRouteConfigs] | None = ...,
        dynamic_scoped_route_configs: collections.abc.Iterable[_admin_v3.ScopedRoutesConfigDump.DynamicScopedRouteConfigs] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["inline_scoped_route_configs", "dynamic_scoped_route_configs"]) -> None: ...

class SecretsConfigDump(_Message):
    class DynamicSecret(_Message):
        name: builtins.str
        version_info: builtins.str
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def secret(self) -> _any_pb2.Any: ...
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        client_status: _admin_v3.ClientResourceStatus
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            version_info: builtins.str | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            secret: _any_pb2.Any | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["last_updated", "secret", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "version_info", "last_updated", "secret", "error_state", "client_status"]) -> None: ...

    class StaticSecret(_Message):
        name: builtins.str
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def secret(self) -> _any_pb2.Any: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            secret: _any_pb2.Any | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["last_updated", "secret"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "last_updated", "secret"]) -> None: ...

    @builtins.property
    def static_secrets(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.SecretsConfigDump.StaticSecret]: ...
    @builtins.property
    def dynamic_active_secrets(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.SecretsConfigDump.DynamicSecret]: ...
    @builtins.property
    def dynamic_warming_secrets(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.SecretsConfigDump.DynamicSecret]: ...
    def __init__(
        self,
        *,
        static_secrets: collections.abc.Iterable[_admin_v3.SecretsConfigDump.StaticSecret] | None = ...,
        dynamic_active_secrets: collections.abc.Iterable[_admin_v3.SecretsConfigDump.DynamicSecret] | None = ...,
        dynamic_warming_secrets: collections.abc.Iterable[_admin_v3.SecretsConfigDump.DynamicSecret] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["static_secrets", "dynamic_active_secrets", "dynamic_warming_secrets"]) -> None: ...

class ServerInfo(_Message):
    class State(_EnumValue):
        LIVE: typing.ClassVar[_admin_v3.ServerInfo.State]
        DRAINING: typing.ClassVar[_admin_v3.ServerInfo.State]
        PRE_INITIALIZING: typing.ClassVar[_admin_v3.ServerInfo.State]
        INITIALIZING: typing.ClassVar[_admin_v3.ServerInfo.State]

    version: builtins.str
    state: _admin_v3.ServerInfo.State
    @builtins.property
    def uptime_current_epoch(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def uptime_all_epochs(self) -> _duration_pb2.Duration: ...
    hot_restart_version: builtins.str
    @builtins.property
    def command_line_options(self) -> _admin_v3.CommandLineOptions: ...
    @builtins.property
    def node(self) -> _config_core_v3.Node: ...
    hot_restart_initializing: builtins.bool
    def __init__(
        self,
        *,
        version: builtins.str | None = ...,
        state: _admin_v3.ServerInfo.State | None = ...,
        uptime_current_epoch: _duration_pb2.Duration | datetime.timedelta | None = ...,
        uptime_all_epochs: _duration_pb2.Duration | datetime.timedelta | None = ...,
        hot_restart_version: builtins.str | None = ...,
        command_line_options: _admin_v3.CommandLineOptions | None = ...,
        node: _config_core_v3.Node | None = ...,
        hot_restart_initializing: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["uptime_current_epoch", "uptime_all_epochs", "command_line_options", "node"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["version", "state", "uptime_current_epoch", "uptime_all_epochs", "hot_restart_version", "command_line_options", "node", "hot_restart_initializing"]) -> None: ...

class SimpleMetric(_Message):
    class Type(_EnumValue):
        COUNTER: typing.ClassVar[_admin_v3.SimpleMetric.Type]
        GAUGE: typing.ClassVar[_admin_v3.SimpleMetric.Type]

    type: _admin_v3.SimpleMetric.Type
    value: builtins.int
    name: builtins.str
    def __init__(
        self,
        *,
        type: _admin_v3.SimpleMetric.Type | None = ...,
        value: builtins.int | None = ...,
        name: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["type", "value", "name"]) -> None: ...

class SubjectAlternateName(_Message):
    dns: builtins.str
    uri: builtins.str
    ip_address: builtins.str
    def __init__(
        self,
        *,
        dns: builtins.str | None = ...,
        uri: builtins.str | None = ...,
        ip_address: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dns", "uri", "ip_address", "name"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["dns", "uri", "ip_address", "name"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["name"]) -> typing.Literal["dns", "uri", "ip_address"] | None: ...

class TapRequest(_Message):
    config_id: builtins.str
    @builtins.property
    def tap_config(self) -> _config_tap_v3.TapConfig: ...
    def __init__(
        self,
        *,
        config_id: builtins.str | None = ...,
        tap_config: _config_tap_v3.TapConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["tap_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config_id", "tap_config"]) -> None: ...

class UnreadyTargetsDumps(_Message):
    class UnreadyTargetsDump(_Message):
        name: builtins.str
        @builtins.property
        def target_names(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            target_names: collections.abc.Iterable[builtins.str] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["name", "target_names"]) -> None: ...

    @builtins.property
    def unready_targets_dumps(self) -> _containers.RepeatedCompositeFieldContainer[_admin_v3.UnreadyTargetsDumps.UnreadyTargetsDump]: ...
    def __init__(
        self,
        *,
        unready_targets_dumps: collections.abc.Iterable[_admin_v3.UnreadyTargetsDumps.UnreadyTargetsDump] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["unready_targets_dumps"]) -> None: ...

class UpdateFailureState(_Message):
    @builtins.property
    def failed_configuration(self) -> _any_pb2.Any: ...
    @builtins.property
    def last_update_attempt(self) -> _timestamp_pb2.Timestamp: ...
    details: builtins.str
    version_info: builtins.str
    def __init__(
        self,
        *,
        failed_configuration: _any_pb2.Any | None = ...,
        last_update_attempt: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        details: builtins.str | None = ...,
        version_info: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["failed_configuration", "last_update_attempt"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["failed_configuration", "last_update_attempt", "details", "version_info"]) -> None: ...

