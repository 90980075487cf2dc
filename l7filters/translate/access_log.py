# SPDX-License-Identifier: Apache-2.0
"""Access logs go to the control server as a gRPC stream, for HTTP and TCP alike.

An entry carries the route's name, the response flags and code details, and all dynamic metadata, so also the
id of the rule that RBAC decided by.
"""

from datetime import timedelta
from enum import StrEnum

from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api import pack
from envoy_api.config.accesslog.v3 import AccessLog
from envoy_api.config.core.v3 import ApiVersion, GrpcService
from envoy_api.extensions.access_loggers.grpc.v3 import (
    CommonGrpcAccessLogConfig,
    HttpGrpcAccessLogConfig,
    TcpGrpcAccessLogConfig,
)
from envoy_api.type.tracing.v3 import CustomTag
from l7filters.translate.headers import FAULT_HEADER, FAULT_STATE, UNJUDGED_STATE, VERDICT_HEADER

CONTROL_CLUSTER = "riftgate-xds"
"""The cluster of the control server; the bootstrap defines it."""

EXT_AUTHZ_SERVER_AUDIT_FILTER = "riftgate.filters.http.ext_authz_server_audit"
CONNECTION_TAG = "riftgate-connection"
"""Name of the custom tag with Envoy's number of the connection, on listeners where faults of connections hit."""
AUDITED_STATE = EXT_AUTHZ_SERVER_AUDIT_FILTER + ".shadow"
"""Filter state in which that filter leaves what an authorization server said: a ShadowDecision."""

FLUSH_INTERVAL = timedelta(milliseconds=100)
BUFFER_BYTES = 16384
TRACE_HEADER = "traceparent"
GRPC_STATUS = "grpc-status"


class Direction(StrEnum):
    """Which side of the sidecar; it is the log's name and the prefix of names of listeners, routes and
    clusters."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


def _common(direction: Direction) -> CommonGrpcAccessLogConfig:
    return CommonGrpcAccessLogConfig(
        log_name=direction,
        grpc_service=GrpcService(envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=CONTROL_CLUSTER)),
        transport_api_version=ApiVersion.V3,
        buffer_flush_interval=FLUSH_INTERVAL,
        buffer_size_bytes=UInt32Value(value=BUFFER_BYTES),
        # Also for a request whose caller left during a delay: it has no response header to tell.
        filter_state_objects_to_log=[FAULT_STATE, UNJUDGED_STATE, AUDITED_STATE],
    )


def numbering(log: AccessLog) -> AccessLog:
    """As `log`, and with the number of the connection in each entry. The ends of a connection alone do not tell it from
    a later one."""
    for config in (HttpGrpcAccessLogConfig(), TcpGrpcAccessLogConfig()):
        if log.typed_config.Unpack(config):
            config.common_config.custom_tags.append(CustomTag(tag=CONNECTION_TAG, value="%CONNECTION_ID%"))
            return AccessLog(name=log.name, typed_config=pack(config))
    return log


def http_access_log(direction: Direction) -> AccessLog:
    config = HttpGrpcAccessLogConfig(
        common_config=_common(direction),
        # The log's own field for the method knows only those of an enumeration.
        additional_request_headers_to_log=[":method", TRACE_HEADER],
        additional_response_headers_to_log=[FAULT_HEADER, VERDICT_HEADER, GRPC_STATUS],
        additional_response_trailers_to_log=[GRPC_STATUS],
    )
    return AccessLog(name="envoy.access_loggers.http_grpc", typed_config=pack(config))


def tcp_access_log(direction: Direction) -> AccessLog:
    config = TcpGrpcAccessLogConfig(common_config=_common(direction))
    return AccessLog(name="envoy.access_loggers.tcp_grpc", typed_config=pack(config))
