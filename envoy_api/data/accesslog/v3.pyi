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
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
import envoy_api.config.core.v3 as _config_core_v3
import envoy_api.data.accesslog.v3 as _data_accesslog_v3

class AccessLogType(_EnumValue):
    NotSet: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    TcpUpstreamConnected: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    TcpPeriodic: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    TcpConnectionStart: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    TcpConnectionEnd: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    DownstreamStart: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    DownstreamPeriodic: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    DownstreamEnd: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    UpstreamPoolReady: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    UpstreamPeriodic: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    UpstreamEnd: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    DownstreamTunnelSuccessfullyEstablished: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    UdpTunnelUpstreamConnected: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    UdpPeriodic: typing.ClassVar[_data_accesslog_v3.AccessLogType]
    UdpSessionEnd: typing.ClassVar[_data_accesslog_v3.AccessLogType]

class AccessLogCommon(_Message):
    sample_rate: builtins.float
    @builtins.property
    def downstream_remote_address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def downstream_local_address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def tls_properties(self) -> _data_accesslog_v3.TLSProperties: ...
    @builtins.property
    def start_time(self) -> _timestamp_pb2.Timestamp: ...
    @builtins.property
    def time_to_last_rx_byte(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def time_to_first_upstream_tx_byte(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def time_to_last_upstream_tx_byte(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def time_to_first_upstream_rx_byte(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def time_to_last_upstream_rx_byte(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def time_to_first_downstream_tx_byte(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def time_to_last_downstream_tx_byte(self) -> _duration_pb2.Duration: ...
    @builtins.property
    def upstream_remote_address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def upstream_local_address(self) -> _config_core_v3.Address: ...
    upstream_cluster: builtins.str
    @builtins.property
    def response_flags(self) -> _data_accesslog_v3.ResponseFlags: ...
    @builtins.property
    def metadata(self) -> _config_core_v3.Metadata: ...
    upstream_transport_failure_reason: builtins.str
    route_name: builtins.str
    @builtins.property
    def downstream_direct_remote_address(self) -> _config_core_v3.Address: ...
    @builtins.property
    def filter_state_objects(self) -> _containers.MessageMap[builtins.str, _any_pb2.Any]: ...
    @builtins.property
    def custom_tags(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    @builtins.property
    def duration(self) -> _duration_pb2.Duration: ...
    upstream_request_attempt_count: builtins.int
    connection_termination_details: builtins.str
    stream_id: builtins.str
    intermediate_log_entry: builtins.bool
    downstream_transport_failure_reason: builtins.str
    downstream_wire_bytes_sent: builtins.int
    downstream_wire_bytes_received: builtins.int
    upstream_wire_bytes_sent: builtins.int
    upstream_wire_bytes_received: builtins.int
    access_log_type: _data_accesslog_v3.AccessLogType
    def __init__(
        self,
        *,
        sample_rate: builtins.float | None = ...,
        downstream_remote_address: _config_core_v3.Address | None = ...,
        downstream_local_address: _config_core_v3.Address | None = ...,
        tls_properties: _data_accesslog_v3.TLSProperties | None = ...,
        start_time: _timestamp_pb2.Timestamp | datetime.datetime | None = ...,
        time_to_last_rx_byte: _duration_pb2.Duration | datetime.timedelta | None = ...,
        time_to_first_upstream_tx_byte: _duration_pb2.Duration | datetime.timedelta | None = ...,
        time_to_last_upstream_tx_byte: _duration_pb2.Duration | datetime.timedelta | None = ...,
        time_to_first_upstream_rx_byte: _duration_pb2.Duration | datetime.timedelta | None = ...,
        time_to_last_upstream_rx_byte: _duration_pb2.Duration | datetime.timedelta | None = ...,
        time_to_first_downstream_tx_byte: _duration_pb2.Duration | datetime.timedelta | None = ...,
        time_to_last_downstream_tx_byte: _duration_pb2.Duration | datetime.timedelta | None = ...,
        upstream_remote_address: _config_core_v3.Address | None = ...,
        upstream_local_address: _config_core_v3.Address | None = ...,
        upstream_cluster: builtins.str | None = ...,
        response_flags: _data_accesslog_v3.ResponseFlags | None = ...,
        metadata: _config_core_v3.Metadata | None = ...,
        upstream_transport_failure_reason: builtins.str | None = ...,
        route_name: builtins.str | None = ...,
        downstream_direct_remote_address: _config_core_v3.Address | None = ...,
        filter_state_objects: collections.abc.Mapping[builtins.str, _any_pb2.Any] | None = ...,
        custom_tags: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
        duration: _duration_pb2.Duration | datetime.timedelta | None = ...,
        upstream_request_attempt_count: builtins.int | None = ...,
        connection_termination_details: builtins.str | None = ...,
        stream_id: builtins.str | None = ...,
        intermediate_log_entry: builtins.bool | None = ...,
        downstream_transport_failure_reason: builtins.str | None = ...,
        downstream_wire_bytes_sent: builtins.int | None = ...,
        downstream_wire_bytes_received: builtins.int | None = ...,
        upstream_wire_bytes_sent: builtins.int | None = ...,
        upstream_wire_bytes_received: builtins.int | None = ...,
        access_log_type: _data_accesslog_v3.AccessLogType | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["downstream_remote_address", "downstream_local_address", "tls_properties", "start_time", "time_to_last_rx_byte", "time_to_first_upstream_tx_byte", "time_to_last_upstream_tx_byte", "time_to_first_upstream_rx_byte", "time_to_last_upstream_rx_byte", "time_to_first_downstream_tx_byte", "time_to_last_downstream_tx_byte", "upstream_remote_address", "upstream_local_address", "response_flags", "metadata", "downstream_direct_remote_address", "duration"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["sample_rate", "downstream_remote_address", "downstream_local_address", "tls_properties", "start_time", "time_to_last_rx_byte", "time_to_first_upstream_tx_byte", "time_to_last_upstream_tx_byte", "time_to_first_upstream_rx_byte", "time_to_last_upstream_rx_byte", "time_to_first_downstream_tx_byte", "time_to_last_downstream_tx_byte", "upstream_remote_address", "upstream_local_address", "upstream_cluster", "response_flags", "metadata", "upstream_transport_failure_reason", "route_name", "downstream_direct_remote_address", "filter_state_objects", "custom_tags", "duration", "upstream_request_attempt_count", "connection_termination_details", "stream_id", "intermediate_log_entry", "downstream_transport_failure_reason", "downstream_wire_bytes_sent", "downstream_wire_bytes_received", "upstream_wire_bytes_sent", "upstream_wire_bytes_received", "access_log_type"]) -> None: ...

class ConnectionProperties(_Message):
    received_bytes: builtins.int
    sent_bytes: builtins.int
    def __init__(
        self,
        *,
        received_bytes: builtins.int | None = ...,
        sent_bytes: builtins.int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: typing.Literal["received_bytes", "sent_bytes"]) -> None: ...

class HTTPAccessLogEntry(_Message):
    class HTTPVersion(_EnumValue):
        PROTOCOL_UNSPECIFIED: typing.ClassVar[_data_accesslog_v3.HTTPAccessLogEntry.HTTPVersion]
        HTTP10: typing.ClassVar[_data_accesslog_v3.HTTPAccessLogEntry.HTTPVersion]
        HTTP11: typing.ClassVar[_data_accesslog_v3.HTTPAccessLogEntry.HTTPVersion]
        HTTP2: typing.ClassVar[_data_accesslog_v3.HTTPAccessLogEntry.HTTPVersion]
        HTTP3: typing.ClassVar[_data_accesslog_v3.HTTPAccessLogEntry.HTTPVersion]

    @builtins.property
    def common_properties(self) -> _data_accesslog_v3.AccessLogCommon: ...
    protocol_version: _data_accesslog_v3.HTTPAccessLogEntry.HTTPVersion
    @builtins.property
    def request(self) -> _data_accesslog_v3.HTTPRequestProperties: ...
    @builtins.property
    def response(self) -> _data_accesslog_v3.HTTPResponseProperties: ...
    def __init__(
        self,
        *,
        common_properties: _data_accesslog_v3.AccessLogCommon | None = ...,
        protocol_version: _data_accesslog_v3.HTTPAccessLogEntry.HTTPVersion | None = ...,
        request: _data_accesslog_v3.HTTPRequestProperties | None = ...,
        response: _data_accesslog_v3.HTTPResponseProperties | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["common_properties", "request", "response"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["common_properties", "protocol_version", "request", "response"]) -> None: ...

class HTTPRequestProperties(_Message):
    request_method: _config_core_v3.RequestMethod
    scheme: builtins.str
    authority: builtins.str
    @builtins.property
    def port(self) -> _wrappers_pb2.UInt32Value: ...
    path: builtins.str
    user_agent: builtins.str
    referer: builtins.str
    forwarded_for: builtins.str
    request_id: builtins.str
    original_path: builtins.str
    request_headers_bytes: builtins.int
    request_body_bytes: builtins.int
    @builtins.property
    def request_headers(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    upstream_header_bytes_sent: builtins.int
    downstream_header_bytes_received: builtins.int
    def __init__(
        self,
        *,
        request_method: _config_core_v3.RequestMethod | None = ...,
        scheme: builtins.str | None = ...,
        authority: builtins.str | None = ...,
        port: _wrappers_pb2.UInt32Value | None = ...,
        path: builtins.str | None = ...,
        user_agent: builtins.str | None = ...,
        referer: builtins.str | None = ...,
        forwarded_for: builtins.str | None = ...,
        request_id: builtins.str | None = ...,
        original_path: builtins.str | None = ...,
        request_headers_bytes: builtins.int | None = ...,
        request_body_bytes: builtins.int | None = ...,
        request_headers: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
        upstream_header_bytes_sent: builtins.int | None = ...,
        downstream_header_bytes_received: builtins.int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["port"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["request_method", "scheme", "authority", "port", "path", "user_agent", "referer", "forwarded_for", "request_id", "original_path", "request_headers_bytes", "request_body_bytes", "request_headers", "upstream_header_bytes_sent", "downstream_header_bytes_received"]) -> None: ...

class HTTPResponseProperties(_Message):
    @builtins.property
    def response_code(self) -> _wrappers_pb2.UInt32Value: ...
    response_headers_bytes: builtins.int
    response_body_bytes: builtins.int
    @builtins.property
    def response_headers(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    @builtins.property
    def response_trailers(self) -> _containers.ScalarMap[builtins.str, builtins.str]: ...
    response_code_details: builtins.str
    upstream_header_bytes_received: builtins.int
    downstream_header_bytes_sent: builtins.int
    def __init__(
        self,
        *,
        response_code: _wrappers_pb2.UInt32Value | None = ...,
        response_headers_bytes: builtins.int | None = ...,
        response_body_bytes: builtins.int | None = ...,
        response_headers: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
        response_trailers: collections.abc.Mapping[builtins.str, builtins.str] | None = ...,
        response_code_details: builtins.str | None = ...,
        upstream_header_bytes_received: builtins.int | None = ...,
        downstream_header_bytes_sent: builtins.int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["response_code"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["response_code", "response_headers_bytes", "response_body_bytes", "response_headers", "response_trailers", "response_code_details", "upstream_header_bytes_received", "downstream_header_bytes_sent"]) -> None: ...

class ResponseFlags(_Message):
    class Unauthorized(_Message):
        class Reason(_EnumValue):
            REASON_UNSPECIFIED: typing.ClassVar[_data_accesslog_v3.ResponseFlags.Unauthorized.Reason]
            EXTERNAL_SERVICE: typing.ClassVar[_data_accesslog_v3.ResponseFlags.Unauthorized.Reason]

        reason: _data_accesslog_v3.ResponseFlags.Unauthorized.Reason
        def __init__(
            self,
            *,
            reason: _data_accesslog_v3.ResponseFlags.Unauthorized.Reason | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["reason"]) -> None: ...

    failed_local_healthcheck: builtins.bool
    no_healthy_upstream: builtins.bool
    upstream_request_timeout: builtins.bool
    local_reset: builtins.bool
    upstream_remote_reset: builtins.bool
    upstream_connection_failure: builtins.bool
    upstream_connection_termination: builtins.bool
    upstream_overflow: builtins.bool
    no_route_found: builtins.bool
    delay_injected: builtins.bool
    fault_injected: builtins.bool
    rate_limited: builtins.bool
    @builtins.property
    def unauthorized_details(self) -> _data_accesslog_v3.ResponseFlags.Unauthorized: ...
    rate_limit_service_error: builtins.bool
    downstream_connection_termination: builtins.bool
    upstream_retry_limit_exceeded: builtins.bool
    stream_idle_timeout: builtins.bool
    invalid_envoy_request_headers: builtins.bool
    downstream_protocol_error: builtins.bool
    upstream_max_stream_duration_reached: builtins.bool
    response_from_cache_filter: builtins.bool
    no_filter_config_found: builtins.bool
    duration_timeout: builtins.bool
    upstream_protocol_error: builtins.bool
    no_cluster_found: builtins.bool
    overload_manager: builtins.bool
    dns_resolution_failure: builtins.bool
    downstream_remote_reset: builtins.bool
    def __init__(
        self,
        *,
        failed_local_healthcheck: builtins.bool | None = ...,
        no_healthy_upstream: builtins.bool | None = ...,
        upstream_request_timeout: builtins.bool | None = ...,
        local_reset: builtins.bool | None = ...,
        upstream_remote_reset: builtins.bool | None = ...,
        upstream_connection_failure: builtins.bool | None = ...,
        upstream_connection_termination: builtins.bool | None = ...,
        upstream_overflow: builtins.bool | None = ...,
        no_route_found: builtins.bool | None = ...,
        delay_injected: builtins.bool | None = ...,
        fault_injected: builtins.bool | None = ...,
        rate_limited: builtins.bool | None = ...,
        unauthorized_details: _data_accesslog_v3.ResponseFlags.Unauthorized | None = ...,
        rate_limit_service_error: builtins.bool | None = ...,
        downstream_connection_termination: builtins.bool | None = ...,
        upstream_retry_limit_exceeded: builtins.bool | None = ...,
        stream_idle_timeout: builtins.bool | None = ...,
        invalid_envoy_request_headers: builtins.bool | None = ...,
        downstream_protocol_error: builtins.bool | None = ...,
        upstream_max_stream_duration_reached: builtins.bool | None = ...,
        response_from_cache_filter: builtins.bool | None = ...,
        no_filter_config_found: builtins.bool | None = ...,
        duration_timeout: builtins.bool | None = ...,
        upstream_protocol_error: builtins.bool | None = ...,
        no_cluster_found: builtins.bool | None = ...,
        overload_manager: builtins.bool | None = ...,
        dns_resolution_failure: builtins.bool | None = ...,
        downstream_remote_reset: builtins.bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["unauthorized_details"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["failed_local_healthcheck", "no_healthy_upstream", "upstream_request_timeout", "local_reset", "upstream_remote_reset", "upstream_connection_failure", "upstream_connection_termination", "upstream_overflow", "no_route_found", "delay_injected", "fault_injected", "rate_limited", "unauthorized_details", "rate_limit_service_error", "downstream_connection_termination", "upstream_retry_limit_exceeded", "stream_idle_timeout", "invalid_envoy_request_headers", "downstream_protocol_error", "upstream_max_stream_duration_reached", "response_from_cache_filter", "no_filter_config_found", "duration_timeout", "upstream_protocol_error", "no_cluster_found", "overload_manager", "dns_resolution_failure", "downstream_remote_reset"]) -> None: ...

class TCPAccessLogEntry(_Message):
    @builtins.property
    def common_properties(self) -> _data_accesslog_v3.AccessLogCommon: ...
    @builtins.property
    def connection_properties(self) -> _data_accesslog_v3.ConnectionProperties: ...
    def __init__(
        self,
        *,
        common_properties: _data_accesslog_v3.AccessLogCommon | None = ...,
        connection_properties: _data_accesslog_v3.ConnectionProperties | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["common_properties", "connection_properties"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["common_properties", "connection_properties"]) -> None: ...

class TLSProperties(_Message):
    class TLSVersion(_EnumValue):
        VERSION_UNSPECIFIED: typing.ClassVar[_data_accesslog_v3.TLSProperties.TLSVersion]
        TLSv1: typing.ClassVar[_data_accesslog_v3.TLSProperties.TLSVersion]
        TLSv1_1: typing.ClassVar[_data_accesslog_v3.TLSProperties.TLSVersion]
        TLSv1_2: typing.ClassVar[_data_accesslog_v3.TLSProperties.TLSVersion]
        TLSv1_3: typing.ClassVar[_data_accesslog_v3.TLSProperties.TLSVersion]

    class CertificateProperties(_Message):
        class SubjectAltName(_Message):
            uri: builtins.str
            dns: builtins.str
            def __init__(
                self,
                *,
                uri: builtins.str | None = ...,
                dns: builtins.str | None = ...,
            ) -> None: ...
            def HasField(self, field_name: typing.Literal["uri", "dns", "san"]) -> builtins.bool: ...
            def ClearField(self, field_name: typing.Literal["uri", "dns", "san"]) -> None: ...
            def WhichOneof(self, oneof_group: typing.Literal["san"]) -> typing.Literal["uri", "dns"] | None: ...

        @builtins.property
        def subject_alt_name(self) -> _containers.RepeatedCompositeFieldContainer[_data_accesslog_v3.TLSProperties.CertificateProperties.SubjectAltName]: ...
        subject: builtins.str
        issuer: builtins.str
        def __init__(
            self,
            *,
            subject_alt_name: collections.abc.Iterable[_data_accesslog_v3.TLSProperties.CertificateProperties.SubjectAltName] | None = ...,
            subject: builtins.str | None = ...,
            issuer: builtins.str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: typing.Literal["subject_alt_name", "subject", "issuer"]) -> None: ...

    tls_version: _data_accesslog_v3.TLSProperties.TLSVersion
    @builtins.property
    def tls_cipher_suite(self) -> _wrappers_pb2.UInt32Value: ...
    tls_sni_hostname: builtins.str
    @builtins.property
    def local_certificate_properties(self) -> _data_accesslog_v3.TLSProperties.CertificateProperties: ...
    @builtins.property
    def peer_certificate_properties(self) -> _data_accesslog_v3.TLSProperties.CertificateProperties: ...
    tls_session_id: builtins.str
    ja3_fingerprint: builtins.str
    def __init__(
        self,
        *,
        tls_version: _data_accesslog_v3.TLSProperties.TLSVersion | None = ...,
        tls_cipher_suite: _wrappers_pb2.UInt32Value | None = ...,
        tls_sni_hostname: builtins.str | None = ...,
        local_certificate_properties: _data_accesslog_v3.TLSProperties.CertificateProperties | None = ...,
        peer_certificate_properties: _data_accesslog_v3.TLSProperties.CertificateProperties | None = ...,
        tls_session_id: builtins.str | None = ...,
        ja3_fingerprint: builtins.str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: typing.Literal["tls_cipher_suite", "local_certificate_properties", "peer_certificate_properties"]) -> builtins.bool: ...
    def ClearField(self, field_name: typing.Literal["tls_version", "tls_cipher_suite", "tls_sni_hostname", "local_certificate_properties", "peer_certificate_properties", "tls_session_id", "ja3_fingerprint"]) -> None: ...

