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
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.accesslog.v3 as _config_accesslog_v3
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.config.listener.v3 as _config_listener_v3
import envoy_api.type.v3 as _type_v3
import envoy_api.xds.type.matcher.v3 as _xds_type_matcher_v3

class AdditionalAddress(_Message):
    @builtins.property
    def address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def socket_options(self) -> _config_core_v3.SocketOptionsOverride: ...
    @builtins.property
    def tcp_keepalive(self) -> _config_core_v3.TcpKeepalive: ...
    def __init__(
        self,
        *,
        address: _config_core_v3.Address | None = ...,
        socket_options: _config_core_v3.SocketOptionsOverride | None = ...,
        tcp_keepalive: _config_core_v3.TcpKeepalive | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["address", "socket_options", "tcp_keepalive"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["address", "socket_options", "tcp_keepalive"]) -> None: ...

class ApiListener(_Message):
    @builtins.property
    def api_listener(self) -> _any_pb2.Any: ...
    def __init__(
        self,
        *,
        api_listener: _any_pb2.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["api_listener"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["api_listener"]) -> None: ...

class Filter(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    @builtins.property
    def config_discovery(self) -> _config_core_v3.ExtensionConfigSource: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
        config_discovery: _config_core_v3.ExtensionConfigSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "config_discovery", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config", "config_discovery", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config", "config_discovery"] | None: ...

class FilterChain(_Message):
    @builtins.property
    def filter_chain_match(self) -> _config_listener_v3.FilterChainMatch: ...
    @builtins.property
    def filters(self) -> _containers.RepeatedCompositeFieldContainer[_config_listener_v3.Filter]: ...
    @builtins.property
    def use_proxy_proto(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def transport_socket(self) -> _config_core_v3.TransportSocket: ...
    name: builtins.str
    @builtins.property
    def transport_socket_connect_timeout(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        filter_chain_match: _config_listener_v3.FilterChainMatch | None = ...,
        filters: collections.abc.Iterable[_config_listener_v3.Filter] | None = ...,
        use_proxy_proto: _wrappers_pb2.BoolValue | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        transport_socket: _config_core_v3.TransportSocket | None = ...,
        name: builtins.str | None = ...,
        transport_socket_connect_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["filter_chain_match", "use_proxy_proto", "metadata", "transport_socket", "transport_socket_connect_timeout"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["filter_chain_match", "filters", "use_proxy_proto", "metadata", "transport_socket", "name", "transport_socket_connect_timeout"]) -> None: ...

class FilterChainMatch(_Message):
    class ConnectionSourceType(_EnumValue):
        ANY: typing.ClassVar[_config_listener_v3.FilterChainMatch.ConnectionSourceType]
        SAME_IP_OR_LOOPBACK: typing.ClassVar[_config_listener_v3.FilterChainMatch.ConnectionSourceType]
        EXTERNAL: typing.ClassVar[_config_listener_v3.FilterChainMatch.ConnectionSourceType]

    @builtins.property
    def prefix_ranges(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
    address_suffix: builtins.str
    @builtins.property
    def suffix_len(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def source_prefix_ranges(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
    @builtins.property
    def source_ports(self) -> _containers.RepeatedScalarFieldContainer[builtins.int]: ...
    @builtins.property
    def destination_port(self) -> _wrappers_pb2.UInt32Value: ...
    transport_protocol: builtins.str
    @builtins.property
    def application_protocols(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    @builtins.property
    def server_names(self) -> _containers.RepeatedScalarFieldContainer[builtins.str]: ...
    source_type: _config_listener_v3.FilterChainMatch.ConnectionSourceType
    @builtins.property
    def direct_source_prefix_ranges(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.CidrRange]: ...
    def __init__(
        self,
        *,
        prefix_ranges: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
        address_suffix: builtins.str | None = ...,
        suffix_len: _wrappers_pb2.UInt32Value | None = ...,
        source_prefix_ranges: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
        source_ports: collections.abc.Iterable[builtins.int] | None = ...,
        destination_port: _wrappers_pb2.UInt32Value | None = ...,
        transport_protocol: builtins.str | None = ...,
        application_protocols: collections.abc.Iterable[builtins.str] | None = ...,
        server_names: collections.abc.Iterable[builtins.str] | None = ...,
        source_type: _config_listener_v3.FilterChainMatch.ConnectionSourceType | None = ...,
        direct_source_prefix_ranges: collections.abc.Iterable[_config_core_v3.CidrRange] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["suffix_len", "destination_port"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["prefix_ranges", "address_suffix", "suffix_len", "source_prefix_ranges", "source_ports", "destination_port", "transport_protocol", "application_protocols", "server_names", "source_type", "direct_source_prefix_ranges"]) -> None: ...

class Listener(_Message):
    class DrainType(_EnumValue):
        DEFAULT: typing.ClassVar[_config_listener_v3.Listener.DrainType]
        MODIFY_ONLY: typing.ClassVar[_config_listener_v3.Listener.DrainType]

    class ConnectionBalanceConfig(_Message):
        class CpuLocalityBalance(_Message):
            def __init__(self) -> None: ...

        class ExactBalance(_Message):
            def __init__(self) -> None: ...

        @builtins.property
        def exact_balance(self) -> _config_listener_v3.Listener.ConnectionBalanceConfig.ExactBalance: ...
        @builtins.property
        def extend_balance(self) -> _config_core_v3.TypedExtensionConfig: ...
        @builtins.property
        def cpu_locality_balance(self) -> _config_listener_v3.Listener.ConnectionBalanceConfig.CpuLocalityBalance: ...
        def __init__(
            self,
            *,
            exact_balance: _config_listener_v3.Listener.ConnectionBalanceConfig.ExactBalance | None = ...,
            extend_balance: _config_core_v3.TypedExtensionConfig | None = ...,
            cpu_locality_balance: _config_listener_v3.Listener.ConnectionBalanceConfig.CpuLocalityBalance | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["exact_balance", "extend_balance", "cpu_locality_balance", "balance_type"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["exact_balance", "extend_balance", "cpu_locality_balance", "balance_type"]) -> None: ...
        def WhichOneof(self, oneof_group: typing.Literal["balance_type"]) -> typing.Literal["exact_balance", "extend_balance", "cpu_locality_balance"] | None: ...

    class DeprecatedV1(_Message):
        @builtins.property
        def bind_to_port(self) -> _wrappers_pb2.BoolValue: ...
        def __init__(
            self,
            *,
            bind_to_port: _wrappers_pb2.BoolValue | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["bind_to_port"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["bind_to_port"]) -> None: ...

    class FcdsConfig(_Message):
        name: builtins.str
        @builtins.property
        def config_source(self) -> _config_core_v3.ConfigSource: ...
        def __init__(
            self,
            *,
            name: builtins.str | None = ...,
            config_source: _config_core_v3.ConfigSource | None = ...,
        ) -> None: ...
        def HasField(self, field_name: typing.Literal["config_source"]) -> builtins.bool: ...
        def ClearField(self, field_name: typing.Literal["name", "config_source"]) -> None: ...

    class InternalListenerConfig(_Message):
        def __init__(self) -> None: ...

    name: builtins.str
    @builtins.property
    def address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def filter_chains(self) -> _containers.RepeatedCompositeFieldContainer[_config_listener_v3.FilterChain]: ...
    @builtins.property
    def use_original_dst(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def per_connection_buffer_limit_bytes(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    @builtins.property
    def deprecated_v1(self) -> _config_listener_v3.Listener.DeprecatedV1: ...
    drain_type: _config_listener_v3.Listener.DrainType
    @builtins.property
    def listener_filters(self) -> _containers.RepeatedCompositeFieldContainer[_config_listener_v3.ListenerFilter]: ...
    @builtins.property
    def transparent(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def freebind(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def tcp_fast_open_queue_length(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def socket_options(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.SocketOption]: ...
    @builtins.property
    def listener_filters_timeout(self) -> _duration_pb2.Duration: ...
    traffic_direction: _config_core_v3.TrafficDirection
    continue_on_listener_filters_timeout: builtins.bool
    @builtins.property
    def udp_listener_config(self) -> _config_listener_v3.UdpListenerConfig: ...
    @builtins.property
    def api_listener(self) -> _config_listener_v3.ApiListener: ...
    @builtins.property
    def connection_balance_config(self) -> _config_listener_v3.Listener.ConnectionBalanceConfig: ...
    reuse_port: builtins.bool
    @builtins.property
    def access_log(self) -> _containers.RepeatedCompositeFieldContainer[_config_accesslog_v3.AccessLog]: ...
    @builtins.property
    def tcp_backlog_size(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def default_filter_chain(self) -> _config_listener_v3.FilterChain: ...
    @builtins.property
    def bind_to_port(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def internal_listener(self) -> _config_listener_v3.Listener.InternalListenerConfig: ...
    stat_prefix: builtins.str
    @builtins.property
    def enable_reuse_port(self) -> _wrappers_pb2.BoolValue: ...
    enable_mptcp: builtins.bool
    ignore_global_conn_limit: builtins.bool
    @builtins.property
    def filter_chain_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @builtins.property
    def additional_addresses(self) -> _containers.RepeatedCompositeFieldContainer[_config_listener_v3.AdditionalAddress]: ...
    @builtins.property
    def max_connections_to_accept_per_socket_event(self) -> _wrappers_pb2.UInt32Value: ...
    bypass_overload_manager: builtins.bool
    @builtins.property
    def fcds_config(self) -> _config_listener_v3.Listener.FcdsConfig: ...
    @builtins.property
    def tcp_keepalive(self) -> _config_core_v3.TcpKeepalive: ...
    @builtins.property
    def per_connection_buffer_high_watermark_timeout(self) -> _duration_pb2.Duration: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        address: _config_core_v3.Address | None = ...,
        filter_chains: collections.abc.Iterable[_config_listener_v3.FilterChain] | None = ...,
        use_original_dst: _wrappers_pb2.BoolValue | None = ...,
        per_connection_buffer_limit_bytes: _wrappers_pb2.UInt32Value | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        deprecated_v1: _config_listener_v3.Listener.DeprecatedV1 | None = ...,
        drain_type: _config_listener_v3.Listener.DrainType | None = ...,
        listener_filters: collections.abc.Iterable[_config_listener_v3.ListenerFilter] | None = ...,
        transparent: _wrappers_pb2.BoolValue | None = ...,
        freebind: _wrappers_pb2.BoolValue | None = ...,
        tcp_fast_open_queue_length: _wrappers_pb2.UInt32Value | None = ...,
        socket_options: collections.abc.Iterable[_config_core_v3.SocketOption] | None = ...,
        listener_filters_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        traffic_direction: _config_core_v3.TrafficDirection | None = ...,
        continue_on_listener_filters_timeout: builtins.bool | None = ...,
        udp_listener_config: _config_listener_v3.UdpListenerConfig | None = ...,
        api_listener: _config_listener_v3.ApiListener | None = ...,
        connection_balance_config: _config_listener_v3.Listener.ConnectionBalanceConfig | None = ...,
        reuse_port: builtins.bool | None = ...,
        access_log: collections.abc.Iterable[_config_accesslog_v3.AccessLog] | None = ...,
        tcp_backlog_size: _wrappers_pb2.UInt32Value | None = ...,
        default_filter_chain: _config_listener_v3.FilterChain | None = ...,
        bind_to_port: _wrappers_pb2.BoolValue | None = ...,
        internal_listener: _config_listener_v3.Listener.InternalListenerConfig | None = ...,
        stat_prefix: builtins.str | None = ...,
        enable_reuse_port: _wrappers_pb2.BoolValue | None = ...,
        enable_mptcp: builtins.bool | None = ...,
        ignore_global_conn_limit: builtins.bool | None = ...,
        filter_chain_matcher: _xds_type_matcher_v3.Matcher | None = ...,
        additional_addresses: collections.abc.Iterable[_config_listener_v3.AdditionalAddress] | None = ...,
        max_connections_to_accept_per_socket_event: _wrappers_pb2.UInt32Value | None = ...,
        bypass_overload_manager: builtins.bool | None = ...,
        fcds_config: _config_listener_v3.Listener.FcdsConfig | None = ...,
        tcp_keepalive: _config_core_v3.TcpKeepalive | None = ...,
        per_connection_buffer_high_watermark_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["address", "use_original_dst", "per_connection_buffer_limit_bytes", "metadata", "deprecated_v1", "transparent", "freebind", "tcp_fast_open_queue_length", "listener_filters_timeout", "udp_listener_config", "api_listener", "connection_balance_config", "tcp_backlog_size", "default_filter_chain", "bind_to_port", "internal_listener", "enable_reuse_port", "filter_chain_matcher", "max_connections_to_accept_per_socket_event", "fcds_config", "tcp_keepalive", "per_connection_buffer_high_watermark_timeout", "listener_specifier"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "address", "filter_chains", "use_original_dst", "per_connection_buffer_limit_bytes", "metadata", "deprecated_v1", "drain_type", "listener_filters", "transparent", "freebind", "tcp_fast_open_queue_length", "socket_options", "listener_filters_timeout", "traffic_direction", "continue_on_listener_filters_timeout", "udp_listener_config", "api_listener", "connection_balance_config", "reuse_port", "access_log", "tcp_backlog_size", "default_filter_chain", "bind_to_port", "internal_listener", "stat_prefix", "enable_reuse_port", "enable_mptcp", "ignore_global_conn_limit", "filter_chain_matcher", "additional_addresses", "max_connections_to_accept_per_socket_event", "bypass_overload_manager", "fcds_config", "tcp_keepalive", "per_connection_buffer_high_watermark_timeout", "listener_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["listener_specifier"]) -> typing.Literal["internal_listener"] | None: ...

class ListenerFilter(_Message):
    name: builtins.str
    @builtins.property
    def typed_config(self) -> _any_pb2.Any: ...
    @builtins.property
    def filter_disabled(self) -> _config_listener_v3.ListenerFilterChainMatchPredicate: ...
    @builtins.property
    def config_discovery(self) -> _config_core_v3.ExtensionConfigSource: ...
    def __init__(
        self,
        *,
        name: builtins.str | None = ...,
        typed_config: _any_pb2.Any | None = ...,
        filter_disabled: _config_listener_v3.ListenerFilterChainMatchPredicate | None = ...,
        config_discovery: _config_core_v3.ExtensionConfigSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["typed_config", "filter_disabled", "config_discovery", "config_type"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["name", "typed_config", "filter_disabled", "config_discovery", "config_type"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["config_type"]) -> typing.Literal["typed_config", "config_discovery"] | None: ...

class ListenerFilterChainMatchPredicate(_Message):
    class MatchSet(_Message):
        @builtins.property
        def rules(self) -> _containers.RepeatedCompositeFieldContainer[_config_listener_v3.ListenerFilterChainMatchPredicate]: ...
        def __init__(
            self,
            *,
            rules: collections.abc.Iterable[_config_listener_v3.ListenerFilterChainMatchPredicate] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["rules"]) -> None: ...

    @builtins.property
    def or_match(self) -> _config_listener_v3.ListenerFilterChainMatchPredicate.MatchSet: ...
    @builtins.property
    def and_match(self) -> _config_listener_v3.ListenerFilterChainMatchPredicate.MatchSet: ...
    @builtins.property
    def not_match(self) -> _config_listener_v3.ListenerFilterChainMatchPredicate: ...
    any_match: builtins.bool
    @builtins.property
    def destination_port_range(self) -> _type_v3.Int32Range: ...
    def __init__(
        self,
        *,
        or_match: _config_listener_v3.ListenerFilterChainMatchPredicate.MatchSet | None = ...,
        and_match: _config_listener_v3.ListenerFilterChainMatchPredicate.MatchSet | None = ...,
        not_match: _config_listener_v3.ListenerFilterChainMatchPredicate | None = ...,
        any_match: builtins.bool | None = ...,
        destination_port_range: _type_v3.Int32Range | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["or_match", "and_match", "not_match", "any_match", "destination_port_range", "rule"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["or_match", "and_match", "not_match", "any_match", "destination_port_range", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: typing.Literal["rule"]) -> typing.Literal["or_match", "and_match", "not_match", "any_match", "destination_port_range"] | None: ...

class QuicProtocolOptions(_Message):
    @builtins.property
    def quic_protocol_options(self) -> _config_core_v3.QuicProtocolOptions: ...
    @builtins.property
    def idle_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def crypto_handshake_timeout(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def enabled(self) -> _config_core_v3.RuntimeFeatureFlag: ...
    @builtins.property
    def packets_to_read_to_connection_count_ratio(self) -> _wrappers_pb2.UInt32Value: ...
    @builtins.property
    def crypto_stream_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def proof_source_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def connection_id_generator_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def server_preferred_address_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def send_disable_active_migration(self) -> _wrappers_pb2.BoolValue: ...
    @builtins.property
    def connection_debug_visitor_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    @builtins.property
    def save_cmsg_config(self) -> _containers.RepeatedCompositeFieldContainer[_config_core_v3.SocketCmsgHeaders]: ...
    reject_new_connections: builtins.bool
    @builtins.property
    def max_sessions_per_event_loop(self) -> _wrappers_pb2.UInt32Value: ...
    def __init__(
        self,
        *,
        quic_protocol_options: _config_core_v3.QuicProtocolOptions | None = ...,
        idle_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        crypto_handshake_timeout: _duration_pb2.Duration | datetime.timedelta | None = ...,
        enabled: _config_core_v3.RuntimeFeatureFlag | None = ...,
        packets_to_read_to_connection_count_ratio: _wrappers_pb2.UInt32Value | None = ...,
        crypto_stream_config: _config_core_v3.TypedExtensionConfig | None = ...,
        proof_source_config: _config_core_v3.TypedExtensionConfig | None = ...,
        connection_id_generator_config: _config_core_v3.TypedExtensionConfig | None = ...,
        server_preferred_address_config: _config_core_v3.TypedExtensionConfig | None = ...,
        send_disable_active_migration: _wrappers_pb2.BoolValue | None = ...,
        connection_debug_visitor_config: _config_core_v3.TypedExtensionConfig | None = ...,
        save_cmsg_config: collections.abc.Iterable[_config_core_v3.SocketCmsgHeaders] | None = ...,
        reject_new_connections: builtins.bool | None = ...,
        max_sessions_per_event_loop: _wrappers_pb2.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["quic_protocol_options", "idle_timeout", "crypto_handshake_timeout", "enabled", "packets_to_read_to_connection_count_ratio", "crypto_stream_config", "proof_source_config", "connection_id_generator_config", "server_preferred_address_config", "send_disable_active_migration", "connection_debug_visitor_config", "max_sessions_per_event_loop"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["quic_protocol_options", "idle_timeout", "crypto_handshake_timeout", "enabled", "packets_to_read_to_connection_count_ratio", "crypto_stream_config", "proof_source_config", "connection_id_generator_config", "server_preferred_address_config", "send_disable_active_migration", "connection_debug_visitor_config", "save_cmsg_config", "reject_new_connections", "max_sessions_per_event_loop"]) -> None: ...

class UdpListenerConfig(_Message):
    @builtins.property
    def downstream_socket_config(self) -> _config_core_v3.UdpSocketConfig: ...
    @builtins.property
    def quic_options(self) -> _config_listener_v3.QuicProtocolOptions: ...
    @builtins.property
    def udp_packet_packet_writer_config(self) -> _config_core_v3.TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        downstream_socket_config: _config_core_v3.UdpSocketConfig | None = ...,
        quic_options: _config_listener_v3.QuicProtocolOptions | None = ...,
        udp_packet_packet_writer_config: _config_core_v3.TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["downstream_socket_config", "quic_options", "udp_packet_packet_writer_config"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["downstream_socket_config", "quic_options", "udp_packet_packet_writer_config"]) -> None: ...

