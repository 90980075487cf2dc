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
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.endpoint.v3 as _config_endpoint_v3
import envoy_api.type.v3 as _type_v3

class ClusterLoadAssignment(_Message):
    class Policy(_Message):
        class DropOverload(_Message):
            category: builtins.str
            @builtins.property
            def drop_percentage(self) -> _type_v3.FractionalPercent: ...
            def __init__(
                self,
                *,
                category: builtins.str | None = ...,
                drop_percentage: _type_v3.FractionalPercent | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["drop_percentage"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["category", "drop_percentage"]) -> None: ...

        @builtins.property
        def drop_overloads(self) -> _containers.RepeatedCompositeFieldContainer[_config_endpoint_v3.ClusterLoadAssignment.Policy.DropOverload]: ...
        @builtins.property
        def overprovisioning_factor(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def endpoint_stale_after(self) -> _duration_pb2.Duration: ...
        weighted_priority_health: builtins.bool
        def __init__(
            self,
            *,
            drop_overloads: collections.abc.Iterable[_config_endpoint_v3.ClusterLoadAssignment.Policy.DropOverload] | None = ...,
            overprovisioning_factor: _wrappers_pb2.UInt32Value | None = ...,
            endpoint_stale_after: _duration_pb2.Duration | datetime.timedelta | None = ...,
            weighted_priority_health: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["overprovisioning_factor", "endpoint_stale_after"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["drop_overloads", "overprovisioning_factor", "endpoint_stale_after", "weighted_priority_health"]) -> None: ...

    cluster_name: builtins.str
    @builtins.property
    def endpoints(self) -> _containers.RepeatedCompositeFieldContainer[_config_endpoint_v3.LocalityLbEndpoints]: ...
    @builtins.property
    def policy(self) -> _config_endpoint_v3.ClusterLoadAssignment.Policy: ...
    @builtins.property
    def named_endpoints(self) -> _containers.MessageMap[builtins.str, _config_endpoint_v3.Endpoint]: ...
    def __init__(
        self,
        *,
        cluster_name: builtins.str | None = ...,
        endpoints: collections.abc.Iterable[_config_endpoint_v3.LocalityLbEndpoints] | None = ...,
        policy: _config_endpoint_v3.ClusterLoadAssignment.Policy | None = ...,
        named_endpoints: collections.abc.Mapping[builtins.str, _config_endpoint_v3.Endpoint] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["policy"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["cluster_name", "endpoints", "policy", "named_endpoints"]) -> None: ...

class Endpoint(_Message):
    class AdditionalAddress(_Message):
        @builtins.property
        def address(self) -> _config_core_v3.Address: ...
        def __init__(
            self,
            *,
            address: _config_core_v3.Address | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["address"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["address"]) -> None: ...

    class HealthCheckConfig(_Message):
        port_value: builtins.int
        hostname: builtins.str
        @builtins.property
        def address(self) -> _config_core_v3.Address: ...
        disable_active_health_check: builtins.bool
        def __init__(
            self,
            *,
            port_value: builtins.int | None = ...,
            hostname: builtins.str | None = ...,
            address: _config_core_v3.Address | None = ...,
            disable_active_health_check: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["address"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["port_value", "hostname", "address", "disable_active_health_check"]) -> None: ...

    @builtins.property
    def address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def health_check_config(self) -> _config_endpoint_v3.Endpoint.HealthCheckConfig: ...
    hostname: builtins.str
    @builtins.property
    def additional_addresses(self) -> _containers.RepeatedCompositeFieldContainer[_config_endpoint_v3.Endpoint.AdditionalAddress]: ...
    observability_name: builtins.str
    def __init__(
        self,
        *,
        address: _config_core_v3.Address | None = ...,
        health_check_config: _config_endpoint_v3.Endpoint.HealthCheckConfig | None = ...,
        hostname: builtins.str | None = ...,
        additional_addresses: collections.abc.Iterable[_config_endpoint_v3.Endpoint.AdditionalAddress] | None = ...,
        observability_name: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["address", "health_check_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["address", "health_check_config", "hostname", "additional_addresses", "observability_name"]) -> None: ...

class LbEndpoint(_Message):
    @builtins.property
    def endpoint(self) -> _config_endpoint_v3.Endpoint: ...
    health_status: _config_core_v3.HealthStatus
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def load_balancing_weight(self) -> _wrappers_pb2.UInt32Value: ...
    endpoint_name: builtins.str
    def __init__(
        self,
        *,
        endpoint: _config_endpoint_v3.Endpoint | None = ...,
        health_status: _config_core_v3.HealthStatus | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        load_balancing_weight: _wrappers_pb2.UInt32Value | None = ...,
        endpoint_name: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["endpoint", "metadata", "load_balancing_weight", "endpoint_name", "host_identifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["endpoint", "health_status", "metadata", "load_balancing_weight", "endpoint_name", "host_identifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["host_identifier"]) -> typing.Literal["endpoint", "endpoint_name"] | None: ...

class LedsClusterLocalityConfig(_Message):
    @builtins.property
    def leds_config(self) -> _config_core_v3.ConfigSource: ...
    leds_collection_name: builtins.str
    def __init__(
        self,
        *,
        leds_config: _config_core_v3.ConfigSource | None = ...,
        leds_collection_name: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["leds_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["leds_config", "leds_collection_name"]) -> None: ...

class LocalityLbEndpoints(_Message):
    class LbEndpointList(_Message):
        @builtins.property
        def lb_endpoints(self) -> _containers.RepeatedCompositeFieldContainer[_config_endpoint_v3.LbEndpoint]: ...
        def __init__(
            self,
            *,
            lb_endpoints: collections.abc.Iterable[_config_endpoint_v3.LbEndpoint] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["lb_endpoints"]) -> None: ...

    @builtins.property
    def locality(self) -> _config_core_v3.Locality: ...
    @builtins.property
    def lb_endpoints(self) -> _containers.RepeatedCompositeFieldContainer[_config_endpoint_v3.LbEndpoint]: ...
    @builtins.property
    def load_balancing_weight(self) -> _wrappers_pb2.UInt32Value: ...
    priority: builtins.int
    @builtins.property
    def proximity(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def load_balancer_endpoints(self) -> _config_endpoint_v3.LocalityLbEndpoints.LbEndpointList: ...
    @builtins.property
    def leds_cluster_locality_config(self) -> _config_endpoint_v3.LedsClusterLocalityConfig: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    def __init__(
        self,
        *,
        locality: _config_core_v3.Locality | None = ...,
        lb_endpoints: collections.abc.Iterable[_config_endpoint_v3.LbEndpoint] | None = ...,
        load_balancing_weight: _wrappers_pb2.UInt32Value | None = ...,
        priority: builtins.int | None = ...,
        proximity: _wrappers_pb2.UInt32Value | None = ...,
        load_balancer_endpoints: _config_endpoint_v3.LocalityLbEndpoints.LbEndpointList | None = ...,
        leds_cluster_locality_config: _config_endpoint_v3.LedsClusterLocalityConfig | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["locality", "load_balancing_weight", "proximity", "load_balancer_endpoints", "leds_cluster_locality_config", "metadata", "lb_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["locality", "lb_endpoints", "load_balancing_weight", "priority", "proximity", "load_balancer_endpoints", "leds_cluster_locality_config", "metadata", "lb_config"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["lb_config"]) -> typing.Literal["load_balancer_endpoints", "leds_cluster_locality_config"] | None: ...

