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
import envoy_api.extensions.filters.common.fault.v3 as _extensions_filters_common_fault_v3
import envoy_api.type.v3 as _type_v3

class FaultDelay(_Message):
    class HeaderDelay(_Message):
        def __init__(self) -> None: ...

    @builtins.property
    def fixed_delay(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def percentage(self) -> _type_v3.FractionalPercent: ...
    @builtins.property
    def header_delay(self) -> _extensions_filters_common_fault_v3.FaultDelay.HeaderDelay: ...
    def __init__(
        self,
        *,
        fixed_delay: _duration_pb2.Duration | datetime.timedelta | None = ...,
        percentage: _type_v3.FractionalPercent | None = ...,
        header_delay: _extensions_filters_common_fault_v3.FaultDelay.HeaderDelay | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["fixed_delay", "percentage", "header_delay", "fault_delay_secifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["fixed_delay", "percentage", "header_delay", "fault_delay_secifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["fault_delay_secifier"]) -> typing.Literal["fixed_delay", "header_delay"] | None: ...

class FaultRateLimit(_Message):
    class FixedLimit(_Message):
        limit_kbps: builtins.int
        def __init__(
            self,
            *,
            limit_kbps: builtins.int | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["limit_kbps"]) -> None: ...

    class HeaderLimit(_Message):
        def __init__(self) -> None: ...

    @builtins.property
    def fixed_limit(self) -> _extensions_filters_common_fault_v3.FaultRateLimit.FixedLimit: ...
    @builtins.property
    def percentage(self) -> _type_v3.FractionalPercent: ...
    @builtins.property
    def header_limit(self) -> _extensions_filters_common_fault_v3.FaultRateLimit.HeaderLimit: ...
    def __init__(
        self,
        *,
        fixed_limit: _extensions_filters_common_fault_v3.FaultRateLimit.FixedLimit | None = ...,
        percentage: _type_v3.FractionalPercent | None = ...,
        header_limit: _extensions_filters_common_fault_v3.FaultRateLimit.HeaderLimit | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["fixed_limit", "percentage", "header_limit", "limit_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["fixed_limit", "percentage", "header_limit", "limit_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["limit_type"]) -> typing.Literal["fixed_limit", "header_limit"] | None: ...

