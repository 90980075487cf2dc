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
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.common.mutation_rules.v3 as _config_common_mutation_rules_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.route.v3 as _config_route_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.metadata.v3 as _type_metadata_v3
import envoy_api.type.tracing.v3 as _type_tracing_v3
import envoy_api.type.v3 as _type_v3
import envoy_api.xds.type.matcher.v3 as _xds_type_matcher_v3

class ClusterSpecifierPlugin(_Message):
    @builtins.property
    def extension(self) -> _config_core_v3.TypedExtensionConfig: ...
    is_optional: builtins.bool
    def __init__(
        self,
        *,
        extension: _config_core_v3.TypedExtensionConfig | None = ...,
        is_optional: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["extension"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["extension", "is_optional"]) -> None: ...

class CookieMatcher(_Message):
    name: builtins.str
    @builtins.property
    def string_match(self) -> _type_matcher_v3.StringMatcher: ...
    invert_match: builtins.bool
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        string_match: _type_matcher_v3.StringMatcher | None = ...,
        invert_match: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["string_match"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "string_match", "invert_match"]) -> None: ...

class CorsPolicy(_Message):
    allow_methods: builtins.str
    allow_headers: builtins.str
    expose_headers: builtins.str
    max_age: builtins.str
    @builtins.property
    def allow_credentials(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def filter_enabled(self) -> _config_core_v3.RuntimeFractionalPercent: ...
    @builtins.property
    def shadow_enabled(self) -> _config_core_v3.RuntimeFractionalPercent: ...
    @builtins.property
    def allow_origin_string_match(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.StringMatcher]: ...
    @builtins.property
    def allow_private_network_access(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def forward_not_matching_preflights(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        allow_methods: builtins.str | None = ...,
        allow_headers: builtins.str | None = ...,
        expose_headers: builtins.str | None = ...,
        max_age: builtins.str | None = ...,
        allow_credentials: _wrappers_pb2.BoolValue | None = ...,
        filter_enabled: _config_core_v3.RuntimeFractionalPercent | None = ...,
        shadow_enabled: _config_core_v3.RuntimeFractionalPercent | None = ...,
        allow_origin_string_match: collections.abc.Iterable[_type_matcher_v3.StringMatcher] | None = ...,
        allow_private_network_access: _wrappers_pb2.BoolValue | None = ...,
        forward_not_matching_preflights: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["allow_credentials", "filter_enabled", "shadow_enabled", "allow_private_network_access", "forward_not_matching_preflights", "enabled_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["allow_methods", "allow_headers", "expose_headers", "max_age", "allow_credentials", "filter_enabled", "shadow_enabled", "allow_origin_string_match", "allow_private_network_access", "forward_not_matching_preflights", "enabled_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["enabled_specifier"]) -> typing.Literal["filter_enabled"] | None: ...

class Decorator(_Message):
    operation: builtins.str
    @builtins.property
    def propagate(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        operation: builtins.str | None = ...,
        propagate: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["propagate"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["operation", "propagate"]) -> None: ...

class DirectResponseAction(_Message):
    status: builtins.int
    @builtins.property
    def body(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def body_format(self) -> _config_core_v3.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        status: builtins.int | None = ...,
        body: _config_core_v3.DataSource | None = ...,
        body_format: _config_core_v3.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["body", "body_format"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["status", "body", "body_format"]) -> None: ...

class FilterAction(_Message):
    @builtins.property
    def action(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        action: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["action"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["action"]) -> None: ...

class FilterConfig(_Message):
    @builtins.property
    def config(self) -> _any_pb2.Any: ...
    is_optional: builtins.bool
    disabled: builtins.bool
    def __init__(
        self,
        *,
        config: _any_pb2.Any | None = ...,
        is_optional: builtins.bool | None = ...,
        disabled: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config", "is_optional", "disabled"]) -> None: ...

class HeaderMatcher(_Message):
    name: builtins.str
    exact_match: builtins.str
    @builtins.property
    def range_match(self) -> _type_v3.Int64Range: ...
    present_match: builtins.bool
    invert_match: builtins.bool
    prefix_match: builtins.str
    suffix_match: builtins.str
    @builtins.property
    def safe_regex_match(self) -> _type_matcher_v3.RegexMatcher: ...
    contains_match: builtins.str
    @builtins.property
    def string_match(self) -> _type_matcher_v3.StringMatcher: ...
    treat_missing_header_as_empty: builtins.bool
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        exact_match: builtins.str | None = ...,
        range_match: _type_v3.Int64Range | None = ...,
        present_match: builtins.bool | None = ...,
        invert_match: builtins.bool | None = ...,
        prefix_match: builtins.str | None = ...,
        suffix_match: builtins.str | None = ...,
        safe_regex_match: _type_matcher_v3.RegexMatcher | None = ...,
        contains_match: builtins.str | None = ...,
        string_match: _type_matcher_v3.StringMatcher | None = ...,
        treat_missing_header_as_empty: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["exact_match", "range_match", "present_match", "prefix_match", "suffix_match", "safe_regex_match", "contains_match", "string_match", "header_match_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "exact_match", "range_match", "present_match", "invert_match", "prefix_match", "suffix_match", "safe_regex_match", "contains_match", "string_match", "treat_missing_header_as_empty", "header_match_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["header_match_specifier"]) -> typing.Literal["exact_match", "range_match", "present_match", "prefix_match", "suffix_match", "safe_regex_match", "contains_match", "string_match"] | None: ...

class HedgePolicy(_Message):
    @builtins.property
    def initial_requests(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def additional_request_chance(self) -> _type_v3.FractionalPercent: ...
    hedge_on_per_try_timeout: builtins.bool
    def __init__(
        self,
        *,
        initial_requests: _wrappers_pb2.UInt32Value | None = ...,
        additional_request_chance: _type_v3.FractionalPercent | None = ...,
        hedge_on_per_try_timeout: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["initial_requests", "additional_request_chance"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["initial_requests", "additional_request_chance", "hedge_on_per_try_timeout"]) -> None: ...

class InternalRedirectPolicy(_Message):
    @builtins.property
    def max_internal_redirects(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def redirect_response_codes(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
    @builtins.property
    def predicates(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    allow_cross_scheme_redirect: builtins.bool
    @builtins.property
    def response_headers_to_copy(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        max_internal_redirects: _wrappers_pb2.UInt32Value | None = ...,
        redirect_response_codes: collections.abc.Iterable[builtins.int] | None = ...,
        predicates: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        allow_cross_scheme_redirect: builtins.bool | None = ...,
        response_headers_to_copy: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_internal_redirects"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_internal_redirects", "redirect_response_codes", "predicates", "allow_cross_scheme_redirect", "response_headers_to_copy"]) -> None: ...

class NonForwardingAction(_Message):
    def __init__(self) -> None: ...

class QueryParameterMatcher(_Message):
    name: builtins.str
    @builtins.property
    def string_match(self) -> _type_matcher_v3.StringMatcher: ...
    present_match: builtins.bool
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        string_match: _type_matcher_v3.StringMatcher | None = ...,
        present_match: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["string_match", "present_match", "query_parameter_match_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "string_match", "present_match", "query_parameter_match_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["query_parameter_match_specifier"]) -> typing.Literal["string_match", "present_match"] | None: ...

class RateLimit(_Message):
    class XRateLimitOption(_EnumValue):
        UNSPECIFIED: typing.ClassVar[_config_route_v3.RateLimit.XRateLimitOption]
        OFF: typing.ClassVar[_config_route_v3.RateLimit.XRateLimitOption]
        DRAFT_VERSION_03: typing.ClassVar[_config_route_v3.RateLimit.XRateLimitOption]

    class Action(_Message):
        class DestinationCluster(_Message):
            def __init__(self) -> None: ...

        class DynamicMetaData(_Message):
            descriptor_key: builtins.str
            @builtins.property
            def metadata_key(self) -> _type_metadata_v3.MetadataKey: ...
            default_value: builtins.str
            def __init__(
                self,
                *,
                descriptor_key: builtins.str | None = ...,
                metadata_key: _type_metadata_v3.MetadataKey | None = ...,
                default_value: builtins.str | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["metadata_key"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["descriptor_key", "metadata_key", "default_value"]) -> None: ...

        class GenericKey(_Message):
            descriptor_value: builtins.str
            descriptor_key: builtins.str
            default_value: builtins.str
            def __init__(
                self,
                *,
                descriptor_value: builtins.str | None = ...,
                descriptor_key: builtins.str | None = ...,
                default_value: builtins.str | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["descriptor_value", "descriptor_key", "default_value"]) -> None: ...

        class HeaderValueMatch(_Message):
            descriptor_value: builtins.str
            @builtins.property
            def expect_match(self) -> _wrappers_pb2.BoolValue: ...
            @builtins.property
            def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.HeaderMatcher]: ...
            descriptor_key: builtins.str
            default_value: builtins.str
            def __init__(
                self,
                *,
                descriptor_value: builtins.str | None = ...,
                expect_match: _wrappers_pb2.BoolValue | None = ...,
                headers: collections.abc.Iterable[_config_route_v3.HeaderMatcher] | None = ...,
                descriptor_key: builtins.str | None = ...,
                default_value: builtins.str | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["expect_match"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["descriptor_value", "expect_match", "headers", "descriptor_key", "default_value"]) -> None: ...

        class MaskedRemoteAddress(_Message):
            @builtins.property
            def v4_prefix_mask_len(self) -> _wrappers_pb2.UInt32Value: ...
            @builtins.property
            def v6_prefix_mask_len(self) -> _wrappers_pb2.UInt32Value: ...
            def __init__(
                self,
                *,
                v4_prefix_mask_len: _wrappers_pb2.UInt32Value | None = ...,
                v6_prefix_mask_len: _wrappers_pb2.UInt32Value | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["v4_prefix_mask_len", "v6_prefix_mask_len"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["v4_prefix_mask_len", "v6_prefix_mask_len"]) -> None: ...

        class MetaData(_Message):
            class Source(_EnumValue):
                DYNAMIC: typing.ClassVar[_config_route_v3.RateLimit.Action.MetaData.Source]
                ROUTE_ENTRY: typing.ClassVar[_config_route_v3.RateLimit.Action.MetaData.Source]
                CLUSTER_ENTRY: typing.ClassVar[_config_route_v3.RateLimit.Action.MetaData.Source]
                CLUSTER_LOCALITY_ENTRY: typing.ClassVar[_config_route_v3.RateLimit.Action.MetaData.Source]

            descriptor_key: builtins.str
            @builtins.property
            def metadata_key(self) -> _type_metadata_v3.MetadataKey: ...
            default_value: builtins.str
            source: _config_route_v3.RateLimit.Action.MetaData.Source
            skip_if_absent: builtins.bool
            def __init__(
                self,
                *,
                descriptor_key: builtins.str | None = ...,
                metadata_key: _type_metadata_v3.MetadataKey | None = ...,
                default_value: builtins.str | None = ...,
                source: _config_route_v3.RateLimit.Action.MetaData.Source | None = ...,
                skip_if_absent: builtins.bool | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["metadata_key"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["descriptor_key", "metadata_key", "default_value", "source", "skip_if_absent"]) -> None: ...

        class QueryParameterValueMatch(_Message):
            descriptor_value: builtins.str
            @builtins.property
            def expect_match(self) -> _wrappers_pb2.BoolValue: ...
            @builtins.property
            def query_parameters(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.QueryParameterMatcher]: ...
            descriptor_key: builtins.str
            default_value: builtins.str
            def __init__(
                self,
                *,
                descriptor_value: builtins.str | None = ...,
                expect_match: _wrappers_pb2.BoolValue | None = ...,
                query_parameters: collections.abc.Iterable[_config_route_v3.QueryParameterMatcher] | None = ...,
                descriptor_key: builtins.str | None = ...,
                default_value: builtins.str | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["expect_match"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["descriptor_value", "expect_match", "query_parameters", "descriptor_key", "default_value"]) -> None: ...

        class QueryParameters(_Message):
            query_parameter_name: builtins.str
            descriptor_key: builtins.str
            skip_if_absent: builtins.bool
            def __init__(
                self,
                *,
                query_parameter_name: builtins.str | None = ...,
                descriptor_key: builtins.str | None = ...,
                skip_if_absent: builtins.bool | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["query_parameter_name", "descriptor_key", "skip_if_absent"]) -> None: ...

        class RemoteAddress(_Message):
            def __init__(self) -> None: ...

        class RemoteAddressMatch(_Message):
            descriptor_value: builtins.str
            descriptor_key: builtins.str
            default_value: builtins.str
            @builtins.property
            def address_matcher(self) -> _type_matcher_v3.AddressMatcher: ...
            def __init__(
                self,
                *,
                descriptor_value: builtins.str | None = ...,
                descriptor_key: builtins.str | None = ...,
                default_value: builtins.str | None = ...,
                address_matcher: _type_matcher_v3.AddressMatcher | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["address_matcher"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["descriptor_value", "descriptor_key", "default_value", "address_matcher"]) -> None: ...

        class RequestHeaders(_Message):
            header_name: builtins.str
            descriptor_key: builtins.str
            skip_if_absent: builtins.bool
            def __init__(
                self,
                *,
                header_name: builtins.str | None = ...,
                descriptor_key: builtins.str | None = ...,
                skip_if_absent: builtins.bool | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["header_name", "descriptor_key", "skip_if_absent"]) -> None: ...

        class SourceCluster(_Message):
            def __init__(self) -> None: ...

        @builtins.property
        def source_cluster(self) -> _config_route_v3.RateLimit.Action.SourceCluster: ...
        @builtins.property
        def destination_cluster(self) -> _config_route_v3.RateLimit.Action.DestinationCluster: ...
        @builtins.property
        def request_headers(self) -> _config_route_v3.RateLimit.Action.RequestHeaders: ...
        @builtins.property
        def remote_address(self) -> _config_route_v3.RateLimit.Action.RemoteAddress: ...
        @builtins.property
        def generic_key(self) -> _config_route_v3.RateLimit.Action.GenericKey: ...
        @builtins.property
        def header_value_match(self) -> _config_route_v3.RateLimit.Action.HeaderValueMatch: ...
        @builtins.property
        def dynamic_metadata(self) -> _config_route_v3.RateLimit.Action.DynamicMetaData: ...
        @builtins.property
        def metadata(self) -> _config_route_v3.RateLimit.Action.MetaData: ...
        @builtins.property
        def extension(self) -> _config_core_v3.TypedExtensionConfig: ...
        @builtins.property
        def masked_remote_address(self) -> _config_route_v3.RateLimit.Action.MaskedRemoteAddress: ...
        @builtins.property
        def query_parameter_value_match(self) -> _config_route_v3.RateLimit.Action.QueryParameterValueMatch: ...
        @builtins.property
        def query_parameters(self) -> _config_route_v3.RateLimit.Action.QueryParameters: ...
        @builtins.property
        def remote_address_match(self) -> _config_route_v3.RateLimit.Action.RemoteAddressMatch: ...
        def __init__(
            self,
            *,
            source_cluster: _config_route_v3.RateLimit.Action.SourceCluster | None = ...,
            destination_cluster: _config_route_v3.RateLimit.Action.DestinationCluster | None = ...,
            request_headers: _config_route_v3.RateLimit.Action.RequestHeaders | None = ...,
            remote_address: _config_route_v3.RateLimit.Action.RemoteAddress | None = ...,
            generic_key: _config_route_v3.RateLimit.Action.GenericKey | None = ...,
            header_value_match: _config_route_v3.RateLimit.Action.HeaderValueMatch | None = ...,
            dynamic_metadata: _config_route_v3.RateLimit.Action.DynamicMetaData | None = ...,
            metadata: _config_route_v3.RateLimit.Action.MetaData | None = ...,
            extension: _config_core_v3.TypedExtensionConfig | None = ...,
            masked_remote_address: _config_route_v3.RateLimit.Action.MaskedRemoteAddress | None = ...,
            query_parameter_value_match: _config_route_v3.RateLimit.Action.QueryParameterValueMatch | None = ...,
            query_parameters: _config_route_v3.RateLimit.Action.QueryParameters | None = ...,
            remote_address_match: _config_route_v3.RateLimit.Action.RemoteAddressMatch | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["source_cluster", "destination_cluster", "request_headers", "remote_address", "generic_key", "header_value_match", "dynamic_metadata", "metadata", "extension", "masked_remote_address", "query_parameter_value_match", "query_parameters", "remote_address_match", "action_specifier"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["source_cluster", "destination_cluster", "request_headers", "remote_address", "generic_key", "header_value_match", "dynamic_metadata", "metadata", "extension", "masked_remote_address", "query_parameter_value_match", "query_parameters", "remote_address_match", "action_specifier"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["action_specifier"]) -> typing.Literal["source_cluster", "destination_cluster", "request_headers", "remote_address", "generic_key", "header_value_match", "dynamic_metadata", "metadata", "extension", "masked_remote_address", "query_parameter_value_match", "query_parameters", "remote_address_match"] | None: ...

    class HitsAddend(_Message):
        @builtins.property
        def number(self) -> _wrappers_pb2.UInt64Value: ...
        format: builtins.str
        is_negative_hits: builtins.bool
        def __init__(
            self,
            *,
            number: _wrappers_pb2.UInt64Value | None = ...,
            format: builtins.str | None = ...,
            is_negative_hits: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["number"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["number", "format", "is_negative_hits"]) -> None: ...

    class Override(_Message):
        class DynamicMetadata(_Message):
            @builtins.property
            def metadata_key(self) -> _type_metadata_v3.MetadataKey: ...
            def __init__(
                self,
                *,
                metadata_key: _type_metadata_v3.MetadataKey | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["metadata_key"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["metadata_key"]) -> None: ...

        class RateLimitOverride(_Message):
            requests_per_unit: builtins.int
            unit: _type_v3.RateLimitUnit
            def __init__(
                self,
                *,
                requests_per_unit: builtins.int | None = ...,
                unit: _type_v3.RateLimitUnit | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["requests_per_unit", "unit"]) -> None: ...

        @builtins.property
        def dynamic_metadata(self) -> _config_route_v3.RateLimit.Override.DynamicMetadata: ...
        @builtins.property
        def rate_limit(self) -> _config_route_v3.RateLimit.Override.RateLimitOverride: ...
        def __init__(
            self,
            *,
            dynamic_metadata: _config_route_v3.RateLimit.Override.DynamicMetadata | None = ...,
            rate_limit: _config_route_v3.RateLimit.Override.RateLimitOverride | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["dynamic_metadata", "rate_limit", "override_specifier"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["dynamic_metadata", "rate_limit", "override_specifier"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["override_specifier"]) -> typing.Literal["dynamic_metadata", "rate_limit"] | None: ...

    @builtins.property
    def stage(self) -> _wrappers_pb2.UInt32Value: ...
    disable_key: builtins.str
    @builtins.property
    def actions(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RateLimit.Action]: ...
    @builtins.property
    def limit(self) -> _config_route_v3.RateLimit.Override: ...
    @builtins.property
    def hits_addend(self) -> _config_route_v3.RateLimit.HitsAddend: ...
    apply_on_stream_done: builtins.bool
    x_ratelimit_option: _config_route_v3.RateLimit.XRateLimitOption
    def __init__(
        self,
        *,
        stage: _wrappers_pb2.UInt32Value | None = ...,
        disable_key: builtins.str | None = ...,
        actions: collections.abc.Iterable[_config_route_v3.RateLimit.Action] | None = ...,
        limit: _config_route_v3.RateLimit.Override | None = ...,
        hits_addend: _config_route_v3.RateLimit.HitsAddend | None = ...,
        apply_on_stream_done: builtins.bool | None = ...,
        x_ratelimit_option: _config_route_v3.RateLimit.XRateLimitOption | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["stage", "limit", "hits_addend"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["stage", "disable_key", "actions", "limit", "hits_addend", "apply_on_stream_done", "x_ratelimit_option"]) -> None: ...

class RedirectAction(_Message):
    class RedirectResponseCode(_EnumValue):
        MOVED_PERMANENTLY: typing.ClassVar[_config_route_v3.RedirectAction.RedirectResponseCode]
        FOUND: typing.ClassVar[_config_route_v3.RedirectAction.RedirectResponseCode]
        SEE_OTHER: typing.ClassVar[_config_route_v3.RedirectAction.RedirectResponseCode]
        TEMPORARY_REDIRECT: typing.ClassVar[_config_route_v3.RedirectAction.RedirectResponseCode]
        PERMANENT_REDIRECT: typing.ClassVar[_config_route_v3.RedirectAction.RedirectResponseCode]

    host_redirect: builtins.str
    path_redirect: builtins.str
    response_code: _config_route_v3.RedirectAction.RedirectResponseCode
    https_redirect: builtins.bool
    prefix_rewrite: builtins.str
    strip_query: builtins.bool
    scheme_redirect: builtins.str
    port_redirect: builtins.int
    @builtins.property
    def regex_rewrite(self) -> _type_matcher_v3.RegexMatchAndSubstitute: ...
    path_rewrite: builtins.str
    def __init__(
        self,
        *,
        host_redirect: builtins.str | None = ...,
        path_redirect: builtins.str | None = ...,
        response_code: _config_route_v3.RedirectAction.RedirectResponseCode | None = ...,
        https_redirect: builtins.bool | None = ...,
        prefix_rewrite: builtins.str | None = ...,
        strip_query: builtins.bool | None = ...,
        scheme_redirect: builtins.str | None = ...,
        port_redirect: builtins.int | None = ...,
        regex_rewrite: _type_matcher_v3.RegexMatchAndSubstitute | None = ...,
        path_rewrite: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["path_redirect", "https_redirect", "prefix_rewrite", "scheme_redirect", "regex_rewrite", "path_rewrite", "path_rewrite_specifier", "scheme_rewrite_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["host_redirect", "path_redirect", "response_code", "https_redirect", "prefix_rewrite", "strip_query", "scheme_redirect", "port_redirect", "regex_rewrite", "path_rewrite", "path_rewrite_specifier", "scheme_rewrite_specifier"]) -> None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["path_rewrite_specifier"]) -> typing.Literal["path_redirect", "prefix_rewrite", "regex_rewrite", "path_rewrite"] | None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["scheme_rewrite_specifier"]) -> typing.Literal["https_redirect", "scheme_redirect"] | None: ...

class RetryPolicy(_Message):
    class ResetHeaderFormat(_EnumValue):
        SECONDS: typing.ClassVar[_config_route_v3.RetryPolicy.ResetHeaderFormat]
        UNIX_TIMESTAMP: typing.ClassVar[_config_route_v3.RetryPolicy.ResetHeaderFormat]

    class RateLimitedRetryBackOff(_Message):
        @builtins.property
        def reset_headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RetryPolicy.ResetHeader]: ...
        @builtins.property
        def max_interval(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            reset_headers: collections.abc.Iterable[_config_route_v3.RetryPolicy.ResetHeader] | None = ...,
            max_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["max_interval"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["reset_headers", "max_interval"]) -> None: ...

    class ResetHeader(_Message):
        name: builtins.str
        format: _config_route_v3.RetryPolicy.ResetHeaderFormat
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            format: _config_route_v3.RetryPolicy.ResetHeaderFormat | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["name", "format"]) -> None: ...

    class RetryBackOff(_Message):
        @builtins.property
        def base_interval(self) -> _duration_pb2.Duration: ...
        @builtins.property
        def max_interval(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            base_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
            max_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["base_interval", "max_interval"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["base_interval", "max_interval"]) -> None: ...

    class RetryHostPredicate(_Message):
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

    class RetryPriority(_Message):
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

    retry_on: builtins.str
    @builtins.property
    def num_retries(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def per_try_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def retry_priority(self) -> _config_route_v3.RetryPolicy.RetryPriority: ...
    @builtins.property
    def retry_host_predicate(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RetryPolicy.RetryHostPredicate]: ...
    host_selection_retry_max_attempts: builtins.int
    @builtins.property
    def retriable_status_codes(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
    @builtins.property
    def retry_back_off(self) -> _config_route_v3.RetryPolicy.RetryBackOff: ...
    @builtins.property
    def retriable_headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.HeaderMatcher]: ...
    @builtins.property
    def retriable_request_headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.HeaderMatcher]: ...
    @builtins.property
    def rate_limited_retry_back_off(self) -> _config_route_v3.RetryPolicy.RateLimitedRetryBackOff: ...
    @builtins.property
    def retry_options_predicates(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    @builtins.property
    def per_try_idle_timeout(self) -> _duration_pb2.Duration: ...
    refresh_cluster_on_retry: builtins.bool
    def __init__(
        self,
        *,
        retry_on: builtins.str | None = ...,
        num_retries: _wrappers_pb2.UInt32Value | None = ...,
        per_try_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        retry_priority: _config_route_v3.RetryPolicy.RetryPriority | None = ...,
        retry_host_predicate: collections.abc.Iterable[_config_route_v3.RetryPolicy.RetryHostPredicate] | None = ...,
        host_selection_retry_max_attempts: builtins.int | None = ...,
        retriable_status_codes: collections.abc.Iterable[builtins.int] | None = ...,
        retry_back_off: _config_route_v3.RetryPolicy.RetryBackOff | None = ...,
        retriable_headers: collections.abc.Iterable[_config_route_v3.HeaderMatcher] | None = ...,
        retriable_request_headers: collections.abc.Iterable[_config_route_v3.HeaderMatcher] | None = ...,
        rate_limited_retry_back_off: _config_route_v3.RetryPolicy.RateLimitedRetryBackOff | None = ...,
        retry_options_predicates: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        per_try_idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        refresh_cluster_on_retry: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["num_retries", "per_try_timeout", "retry_priority", "retry_back_off", "rate_limited_retry_back_off", "per_try_idle_timeout"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["retry_on", "num_retries", "per_try_timeout", "retry_priority", "retry_host_predicate", "host_selection_retry_max_attempts", "retriable_status_codes", "retry_back_off", "retriable_headers", "retriable_request_headers", "rate_limited_retry_back_off", "retry_options_predicates", "per_try_idle_timeout", "refresh_cluster_on_retry"]) -> None: ...

class Route(_Message):
    @builtins.property
    def match(self) -> _config_route_v3.RouteMatch: ...
    @builtins.property
    def route(self) -> _config_route_v3.RouteAction: ...
    @builtins.property
    def redirect(self) -> _config_route_v3.RedirectAction: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def decorator(self) -> _config_route_v3.Decorator: ...
    @builtins.property
    def direct_response(self) -> _config_route_v3.DirectResponseAction: ...
    @builtins.property
    def request_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def response_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def response_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def request_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def typed_per_filter_config(self) -> _containers.MessageMap[builtins.str, _any_pb2.Any]: ...
    name: builtins.str
    @builtins.property
    def tracing(self) -> _config_route_v3.Tracing: ...
    @builtins.property
    def per_request_buffer_limit_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def filter_action(self) -> _config_route_v3.FilterAction: ...
    @builtins.property
    def non_forwarding_action(self) -> _config_route_v3.NonForwardingAction: ...
    stat_prefix: builtins.str
    @builtins.property
    def request_body_buffer_limit(self) -> _wrappers_pb2.UInt64Value: ...
    def __init__(
        self,
        *,
        match: _config_route_v3.RouteMatch | None = ...,
        route: _config_route_v3.RouteAction | None = ...,
        redirect: _config_route_v3.RedirectAction | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        decorator: _config_route_v3.Decorator | None = ...,
        direct_response: _config_route_v3.DirectResponseAction | None = ...,
        request_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        response_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        response_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
        request_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
        typed_per_filter_config: collections.abc.Mapping[builtins.str, _any_pb2.Any] | None = ...,
        name: builtins.str | None = ...,
        tracing: _config_route_v3.Tracing | None = ...,
        per_request_buffer_limit_bytes: _wrappers_pb2.UInt32Value | None = ...,
        filter_action: _config_route_v3.FilterAction | None = ...,
        non_forwarding_action: _config_route_v3.NonForwardingAction | None = ...,
        stat_prefix: builtins.str | None = ...,
        request_body_buffer_limit: _wrappers_pb2.UInt64Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["match", "route", "redirect", "metadata", "decorator", "direct_response", "tracing", "per_request_buffer_limit_bytes", "filter_action", "non_forwarding_action", "request_body_buffer_limit", "action"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["match", "route", "redirect", "metadata", "decorator", "direct_response", "request_headers_to_add", "response_headers_to_add", "response_headers_to_remove", "request_headers_to_remove", "typed_per_filter_config", "name", "tracing", "per_request_buffer_limit_bytes", "filter_action", "non_forwarding_action", "stat_prefix", "request_body_buffer_limit", "action"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["action"]) -> typing.Literal["route", "redirect", "direct_response", "filter_action", "non_forwarding_action"] | None: ...

class RouteAction(_Message):
    class ClusterNotFoundResponseCode(_EnumValue):
        SERVICE_UNAVAILABLE: typing.ClassVar[_config_route_v3.RouteAction.ClusterNotFoundResponseCode]
        NOT_FOUND: typing.ClassVar[_config_route_v3.RouteAction.ClusterNotFoundResponseCode]
        INTERNAL_SERVER_ERROR: typing.ClassVar[_config_route_v3.RouteAction.ClusterNotFoundResponseCode]

    class InternalRedirectAction(_EnumValue):
        PASS_THROUGH_INTERNAL_REDIRECT: typing.ClassVar[_config_route_v3.RouteAction.InternalRedirectAction]
        HANDLE_INTERNAL_REDIRECT: typing.ClassVar[_config_route_v3.RouteAction.InternalRedirectAction]

    class HashPolicy(_Message):
        class ConnectionProperties(_Message):
            source_ip: builtins.bool
            def __init__(
                self,
                *,
                source_ip: builtins.bool | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["source_ip"]) -> None: ...

        class Cookie(_Message):
            name: builtins.str
            @builtins.property
            def ttl(self) -> _duration_pb2.Duration: ...
            path: builtins.str
            @builtins.property
            def attributes(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RouteAction.HashPolicy.CookieAttribute]: ...
            def __init__(
                self,
                *,
                name: builtins.str | None = ...,
                ttl: _duration_pb2.Duration | datetime.timedelta | None = ...,
                path: builtins.str | None = ...,
                attributes: collections.abc.Iterable[_config_route_v3.RouteAction.HashPolicy.CookieAttribute] | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["ttl"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["name", "ttl", "path", "attributes"]) -> None: ...

        class CookieAttribute(_Message):
            name: builtins.str
            value: builtins.str
            def __init__(
                self,
                *,
                name: builtins.str | None = ...,
                value: builtins.str | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["name", "value"]) -> None: ...

        class FilterState(_Message):
            key: builtins.str
            def __init__(
                self,
                *,
                key: builtins.str | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["key"]) -> None: ...

        class Header(_Message):
            header_name: builtins.str
            @builtins.property
            def regex_rewrite(self) -> _type_matcher_v3.RegexMatchAndSubstitute: ...
            def __init__(
                self,
                *,
                header_name: builtins.str | None = ...,
                regex_rewrite: _type_matcher_v3.RegexMatchAndSubstitute | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["regex_rewrite"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["header_name", "regex_rewrite"]) -> None: ...

        class QueryParameter(_Message):
            name: builtins.str
            def __init__(
                self,
                *,
                name: builtins.str | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["name"]) -> None: ...

        @builtins.property
        def header(self) -> _config_route_v3.RouteAction.HashPolicy.Header: ...
        @builtins.property
        def cookie(self) -> _config_route_v3.RouteAction.HashPolicy.Cookie: ...
        @builtins.property
        def connection_properties(self) -> _config_route_v3.RouteAction.HashPolicy.ConnectionProperties: ...
        terminal: builtins.bool
        @builtins.property
        def query_parameter(self) -> _config_route_v3.RouteAction.HashPolicy.QueryParameter: ...
        @builtins.property
        def filter_state(self) -> _config_route_v3.RouteAction.HashPolicy.FilterState: ...
        def __init__(
            self,
            *,
            header: _config_route_v3.RouteAction.HashPolicy.Header | None = ...,
            cookie: _config_route_v3.RouteAction.HashPolicy.Cookie | None = ...,
            connection_properties: _config_route_v3.RouteAction.HashPolicy.ConnectionProperties | None = ...,
            terminal: builtins.bool | None = ...,
            query_parameter: _config_route_v3.RouteAction.HashPolicy.QueryParameter | None = ...,
            filter_state: _config_route_v3.RouteAction.HashPolicy.FilterState | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["header", "cookie", "connection_properties", "query_parameter", "filter_state", "policy_specifier"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["header", "cookie", "connection_properties", "terminal", "query_parameter", "filter_state", "policy_specifier"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["policy_specifier"]) -> typing.Literal["header", "cookie", "connection_properties", "query_parameter", "filter_state"] | None: ...

    class MaxStreamDuration(_Message):
        @builtins.property
        def max_stream_duration(self) -> _duration_pb2.Duration: ...
        @builtins.property
        def grpc_timeout_header_max(self) -> _duration_pb2.Duration: ...
        @builtins.property
        def grpc_timeout_header_offset(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            max_stream_duration: _duration_pb2.Duration | datetime.timedelta | None = ...,
            grpc_timeout_header_max: _duration_pb2.Duration | datetime.timedelta | None = ...,
            grpc_timeout_header_offset: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["max_stream_duration", "grpc_timeout_header_max", "grpc_timeout_header_offset"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["max_stream_duration", "grpc_timeout_header_max", "grpc_timeout_header_offset"]) -> None: ...

    class RequestMirrorPolicy(_Message):
        cluster: builtins.str
        @builtins.property
        def runtime_fraction(self) -> _config_core_v3.RuntimeFractionalPercent: ...
        @builtins.property
        def trace_sampled(self) -> _wrappers_pb2.BoolValue: ...
        cluster_header: builtins.str
        disable_shadow_host_suffix_append: builtins.bool
        @builtins.property
        def request_headers_mutations(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_mutation_rules_v3.HeaderMutation]: ...
        host_rewrite_literal: builtins.str
        def __init__(
            self,
            *,
            cluster: builtins.str | None = ...,
            runtime_fraction: _config_core_v3.RuntimeFractionalPercent | None = ...,
            trace_sampled: _wrappers_pb2.BoolValue | None = ...,
            cluster_header: builtins.str | None = ...,
            disable_shadow_host_suffix_append: builtins.bool | None = ...,
            request_headers_mutations: collections.abc.Iterable[_config_common_mutation_rules_v3.HeaderMutation] | None = ...,
            host_rewrite_literal: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["runtime_fraction", "trace_sampled"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["cluster", "runtime_fraction", "trace_sampled", "cluster_header", "disable_shadow_host_suffix_append", "request_headers_mutations", "host_rewrite_literal"]) -> None: ...

    class UpgradeConfig(_Message):
        class ConnectConfig(_Message):
            @builtins.property
            def proxy_protocol_config(self) -> _config_core_v3.ProxyProtocolConfig: ...
            allow_post: builtins.bool
            def __init__(
                self,
                *,
                proxy_protocol_config: _config_core_v3.ProxyProtocolConfig | None = ...,
                allow_post: builtins.bool | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["proxy_protocol_config"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["proxy_protocol_config", "allow_post"]) -> None: ...

        upgrade_type: builtins.str
        @builtins.property
        def enabled(self) -> _wrappers_pb2.BoolValue: ...
        @builtins.property
        def connect_config(self) -> _config_route_v3.RouteAction.UpgradeConfig.ConnectConfig: ...
        def __init__(
            self,
            *,
            upgrade_type: builtins.str | None = ...,
            enabled: _wrappers_pb2.BoolValue | None = ...,
            connect_config: _config_route_v3.RouteAction.UpgradeConfig.ConnectConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["enabled", "connect_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["upgrade_type", "enabled", "connect_config"]) -> None: ...

    cluster: builtins.str
    cluster_header: builtins.str
    @builtins.property
    def weighted_clusters(self) -> _config_route_v3.WeightedCluster: ...
    @builtins.property
    def metadata_match(self) -> _config_core_v3.Metadata: ...
    prefix_rewrite: builtins.str
    host_rewrite_literal: builtins.str
    @builtins.property
    def auto_host_rewrite(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def retry_policy(self) -> _config_route_v3.RetryPolicy: ...
    priority: _config_core_v3.RoutingPriority
    @builtins.property
    def rate_limits(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RateLimit]: ...
    @builtins.property
    def include_vh_rate_limits(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def hash_policy(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RouteAction.HashPolicy]: ...
    @builtins.property
    def cors(self) -> _config_route_v3.CorsPolicy: ...
    cluster_not_found_response_code: _config_route_v3.RouteAction.ClusterNotFoundResponseCode
    @builtins.property
    def max_grpc_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def idle_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def upgrade_configs(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RouteAction.UpgradeConfig]: ...
    internal_redirect_action: _config_route_v3.RouteAction.InternalRedirectAction
    @builtins.property
    def hedge_policy(self) -> _config_route_v3.HedgePolicy: ...
    @builtins.property
    def grpc_timeout_offset(self) -> _duration_pb2.Duration: ...
    host_rewrite_header: builtins.str
    @builtins.property
    def request_mirror_policies(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RouteAction.RequestMirrorPolicy]: ...
    @builtins.property
    def max_internal_redirects(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def regex_rewrite(self) -> _type_matcher_v3.RegexMatchAndSubstitute: ...
    @builtins.property
    def retry_policy_typed_config(self) -> _any_pb2.Any: ...
    @builtins.property
    def internal_redirect_policy(self) -> _config_route_v3.InternalRedirectPolicy: ...
    @builtins.property
    def host_rewrite_path_regex(self) -> _type_matcher_v3.RegexMatchAndSubstitute: ...
    @builtins.property
    def max_stream_duration(self) -> _config_route_v3.RouteAction.MaxStreamDuration: ...
    cluster_specifier_plugin: builtins.str
    append_x_forwarded_host: builtins.bool
    @builtins.property
    def inline_cluster_specifier_plugin(self) -> _config_route_v3.ClusterSpecifierPlugin: ...
    @builtins.property
    def early_data_policy(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def path_rewrite_policy(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def flush_timeout(self) -> _duration_pb2.Duration: ...
    host_rewrite: builtins.str
    path_rewrite: builtins.str
    def __init__(
        self,
        *,
        cluster: builtins.str | None = ...,
        cluster_header: builtins.str | None = ...,
        weighted_clusters: _config_route_v3.WeightedCluster | None = ...,
        metadata_match: _config_core_v3.Metadata | None = ...,
        prefix_rewrite: builtins.str | None = ...,
        host_rewrite_literal: builtins.str | None = ...,
        auto_host_rewrite: _wrappers_pb2.BoolValue | None = ...,
        timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        retry_policy: _config_route_v3.RetryPolicy | None = ...,
        priority: _config_core_v3.RoutingPriority | None = ...,
        rate_limits: collections.abc.Iterable[_config_route_v3.RateLimit] | None = ...,
        include_vh_rate_limits: _wrappers_pb2.BoolValue | None = ...,
        hash_policy: collections.abc.Iterable[_config_route_v3.RouteAction.HashPolicy] | None = ...,
        cors: _config_route_v3.CorsPolicy | None = ...,
        cluster_not_found_response_code: _config_route_v3.RouteAction.ClusterNotFoundResponseCode | None = ...,
        max_grpc_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        upgrade_configs: collections.abc.Iterable[_config_route_v3.RouteAction.UpgradeConfig] | None = ...,
        internal_redirect_action: _config_route_v3.RouteAction.InternalRedirectAction | None = ...,
        hedge_policy: _config_route_v3.HedgePolicy | None = ...,
        grpc_timeout_offset: _duration_pb2.Duration | datetime.timedelta | None = ...,
        host_rewrite_header: builtins.str | None = ...,
        request_mirror_policies: collections.abc.Iterable[_config_route_v3.RouteAction.RequestMirrorPolicy] | None = ...,
        max_internal_redirects: _wrappers_pb2.UInt32Value | None = ...,
        regex_rewrite: _type_matcher_v3.RegexMatchAndSubstitute | None = ...,
        retry_policy_typed_config: _any_pb2.Any | None = ...,
        internal_redirect_policy: _config_route_v3.InternalRedirectPolicy | None = ...,
        host_rewrite_path_regex: _type_matcher_v3.RegexMatchAndSubstitute | None = ...,
        max_stream_duration: _config_route_v3.RouteAction.MaxStreamDuration | None = ...,
        cluster_specifier_plugin: builtins.str | None = ...,
        append_x_forwarded_host: builtins.bool | None = ...,
        inline_cluster_specifier_plugin: _config_route_v3.ClusterSpecifierPlugin | None = ...,
        early_data_policy: _config_core_v3.TypedExtensionConfig | None = ...,
        path_rewrite_policy: _config_core_v3.TypedExtensionConfig | None = ...,
        flush_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        host_rewrite: builtins.str | None = ...,
        path_rewrite: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["cluster", "cluster_header", "weighted_clusters", "metadata_match", "host_rewrite_literal", "auto_host_rewrite", "timeout", "retry_policy", "include_vh_rate_limits", "cors", "max_grpc_timeout", "idle_timeout", "hedge_policy", "grpc_timeout_offset", "host_rewrite_header", "max_internal_redirects", "regex_rewrite", "retry_policy_typed_config", "internal_redirect_policy", "host_rewrite_path_regex", "max_stream_duration", "cluster_specifier_plugin", "inline_cluster_specifier_plugin", "early_data_policy", "path_rewrite_policy", "flush_timeout", "host_rewrite", "cluster_specifier", "host_rewrite_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["cluster", "cluster_header", "weighted_clusters", "metadata_match", "prefix_rewrite", "host_rewrite_literal", "auto_host_rewrite", "timeout", "retry_policy", "priority", "rate_limits", "include_vh_rate_limits", "hash_policy", "cors", "cluster_not_found_response_code", "max_grpc_timeout", "idle_timeout", "upgrade_configs", "internal_redirect_action", "hedge_policy", "grpc_timeout_offset", "host_rewrite_header", "request_mirror_policies", "max_internal_redirects", "regex_rewrite", "retry_policy_typed_config", "internal_redirect_policy", "host_rewrite_path_regex", "max_stream_duration", "cluster_specifier_plugin", "append_x_forwarded_host", "inline_cluster_specifier_plugin", "early_data_policy", "path_rewrite_policy", "flush_timeout", "host_rewrite", "path_rewrite", "cluster_specifier", "host_rewrite_specifier"]) -> None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["cluster_specifier"]) -> typing.Literal["cluster", "cluster_header", "weighted_clusters", "cluster_specifier_plugin", "inline_cluster_specifier_plugin"] | None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["host_rewrite_specifier"]) -> typing.Literal["host_rewrite_literal", "auto_host_rewrite", "host_rewrite_header", "host_rewrite_path_regex", "host_rewrite"] | None: ...

class RouteConfiguration(_Message):
    name: builtins.str
    @builtins.property
    def virtual_hosts(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.VirtualHost]: ...
    @builtins.property
    def internal_only_headers(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def response_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def response_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def request_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def validate_clusters(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def request_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def vhds(self) -> _config_route_v3.Vhds: ...
    most_specific_header_mutations_wins: builtins.bool
    @builtins.property
    def max_direct_response_body_size_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def cluster_specifier_plugins(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.ClusterSpecifierPlugin]: ...
    @builtins.property
    def request_mirror_policies(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RouteAction.RequestMirrorPolicy]: ...
    ignore_port_in_host_matching: builtins.bool
    ignore_path_parameters_in_path_matching: builtins.bool
    @builtins.property
    def typed_per_filter_config(self) -> _containers.MessageMap[builtins.str, _any_pb2.Any]: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    vhost_header: builtins.str
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        virtual_hosts: collections.abc.Iterable[_config_route_v3.VirtualHost] | None = ...,
        internal_only_headers: collections.abc.Iterable[builtins.str] | None = ...,
        response_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        response_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
        request_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        validate_clusters: _wrappers_pb2.BoolValue | None = ...,
        request_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
        vhds: _config_route_v3.Vhds | None = ...,
        most_specific_header_mutations_wins: builtins.bool | None = ...,
        max_direct_response_body_size_bytes: _wrappers_pb2.UInt32Value | None = ...,
        cluster_specifier_plugins: collections.abc.Iterable[_config_route_v3.ClusterSpecifierPlugin] | None = ...,
        request_mirror_policies: collections.abc.Iterable[_config_route_v3.RouteAction.RequestMirrorPolicy] | None = ...,
        ignore_port_in_host_matching: builtins.bool | None = ...,
        ignore_path_parameters_in_path_matching: builtins.bool | None = ...,
        typed_per_filter_config: collections.abc.Mapping[builtins.str, _any_pb2.Any] | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        vhost_header: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["validate_clusters", "vhds", "max_direct_response_body_size_bytes", "metadata"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "virtual_hosts", "internal_only_headers", "response_headers_to_add", "response_headers_to_remove", "request_headers_to_add", "validate_clusters", "request_headers_to_remove", "vhds", "most_specific_header_mutations_wins", "max_direct_response_body_size_bytes", "cluster_specifier_plugins", "request_mirror_policies", "ignore_port_in_host_matching", "ignore_path_parameters_in_path_matching", "typed_per_filter_config", "metadata", "vhost_header"]) -> None: ...

class RouteList(_Message):
    @builtins.property
    def routes(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.Route]: ...
    def __init__(
        self,
        *,
        routes: collections.abc.Iterable[_config_route_v3.Route] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["routes"]) -> None: ...

class RouteMatch(_Message):
    class ConnectMatcher(_Message):
        def __init__(self) -> None: ...

    class GrpcRouteMatchOptions(_Message):
        def __init__(self) -> None: ...

    class TlsContextMatchOptions(_Message):
        @builtins.property
        def presented(self) -> _wrappers_pb2.BoolValue: ...
        @builtins.property
        def validated(self) -> _wrappers_pb2.BoolValue: ...
        def __init__(
            self,
            *,
            presented: _wrappers_pb2.BoolValue | None = ...,
            validated: _wrappers_pb2.BoolValue | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["presented", "validated"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["presented", "validated"]) -> None: ...

    prefix: builtins.str
    path: builtins.str
    @builtins.property
    def case_sensitive(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.HeaderMatcher]: ...
    @builtins.property
    def query_parameters(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.QueryParameterMatcher]: ...
    @builtins.property
    def grpc(self) -> _config_route_v3.RouteMatch.GrpcRouteMatchOptions: ...
    @builtins.property
    def runtime_fraction(self) -> _config_core_v3.RuntimeFractionalPercent: ...
    @builtins.property
    def safe_regex(self) -> _type_matcher_v3.RegexMatcher: ...
    @builtins.property
    def tls_context(self) -> _config_route_v3.RouteMatch.TlsContextMatchOptions: ...
    @builtins.property
    def connect_matcher(self) -> _config_route_v3.RouteMatch.ConnectMatcher: ...
    @builtins.property
    def dynamic_metadata(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.MetadataMatcher]: ...
    path_separated_prefix: builtins.str
    @builtins.property
    def path_match_policy(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def filter_state(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.FilterStateMatcher]: ...
    @builtins.property
    def cookies(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.CookieMatcher]: ...
    def __init__(
        self,
        *,
        prefix: builtins.str | None = ...,
        path: builtins.str | None = ...,
        case_sensitive: _wrappers_pb2.BoolValue | None = ...,
        headers: collections.abc.Iterable[_config_route_v3.HeaderMatcher] | None = ...,
        query_parameters: collections.abc.Iterable[_config_route_v3.QueryParameterMatcher] | None = ...,
        grpc: _config_route_v3.RouteMatch.GrpcRouteMatchOptions | None = ...,
        runtime_fraction: _config_core_v3.RuntimeFractionalPercent | None = ...,
        safe_regex: _type_matcher_v3.RegexMatcher | None = ...,
        tls_context: _config_route_v3.RouteMatch.TlsContextMatchOptions | None = ...,
        connect_matcher: _config_route_v3.RouteMatch.ConnectMatcher | None = ...,
        dynamic_metadata: collections.abc.Iterable[_type_matcher_v3.MetadataMatcher] | None = ...,
        path_separated_prefix: builtins.str | None = ...,
        path_match_policy: _config_core_v3.TypedExtensionConfig | None = ...,
        filter_state: collections.abc.Iterable[_type_matcher_v3.FilterStateMatcher] | None = ...,
        cookies: collections.abc.Iterable[_config_route_v3.CookieMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["prefix", "path", "case_sensitive", "grpc", "runtime_fraction", "safe_regex", "tls_context", "connect_matcher", "path_separated_prefix", "path_match_policy", "path_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["prefix", "path", "case_sensitive", "headers", "query_parameters", "grpc", "runtime_fraction", "safe_regex", "tls_context", "connect_matcher", "dynamic_metadata", "path_separated_prefix", "path_match_policy", "filter_state", "cookies", "path_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["path_specifier"]) -> typing.Literal["prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix", "path_match_policy"] | None: ...

class ScopedRouteConfiguration(_Message):
    class Key(_Message):
        class Fragment(_Message):
            string_key: builtins.str
            def __init__(
                self,
                *,
                string_key: builtins.str | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["string_key", "type"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["string_key", "type"]) -> None: ...
            def WhichOneof(self, oneof_group: typing.Literal["type"]) -> typing.Literal["string_key"] | None: ...

        @builtins.property
        def fragments(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.ScopedRouteConfiguration.Key.Fragment]: ...
        def __init__(
            self,
            *,
            fragments: collections.abc.Iterable[_config_route_v3.ScopedRouteConfiguration.Key.Fragment] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["fragments"]) -> None: ...

    name: builtins.str
    route_configuration_name: builtins.str
    @builtins.property
    def key(self) -> _config_route_v3.ScopedRouteConfiguration.Key: ...
    on_demand: builtins.bool
    @builtins.property
    def route_configuration(self) -> _config_route_v3.RouteConfiguration: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        route_configuration_name: builtins.str | None = ...,
        key: _config_route_v3.ScopedRouteConfiguration.Key | None = ...,
        on_demand: builtins.bool | None = ...,
        route_configuration: _config_route_v3.RouteConfiguration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["key", "route_configuration"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "route_configuration_name", "key", "on_demand", "route_configuration"]) -> None: ...

class Tracing(_Message):
    @builtins.property
    def client_sampling(self) -> _type_v3.FractionalPercent: ...
    @builtins.property
    def random_sampling(self) -> _type_v3.FractionalPercent: ...
    @builtins.property
    def overall_sampling(self) -> _type_v3.FractionalPercent: ...
    @builtins.property
    def custom_tags(self) -> _containers.RepeatedCompositeFieldContainer[_type_tracing_v3.CustomTag]: ...
    operation: builtins.str
    upstream_operation: builtins.str
    def __init__(
        self,
        *,
        client_sampling: _type_v3.FractionalPercent | None = ...,
        random_sampling: _type_v3.FractionalPercent | None = ...,
        overall_sampling: _type_v3.FractionalPercent | None = ...,
        custom_tags: collections.abc.Iterable[_type_tracing_v3.CustomTag] | None = ...,
        operation: builtins.str | None = ...,
        upstream_operation: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["client_sampling", "random_sampling", "overall_sampling"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["client_sampling", "random_sampling", "overall_sampling", "custom_tags", "operation", "upstream_operation"]) -> None: ...

class Vhds(_Message):
    @builtins.property
    def config_source(self) -> _config_core_v3.ConfigSource: ...
    def __init__(
        self,
        *,
        config_source: _config_core_v3.ConfigSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["config_source"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config_source"]) -> None: ...

class VirtualCluster(_Message):
    name: builtins.str
    @builtins.property
    def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.HeaderMatcher]: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        headers: collections.abc.Iterable[_config_route_v3.HeaderMatcher] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["name", "headers"]) -> None: ...

class VirtualHost(_Message):
    class TlsRequirementType(_EnumValue):
        NONE: typing.ClassVar[_config_route_v3.VirtualHost.TlsRequirementType]
        EXTERNAL_ONLY: typing.ClassVar[_config_route_v3.VirtualHost.TlsRequirementType]
        ALL: typing.ClassVar[_config_route_v3.VirtualHost.TlsRequirementType]

    name: builtins.str
    @builtins.property
    def domains(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def routes(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.Route]: ...
    require_tls: _config_route_v3.VirtualHost.TlsRequirementType
    @builtins.property
    def virtual_clusters(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.VirtualCluster]: ...
    @builtins.property
    def rate_limits(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RateLimit]: ...
    @builtins.property
    def request_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def cors(self) -> _config_route_v3.CorsPolicy: ...
    @builtins.property
    def response_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def response_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def request_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    include_request_attempt_count: builtins.bool
    @builtins.property
    def typed_per_filter_config(self) -> _containers.MessageMap[builtins.str, _any_pb2.Any]: ...
    @builtins.property
    def retry_policy(self) -> _config_route_v3.RetryPolicy: ...
    @builtins.property
    def hedge_policy(self) -> _config_route_v3.HedgePolicy: ...
    @builtins.property
    def per_request_buffer_limit_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    include_attempt_count_in_response: builtins.bool
    @builtins.property
    def retry_policy_typed_config(self) -> _any_pb2.Any: ...
    @builtins.property
    def matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @builtins.property
    def request_mirror_policies(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.RouteAction.RequestMirrorPolicy]: ...
    include_is_timeout_retry_header: builtins.bool
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def request_body_buffer_limit(self) -> _wrappers_pb2.UInt64Value: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        domains: collections.abc.Iterable[builtins.str] | None = ...,
        routes: collections.abc.Iterable[_config_route_v3.Route] | None = ...,
        require_tls: _config_route_v3.VirtualHost.TlsRequirementType | None = ...,
        virtual_clusters: collections.abc.Iterable[_config_route_v3.VirtualCluster] | None = ...,
        rate_limits: collections.abc.Iterable[_config_route_v3.RateLimit] | None = ...,
        request_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        cors: _config_route_v3.CorsPolicy | None = ...,
        response_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        response_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
        request_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
        include_request_attempt_count: builtins.bool | None = ...,
        typed_per_filter_config: collections.abc.Mapping[builtins.str, _any_pb2.Any] | None = ...,
        retry_policy: _config_route_v3.RetryPolicy | None = ...,
        hedge_policy: _config_route_v3.HedgePolicy | None = ...,
        per_request_buffer_limit_bytes: _wrappers_pb2.UInt32Value | None = ...,
        include_attempt_count_in_response: builtins.bool | None = ...,
        retry_policy_typed_config: _any_pb2.Any | None = ...,
        matcher: _xds_type_matcher_v3.Matcher | None = ...,
        request_mirror_policies: collections.abc.Iterable[_config_route_v3.RouteAction.RequestMirrorPolicy] | None = ...,
        include_is_timeout_retry_header: builtins.bool | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        request_body_buffer_limit: _wrappers_pb2.UInt64Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["cors", "retry_policy", "hedge_policy", "per_request_buffer_limit_bytes", "retry_policy_typed_config", "matcher", "metadata", "request_body_buffer_limit"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "domains", "routes", "require_tls", "virtual_clusters", "rate_limits", "request_headers_to_add", "cors", "response_headers_to_add", "response_headers_to_remove", "request_headers_to_remove", "include_request_attempt_count", "typed_per_filter_config", "retry_policy", "hedge_policy", "per_request_buffer_limit_bytes", "include_attempt_count_in_response", "retry_policy_typed_config", "matcher", "request_mirror_policies", "include_is_timeout_retry_header", "metadata", "request_body_buffer_limit"]) -> None: ...

class WeightedCluster(_Message):
    class ClusterWeight(_Message):
        name: builtins.str
        @builtins.property
        def weight(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def metadata_match(self) -> _config_core_v3.Metadata: ...
        @builtins.property
        def request_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
        @builtins.property
        def response_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
        @builtins.property
        def response_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        @builtins.property
        def request_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        @builtins.property
        def typed_per_filter_config(self) -> _containers.MessageMap[builtins.str, _any_pb2.Any]: ...
        host_rewrite_literal: builtins.str
        cluster_header: builtins.str
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            weight: _wrappers_pb2.UInt32Value | None = ...,
            metadata_match: _config_core_v3.Metadata | None = ...,
            request_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
            response_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
            response_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
            request_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
            typed_per_filter_config: collections.abc.Mapping[builtins.str, _any_pb2.Any] | None = ...,
            host_rewrite_literal: builtins.str | None = ...,
            cluster_header: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["weight", "metadata_match", "host_rewrite_literal", "host_rewrite_specifier"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "weight", "metadata_match", "request_headers_to_add", "response_headers_to_add", "response_headers_to_remove", "request_headers_to_remove", "typed_per_filter_config", "host_rewrite_literal", "cluster_header", "host_rewrite_specifier"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["host_rewrite_specifier"]) -> typing.Literal["host_rewrite_literal"] | None: ...

    @builtins.property
    def clusters(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.WeightedCluster.ClusterWeight]: ...
    runtime_key_prefix: builtins.str
    @builtins.property
    def total_weight(self) -> _wrappers_pb2.UInt32Value: ...
    header_name: builtins.str
    @builtins.property
    def use_hash_policy(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        clusters: collections.abc.Iterable[_config_route_v3.WeightedCluster.ClusterWeight] | None = ...,
        runtime_key_prefix: builtins.str | None = ...,
        total_weight: _wrappers_pb2.UInt32Value | None = ...,
        header_name: builtins.str | None = ...,
        use_hash_policy: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["total_weight", "header_name", "use_hash_policy", "random_value_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["clusters", "runtime_key_prefix", "total_weight", "header_name", "use_hash_policy", "random_value_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["random_value_specifier"]) -> typing.Literal["header_name", "use_hash_policy"] | None: ...

