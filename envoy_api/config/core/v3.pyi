# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_envoy_api.py; do not edit.
import builtins
import collections.abc
import datetime
import typing

from google.protobuf.internal import containers as _containers
from google.protobuf.message import Message as _Message

from envoy_api._messages import EnumValue as _EnumValue
from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.type.matcher.v3 as _type_matcher_v3
import envoy_api.type.v3 as _type_v3
import envoy_api.xds.core.v3 as _xds_core_v3

class ApiVersion(_EnumValue):
    AUTO: typing.ClassVar[_config_core_v3.ApiVersion]
    V2: typing.ClassVar[_config_core_v3.ApiVersion]
    V3: typing.ClassVar[_config_core_v3.ApiVersion]

class HealthStatus(_EnumValue):
    UNKNOWN: typing.ClassVar[_config_core_v3.HealthStatus]
    HEALTHY: typing.ClassVar[_config_core_v3.HealthStatus]
    UNHEALTHY: typing.ClassVar[_config_core_v3.HealthStatus]
    DRAINING: typing.ClassVar[_config_core_v3.HealthStatus]
    TIMEOUT: typing.ClassVar[_config_core_v3.HealthStatus]
    DEGRADED: typing.ClassVar[_config_core_v3.HealthStatus]

class RequestMethod(_EnumValue):
    METHOD_UNSPECIFIED: typing.ClassVar[_config_core_v3.RequestMethod]
    GET: typing.ClassVar[_config_core_v3.RequestMethod]
    HEAD: typing.ClassVar[_config_core_v3.RequestMethod]
    POST: typing.ClassVar[_config_core_v3.RequestMethod]
    PUT: typing.ClassVar[_config_core_v3.RequestMethod]
    DELETE: typing.ClassVar[_config_core_v3.RequestMethod]
    CONNECT: typing.ClassVar[_config_core_v3.RequestMethod]
    OPTIONS: typing.ClassVar[_config_core_v3.RequestMethod]
    TRACE: typing.ClassVar[_config_core_v3.RequestMethod]
    PATCH: typing.ClassVar[_config_core_v3.RequestMethod]

class RoutingPriority(_EnumValue):
    DEFAULT: typing.ClassVar[_config_core_v3.RoutingPriority]
    HIGH: typing.ClassVar[_config_core_v3.RoutingPriority]

class TrafficDirection(_EnumValue):
    UNSPECIFIED: typing.ClassVar[_config_core_v3.TrafficDirection]
    INBOUND: typing.ClassVar[_config_core_v3.TrafficDirection]
    OUTBOUND: typing.ClassVar[_config_core_v3.TrafficDirection]

class Address(_Message):
    @builtins.property
    def socket_address(self) -> _config_core_v3.SocketAddress: ...
    @builtins.property
    def pipe(self) -> _config_core_v3.Pipe: ...
    @builtins.property
    def envoy_internal_address(self) -> _config_core_v3.EnvoyInternalAddress: ...
    def __init__(
        self,
        *,
        socket_address: _config_core_v3.SocketAddress | None = ...,
        pipe: _config_core_v3.Pipe | None = ...,
        envoy_internal_address: _config_core_v3.EnvoyInternalAddress | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["socket_address", "pipe", "envoy_internal_address", "address"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["socket_address", "pipe", "envoy_internal_address", "address"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["address"]) -> typing.Literal["socket_address", "pipe", "envoy_internal_address"] | None: ...

class AggregatedConfigSource(_Message):
    def __init__(self) -> None: ...

class AlternateProtocolsCacheOptions(_Message):
    class AlternateProtocolsCacheEntry(_Message):
        hostname: builtins.str
        port: builtins.int
        def __init__(
            self,
            *,
            hostname: builtins.str | None = ...,
            port: builtins.int | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["hostname", "port"]) -> None: ...

    name: builtins.str
    @builtins.property
    def max_entries(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def key_value_store_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def prepopulated_entries(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.AlternateProtocolsCacheOptions.AlternateProtocolsCacheEntry]: ...
    @builtins.property
    def canonical_suffixes(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        max_entries: _wrappers_pb2.UInt32Value | None = ...,
        key_value_store_config: _config_core_v3.TypedExtensionConfig | None = ...,
        prepopulated_entries: collections.abc.Iterable[_config_core_v3.AlternateProtocolsCacheOptions.AlternateProtocolsCacheEntry] | None = ...,
        canonical_suffixes: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_entries", "key_value_store_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "max_entries", "key_value_store_config", "prepopulated_entries", "canonical_suffixes"]) -> None: ...

class ApiConfigSource(_Message):
    class ApiType(_EnumValue):
        DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE: typing.ClassVar[_config_core_v3.ApiConfigSource.ApiType]
        REST: typing.ClassVar[_config_core_v3.ApiConfigSource.ApiType]
        GRPC: typing.ClassVar[_config_core_v3.ApiConfigSource.ApiType]
        DELTA_GRPC: typing.ClassVar[_config_core_v3.ApiConfigSource.ApiType]
        AGGREGATED_GRPC: typing.ClassVar[_config_core_v3.ApiConfigSource.ApiType]
        AGGREGATED_DELTA_GRPC: typing.ClassVar[_config_core_v3.ApiConfigSource.ApiType]

    api_type: _config_core_v3.ApiConfigSource.ApiType
    @builtins.property
    def cluster_names(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def refresh_delay(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def grpc_services(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.GrpcService]: ...
    @builtins.property
    def request_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def rate_limit_settings(self) -> _config_core_v3.RateLimitSettings: ...
    set_node_on_first_message_only: builtins.bool
    transport_api_version: _config_core_v3.ApiVersion
    @builtins.property
    def config_validators(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    def __init__(
        self,
        *,
        api_type: _config_core_v3.ApiConfigSource.ApiType | None = ...,
        cluster_names: collections.abc.Iterable[builtins.str] | None = ...,
        refresh_delay: _duration_pb2.Duration | datetime.timedelta | None = ...,
        grpc_services: collections.abc.Iterable[_config_core_v3.GrpcService] | None = ...,
        request_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        rate_limit_settings: _config_core_v3.RateLimitSettings | None = ...,
        set_node_on_first_message_only: builtins.bool | None = ...,
        transport_api_version: _config_core_v3.ApiVersion | None = ...,
        config_validators: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["refresh_delay", "request_timeout", "rate_limit_settings"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["api_type", "cluster_names", "refresh_delay", "grpc_services", "request_timeout", "rate_limit_settings", "set_node_on_first_message_only", "transport_api_version", "config_validators"]) -> None: ...

class AsyncDataSource(_Message):
    @builtins.property
    def local(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def remote(self) -> _config_core_v3.RemoteDataSource: ...
    def __init__(
        self,
        *,
        local: _config_core_v3.DataSource | None = ...,
        remote: _config_core_v3.RemoteDataSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["local", "remote", "specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["local", "remote", "specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["specifier"]) -> typing.Literal["local", "remote"] | None: ...

class BackoffStrategy(_Message):
    @builtins.property
    def base_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def max_interval(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        base_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        max_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["base_interval", "max_interval"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["base_interval", "max_interval"]) -> None: ...

class BindConfig(_Message):
    @builtins.property
    def source_address(self) -> _config_core_v3.SocketAddress: ...
    @builtins.property
    def freebind(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def socket_options(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.SocketOption]: ...
    @builtins.property
    def additional_source_addresses(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.SocketAddress]: ...
    @builtins.property
    def extra_source_addresses(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.ExtraSourceAddress]: ...
    @builtins.property
    def local_address_selector(self) -> _config_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        source_address: _config_core_v3.SocketAddress | None = ...,
        freebind: _wrappers_pb2.BoolValue | None = ...,
        socket_options: collections.abc.Iterable[_config_core_v3.SocketOption] | None = ...,
        additional_source_addresses: collections.abc.Iterable[_config_core_v3.SocketAddress] | None = ...,
        extra_source_addresses: collections.abc.Iterable[_config_core_v3.ExtraSourceAddress] | None = ...,
        local_address_selector: _config_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["source_address", "freebind", "local_address_selector"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["source_address", "freebind", "socket_options", "additional_source_addresses", "extra_source_addresses", "local_address_selector"]) -> None: ...

class BuildVersion(_Message):
    @builtins.property
    def version(self) -> _type_v3.SemanticVersion: ...
    @builtins.property
    def metadata(self) -> _struct_pb2.Struct: ...
    def __init__(
        self,
        *,
        version: _type_v3.SemanticVersion | None = ...,
        metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["version", "metadata"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["version", "metadata"]) -> None: ...

class CelExpressionConfig(_Message):
    enable_string_conversion: builtins.bool
    enable_string_concat: builtins.bool
    enable_string_functions: builtins.bool
    def __init__(
        self,
        *,
        enable_string_conversion: builtins.bool | None = ...,
        enable_string_concat: builtins.bool | None = ...,
        enable_string_functions: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["enable_string_conversion", "enable_string_concat", "enable_string_functions"]) -> None: ...

class CidrRange(_Message):
    address_prefix: builtins.str
    @builtins.property
    def prefix_len(self) -> _wrappers_pb2.UInt32Value: ...
    def __init__(
        self,
        *,
        address_prefix: builtins.str | None = ...,
        prefix_len: _wrappers_pb2.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["prefix_len"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["address_prefix", "prefix_len"]) -> None: ...

class ConfigSource(_Message):
    path: builtins.str
    @builtins.property
    def api_config_source(self) -> _config_core_v3.ApiConfigSource: ...
    @builtins.property
    def ads(self) -> _config_core_v3.AggregatedConfigSource: ...
    @builtins.property
    def initial_fetch_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def self(self) -> _config_core_v3.SelfConfigSource: ...
    resource_api_version: _config_core_v3.ApiVersion
    @builtins.property
    def authorities(self) -> _containers.RepeatedCompositeFieldContainer[_xds_core_v3.Authority]: ...
    @builtins.property
    def path_config_source(self) -> _config_core_v3.PathConfigSource: ...
    def __init__(
        self_,
        *,
        path: builtins.str | None = ...,
        api_config_source: _config_core_v3.ApiConfigSource | None = ...,
        ads: _config_core_v3.AggregatedConfigSource | None = ...,
        initial_fetch_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        self: _config_core_v3.SelfConfigSource | None = ...,
        resource_api_version: _config_core_v3.ApiVersion | None = ...,
        authorities: collections.abc.Iterable[_xds_core_v3.Authority] | None = ...,
        path_config_source: _config_core_v3.PathConfigSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["path", "api_config_source", "ads", "initial_fetch_timeout", "self", "path_config_source", "config_source_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["path", "api_config_source", "ads", "initial_fetch_timeout", "self", "resource_api_version", "authorities", "path_config_source", "config_source_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_source_specifier"]) -> typing.Literal["path", "api_config_source", "ads", "self", "path_config_source"] | None: ...

class ControlPlane(_Message):
    identifier: builtins.str
    def __init__(
        self,
        *,
        identifier: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["identifier"]) -> None: ...

class DataSource(_Message):
    filename: builtins.str
    inline_bytes: builtins.bytes
    inline_string: builtins.str
    environment_variable: builtins.str
    @builtins.property
    def watched_directory(self) -> _config_core_v3.WatchedDirectory: ...
    def __init__(
        self,
        *,
        filename: builtins.str | None = ...,
        inline_bytes: builtins.bytes | None = ...,
        inline_string: builtins.str | None = ...,
        environment_variable: builtins.str | None = ...,
        watched_directory: _config_core_v3.WatchedDirectory | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["filename", "inline_bytes", "inline_string", "environment_variable", "watched_directory", "specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["filename", "inline_bytes", "inline_string", "environment_variable", "watched_directory", "specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["specifier"]) -> typing.Literal["filename", "inline_bytes", "inline_string", "environment_variable"] | None: ...

class DnsResolutionConfig(_Message):
    @builtins.property
    def resolvers(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.Address]: ...
    @builtins.property
    def dns_resolver_options(self) -> _config_core_v3.DnsResolverOptions: ...
    def __init__(
        self,
        *,
        resolvers: collections.abc.Iterable[_config_core_v3.Address] | None = ...,
        dns_resolver_options: _config_core_v3.DnsResolverOptions | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["dns_resolver_options"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["resolvers", "dns_resolver_options"]) -> None: ...

class DnsResolverOptions(_Message):
    use_tcp_for_dns_lookups: builtins.bool
    no_default_search_domain: builtins.bool
    def __init__(
        self,
        *,
        use_tcp_for_dns_lookups: builtins.bool | None = ...,
        no_default_search_domain: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["use_tcp_for_dns_lookups", "no_default_search_domain"]) -> None: ...

class EnvoyInternalAddress(_Message):
    server_listener_name: builtins.str
    endpoint_id: builtins.str
    def __init__(
        self,
        *,
        server_listener_name: builtins.str | None = ...,
        endpoint_id: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["server_listener_name", "address_name_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["server_listener_name", "endpoint_id", "address_name_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["address_name_specifier"]) -> typing.Literal["server_listener_name"] | None: ...

class EventServiceConfig(_Message):
    @builtins.property
    def grpc_service(self) -> _config_core_v3.GrpcService: ...
    def __init__(
        self,
        *,
        grpc_service: _config_core_v3.GrpcService | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["grpc_service", "config_source_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["grpc_service", "config_source_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_source_specifier"]) -> typing.Literal["grpc_service"] | None: ...

class Extension(_Message):
    name: builtins.str
    category: builtins.str
    type_descriptor: builtins.str
    @builtins.property
    def version(self) -> _config_core_v3.BuildVersion: ...
    disabled: builtins.bool
    @builtins.property
    def type_urls(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        category: builtins.str | None = ...,
        type_descriptor: builtins.str | None = ...,
        version: _config_core_v3.BuildVersion | None = ...,
        disabled: builtins.bool | None = ...,
        type_urls: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["version"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "category", "type_descriptor", "version", "disabled", "type_urls"]) -> None: ...

class ExtensionConfigSource(_Message):
    @builtins.property
    def config_source(self) -> _config_core_v3.ConfigSource: ...
    @builtins.property
    def default_config(self) -> _any_pb2.Any: ...
    apply_default_config_without_warming: builtins.bool
    @builtins.property
    def type_urls(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    def __init__(
        self,
        *,
        config_source: _config_core_v3.ConfigSource | None = ...,
        default_config: _any_pb2.Any | None = ...,
        apply_default_config_without_warming: builtins.bool | None = ...,
        type_urls: collections.abc.Iterable[builtins.str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["config_source", "default_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["config_source", "default_config", "apply_default_config_without_warming", "type_urls"]) -> None: ...

class ExtraSourceAddress(_Message):
    @builtins.property
    def address(self) -> _config_core_v3.SocketAddress: ...
    @builtins.property
    def socket_options(self) -> _config_core_v3.SocketOptionsOverride: ...
    def __init__(
        self,
        *,
        address: _config_core_v3.SocketAddress | None = ...,
        socket_options: _config_core_v3.SocketOptionsOverride | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["address", "socket_options"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["address", "socket_options"]) -> None: ...

class GrpcService(_Message):
    class EnvoyGrpc(_Message):
        cluster_name: builtins.str
        authority: builtins.str
        @builtins.property
        def retry_policy(self) -> _config_core_v3.RetryPolicy: ...
        @builtins.property
        def max_receive_message_length(self) -> _wrappers_pb2.UInt32Value: ...
        skip_envoy_headers: builtins.bool
        def __init__(
            self,
            *,
            cluster_name: builtins.str | None = ...,
            authority: builtins.str | None = ...,
            retry_policy: _config_core_v3.RetryPolicy | None = ...,
            max_receive_message_length: _wrappers_pb2.UInt32Value | None = ...,
            skip_envoy_headers: builtins.bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["retry_policy", "max_receive_message_length"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["cluster_name", "authority", "retry_policy", "max_receive_message_length", "skip_envoy_headers"]) -> None: ...

    class GoogleGrpc(_Message):
        class CallCredentials(_Message):
            class GoogleIAMCredentials(_Message):
                authorization_token: builtins.str
                authority_selector: builtins.str
                def __init__(
                    self,
                    *,
                    authorization_token: builtins.str | None = ...,
                    authority_selector: builtins.str | None = ...,
                ) -> None: ...
                def ClearField(self, field_name: typing.Literal["authorization_token", "authority_selector"]) -> None: ...

            class MetadataCredentialsFromPlugin(_Message):
                name: builtins.str
                @builtins.property
                def typed_config(self) -> _any_pb2.Any: ...
                def __init__(
                    self,
                    *,
                    name: builtins.str | None = ...,
                    typed_config: _any_pb2.Any | None = ...,
                ) -> None: ...
                def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
                def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_type"]) -> None: ...
                def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

            class ServiceAccountJWTAccessCredentials(_Message):
                json_key: builtins.str
                token_lifetime_seconds: builtins.int
                def __init__(
                    self,
                    *,
                    json_key: builtins.str | None = ...,
                    token_lifetime_seconds: builtins.int | None = ...,
                ) -> None: ...
                def ClearField(self, field_name: typing.Literal["json_key", "token_lifetime_seconds"]) -> None: ...

            class StsService(_Message):
                token_exchange_service_uri: builtins.str
                resource: builtins.str
                audience: builtins.str
                scope: builtins.str
                requested_token_type: builtins.str
                subject_token_path: builtins.str
                subject_token_type: builtins.str
                actor_token_path: builtins.str
                actor_token_type: builtins.str
                def __init__(
                    self,
                    *,
                    token_exchange_service_uri: builtins.str | None = ...,
                    resource: builtins.str | None = ...,
                    audience: builtins.str | None = ...,
                    scope: builtins.str | None = ...,
                    requested_token_type: builtins.str | None = ...,
                    subject_token_path: builtins.str | None = ...,
                    subject_token_type: builtins.str | None = ...,
                    actor_token_path: builtins.str | None = ...,
                    actor_token_type: builtins.str | None = ...,
                ) -> None: ...
                def ClearField(self, field_name: typing.Literal["token_exchange_service_uri", "resource", "audience", "scope", "requested_token_type", "subject_token_path", "subject_token_type", "actor_token_path", "actor_token_type"]) -> None: ...

            access_token: builtins.str
            @builtins.property
            def google_compute_engine(self) -> _empty_pb2.Empty: ...
            google_refresh_token: builtins.str
            @builtins.property
            def service_account_jwt_access(self) -> _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials: ...
            @builtins.property
            def google_iam(self) -> _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials: ...
            @builtins.property
            def from_plugin(self) -> _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin: ...
            @builtins.property
            def sts_service(self) -> _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.StsService: ...
            def __init__(
                self,
                *,
                access_token: builtins.str | None = ...,
                google_compute_engine: _empty_pb2.Empty | None = ...,
                google_refresh_token: builtins.str | None = ...,
                service_account_jwt_access: _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials | None = ...,
                google_iam: _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials | None = ...,
                from_plugin: _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin | None = ...,
                sts_service: _config_core_v3.GrpcService.GoogleGrpc.CallCredentials.StsService | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["access_token", "google_compute_engine", "google_refresh_token", "service_account_jwt_access", "google_iam", "from_plugin", "sts_service", "credential_specifier"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["access_token", "google_compute_engine", "google_refresh_token", "service_account_jwt_access", "google_iam", "from_plugin", "sts_service", "credential_specifier"]) -> None: ...
            def WhichOneof(self, oneof_group: typing.Literal["credential_specifier"]) -> typing.Literal["access_token", "google_compute_engine", "google_refresh_token", "service_account_jwt_access", "google_iam", "from_plugin", "sts_service"] | None: ...

        class ChannelArgs(_Message):
            class Value(_Message):
                string_value: builtins.str
                int_value: builtins.int
                def __init__(
                    self,
                    *,
                    string_value: builtins.str | None = ...,
                    int_value: builtins.int | None = ...,
                ) -> None: ...
                def HasField(self, field_name: typing.Literal["string_value", "int_value", "value_specifier"]) -> builtins.bool: ...
                def ClearField(self, field_name: typing.Literal["string_value", "int_value", "value_specifier"]) -> None: ...
                def WhichOneof(self, oneof_group: typing.Literal["value_specifier"]) -> typing.Literal["string_value", "int_value"] | None: ...

            @builtins.property
            def args(self) -> _containers.MessageMap[builtins.str, _config_core_v3.GrpcService.GoogleGrpc.ChannelArgs.Value]: ...
            def __init__(
                self,
                *,
                args: collections.abc.Mapping[builtins.str, _config_core_v3.GrpcService.GoogleGrpc.ChannelArgs.Value] | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: typing.Literal["args"]) -> None: ...

        class ChannelCredentials(_Message):
            @builtins.property
            def ssl_credentials(self) -> _config_core_v3.GrpcService.GoogleGrpc.SslCredentials: ...
            @builtins.property
            def google_default(self) -> _empty_pb2.Empty: ...
            @builtins.property
            def local_credentials(self) -> _config_core_v3.GrpcService.GoogleGrpc.GoogleLocalCredentials: ...
            def __init__(
                self,
                *,
                ssl_credentials: _config_core_v3.GrpcService.GoogleGrpc.SslCredentials | None = ...,
                google_default: _empty_pb2.Empty | None = ...,
                local_credentials: _config_core_v3.GrpcService.GoogleGrpc.GoogleLocalCredentials | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["ssl_credentials", "google_default", "local_credentials", "credential_specifier"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["ssl_credentials", "google_default", "local_credentials", "credential_specifier"]) -> None: ...
            def WhichOneof(self, oneof_group: typing.Literal["credential_specifier"]) -> typing.Literal["ssl_credentials", "google_default", "local_credentials"] | None: ...

        class GoogleLocalCredentials(_Message):
            def __init__(self) -> None: ...

        class SslCredentials(_Message):
            @builtins.property
            def root_certs(self) -> _config_core_v3.DataSource: ...
            @builtins.property
            def private_key(self) -> _config_core_v3.DataSource: ...
            @builtins.property
            def cert_chain(self) -> _config_core_v3.DataSource: ...
            def __init__(
                self,
                *,
                root_certs: _config_core_v3.DataSource | None = ...,
                private_key: _config_core_v3.DataSource | None = ...,
                cert_chain: _config_core_v3.DataSource | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["root_certs", "private_key", "cert_chain"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["root_certs", "private_key", "cert_chain"]) -> None: ...

        target_uri: builtins.str
        @builtins.property
        def channel_credentials(self) -> _config_core_v3.GrpcService.GoogleGrpc.ChannelCredentials: ...
        @builtins.property
        def call_credentials(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.GrpcService.GoogleGrpc.CallCredentials]: ...
        stat_prefix: builtins.str
        credentials_factory_name: builtins.str
        @builtins.property
        def config(self) -> _struct_pb2.Struct: ...
        @builtins.property
        def per_stream_buffer_limit_bytes(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def channel_args(self) -> _config_core_v3.GrpcService.GoogleGrpc.ChannelArgs: ...
        @builtins.property
        def channel_credentials_plugin(self) -> _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]: ...
        @builtins.property
        def call_credentials_plugin(self) -> _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]: ...
        def __init__(
            self,
            *,
            target_uri: builtins.str | None = ...,
            channel_credentials: _config_core_v3.GrpcService.GoogleGrpc.ChannelCredentials | None = ...,
            call_credentials: collections.abc.Iterable[_config_core_v3.GrpcService.GoogleGrpc.CallCredentials] | None = ...,
            stat_prefix: builtins.str | None = ...,
            credentials_factory_name: builtins.str | None = ...,
            config: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
            per_stream_buffer_limit_bytes: _wrappers_pb2.UInt32Value | None = ...,
            channel_args: _config_core_v3.GrpcService.GoogleGrpc.ChannelArgs | None = ...,
            channel_credentials_plugin: collections.abc.Iterable[_any_pb2.Any] | None = ...,
            call_credentials_plugin: collections.abc.Iterable[_any_pb2.Any] | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["channel_credentials", "config", "per_stream_buffer_limit_bytes", "channel_args"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["target_uri", "channel_credentials", "call_credentials", "stat_prefix", "credentials_factory_name", "config", "per_stream_buffer_limit_bytes", "channel_args", "channel_credentials_plugin", "call_credentials_plugin"]) -> None: ...

    @builtins.property
    def envoy_grpc(self) -> _config_core_v3.GrpcService.EnvoyGrpc: ...
    @builtins.property
    def google_grpc(self) -> _config_core_v3.GrpcService.GoogleGrpc: ...
    @builtins.property
    def timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def initial_metadata(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValue]: ...
    @builtins.property
    def retry_policy(self) -> _config_core_v3.RetryPolicy: ...
    def __init__(
        self,
        *,
        envoy_grpc: _config_core_v3.GrpcService.EnvoyGrpc | None = ...,
        google_grpc: _config_core_v3.GrpcService.GoogleGrpc | None = ...,
        timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        initial_metadata: collections.abc.Iterable[_config_core_v3.HeaderValue] | None = ...,
        retry_policy: _config_core_v3.RetryPolicy | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["envoy_grpc", "google_grpc", "timeout", "retry_policy", "target_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["envoy_grpc", "google_grpc", "timeout", "initial_metadata", "retry_policy", "target_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["target_specifier"]) -> typing.Literal["envoy_grpc", "google_grpc"] | None: ...

class HeaderMap(_Message):
    @builtins.property
    def headers(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValue]: ...
    def __init__(
        self,
        *,
        headers: collections.abc.Iterable[_config_core_v3.HeaderValue] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["headers"]) -> None: ...

class HeaderValue(_Message):
    key: builtins.str
    value: builtins.str
    raw_value: builtins.bytes
    def __init__(
        self,
        *,
        key: builtins.str | None = ...,
        value: builtins.str | None = ...,
        raw_value: builtins.bytes | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["key", "value", "raw_value"]) -> None: ...

class HeaderValueOption(_Message):
    class HeaderAppendAction(_EnumValue):
        APPEND_IF_EXISTS_OR_ADD: typing.ClassVar[_config_core_v3.HeaderValueOption.HeaderAppendAction]
        ADD_IF_ABSENT: typing.ClassVar[_config_core_v3.HeaderValueOption.HeaderAppendAction]
        OVERWRITE_IF_EXISTS_OR_ADD: typing.ClassVar[_config_core_v3.HeaderValueOption.HeaderAppendAction]
        OVERWRITE_IF_EXISTS: typing.ClassVar[_config_core_v3.HeaderValueOption.HeaderAppendAction]

    @builtins.property
    def header(self) -> _config_core_v3.HeaderValue: ...
    @builtins.property
    def append(self) -> _wrappers_pb2.BoolValue: ...
    append_action: _config_core_v3.HeaderValueOption.HeaderAppendAction
    keep_empty_value: builtins.bool
    def __init__(
        self,
        *,
        header: _config_core_v3.HeaderValue | None = ...,
        append: _wrappers_pb2.BoolValue | None = ...,
        append_action: _config_core_v3.HeaderValueOption.HeaderAppendAction | None = ...,
        keep_empty_value: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["header", "append"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["header", "append", "append_action", "keep_empty_value"]) -> None: ...

class HealthCheck(_Message):
    class CustomHealthCheck(_Message):
        name: builtins.str
        @builtins.property
        def typed_config(self) -> _any_pb2.Any: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            typed_config: _any_pb2.Any | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_type"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

    class GrpcHealthCheck(_Message):
        service_name: builtins.str
        authority: builtins.str
        @builtins.property
        def initial_metadata(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
        def __init__(
            self,
            *,
            service_name: builtins.str | None = ...,
            authority: builtins.str | None = ...,
            initial_metadata: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["service_name", "authority", "initial_metadata"]) -> None: ...

    class HttpHealthCheck(_Message):
        host: builtins.str
        path: builtins.str
        @builtins.property
        def send(self) -> _config_core_v3.HealthCheck.Payload: ...
        @builtins.property
        def receive(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HealthCheck.Payload]: ...
        @builtins.property
        def request_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
        @builtins.property
        def request_headers_to_remove(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        @builtins.property
        def expected_statuses(self) -> _containers.RepeatedCompositeFieldContainer[_type_v3.Int64Range]: ...
        codec_client_type: _type_v3.CodecClientType
        @builtins.property
        def service_name_matcher(self) -> _type_matcher_v3.StringMatcher: ...
        @builtins.property
        def retriable_statuses(self) -> _containers.RepeatedCompositeFieldContainer[_type_v3.Int64Range]: ...
        method: _config_core_v3.RequestMethod
        @builtins.property
        def response_buffer_size(self) -> _wrappers_pb2.UInt64Value: ...
        def __init__(
            self,
            *,
            host: builtins.str | None = ...,
            path: builtins.str | None = ...,
            send: _config_core_v3.HealthCheck.Payload | None = ...,
            receive: collections.abc.Iterable[_config_core_v3.HealthCheck.Payload] | None = ...,
            request_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
            request_headers_to_remove: collections.abc.Iterable[builtins.str] | None = ...,
            expected_statuses: collections.abc.Iterable[_type_v3.Int64Range] | None = ...,
            codec_client_type: _type_v3.CodecClientType | None = ...,
            service_name_matcher: _type_matcher_v3.StringMatcher | None = ...,
            retriable_statuses: collections.abc.Iterable[_type_v3.Int64Range] | None = ...,
            method: _config_core_v3.RequestMethod | None = ...,
            response_buffer_size: _wrappers_pb2.UInt64Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["send", "service_name_matcher", "response_buffer_size"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["host", "path", "send", "receive", "request_headers_to_add", "request_headers_to_remove", "expected_statuses", "codec_client_type", "service_name_matcher", "retriable_statuses", "method", "response_buffer_size"]) -> None: ...

    class Payload(_Message):
        text: builtins.str
        binary: builtins.bytes
        def __init__(
            self,
            *,
            text: builtins.str | None = ...,
            binary: builtins.bytes | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["text", "binary", "payload"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["text", "binary", "payload"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["payload"]) -> typing.Literal["text", "binary"] | None: ...

    class TcpHealthCheck(_Message):
        @builtins.property
        def send(self) -> _config_core_v3.HealthCheck.Payload: ...
        @builtins.property
        def receive(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HealthCheck.Payload]: ...
        @builtins.property
        def proxy_protocol_config(self) -> _config_core_v3.ProxyProtocolConfig: ...
        def __init__(
            self,
            *,
            send: _config_core_v3.HealthCheck.Payload | None = ...,
            receive: collections.abc.Iterable[_config_core_v3.HealthCheck.Payload] | None = ...,
            proxy_protocol_config: _config_core_v3.ProxyProtocolConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["send", "proxy_protocol_config"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["send", "receive", "proxy_protocol_config"]) -> None: ...

    class TlsOptions(_Message):
        @builtins.property
        def alpn_protocols(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
        def __init__(
            self,
            *,
            alpn_protocols: collections.abc.Iterable[builtins.str] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["alpn_protocols"]) -> None: ...

    @builtins.property
    def timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def interval_jitter(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def unhealthy_threshold(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def healthy_threshold(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def alt_port(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def reuse_connection(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def http_health_check(self) -> _config_core_v3.HealthCheck.HttpHealthCheck: ...
    @builtins.property
    def tcp_health_check(self) -> _config_core_v3.HealthCheck.TcpHealthCheck: ...
    @builtins.property
    def grpc_health_check(self) -> _config_core_v3.HealthCheck.GrpcHealthCheck: ...
    @builtins.property
    def no_traffic_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def custom_health_check(self) -> _config_core_v3.HealthCheck.CustomHealthCheck: ...
    @builtins.property
    def unhealthy_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def unhealthy_edge_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def healthy_edge_interval(self) -> _duration_pb2.Duration: ...
    event_log_path: builtins.str
    interval_jitter_percent: builtins.int
    always_log_health_check_failures: builtins.bool
    @builtins.property
    def initial_jitter(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def tls_options(self) -> _config_core_v3.HealthCheck.TlsOptions: ...
    @builtins.property
    def event_service(self) -> _config_core_v3.EventServiceConfig: ...
    @builtins.property
    def transport_socket_match_criteria(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def no_traffic_healthy_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def event_logger(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    always_log_health_check_success: builtins.bool
    def __init__(
        self,
        *,
        timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        interval_jitter: _duration_pb2.Duration | datetime.timedelta | None = ...,
        unhealthy_threshold: _wrappers_pb2.UInt32Value | None = ...,
        healthy_threshold: _wrappers_pb2.UInt32Value | None = ...,
        alt_port: _wrappers_pb2.UInt32Value | None = ...,
        reuse_connection: _wrappers_pb2.BoolValue | None = ...,
        http_health_check: _config_core_v3.HealthCheck.HttpHealthCheck | None = ...,
        tcp_health_check: _config_core_v3.HealthCheck.TcpHealthCheck | None = ...,
        grpc_health_check: _config_core_v3.HealthCheck.GrpcHealthCheck | None = ...,
        no_traffic_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        custom_health_check: _config_core_v3.HealthCheck.CustomHealthCheck | None = ...,
        unhealthy_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        unhealthy_edge_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        healthy_edge_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        event_log_path: builtins.str | None = ...,
        interval_jitter_percent: builtins.int | None = ...,
        always_log_health_check_failures: builtins.bool | None = ...,
        initial_jitter: _duration_pb2.Duration | datetime.timedelta | None = ...,
        tls_options: _config_core_v3.HealthCheck.TlsOptions | None = ...,
        event_service: _config_core_v3.EventServiceConfig | None = ...,
        transport_socket_match_criteria: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        no_traffic_healthy_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        event_logger: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        always_log_health_check_success: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["timeout", "interval", "interval_jitter", "unhealthy_threshold", "healthy_threshold", "alt_port", "reuse_connection", "http_health_check", "tcp_health_check", "grpc_health_check", "no_traffic_interval", "custom_health_check", "unhealthy_interval", "unhealthy_edge_interval", "healthy_edge_interval", "initial_jitter", "tls_options", "event_service", "transport_socket_match_criteria", "no_traffic_healthy_interval", "health_checker"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["timeout", "interval", "interval_jitter", "unhealthy_threshold", "healthy_threshold", "alt_port", "reuse_connection", "http_health_check", "tcp_health_check", "grpc_health_check", "no_traffic_interval", "custom_health_check", "unhealthy_interval", "unhealthy_edge_interval", "healthy_edge_interval", "event_log_path", "interval_jitter_percent", "always_log_health_check_failures", "initial_jitter", "tls_options", "event_service", "transport_socket_match_criteria", "no_traffic_healthy_interval", "event_logger", "always_log_health_check_success", "health_checker"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["health_checker"]) -> typing.Literal["http_health_check", "tcp_health_check", "grpc_health_check", "custom_health_check"] | None: ...

class HealthStatusSet(_Message):
    @builtins.property
    def statuses(self) -> _containers.RepeatedScalarFieldContainer[_config_core_v3.HealthStatus]: ...
    def __init__(
        self,
        *,
        statuses: collections.abc.Iterable[_config_core_v3.HealthStatus] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["statuses"]) -> None: ...

class Http1ProtocolOptions(_Message):
    class HeaderKeyFormat(_Message):
        class ProperCaseWords(_Message):
            def __init__(self) -> None: ...

        @builtins.property
        def proper_case_words(self) -> _config_core_v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords: ...
        @builtins.property
        def stateful_formatter(self) -> _config_core_v3.TypedExtensionConfig: ...
        def __init__(
            self,
            *,
            proper_case_words: _config_core_v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords | None = ...,
            stateful_formatter: _config_core_v3.TypedExtensionConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["proper_case_words", "stateful_formatter", "header_format"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["proper_case_words", "stateful_formatter", "header_format"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["header_format"]) -> typing.Literal["proper_case_words", "stateful_formatter"] | None: ...

    @builtins.property
    def allow_absolute_url(self) -> _wrappers_pb2.BoolValue: ...
    accept_http_10: builtins.bool
    default_host_for_http_10: builtins.str
    @builtins.property
    def header_key_format(self) -> _config_core_v3.Http1ProtocolOptions.HeaderKeyFormat: ...
    enable_trailers: builtins.bool
    allow_chunked_length: builtins.bool
    @builtins.property
    def override_stream_error_on_invalid_http_message(self) -> _wrappers_pb2.BoolValue: ...
    send_fully_qualified_url: builtins.bool
    @builtins.property
    def use_balsa_parser(self) -> _wrappers_pb2.BoolValue: ...
    allow_custom_methods: builtins.bool
    @builtins.property
    def ignore_http_11_upgrade(self) -> _containers.RepeatedCompositeFieldContainer[_type_matcher_v3.StringMatcher]: ...
    def __init__(
        self,
        *,
        allow_absolute_url: _wrappers_pb2.BoolValue | None = ...,
        accept_http_10: builtins.bool | None = ...,
        default_host_for_http_10: builtins.str | None = ...,
        header_key_format: _config_core_v3.Http1ProtocolOptions.HeaderKeyFormat | None = ...,
        enable_trailers: builtins.bool | None = ...,
        allow_chunked_length: builtins.bool | None = ...,
        override_stream_error_on_invalid_http_message: _wrappers_pb2.BoolValue | None = ...,
        send_fully_qualified_url: builtins.bool | None = ...,
        use_balsa_parser: _wrappers_pb2.BoolValue | None = ...,
        allow_custom_methods: builtins.bool | None = ...,
        ignore_http_11_upgrade: collections.abc.Iterable[_type_matcher_v3.StringMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["allow_absolute_url", "header_key_format", "override_stream_error_on_invalid_http_message", "use_balsa_parser"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["allow_absolute_url", "accept_http_10", "default_host_for_http_10", "header_key_format", "enable_trailers", "allow_chunked_length", "override_stream_error_on_invalid_http_message", "send_fully_qualified_url", "use_balsa_parser", "allow_custom_methods", "ignore_http_11_upgrade"]) -> None: ...

class Http2ProtocolOptions(_Message):
    class SettingsParameter(_Message):
        @builtins.property
        def identifier(self) -> _wrappers_pb2.UInt32Value: ...
        @builtins.property
        def value(self) -> _wrappers_pb2.UInt32Value: ...
        def __init__(
            self,
            *,
            identifier: _wrappers_pb2.UInt32Value | None = ...,
            value: _wrappers_pb2.UInt32Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["identifier", "value"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["identifier", "value"]) -> None: ...

    @builtins.property
    def hpack_table_size(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_concurrent_streams(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def initial_stream_window_size(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def initial_connection_window_size(self) -> _wrappers_pb2.UInt32Value: ...
    allow_connect: builtins.bool
    allow_metadata: builtins.bool
    @builtins.property
    def max_outbound_frames(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_outbound_control_frames(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_consecutive_inbound_frames_with_empty_payload(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_inbound_priority_frames_per_stream(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_inbound_window_update_frames_per_data_frame_sent(self) -> _wrappers_pb2.UInt32Value: ...
    stream_error_on_invalid_http_messaging: builtins.bool
    @builtins.property
    def custom_settings_parameters(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.Http2ProtocolOptions.SettingsParameter]: ...
    @builtins.property
    def override_stream_error_on_invalid_http_message(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def connection_keepalive(self) -> _config_core_v3.KeepaliveSettings: ...
    @builtins.property
    def use_oghttp2_codec(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def max_metadata_size(self) -> _wrappers_pb2.UInt64Value: ...
    @builtins.property
    def enable_huffman_encoding(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def max_header_field_size_kb(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def disallow_obs_text(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def stream_reset_burst(self) -> _wrappers_pb2.UInt64Value: ...
    @builtins.property
    def stream_reset_rate(self) -> _wrappers_pb2.UInt64Value: ...
    def __init__(
        self,
        *,
        hpack_table_size: _wrappers_pb2.UInt32Value | None = ...,
        max_concurrent_streams: _wrappers_pb2.UInt32Value | None = ...,
        initial_stream_window_size: _wrappers_pb2.UInt32Value | None = ...,
        initial_connection_window_size: _wrappers_pb2.UInt32Value | None = ...,
        allow_connect: builtins.bool | None = ...,
        allow_metadata: builtins.bool | None = ...,
        max_outbound_frames: _wrappers_pb2.UInt32Value | None = ...,
        max_outbound_control_frames: _wrappers_pb2.UInt32Value | None = ...,
        max_consecutive_inbound_frames_with_empty_payload: _wrappers_pb2.UInt32Value | None = ...,
        max_inbound_priority_frames_per_stream: _wrappers_pb2.UInt32Value | None = ...,
        max_inbound_window_update_frames_per_data_frame_sent: _wrappers_pb2.UInt32Value | None = ...,
        stream_error_on_invalid_http_messaging: builtins.bool | None = ...,
        custom_settings_parameters: collections.abc.Iterable[_config_core_v3.Http2ProtocolOptions.SettingsParameter] | None = ...,
        override_stream_error_on_invalid_http_message: _wrappers_pb2.BoolValue | None = ...,
        connection_keepalive: _config_core_v3.KeepaliveSettings | None = ...,
        use_oghttp2_codec: _wrappers_pb2.BoolValue | None = ...,
        max_metadata_size: _wrappers_pb2.UInt64Value | None = ...,
        enable_huffman_encoding: _wrappers_pb2.BoolValue | None = ...,
        max_header_field_size_kb: _wrappers_pb2.UInt32Value | None = ...,
        disallow_obs_text: _wrappers_pb2.BoolValue | None = ...,
        stream_reset_burst: _wrappers_pb2.UInt64Value | None = ...,
        stream_reset_rate: _wrappers_pb2.UInt64Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["hpack_table_size", "max_concurrent_streams", "initial_stream_window_size", "initial_connection_window_size", "max_outbound_frames", "max_outbound_control_frames", "max_consecutive_inbound_frames_with_empty_payload", "max_inbound_priority_frames_per_stream", "max_inbound_window_update_frames_per_data_frame_sent", "override_stream_error_on_invalid_http_message", "connection_keepalive", "use_oghttp2_codec", "max_metadata_size", "enable_huffman_encoding", "max_header_field_size_kb", "disallow_obs_text", "stream_reset_burst", "stream_reset_rate"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["hpack_table_size", "max_concurrent_streams", "initial_stream_window_size", "initial_connection_window_size", "allow_connect", "allow_metadata", "max_outbound_frames", "max_outbound_control_frames", "max_consecutive_inbound_frames_with_empty_payload", "max_inbound_priority_frames_per_stream", "max_inbound_window_update_frames_per_data_frame_sent", "stream_error_on_invalid_http_messaging", "custom_settings_parameters", "override_stream_error_on_invalid_http_message", "connection_keepalive", "use_oghttp2_codec", "max_metadata_size", "enable_huffman_encoding", "max_header_field_size_kb", "disallow_obs_text", "stream_reset_burst", "stream_reset_rate"]) -> None: ...

class Http3ProtocolOptions(_Message):
    @builtins.property
    def quic_protocol_options(self) -> _config_core_v3.QuicProtocolOptions: ...
    @builtins.property
    def override_stream_error_on_invalid_http_message(self) -> _wrappers_pb2.BoolValue: ...
    allow_extended_connect: builtins.bool
    allow_metadata: builtins.bool
    disable_qpack: builtins.bool
    disable_connection_flow_control_for_streams: builtins.bool
    @builtins.property
    def disallow_obs_text(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        quic_protocol_options: _config_core_v3.QuicProtocolOptions | None = ...,
        override_stream_error_on_invalid_http_message: _wrappers_pb2.BoolValue | None = ...,
        allow_extended_connect: builtins.bool | None = ...,
        allow_metadata: builtins.bool | None = ...,
        disable_qpack: builtins.bool | None = ...,
        disable_connection_flow_control_for_streams: builtins.bool | None = ...,
        disallow_obs_text: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["quic_protocol_options", "override_stream_error_on_invalid_http_message", "disallow_obs_text"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["quic_protocol_options", "override_stream_error_on_invalid_http_message", "allow_extended_connect", "allow_metadata", "disable_qpack", "disable_connection_flow_control_for_streams", "disallow_obs_text"]) -> None: ...

class HttpProtocolOptions(_Message):
    class HeadersWithUnderscoresAction(_EnumValue):
        ALLOW: typing.ClassVar[_config_core_v3.HttpProtocolOptions.HeadersWithUnderscoresAction]
        REJECT_REQUEST: typing.ClassVar[_config_core_v3.HttpProtocolOptions.HeadersWithUnderscoresAction]
        DROP_HEADER: typing.ClassVar[_config_core_v3.HttpProtocolOptions.HeadersWithUnderscoresAction]

    @builtins.property
    def idle_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def max_headers_count(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_connection_duration(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def max_stream_duration(self) -> _duration_pb2.Duration: ...
    headers_with_underscores_action: _config_core_v3.HttpProtocolOptions.HeadersWithUnderscoresAction
    @builtins.property
    def max_requests_per_connection(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_response_headers_kb(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def max_connection_duration_jitter(self) -> _type_v3.Percent: ...
    def __init__(
        self,
        *,
        idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        max_headers_count: _wrappers_pb2.UInt32Value | None = ...,
        max_connection_duration: _duration_pb2.Duration | datetime.timedelta | None = ...,
        max_stream_duration: _duration_pb2.Duration | datetime.timedelta | None = ...,
        headers_with_underscores_action: _config_core_v3.HttpProtocolOptions.HeadersWithUnderscoresAction | None = ...,
        max_requests_per_connection: _wrappers_pb2.UInt32Value | None = ...,
        max_response_headers_kb: _wrappers_pb2.UInt32Value | None = ...,
        max_connection_duration_jitter: _type_v3.Percent | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["idle_timeout", "max_headers_count", "max_connection_duration", "max_stream_duration", "max_requests_per_connection", "max_response_headers_kb", "max_connection_duration_jitter"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["idle_timeout", "max_headers_count", "max_connection_duration", "max_stream_duration", "headers_with_underscores_action", "max_requests_per_connection", "max_response_headers_kb", "max_connection_duration_jitter"]) -> None: ...

class HttpService(_Message):
    @builtins.property
    def http_uri(self) -> _config_core_v3.HttpUri: ...
    @builtins.property
    def request_headers_to_add(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.HeaderValueOption]: ...
    @builtins.property
    def formatters(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    def __init__(
        self,
        *,
        http_uri: _config_core_v3.HttpUri | None = ...,
        request_headers_to_add: collections.abc.Iterable[_config_core_v3.HeaderValueOption] | None = ...,
        formatters: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["http_uri"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["http_uri", "request_headers_to_add", "formatters"]) -> None: ...

class HttpUri(_Message):
    uri: builtins.str
    cluster: builtins.str
    @builtins.property
    def timeout(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        uri: builtins.str | None = ...,
        cluster: builtins.str | None = ...,
        timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["cluster", "timeout", "http_upstream_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["uri", "cluster", "timeout", "http_upstream_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["http_upstream_type"]) -> typing.Literal["cluster"] | None: ...

class JsonFormatOptions(_Message):
    sort_properties: builtins.bool
    def __init__(
        self,
        *,
        sort_properties: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["sort_properties"]) -> None: ...

class KeepaliveSettings(_Message):
    @builtins.property
    def interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def interval_jitter(self) -> _type_v3.Percent: ...
    @builtins.property
    def connection_idle_interval(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        interval_jitter: _type_v3.Percent | None = ...,
        connection_idle_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["interval", "timeout", "interval_jitter", "connection_idle_interval"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["interval", "timeout", "interval_jitter", "connection_idle_interval"]) -> None: ...

class Locality(_Message):
    region: builtins.str
    zone: builtins.str
    sub_zone: builtins.str
    def __init__(
        self,
        *,
        region: builtins.str | None = ...,
        zone: builtins.str | None = ...,
        sub_zone: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["region", "zone", "sub_zone"]) -> None: ...

class Metadata(_Message):
    @builtins.property
    def filter_metadata(self) -> _containers.MessageMap[builtins.str, _struct_pb2.Struct]: ...
    @builtins.property
    def typed_filter_metadata(self) -> _containers.MessageMap[builtins.str, _any_pb2.Any]: ...
    def __init__(
        self,
        *,
        filter_metadata: collections.abc.Mapping[builtins.str, _struct_pb2.Struct] | None = ...,
        typed_filter_metadata: collections.abc.Mapping[builtins.str, _any_pb2.Any] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["filter_metadata", "typed_filter_metadata"]) -> None: ...

class Node(_Message):
    id: builtins.str
    cluster: builtins.str
    @builtins.property
    def metadata(self) -> _struct_pb2.Struct: ...
    @builtins.property
    def locality(self) -> _config_core_v3.Locality: ...
    user_agent_name: builtins.str
    user_agent_version: builtins.str
    @builtins.property
    def user_agent_build_version(self) -> _config_core_v3.BuildVersion: ...
    @builtins.property
    def extensions(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.Extension]: ...
    @builtins.property
    def client_features(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def listening_addresses(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.Address]: ...
    @builtins.property
    def dynamic_parameters(self) -> _containers.MessageMap[builtins.str, _xds_core_v3.ContextParams]: ...
    def __init__(
        self,
        *,
        id: builtins.str | None = ...,
        cluster: builtins.str | None = ...,
        metadata: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        locality: _config_core_v3.Locality | None = ...,
        user_agent_name: builtins.str | None = ...,
        user_agent_version: builtins.str | None = ...,
        user_agent_build_version: _config_core_v3.BuildVersion | None = ...,
        extensions: collections.abc.Iterable[_config_core_v3.Extension] | None = ...,
        client_features: collections.abc.Iterable[builtins.str] | None = ...,
        listening_addresses: collections.abc.Iterable[_config_core_v3.Address] | None = ...,
        dynamic_parameters: collections.abc.Mapping[builtins.str, _xds_core_v3.ContextParams] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["metadata", "locality", "user_agent_version", "user_agent_build_version", "user_agent_version_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["id", "cluster", "metadata", "locality", "user_agent_name", "user_agent_version", "user_agent_build_version", "extensions", "client_features", "listening_addresses", "dynamic_parameters", "user_agent_version_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["user_agent_version_type"]) -> typing.Literal["user_agent_version", "user_agent_build_version"] | None: ...

class PathConfigSource(_Message):
    path: builtins.str
    @builtins.property
    def watched_directory(self) -> _config_core_v3.WatchedDirectory: ...
    def __init__(
        self,
        *,
        path: builtins.str | None = ...,
        watched_directory: _config_core_v3.WatchedDirectory | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["watched_directory"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["path", "watched_directory"]) -> None: ...

class Pipe(_Message):
    path: builtins.str
    mode: builtins.int
    def __init__(
        self,
        *,
        path: builtins.str | None = ...,
        mode: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["path", "mode"]) -> None: ...

class ProxyProtocolConfig(_Message):
    class Version(_EnumValue):
        V1: typing.ClassVar[_config_core_v3.ProxyProtocolConfig.Version]
        V2: typing.ClassVar[_config_core_v3.ProxyProtocolConfig.Version]

    version: _config_core_v3.ProxyProtocolConfig.Version
    @builtins.property
    def pass_through_tlvs(self) -> _config_core_v3.ProxyProtocolPassThroughTLVs: ...
    @builtins.property
    def added_tlvs(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TlvEntry]: ...
    def __init__(
        self,
        *,
        version: _config_core_v3.ProxyProtocolConfig.Version | None = ...,
        pass_through_tlvs: _config_core_v3.ProxyProtocolPassThroughTLVs | None = ...,
        added_tlvs: collections.abc.Iterable[_config_core_v3.TlvEntry] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["pass_through_tlvs"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["version", "pass_through_tlvs", "added_tlvs"]) -> None: ...

class ProxyProtocolPassThroughTLVs(_Message):
    class PassTLVsMatchType(_EnumValue):
        INCLUDE_ALL: typing.ClassVar[_config_core_v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType]
        INCLUDE: typing.ClassVar[_config_core_v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType]

    match_type: _config_core_v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType
    @builtins.property
    def tlv_type(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
    def __init__(
        self,
        *,
        match_type: _config_core_v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType | None = ...,
        tlv_type: collections.abc.Iterable[builtins.int] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["match_type", "tlv_type"]) -> None: ...

class QueryParameter(_Message):
    key: builtins.str
    value: builtins.str
    def __init__(
        self,
        *,
        key: builtins.str | None = ...,
        value: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["key", "value"]) -> None: ...

class QuicKeepAliveSettings(_Message):
    @builtins.property
    def max_interval(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def initial_interval(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        max_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
        initial_interval: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_interval", "initial_interval"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_interval", "initial_interval"]) -> None: ...

class QuicProtocolOptions(_Message):
    class ConnectionMigrationSettings(_Message):
        class MigrateIdleConnectionSettings(_Message):
            @builtins.property
            def max_idle_time_before_migration(self) -> _duration_pb2.Duration: ...
            def __init__(
                self,
                *,
                max_idle_time_before_migration: _duration_pb2.Duration | datetime.timedelta | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["max_idle_time_before_migration"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["max_idle_time_before_migration"]) -> None: ...

        @builtins.property
        def migrate_idle_connections(self) -> _config_core_v3.QuicProtocolOptions.ConnectionMigrationSettings.MigrateIdleConnectionSettings: ...
        @builtins.property
        def max_time_on_non_default_network(self) -> _duration_pb2.Duration: ...
        def __init__(
            self,
            *,
            migrate_idle_connections: _config_core_v3.QuicProtocolOptions.ConnectionMigrationSettings.MigrateIdleConnectionSettings | None = ...,
            max_time_on_non_default_network: _duration_pb2.Duration | datetime.timedelta | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["migrate_idle_connections", "max_time_on_non_default_network"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["migrate_idle_connections", "max_time_on_non_default_network"]) -> None: ...

    @builtins.property
    def max_concurrent_streams(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def initial_stream_window_size(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def initial_connection_window_size(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def num_timeouts_to_trigger_port_migration(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def connection_keepalive(self) -> _config_core_v3.QuicKeepAliveSettings: ...
    connection_options: builtins.str
    client_connection_options: builtins.str
    @builtins.property
    def idle_network_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def max_packet_length(self) -> _wrappers_pb2.UInt64Value: ...
    @builtins.property
    def client_packet_writer(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def connection_migration(self) -> _config_core_v3.QuicProtocolOptions.ConnectionMigrationSettings: ...
    @builtins.property
    def memory_reduction_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def enable_scone(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        max_concurrent_streams: _wrappers_pb2.UInt32Value | None = ...,
        initial_stream_window_size: _wrappers_pb2.UInt32Value | None = ...,
        initial_connection_window_size: _wrappers_pb2.UInt32Value | None = ...,
        num_timeouts_to_trigger_port_migration: _wrappers_pb2.UInt32Value | None = ...,
        connection_keepalive: _config_core_v3.QuicKeepAliveSettings | None = ...,
        connection_options: builtins.str | None = ...,
        client_connection_options: builtins.str | None = ...,
        idle_network_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        max_packet_length: _wrappers_pb2.UInt64Value | None = ...,
        client_packet_writer: _config_core_v3.TypedExtensionConfig | None = ...,
        connection_migration: _config_core_v3.QuicProtocolOptions.ConnectionMigrationSettings | None = ...,
        memory_reduction_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        enable_scone: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_concurrent_streams", "initial_stream_window_size", "initial_connection_window_size", "num_timeouts_to_trigger_port_migration", "connection_keepalive", "idle_network_timeout", "max_packet_length", "client_packet_writer", "connection_migration", "memory_reduction_timeout", "enable_scone"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_concurrent_streams", "initial_stream_window_size", "initial_connection_window_size", "num_timeouts_to_trigger_port_migration", "connection_keepalive", "connection_options", "client_connection_options", "idle_network_timeout", "max_packet_length", "client_packet_writer", "connection_migration", "memory_reduction_timeout", "enable_scone"]) -> None: ...

class RateLimitSettings(_Message):
    @builtins.property
    def max_tokens(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def fill_rate(self) -> _wrappers_pb2.DoubleValue: ...
    def __init__(
        self,
        *,
        max_tokens: _wrappers_pb2.UInt32Value | None = ...,
        fill_rate: _wrappers_pb2.DoubleValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_tokens", "fill_rate"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_tokens", "fill_rate"]) -> None: ...

class RemoteDataSource(_Message):
    @builtins.property
    def http_uri(self) -> _config_core_v3.HttpUri: ...
    sha256: builtins.str
    @builtins.property
    def retry_policy(self) -> _config_core_v3.RetryPolicy: ...
    def __init__(
        self,
        *,
        http_uri: _config_core_v3.HttpUri | None = ...,
        sha256: builtins.str | None = ...,
        retry_policy: _config_core_v3.RetryPolicy | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["http_uri", "retry_policy"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["http_uri", "sha256", "retry_policy"]) -> None: ...

class RetryPolicy(_Message):
    class RetryHostPredicate(_Message):
        name: builtins.str
        @builtins.property
        def typed_config(self) -> _any_pb2.Any: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            typed_config: _any_pb2.Any | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_type"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

    class RetryPriority(_Message):
        name: builtins.str
        @builtins.property
        def typed_config(self) -> _any_pb2.Any: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            typed_config: _any_pb2.Any | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_type"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

    @builtins.property
    def retry_back_off(self) -> _config_core_v3.BackoffStrategy: ...
    @builtins.property
    def num_retries(self) -> _wrappers_pb2.UInt32Value: ...
    retry_on: builtins.str
    @builtins.property
    def retry_priority(self) -> _config_core_v3.RetryPolicy.RetryPriority: ...
    @builtins.property
    def retry_host_predicate(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.RetryPolicy.RetryHostPredicate]: ...
    host_selection_retry_max_attempts: builtins.int
    def __init__(
        self,
        *,
        retry_back_off: _config_core_v3.BackoffStrategy | None = ...,
        num_retries: _wrappers_pb2.UInt32Value | None = ...,
        retry_on: builtins.str | None = ...,
        retry_priority: _config_core_v3.RetryPolicy.RetryPriority | None = ...,
        retry_host_predicate: collections.abc.Iterable[_config_core_v3.RetryPolicy.RetryHostPredicate] | None = ...,
        host_selection_retry_max_attempts: builtins.int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["retry_back_off", "num_retries", "retry_priority"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["retry_back_off", "num_retries", "retry_on", "retry_priority", "retry_host_predicate", "host_selection_retry_max_attempts"]) -> None: ...

class RuntimeDouble(_Message):
    default_value: builtins.float
    runtime_key: builtins.str
    def __init__(
        self,
        *,
        default_value: builtins.float | None = ...,
        runtime_key: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["default_value", "runtime_key"]) -> None: ...

class RuntimeFeatureFlag(_Message):
    @builtins.property
    def default_value(self) -> _wrappers_pb2.BoolValue: ...
    runtime_key: builtins.str
    def __init__(
        self,
        *,
        default_value: _wrappers_pb2.BoolValue | None = ...,
        runtime_key: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["default_value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["default_value", "runtime_key"]) -> None: ...

class RuntimeFractionalPercent(_Message):
    @builtins.property
    def default_value(self) -> _type_v3.FractionalPercent: ...
    runtime_key: builtins.str
    def __init__(
        self,
        *,
        default_value: _type_v3.FractionalPercent | None = ...,
        runtime_key: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["default_value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["default_value", "runtime_key"]) -> None: ...

class RuntimeUInt32(_Message):
    default_value: builtins.int
    runtime_key: builtins.str
    def __init__(
        self,
        *,
        default_value: builtins.int | None = ...,
        runtime_key: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["default_value", "runtime_key"]) -> None: ...

class SchemeHeaderTransformation(_Message):
    scheme_to_overwrite: builtins.str
    match_upstream: builtins.bool
    def __init__(
        self,
        *,
        scheme_to_overwrite: builtins.str | None = ...,
        match_upstream: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["scheme_to_overwrite", "transformation"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["scheme_to_overwrite", "match_upstream", "transformation"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["transformation"]) -> typing.Literal["scheme_to_overwrite"] | None: ...

class SelfConfigSource(_Message):
    transport_api_version: _config_core_v3.ApiVersion
    def __init__(
        self,
        *,
        transport_api_version: _config_core_v3.ApiVersion | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["transport_api_version"]) -> None: ...

class SocketAddress(_Message):
    class Protocol(_EnumValue):
        TCP: typing.ClassVar[_config_core_v3.SocketAddress.Protocol]
        UDP: typing.ClassVar[_config_core_v3.SocketAddress.Protocol]

    protocol: _config_core_v3.SocketAddress.Protocol
    address: builtins.str
    port_value: builtins.int
    named_port: builtins.str
    resolver_name: builtins.str
    ipv4_compat: builtins.bool
    network_namespace_filepath: builtins.str
    def __init__(
        self,
        *,
        protocol: _config_core_v3.SocketAddress.Protocol | None = ...,
        address: builtins.str | None = ...,
        port_value: builtins.int | None = ...,
        named_port: builtins.str | None = ...,
        resolver_name: builtins.str | None = ...,
        ipv4_compat: builtins.bool | None = ...,
        network_namespace_filepath: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["port_value", "named_port", "port_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["protocol", "address", "port_value", "named_port", "resolver_name", "ipv4_compat", "network_namespace_filepath", "port_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["port_specifier"]) -> typing.Literal["port_value", "named_port"] | None: ...

class SocketCmsgHeaders(_Message):
    @builtins.property
    def level(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def type(self) -> _wrappers_pb2.UInt32Value: ...
    expected_size: builtins.int
    def __init__(
        self,
        *,
        level: _wrappers_pb2.UInt32Value | None = ...,
        type: _wrappers_pb2.UInt32Value | None = ...,
        expected_size: builtins.int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["level", "type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["level", "type", "expected_size"]) -> None: ...

class SocketOption(_Message):
    class SocketIpVersion(_EnumValue):
        SOCKET_IP_VERSION_UNSPECIFIED: typing.ClassVar[_config_core_v3.SocketOption.SocketIpVersion]
        SOCKET_IP_VERSION_IPV4: typing.ClassVar[_config_core_v3.SocketOption.SocketIpVersion]
        SOCKET_IP_VERSION_IPV6: typing.ClassVar[_config_core_v3.SocketOption.SocketIpVersion]

    class SocketState(_EnumValue):
        STATE_PREBIND: typing.ClassVar[_config_core_v3.SocketOption.SocketState]
        STATE_BOUND: typing.ClassVar[_config_core_v3.SocketOption.SocketState]
        STATE_LISTENING: typing.ClassVar[_config_core_v3.SocketOption.SocketState]

    class SocketType(_Message):
        class Datagram(_Message):
            def __init__(self) -> None: ...

        class Stream(_Message):
            def __init__(self) -> None: ...

        @builtins.property
        def stream(self) -> _config_core_v3.SocketOption.SocketType.Stream: ...
        @builtins.property
        def datagram(self) -> _config_core_v3.SocketOption.SocketType.Datagram: ...
        def __init__(
            self,
            *,
            stream: _config_core_v3.SocketOption.SocketType.Stream | None = ...,
            datagram: _config_core_v3.SocketOption.SocketType.Datagram | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["stream", "datagram"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["stream", "datagram"]) -> None: ...

    description: builtins.str
    level: builtins.int
    name: builtins.int
    int_value: builtins.int
    buf_value: builtins.bytes
    state: _config_core_v3.SocketOption.SocketState
    @builtins.property
    def type(self) -> _config_core_v3.SocketOption.SocketType: ...
    ip_version: _config_core_v3.SocketOption.SocketIpVersion
    def __init__(
        self,
        *,
        description: builtins.str | None = ...,
        level: builtins.int | None = ...,
        name: builtins.int | None = ...,
        int_value: builtins.int | None = ...,
        buf_value: builtins.bytes | None = ...,
        state: _config_core_v3.SocketOption.SocketState | None = ...,
        type: _config_core_v3.SocketOption.SocketType | None = ...,
        ip_version: _config_core_v3.SocketOption.SocketIpVersion | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["int_value", "buf_value", "type", "value"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["description", "level", "name", "int_value", "buf_value", "state", "type", "ip_version", "value"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["value"]) -> typing.Literal["int_value", "buf_value"] | None: ...

class SocketOptionsOverride(_Message):
    @builtins.property
    def socket_options(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.SocketOption]: ...
    def __init__(
        self,
        *,
        socket_options: collections.abc.Iterable[_config_core_v3.SocketOption] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["socket_options"]) -> None: ...

class SubstitutionFormatString(_Message):
    text_format: builtins.str
    @builtins.property
    def json_format(self) -> _struct_pb2.Struct: ...
    omit_empty_values: builtins.bool
    content_type: builtins.str
    @builtins.property
    def text_format_source(self) -> _config_core_v3.DataSource: ...
    @builtins.property
    def formatters(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.TypedExtensionConfig]: ...
    @builtins.property
    def json_format_options(self) -> _config_core_v3.JsonFormatOptions: ...
    def __init__(
        self,
        *,
        text_format: builtins.str | None = ...,
        json_format: _struct_pb2.Struct | collections.abc.Mapping[builtins.str, typing.Any] | None = ...,
        omit_empty_values: builtins.bool | None = ...,
        content_type: builtins.str | None = ...,
        text_format_source: _config_core_v3.DataSource | None = ...,
        formatters: collections.abc.Iterable[_config_core_v3.TypedExtensionConfig] | None = ...,
        json_format_options: _config_core_v3.JsonFormatOptions | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["text_format", "json_format", "text_format_source", "json_format_options", "format"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["text_format", "json_format", "omit_empty_values", "content_type", "text_format_source", "formatters", "json_format_options", "format"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["format"]) -> typing.Literal["text_format", "json_format", "text_format_source"] | None: ...

class TcpKeepalive(_Message):
    @builtins.property
    def keepalive_probes(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def keepalive_time(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def keepalive_interval(self) -> _wrappers_pb2.UInt32Value: ...
    def __init__(
        self,
        *,
        keepalive_probes: _wrappers_pb2.UInt32Value | None = ...,
        keepalive_time: _wrappers_pb2.UInt32Value | None = ...,
        keepalive_interval: _wrappers_pb2.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["keepalive_probes", "keepalive_time", "keepalive_interval"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["keepalive_probes", "keepalive_time", "keepalive_interval"]) -> None: ...

class TlvEntry(_Message):
    type: builtins.int
    value: builtins.bytes
    @builtins.property
    def format_string(self) -> _config_core_v3.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        type: builtins.int | None = ...,
        value: builtins.bytes | None = ...,
        format_string: _config_core_v3.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["format_string"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["type", "value", "format_string"]) -> None: ...

class TransportSocket(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config"] | None: ...

class TypedExtensionConfig(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config"]) -> None: ...

class UdpSocketConfig(_Message):
    @builtins.property
    def max_rx_datagram_size(self) -> _wrappers_pb2.UInt64Value: ...
    @builtins.property
    def prefer_gro(self) -> _wrappers_pb2.BoolValue: ...
    def __init__(
        self,
        *,
        max_rx_datagram_size: _wrappers_pb2.UInt64Value | None = ...,
        prefer_gro: _wrappers_pb2.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["max_rx_datagram_size", "prefer_gro"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["max_rx_datagram_size", "prefer_gro"]) -> None: ...

class UpstreamHttpProtocolOptions(_Message):
    auto_sni: builtins.bool
    auto_san_validation: builtins.bool
    override_auto_sni_header: builtins.str
    def __init__(
        self,
        *,
        auto_sni: builtins.bool | None = ...,
        auto_san_validation: builtins.bool | None = ...,
        override_auto_sni_header: builtins.str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["auto_sni", "auto_san_validation", "override_auto_sni_header"]) -> None: ...

class WatchedDirectory(_Message):
    path: builtins.str
    watch_modify: builtins.bool
    def __init__(
        self,
        *,
        path: builtins.str | None = ...,
        watch_modify: builtins.bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["path", "watch_modify"]) -> None: ...

