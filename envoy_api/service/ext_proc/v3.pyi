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
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.filters.http.ext_proc.v3 as _extensions_filters_http_ext_proc_v3
import envoy_api.service.ext_proc.v3 as _service_ext_proc_v3
import envoy_api.type.v3 as _type_v3

class BodyMutation(_Message):
    body: builtins.bytes
    clear_body: builtins.bool
    @builtins.property
    def streamed_response(self) -> _service_ext_proc_v3.StreamedBodyResponse: ...
    def __init__(
        self,
        *,
        body: builtins.bytes | None = ...,
        clear_body: builtins.bool | None = ...,
        streamed_response: _service_ext_proc_v3.StreamedBodyResponse | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["body", "clear_body", "streamed_response", "mutation"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["body", "clear_body", "streamed_response", "mutation"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["mutation"]) -> typing.Literal["body", "clear_body", "streamed_response"] | None: ...

class BodyResponse(_Message):
    @builtins.property
    def response(self) -> _service_ext_proc_v3.CommonResponse: ...
    def __init__(
        self,
        *,
        response: _service_ext_proc_v3.CommonResponse | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["response"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["response"]) -> None: ...

class CommonResponse(_Message):
    class ResponseStatus(_EnumValue):
        CONTINUE: typing.ClassVar[_service_ext_proc_v3.CommonResponse.ResponseStatus]
        CONTINUE_AND_REPLACE: typing.ClassVar[_service_ext_proc_v3.CommonResponse.ResponseStatus]

    status: _service_ext_proc_v3.CommonResponse.ResponseStatus
    @builtins.property
    def header_mutation(self) -> _service_ext_proc_v3.HeaderMutation: ...
    @builtins.property
    def body_mutation(self) -> _service_ext_proc_v3.BodyMutation: ...
    @builtins.property
    def trailers(self) -> _config_core_v3.HeaderMap: ...
    clear_route_cache: builtins.bool
    def __init__(
        self,
        *,
        status: _service_ext_proc_v3.CommonResponse.ResponseStatus | None = ...,
        header_mutation: _service_ext_proc_v3.HeaderMutation | None = ...,
        body_mutation: _service_ext_proc_v3.BodyMutation | None = ...,
        trailers: _config_core_v3.HeaderMap | None = ...,
        clear_route_cache: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["header_mutation", "body_mutation", "trailers"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["status", "header_mutation", "body_mutation", "trailers", "clear_route_cache"]) -> None: ...

class GrpcStatus(_Message):
    status: builtins.int
    def __init__(
        self,
        *,
        status: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["status"]) -> None: ...

class HeaderMutation(_Message):
    @builtins.property
    def set_headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def remove_headers(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        set_headers: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        remove_headers: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["set_headers", "remove_headers"]) -> None: ...

class HeadersResponse(_Message):
    @builtins.property
    def response(self) -> _service_ext_proc_v3.CommonResponse: ...
    def __init__(
        self,
        *,
        response: _service_ext_proc_v3.CommonResponse | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["response"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["response"]) -> None: ...

class HttpBody(_Message):
    body: builtins.bytes
    end_of_stream: builtins.bool
    end_of_stream_without_message: builtins.bool
    grpc_message_compressed: builtins.bool
    def __init__(
        self,
        *,
        body: builtins.bytes | None = ...,
        end_of_stream: builtins.bool | None = ...,
        end_of_stream_without_message: builtins.bool | None = ...,
        grpc_message_compressed: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["body", "end_of_stream", "end_of_stream_without_message", "grpc_message_compressed"]) -> None: ...

class HttpHeaders(_Message):
    @builtins.property
    def headers(self) -> _config_core_v3.HeaderMap: ...
    @builtins.property
    def attributes(self) -> _containers.MessageMap[builtins.str, _struct_pb2.Struct]: ...
    end_of_stream: builtins.bool
    def __init__(
        self,
        *,
        headers: _config_core_v3.HeaderMap | None = ...,
        attributes: collections.abc.Mapping[builtins.str, _struct_pb2.Struct] | None = ...,
        end_of_stream: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["headers"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["headers", "attributes", "end_of_stream"]) -> None: ...

class HttpTrailers(_Message):
    @builtins.property
    def trailers(self) -> _config_core_v3.HeaderMap: ...
    def __init__(
        self,
        *,
        trailers: _config_core_v3.HeaderMap | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["trailers"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["trailers"]) -> None: ...

class ImmediateResponse(_Message):
    @builtins.property
    def status(self) -> _type_v3.HttpStatus: ...
    @builtins.property
    def headers(self) -> _service_ext_proc_v3.HeaderMutation: ...
    body: builtins.bytes
    @builtins.property
    def grpc_status(self) -> _service_ext_proc_v3.GrpcStatus: ...
    details: builtins.str
    def __init__(
        self,
        *,
        status: _type_v3.HttpStatus | None = ...,
        headers: _service_ext_proc_v3.HeaderMutation | None = ...,
        body: builtins.bytes | None = ...,
        grpc_status: _service_ext_proc_v3.GrpcStatus | None = ...,
        details: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["status", "headers", "grpc_status"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["status", "headers", "body", "grpc_status", "details"]) -> None: ...

class ProcessingRequest(_Message):
    @builtins.property
    def request_headers(self) -> _service_ext_proc_v3.HttpHeaders: ...
    @builtins.property
    def response_headers(self) -> _service_ext_proc_v3.HttpHeaders: ...
    @builtins.property
    def request_body(self) -> _service_ext_proc_v3.HttpBody: ...
    @builtins.property
    def response_body(self) -> _service_ext_proc_v3.HttpBody: ...
    @builtins.property
    def request_trailers(self) -> _service_ext_proc_v3.HttpTrailers: ...
    @builtins.property
    def response_trailers(self) -> _service_ext_proc_v3.HttpTrailers: ...
    @builtins.property
    def metadata_context(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def attributes(self) -> _containers.MessageMap[builtins.str, _struct_pb2.Struct]: ...
    observability_mode: builtins.bool
    @builtins.property
    def protocol_config(self) -> _service_ext_proc_v3.ProtocolConfiguration: ...
    def __init__(
        self,
        *,
        request_headers: _service_ext_proc_v3.HttpHeaders | None = ...,
        response_headers: _service_ext_proc_v3.HttpHeaders | None = ...,
        request_body: _service_ext_proc_v3.HttpBody | None = ...,
        response_body: _service_ext_proc_v3.HttpBody | None = ...,
        request_trailers: _service_ext_proc_v3.HttpTrailers | None = ...,
        response_trailers: _service_ext_proc_v3.HttpTrailers | None = ...,
        metadata_context: _config_core_v3.Metadata | None = ...,
        attributes: collections.abc.Mapping[builtins.str, _struct_pb2.Struct] | None = ...,
        observability_mode: builtins.bool | None = ...,
        protocol_config: _service_ext_proc_v3.ProtocolConfiguration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["request_headers", "response_headers", "request_body", "response_body", "request_trailers", "response_trailers", "metadata_context", "protocol_config", "request"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["request_headers", "response_headers", "request_body", "response_body", "request_trailers", "response_trailers", "metadata_context", "attributes", "observability_mode", "protocol_config", "request"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["request"]) -> typing.Literal["request_headers", "response_headers", "request_body", "response_body", "request_trailers", "response_trailers"] | None: ...

class ProcessingResponse(_Message):
    @builtins.property
    def request_headers(self) -> _service_ext_proc_v3.HeadersResponse: ...
    @builtins.property
    def response_headers(self) -> _service_ext_proc_v3.HeadersResponse: ...
    @builtins.property
    def request_body(self) -> _service_ext_proc_v3.BodyResponse: ...
    @builtins.property
    def response_body(self) -> _service_ext_proc_v3.BodyResponse: ...
    @builtins.property
    def request_trailers(self) -> _service_ext_proc_v3.TrailersResponse: ...
    @builtins.property
    def response_trailers(self) -> _service_ext_proc_v3.TrailersResponse: ...
    @builtins.property
    def immediate_response(self) -> _service_ext_proc_v3.ImmediateResponse: ...
    @builtins.property
    def dynamic_metadata(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def mode_override(self) -> _extensions_filters_http_ext_proc_v3.ProcessingMode: ...
    @builtins.property
    def override_message_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def streamed_immediate_response(self) -> _service_ext_proc_v3.StreamedImmediateResponse: ...
    request_drain: builtins.bool
    def __init__(
        self,
        *,
        request_headers: _service_ext_proc_v3.HeadersResponse | None = ...,
        response_headers: _service_ext_proc_v3.HeadersResponse | None = ...,
        request_body: _service_ext_proc_v3.BodyResponse | None = ...,
        response_body: _service_ext_proc_v3.BodyResponse | None = ...,
        request_trailers: _service_ext_proc_v3.TrailersResponse | None = ...,
        response_trailers: _service_ext_proc_v3.TrailersResponse | None = ...,
        immediate_response: _service_ext_proc_v3.ImmediateResponse | None = ...,
        dynamic_metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        mode_override: _extensions_filters_http_ext_proc_v3.ProcessingMode | None = ...,
        override_message_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        streamed_immediate_response: _service_ext_proc_v3.StreamedImmediateResponse | None = ...,
        request_drain: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["request_headers", "response_headers", "request_body", "response_body", "request_trailers", "response_trailers", "immediate_response", "dynamic_metadata", "mode_override", "override_message_timeout", "streamed_immediate_response", "response"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["request_headers", "response_headers", "request_body", "response_body", "request_trailers", "response_trailers", "immediate_response", "dynamic_metadata", "mode_override", "override_message_timeout", "streamed_immediate_response", "request_drain", "response"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["response"]) -> typing.Literal["request_headers", "response_headers", "request_body", "response_body", "request_trailers", "response_trailers", "immediate_response", "streamed_immediate_response"] | None: ...

class ProtocolConfiguration(_Message):
    request_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode
    response_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode
    send_body_without_waiting_for_header_response: builtins.bool
    def __init__(
        self,
        *,
        request_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode | None = ...,
        response_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode | None = ...,
        send_body_without_waiting_for_header_response: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["request_body_mode", "response_body_mode", "send_body_without_waiting_for_header_response"]) -> None: ...

class StreamedBodyResponse(_Message):
    body: builtins.bytes
    end_of_stream: builtins.bool
    end_of_stream_without_message: builtins.bool
    grpc_message_compressed: builtins.bool
    def __init__(
        self,
        *,
        body: builtins.bytes | None = ...,
        end_of_stream: builtins.bool | None = ...,
        end_of_stream_without_message: builtins.bool | None = ...,
        grpc_message_compressed: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["body", "end_of_stream", "end_of_stream_without_message", "grpc_message_compressed"]) -> None: ...

class StreamedImmediateResponse(_Message):
    @builtins.property
    def headers_response(self) -> _service_ext_proc_v3.HttpHeaders: ...
    @builtins.property
    def body_response(self) -> _service_ext_proc_v3.StreamedBodyResponse: ...
    @builtins.property
    def trailers_response(self) -> _config_core_v3.HeaderMap: ...
    def __init__(
        self,
        *,
        headers_response: _service_ext_proc_v3.HttpHeaders | None = ...,
        body_response: _service_ext_proc_v3.StreamedBodyResponse | None = ...,
        trailers_response: _config_core_v3.HeaderMap | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["headers_response", "body_response", "trailers_response", "response"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["headers_response", "body_response", "trailers_response", "response"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["response"]) -> typing.Literal["headers_response", "body_response", "trailers_response"] | None: ...

class TrailersResponse(_Message):
    @builtins.property
    def header_mutation(self) -> _service_ext_proc_v3.HeaderMutation: ...
    def __init__(
        self,
        *,
        header_mutation: _service_ext_proc_v3.HeaderMutation | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["header_mutation"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["header_mutation"]) -> None: ...

