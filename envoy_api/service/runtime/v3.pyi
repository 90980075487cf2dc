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

class Runtime(_Message):
    name: builtins.str
    @builtins.property
    def layer(self) -> _struct_pb2.Struct: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        layer: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["layer"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "layer"]) -> None: ...

