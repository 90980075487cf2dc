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
from google.protobuf import timestamp_pb2 as _timestamp_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.google.rpc as _google_rpc
import envoy_api.service.auth.v3 as _service_auth_v3
import envoy_api.type.v3 as _type_v3

class AttributeContext(_Message):
    class HttpRequest(_Message):
        id: builtins.str
        method: builtins.str
        @builtins.property
        def headers(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
        path: builtins.str
        host: builtins.str
        scheme: builtins.str
        query: builtins.str
        fragment: builtins.str
        size: builtins.int
        protocol: builtins.str
        body: builtins.str
        raw_body: builtins.bytes
        @builtins.property
        def header_map(self) -> _config_core_v3.HeaderMap: ...
        def __init__(
            self,
            *,
            id: builtins.str | None = ...,
            method: builtins.str | None = ...,
            headers: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
            path: builtins.str | None = ...,
            host: builtins.str | None = ...,
            scheme: builtins.str | None = ...,
            query: builtins.str | None = ...,
            fragment: builtins.str | None = ...,
            size: builtins.int | None = ...,
            protocol: builtins.str | None = ...,
            body: builtins.str | None = ...,
            raw_body: builtins.bytes | None = ...,
            header_map: _config_core_v3.HeaderMap | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["header_map"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["id", "method", "headers", "path", "host", "scheme", "query", "fragment", "size", "protocol", "body", "raw_body", "header_map"]) -> None: ...

    class Peer(_Message):
        @builtins.property
        def address(self) -> _config_core_v3.Address: ...
        service: builtins.str
        @builtins.property
        def labels(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
        principal: builtins.str
        certificate: builtins.str
        def __init__(
            self,
            *,
            address: _config_core_v3.Address | None = ...,
            service: builtins.str | None = ...,
            labels: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
            principal: builtins.str | None = ...,
            certificate: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["address"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["address", "service", "labels", "principal", "certificate"]) -> None: ...

    class Request(_Message):
        @builtins.property
        def time(self) -> _timestamp_pb2.Timestamp: ...
        @builtins.property
        def http(self) -> _service_auth_v3.AttributeContext.HttpRequest: ...
        def __init__(
            self,
            *,
            time: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
            http: _service_auth_v3.AttributeContext.HttpRequest | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["time", "http"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["time", "http"]) -> None: ...

    class TLSSession(_Message):
        sni: builtins.str
        def __init__(
            self,
            *,
            sni: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["sni"]) -> None: ...

    @builtins.property
    def source(self) -> _service_auth_v3.AttributeContext.Peer: ...
    @builtins.property
    def destination(self) -> _service_auth_v3.AttributeContext.Peer: ...
    @builtins.property
    def request(self) -> _service_auth_v3.AttributeContext.Request: ...
    @builtins.property
    def context_extensions(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    @builtins.property
    def metadata_context(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def tls_session(self) -> _service_auth_v3.AttributeContext.TLSSession: ...
    @builtins.property
    def route_metadata_context(self) -> _config_core_v3.Metadata: ...
    def __init__(
        self,
        *,
        source: _service_auth_v3.AttributeContext.Peer | None = ...,
        destination: _service_auth_v3.AttributeContext.Peer | None = ...,
        request: _service_auth_v3.AttributeContext.Request | None = ...,
        context_extensions: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
        metadata_context: _config_core_v3.Metadata | None = ...,
        tls_session: _service_auth_v3.AttributeContext.TLSSession | None = ...,
        route_metadata_context: _config_core_v3.Metadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["source", "destination", "request", "metadata_context", "tls_session", "route_metadata_context"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["source", "destination", "request", "context_extensions", "metadata_context", "tls_session", "route_metadata_context"]) -> None: ...

class CheckRequest(_Message):
    @builtins.property
    def attributes(self) -> _service_auth_v3.AttributeContext: ...
    def __init__(
        self,
        *,
        attributes: _service_auth_v3.AttributeContext | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["attributes"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["attributes"]) -> None: ...

class CheckResponse(_Message):
    @builtins.property
    def status(self) -> _google_rpc.Status: ...
    @builtins.property
    def denied_response(self) -> _service_auth_v3.DeniedHttpResponse: ...
    @builtins.property
    def ok_response(self) -> _service_auth_v3.OkHttpResponse: ...
    @builtins.property
    def dynamic_metadata(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def error_response(self) -> _service_auth_v3.DeniedHttpResponse: ...
    def __init__(
        self,
        *,
        status: _google_rpc.Status | None = ...,
        denied_response: _service_auth_v3.DeniedHttpResponse | None = ...,
        ok_response: _service_auth_v3.OkHttpResponse | None = ...,
        dynamic_metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        error_response: _service_auth_v3.DeniedHttpResponse | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["status", "denied_response", "ok_response", "dynamic_metadata", "error_response", "http_response"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["status", "denied_response", "ok_response", "dynamic_metadata", "error_response", "http_response"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["http_response"]) -> typing.Literal["denied_response", "ok_response", "error_response"] | None: ...

class DeniedHttpResponse(_Message):
    @builtins.property
    def status(self) -> _type_v3.HttpStatus: ...
    @builtins.property
    def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    body: builtins.str
    def __init__(
        self,
        *,
        status: _type_v3.HttpStatus | None = ...,
        headers: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        body: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["status"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["status", "headers", "body"]) -> None: ...

class OkHttpResponse(_Message):
    @builtins.property
    def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def dynamic_metadata(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def response_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def query_parameters_to_set(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.QueryParameter]: ...
    @builtins.property
    def query_parameters_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        headers: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        dynamic_metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
        response_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        query_parameters_to_set: collections.abc.Iterable[_config_core_v3.QueryParameter] | None = ...,
        query_parameters_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dynamic_metadata"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["headers", "dynamic_metadata", "headers_to_remove", "response_headers_to_add", "query_parameters_to_set", "query_parameters_to_remove"]) -> None: ...

