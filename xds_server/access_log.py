# SPDX-License-Identifier: Apache-2.0
"""Envoy's gRPC access log service: what sidecars stream here becomes flow records in a hub.

The messages are those of envoy.service.accesslog.v3 and envoy.data.accesslog.v3.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace

import grpc
import grpc.aio
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError

from envoy_api.config.core.v3 import Address, RequestMethod
from envoy_api.data.accesslog.v3 import (
    AccessLogCommon,
    HTTPAccessLogEntry,
    ResponseFlags,
    TCPAccessLogEntry,
)
from envoy_api.service.accesslog.v3 import StreamAccessLogsMessage, StreamAccessLogsResponse
from l7filters.translate.access_log import CONNECTION_TAG, GRPC_STATUS, TRACE_HEADER
from l7filters.translate.headers import ASKED_METHOD, ASKED_PATH, EFFECTS_NAMESPACE, METADATA_NAMESPACE

from .flow import DENIED_DETAILS, REFUSED_BY_EXT_AUTHZ, TCP, FlowRecord, SocketAddress
from .flow_hub import FlowHub
from .logged_verdicts import enforced_verdict, shadow_verdict
from .metrics import Metrics

SERVICE = "envoy.service.accesslog.v3.AccessLogService"

# By the fields of envoy.data.accesslog.v3.ResponseFlags; the names are Envoy's %RESPONSE_FLAGS%.
FLAG_NAMES = {
    "failed_local_healthcheck": "LH",
    "no_healthy_upstream": "UH",
    "upstream_request_timeout": "UT",
    "local_reset": "LR",
    "upstream_remote_reset": "UR",
    "upstream_connection_failure": "UF",
    "upstream_connection_termination": "UC",
    "upstream_overflow": "UO",
    "no_route_found": "NR",
    "delay_injected": "DI",
    "fault_injected": "FI",
    "rate_limited": "RL",
    "unauthorized_details": REFUSED_BY_EXT_AUTHZ,
    "rate_limit_service_error": "RLSE",
    "downstream_connection_termination": "DC",
    "upstream_retry_limit_exceeded": "URX",
    "stream_idle_timeout": "SI",
    "invalid_envoy_request_headers": "IH",
    "downstream_protocol_error": "DPE",
    "upstream_max_stream_duration_reached": "UMSDR",
    "response_from_cache_filter": "RFCF",
    "no_filter_config_found": "NFCF",
    "duration_timeout": "DT",
    "upstream_protocol_error": "UPE",
    "no_cluster_found": "NC",
    "overload_manager": "OM",
    "dns_resolution_failure": "DF",
    "downstream_remote_reset": "DR",
}
_PROTOCOLS = {
    HTTPAccessLogEntry.HTTPVersion.PROTOCOL_UNSPECIFIED: "HTTP",
    HTTPAccessLogEntry.HTTPVersion.HTTP10: "HTTP/1.0",
    HTTPAccessLogEntry.HTTPVersion.HTTP11: "HTTP/1.1",
    HTTPAccessLogEntry.HTTPVersion.HTTP2: "HTTP/2",
    HTTPAccessLogEntry.HTTPVersion.HTTP3: "HTTP/3",
}
# https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")

Context = grpc.aio.ServicerContext[bytes, bytes]


class AccessLogSink:
    """Publishes what clients stream. Add its `handler` to a grpc.aio server."""

    def __init__(
        self,
        hub: FlowHub,
        metrics: Metrics | None = None,
        connection_faults: Callable[[FlowRecord], tuple[str, ...]] = lambda _: (),
    ) -> None:
        """`connection_faults` says which faults have hit the connection of a record."""
        self._hub = hub
        self._connection_faults = connection_faults
        self._metrics = metrics or Metrics()
        self._readers: set[asyncio.Task[None]] = set()

    @property
    def handler(self) -> grpc.GenericRpcHandler:
        """Takes and gives raw bytes."""
        return grpc.method_handlers_generic_handler(
            SERVICE, {"StreamAccessLogs": grpc.stream_unary_rpc_method_handler(self._serve)}
        )

    @property
    def open_streams(self) -> int:
        return len(self._readers)

    def close(self) -> None:
        """End all streams: an Envoy that is alive never ends one by itself."""
        for reader in self._readers:
            reader.cancel()

    async def _serve(self, requests: AsyncIterator[bytes], context: Context) -> bytes:
        reader = asyncio.create_task(self._read(requests))
        self._readers.add(reader)
        try:
            await asyncio.wait([reader])
        finally:
            reader.cancel()
            self._readers.discard(reader)
        if not reader.cancelled() and (error := reader.exception()) is not None:
            if not isinstance(error, ValueError):
                raise error
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return StreamAccessLogsResponse().SerializeToString()

    async def _read(self, requests: AsyncIterator[bytes]) -> None:
        """ValueError if the client does not keep to the protocol."""
        identifier: StreamAccessLogsMessage.Identifier | None = None
        async for encoded in requests:
            message = StreamAccessLogsMessage()
            try:
                message.ParseFromString(encoded)
            except DecodeError as error:
                raise ValueError(f"not a StreamAccessLogsMessage: {error}") from error
            if message.HasField("identifier"):
                identifier = message.identifier
            if identifier is None:
                raise ValueError("the first message of a stream must have an identifier")
            for verdict, count in _verdicts(message).items():
                self._metrics.flow_logged(identifier.log_name, verdict, count)
            if self._hub.has_listeners:
                for record in flow_records(message, identifier.node.id, identifier.log_name):
                    self._hub.publish(replace(record, connection_faults=self._connection_faults(record)))


def flow_records(message: StreamAccessLogsMessage, node: str, log: str) -> Iterator[FlowRecord]:
    """One record per finished request or connection; entries from the midst of one are left out."""
    for http in message.http_logs.log_entry:
        if not http.common_properties.intermediate_log_entry:
            yield http_flow_record(http, node, log)
    for tcp in message.tcp_logs.log_entry:
        if not tcp.common_properties.intermediate_log_entry:
            yield tcp_flow_record(tcp, node, log)


def _verdicts(message: StreamAccessLogsMessage) -> Counter[str]:
    """How many entries for each verdict; without making records, which nobody may want to read."""
    http = ((each.common_properties, each.response.response_code_details) for each in message.http_logs.log_entry)
    tcp = ((each.common_properties, "") for each in message.tcp_logs.log_entry)
    return Counter(
        _verdict_label(common, details)
        for common, details in itertools.chain(http, tcp)
        if not common.intermediate_log_entry
    )


def _verdict_label(common: AccessLogCommon, details: str) -> str:
    if details.startswith(DENIED_DETAILS) or common.response_flags.HasField("unauthorized_details"):
        return "denied"
    shadow = shadow_verdict(common)
    return "passed" if shadow is None or shadow.allowed else "would_be_denied"


def http_flow_record(entry: HTTPAccessLogEntry, node: str, log: str) -> FlowRecord:
    """The record of one request."""
    common, request, response = entry.common_properties, entry.request, entry.response
    return FlowRecord(
        time=_seconds(common),
        node=node,
        log=log,
        protocol=_PROTOCOLS.get(entry.protocol_version, "HTTP"),
        source=_source(common),
        destination=_address(common.downstream_local_address),
        upstream=_address(common.upstream_remote_address),
        upstream_cluster=common.upstream_cluster,
        method=_method(entry),
        path=_asked(common).get(ASKED_PATH, request.path),
        host=request.authority,
        status=response.response_code.value,
        grpc_status=_grpc_status(response.response_trailers, response.response_headers),
        flags=_flags(common.response_flags),
        details=response.response_code_details,
        route=common.route_name,
        enforced=enforced_verdict(common, response.response_code_details),
        shadow=shadow_verdict(common),
        request_id=request.request_id,
        trace_id=_trace_id(request.request_headers),
        duration_ms=_duration_ms(common),
        bytes_received=request.request_body_bytes,
        bytes_sent=response.response_body_bytes,
        effects=_effects(common),
        connection=common.custom_tags.get(CONNECTION_TAG, ""),
    )


def tcp_flow_record(entry: TCPAccessLogEntry, node: str, log: str) -> FlowRecord:
    """The record of one TCP connection."""
    common, connection = entry.common_properties, entry.connection_properties
    return FlowRecord(
        time=_seconds(common),
        node=node,
        log=log,
        protocol=TCP,
        source=_source(common),
        destination=_address(common.downstream_local_address),
        upstream=_address(common.upstream_remote_address),
        upstream_cluster=common.upstream_cluster,
        flags=_flags(common.response_flags),
        details=common.connection_termination_details,
        route=common.route_name,
        enforced=enforced_verdict(common),
        shadow=shadow_verdict(common),
        duration_ms=_duration_ms(common),
        bytes_received=connection.received_bytes,
        bytes_sent=connection.sent_bytes,
        effects=_effects(common),
        connection=common.custom_tags.get(CONNECTION_TAG, ""),
    )


def _seconds(common: AccessLogCommon) -> float:
    return common.start_time.seconds + common.start_time.nanos / 1e9


def _duration_ms(common: AccessLogCommon) -> float:
    """Until the stream ended; else, until its last byte was sent."""
    has_duration = common.HasField("duration")
    duration: Duration = common.duration if has_duration else common.time_to_last_downstream_tx_byte
    return duration.seconds * 1e3 + duration.nanos / 1e6


def _source(common: AccessLogCommon) -> SocketAddress | None:
    return _address(common.downstream_direct_remote_address) or _address(common.downstream_remote_address)


def _address(address: Address) -> SocketAddress | None:
    match address.WhichOneof("address"):
        case "socket_address":
            return SocketAddress(address.socket_address.address, address.socket_address.port_value)
        case "pipe":
            return SocketAddress(address.pipe.path)
        case _:
            return None


def _method(entry: HTTPAccessLogEntry) -> str:
    """The log's own field knows ten methods; the header, where it is configured to be logged, all."""
    logged = _asked(entry.common_properties).get(ASKED_METHOD) or entry.request.request_headers.get(":method")
    if logged or not entry.request.request_method:
        return logged or ""
    return RequestMethod.Name(entry.request.request_method)


def _asked(common: AccessLogCommon) -> dict[str, str]:
    """What a request was before a fault rewrote it."""
    if METADATA_NAMESPACE not in common.metadata.filter_metadata:
        return {}
    said = common.metadata.filter_metadata[METADATA_NAMESPACE].fields
    return {key: said[key].string_value for key in (ASKED_METHOD, ASKED_PATH) if key in said}


def _effects(common: AccessLogCommon) -> tuple[str, ...]:
    """What the fault server says that it did: kind of effect, with the faults' ids."""
    if EFFECTS_NAMESPACE not in common.metadata.filter_metadata:
        return ()
    said = common.metadata.filter_metadata[EFFECTS_NAMESPACE].fields
    return tuple(sorted(f"{name}:{kind}" for kind in said for name in said[kind].string_value.split(",")))


def _grpc_status(trailers: Mapping[str, str], headers: Mapping[str, str]) -> int | None:
    """A response that is only headers has it there (gRPC: "Trailers-Only")."""
    status = trailers.get(GRPC_STATUS) or headers.get(GRPC_STATUS) or ""
    return int(status) if status.isascii() and status.isdecimal() else None


def _trace_id(headers: Mapping[str, str]) -> str | None:
    match = _TRACEPARENT.fullmatch(headers.get(TRACE_HEADER, ""))
    return match[1] if match else None


def _flags(flags: ResponseFlags) -> tuple[str, ...]:
    return tuple(sorted(FLAG_NAMES[field.name] for field, _ in flags.ListFields() if field.name in FLAG_NAMES))
