# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.config.core.v3 as _config_core_v3

class Config(_Message):
    @builtins.property
    def response(self) -> _config_core_v3.DataSource: ...
    def __init__(
        self,
        *,
        response: _config_core_v3.DataSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["response"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["response"]) -> None: ...

