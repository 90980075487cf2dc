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

class Ip(_Message):
    @builtins.property
    def cidr_ranges(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
    stat_prefix: builtins.str
    def __init__(
        self,
        *,
        cidr_ranges: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
        stat_prefix: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["cidr_ranges", "stat_prefix"]) -> None: ...

