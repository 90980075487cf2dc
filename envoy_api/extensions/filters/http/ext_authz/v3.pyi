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
import envoy_api.config.common.mutation_rules.v3 as _config_common_mutation_rules_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.filters.http.ext_authz.v3 as _extensions_filters_http_ext_authz_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.v3 as _type_v3

class AuthorizationRequest(_Message):
    @builtins.property
    def allowed_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValue]: ...
    def __init__(
        self,
        *,
        allowed_headers: _type_matcher_v3.ListStringMatcher | None = ...,
        headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValue] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["allowed_headers"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["allowed_headers", "headers_to_add"]) -> None: ...

class AuthorizationResponse(_Message):
    @builtins.property
    def allowed_upstream_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def allowed_client_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def allowed_upstream_headers_to_append(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def allowed_client_headers_on_success(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def dynamic_metadata_from_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    def __init__(
        self,
        *,
        allowed_upstream_headers: _type_matcher_v3.ListStringMatcher | None = ...,
        allowed_client_headers: _type_matcher_v3.ListStringMatcher | None = ...,
        allowed_upstream_headers_to_append: _type_matcher_v3.ListStringMatcher | None = ...,
        allowed_client_headers_on_success: _type_matcher_v3.ListStringMatcher | None = ...,
        dynamic_metadata_from_headers: _type_matcher_v3.ListStringMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["allowed_upstream_headers", "allowed_client_headers", "allowed_upstream_headers_to_append", "allowed_client_headers_on_success", "dynamic_metadata_from_headers"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["allowed_upstream_headers", "allowed_client_headers", "allowed_upstream_headers_to_append", "allowed_client_headers_on_success", "dynamic_metadata_from_headers"]) -> None: ...

class BufferSettings(_Message):
    max_request_bytes: builtins.int
    allow_partial_message: builtins.bool
    pack_as_bytes: builtins.bool
    def __init__(
        self,
        *,
        max_request_bytes: builtins.int | None = ...,
        allow_partial_message: builtins.bool | None = ...,
        pack_as_bytes: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["max_request_bytes", "allow_partial_message", "pack_as_bytes"]) -> None: ...

class CheckSettings(_Message):
    @builtins.property
    def context_extensions(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    disable_request_body_buffering: builtins.bool
    @builtins.property
    def with_request_body(self) -> _extensions_filters_http_ext_authz_v3.BufferSettings: ...
    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    @builtins.property
    def http_service(self) -> _extensions_filters_http_ext_authz_v3.HttpService: ...
    def __init__(
        self,
        *,
        context_extensions: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
        disable_request_body_buffering: builtins.bool | None = ...,
        with_request_body: _extensions_filters_http_ext_authz_v3.BufferSettings | None = ...,
        grpc_service: _config_core_v3.GrpcService | None = ...,
        http_service: _extensions_filters_http_ext_authz_v3.HttpService | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["with_request_body", "grpc_service", "http_service", "service_override"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["context_extensions", "disable_request_body_buffering", "with_request_body", "grpc_service", "http_service", "service_override"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["service_override"]) -> typing.Literal["grpc_service", "http_service"] | None: ...

class ExtAuthz(_Message):
    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    failure_mode_allow: builtins.bool
    @builtins.property
    def http_service(self) -> _extensions_filters_http_ext_authz_v3.HttpService: ...
    @builtins.property
    def with_request_body(self) -> _extensions_filters_http_ext_authz_v3.BufferSettings: ...
    clear_route_cache: builtins.bool
    @builtins.property
    def status_on_error(self) -> _type_v3.HttpStatus: ...
    @builtins.property
    def metadata_context_namespaces(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def filter_enabled(self) -> _config_core_v3.RuntimeFractionalPercent: ...
    include_peer_certificate: builtins.bool
    @builtins.property
    def deny_at_disable(self) -> _config_core_v3.RuntimeFeatureFlag: ...
    transport_api_version: _config_core_v3.ApiVersion
    stat_prefix: builtins.str
    @builtins.property
    def filter_enabled_metadata(self) -> _type_matcher_v3.MetadataMatcher: ...
    bootstrap_metadata_labels_key: builtins.str
    @builtins.property
    def typed_metadata_context_namespaces(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def allowed_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    include_tls_session: builtins.bool
    failure_mode_allow_header_add: builtins.bool
    @builtins.property
    def charge_cluster_response_stats(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def route_metadata_context_namespaces(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def route_typed_metadata_context_namespaces(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    encode_raw_headers: builtins.bool
    validate_mutations: builtins.bool
    @builtins.property
    def disallowed_headers(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def decoder_header_mutation_rules(self) -> _config_common_mutation_rules_v3.HeaderMutationRules: ...
    @builtins.property
    def enable_dynamic_metadata_ingestion(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def filter_metadata(self) -> _struct_pb2.Struct: ...
    emit_filter_state_stats: builtins.bool
    max_denied_response_body_bytes: builtins.int
    enforce_response_header_limits: builtins.bool
    shadow_mode: builtins.bool
    def __init__(
        self,
        *,
        grpc_service: _config_core_v3.GrpcService | None = ...,
        failure_mode_allow: builtins.bool | None = ...,
        http_service: _extensions_filters_http_ext_authz_v3.HttpService | None = ...,
        with_request_body: _extensions_filters_http_ext_authz_v3.BufferSettings | None = ...,
        clear_route_cache: builtins.bool | None = ...,
        status_on_error: _type_v3.HttpStatus | None = ...,
        metadata_context_namespaces: collections.abc.Iterable[builtins.str] | None = ...,
        filter_enabled: _config_core_v3.RuntimeFractionalPercent | None = ...,
        include_peer_certificate: builtins.bool | None = ...,
        deny_at_disable: _config_core_v3.RuntimeFeatureFlag | None = ...,
        transport_api_version: _config_core_v3.ApiVersion | None = ...,
        stat_prefix: builtins.str | None = ...,
        filter_enabled_metadata: _type_matcher_v3.MetadataMatcher | None = ...,
        bootstrap_metadata_labels_key: builtins.str | None = ...,
        typed_metadata_context_namespaces: collections.abc.Iterable[builtins.str] | None = ...,
        allowed_headers: _type_matcher_v3.ListStringMatcher | None = ...,
        include_tls_session: builtins.bool | None = ...,
        failure_mode_allow_header_add: builtins.bool | None = ...,
        charge_cluster_response_stats: _wrappers_pb2.BoolValue | None = ...,
        route_metadata_context_namespaces: collections.abc.Iterable[builtins.str] | None = ...,
        route_typed_metadata_context_namespaces: collections.abc.Iterable[builtins.str] | None = ...,
        encode_raw_headers: builtins.bool | None = ...,
        validate_mutations: builtins.bool | None = ...,
        disallowed_headers: _type_matcher_v3.ListStringMatcher | None = ...,
        decoder_header_mutation_rules: _config_common_mutation_rules_v3.HeaderMutationRules | None = ...,
        enable_dynamic_metadata_ingestion: _wrappers_pb2.BoolValue | None = ...,
        filter_metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        emit_filter_state_stats: builtins.bool | None = ...,
        max_denied_response_body_bytes: builtins.int | None = ...,
        enforce_response_header_limits: builtins.bool | None = ...,
        shadow_mode: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["grpc_service", "http_service", "with_request_body", "status_on_error", "filter_enabled", "deny_at_disable", "filter_enabled_metadata", "allowed_headers", "charge_cluster_response_stats", "disallowed_headers", "decoder_header_mutation_rules", "enable_dynamic_metadata_ingestion", "filter_metadata", "services"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["grpc_service", "failure_mode_allow", "http_service", "with_request_body", "clear_route_cache", "status_on_error", "metadata_context_namespaces", "filter_enabled", "include_peer_certificate", "deny_at_disable", "transport_api_version", "stat_prefix", "filter_enabled_metadata", "bootstrap_metadata_labels_key", "typed_metadata_context_namespaces", "allowed_headers", "include_tls_session", "failure_mode_allow_header_add", "charge_cluster_response_stats", "route_metadata_context_namespaces", "route_typed_metadata_context_namespaces", "encode_raw_headers", "validate_mutations", "disallowed_headers", "decoder_header_mutation_rules", "enable_dynamic_metadata_ingestion", "filter_metadata", "emit_filter_state_stats", "max_denied_response_body_bytes", "enforce_response_header_limits", "shadow_mode", "services"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["services"]) -> typing.Literal["grpc_service", "http_service"] | None: ...

class ExtAuthzPerRoute(_Message):
    disabled: builtins.bool
    @builtins.property
    def check_settings(self) -> _extensions_filters_http_ext_authz_v3.CheckSettings: ...
    def __init__(
        self,
        *,
        disabled: builtins.bool | None = ...,
        check_settings: _extensions_filters_http_ext_authz_v3.CheckSettings | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["disabled", "check_settings", "override"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["disabled", "check_settings", "override"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["override"]) -> typing.Literal["disabled", "check_settings"] | None: ...

class HttpService(_Message):
    @builtins.property
    def server_uri(self) -> _config_core_v3.HttpUri: ...
    path_prefix: builtins.str
    @builtins.property
    def authorization_request(self) -> _extensions_filters_http_ext_authz_v3.AuthorizationRequest: ...
    @builtins.property
    def authorization_response(self) -> _extensions_filters_http_ext_authz_v3.AuthorizationResponse: ...
    @builtins.property
    def retry_policy(self) -> _config_core_v3.RetryPolicy: ...
    path_override: builtins.str
    def __init__(
        self,
        *,
        server_uri: _config_core_v3.HttpUri | None = ...,
        path_prefix: builtins.str | None = ...,
        authorization_request: _extensions_filters_http_ext_authz_v3.AuthorizationRequest | None = ...,
        authorization_response: _extensions_filters_http_ext_authz_v3.AuthorizationResponse | None = ...,
        retry_policy: _config_core_v3.RetryPolicy | None = ...,
        path_override: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["server_uri", "authorization_request", "authorization_response", "retry_policy"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["server_uri", "path_prefix", "authorization_request", "authorization_response", "retry_policy", "path_override"]) -> None: ...

class ShadowDecision(_Message):
    class CheckResult(_EnumValue):
        UNSPECIFIED: typing.ClassVar[_extensions_filters_http_ext_authz_v3.ShadowDecision.CheckResult]
        OK: typing.ClassVar[_extensions_filters_http_ext_authz_v3.ShadowDecision.CheckResult]
        DENIED: typing.ClassVar[_extensions_filters_http_ext_authz_v3.ShadowDecision.CheckResult]
        ERROR: typing.ClassVar[_extensions_filters_http_ext_authz_v3.ShadowDecision.CheckResult]

    check_result: _extensions_filters_http_ext_authz_v3.ShadowDecision.CheckResult
    status_code: builtins.int
    @builtins.property
    def response_headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValue]: ...
    def __init__(
        self,
        *,
        check_result: _extensions_filters_http_ext_authz_v3.ShadowDecision.CheckResult | None = ...,
        status_code: builtins.int | None = ...,
        response_headers: collections.abc.Iterable[_config_core_v3.HeaderValue] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["check_result", "status_code", "response_headers"]) -> None: ...

