# SPDX-License-Identifier: Apache-2.0
"""The real gRPC server counts what a scripted client does, and the admin API tells it."""

from pathlib import Path

import grpc
from prometheus_client.parser import text_string_to_metric_families

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.service.accesslog.v3 import StreamAccessLogsMessage
from envoy_api.service.discovery.v3 import DeltaDiscoveryRequest, DeltaDiscoveryResponse
from xds_server import access_log, ads
from xds_server.admin import AdminServer
from xds_server.admin_client import AdminClient
from xds_server.cache import SnapshotCache
from xds_server.flow_hub import FlowHub
from xds_server.metrics import Metrics, metrics_routes
from xds_server.server import GrpcServer
from xds_server.snapshot import build_snapshot
from xds_server.status import StatusRegistry
from xds_server.type_urls import CLUSTER, RUNTIME

RBAC = "envoy.filters.http.rbac"


async def read(admin: AdminClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """Samples by name and label values."""
    text = await admin.text("/metrics")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_streams_pushes_acks_and_nacks(tmp_path: Path) -> None:
    cache, metrics = SnapshotCache(), Metrics()
    cache.set("n", build_snapshot([Cluster(name="a")]))
    discovery = ads.AggregatedDiscovery(cache, StatusRegistry(cache), metrics)
    async with (
        GrpcServer([discovery], socket_path=tmp_path / "xds.sock"),
        AdminServer(tmp_path / "admin.sock", metrics_routes(metrics)),
        AdminClient(tmp_path / "admin.sock") as admin,
        grpc.aio.insecure_channel(f"unix:{tmp_path / 'xds.sock'}") as channel,
    ):
        call = channel.stream_stream(
            f"/{ads.SERVICE}/DeltaAggregatedResources",
            request_serializer=DeltaDiscoveryRequest.SerializeToString,
            response_deserializer=DeltaDiscoveryResponse.FromString,
        )()
        first = DeltaDiscoveryRequest(type_url=CLUSTER)
        first.node.id = "n"
        await call.write(first)
        nonce = (await call.read()).nonce
        await call.write(DeltaDiscoveryRequest(type_url=CLUSTER, response_nonce=nonce))
        cache.set("n", build_snapshot([Cluster(name="a", alt_stat_name="b")]))
        refusal = DeltaDiscoveryRequest(type_url=CLUSTER, response_nonce=(await call.read()).nonce)
        refusal.error_detail.message = "no"
        await call.write(refusal)
        # Answered behind it: the refusal has been read.
        await call.write(DeltaDiscoveryRequest(type_url=RUNTIME, resource_names_subscribe=["layer"]))
        await call.read()
        seen = await read(admin)
        assert seen["riftgate_xds_streams", ("delta",)] == 1
        assert seen["riftgate_xds_pushes_total", ("cluster",)] == 2
        assert seen["riftgate_xds_ack_seconds_count", ("cluster",)] == 1
        assert seen["riftgate_xds_nacks_total", ("cluster",)] == 1
        assert seen["riftgate_xds_pushes_total", ("runtime",)] == 1
        await call.done_writing()
        assert await call.code() is grpc.StatusCode.OK
        assert (await read(admin))["riftgate_xds_streams", ("delta",)] == 0


async def test_flow_records_by_verdict_though_nobody_listens(tmp_path: Path) -> None:
    metrics = Metrics()
    message = StreamAccessLogsMessage()
    message.identifier.node.id = "n"
    message.identifier.log_name = "inbound"
    denied, passed, audited = (message.http_logs.log_entry.add() for _ in range(3))
    denied.response.response_code_details = "rbac_access_denied_matched_policy[default/p#0]"
    passed.response.response_code_details = "via_upstream"
    shadow = audited.common_properties.metadata.filter_metadata[RBAC].fields
    shadow["shadow_engine_result"].string_value = "denied"
    message.http_logs.log_entry.add().common_properties.intermediate_log_entry = True
    async with (
        GrpcServer([access_log.AccessLogSink(FlowHub(), metrics)], socket_path=tmp_path / "xds.sock"),
        AdminServer(tmp_path / "admin.sock", metrics_routes(metrics)),
        AdminClient(tmp_path / "admin.sock") as admin,
        grpc.aio.insecure_channel(f"unix:{tmp_path / 'xds.sock'}") as channel,
    ):
        call = channel.stream_unary(f"/{access_log.SERVICE}/StreamAccessLogs")()
        await call.write(message.SerializeToString())
        await call.done_writing()
        await call
        seen = await read(admin)
    assert {labels: count for (name, labels), count in seen.items() if name == "riftgate_flow_records_total"} == {
        ("inbound", "denied"): 1,
        ("inbound", "passed"): 1,
        ("inbound", "would_be_denied"): 1,
    }
