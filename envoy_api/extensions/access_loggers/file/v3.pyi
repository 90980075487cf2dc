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
import envoy_api.config.core.v3 as _config_core_v3

class FileAccessLog(_Message):
    path: builtins.str
    format: builtins.str
    @builtins.property
    def json_format(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def typed_json_format(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def log_format(self) -> _config_core_v3.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        path: builtins.str | None = ...,
        format: builtins.str | None = ...,
        json_format: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        typed_json_format: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        log_format: _config_core_v3.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["format", "json_format", "typed_json_format", "log_format", "access_log_format"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["path", "format", "json_format", "typed_json_format", "log_format", "access_log_format"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["access_log_format"]) -> typing.Literal["format", "json_format", "typed_json_format", "log_format"] | None: ...

