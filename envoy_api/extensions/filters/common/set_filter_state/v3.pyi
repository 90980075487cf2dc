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
import envoy_api.extensions.filters.common.set_filter_state.v3 as _extensions_filters_common_set_filter_state_v3

class FilterStateValue(_Message):
    class SharedWithUpstream(_EnumValue):
        NONE: typing.ClassVar[_extensions_filters_common_set_filter_state_v3.FilterStateValue.SharedWithUpstream]
        ONCE: typing.ClassVar[_extensions_filters_common_set_filter_state_v3.FilterStateValue.SharedWithUpstream]
        TRANSITIVE: typing.ClassVar[_extensions_filters_common_set_filter_state_v3.FilterStateValue.SharedWithUpstream]

    object_key: builtins.str
    @builtins.property
    def format_string(self) -> _config_core_v3.SubstitutionFormatString: ...
    read_only: builtins.bool
    shared_with_upstream: _extensions_filters_common_set_filter_state_v3.FilterStateValue.SharedWithUpstream
    skip_if_empty: builtins.bool
    factory_key: builtins.str
    def __init__(
        self,
        *,
        object_key: builtins.str | None = ...,
        format_string: _config_core_v3.SubstitutionFormatString | None = ...,
        read_only: builtins.bool | None = ...,
        shared_with_upstream: _extensions_filters_common_set_filter_state_v3.FilterStateValue.SharedWithUpstream | None = ...,
        skip_if_empty: builtins.bool | None = ...,
        factory_key: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["object_key", "format_string", "key", "value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["object_key", "format_string", "read_only", "shared_with_upstream", "skip_if_empty", "factory_key", "key", "value"]) -> None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["key"]) -> typing.Literal["object_key"] | None: ...
    @typing.overload
    def WhichOneof(self, oneof_group: typing.Literal["value"]) -> typing.Literal["format_string"] | None: ...

