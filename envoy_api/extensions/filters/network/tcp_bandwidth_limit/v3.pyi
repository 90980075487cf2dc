# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.core.v3 as _config_core_v3

class TcpBandwidthLimit(_Message):
    stat_prefix: builtins.str
    @builtins.property
    def read_limit_kbps(self) -> _wrappers_pb2.UInt64Value: ...
    @builtins.property
    def write_limit_kbps(self) -> _wrappers_pb2.UInt64Value: ...
    @builtins.property
    def fill_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def runtime_enabled(self) -> _config_core_v3.RuntimeFeatureFlag: ...
    def __init__(
        self,
        *,
        stat_prefix: builtins.str | None = ...,
        read_limit_kbps: _wrappers_pb2.UInt64Value | None = ...,
        write_limit_kbps: _wrappers_pb2.UInt64Value | None = ...,
        fill_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        runtime_enabled: _config_core_v3.RuntimeFeatureFlag | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["read_limit_kbps", "write_limit_kbps", "fill_interval", "runtime_enabled"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["stat_prefix", "read_limit_kbps", "write_limit_kbps", "fill_interval", "runtime_enabled"]) -> None: ...

