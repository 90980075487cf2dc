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
from google.protobuf import timestamp_pb2 as _timestamp_pb2
import envoy_api.admin.v3 as _admin_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.service.status.v3 as _service_status_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3

class ConfigStatus(_EnumValue):
    UNKNOWN: typing.ClassVar[_service_status_v3.ConfigStatus]
    SYNCED: typing.ClassVar[_service_status_v3.ConfigStatus]
    NOT_SENT: typing.ClassVar[_service_status_v3.ConfigStatus]
    STALE: typing.ClassVar[_service_status_v3.ConfigStatus]
    ERROR: typing.ClassVar[_service_status_v3.ConfigStatus]

class ClientConfig(_Message):
    class Status(_EnumValue):
        CLIENT_UNKNOWN: typing.ClassVar[_service_status_v3.ClientConfig.Status]
        CLIENT_REQUESTED: typing.ClassVar[_service_status_v3.ClientConfig.Status]
        CLIENT_ACKED: typing.ClassVar[_service_status_v3.ClientConfig.Status]
        CLIENT_NACKED: typing.ClassVar[_service_status_v3.ClientConfig.Status]
        CLIENT_RECEIVED_ERROR: typing.ClassVar[_service_status_v3.ClientConfig.Status]

    class GenericXdsConfig(_Message):
        type_url: builtins.str
        name: builtins.str
        version_info: builtins.str
        @builtins.property
        def xds_config(self) -> _any_pb2.Any: ...
        @builtins.property
        def last_updated(self) -> _timestamp_pb2.Timestamp: ...
        config_status: _service_status_v3.ConfigStatus
        client_status: _admin_v3.ClientResourceStatus
        @builtins.property
        def error_state(self) -> _admin_v3.UpdateFailureState: ...
        is_static_resource: builtins.bool
        def __init__(
            self,
            *,
            type_url: builtins.str | None = ...,
            name: builtins.str | None = ...,
            version_info: builtins.str | None = ...,
            xds_config: _any_pb2.Any | None = ...,
            last_updated: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            config_status: _service_status_v3.ConfigStatus | None = ...,
            client_status: _admin_v3.ClientResourceStatus | None = ...,
            error_state: _admin_v3.UpdateFailureState | None = ...,
            is_static_resource: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["xds_config", "last_updated", "error_state"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["type_url", "name", "version_info", "xds_config", "last_updated", "config_status", "client_status", "error_state", "is_static_resource"]) -> None: ...

    @builtins.property
    def node(self) -> _config_core_v3.Node: ...
    @builtins.property
    def xds_config(self) -> _containers.RepeatedCompositeFieldContainer[_service_status_v3.PerXdsConfig]: ...
    @builtins.property
    def generic_xds_configs(self) -> _containers.RepeatedCompositeFieldContainer[_service_status_v3.ClientConfig.GenericXdsConfig]: ...
    client_scope: builtins.str
    def __init__(
        self,
        *,
        node: _config_core_v3.Node | None = ...,
        xds_config: collections.abc.Iterable[_service_status_v3.PerXdsConfig] | None = ...,
        generic_xds_configs: collections.abc.Iterable[_service_status_v3.ClientConfig.GenericXdsConfig] | None = ...,
        client_scope: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["node"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["node", "xds_config", "generic_xds_configs", "client_scope"]) -> None: ...

class ClientStatusRequest(_Message):
    @builtins.property
    def node_matchers(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.NodeMatcher]: ...
    @builtins.property
    def node(self) -> _config_core_v3.Node: ...
    exclude_resource_contents: builtins.bool
    def __init__(
        self,
        *,
        node_matchers: collections.abc.Iterable[_type_matcher_v3.NodeMatcher] | None = ...,
        node: _config_core_v3.Node | None = ...,
        exclude_resource_contents: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["node"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["node_matchers", "node", "exclude_resource_contents"]) -> None: ...

class ClientStatusResponse(_Message):
    @builtins.property
    def config(self) -> _containers.RepeatedCompositeFieldContainer[_service_status_v3.ClientConfig]: ...
    def __init__(
        self,
        *,
        config: collections.abc.Iterable[_service_status_v3.ClientConfig] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["config"]) -> None: ...

class PerXdsConfig(_Message):
    status: _service_status_v3.ConfigStatus
    @builtins.property
    def listener_config(self) -> _admin_v3.ListenersConfigDump: ...
    @builtins.property
    def cluster_config(self) -> _admin_v3.ClustersConfigDump: ...
    @builtins.property
    def route_config(self) -> _admin_v3.RoutesConfigDump: ...
    @builtins.property
    def scoped_route_config(self) -> _admin_v3.ScopedRoutesConfigDump: ...
    @builtins.property
    def endpoint_config(self) -> _admin_v3.EndpointsConfigDump: ...
    client_status: _service_status_v3.ClientConfig.Status
    def __init__(
        self,
        *,
        status: _service_status_v3.ConfigStatus | None = ...,
        listener_config: _admin_v3.ListenersConfigDump | None = ...,
        cluster_config: _admin_v3.ClustersConfigDump | None = ...,
        route_config: _admin_v3.RoutesConfigDump | None = ...,
        scoped_route_config: _admin_v3.ScopedRoutesConfigDump | None = ...,
        endpoint_config: _admin_v3.EndpointsConfigDump | None = ...,
        client_status: _service_status_v3.ClientConfig.Status | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["listener_config", "cluster_config", "route_config", "scoped_route_config", "endpoint_config", "per_xds_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["status", "listener_config", "cluster_config", "route_config", "scoped_route_config", "endpoint_config", "client_status", "per_xds_config"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["per_xds_config"]) -> typing.Literal["listener_config", "cluster_config", "route_config", "scoped_route_config", "endpoint_config"] | None: ...

