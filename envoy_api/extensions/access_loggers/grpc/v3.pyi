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
import envoy_api.extensions.access_loggers.grpc.v3 as _extensions_access_loggers_grpc_v3
import envoy_api.type.tracing.v3 as _type_tracing_v3

class CommonGrpcAccessLogConfig(_Message):
    log_name: builtins.str
    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    @builtins.property
    def buffer_flush_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def buffer_size_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def filter_state_objects_to_log(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    transport_api_version: _config_core_v3.ApiVersion
    @builtins.property
    def grpc_stream_retry_policy(self) -> _config_core_v3.RetryPolicy: ...
    @builtins.property
    def custom_tags(self) -> _containers.RepeatedCompositeFieldContainer[_type_tracing_v3.CustomTag]: ...
    def __init__(
        self,
        *,
        log_name: builtins.str | None = ...,
        grpc_service: _config_core_v3.GrpcService | None = ...,
        buffer_flush_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        buffer_size_bytes: _wrappers_pb2.UInt32Value | None = ...,
        filter_state_objects_to_log: collections.abc.Iterable[builtins.str] | None = ...,
        transport_api_version: _config_core_v3.ApiVersion | None = ...,
        grpc_stream_retry_policy: _config_core_v3.RetryPolicy | None = ...,
        custom_tags: collections.abc.Iterable[_type_tracing_v3.CustomTag] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["grpc_service", "buffer_flush_interval", "buffer_size_bytes", "grpc_stream_retry_policy"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["log_name", "grpc_service", "buffer_flush_interval", "buffer_size_bytes", "filter_state_objects_to_log", "transport_api_version", "grpc_stream_retry_policy", "custom_tags"]) -> None: ...

class HttpGrpcAccessLogConfig(_Message):
    @builtins.property
    def common_config(self) -> _extensions_access_loggers_grpc_v3.CommonGrpcAccessLogConfig: ...
    @builtins.property
    def additional_request_headers_to_log(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def additional_response_headers_to_log(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def additional_response_trailers_to_log(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        common_config: _extensions_access_loggers_grpc_v3.CommonGrpcAccessLogConfig | None = ...,
        additional_request_headers_to_log: collections.abc.Iterable[builtins.str] | None = ...,
        additional_response_headers_to_log: collections.abc.Iterable[builtins.str] | None = ...,
        additional_response_trailers_to_log: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["common_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["common_config", "additional_request_headers_to_log", "additional_response_headers_to_log", "additional_response_trailers_to_log"]) -> None: ...

class TcpGrpcAccessLogConfig(_Message):
    @builtins.property
    def common_config(self) -> _extensions_access_loggers_grpc_v3.CommonGrpcAccessLogConfig: ...
    def __init__(
        self,
        *,
        common_config: _extensions_access_loggers_grpc_v3.CommonGrpcAccessLogConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["common_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["common_config"]) -> None: ...

