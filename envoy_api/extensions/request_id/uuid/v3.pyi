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

class UuidRequestIdConfig(_Message):
    @builtins.property
    def pack_trace_reason(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def use_request_id_for_trace_sampling(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        pack_trace_reason: _wrappers_pb2.BoolValue | None = ...,
        use_request_id_for_trace_sampling: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["pack_trace_reason", "use_request_id_for_trace_sampling"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["pack_trace_reason", "use_request_id_for_trace_sampling"]) -> None: ...

