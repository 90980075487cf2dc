# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.extensions.filters.common.set_filter_state.v3 as _extensions_filters_common_set_filter_state_v3

class Config(_Message):
    @builtins.property
    def on_accept(self) -> _containers.RepeatedCompositeFieldContainer[_extensions_filters_common_set_filter_state_v3.FilterStateValue]: ...
    def __init__(
        self,
        *,
        on_accept: collections.abc.Iterable[_extensions_filters_common_set_filter_state_v3.FilterStateValue] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["on_accept"]) -> None: ...

