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
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.common.mutation_rules.v3 as _config_common_mutation_rules_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.filters.http.ext_proc.v3 as _extensions_filters_http_ext_proc_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.v3 as _type_v3

class ExtProcHttpService(_Message):
    @builtins.property
    def http_service(self) -> _config_core_v3.HttpService: ...
    def __init__(
        self,
        *,
        http_service: _config_core_v3.HttpService | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["http_service"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["http_service"]) -> None: ...

class ExtProcOverrides(_Message):
    @builtins.property
    def processing_mode(self) -> _extensions_filters_http_ext_proc_v3.ProcessingMode: ...
    async_mode: builtins.bool
    @builtins.property
    def request_attributes(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def response_attributes(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    @builtins.property
    def metadata_options(self) -> _extensions_filters_http_ext_proc_v3.MetadataOptions: ...
    @builtins.property
    def grpc_initial_metadata(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValue]: ...
    @builtins.property
    def failure_mode_allow(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def processing_request_modifier(self) -> _config_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        processing_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode | None = ...,
        async_mode: builtins.bool | None = ...,
        request_attributes: collections.abc.Iterable[builtins.str] | None = ...,
        response_attributes: collections.abc.Iterable[builtins.str] | None = ...,
        grpc_service: _config_core_v3.GrpcService | None = ...,
        metadata_options: _extensions_filters_http_ext_proc_v3.MetadataOptions | None = ...,
        grpc_initial_metadata: collections.abc.Iterable[_config_core_v3.HeaderValue] | None = ...,
        failure_mode_allow: _wrappers_pb2.BoolValue | None = ...,
        processing_request_modifier: _config_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["processing_mode", "grpc_service", "metadata_options", "failure_mode_allow", "processing_request_modifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["processing_mode", "async_mode", "request_attributes", "response_attributes", "grpc_service", "metadata_options", "grpc_initial_metadata", "failure_mode_allow", "processing_request_modifier"]) -> None: ...

class ExtProcPerRoute(_Message):
    disabled: builtins.bool
    @builtins.property
    def overrides(self) -> _extensions_filters_http_ext_proc_v3.ExtProcOverrides: ...
    def __init__(
        self,
        *,
        disabled: builtins.bool | None = ...,
        overrides: _extensions_filters_http_ext_proc_v3.ExtProcOverrides | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["disabled", "overrides", "override"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["disabled", "overrides", "override"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["override"]) -> typing.Literal["disabled", "overrides"] | None: ...

class ExternalProcessor(_Message):
    class RouteCacheAction(_EnumValue):
        DEFAULT: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ExternalProcessor.RouteCacheAction]
        CLEAR: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ExternalProcessor.RouteCacheAction]
        RETAIN: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ExternalProcessor.RouteCacheAction]

    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    failure_mode_allow: builtins.bool
    @builtins.property
    def processing_mode(self) -> _extensions_filters_http_ext_proc_v3.ProcessingMode: ...
    @builtins.property
    def request_attributes(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def response_attributes(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def message_timeout(self) -> _duration_pb2.Duration: ...
    stat_prefix: builtins.str
    @builtins.property
    def mutation_rules(self) -> _config_common_mutation_rules_v3.HeaderMutationRules: ...
    @builtins.property
    def max_message_timeout(self) -> _duration_pb2.Duration: ...
    disable_clear_route_cache: builtins.bool
    @builtins.property
    def forward_rules(self) -> _extensions_filters_http_ext_proc_v3.HeaderForwardingRules: ...
    @builtins.property
    def filter_metadata(self) -> _struct_pb2.Struct: ...
    allow_mode_override: builtins.bool
    disable_immediate_response: builtins.bool
    @builtins.property
    def metadata_options(self) -> _extensions_filters_http_ext_proc_v3.MetadataOptions: ...
    observability_mode: builtins.bool
    route_cache_action: _extensions_filters_http_ext_proc_v3.ExternalProcessor.RouteCacheAction
    @builtins.property
    def deferred_close_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def http_service(self) -> _extensions_filters_http_ext_proc_v3.ExtProcHttpService: ...
    send_body_without_waiting_for_header_response: builtins.bool
    @builtins.property
    def allowed_override_modes(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_http_ext_proc_v3.ProcessingMode]: ...
    @builtins.property
    def on_processing_response(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def status_on_error(self) -> _type_v3.HttpStatus: ...
    @builtins.property
    def processing_request_modifier(self) -> _config_core_v3.TypedExtensionConfig: ...
    allow_content_length_header: builtins.bool
    def __init__(
        self,
        *,
        grpc_service: _config_core_v3.GrpcService | None = ...,
        failure_mode_allow: builtins.bool | None = ...,
        processing_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode | None = ...,
        request_attributes: collections.abc.Iterable[builtins.str] | None = ...,
        response_attributes: collections.abc.Iterable[builtins.str] | None = ...,
        message_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        stat_prefix: builtins.str | None = ...,
        mutation_rules: _config_common_mutation_rules_v3.HeaderMutationRules | None = ...,
        max_message_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        disable_clear_route_cache: builtins.bool | None = ...,
        forward_rules: _extensions_filters_http_ext_proc_v3.HeaderForwardingRules | None = ...,
        filter_metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        allow_mode_override: builtins.bool | None = ...,
        disable_immediate_response: builtins.bool | None = ...,
        metadata_options: _extensions_filters_http_ext_proc_v3.MetadataOptions | None = ...,
        observability_mode: builtins.bool | None = ...,
        route_cache_action: _extensions_filters_http_ext_proc_v3.ExternalProcessor.RouteCacheAction | None = ...,
        deferred_close_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        http_service: _extensions_filters_http_ext_proc_v3.ExtProcHttpService | None = ...,
        send_body_without_waiting_for_header_response: builtins.bool | None = ...,
        allowed_override_modes: collections.abc.Iterable[_extensions_filters_http_ext_proc_v3.ProcessingMode] | None = ...,
        on_processing_response: _config_core_v3.TypedExtensionConfig | None = ...,
        status_on_error: _type_v3.HttpStatus | None = ...,
        processing_request_modifier: _config_core_v3.TypedExtensionConfig | None = ...,
        allow_content_length_header: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["grpc_service", "processing_mode", "message_timeout", "mutation_rules", "max_message_timeout", "forward_rules", "filter_metadata", "metadata_options", "deferred_close_timeout", "http_service", "on_processing_response", "status_on_error", "processing_request_modifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["grpc_service", "failure_mode_allow", "processing_mode", "request_attributes", "response_attributes", "message_timeout", "stat_prefix", "mutation_rules", "max_message_timeout", "disable_clear_route_cache", "forward_rules", "filter_metadata", "allow_mode_override", "disable_immediate_response", "metadata_options", "observability_mode", "route_cache_action", "deferred_close_timeout", "http_service", "send_body_without_waiting_for_header_response", "allowed_override_modes", "on_processing_response", "status_on_error", "processing_request_modifier", "allow_content_length_header"]) -> None: ...

class HeaderForwardingRules(_Message):
    @builtins.property
    def allowed_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def disallowed_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    def __init__(
        self,
        *,
        allowed_headers: _type_matcher_v3.ListStringMatcher | None = ...,
        disallowed_headers: _type_matcher_v3.ListStringMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["allowed_headers", "disallowed_headers"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["allowed_headers", "disallowed_headers"]) -> None: ...

class MetadataOptions(_Message):
    class MetadataNamespaces(_Message):
        @builtins.property
        def untyped(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        @builtins.property
        def typed(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        def __init__(
            self,
            *,
            untyped: collections.abc.Iterable[builtins.str] | None = ...,
            typed: collections.abc.Iterable[builtins.str] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["untyped", "typed"]) -> None: ...

    @builtins.property
    def forwarding_namespaces(self) -> _extensions_filters_http_ext_proc_v3.MetadataOptions.MetadataNamespaces: ...
    @builtins.property
    def receiving_namespaces(self) -> _extensions_filters_http_ext_proc_v3.MetadataOptions.MetadataNamespaces: ...
    @builtins.property
    def cluster_metadata_forwarding_namespaces(self) -> _extensions_filters_http_ext_proc_v3.MetadataOptions.MetadataNamespaces: ...
    def __init__(
        self,
        *,
        forwarding_namespaces: _extensions_filters_http_ext_proc_v3.MetadataOptions.MetadataNamespaces | None = ...,
        receiving_namespaces: _extensions_filters_http_ext_proc_v3.MetadataOptions.MetadataNamespaces | None = ...,
        cluster_metadata_forwarding_namespaces: _extensions_filters_http_ext_proc_v3.MetadataOptions.MetadataNamespaces | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["forwarding_namespaces", "receiving_namespaces", "cluster_metadata_forwarding_namespaces"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["forwarding_namespaces", "receiving_namespaces", "cluster_metadata_forwarding_namespaces"]) -> None: ...

class ProcessingMode(_Message):
    class BodySendMode(_EnumValue):
        NONE: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode]
        STREAMED: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode]
        BUFFERED: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode]
        BUFFERED_PARTIAL: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode]
        FULL_DUPLEX_STREAMED: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode]
        GRPC: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode]

    class HeaderSendMode(_EnumValue):
        DEFAULT: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode]
        SEND: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode]
        SKIP: typing.ClassVar[_extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode]

    request_header_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode
    response_header_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode
    request_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode
    response_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode
    request_trailer_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode
    response_trailer_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode
    def __init__(
        self,
        *,
        request_header_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode | None = ...,
        response_header_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode | None = ...,
        request_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode | None = ...,
        response_body_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.BodySendMode | None = ...,
        request_trailer_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode | None = ...,
        response_trailer_mode: _extensions_filters_http_ext_proc_v3.ProcessingMode.HeaderSendMode | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["request_header_mode", "response_header_mode", "request_body_mode", "response_body_mode", "request_trailer_mode", "response_trailer_mode"]) -> None: ...

