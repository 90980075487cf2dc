# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue

class DownstreamConnectionsConfig(_Message):
    max_active_downstream_connections: builtins.int
    def __init__(
        self,
        *,
        max_active_downstream_connections: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["max_active_downstream_connections"]) -> None: ...

