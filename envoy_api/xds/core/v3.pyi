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
import envoy_api.xds.core.v3 as _xds_core_v3

class Authority(_Message):
    name: builtins.str
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["name"]) -> None: ...

class CidrRange(_Message):
    address_prefix: builtins.str
    @builtins.property
    def prefix_len(self) -> _wrappers_pb2.UInt32Value: ...
    def __init__(
        self,
        *,
        address_prefix: builtins.str | None = ...,
        prefix_len: _wrappers_pb2.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["prefix_len"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["address_prefix", "prefix_len"]) -> None: ...

class ContextParams(_Message):
    @builtins.property
    def params(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    def __init__(
        self,
        *,
        params: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["params"]) -> None: ...

class TypedExtensionConfig(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config"]) -> None: ...

