# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.extensions.wasm.v3 as _extensions_wasm_v3

class Wasm(_Message):
    @builtins.property
    def config(self) -> _extensions_wasm_v3.PluginConfig: ...
    def __init__(
        self,
        *,
        config: _extensions_wasm_v3.PluginConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config"]) -> None: ...

