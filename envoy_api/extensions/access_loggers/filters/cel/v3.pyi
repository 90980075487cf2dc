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

class ExpressionFilter(_Message):
    expression: builtins.str
    @builtins.property
    def cel_config(self) -> _config_core_v3.CelExpressionConfig: ...
    def __init__(
        self,
        *,
        expression: builtins.str | None = ...,
        cel_config: _config_core_v3.CelExpressionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["cel_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["expression", "cel_config"]) -> None: ...

