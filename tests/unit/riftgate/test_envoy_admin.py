# SPDX-License-Identifier: Apache-2.0
"""Whether an Envoy comes to serve: a process that sleeps, and an admin interface that says what the test wants."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from riftgate.local.envoy_admin import comes_to_serve

LIVE = {"state": "LIVE", "command_line_options": {"restart_epoch": 1}}


@pytest.mark.parametrize(
    ("says", "workers", "command", "serves"),
    [
        (LIVE, 1, "sleep 60", True),
        # The one before still listens then.
        (LIVE, 0, "sleep 60", False),
        (LIVE | {"command_line_options": {"restart_epoch": 0}}, 1, "sleep 60", False),
        (LIVE | {"state": "INITIALIZING"}, 1, "sleep 60", False),
        ({}, 1, "exit 3", False),
        # Not what wait_live expects at all: it ends with an error.
        ([], 1, "sleep 60", False),
    ],
)
async def test_only_who_serves_comes_to_serve(
    tmp_path: Path, says: object, workers: int, command: str, serves: bool
) -> None:
    async def server_info(_request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(says))

    async def stats(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.query['filter']}: {workers}\n")

    application = web.Application()
    application.router.add_get("/server_info", server_info)
    application.router.add_get("/stats", stats)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "admin.sock")).start()
    process = await asyncio.create_subprocess_shell(f"exec {command}" if "sleep" in command else command)
    try:
        assert await comes_to_serve(process, tmp_path / "admin.sock", 1, 20 if serves else 0.5) is serves
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await runner.cleanup()
