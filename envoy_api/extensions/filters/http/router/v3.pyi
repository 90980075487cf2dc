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
import envoy_api.extensions.filters.http.router.v3 as _extensions_filters_http_router_v3
import envoy_api.extensions.filters.network.http_connection_manager.v3 as _extensions_filters_network_http_connection_manager_v3

class Router(_Message):
    class UpstreamAccessLogOptions(_Message):
        flush_upstream_log_on_upstream_stream: builtins.bool
        @builtins.property
        def upstream_log_flush_interval(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            flush_upstream_log_on_upstream_stream: builtins.bool | None = ...,
            upstream_log_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["upstream_log_flush_interval"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["flush_upstream_log_on_upstream_stream", "upstream_log_flush_interval"]) -> None: ...

    @builtins.property
    def dynamic_stats(self) -> _wrappers_pb2.BoolValue: ...
    start_child_span: builtins.bool
    @builtins.property
    def upstream_log(self) -> _containers.RepeatedCompositeFieldContainer[_config_accesslog_v3.AccessLog]: ...
    suppress_envoy_headers: builtins.bool
    @builtins.property
    def strict_check_headers(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    respect_expected_rq_timeout: builtins.bool
    suppress_grpc_request_failure_code_stats: builtins.bool
    @builtins.property
    def upstream_http_filters(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_network_http_connection_manager_v3.HttpFilter]: ...
    @builtins.property
    def upstream_log_options(self) -> _extensions_filters_http_router_v3.Router.UpstreamAccessLogOptions: ...
    @builtins.property
    def reject_connect_request_early_data(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        dynamic_stats: _wrappers_pb2.BoolValue | None = ...,
        start_child_span: builtins.bool | None = ...,
        upstream_log: collections.abc.Iterable[_config_accesslog_v3.AccessLog] | None = ...,
        suppress_envoy_headers: builtins.bool | None = ...,
        strict_check_headers: collections.abc.Iterable[builtins.str] | None = ...,
        respect_expected_rq_timeout: builtins.bool | None = ...,
        suppress_grpc_request_failure_code_stats: builtins.bool | None = ...,
        upstream_http_filters: collections.abc.Iterable[_extensions_filters_network_http_connection_manager_v3.HttpFilter] | None = ...,
        upstream_log_options: _extensions_filters_http_router_v3.Router.UpstreamAccessLogOptions | None = ...,
        reject_connect_request_early_data: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dynamic_stats", "upstream_log_options", "reject_connect_request_early_data"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["dynamic_stats", "start_child_span", "upstream_log", "suppress_envoy_headers", "strict_check_headers", "respect_expected_rq_timeout", "suppress_grpc_request_failure_code_stats", "upstream_http_filters", "upstream_log_options", "reject_connect_request_early_data"]) -> None: ...

