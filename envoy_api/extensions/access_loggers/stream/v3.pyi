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

class StderrAccessLog(_Message):
    @builtins.property
    def log_format(self) -> _config_core_v3.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        log_format: _config_core_v3.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["log_format", "access_log_format"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["log_format", "access_log_format"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["access_log_format"]) -> typing.Literal["log_format"] | None: ...

class StdoutAccessLog(_Message):
    @builtins.property
    def log_format(self) -> _config_core_v3.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        log_format: _config_core_v3.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["log_format", "access_log_format"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["log_format", "access_log_format"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["access_log_format"]) -> typing.Literal["log_format"] | None: ...

