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
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.google.rpc as _google_rpc
import envoy_api.service.discovery.v3 as _service_discovery_v3

class AdsDummy(_Message):
    def __init__(self) -> None: ...

class DeltaDiscoveryRequest(_Message):
    @builtins.property
    def node(self) -> _config_core_v3.Node: ...
    type_url: builtins.str
    @builtins.property
    def resource_names_subscribe(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def resource_names_unsubscribe(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def initial_resource_versions(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    response_nonce: builtins.str
    @builtins.property
    def error_detail(self) -> _google_rpc.Status: ...
    @builtins.property
    def resource_locators_subscribe(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.ResourceLocator]: ...
    @builtins.property
    def resource_locators_unsubscribe(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.ResourceLocator]: ...
    def __init__(
        self,
        *,
        node: _config_core_v3.Node | None = ...,
        type_url: builtins.str | None = ...,
        resource_names_subscribe: collections.abc.Iterable[builtins.str] | None = ...,
        resource_names_unsubscribe: collections.abc.Iterable[builtins.str] | None = ...,
        initial_resource_versions: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
        response_nonce: builtins.str | None = ...,
        error_detail: _google_rpc.Status | None = ...,
        resource_locators_subscribe: collections.abc.Iterable[_service_discovery_v3.ResourceLocator] | None = ...,
        resource_locators_unsubscribe: collections.abc.Iterable[_service_discovery_v3.ResourceLocator] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["node", "error_detail"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["node", "type_url", "resource_names_subscribe", "resource_names_unsubscribe", "initial_resource_versions", "response_nonce", "error_detail", "resource_locators_subscribe", "resource_locators_unsubscribe"]) -> None: ...

class DeltaDiscoveryResponse(_Message):
    system_version_info: builtins.str
    @builtins.property
    def resources(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.Resource]: ...
    type_url: builtins.str
    nonce: builtins.str
    @builtins.property
    def removed_resources(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def control_plane(self) -> _config_core_v3.ControlPlane: ...
    @builtins.property
    def removed_resource_names(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.ResourceName]: ...
    @builtins.property
    def resource_errors(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.ResourceError]: ...
    def __init__(
        self,
        *,
        system_version_info: builtins.str | None = ...,
        resources: collections.abc.Iterable[_service_discovery_v3.Resource] | None = ...,
        type_url: builtins.str | None = ...,
        nonce: builtins.str | None = ...,
        removed_resources: collections.abc.Iterable[builtins.str] | None = ...,
        control_plane: _config_core_v3.ControlPlane | None = ...,
        removed_resource_names: collections.abc.Iterable[_service_discovery_v3.ResourceName] | None = ...,
        resource_errors: collections.abc.Iterable[_service_discovery_v3.ResourceError] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["control_plane"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["system_version_info", "resources", "type_url", "nonce", "removed_resources", "control_plane", "removed_resource_names", "resource_errors"]) -> None: ...

class DiscoveryRequest(_Message):
    version_info: builtins.str
    @builtins.property
    def node(self) -> _config_core_v3.Node: ...
    @builtins.property
    def resource_names(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    type_url: builtins.str
    response_nonce: builtins.str
    @builtins.property
    def error_detail(self) -> _google_rpc.Status: ...
    @builtins.property
    def resource_locators(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.ResourceLocator]: ...
    def __init__(
        self,
        *,
        version_info: builtins.str | None = ...,
        node: _config_core_v3.Node | None = ...,
        resource_names: collections.abc.Iterable[builtins.str] | None = ...,
        type_url: builtins.str | None = ...,
        response_nonce: builtins.str | None = ...,
        error_detail: _google_rpc.Status | None = ...,
        resource_locators: collections.abc.Iterable[_service_discovery_v3.ResourceLocator] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["node", "error_detail"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["version_info", "node", "resource_names", "type_url", "response_nonce", "error_detail", "resource_locators"]) -> None: ...

class DiscoveryResponse(_Message):
    version_info: builtins.str
    @builtins.property
    def resources(self) -> _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]: ...
    canary: builtins.bool
    type_url: builtins.str
    nonce: builtins.str
    @builtins.property
    def control_plane(self) -> _config_core_v3.ControlPlane: ...
    @builtins.property
    def resource_errors(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.ResourceError]: ...
    def __init__(
        self,
        *,
        version_info: builtins.str | None = ...,
        resources: collections.abc.Iterable[_any_pb2.Any] | None = ...,
        canary: builtins.bool | None = ...,
        type_url: builtins.str | None = ...,
        nonce: builtins.str | None = ...,
        control_plane: _config_core_v3.ControlPlane | None = ...,
        resource_errors: collections.abc.Iterable[_service_discovery_v3.ResourceError] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["control_plane"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["version_info", "resources", "canary", "type_url", "nonce", "control_plane", "resource_errors"]) -> None: ...

class DynamicParameterConstraints(_Message):
    class ConstraintList(_Message):
        @builtins.property
        def constraints(self) -> _containers.RepeatedCompositeFieldContainer[_service_discovery_v3.DynamicParameterConstraints]: ...
        def __init__(
            self,
            *,
            constraints: collections.abc.Iterable[_service_discovery_v3.DynamicParameterConstraints] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["constraints"]) -> None: ...

    class SingleConstraint(_Message):
        class Exists(_Message):
            def __init__(self) -> None: ...

        key: builtins.str
        value: builtins.str
        @builtins.property
        def exists(self) -> _service_discovery_v3.DynamicParameterConstraints.SingleConstraint.Exists: ...
        def __init__(
            self,
            *,
            key: builtins.str | None = ...,
            value: builtins.str | None = ...,
            exists: _service_discovery_v3.DynamicParameterConstraints.SingleConstraint.Exists | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["value", "exists", "constraint_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["key", "value", "exists", "constraint_type"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["constraint_type"]) -> typing.Literal["value", "exists"] | None: ...

    @builtins.property
    def constraint(self) -> _service_discovery_v3.DynamicParameterConstraints.SingleConstraint: ...
    @builtins.property
    def or_constraints(self) -> _service_discovery_v3.DynamicParameterConstraints.ConstraintList: ...
    @builtins.property
    def and_constraints(self) -> _service_discovery_v3.DynamicParameterConstraints.ConstraintList: ...
    @builtins.property
    def not_constraints(self) -> _service_discovery_v3.DynamicParameterConstraints: ...
    def __init__(
        self,
        *,
        constraint: _service_discovery_v3.DynamicParameterConstraints.SingleConstraint | None = ...,
        or_constraints: _service_discovery_v3.DynamicParameterConstraints.ConstraintList | None = ...,
        and_constraints: _service_discovery_v3.DynamicParameterConstraints.ConstraintList | None = ...,
        not_constraints: _service_discovery_v3.DynamicParameterConstraints | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["constraint", "or_constraints", "and_constraints", "not_constraints", "type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["constraint", "or_constraints", "and_constraints", "not_constraints", "type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["type"]) -> typing.Literal["constraint", "or_constraints", "and_constraints", "not_constraints"] | None: ...

class Resource(_Message):
    class CacheControl(_Message):
        do_not_cache: builtins.bool
        def __init__(
            self,
            *,
            do_not_cache: builtins.bool | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["do_not_cache"]) -> None: ...

    version: builtins.str
    @builtins.property
    def resource(self) -> _any_pb2.Any: ...
    name: builtins.str
    @builtins.property
    def aliases(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def ttl(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def cache_control(self) -> _service_discovery_v3.Resource.CacheControl: ...
    @builtins.property
    def resource_name(self) -> _service_discovery_v3.ResourceName: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    def __init__(
        self,
        *,
        version: builtins.str | None = ...,
        resource: _any_pb2.Any | None = ...,
        name: builtins.str | None = ...,
        aliases: collections.abc.Iterable[builtins.str] | None = ...,
        ttl: _duration_pb2.Duration | datetime.timedelta | None = ...,
        cache_control: _service_discovery_v3.Resource.CacheControl | None = ...,
        resource_name: _service_discovery_v3.ResourceName | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["resource", "ttl", "cache_control", "resource_name", "metadata"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["version", "resource", "name", "aliases", "ttl", "cache_control", "resource_name", "metadata"]) -> None: ...

class ResourceError(_Message):
    @builtins.property
    def resource_name(self) -> _service_discovery_v3.ResourceName: ...
    @builtins.property
    def error_detail(self) -> _google_rpc.Status: ...
    def __init__(
        self,
        *,
        resource_name: _service_discovery_v3.ResourceName | None = ...,
        error_detail: _google_rpc.Status | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["resource_name", "error_detail"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["resource_name", "error_detail"]) -> None: ...

class ResourceLocator(_Message):
    name: builtins.str
    @builtins.property
    def dynamic_parameters(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        dynamic_parameters: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["name", "dynamic_parameters"]) -> None: ...

class ResourceName(_Message):
    name: builtins.str
    @builtins.property
    def dynamic_parameter_constraints(self) -> _service_discovery_v3.DynamicParameterConstraints: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        dynamic_parameter_constraints: _service_discovery_v3.DynamicParameterConstraints | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dynamic_parameter_constraints"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "dynamic_parameter_constraints"]) -> None: ...

