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
from google.protobuf import duration_pb2 as _duration_pb2
import envoy_api.config.overload.v3 as _config_overload_v3

class BufferFactoryConfig(_Message):
    minimum_account_to_track_power_of_two: builtins.int
    def __init__(
        self,
        *,
        minimum_account_to_track_power_of_two: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["minimum_account_to_track_power_of_two"]) -> None: ...

class LoadShedPoint(_Message):
    name: builtins.str
    @builtins.property
    def triggers(self) -> _containers.RepeatedCompositeFieldContainer[_config_overload_v3.Trigger]: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        triggers: collections.abc.Iterable[_config_overload_v3.Trigger] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["name", "triggers"]) -> None: ...

class OverloadAction(_Message):
    name: builtins.str
    @builtins.property
    def triggers(self) -> _containers.RepeatedCompositeFieldContainer[_config_overload_v3.Trigger]: ...
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        triggers: collections.abc.Iterable[_config_overload_v3.Trigger] | None = ...,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "triggers", "typed_config"]) -> None: ...

class OverloadManager(_Message):
    @builtins.property
    def refresh_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def resource_monitors(self) -> _containers.RepeatedCompositeFieldContainer[_config_overload_v3.ResourceMonitor]: ...
    @builtins.property
    def actions(self) -> _containers.RepeatedCompositeFieldContainer[_config_overload_v3.OverloadAction]: ...
    @builtins.property
    def buffer_factory_config(self) -> _config_overload_v3.BufferFactoryConfig: ...
    @builtins.property
    def loadshed_points(self) -> _containers.RepeatedCompositeFieldContainer[_config_overload_v3.LoadShedPoint]: ...
    def __init__(
        self,
        *,
        refresh_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        resource_monitors: collections.abc.Iterable[_config_overload_v3.ResourceMonitor] | None = ...,
        actions: collections.abc.Iterable[_config_overload_v3.OverloadAction] | None = ...,
        buffer_factory_config: _config_overload_v3.BufferFactoryConfig | None = ...,
        loadshed_points: collections.abc.Iterable[_config_overload_v3.LoadShedPoint] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["refresh_interval", "buffer_factory_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["refresh_interval", "resource_monitors", "actions", "buffer_factory_config", "loadshed_points"]) -> None: ...

class ResourceMonitor(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

class ScaledTrigger(_Message):
    scaling_threshold: builtins.float
    saturation_threshold: builtins.float
    def __init__(
        self,
        *,
        scaling_threshold: builtins.float | None = ...,
        saturation_threshold: builtins.float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["scaling_threshold", "saturation_threshold"]) -> None: ...

class ThresholdTrigger(_Message):
    value: builtins.float
    def __init__(
        self,
        *,
        value: builtins.float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["value"]) -> None: ...

class Trigger(_Message):
    name: builtins.str
    @builtins.property
    def threshold(self) -> _config_overload_v3.ThresholdTrigger: ...
    @builtins.property
    def scaled(self) -> _config_overload_v3.ScaledTrigger: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        threshold: _config_overload_v3.ThresholdTrigger | None = ...,
        scaled: _config_overload_v3.ScaledTrigger | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["threshold", "scaled", "trigger_oneof"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "threshold", "scaled", "trigger_oneof"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["trigger_oneof"]) -> typing.Literal["threshold", "scaled"] | None: ...

