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
import envoy_api.config.rbac.v3 as _config_rbac_v3
import envoy_api.extensions.filters.network.rbac.v3 as _extensions_filters_network_rbac_v3
import envoy_api.xds.type.matcher.v3 as _xds_type_matcher_v3

class RBAC(_Message):
    class EnforcementType(_EnumValue):
        ONE_TIME_ON_FIRST_BYTE: typing.ClassVar[_extensions_filters_network_rbac_v3.RBAC.EnforcementType]
        CONTINUOUS: typing.ClassVar[_extensions_filters_network_rbac_v3.RBAC.EnforcementType]

    @builtins.property
    def rules(self) -> _config_rbac_v3.RBAC: ...
    @builtins.property
    def shadow_rules(self) -> _config_rbac_v3.RBAC: ...
    stat_prefix: builtins.str
    enforcement_type: _extensions_filters_network_rbac_v3.RBAC.EnforcementType
    shadow_rules_stat_prefix: builtins.str
    @builtins.property
    def matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @builtins.property
    def shadow_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @builtins.property
    def delay_deny(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        rules: _config_rbac_v3.RBAC | None = ...,
        shadow_rules: _config_rbac_v3.RBAC | None = ...,
        stat_prefix: builtins.str | None = ...,
        enforcement_type: _extensions_filters_network_rbac_v3.RBAC.EnforcementType | None = ...,
        shadow_rules_stat_prefix: builtins.str | None = ...,
        matcher: _xds_type_matcher_v3.Matcher | None = ...,
        shadow_matcher: _xds_type_matcher_v3.Matcher | None = ...,
        delay_deny: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["rules", "shadow_rules", "matcher", "shadow_matcher", "delay_deny"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["rules", "shadow_rules", "stat_prefix", "enforcement_type", "shadow_rules_stat_prefix", "matcher", "shadow_matcher", "delay_deny"]) -> None: ...

