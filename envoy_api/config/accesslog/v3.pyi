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
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.accesslog.v3 as _config_accesslog_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.route.v3 as _config_route_v3
import envoy_api.data.accesslog.v3 as _data_accesslog_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.v3 as _type_v3

class AccessLog(_Message):
    name: builtins.str
    @builtins.property
    def filter(self) -> _config_accesslog_v3.AccessLogFilter: ...
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        filter: _config_accesslog_v3.AccessLogFilter | None = ...,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["filter", "typed_config", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "filter", "typed_config", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

class AccessLogFilter(_Message):
    @builtins.property
    def status_code_filter(self) -> _config_accesslog_v3.StatusCodeFilter: ...
    @builtins.property
    def duration_filter(self) -> _config_accesslog_v3.DurationFilter: ...
    @builtins.property
    def not_health_check_filter(self) -> _config_accesslog_v3.NotHealthCheckFilter: ...
    @builtins.property
    def traceable_filter(self) -> _config_accesslog_v3.TraceableFilter: ...
    @builtins.property
    def runtime_filter(self) -> _config_accesslog_v3.RuntimeFilter: ...
    @builtins.property
    def and_filter(self) -> _config_accesslog_v3.AndFilter: ...
    @builtins.property
    def or_filter(self) -> _config_accesslog_v3.OrFilter: ...
    @builtins.property
    def header_filter(self) -> _config_accesslog_v3.HeaderFilter: ...
    @builtins.property
    def response_flag_filter(self) -> _config_accesslog_v3.ResponseFlagFilter: ...
    @builtins.property
    def grpc_status_filter(self) -> _config_accesslog_v3.GrpcStatusFilter: ...
    @builtins.property
    def extension_filter(self) -> _config_accesslog_v3.ExtensionFilter: ...
    @builtins.property
    def metadata_filter(self) -> _config_accesslog_v3.MetadataFilter: ...
    @builtins.property
    def log_type_filter(self) -> _config_accesslog_v3.LogTypeFilter: ...
    def __init__(
        self,
        *,
        status_code_filter: _config_accesslog_v3.StatusCodeFilter | None = ...,
        duration_filter: _config_accesslog_v3.DurationFilter | None = ...,
        not_health_check_filter: _config_accesslog_v3.NotHealthCheckFilter | None = ...,
        traceable_filter: _config_accesslog_v3.TraceableFilter | None = ...,
        runtime_filter: _config_accesslog_v3.RuntimeFilter | None = ...,
        and_filter: _config_accesslog_v3.AndFilter | None = ...,
        or_filter: _config_accesslog_v3.OrFilter | None = ...,
        header_filter: _config_accesslog_v3.HeaderFilter | None = ...,
        response_flag_filter: _config_accesslog_v3.ResponseFlagFilter | None = ...,
        grpc_status_filter: _config_accesslog_v3.GrpcStatusFilter | None = ...,
        extension_filter: _config_accesslog_v3.ExtensionFilter | None = ...,
        metadata_filter: _config_accesslog_v3.MetadataFilter | None = ...,
        log_type_filter: _config_accesslog_v3.LogTypeFilter | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["status_code_filter", "duration_filter", "not_health_check_filter", "traceable_filter", "runtime_filter", "and_filter", "or_filter", "header_filter", "response_flag_filter", "grpc_status_filter", "extension_filter", "metadata_filter", "log_type_filter", "filter_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["status_code_filter", "duration_filter", "not_health_check_filter", "traceable_filter", "runtime_filter", "and_filter", "or_filter", "header_filter", "response_flag_filter", "grpc_status_filter", "extension_filter", "metadata_filter", "log_type_filter", "filter_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["filter_specifier"]) -> typing.Literal["status_code_filter", "duration_filter", "not_health_check_filter", "traceable_filter", "runtime_filter", "and_filter", "or_filter", "header_filter", "response_flag_filter", "grpc_status_filter", "extension_filter", "metadata_filter", "log_type_filter"] | None: ...

class AndFilter(_Message):
    @builtins.property
    def filters(self) -> _containers.RepeatedCompositeFieldContainer[_config_accesslog_v3.AccessLogFilter]: ...
    def __init__(
        self,
        *,
        filters: collections.abc.Iterable[_config_accesslog_v3.AccessLogFilter] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["filters"]) -> None: ...

class ComparisonFilter(_Message):
    class Op(_EnumValue):
        EQ: typing.ClassVar[_config_accesslog_v3.ComparisonFilter.Op]
        GE: typing.ClassVar[_config_accesslog_v3.ComparisonFilter.Op]
        LE: typing.ClassVar[_config_accesslog_v3.ComparisonFilter.Op]
        NE: typing.ClassVar[_config_accesslog_v3.ComparisonFilter.Op]

    op: _config_accesslog_v3.ComparisonFilter.Op
    @builtins.property
    def value(self) -> _config_core_v3.RuntimeUInt32: ...
    def __init__(
        self,
        *,
        op: _config_accesslog_v3.ComparisonFilter.Op | None = ...,
        value: _config_core_v3.RuntimeUInt32 | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["op", "value"]) -> None: ...

class DurationFilter(_Message):
    @builtins.property
    def comparison(self) -> _config_accesslog_v3.ComparisonFilter: ...
    def __init__(
        self,
        *,
        comparison: _config_accesslog_v3.ComparisonFilter | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["comparison"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["comparison"]) -> None: ...

class ExtensionFilter(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

class GrpcStatusFilter(_Message):
    class Status(_EnumValue):
        OK: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        CANCELED: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        UNKNOWN: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        INVALID_ARGUMENT: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        DEADLINE_EXCEEDED: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        NOT_FOUND: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        ALREADY_EXISTS: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        PERMISSION_DENIED: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        RESOURCE_EXHAUSTED: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        FAILED_PRECONDITION: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        ABORTED: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        OUT_OF_RANGE: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        UNIMPLEMENTED: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        INTERNAL: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        UNAVAILABLE: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        DATA_LOSS: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]
        UNAUTHENTICATED: typing.ClassVar[_config_accesslog_v3.GrpcStatusFilter.Status]

    @builtins.property
    def statuses(self) -> _containers.RepeatedScalarFieldContainer[_config_accesslog_v3.GrpcStatusFilter.Status]: ...
    exclude: builtins.bool
    def __init__(
        self,
        *,
        statuses: collections.abc.Iterable[_config_accesslog_v3.GrpcStatusFilter.Status] | None = ...,
        exclude: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["statuses", "exclude"]) -> None: ...

class HeaderFilter(_Message):
    @builtins.property
    def header(self) -> _config_route_v3.HeaderMatcher: ...
    def __init__(
        self,
        *,
        header: _config_route_v3.HeaderMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["header"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["header"]) -> None: ...

class LogTypeFilter(_Message):
    @builtins.property
    def types(self) -> _containers.RepeatedScalarFieldContainer[_data_accesslog_v3.AccessLogType]: ...
    exclude: builtins.bool
    def __init__(
        self,
        *,
        types: collections.abc.Iterable[_data_accesslog_v3.AccessLogType] | None = ...,
        exclude: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["types", "exclude"]) -> None: ...

class MetadataFilter(_Message):
    @builtins.property
    def matcher(self) -> _type_matcher_v3.MetadataMatcher: ...
    @builtins.property
    def match_if_key_not_found(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        matcher: _type_matcher_v3.MetadataMatcher | None = ...,
        match_if_key_not_found: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["matcher", "match_if_key_not_found"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["matcher", "match_if_key_not_found"]) -> None: ...

class NotHealthCheckFilter(_Message):
    def __init__(self) -> None: ...

class OrFilter(_Message):
    @builtins.property
    def filters(self) -> _containers.RepeatedCompositeFieldContainer[_config_accesslog_v3.AccessLogFilter]: ...
    def __init__(
        self,
        *,
        filters: collections.abc.Iterable[_config_accesslog_v3.AccessLogFilter] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["filters"]) -> None: ...

class ResponseFlagFilter(_Message):
    @builtins.property
    def flags(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        flags: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["flags"]) -> None: ...

class RuntimeFilter(_Message):
    runtime_key: builtins.str
    @builtins.property
    def percent_sampled(self) -> _type_v3.FractionalPercent: ...
    use_independent_randomness: builtins.bool
    def __init__(
        self,
        *,
        runtime_key: builtins.str | None = ...,
        percent_sampled: _type_v3.FractionalPercent | None = ...,
        use_independent_randomness: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["percent_sampled"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["runtime_key", "percent_sampled", "use_independent_randomness"]) -> None: ...

class StatusCodeFilter(_Message):
    @builtins.property
    def comparison(self) -> _config_accesslog_v3.ComparisonFilter: ...
    def __init__(
        self,
        *,
        comparison: _config_accesslog_v3.ComparisonFilter | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["comparison"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["comparison"]) -> None: ...

class TraceableFilter(_Message):
    def __init__(self) -> None: ...

