# SPDX-License-Identifier: Apache-2.0
"""Access log records as fast as one stream brings them: the sink of the control server beside one that only counts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import grpc.aio

from envoy_api.config.core.v3 import Address, RequestMethod, SocketAddress
from envoy_api.data.accesslog.v3 import HTTPAccessLogEntry
from envoy_api.service.accesslog.v3 import StreamAccessLogsMessage, StreamAccessLogsResponse
from xds_server.access_log import SERVICE, AccessLogSink
from xds_server.event_loop import run
from xds_server.flow_hub import FlowHub
from xds_server.server import GrpcServer, GrpcService

ENTRIES = 25
"""In one message, as in the 16 KiB that the sidecars send at a time."""


@dataclass(frozen=True, slots=True)
class Streamed:
    sink: str
    per_second: float


class Counting:
    """Reads and drops."""

    @property
    def handler(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            SERVICE, {"StreamAccessLogs": grpc.stream_unary_rpc_method_handler(self._serve)}
        )

    async def _serve(self, requests: AsyncIterator[bytes], _context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        async for _ in requests:
            pass
        return StreamAccessLogsResponse().SerializeToString()

    def close(self) -> None:
        pass


def message() -> bytes:
    """A batch with what Envoy 1.40 writes of a request that RBAC let pass."""
    entry = HTTPAccessLogEntry(protocol_version=HTTPAccessLogEntry.HTTPVersion.HTTP11)
    common = entry.common_properties
    addresses = [common.downstream_remote_address, common.downstream_local_address]
    addresses.append(common.downstream_direct_remote_address)
    for address in (*addresses, common.upstream_remote_address, common.upstream_local_address):
        address.CopyFrom(Address(socket_address=SocketAddress(address="10.201.0.1", port_value=54321)))
    common.start_time.GetCurrentTime()
    for name in ("rx_byte", "upstream_tx_byte", "upstream_rx_byte", "downstream_tx_byte"):
        getattr(common, f"time_to_last_{name}").FromMicroseconds(812)
    common.duration.FromMicroseconds(900)
    common.upstream_cluster = common.route_name = "inbound/80"
    common.metadata.filter_metadata["envoy.filters.http.rbac"].update(
        {"enforced_engine_result": "allowed", "enforced_effective_policy_id": "default/landing#0"}
    )
    common.stream_id = entry.request.request_id = "06b57b56-c864-4126-a5c4-6bf2592a2fa6"
    entry.request.request_method = RequestMethod.GET
    entry.request.path, entry.request.authority, entry.request.scheme = "/v1/request-landing", "deathstar", "http"
    entry.request.request_headers[":method"] = "GET"
    entry.response.response_code.value, entry.response.response_body_bytes = 200, 12
    entry.response.response_code_details = "via_upstream"
    batch = StreamAccessLogsMessage()
    batch.http_logs.log_entry.extend([entry] * ENTRIES)
    return batch.SerializeToString()


def measure(seconds: float) -> list[Streamed]:
    hub = FlowHub()
    results = []
    for name, service, read in (
        ("one that counts messages", Counting(), False),
        ("the control server's", AccessLogSink(hub), False),
        ("the control server's, with `riftgate flows`", AccessLogSink(hub), True),
    ):
        results.append(Streamed(name, run(_streamed(service, hub if read else None, seconds))))
    return results


async def _streamed(service: GrpcService, hub: FlowHub | None, seconds: float) -> float:
    with tempfile.TemporaryDirectory(prefix="riftgate-bench-") as folder:
        socket_path = Path(folder) / "als.sock"
        async with GrpcServer([service], socket_path=socket_path):
            argv = [sys.executable, "-m", "bench.authz.stream", str(socket_path), f"{seconds:g}"]
            if hub is None:
                return await _client(argv)
            with hub.subscribe():
                return await _client(argv)


async def _client(argv: list[str]) -> float:
    client = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    said, _ = await client.communicate()
    return float(said)


async def stream(socket_path: str, seconds: float) -> float:
    """Records per second that the server took, all of them read by the end."""
    identified = StreamAccessLogsMessage()
    identified.identifier.node.id = "default/vault"
    identified.identifier.log_name = "inbound"
    batch, sent = message(), 0
    async with grpc.aio.insecure_channel(f"unix:{socket_path}") as channel:
        call: grpc.aio.StreamUnaryCall[bytes, bytes] = channel.stream_unary(f"/{SERVICE}/StreamAccessLogs")()
        await call.write(identified.SerializeToString())
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            await call.write(batch)
            sent += ENTRIES
        await call.done_writing()
        await call
        return sent / (time.perf_counter() - began)
