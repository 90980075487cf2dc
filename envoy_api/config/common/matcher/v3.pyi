# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.config.common.matcher.v3 as _config_common_matcher_v3
import envoy_api.config.route.v3 as _config_route_v3

class HttpGenericBodyMatch(_Message):
    class GenericTextMatch(_Message):
        string_match: builtins.str
        binary_match: builtins.bytes
        def __init__(
            self,
            *,
            string_match: builtins.str | None = ...,
            binary_match: builtins.bytes | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["string_match", "binary_match", "rule"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["string_match", "binary_match", "rule"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["rule"]) -> typing.Literal["string_match", "binary_match"] | None: ...

    bytes_limit: builtins.int
    @builtins.property
    def patterns(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_matcher_v3.HttpGenericBodyMatch.GenericTextMatch]: ...
    def __init__(
        self,
        *,
        bytes_limit: builtins.int | None = ...,
        patterns: collections.abc.Iterable[_config_common_matcher_v3.HttpGenericBodyMatch.GenericTextMatch] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["bytes_limit", "patterns"]) -> None: ...

class HttpHeadersMatch(_Message):
    @builtins.property
    def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_route_v3.HeaderMatcher]: ...
    def __init__(
        self,
        *,
        headers: collections.abc.Iterable[_config_route_v3.HeaderMatcher] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["headers"]) -> None: ...

class MatchPredicate(_Message):
    class MatchSet(_Message):
        @builtins.property
        def rules(self) -> _containers.RepeatedCompositeFieldContainer[_config_common_matcher_v3.MatchPredicate]: ...
        def __init__(
            self,
            *,
            rules: collections.abc.Iterable[_config_common_matcher_v3.MatchPredicate] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["rules"]) -> None: ...

    @builtins.property
    def or_match(self) -> _config_common_matcher_v3.MatchPredicate.MatchSet: ...
    @builtins.property
    def and_match(self) -> _config_common_matcher_v3.MatchPredicate.MatchSet: ...
    @builtins.property
    def not_match(self) -> _config_common_matcher_v3.MatchPredicate: ...
    any_match: builtins.bool
    @builtins.property
    def http_request_headers_match(self) -> _config_common_matcher_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_request_trailers_match(self) -> _config_common_matcher_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_response_headers_match(self) -> _config_common_matcher_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_response_trailers_match(self) -> _config_common_matcher_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_request_generic_body_match(self) -> _config_common_matcher_v3.HttpGenericBodyMatch: ...
    @builtins.property
    def http_response_generic_body_match(self) -> _config_common_matcher_v3.HttpGenericBodyMatch: ...
    def __init__(
        self,
        *,
        or_match: _config_common_matcher_v3.MatchPredicate.MatchSet | None = ...,
        and_match: _config_common_matcher_v3.MatchPredicate.MatchSet | None = ...,
        not_match: _config_common_matcher_v3.MatchPredicate | None = ...,
        any_match: builtins.bool | None = ...,
        http_request_headers_match: _config_common_matcher_v3.HttpHeadersMatch | None = ...,
        http_request_trailers_match: _config_common_matcher_v3.HttpHeadersMatch | None = ...,
        http_response_headers_match: _config_common_matcher_v3.HttpHeadersMatch | None = ...,
        http_response_trailers_match: _config_common_matcher_v3.HttpHeadersMatch | None = ...,
        http_request_generic_body_match: _config_common_matcher_v3.HttpGenericBodyMatch | None = ...,
        http_response_generic_body_match: _config_common_matcher_v3.HttpGenericBodyMatch | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["or_match", "and_match", "not_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "http_request_generic_body_match", "http_response_generic_body_match", "rule"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["or_match", "and_match", "not_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "http_request_generic_body_match", "http_response_generic_body_match", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["rule"]) -> typing.Literal["or_match", "and_match", "not_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "http_request_generic_body_match", "http_response_generic_body_match"] | None: ...

