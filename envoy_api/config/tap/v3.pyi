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
import envoy_api.config.common.matcher.v3 as _config_common_matcher_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.route.v3 as _config_route_v3
import envoy_api.config.tap.v3 as _config_tap_v3

class BufferedAdminSink(_Message):
    max_traces: builtins.int
    @builtins.property
    def timeout(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        max_traces: builtins.int | None = ...,
        timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["timeout"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_traces", "timeout"]) -> None: ...

class FilePerTapSink(_Message):
    path_prefix: builtins.str
    def __init__(
        self,
        *,
        path_prefix: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["path_prefix"]) -> None: ...

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
    def patterns(self) -> _containers.RepeatedCompositeFieldContainer[_config_tap_v3.HttpGenericBodyMatch.GenericTextMatch]: ...
    def __init__(
        self,
        *,
        bytes_limit: builtins.int | None = ...,
        patterns: collections.abc.Iterable[_config_tap_v3.HttpGenericBodyMatch.GenericTextMatch] | None = ...,
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
        def rules(self) -> _containers.RepeatedCompositeFieldContainer[_config_tap_v3.MatchPredicate]: ...
        def __init__(
            self,
            *,
            rules: collections.abc.Iterable[_config_tap_v3.MatchPredicate] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["rules"]) -> None: ...

    @builtins.property
    def or_match(self) -> _config_tap_v3.MatchPredicate.MatchSet: ...
    @builtins.property
    def and_match(self) -> _config_tap_v3.MatchPredicate.MatchSet: ...
    @builtins.property
    def not_match(self) -> _config_tap_v3.MatchPredicate: ...
    any_match: builtins.bool
    @builtins.property
    def http_request_headers_match(self) -> _config_tap_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_request_trailers_match(self) -> _config_tap_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_response_headers_match(self) -> _config_tap_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_response_trailers_match(self) -> _config_tap_v3.HttpHeadersMatch: ...
    @builtins.property
    def http_request_generic_body_match(self) -> _config_tap_v3.HttpGenericBodyMatch: ...
    @builtins.property
    def http_response_generic_body_match(self) -> _config_tap_v3.HttpGenericBodyMatch: ...
    def __init__(
        self,
        *,
        or_match: _config_tap_v3.MatchPredicate.MatchSet | None = ...,
        and_match: _config_tap_v3.MatchPredicate.MatchSet | None = ...,
        not_match: _config_tap_v3.MatchPredicate | None = ...,
        any_match: builtins.bool | None = ...,
        http_request_headers_match: _config_tap_v3.HttpHeadersMatch | None = ...,
        http_request_trailers_match: _config_tap_v3.HttpHeadersMatch | None = ...,
        http_response_headers_match: _config_tap_v3.HttpHeadersMatch | None = ...,
        http_response_trailers_match: _config_tap_v3.HttpHeadersMatch | None = ...,
        http_request_generic_body_match: _config_tap_v3.HttpGenericBodyMatch | None = ...,
        http_response_generic_body_match: _config_tap_v3.HttpGenericBodyMatch | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["or_match", "and_match", "not_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "http_request_generic_body_match", "http_response_generic_body_match", "rule"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["or_match", "and_match", "not_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "http_request_generic_body_match", "http_response_generic_body_match", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["rule"]) -> typing.Literal["or_match", "and_match", "not_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "http_request_generic_body_match", "http_response_generic_body_match"] | None: ...

class OutputConfig(_Message):
    @builtins.property
    def sinks(self) -> _containers.RepeatedCompositeFieldContainer[_config_tap_v3.OutputSink]: ...
    @builtins.property
    def max_buffered_rx_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_buffered_tx_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    streaming: builtins.bool
    @builtins.property
    def min_streamed_sent_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    def __init__(
        self,
        *,
        sinks: collections.abc.Iterable[_config_tap_v3.OutputSink] | None = ...,
        max_buffered_rx_bytes: _wrappers_pb2.UInt32Value | None = ...,
        max_buffered_tx_bytes: _wrappers_pb2.UInt32Value | None = ...,
        streaming: builtins.bool | None = ...,
        min_streamed_sent_bytes: _wrappers_pb2.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_buffered_rx_bytes", "max_buffered_tx_bytes", "min_streamed_sent_bytes"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["sinks", "max_buffered_rx_bytes", "max_buffered_tx_bytes", "streaming", "min_streamed_sent_bytes"]) -> None: ...

class OutputSink(_Message):
    class Format(_EnumValue):
        JSON_BODY_AS_BYTES: typing.ClassVar[_config_tap_v3.OutputSink.Format]
        JSON_BODY_AS_STRING: typing.ClassVar[_config_tap_v3.OutputSink.Format]
        PROTO_BINARY: typing.ClassVar[_config_tap_v3.OutputSink.Format]
        PROTO_BINARY_LENGTH_DELIMITED: typing.ClassVar[_config_tap_v3.OutputSink.Format]
        PROTO_TEXT: typing.ClassVar[_config_tap_v3.OutputSink.Format]

    format: _config_tap_v3.OutputSink.Format
    @builtins.property
    def streaming_admin(self) -> _config_tap_v3.StreamingAdminSink: ...
    @builtins.property
    def file_per_tap(self) -> _config_tap_v3.FilePerTapSink: ...
    @builtins.property
    def streaming_grpc(self) -> _config_tap_v3.StreamingGrpcSink: ...
    @builtins.property
    def buffered_admin(self) -> _config_tap_v3.BufferedAdminSink: ...
    @builtins.property
    def custom_sink(self) -> _config_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        format: _config_tap_v3.OutputSink.Format | None = ...,
        streaming_admin: _config_tap_v3.StreamingAdminSink | None = ...,
        file_per_tap: _config_tap_v3.FilePerTapSink | None = ...,
        streaming_grpc: _config_tap_v3.StreamingGrpcSink | None = ...,
        buffered_admin: _config_tap_v3.BufferedAdminSink | None = ...,
        custom_sink: _config_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["streaming_admin", "file_per_tap", "streaming_grpc", "buffered_admin", "custom_sink", "output_sink_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["format", "streaming_admin", "file_per_tap", "streaming_grpc", "buffered_admin", "custom_sink", "output_sink_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["output_sink_type"]) -> typing.Literal["streaming_admin", "file_per_tap", "streaming_grpc", "buffered_admin", "custom_sink"] | None: ...

class StreamingAdminSink(_Message):
    def __init__(self) -> None: ...

class StreamingGrpcSink(_Message):
    tap_id: builtins.str
    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    def __init__(
        self,
        *,
        tap_id: builtins.str | None = ...,
        grpc_service: _config_core_v3.GrpcService | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["grpc_service"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["tap_id", "grpc_service"]) -> None: ...

class TapConfig(_Message):
    @builtins.property
    def match_config(self) -> _config_tap_v3.MatchPredicate: ...
    @builtins.property
    def output_config(self) -> _config_tap_v3.OutputConfig: ...
    @builtins.property
    def tap_enabled(self) -> _config_core_v3.RuntimeFractionalPercent: ...
    @builtins.property
    def match(self) -> _config_common_matcher_v3.MatchPredicate: ...
    def __init__(
        self,
        *,
        match_config: _config_tap_v3.MatchPredicate | None = ...,
        output_config: _config_tap_v3.OutputConfig | None = ...,
        tap_enabled: _config_core_v3.RuntimeFractionalPercent | None = ...,
        match: _config_common_matcher_v3.MatchPredicate | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["match_config", "output_config", "tap_enabled", "match"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["match_config", "output_config", "tap_enabled", "match"]) -> None: ...

