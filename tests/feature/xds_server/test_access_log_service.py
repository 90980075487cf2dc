# SPDX-License-Identifier: Apache-2.0
"""The access log service over gRPC, driven by a scripted client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from envoy_api.service.accesslog.v3 import StreamAccessLogsMessage
from xds_server.access_log import SERVICE, AccessLogSink
from xds_server.flow import FlowRecord
from xds_server.flow_hub import FlowHub
from xds_server.hub import RecordsLost
from xds_server.server import GrpcServer

METHOD = f"/{SERVICE}/StreamAccessLogs"


def identifier(node: str = "default/a", log: str = "inbound") -> StreamAccessLogsMessage:
    message = StreamAccessLogsMessage()
    message.identifier.node.id = node
    message.identifier.log_name = log
    return message


def requests(*paths: str) -> StreamAccessLogsMessage:
    message = StreamAccessLogsMessage()
    for path in paths:
        message.http_logs.log_entry.add().request.path = path
    return message


class Client:
    """One stream of access logs."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.call: grpc.aio.StreamUnaryCall[bytes, bytes] = channel.stream_unary(METHOD)()

    async def send(self, *messages: StreamAccessLogsMessage) -> None:
        for message in messages:
            await self.call.write(message.SerializeToString())


@pytest.fixture
def hub() -> FlowHub:
    return FlowHub()


@pytest.fixture
async def sink(hub: FlowHub, tmp_path: Path) -> AsyncIterator[AccessLogSink]:
    sink = AccessLogSink(hub)
    async with GrpcServer([sink], socket_path=tmp_path / "xds.sock"):
        yield sink


@pytest.fixture
async def channel(sink: AccessLogSink, tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"unix:{tmp_path / 'xds.sock'}") as channel:
        yield channel


async def test_records_carry_the_node_and_the_log_of_their_stream(hub: FlowHub, channel: grpc.aio.Channel) -> None:
    one, other = Client(channel), Client(channel)
    with hub.subscribe() as flows:
        await one.send(identifier("default/a", "inbound"), requests("/1", "/2"))
        await other.send(identifier("default/b", "outbound"), requests("/3"))
        await one.send(requests("/4"))
        seen = {await anext(flows) for _ in range(4)}
    assert {(each.node, each.log, each.path) for each in seen if isinstance(each, FlowRecord)} == {
        ("default/a", "inbound", "/1"),
        ("default/a", "inbound", "/2"),
        ("default/b", "outbound", "/3"),
        ("default/a", "inbound", "/4"),
    }


async def test_identifier_and_entries_may_come_in_one_message(hub: FlowHub, channel: grpc.aio.Channel) -> None:
    client = Client(channel)
    message = identifier()
    message.MergeFrom(requests("/"))
    with hub.subscribe() as flows:
        await client.send(message)
        record = await anext(flows)
    assert isinstance(record, FlowRecord)
    assert (record.node, record.path) == ("default/a", "/")


async def test_a_reader_that_does_not_read_holds_nobody_up(hub: FlowHub, channel: grpc.aio.Channel) -> None:
    client = Client(channel)
    await client.send(identifier())
    with hub.subscribe(capacity=10) as slow:
        for number in range(1000):
            await client.send(requests(f"/{number}"))
        await client.call.done_writing()
        await client.call  # the server has read it all
        assert await anext(slow) == RecordsLost(990)
        first = await anext(slow)
    assert isinstance(first, FlowRecord)
    assert first.path == "/990"
    assert hub.dropped == 990


async def test_a_stream_without_identifier_is_refused(hub: FlowHub, channel: grpc.aio.Channel) -> None:
    client = Client(channel)
    await client.send(requests("/"))
    with pytest.raises(grpc.aio.AioRpcError, match="identifier") as refused:
        await client.call
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_bytes_that_are_no_message_end_their_stream_alone(hub: FlowHub, channel: grpc.aio.Channel) -> None:
    good, bad = Client(channel), Client(channel)
    await good.send(identifier())
    await bad.call.write(b"\xff\xff\xff")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bad.call
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    with hub.subscribe() as flows:
        await good.send(requests("/"))
        assert isinstance(await anext(flows), FlowRecord)


async def test_a_stopping_server_ends_streams_at_once(hub: FlowHub, tmp_path: Path) -> None:
    sink = AccessLogSink(hub)
    socket = tmp_path / "stopping.sock"
    async with grpc.aio.insecure_channel(f"unix:{socket}") as channel:
        async with GrpcServer([sink], socket_path=socket):
            client = Client(channel)
            with hub.subscribe() as flows:
                await client.send(identifier(), requests("/"))
                await anext(flows)
            assert sink.open_streams == 1
        assert await client.call == b""
    assert sink.open_streams == 0


async def test_a_client_that_vanishes_leaves_nothing(
    hub: FlowHub, sink: AccessLogSink, channel: grpc.aio.Channel
) -> None:
    client = Client(channel)
    with hub.subscribe() as flows:
        await client.send(identifier(), requests("/"))
        await anext(flows)
    assert sink.open_streams == 1
    client.call.cancel()
    async with asyncio.timeout(10):
        while sink.open_streams:  # each turn waits for the server to finish a call
            probe = Client(channel)
            await probe.send(identifier())
            await probe.call.done_writing()
            await probe.call
