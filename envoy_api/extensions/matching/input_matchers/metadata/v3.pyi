# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.type.matcher.v3 as _type_matcher_v3

class Metadata(_Message):
    @builtins.property
    def value(self) -> _type_matcher_v3.ValueMatcher: ...
    invert: builtins.bool
    def __init__(
        self,
        *,
        value: _type_matcher_v3.ValueMatcher | None = ...,
        invert: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["value", "invert"]) -> None: ...

