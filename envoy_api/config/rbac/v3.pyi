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
import envoy_api.config.rbac.v3 as _config_rbac_v3
import envoy_api.config.route.v3 as _config_route_v3
import envoy_api.google.api.expr.v1alpha1 as _google_api_expr_v1alpha1
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.v3 as _type_v3

class MetadataSource(_EnumValue):
    DYNAMIC: typing.ClassVar[_config_rbac_v3.MetadataSource]
    ROUTE: typing.ClassVar[_config_rbac_v3.MetadataSource]

class Action(_Message):
    name: builtins.str
    action: _config_rbac_v3.RBAC.Action
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        action: _config_rbac_v3.RBAC.Action | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["name", "action"]) -> None: ...

class Permission(_Message):
    class Set(_Message):
        @builtins.property
        def rules(self) -> _containers.RepeatedCompositeFieldContainer[_config_rbac_v3.Permission]: ...
        def __init__(
            self,
            *,
            rules: collections.abc.Iterable[_config_rbac_v3.Permission] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["rules"]) -> None: ...

    @builtins.property
    def and_rules(self) -> _config_rbac_v3.Permission.Set: ...
    @builtins.property
    def or_rules(self) -> _config_rbac_v3.Permission.Set: ...
    any: builtins.bool
    @builtins.property
    def header(self) -> _config_route_v3.HeaderMatcher: ...
    @builtins.property
    def destination_ip(self) -> _config_core_v3.CidrRange: ...
    destination_port: builtins.int
    @builtins.property
    def metadata(self) -> _type_matcher_v3.MetadataMatcher: ...
    @builtins.property
    def not_rule(self) -> _config_rbac_v3.Permission: ...
    @builtins.property
    def requested_server_name(self) -> _type_matcher_v3.StringMatcher: ...
    @builtins.property
    def url_path(self) -> _type_matcher_v3.PathMatcher: ...
    @builtins.property
    def destination_port_range(self) -> _type_v3.Int32Range: ...
    @builtins.property
    def matcher(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def uri_template(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def sourced_metadata(self) -> _config_rbac_v3.SourcedMetadata: ...
    def __init__(
        self,
        *,
        and_rules: _config_rbac_v3.Permission.Set | None = ...,
        or_rules: _config_rbac_v3.Permission.Set | None = ...,
        any: builtins.bool | None = ...,
        header: _config_route_v3.HeaderMatcher | None = ...,
        destination_ip: _config_core_v3.CidrRange | None = ...,
        destination_port: builtins.int | None = ...,
        metadata: _type_matcher_v3.MetadataMatcher | None = ...,
        not_rule: _config_rbac_v3.Permission | None = ...,
        requested_server_name: _type_matcher_v3.StringMatcher | None = ...,
        url_path: _type_matcher_v3.PathMatcher | None = ...,
        destination_port_range: _type_v3.Int32Range | None = ...,
        matcher: _config_core_v3.TypedExtensionConfig | None = ...,
        uri_template: _config_core_v3.TypedExtensionConfig | None = ...,
        sourced_metadata: _config_rbac_v3.SourcedMetadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["and_rules", "or_rules", "any", "header", "destination_ip", "destination_port", "metadata", "not_rule", "requested_server_name", "url_path", "destination_port_range", "matcher", "uri_template", "sourced_metadata", "rule"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["and_rules", "or_rules", "any", "header", "destination_ip", "destination_port", "metadata", "not_rule", "requested_server_name", "url_path", "destination_port_range", "matcher", "uri_template", "sourced_metadata", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["rule"]) -> typing.Literal["and_rules", "or_rules", "any", "header", "destination_ip", "destination_port", "metadata", "not_rule", "requested_server_name", "url_path", "destination_port_range", "matcher", "uri_template", "sourced_metadata"] | None: ...

class Policy(_Message):
    @builtins.property
    def permissions(self) -> _containers.RepeatedCompositeFieldContainer[_config_rbac_v3.Permission]: ...
    @builtins.property
    def principals(self) -> _containers.RepeatedCompositeFieldContainer[_config_rbac_v3.Principal]: ...
    @builtins.property
    def condition(self) -> _google_api_expr_v1alpha1.Expr: ...
    @builtins.property
    def checked_condition(self) -> _google_api_expr_v1alpha1.CheckedExpr: ...
    @builtins.property
    def cel_config(self) -> _config_core_v3.CelExpressionConfig: ...
    def __init__(
        self,
        *,
        permissions: collections.abc.Iterable[_config_rbac_v3.Permission] | None = ...,
        principals: collections.abc.Iterable[_config_rbac_v3.Principal] | None = ...,
        condition: _google_api_expr_v1alpha1.Expr | None = ...,
        checked_condition: _google_api_expr_v1alpha1.CheckedExpr | None = ...,
        cel_config: _config_core_v3.CelExpressionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["condition", "checked_condition", "cel_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["permissions", "principals", "condition", "checked_condition", "cel_config"]) -> None: ...

class Principal(_Message):
    class Authenticated(_Message):
        @builtins.property
        def principal_name(self) -> _type_matcher_v3.StringMatcher: ...
        def __init__(
            self,
            *,
            principal_name: _type_matcher_v3.StringMatcher | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["principal_name"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["principal_name"]) -> None: ...

    class Set(_Message):
        @builtins.property
        def ids(self) -> _containers.RepeatedCompositeFieldContainer[_config_rbac_v3.Principal]: ...
        def __init__(
            self,
            *,
            ids: collections.abc.Iterable[_config_rbac_v3.Principal] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["ids"]) -> None: ...

    @builtins.property
    def and_ids(self) -> _config_rbac_v3.Principal.Set: ...
    @builtins.property
    def or_ids(self) -> _config_rbac_v3.Principal.Set: ...
    any: builtins.bool
    @builtins.property
    def authenticated(self) -> _config_rbac_v3.Principal.Authenticated: ...
    @builtins.property
    def source_ip(self) -> _config_core_v3.CidrRange: ...
    @builtins.property
    def header(self) -> _config_route_v3.HeaderMatcher: ...
    @builtins.property
    def metadata(self) -> _type_matcher_v3.MetadataMatcher: ...
    @builtins.property
    def not_id(self) -> _config_rbac_v3.Principal: ...
    @builtins.property
    def url_path(self) -> _type_matcher_v3.PathMatcher: ...
    @builtins.property
    def direct_remote_ip(self) -> _config_core_v3.CidrRange: ...
    @builtins.property
    def remote_ip(self) -> _config_core_v3.CidrRange: ...
    @builtins.property
    def filter_state(self) -> _type_matcher_v3.FilterStateMatcher: ...
    @builtins.property
    def sourced_metadata(self) -> _config_rbac_v3.SourcedMetadata: ...
    @builtins.property
    def custom(self) -> _config_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        and_ids: _config_rbac_v3.Principal.Set | None = ...,
        or_ids: _config_rbac_v3.Principal.Set | None = ...,
        any: builtins.bool | None = ...,
        authenticated: _config_rbac_v3.Principal.Authenticated | None = ...,
        source_ip: _config_core_v3.CidrRange | None = ...,
        header: _config_route_v3.HeaderMatcher | None = ...,
        metadata: _type_matcher_v3.MetadataMatcher | None = ...,
        not_id: _config_rbac_v3.Principal | None = ...,
        url_path: _type_matcher_v3.PathMatcher | None = ...,
        direct_remote_ip: _config_core_v3.CidrRange | None = ...,
        remote_ip: _config_core_v3.CidrRange | None = ...,
        filter_state: _type_matcher_v3.FilterStateMatcher | None = ...,
        sourced_metadata: _config_rbac_v3.SourcedMetadata | None = ...,
        custom: _config_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["and_ids", "or_ids", "any", "authenticated", "source_ip", "header", "metadata", "not_id", "url_path", "direct_remote_ip", "remote_ip", "filter_state", "sourced_metadata", "custom", "identifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["and_ids", "or_ids", "any", "authenticated", "source_ip", "header", "metadata", "not_id", "url_path", "direct_remote_ip", "remote_ip", "filter_state", "sourced_metadata", "custom", "identifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["identifier"]) -> typing.Literal["and_ids", "or_ids", "any", "authenticated", "source_ip", "header", "metadata", "not_id", "url_path", "direct_remote_ip", "remote_ip", "filter_state", "sourced_metadata", "custom"] | None: ...

class RBAC(_Message):
    class Action(_EnumValue):
        ALLOW: typing.ClassVar[_config_rbac_v3.RBAC.Action]
        DENY: typing.ClassVar[_config_rbac_v3.RBAC.Action]
        LOG: typing.ClassVar[_config_rbac_v3.RBAC.Action]

    class AuditLoggingOptions(_Message):
        class AuditCondition(_EnumValue):
            NONE: typing.ClassVar[_config_rbac_v3.RBAC.AuditLoggingOptions.AuditCondition]
            ON_DENY: typing.ClassVar[_config_rbac_v3.RBAC.AuditLoggingOptions.AuditCondition]
            ON_ALLOW: typing.ClassVar[_config_rbac_v3.RBAC.AuditLoggingOptions.AuditCondition]
            ON_DENY_AND_ALLOW: typing.ClassVar[_config_rbac_v3.RBAC.AuditLoggingOptions.AuditCondition]

        class AuditLoggerConfig(_Message):
            @builtins.property
            def audit_logger(self) -> _config_core_v3.TypedExtensionConfig: ...
            is_optional: builtins.bool
            def __init__(
                self,
                *,
                audit_logger: _config_core_v3.TypedExtensionConfig | None = ...,
                is_optional: builtins.bool | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["audit_logger"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["audit_logger", "is_optional"]) -> None: ...

        audit_condition: _config_rbac_v3.RBAC.AuditLoggingOptions.AuditCondition
        @builtins.property
        def logger_configs(self) -> _containers.RepeatedCompositeFieldContainer[_config_rbac_v3.RBAC.AuditLoggingOptions.AuditLoggerConfig]: ...
        def __init__(
            self,
            *,
            audit_condition: _config_rbac_v3.RBAC.AuditLoggingOptions.AuditCondition | None = ...,
            logger_configs: collections.abc.Iterable[_config_rbac_v3.RBAC.AuditLoggingOptions.AuditLoggerConfig] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["audit_condition", "logger_configs"]) -> None: ...

    action: _config_rbac_v3.RBAC.Action
    @builtins.property
    def policies(self) -> _containers.MessageMap[builtins.str, _config_rbac_v3.Policy]: ...
    @builtins.property
    def audit_logging_options(self) -> _config_rbac_v3.RBAC.AuditLoggingOptions: ...
    def __init__(
        self,
        *,
        action: _config_rbac_v3.RBAC.Action | None = ...,
        policies: collections.abc.Mapping[builtins.str, _config_rbac_v3.Policy] | None = ...,
        audit_logging_options: _config_rbac_v3.RBAC.AuditLoggingOptions | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["audit_logging_options"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["action", "policies", "audit_logging_options"]) -> None: ...

class SourcedMetadata(_Message):
    @builtins.property
    def metadata_matcher(self) -> _type_matcher_v3.MetadataMatcher: ...
    metadata_source: _config_rbac_v3.MetadataSource
    def __init__(
        self,
        *,
        metadata_matcher: _type_matcher_v3.MetadataMatcher | None = ...,
        metadata_source: _config_rbac_v3.MetadataSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["metadata_matcher"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["metadata_matcher", "metadata_source"]) -> None: ...

