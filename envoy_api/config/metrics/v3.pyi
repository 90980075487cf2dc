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
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.metrics.v3 as _config_metrics_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3

class HistogramBucketSettings(_Message):
    @builtins.property
    def match(self) -> _type_matcher_v3.StringMatcher: ...
    @builtins.property
    def buckets(self) -> _containers.RepeatedScalarFieldContainer[builtins.float]: ...
    @builtins.property
    def bins(self) -> _wrappers_pb2.UInt32Value: ...
    def __init__(
        self,
        *,
        match: _type_matcher_v3.StringMatcher | None = ...,
        buckets: collections.abc.Iterable[builtins.float] | None = ...,
        bins: _wrappers_pb2.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["match", "bins"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["match", "buckets", "bins"]) -> None: ...

class StatsConfig(_Message):
    @builtins.property
    def stats_tags(self) -> _containers.RepeatedCompositeFieldContainer[_config_metrics_v3.TagSpecifier]: ...
    @builtins.property
    def use_all_default_tags(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def stats_matcher(self) -> _config_metrics_v3.StatsMatcher: ...
    @builtins.property
    def histogram_bucket_settings(self) -> _containers.RepeatedCompositeFieldContainer[_config_metrics_v3.HistogramBucketSettings]: ...
    @builtins.property
    def allow_default_tag_overrides(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        stats_tags: collections.abc.Iterable[_config_metrics_v3.TagSpecifier] | None = ...,
        use_all_default_tags: _wrappers_pb2.BoolValue | None = ...,
        stats_matcher: _config_metrics_v3.StatsMatcher | None = ...,
        histogram_bucket_settings: collections.abc.Iterable[_config_metrics_v3.HistogramBucketSettings] | None = ...,
        allow_default_tag_overrides: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["use_all_default_tags", "stats_matcher", "allow_default_tag_overrides"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["stats_tags", "use_all_default_tags", "stats_matcher", "histogram_bucket_settings", "allow_default_tag_overrides"]) -> None: ...

class StatsMatcher(_Message):
    reject_all: builtins.bool
    @builtins.property
    def exclusion_list(self) -> _type_matcher_v3.ListStringMatcher: ...
    @builtins.property
    def inclusion_list(self) -> _type_matcher_v3.ListStringMatcher: ...
    def __init__(
        self,
        *,
        reject_all: builtins.bool | None = ...,
        exclusion_list: _type_matcher_v3.ListStringMatcher | None = ...,
        inclusion_list: _type_matcher_v3.ListStringMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["reject_all", "exclusion_list", "inclusion_list", "stats_matcher"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["reject_all", "exclusion_list", "inclusion_list", "stats_matcher"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["stats_matcher"]) -> typing.Literal["reject_all", "exclusion_list", "inclusion_list"] | None: ...

class StatsSink(_Message):
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

class TagSpecifier(_Message):
    tag_name: builtins.str
    regex: builtins.str
    fixed_value: builtins.str
    def __init__(
        self,
        *,
        tag_name: builtins.str | None = ...,
        regex: builtins.str | None = ...,
        fixed_value: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["regex", "fixed_value", "tag_value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["tag_name", "regex", "fixed_value", "tag_value"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["tag_value"]) -> typing.Literal["regex", "fixed_value"] | None: ...

