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

class TlsInspector(_Message):
    @builtins.property
    def enable_ja3_fingerprinting(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def initial_read_buffer_size(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def enable_ja4_fingerprinting(self) -> _wrappers_pb2.BoolValue: ...
    close_connection_on_client_hello_parsing_errors: builtins.bool
    @builtins.property
    def max_client_hello_size(self) -> _wrappers_pb2.UInt32Value: ...
    def __init__(
        self,
        *,
        enable_ja3_fingerprinting: _wrappers_pb2.BoolValue | None = ...,
        initial_read_buffer_size: _wrappers_pb2.UInt32Value | None = ...,
        enable_ja4_fingerprinting: _wrappers_pb2.BoolValue | None = ...,
        close_connection_on_client_hello_parsing_errors: builtins.bool | None = ...,
        max_client_hello_size: _wrappers_pb2.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["enable_ja3_fingerprinting", "initial_read_buffer_size", "enable_ja4_fingerprinting", "max_client_hello_size"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["enable_ja3_fingerprinting", "initial_read_buffer_size", "enable_ja4_fingerprinting", "close_connection_on_client_hello_parsing_errors", "max_client_hello_size"]) -> None: ...

