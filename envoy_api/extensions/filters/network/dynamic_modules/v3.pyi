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
import envoy_api.extensions.dynamic_modules.v3 as _extensions_dynamic_modules_v3

class DynamicModuleNetworkFilter(_Message):
    @builtins.property
    def dynamic_module_config(self) -> _extensions_dynamic_modules_v3.DynamicModuleConfig: ...
    filter_name: builtins.str
    @builtins.property
    def filter_config(self) -> _any_pb2.Any: ...
    terminal_filter: builtins.bool
    def __init__(
        self,
        *,
        dynamic_module_config: _extensions_dynamic_modules_v3.DynamicModuleConfig | None = ...,
        filter_name: builtins.str | None = ...,
        filter_config: _any_pb2.Any | None = ...,
        terminal_filter: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dynamic_module_config", "filter_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["dynamic_module_config", "filter_name", "filter_config", "terminal_filter"]) -> None: ...

