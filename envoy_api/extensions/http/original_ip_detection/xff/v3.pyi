# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.extensions.http.original_ip_detection.xff.v3 as _extensions_http_original_ip_detection_xff_v3

class XffConfig(_Message):
    xff_num_trusted_hops: builtins.int
    @builtins.property
    def xff_trusted_cidrs(self) -> _extensions_http_original_ip_detection_xff_v3.XffTrustedCidrs: ...
    @builtins.property
    def skip_xff_append(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        xff_num_trusted_hops: builtins.int | None = ...,
        xff_trusted_cidrs: _extensions_http_original_ip_detection_xff_v3.XffTrustedCidrs | None = ...,
        skip_xff_append: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["xff_trusted_cidrs", "skip_xff_append"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["xff_num_trusted_hops", "xff_trusted_cidrs", "skip_xff_append"]) -> None: ...

class XffTrustedCidrs(_Message):
    @builtins.property
    def cidrs(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
    def __init__(
        self,
        *,
        cidrs: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["cidrs"]) -> None: ...

