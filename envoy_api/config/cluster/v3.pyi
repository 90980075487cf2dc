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
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.cluster.v3 as _config_cluster_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.endpoint.v3 as _config_endpoint_v3
import envoy_api.type.metadata.v3 as _type_metadata_v3
import envoy_api.type.v3 as _type_v3
import envoy_api.xds.type.matcher.v3 as _xds_type_matcher_v3

class CircuitBreakers(_Message):
    class Thresholds(_Message):
        class RetryBudget(_Message):
            @builtins.property
            def budget_percent(self) -> _type_v3.Percent: ...
            @builtins.property
            def min_retry_concurrency(self) -> _wrappers_pb2.UInt32Value: ...
            @builtins.property
            def budget_interval(self) -> _duration_pb2.Duration: ...
            def __init__(
                self,
                *,
                budget_percent: _type_v3.Percent | None = ...,
                min_retry_concurrency: _wrappers_pb2.UInt32Value | None = ...,
                budget_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["budget_percent", "min_retry_concurrency", "budget_interval"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["budget_percent", "min_retry_concurrency", "budget_interval"]) -> None: ...

        priority: _config_core_v3.RoutingPriority
        @builtins.property
        def max_connections(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def max_pending_requests(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def max_requests(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def max_retries(self) -> _wrappers_pb2.UInt32Value: ...
        track_remaining: builtins.bool
        @builtins.property
        def max_connection_pools(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def retry_budget(self) -> _config_cluster_v3.CircuitBreakers.Thresholds.RetryBudget: ...
        def __init__(
            self,
            *,
            priority: _config_core_v3.RoutingPriority | None = ...,
            max_connections: _wrappers_pb2.UInt32Value | None = ...,
            max_pending_requests: _wrappers_pb2.UInt32Value | None = ...,
            max_requests: _wrappers_pb2.UInt32Value | None = ...,
            max_retries: _wrappers_pb2.UInt32Value | None = ...,
            track_remaining: builtins.bool | None = ...,
            max_connection_pools: _wrappers_pb2.UInt32Value | None = ...,
            retry_budget: _config_cluster_v3.CircuitBreakers.Thresholds.RetryBudget | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["max_connections", "max_pending_requests", "max_requests", "max_retries", "max_connection_pools", "retry_budget"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["priority", "max_connections", "max_pending_requests", "max_requests", "max_retries", "track_remaining", "max_connection_pools", "retry_budget"]) -> None: ...

    @builtins.property
    def thresholds(self) -> _containers.RepeatedCompositeFieldContainer[_config_cluster_v3.CircuitBreakers.Thresholds]: ...
    @builtins.property
    def per_host_thresholds(self) -> _containers.RepeatedCompositeFieldContainer[_config_cluster_v3.CircuitBreakers.Thresholds]: ...
    def __init__(
        self,
        *,
        thresholds: collections.abc.Iterable[_config_cluster_v3.CircuitBreakers.Thresholds] | None = ...,
        per_host_thresholds: collections.abc.Iterable[_config_cluster_v3.CircuitBreakers.Thresholds] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["thresholds", "per_host_thresholds"]) -> None: ...

class Cluster(_Message):
    class ClusterProtocolSelection(_EnumValue):
        USE_CONFIGURED_PROTOCOL: typing.ClassVar[_config_cluster_v3.Cluster.ClusterProtocolSelection]
        USE_DOWNSTREAM_PROTOCOL: typing.ClassVar[_config_cluster_v3.Cluster.ClusterProtocolSelection]

    class DiscoveryType(_EnumValue):
        STATIC: typing.ClassVar[_config_cluster_v3.Cluster.DiscoveryType]
        STRICT_DNS: typing.ClassVar[_config_cluster_v3.Cluster.DiscoveryType]
        LOGICAL_DNS: typing.ClassVar[_config_cluster_v3.Cluster.DiscoveryType]
        EDS: typing.ClassVar[_config_cluster_v3.Cluster.DiscoveryType]
        ORIGINAL_DST: typing.ClassVar[_config_cluster_v3.Cluster.DiscoveryType]

    class DnsLookupFamily(_EnumValue):
        AUTO: typing.ClassVar[_config_cluster_v3.Cluster.DnsLookupFamily]
        V4_ONLY: typing.ClassVar[_config_cluster_v3.Cluster.DnsLookupFamily]
        V6_ONLY: typing.ClassVar[_config_cluster_v3.Cluster.DnsLookupFamily]
        V4_PREFERRED: typing.ClassVar[_config_cluster_v3.Cluster.DnsLookupFamily]
        ALL: typing.ClassVar[_config_cluster_v3.Cluster.DnsLookupFamily]

    class LbPolicy(_EnumValue):
        ROUND_ROBIN: typing.ClassVar[_config_cluster_v3.Cluster.LbPolicy]
        LEAST_REQUEST: typing.ClassVar[_config_cluster_v3.Cluster.LbPolicy]
        RING_HASH: typing.ClassVar[_config_cluster_v3.Cluster.LbPolicy]
        RANDOM: typing.ClassVar[_config_cluster_v3.Cluster.LbPolicy]
        MAGLEV: typing.ClassVar[_config_cluster_v3.Cluster.LbPolicy]
        CLUSTER_PROVIDED: typing.ClassVar[_config_cluster_v3.Cluster.LbPolicy]
        LOAD_BALANCING_POLICY_CONFIG: typing.ClassVar[_config_cluster_v3.Cluster.LbPolicy]

    class CommonLbConfig(_Message):
        class ConsistentHashingLbConfig(_Message):
            use_hostname_for_hashing: builtins.bool
            @builtins.property
            def hash_balance_factor(self) -> _wrappers_pb2.UInt32Value: ...
            def __init__(
                self,
                *,
                use_hostname_for_hashing: builtins.bool | None = ...,
                hash_balance_factor: _wrappers_pb2.UInt32Value | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["hash_balance_factor"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["use_hostname_for_hashing", "hash_balance_factor"]) -> None: ...

        class LocalityWeightedLbConfig(_Message):
            def __init__(self) -> None: ...

        class ZoneAwareLbConfig(_Message):
            @builtins.property
            def routing_enabled(self) -> _type_v3.Percent: ...
            @builtins.property
            def min_cluster_size(self) -> _wrappers_pb2.UInt64Value: ...
            fail_traffic_on_panic: builtins.bool
            def __init__(
                self,
                *,
                routing_enabled: _type_v3.Percent | None = ...,
                min_cluster_size: _wrappers_pb2.UInt64Value | None = ...,
                fail_traffic_on_panic: builtins.bool | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["routing_enabled", "min_cluster_size"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["routing_enabled", "min_cluster_size", "fail_traffic_on_panic"]) -> None: ...

        @builtins.property
        def healthy_panic_threshold(self) -> _type_v3.Percent: ...
        @builtins.property
        def zone_aware_lb_config(self) -> _config_cluster_v3.Cluster.CommonLbConfig.ZoneAwareLbConfig: ...
        @builtins.property
        def locality_weighted_lb_config(self) -> _config_cluster_v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig: ...
        @builtins.property
        def update_merge_window(self) -> _duration_pb2.Duration: ...
        ignore_new_hosts_until_first_hc: builtins.bool
        close_connections_on_host_set_change: builtins.bool
        @builtins.property
        def consistent_hashing_lb_config(self) -> _config_cluster_v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig: ...
        @builtins.property
        def override_host_status(self) -> _config_core_v3.HealthStatusSet: ...
        def __init__(
            self,
            *,
            healthy_panic_threshold: _type_v3.Percent | None = ...,
            zone_aware_lb_config: _config_cluster_v3.Cluster.CommonLbConfig.ZoneAwareLbConfig | None = ...,
            locality_weighted_lb_config: _config_cluster_v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig | None = ...,
            update_merge_window: _duration_pb2.Duration | datetime.timedelta | None = ...,
            ignore_new_hosts_until_first_hc: builtins.bool | None = ...,
            close_connections_on_host_set_change: builtins.bool | None = ...,
            consistent_hashing_lb_config: _config_cluster_v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig | None = ...,
            override_host_status: _config_core_v3.HealthStatusSet | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["healthy_panic_threshold", "zone_aware_lb_config", "locality_weighted_lb_config", "update_merge_window", "consistent_hashing_lb_config", "override_host_status", "locality_config_specifier"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["healthy_panic_threshold", "zone_aware_lb_config", "locality_weighted_lb_config", "update_merge_window", "ignore_new_hosts_until_first_hc", "close_connections_on_host_set_change", "consistent_hashing_lb_config", "override_host_status", "locality_config_specifier"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["locality_config_specifier"]) -> typing.Literal["zone_aware_lb_config", "locality_weighted_lb_config"] | None: ...

    class CustomClusterType(_Message):
        name: builtins.str
        @builtins.property
        def typed_config(self) -> _any_pb2.Any: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            typed_config: _any_pb2.Any | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["typed_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "typed_config"]) -> None: ...

    class EdsClusterConfig(_Message):
        @builtins.property
        def eds_config(self) -> _config_core_v3.ConfigSource: ...
        service_name: builtins.str
        def __init__(
            self,
            *,
            eds_config: _config_core_v3.ConfigSource | None = ...,
            service_name: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["eds_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["eds_config", "service_name"]) -> None: ...

    class LbSubsetConfig(_Message):
        class LbSubsetFallbackPolicy(_EnumValue):
            NO_FALLBACK: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy]
            ANY_ENDPOINT: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy]
            DEFAULT_SUBSET: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy]

        class LbSubsetMetadataFallbackPolicy(_EnumValue):
            METADATA_NO_FALLBACK: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetMetadataFallbackPolicy]
            FALLBACK_LIST: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetMetadataFallbackPolicy]

        class LbSubsetSelector(_Message):
            class LbSubsetSelectorFallbackPolicy(_EnumValue):
                NOT_DEFINED: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy]
                NO_FALLBACK: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy]
                ANY_ENDPOINT: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy]
                DEFAULT_SUBSET: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy]
                KEYS_SUBSET: typing.ClassVar[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy]

            @builtins.property
            def keys(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
            fallback_policy: _config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy
            @builtins.property
            def fallback_keys_subset(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
            single_host_per_subset: builtins.bool
            def __init__(
                self,
                *,
                keys: collections.abc.Iterable[builtins.str] | None = ...,
                fallback_policy: _config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy | None = ...,
                fallback_keys_subset: collections.abc.Iterable[builtins.str] | None = ...,
                single_host_per_subset: builtins.bool | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["keys", "fallback_policy", "fallback_keys_subset", "single_host_per_subset"]) -> None: ...

        fallback_policy: _config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy
        @builtins.property
        def default_subset(self) -> _struct_pb2.Struct: ...
        @builtins.property
        def subset_selectors(self) -> _containers.RepeatedCompositeFieldContainer[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector]: ...
        locality_weight_aware: builtins.bool
        scale_locality_weight: builtins.bool
        panic_mode_any: builtins.bool
        list_as_any: builtins.bool
        metadata_fallback_policy: _config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetMetadataFallbackPolicy
        def __init__(
            self,
            *,
            fallback_policy: _config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy | None = ...,
            default_subset: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
            subset_selectors: collections.abc.Iterable[_config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetSelector] | None = ...,
            locality_weight_aware: builtins.bool | None = ...,
            scale_locality_weight: builtins.bool | None = ...,
            panic_mode_any: builtins.bool | None = ...,
            list_as_any: builtins.bool | None = ...,
            metadata_fallback_policy: _config_cluster_v3.Cluster.LbSubsetConfig.LbSubsetMetadataFallbackPolicy | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["default_subset"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["fallback_policy", "default_subset", "subset_selectors", "locality_weight_aware", "scale_locality_weight", "panic_mode_any", "list_as_any", "metadata_fallback_policy"]) -> None: ...

    class LeastRequestLbConfig(_Message):
        @builtins.property
        def choice_count(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def active_request_bias(self) -> _config_core_v3.RuntimeDouble: ...
        @builtins.property
        def slow_start_config(self) -> _config_cluster_v3.Cluster.SlowStartConfig: ...
        def __init__(
            self,
            *,
            choice_count: _wrappers_pb2.UInt32Value | None = ...,
            active_request_bias: _config_core_v3.RuntimeDouble | None = ...,
            slow_start_config: _config_cluster_v3.Cluster.SlowStartConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["choice_count", "active_request_bias", "slow_start_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["choice_count", "active_request_bias", "slow_start_config"]) -> None: ...

    class MaglevLbConfig(_Message):
        @builtins.property
        def table_size(self) -> _wrappers_pb2.UInt64Value: ...
        def __init__(
            self,
            *,
            table_size: _wrappers_pb2.UInt64Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["table_size"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["table_size"]) -> None: ...

    class OriginalDstLbConfig(_Message):
        use_http_header: builtins.bool
        http_header_name: builtins.str
        @builtins.property
        def upstream_port_override(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def metadata_key(self) -> _type_metadata_v3.MetadataKey: ...
        def __init__(
            self,
            *,
            use_http_header: builtins.bool | None = ...,
            http_header_name: builtins.str | None = ...,
            upstream_port_override: _wrappers_pb2.UInt32Value | None = ...,
            metadata_key: _type_metadata_v3.MetadataKey | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["upstream_port_override", "metadata_key"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["use_http_header", "http_header_name", "upstream_port_override", "metadata_key"]) -> None: ...

    class PreconnectPolicy(_Message):
        @builtins.property
        def per_upstream_preconnect_ratio(self) -> _wrappers_pb2.DoubleValue: ...
        @builtins.property
        def predictive_preconnect_ratio(self) -> _wrappers_pb2.DoubleValue: ...
        def __init__(
            self,
            *,
            per_upstream_preconnect_ratio: _wrappers_pb2.DoubleValue | None = ...,
            predictive_preconnect_ratio: _wrappers_pb2.DoubleValue | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["per_upstream_preconnect_ratio", "predictive_preconnect_ratio"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["per_upstream_preconnect_ratio", "predictive_preconnect_ratio"]) -> None: ...

    class RefreshRate(_Message):
        @builtins.property
        def base_interval(self) -> _duration_pb2.Duration: ...
        @builtins.property
        def max_interval(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            base_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
            max_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["base_interval", "max_interval"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["base_interval", "max_interval"]) -> None: ...

    class RingHashLbConfig(_Message):
        class HashFunction(_EnumValue):
            XX_HASH: typing.ClassVar[_config_cluster_v3.Cluster.RingHashLbConfig.HashFunction]
            MURMUR_HASH_2: typing.ClassVar[_config_cluster_v3.Cluster.RingHashLbConfig.HashFunction]

        @builtins.property
        def minimum_ring_size(self) -> _wrappers_pb2.UInt64Value: ...
        hash_function: _config_cluster_v3.Cluster.RingHashLbConfig.HashFunction
        @builtins.property
        def maximum_ring_size(self) -> _wrappers_pb2.UInt64Value: ...
        def __init__(
            self,
            *,
            minimum_ring_size: _wrappers_pb2.UInt64Value | None = ...,
            hash_function: _config_cluster_v3.Cluster.RingHashLbConfig.HashFunction | None = ...,
            maximum_ring_size: _wrappers_pb2.UInt64Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["minimum_ring_size", "maximum_ring_size"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["minimum_ring_size", "hash_function", "maximum_ring_size"]) -> None: ...

    class RoundRobinLbConfig(_Message):
        @builtins.property
        def slow_start_config(self) -> _config_cluster_v3.Cluster.SlowStartConfig: ...
        def __init__(
            self,
            *,
            slow_start_config: _config_cluster_v3.Cluster.SlowStartConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["slow_start_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["slow_start_config"]) -> None: ...

    class SlowStartConfig(_Message):
        @builtins.property
        def slow_start_window(self) -> _duration_pb2.Duration: ...
        @builtins.property
        def aggression(self) -> _config_core_v3.RuntimeDouble: ...
        @builtins.property
        def min_weight_percent(self) -> _type_v3.Percent: ...
        def __init__(
            self,
            *,
            slow_start_window: _duration_pb2.Duration | datetime.timedelta | None = ...,
            aggression: _config_core_v3.RuntimeDouble | None = ...,
            min_weight_percent: _type_v3.Percent | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["slow_start_window", "aggression", "min_weight_percent"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["slow_start_window", "aggression", "min_weight_percent"]) -> None: ...

    class TransportSocketMatch(_Message):
        name: builtins.str
        @builtins.property
        def match(self) -> _struct_pb2.Struct: ...
        @builtins.property
        def transport_socket(self) -> _config_core_v3.TransportSocket: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            match: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
            transport_socket: _config_core_v3.TransportSocket | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["match", "transport_socket"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "match", "transport_socket"]) -> None: ...

    name: builtins.str
    type: _config_cluster_v3.Cluster.DiscoveryType
    @builtins.property
    def eds_cluster_config(self) -> _config_cluster_v3.Cluster.EdsClusterConfig: ...
    @builtins.property
    def connect_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def per_connection_buffer_limit_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    lb_policy: _config_cluster_v3.Cluster.LbPolicy
    @builtins.property
    def health_checks(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HealthCheck]: ...
    @builtins.property
    def max_requests_per_connection(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def circuit_breakers(self) -> _config_cluster_v3.CircuitBreakers: ...
    @builtins.property
    def http_protocol_options(self) -> _config_core_v3.Http1ProtocolOptions: ...
    @builtins.property
    def http2_protocol_options(self) -> _config_core_v3.Http2ProtocolOptions: ...
    @builtins.property
    def dns_refresh_rate(self) -> _duration_pb2.Duration: ...
    dns_lookup_family: _config_cluster_v3.Cluster.DnsLookupFamily
    @builtins.property
    def dns_resolvers(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.Address]: ...
    @builtins.property
    def outlier_detection(self) -> _config_cluster_v3.OutlierDetection: ...
    @builtins.property
    def cleanup_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def upstream_bind_config(self) -> _config_core_v3.BindConfig: ...
    @builtins.property
    def lb_subset_config(self) -> _config_cluster_v3.Cluster.LbSubsetConfig: ...
    @builtins.property
    def ring_hash_lb_config(self) -> _config_cluster_v3.Cluster.RingHashLbConfig: ...
    @builtins.property
    def transport_socket(self) -> _config_core_v3.TransportSocket: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    protocol_selection: _config_cluster_v3.Cluster.ClusterProtocolSelection
    @builtins.property
    def common_lb_config(self) -> _config_cluster_v3.Cluster.CommonLbConfig: ...
    alt_stat_name: builtins.str
    @builtins.property
    def common_http_protocol_options(self) -> _config_core_v3.HttpProtocolOptions: ...
    @builtins.property
    def upstream_connection_options(self) -> _config_cluster_v3.UpstreamConnectionOptions: ...
    close_connections_on_host_health_failure: builtins.bool
    ignore_health_on_host_removal: builtins.bool
    @builtins.property
    def load_assignment(self) -> _config_endpoint_v3.ClusterLoadAssignment: ...
    @builtins.property
    def original_dst_lb_config(self) -> _config_cluster_v3.Cluster.OriginalDstLbConfig: ...
    @builtins.property
    def typed_extension_protocol_options(self) -> _containers.MessageMap[builtins.str, _any_pb2.Any]: ...
    @builtins.property
    def least_request_lb_config(self) -> _config_cluster_v3.Cluster.LeastRequestLbConfig: ...
    @builtins.property
    def cluster_type(self) -> _config_cluster_v3.Cluster.CustomClusterType: ...
    respect_dns_ttl: builtins.bool
    @builtins.property
    def filters(self) -> _containers.RepeatedCompositeFieldContainer[_config_cluster_v3.Filter]: ...
    @builtins.property
    def load_balancing_policy(self) -> _config_cluster_v3.LoadBalancingPolicy: ...
    @builtins.property
    def lrs_server(self) -> _config_core_v3.ConfigSource: ...
    @builtins.property
    def transport_socket_matches(self) -> _containers.RepeatedCompositeFieldContainer[_config_cluster_v3.Cluster.TransportSocketMatch]: ...
    @builtins.property
    def dns_failure_refresh_rate(self) -> _config_cluster_v3.Cluster.RefreshRate: ...
    use_tcp_for_dns_lookups: builtins.bool
    @builtins.property
    def upstream_http_protocol_options(self) -> _config_core_v3.UpstreamHttpProtocolOptions: ...
    track_timeout_budgets: builtins.bool
    @builtins.property
    def upstream_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def track_cluster_stats(self) -> _config_cluster_v3.TrackClusterStats: ...
    @builtins.property
    def preconnect_policy(self) -> _config_cluster_v3.Cluster.PreconnectPolicy: ...
    connection_pool_per_downstream_connection: builtins.bool
    @builtins.property
    def maglev_lb_config(self) -> _config_cluster_v3.Cluster.MaglevLbConfig: ...
    @builtins.property
    def dns_resolution_config(self) -> _config_core_v3.DnsResolutionConfig: ...
    @builtins.property
    def wait_for_warm_on_init(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def typed_dns_resolver_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def round_robin_lb_config(self) -> _config_cluster_v3.Cluster.RoundRobinLbConfig: ...
    @builtins.property
    def lrs_report_endpoint_metrics(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def dns_jitter(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def transport_socket_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @builtins.property
    def per_connection_buffer_high_watermark_timeout(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        type: _config_cluster_v3.Cluster.DiscoveryType | None = ...,
        eds_cluster_config: _config_cluster_v3.Cluster.EdsClusterConfig | None = ...,
        connect_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        per_connection_buffer_limit_bytes: _wrappers_pb2.UInt32Value | None = ...,
        lb_policy: _config_cluster_v3.Cluster.LbPolicy | None = ...,
        health_checks: collections.abc.Iterable[_config_core_v3.HealthCheck] | None = ...,
        max_requests_per_connection: _wrappers_pb2.UInt32Value | None = ...,
        circuit_breakers: _config_cluster_v3.CircuitBreakers | None = ...,
        http_protocol_options: _config_core_v3.Http1ProtocolOptions | None = ...,
        http2_protocol_options: _config_core_v3.Http2ProtocolOptions | None = ...,
        dns_refresh_rate: _duration_pb2.Duration | datetime.timedelta | None = ...,
        dns_lookup_family: _config_cluster_v3.Cluster.DnsLookupFamily | None = ...,
        dns_resolvers: collections.abc.Iterable[_config_core_v3.Address] | None = ...,
        outlier_detection: _config_cluster_v3.OutlierDetection | None = ...,
        cleanup_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        upstream_bind_config: _config_core_v3.BindConfig | None = ...,
        lb_subset_config: _config_cluster_v3.Cluster.LbSubsetConfig | None = ...,
        ring_hash_lb_config: _config_cluster_v3.Cluster.RingHashLbConfig | None = ...,
        transport_socket: _config_core_v3.TransportSocket | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        protocol_selection: _config_cluster_v3.Cluster.ClusterProtocolSelection | None = ...,
        common_lb_config: _config_cluster_v3.Cluster.CommonLbConfig | None = ...,
        alt_stat_name: builtins.str | None = ...,
        common_http_protocol_options: _config_core_v3.HttpProtocolOptions | None = ...,
        upstream_connection_options: _config_cluster_v3.UpstreamConnectionOptions | None = ...,
        close_connections_on_host_health_failure: builtins.bool | None = ...,
        ignore_health_on_host_removal: builtins.bool | None = ...,
        load_assignment: _config_endpoint_v3.ClusterLoadAssignment | None = ...,
        original_dst_lb_config: _config_cluster_v3.Cluster.OriginalDstLbConfig | None = ...,
        typed_extension_protocol_options: collections.abc.Mapping[builtins.str, _any_pb2.Any] | None = ...,
        least_request_lb_config: _config_cluster_v3.Cluster.LeastRequestLbConfig | None = ...,
        cluster_type: _config_cluster_v3.Cluster.CustomClusterType | None = ...,
        respect_dns_ttl: builtins.bool | None = ...,
        filters: collections.abc.Iterable[_config_cluster_v3.Filter] | None = ...,
        load_balancing_policy: _config_cluster_v3.LoadBalancingPolicy | None = ...,
        lrs_server: _config_core_v3.ConfigSource | None = ...,
        transport_socket_matches: collections.abc.Iterable[_config_cluster_v3.Cluster.TransportSocketMatch] | None = ...,
        dns_failure_refresh_rate: _config_cluster_v3.Cluster.RefreshRate | None = ...,
        use_tcp_for_dns_lookups: builtins.bool | None = ...,
        upstream_http_protocol_options: _config_core_v3.UpstreamHttpProtocolOptions | None = ...,
        track_timeout_budgets: builtins.bool | None = ...,
        upstream_config: _config_core_v3.TypedExtensionConfig | None = ...,
        track_cluster_stats: _config_cluster_v3.TrackClusterStats | None = ...,
        preconnect_policy: _config_cluster_v3.Cluster.PreconnectPolicy | None = ...,
        connection_pool_per_downstream_connection: builtins.bool | None = ...,
        maglev_lb_config: _config_cluster_v3.Cluster.MaglevLbConfig | None = ...,
        dns_resolution_config: _config_core_v3.DnsResolutionConfig | None = ...,
        wait_for_warm_on_init: _wrappers_pb2.BoolValue | None = ...,
        typed_dns_resolver_config: _config_core_v3.TypedExtensionConfig | None = ...,
        round_robin_lb_config: _config_cluster_v3.Cluster.RoundRobinLbConfig | None = ...,
        lrs_report_endpoint_metrics: collections.abc.Iterable[builtins.str] | None = ...,
        dns_jitter: _duration_pb2.Duration | datetime.timedelta | None = ...,
        transport_socket_matcher: _xds_type_matcher_v3.Matcher | None = ...,
        per_connection_buffer_high_watermark_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["type", "eds_cluster_config", "connect_timeout", "per_connection_buffer_limit_bytes", "max_requests_per_connection", "circuit_breakers", "http_protocol_options", "http2_protocol_options", "dns_refresh_rate", "outlier_detection", "cleanup_interval", "upstream_bind_config", "lb_subset_config", "ring_hash_lb_config", "transport_socket", "metadata", "common_lb_config", "common_http_protocol_options", "upstream_connection_options", "load_assignment", "original_dst_lb_config", "least_request_lb_config", "cluster_type", "load_balancing_policy", "lrs_server", "dns_failure_refresh_rate", "upstream_http_protocol_options", "upstream_config", "track_cluster_stats", "preconnect_policy", "maglev_lb_config", "dns_resolution_config", "wait_for_warm_on_init", "typed_dns_resolver_config", "round_robin_lb_config", "dns_jitter", "transport_socket_matcher", "per_connection_buffer_high_watermark_timeout", "cluster_discovery_type", "lb_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "type", "eds_cluster_config", "connect_timeout", "per_connection_buffer_limit_bytes", "lb_policy", "health_checks", "max_requests_per_connection", "circuit_breakers", "http_protocol_options", "http2_protocol_options", "dns_refresh_rate", "dns_lookup_family", "dns_resolvers", "outlier_detection", "cleanup_interval", "upstream_bind_config", "lb_subset_config", "ring_hash_lb_config", "transport_socket", "metadata", "protocol_selection", "common_lb_config", "alt_stat_name", "common_http_protocol_options", "upstream_connection_options", "close_connections_on_host_health_failure", "ignore_health_on_host_removal", "load_assignment", "original_dst_lb_config", "typed_extension_protocol_options", "least_request_lb_config", "cluster_type", "respect_dns_ttl", "filters", "load_balancing_policy", "lrs_server", "transport_socket_matches", "dns_failure_refresh_rate", "use_tcp_for_dns_lookups", "upstream_http_protocol_options", "track_timeout_budgets", "upstream_config", "track_cluster_stats", "preconnect_policy", "connection_pool_per_downstream_connection", "maglev_lb_config", "dns_resolution_config", "wait_for_warm_on_init", "typed_dns_resolver_config", "round_robin_lb_config", "lrs_report_endpoint_metrics", "dns_jitter", "transport_socket_matcher", "per_connection_buffer_high_watermark_timeout", "cluster_discovery_type", "lb_config"]) -> None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["cluster_discovery_type"]) -> typing.Literal["type", "cluster_type"] | None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["lb_config"]) -> typing.Literal["ring_hash_lb_config", "original_dst_lb_config", "least_request_lb_config", "maglev_lb_config", "round_robin_lb_config"] | None: ...

class Filter(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    @builtins.property
    def config_discovery(self) -> _config_core_v3.ExtensionConfigSource: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
        config_discovery: _config_core_v3.ExtensionConfigSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "config_discovery"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_discovery"]) -> None: ...

class LoadBalancingPolicy(_Message):
    class Policy(_Message):
        @builtins.property
        def typed_extension_config(self) -> _config_core_v3.TypedExtensionConfig: ...
        def __init__(
            self,
            *,
            typed_extension_config: _config_core_v3.TypedExtensionConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["typed_extension_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["typed_extension_config"]) -> None: ...

    @builtins.property
    def policies(self) -> _containers.RepeatedCompositeFieldContainer[_config_cluster_v3.LoadBalancingPolicy.Policy]: ...
    def __init__(
        self,
        *,
        policies: collections.abc.Iterable[_config_cluster_v3.LoadBalancingPolicy.Policy] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["policies"]) -> None: ...

class OutlierDetection(_Message):
    @builtins.property
    def consecutive_5xx(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def base_ejection_time(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def max_ejection_percent(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforcing_consecutive_5xx(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforcing_success_rate(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def success_rate_minimum_hosts(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def success_rate_request_volume(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def success_rate_stdev_factor(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def consecutive_gateway_failure(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforcing_consecutive_gateway_failure(self) -> _wrappers_pb2.UInt32Value: ...
    split_external_local_origin_errors: builtins.bool
    @builtins.property
    def consecutive_local_origin_failure(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforcing_consecutive_local_origin_failure(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforcing_local_origin_success_rate(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def failure_percentage_threshold(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforcing_failure_percentage(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enforcing_failure_percentage_local_origin(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def failure_percentage_minimum_hosts(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def failure_percentage_request_volume(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_ejection_time(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def max_ejection_time_jitter(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def successful_active_health_check_uneject_host(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def monitors(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    @builtins.property
    def always_eject_one_host(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def detect_degraded_hosts(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        consecutive_5xx: _wrappers_pb2.UInt32Value | None = ...,
        interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        base_ejection_time: _duration_pb2.Duration | datetime.timedelta | None = ...,
        max_ejection_percent: _wrappers_pb2.UInt32Value | None = ...,
        enforcing_consecutive_5xx: _wrappers_pb2.UInt32Value | None = ...,
        enforcing_success_rate: _wrappers_pb2.UInt32Value | None = ...,
        success_rate_minimum_hosts: _wrappers_pb2.UInt32Value | None = ...,
        success_rate_request_volume: _wrappers_pb2.UInt32Value | None = ...,
        success_rate_stdev_factor: _wrappers_pb2.UInt32Value | None = ...,
        consecutive_gateway_failure: _wrappers_pb2.UInt32Value | None = ...,
        enforcing_consecutive_gateway_failure: _wrappers_pb2.UInt32Value | None = ...,
        split_external_local_origin_errors: builtins.bool | None = ...,
        consecutive_local_origin_failure: _wrappers_pb2.UInt32Value | None = ...,
        enforcing_consecutive_local_origin_failure: _wrappers_pb2.UInt32Value | None = ...,
        enforcing_local_origin_success_rate: _wrappers_pb2.UInt32Value | None = ...,
        failure_percentage_threshold: _wrappers_pb2.UInt32Value | None = ...,
        enforcing_failure_percentage: _wrappers_pb2.UInt32Value | None = ...,
        enforcing_failure_percentage_local_origin: _wrappers_pb2.UInt32Value | None = ...,
        failure_percentage_minimum_hosts: _wrappers_pb2.UInt32Value | None = ...,
        failure_percentage_request_volume: _wrappers_pb2.UInt32Value | None = ...,
        max_ejection_time: _duration_pb2.Duration | datetime.timedelta | None = ...,
        max_ejection_time_jitter: _duration_pb2.Duration | datetime.timedelta | None = ...,
        successful_active_health_check_uneject_host: _wrappers_pb2.BoolValue | None = ...,
        monitors: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        always_eject_one_host: _wrappers_pb2.BoolValue | None = ...,
        detect_degraded_hosts: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["consecutive_5xx", "interval", "base_ejection_time", "max_ejection_percent", "enforcing_consecutive_5xx", "enforcing_success_rate", "success_rate_minimum_hosts", "success_rate_request_volume", "success_rate_stdev_factor", "consecutive_gateway_failure", "enforcing_consecutive_gateway_failure", "consecutive_local_origin_failure", "enforcing_consecutive_local_origin_failure", "enforcing_local_origin_success_rate", "failure_percentage_threshold", "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin", "failure_percentage_minimum_hosts", "failure_percentage_request_volume", "max_ejection_time", "max_ejection_time_jitter", "successful_active_health_check_uneject_host", "always_eject_one_host", "detect_degraded_hosts"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["consecutive_5xx", "interval", "base_ejection_time", "max_ejection_percent", "enforcing_consecutive_5xx", "enforcing_success_rate", "success_rate_minimum_hosts", "success_rate_request_volume", "success_rate_stdev_factor", "consecutive_gateway_failure", "enforcing_consecutive_gateway_failure", "split_external_local_origin_errors", "consecutive_local_origin_failure", "enforcing_consecutive_local_origin_failure", "enforcing_local_origin_success_rate", "failure_percentage_threshold", "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin", "failure_percentage_minimum_hosts", "failure_percentage_request_volume", "max_ejection_time", "max_ejection_time_jitter", "successful_active_health_check_uneject_host", "monitors", "always_eject_one_host", "detect_degraded_hosts"]) -> None: ...

class TrackClusterStats(_Message):
    timeout_budgets: builtins.bool
    request_response_sizes: builtins.bool
    per_endpoint_stats: builtins.bool
    def __init__(
        self,
        *,
        timeout_budgets: builtins.bool | None = ...,
        request_response_sizes: builtins.bool | None = ...,
        per_endpoint_stats: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["timeout_budgets", "request_response_sizes", "per_endpoint_stats"]) -> None: ...

class UpstreamConnectionOptions(_Message):
    class FirstAddressFamilyVersion(_EnumValue):
        DEFAULT: typing.ClassVar[_config_cluster_v3.UpstreamConnectionOptions.FirstAddressFamilyVersion]
        V4: typing.ClassVar[_config_cluster_v3.UpstreamConnectionOptions.FirstAddressFamilyVersion]
        V6: typing.ClassVar[_config_cluster_v3.UpstreamConnectionOptions.FirstAddressFamilyVersion]
        PIPE: typing.ClassVar[_config_cluster_v3.UpstreamConnectionOptions.FirstAddressFamilyVersion]
        INTERNAL: typing.ClassVar[_config_cluster_v3.UpstreamConnectionOptions.FirstAddressFamilyVersion]

    class HappyEyeballsConfig(_Message):
        first_address_family_version: _config_cluster_v3.UpstreamConnectionOptions.FirstAddressFamilyVersion
        @builtins.property
        def first_address_family_count(self) -> _wrappers_pb2.UInt32Value: ...
        def __init__(
            self,
            *,
            first_address_family_version: _config_cluster_v3.UpstreamConnectionOptions.FirstAddressFamilyVersion | None = ...,
            first_address_family_count: _wrappers_pb2.UInt32Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["first_address_family_count"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["first_address_family_version", "first_address_family_count"]) -> None: ...

    @builtins.property
    def tcp_keepalive(self) -> _config_core_v3.TcpKeepalive: ...
    set_local_interface_name_on_upstream_connections: builtins.bool
    @builtins.property
    def happy_eyeballs_config(self) -> _config_cluster_v3.UpstreamConnectionOptions.HappyEyeballsConfig: ...
    def __init__(
        self,
        *,
        tcp_keepalive: _config_core_v3.TcpKeepalive | None = ...,
        set_local_interface_name_on_upstream_connections: builtins.bool | None = ...,
        happy_eyeballs_config: _config_cluster_v3.UpstreamConnectionOptions.HappyEyeballsConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["tcp_keepalive", "happy_eyeballs_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["tcp_keepalive", "set_local_interface_name_on_upstream_connections", "happy_eyeballs_config"]) -> None: ...

