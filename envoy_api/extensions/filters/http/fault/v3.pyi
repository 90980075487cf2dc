# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.route.v3 as _config_route_v3
import envoy_api.extensions.filters.common.fault.v3 as _extensions_filters_common_fault_v3
import envoy_api.extensions.filters.http.fault.v3 as _extensions_filters_http_fault_v3
import envoy_api.type.v3 as _type_v3

class FaultAbort(_Message):
    class HeaderAbort(_Message):
        def __init__(self) -> None: ...

    http_status: builtins.int
    @builtins.property
    def percentage(self) -> _type_v3.FractionalPercent: ...
    @builtins.property
    def header_abort(self) -> _extensions_filters_http_fault_v3.FaultAbort.HeaderAbort: ...
    grpc_status: builtins.int
    response_body: builtins.str
    def __init__(
        self,
        *,
        http_status: builtins.int | None = ...,
        percentage: _type_v3.FractionalPercent | None = ...,
        header_abort: _extensions_filters_http_fault_v3.FaultAbort.HeaderAbort | None = ...,
        grpc_status: builtins.int | None = ...,
        response_body: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["http_status", "percentage", "header_abort", "grpc_status", "error_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["http_status", "percentage", "header_abort", "grpc_status", "response_body", "error_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["error_type"]) -> typing.Literal["http_status", "header_abort", "grpc_status"] | None: ...

class HTTPFault(_Message):
    @builtins.property
    def delay(self) -> _extensions_filters_common_fault_v3.FaultDelay: ...
    @builtins.property
    def abort(self) -> _extensions_filters_http_fault_v3.FaultAbort: ...
    upstream_cluster: builtins.str
    @builtins.property
    def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.HeaderMatcher]: ...
    @builtins.property
    def downstream_nodes(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def max_active_faults(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def response_rate_limit(self) -> _extensions_filters_common_fault_v3.FaultRateLimit: ...
    delay_percent_runtime: builtins.str
    abort_percent_runtime: builtins.str
    delay_duration_runtime: builtins.str
    abort_http_status_runtime: builtins.str
    max_active_faults_runtime: builtins.str
    response_rate_limit_percent_runtime: builtins.str
    abort_grpc_status_runtime: builtins.str
    disable_downstream_cluster_stats: builtins.bool
    @builtins.property
    def filter_metadata(self) -> _struct_pb2.Struct: ...
    def __init__(
        self,
        *,
        delay: _extensions_filters_common_fault_v3.FaultDelay | None = ...,
        abort: _extensions_filters_http_fault_v3.FaultAbort | None = ...,
        upstream_cluster: builtins.str | None = ...,
        headers: collections.abc.Iterable[_config_route_v3.HeaderMatcher] | None = ...,
        downstream_nodes: collections.abc.Iterable[builtins.str] | None = ...,
        max_active_faults: _wrappers_pb2.UInt32Value | None = ...,
        response_rate_limit: _extensions_filters_common_fault_v3.FaultRateLimit | None = ...,
        delay_percent_runtime: builtins.str | None = ...,
        abort_percent_runtime: builtins.str | None = ...,
        delay_duration_runtime: builtins.str | None = ...,
        abort_http_status_runtime: builtins.str | None = ...,
        max_active_faults_runtime: builtins.str | None = ...,
        response_rate_limit_percent_runtime: builtins.str | None = ...,
        abort_grpc_status_runtime: builtins.str | None = ...,
        disable_downstream_cluster_stats: builtins.bool | None = ...,
        filter_metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["delay", "abort", "max_active_faults", "response_rate_limit", "filter_metadata"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["delay", "abort", "upstream_cluster", "headers", "downstream_nodes", "max_active_faults", "response_rate_limit", "delay_percent_runtime", "abort_percent_runtime", "delay_duration_runtime", "abort_http_status_runtime", "max_active_faults_runtime", "response_rate_limit_percent_runtime", "abort_grpc_status_runtime", "disable_downstream_cluster_stats", "filter_metadata"]) -> None: ...

