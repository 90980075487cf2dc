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
import envoy_api.config.common.mutation_rules.v3 as _config_common_mutation_rules_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3

class HeaderMutation(_Message):
    class RemoveOnMatch(_Message):
        @builtins.property
        def key_matcher(self) -> _type_matcher_v3.StringMatcher: ...
        def __init__(
            self,
            *,
            key_matcher: _type_matcher_v3.StringMatcher | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["key_matcher"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["key_matcher"]) -> None: ...

    remove: builtins.str
    @builtins.property
    def append(self) -> _config_core_v3.HeaderValueOption: ...
    @builtins.property
    def remove_on_match(self) -> _config_common_mutation_rules_v3.HeaderMutation.RemoveOnMatch: ...
    def __init__(
        self,
        *,
        remove: builtins.str | None = ...,
        append: _config_core_v3.HeaderValueOption | None = ...,
        remove_on_match: _config_common_mutation_rules_v3.HeaderMutation.RemoveOnMatch | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["remove", "append", "remove_on_match", "action"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["remove", "append", "remove_on_match", "action"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["action"]) -> typing.Literal["remove", "append", "remove_on_match"] | None: ...

class HeaderMutationRules(_Message):
    @builtins.property
    def allow_all_routing(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def allow_envoy(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def disallow_system(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def disallow_all(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def allow_expression(self) -> _type_matcher_v3.RegexMatcher: ...
    @builtins.property
    def disallow_expression(self) -> _type_matcher_v3.RegexMatcher: ...
    @builtins.property
    def disallow_is_error(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        allow_all_routing: _wrappers_pb2.BoolValue | None = ...,
        allow_envoy: _wrappers_pb2.BoolValue | None = ...,
        disallow_system: _wrappers_pb2.BoolValue | None = ...,
        disallow_all: _wrappers_pb2.BoolValue | None = ...,
        allow_expression: _type_matcher_v3.RegexMatcher | None = ...,
        disallow_expression: _type_matcher_v3.RegexMatcher | None = ...,
        disallow_is_error: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["allow_all_routing", "allow_envoy", "disallow_system", "disallow_all", "allow_expression", "disallow_expression", "disallow_is_error"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["allow_all_routing", "allow_envoy", "disallow_system", "disallow_all", "allow_expression", "disallow_expression", "disallow_is_error"]) -> None: ...

