# SPDX-License-Identifier: Apache-2.0
"""Envoy's admin interface on its unix socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from riftgate.local.errors import LocalError
from riftgate.local.supervisor import Process

_POLL_SECONDS = 0.02
_WORKERS = "listener_manager.workers_started"


async def is_ready(socket: Path) -> bool:
    """True once Envoy has its first configuration and its listeners accept (GET /ready answers 200)."""
    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
            session.get("http://envoy/ready") as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, OSError):
        return False


async def wait_live(socket: Path, epoch: int) -> None:
    """Until the Envoy of that restart epoch answers there, and serves: the one before takes no connections any more."""
    while True:
        try:
            async with (
                aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
                session.get("http://envoy/server_info") as response,
            ):
                info = await response.json(content_type=None)
                if info["state"] == "LIVE" and info["command_line_options"]["restart_epoch"] == epoch:
                    # In the same turn as its workers start, it has the one before stop listening.
                    async with session.get(f"http://envoy/stats?filter={_WORKERS}") as stats:
                        if (await stats.text()).strip() == f"{_WORKERS}: 1":
                            return
        except (aiohttp.ClientError, OSError, ValueError, KeyError):
            pass
        await asyncio.sleep(_POLL_SECONDS)


async def comes_to_serve(process: Process, socket: Path, epoch: int, timeout: float) -> bool:
    """Whether this Envoy, of that restart epoch, serves within ``timeout`` seconds, and lives then."""
    live = asyncio.create_task(wait_live(socket, epoch))
    ended = asyncio.create_task(process.wait())
    try:
        await asyncio.wait({live, ended}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return live.done() and live.exception() is None and not ended.done()
    finally:
        live.cancel()
        ended.cancel()


async def wait_ready(socket: Path, timeout: float) -> None:
    """Raises LocalError after ``timeout`` seconds. Envoy announces nothing, so it is asked again and again."""
    try:
        async with asyncio.timeout(timeout):
            while not await is_ready(socket):  # noqa: ASYNC110 (another process: there is no event)
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        log = socket.with_name("envoy.log")
        raise LocalError(f"Envoy is not ready after {timeout:.0f} s; its log is {log}") from None
