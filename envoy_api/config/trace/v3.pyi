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
import envoy_api.config.trace.v3 as _config_trace_v3

class Tracing(_Message):
    class Http(_Message):
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

    @builtins.property
    def http(self) -> _config_trace_v3.Tracing.Http: ...
    def __init__(
        self,
        *,
        http: _config_trace_v3.Tracing.Http | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["http"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["http"]) -> None: ...

