# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.config.common.matcher.v3 as _config_common_matcher_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.xds.type.matcher.v3 as _xds_type_matcher_v3

class ExtensionWithMatcher(_Message):
    @builtins.property
    def matcher(self) -> _config_common_matcher_v3.Matcher: ...
    @builtins.property
    def extension_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def xds_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    def __init__(
        self,
        *,
        matcher: _config_common_matcher_v3.Matcher | None = ...,
        extension_config: _config_core_v3.TypedExtensionConfig | None = ...,
        xds_matcher: _xds_type_matcher_v3.Matcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["matcher", "extension_config", "xds_matcher"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["matcher", "extension_config", "xds_matcher"]) -> None: ...

class ExtensionWithMatcherPerRoute(_Message):
    @builtins.property
    def xds_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    def __init__(
        self,
        *,
        xds_matcher: _xds_type_matcher_v3.Matcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["xds_matcher"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["xds_matcher"]) -> None: ...

