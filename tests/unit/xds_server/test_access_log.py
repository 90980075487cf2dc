# SPDX-License-Identifier: Apache-2.0
"""Access log entries to flow records, field by field."""

from datetime import timedelta

import pytest
from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api.config.core.v3 import Address, Metadata, Pipe, RequestMethod
from envoy_api.config.core.v3 import SocketAddress as AddressMessage
from envoy_api.data.accesslog.v3 import (
    AccessLogCommon,
    ConnectionProperties,
    HTTPAccessLogEntry,
    HTTPRequestProperties,
    HTTPResponseProperties,
    ResponseFlags,
    TCPAccessLogEntry,
)
from envoy_api.service.accesslog.v3 import StreamAccessLogsMessage
from xds_server.access_log import FLAG_NAMES, flow_records, http_flow_record, tcp_flow_record
from xds_server.flow import FlowRecord, Kind, RuleVerdict, SocketAddress

RBAC = "envoy.filters.http.rbac"


def address(text: str, port: int) -> Address:
    return Address(socket_address=AddressMessage(address=text, port_value=port))


def metadata(name: str = RBAC, **values: str) -> Metadata:
    built = Metadata()
    built.filter_metadata[name].update(values)
    return built


def http(common: AccessLogCommon | None = None, **response: object) -> FlowRecord:
    entry = HTTPAccessLogEntry(
        common_properties=common or AccessLogCommon(),
        response=HTTPResponseProperties(**response),  # type: ignore[arg-type]
    )
    return http_flow_record(entry, "default/deathstar-0", "inbound")


def test_a_request_in_full() -> None:
    common = AccessLogCommon(
        downstream_remote_address=address("192.0.2.66", 1),
        downstream_direct_remote_address=address("10.1.0.2", 40000),
        downstream_local_address=address("10.1.0.3", 80),
        upstream_remote_address=address("10.1.0.3", 80),
        upstream_cluster="inbound/80",
        duration=timedelta(milliseconds=1002.5),
        route_name="fault/falcon/slow",
        response_flags=ResponseFlags(delay_injected=True),
        metadata=metadata(
            enforced_effective_policy_id="default/rule1#0",
            enforced_engine_result="allowed",
            shadow_effective_policy_id="default/next#2",
            shadow_engine_result="denied",
        ),
    )
    common.start_time.FromNanoseconds(1_700_000_000_250_000_000)
    entry = HTTPAccessLogEntry(
        common_properties=common,
        protocol_version=HTTPAccessLogEntry.HTTPVersion.HTTP11,
        request=HTTPRequestProperties(
            request_method=RequestMethod.POST,
            authority="deathstar.default.svc.cluster.local",
            path="/v1/request-landing?x=1",
            request_id="f6a5",
            request_body_bytes=12,
            request_headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"},
        ),
        response=HTTPResponseProperties(
            response_code=UInt32Value(value=200),
            response_code_details="via_upstream",
            response_body_bytes=13,
        ),
    )
    assert http_flow_record(entry, "default/deathstar-0", "inbound") == FlowRecord(
        time=1_700_000_000.25,
        node="default/deathstar-0",
        log="inbound",
        protocol="HTTP/1.1",
        source=SocketAddress("10.1.0.2", 40000),
        destination=SocketAddress("10.1.0.3", 80),
        upstream=SocketAddress("10.1.0.3", 80),
        upstream_cluster="inbound/80",
        method="POST",
        path="/v1/request-landing?x=1",
        host="deathstar.default.svc.cluster.local",
        status=200,
        flags=("DI",),
        details="via_upstream",
        route="fault/falcon/slow",
        enforced=RuleVerdict(True, "default/rule1#0"),
        shadow=RuleVerdict(False, "default/next#2"),
        request_id="f6a5",
        trace_id="ab" * 16,
        duration_ms=1002.5,
        bytes_received=12,
        bytes_sent=13,
    )


def test_a_connection() -> None:
    entry = TCPAccessLogEntry(
        common_properties=AccessLogCommon(
            downstream_remote_address=address("fd00::2", 40000),
            upstream_cluster="inbound/6379",
            response_flags=ResponseFlags(upstream_connection_failure=True, upstream_retry_limit_exceeded=True),
            connection_termination_details="rbac_access_denied_matched_policy[none]",
        ),
        connection_properties=ConnectionProperties(received_bytes=3, sent_bytes=4),
    )
    flow = tcp_flow_record(entry, "default/redis-0", "inbound")
    assert (flow.protocol, flow.source, flow.destination) == ("TCP", SocketAddress("fd00::2", 40000), None)
    assert (flow.flags, flow.bytes_received, flow.bytes_sent) == (("UF", "URX"), 3, 4)
    assert flow.kind is Kind.DENIED


def test_each_flag_of_the_api_has_a_short_name() -> None:
    assert set(FLAG_NAMES) == {field.name for field in ResponseFlags.DESCRIPTOR.fields}
    assert len(set(FLAG_NAMES.values())) == len(FLAG_NAMES)


def test_flags_come_in_alphabetical_order() -> None:
    flags = ResponseFlags(fault_injected=True, delay_injected=True)
    flags.unauthorized_details.SetInParent()
    assert http(AccessLogCommon(response_flags=flags)).flags == ("DI", "FI", "UAEX")


def test_a_refusal_is_known_by_its_metadata_or_else_by_its_details() -> None:
    denied = {"enforced_engine_result": "denied", "enforced_effective_policy_id": "default/rule1#1"}
    details = "rbac_access_denied_matched_policy[default/rule1#1]"
    by_metadata = http(AccessLogCommon(metadata=metadata(**denied)))
    by_details = http(response_code_details=details)
    assert by_metadata.enforced == by_details.enforced == RuleVerdict(False, "default/rule1#1")
    assert by_metadata.kind is by_details.kind is Kind.DENIED
    nameless = http(response_code_details="rbac_access_denied_matched_policy[none]")
    assert nameless.enforced == RuleVerdict(False)


def test_metadata_of_other_filters_is_no_verdict() -> None:
    entry = HTTPAccessLogEntry(common_properties=AccessLogCommon(metadata=metadata("envoy.lb", canary="yes")))
    flow = http_flow_record(entry, "n", "inbound")
    assert (flow.enforced, flow.shadow) == (None, None)
    assert list(entry.common_properties.metadata.filter_metadata) == ["envoy.lb"]


def test_a_shadow_verdict_alone_enforces_nothing() -> None:
    flow = http(AccessLogCommon(metadata=metadata(shadow_engine_result="denied")))
    assert (flow.enforced, flow.shadow, flow.kind) == (None, RuleVerdict(False), Kind.GENUINE)


@pytest.mark.parametrize(
    ("headers", "trailers", "status"),
    [
        ({}, {"grpc-status": "14"}, 14),
        ({"grpc-status": "7"}, {}, 7),
        ({}, {}, None),
        ({"grpc-status": "-1"}, {}, None),
    ],
)
def test_grpc_status(headers: dict[str, str], trailers: dict[str, str], status: int | None) -> None:
    assert http(response_headers=headers, response_trailers=trailers).grpc_status == status


@pytest.mark.parametrize("value", ["", "00-xyz-1-01", f"00-{'AB' * 16}-{'cd' * 8}-01"])
def test_what_is_no_traceparent_is_no_trace(value: str) -> None:
    entry = HTTPAccessLogEntry(request=HTTPRequestProperties(request_headers={"traceparent": value}))
    assert http_flow_record(entry, "n", "inbound").trace_id is None


def test_a_method_without_a_value_comes_from_the_logged_header() -> None:
    entry = HTTPAccessLogEntry(request=HTTPRequestProperties(request_headers={":method": "PURGE"}))
    assert http_flow_record(entry, "n", "inbound").method == "PURGE"
    assert http().method == ""


def test_duration_falls_back_to_the_last_byte_sent() -> None:
    last_byte = timedelta(milliseconds=7)
    assert http(AccessLogCommon(time_to_last_downstream_tx_byte=last_byte)).duration_ms == 7
    with_both = AccessLogCommon(time_to_last_downstream_tx_byte=last_byte, duration=timedelta(milliseconds=9))
    assert http(with_both).duration_ms == 9


def test_a_unix_socket_as_peer() -> None:
    common = AccessLogCommon(downstream_remote_address=Address(pipe=Pipe(path="/run/app.sock")))
    assert http(common).source == SocketAddress("/run/app.sock")


def test_entries_from_the_midst_of_a_stream_are_left_out() -> None:
    message = StreamAccessLogsMessage()
    for intermediate in (True, False):
        common = AccessLogCommon(intermediate_log_entry=intermediate)
        message.http_logs.log_entry.add(common_properties=common)
    assert [flow.protocol for flow in flow_records(message, "n", "inbound")] == ["HTTP"]
    message.Clear()
    message.tcp_logs.log_entry.add(common_properties=AccessLogCommon(intermediate_log_entry=True))
    assert list(flow_records(message, "n", "inbound")) == []
