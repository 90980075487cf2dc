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
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.filters.http.lua.v3 as _extensions_filters_http_lua_v3

class Lua(_Message):
    inline_code: builtins.str
    @builtins.property
    def source_codes(self) -> _containers.MessageMap[builtins.str, _config_core_v3.DataSource]: ...
    @builtins.property
    def default_source_code(self) -> _config_core_v3.DataSource: ...
    stat_prefix: builtins.str
    @builtins.property
    def clear_route_cache(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        inline_code: builtins.str | None = ...,
        source_codes: collections.abc.Mapping[builtins.str, _config_core_v3.DataSource] | None = ...,
        default_source_code: _config_core_v3.DataSource | None = ...,
        stat_prefix: builtins.str | None = ...,
        clear_route_cache: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["default_source_code", "clear_route_cache"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["inline_code", "source_codes", "default_source_code", "stat_prefix", "clear_route_cache"]) -> None: ...

class LuaPerRoute(_Message):
    disabled: builtins.bool
    name: builtins.str
    @builtins.property
    def source_code(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def filter_context(self) -> _struct_pb2.Struct: ...
    def __init__(
        self,
        *,
        disabled: builtins.bool | None = ...,
        name: builtins.str | None = ...,
        source_code: _config_core_v3.DataSource | None = ...,
        filter_context: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["disabled", "name", "source_code", "filter_context", "override"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["disabled", "name", "source_code", "filter_context", "override"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["override"]) -> typing.Literal["disabled", "name", "source_code"] | None: ...

