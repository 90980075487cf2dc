# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.v3 as _type_v3
import envoy_api.xds.core.v3 as _xds_core_v3

class AddressMatcher(_Message):
    @builtins.property
    def ranges(self) -> _containers.RepeatedCompositeFieldContainer[_xds_core_v3.CidrRange]: ...
    invert_match: builtins.bool
    def __init__(
        self,
        *,
        ranges: collections.abc.Iterable[_xds_core_v3.CidrRange] | None = ...,
        invert_match: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["ranges", "invert_match"]) -> None: ...

class DoubleMatcher(_Message):
    @builtins.property
    def range(self) -> _type_v3.DoubleRange: ...
    exact: builtins.float
    def __init__(
        self,
        *,
        range: _type_v3.DoubleRange | None = ...,
        exact: builtins.float | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["range", "exact", "match_pattern"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["range", "exact", "match_pattern"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["match_pattern"]) -> typing.Literal["range", "exact"] | None: ...

class FilterStateMatcher(_Message):
    key: builtins.str
    @builtins.property
    def string_match(self) -> _type_matcher_v3.StringMatcher: ...
    @builtins.property
    def address_match(self) -> _type_matcher_v3.AddressMatcher: ...
    def __init__(
        self,
        *,
        key: builtins.str | None = ...,
        string_match: _type_matcher_v3.StringMatcher | None = ...,
        address_match: _type_matcher_v3.AddressMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["string_match", "address_match", "matcher"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["key", "string_match", "address_match", "matcher"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["matcher"]) -> typing.Literal["string_match", "address_match"] | None: ...

class HttpRequestHeaderMatchInput(_Message):
    header_name: builtins.str
    def __init__(
        self,
        *,
        header_name: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["header_name"]) -> None: ...

class HttpRequestQueryParamMatchInput(_Message):
    query_param: builtins.str
    def __init__(
        self,
        *,
        query_param: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["query_param"]) -> None: ...

class HttpRequestTrailerMatchInput(_Message):
    header_name: builtins.str
    def __init__(
        self,
        *,
        header_name: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["header_name"]) -> None: ...

class HttpResponseHeaderMatchInput(_Message):
    header_name: builtins.str
    def __init__(
        self,
        *,
        header_name: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["header_name"]) -> None: ...

class HttpResponseLocalReplyMatchInput(_Message):
    def __init__(self) -> None: ...

class HttpResponseStatusCodeClassMatchInput(_Message):
    def __init__(self) -> None: ...

class HttpResponseStatusCodeMatchInput(_Message):
    def __init__(self) -> None: ...

class HttpResponseTrailerMatchInput(_Message):
    header_name: builtins.str
    def __init__(
        self,
        *,
        header_name: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["header_name"]) -> None: ...

class ListMatcher(_Message):
    @builtins.property
    def one_of(self) -> _type_matcher_v3.ValueMatcher: ...
    def __init__(
        self,
        *,
        one_of: _type_matcher_v3.ValueMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["one_of", "match_pattern"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["one_of", "match_pattern"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["match_pattern"]) -> typing.Literal["one_of"] | None: ...

class ListStringMatcher(_Message):
    @builtins.property
    def patterns(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.StringMatcher]: ...
    def __init__(
        self,
        *,
        patterns: collections.abc.Iterable[_type_matcher_v3.StringMatcher] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["patterns"]) -> None: ...

class MetadataMatcher(_Message):
    class PathSegment(_Message):
        key: builtins.str
        def __init__(
            self,
            *,
            key: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["key", "segment"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["key", "segment"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["segment"]) -> typing.Literal["key"] | None: ...

    filter: builtins.str
    @builtins.property
    def path(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.MetadataMatcher.PathSegment]: ...
    @builtins.property
    def value(self) -> _type_matcher_v3.ValueMatcher: ...
    invert: builtins.bool
    def __init__(
        self,
        *,
        filter: builtins.str | None = ...,
        path: collections.abc.Iterable[_type_matcher_v3.MetadataMatcher.PathSegment] | None = ...,
        value: _type_matcher_v3.ValueMatcher | None = ...,
        invert: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["filter", "path", "value", "invert"]) -> None: ...

class NodeMatcher(_Message):
    @builtins.property
    def node_id(self) -> _type_matcher_v3.StringMatcher: ...
    @builtins.property
    def node_metadatas(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.StructMatcher]: ...
    def __init__(
        self,
        *,
        node_id: _type_matcher_v3.StringMatcher | None = ...,
        node_metadatas: collections.abc.Iterable[_type_matcher_v3.StructMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["node_id"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["node_id", "node_metadatas"]) -> None: ...

class OrMatcher(_Message):
    @builtins.property
    def value_matchers(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.ValueMatcher]: ...
    def __init__(
        self,
        *,
        value_matchers: collections.abc.Iterable[_type_matcher_v3.ValueMatcher] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["value_matchers"]) -> None: ...

class PathMatcher(_Message):
    @builtins.property
    def path(self) -> _type_matcher_v3.StringMatcher: ...
    def __init__(
        self,
        *,
        path: _type_matcher_v3.StringMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["path", "rule"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["path", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["rule"]) -> typing.Literal["path"] | None: ...

class RegexMatchAndSubstitute(_Message):
    @builtins.property
    def pattern(self) -> _type_matcher_v3.RegexMatcher: ...
    substitution: builtins.str
    def __init__(
        self,
        *,
        pattern: _type_matcher_v3.RegexMatcher | None = ...,
        substitution: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["pattern"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["pattern", "substitution"]) -> None: ...

class RegexMatcher(_Message):
    class GoogleRE2(_Message):
        @builtins.property
        def max_program_size(self) -> _wrappers_pb2.UInt32Value: ...
        def __init__(
            self,
            *,
            max_program_size: _wrappers_pb2.UInt32Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["max_program_size"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["max_program_size"]) -> None: ...

    @builtins.property
    def google_re2(self) -> _type_matcher_v3.RegexMatcher.GoogleRE2: ...
    regex: builtins.str
    def __init__(
        self,
        *,
        google_re2: _type_matcher_v3.RegexMatcher.GoogleRE2 | None = ...,
        regex: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["google_re2", "engine_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["google_re2", "regex", "engine_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["engine_type"]) -> typing.Literal["google_re2"] | None: ...

class StringMatcher(_Message):
    exact: builtins.str
    prefix: builtins.str
    suffix: builtins.str
    @builtins.property
    def safe_regex(self) -> _type_matcher_v3.RegexMatcher: ...
    ignore_case: builtins.bool
    contains: builtins.str
    @builtins.property
    def custom(self) -> _xds_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        exact: builtins.str | None = ...,
        prefix: builtins.str | None = ...,
        suffix: builtins.str | None = ...,
        safe_regex: _type_matcher_v3.RegexMatcher | None = ...,
        ignore_case: builtins.bool | None = ...,
        contains: builtins.str | None = ...,
        custom: _xds_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["exact", "prefix", "suffix", "safe_regex", "contains", "custom", "match_pattern"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["exact", "prefix", "suffix", "safe_regex", "ignore_case", "contains", "custom", "match_pattern"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["match_pattern"]) -> typing.Literal["exact", "prefix", "suffix", "safe_regex", "contains", "custom"] | None: ...

class StructMatcher(_Message):
    class PathSegment(_Message):
        key: builtins.str
        def __init__(
            self,
            *,
            key: builtins.str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["key", "segment"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["key", "segment"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["segment"]) -> typing.Literal["key"] | None: ...

    @builtins.property
    def path(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.StructMatcher.PathSegment]: ...
    @builtins.property
    def value(self) -> _type_matcher_v3.ValueMatcher: ...
    def __init__(
        self,
        *,
        path: collections.abc.Iterable[_type_matcher_v3.StructMatcher.PathSegment] | None = ...,
        value: _type_matcher_v3.ValueMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["path", "value"]) -> None: ...

class ValueMatcher(_Message):
    class NullMatch(_Message):
        def __init__(self) -> None: ...

    @builtins.property
    def null_match(self) -> _type_matcher_v3.ValueMatcher.NullMatch: ...
    @builtins.property
    def double_match(self) -> _type_matcher_v3.DoubleMatcher: ...
    @builtins.property
    def string_match(self) -> _type_matcher_v3.StringMatcher: ...
    bool_match: builtins.bool
    present_match: builtins.bool
    @builtins.property
    def list_match(self) -> _type_matcher_v3.ListMatcher: ...
    @builtins.property
    def or_match(self) -> _type_matcher_v3.OrMatcher: ...
    def __init__(
        self,
        *,
        null_match: _type_matcher_v3.ValueMatcher.NullMatch | None = ...,
        double_match: _type_matcher_v3.DoubleMatcher | None = ...,
        string_match: _type_matcher_v3.StringMatcher | None = ...,
        bool_match: builtins.bool | None = ...,
        present_match: builtins.bool | None = ...,
        list_match: _type_matcher_v3.ListMatcher | None = ...,
        or_match: _type_matcher_v3.OrMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["null_match", "double_match", "string_match", "bool_match", "present_match", "list_match", "or_match", "match_pattern"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["null_match", "double_match", "string_match", "bool_match", "present_match", "list_match", "or_match", "match_pattern"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["match_pattern"]) -> typing.Literal["null_match", "double_match", "string_match", "bool_match", "present_match", "list_match", "or_match"] | None: ...

