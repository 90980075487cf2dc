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

class Status(_Message):
    code: builtins.int
    message: builtins.str
    @builtins.property
    def details(self) -> _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]: ...
    def __init__(
        self,
        *,
        code: builtins.int | None = ...,
        message: builtins.str | None = ...,
        details: collections.abc.Iterable[_any_pb2.Any] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["code", "message", "details"]) -> None: ...

