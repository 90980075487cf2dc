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

class DynamicModuleConfig(_Message):
    name: builtins.str
    do_not_close: builtins.bool
    load_globally: builtins.bool
    metrics_namespace: builtins.str
    @builtins.property
    def module(self) -> _config_core_v3.AsyncDataSource: ...
    nack_on_cache_miss: builtins.bool
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        do_not_close: builtins.bool | None = ...,
        load_globally: builtins.bool | None = ...,
        metrics_namespace: builtins.str | None = ...,
        module: _config_core_v3.AsyncDataSource | None = ...,
        nack_on_cache_miss: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["module"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "do_not_close", "load_globally", "metrics_namespace", "module", "nack_on_cache_miss"]) -> None: ...

