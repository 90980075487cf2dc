# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
import envoy_api.config.rbac.v3 as _config_rbac_v3
import envoy_api.extensions.filters.http.rbac.v3 as _extensions_filters_http_rbac_v3
import envoy_api.xds.type.matcher.v3 as _xds_type_matcher_v3

class RBAC(_Message):
    @builtins.property
    def rules(self) -> _config_rbac_v3.RBAC: ...
    @builtins.property
    def shadow_rules(self) -> _config_rbac_v3.RBAC: ...
    shadow_rules_stat_prefix: builtins.str
    @builtins.property
    def matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @builtins.property
    def shadow_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    rules_stat_prefix: builtins.str
    track_per_rule_stats: builtins.bool
    def __init__(
        self,
        *,
        rules: _config_rbac_v3.RBAC | None = ...,
        shadow_rules: _config_rbac_v3.RBAC | None = ...,
        shadow_rules_stat_prefix: builtins.str | None = ...,
        matcher: _xds_type_matcher_v3.Matcher | None = ...,
        shadow_matcher: _xds_type_matcher_v3.Matcher | None = ...,
        rules_stat_prefix: builtins.str | None = ...,
        track_per_rule_stats: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["rules", "shadow_rules", "matcher", "shadow_matcher"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["rules", "shadow_rules", "shadow_rules_stat_prefix", "matcher", "shadow_matcher", "rules_stat_prefix", "track_per_rule_stats"]) -> None: ...

class RBACPerRoute(_Message):
    @builtins.property
    def rbac(self) -> _extensions_filters_http_rbac_v3.RBAC: ...
    def __init__(
        self,
        *,
        rbac: _extensions_filters_http_rbac_v3.RBAC | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["rbac"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["rbac"]) -> None: ...

