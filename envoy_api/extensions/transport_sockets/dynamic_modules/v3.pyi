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

class DynamicModuleTransportSocket(_Message):
    @builtins.property
    def dynamic_module_config(self) -> _extensions_dynamic_modules_v3.DynamicModuleConfig: ...
    transport_socket_name: builtins.str
    @builtins.property
    def transport_socket_config(self) -> _any_pb2.Any: ...
    implements_secure_transport: builtins.bool
    def __init__(
        self,
        *,
        dynamic_module_config: _extensions_dynamic_modules_v3.DynamicModuleConfig | None = ...,
        transport_socket_name: builtins.str | None = ...,
        transport_socket_config: _any_pb2.Any | None = ...,
        implements_secure_transport: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dynamic_module_config", "transport_socket_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["dynamic_module_config", "transport_socket_name", "transport_socket_config", "implements_secure_transport"]) -> None: ...

