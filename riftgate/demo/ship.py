# SPDX-License-Identifier: Apache-2.0
"""The ships of the demo from outside: commands in their pods, and what they saw."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from riftgate.instance import Instance
from riftgate.local.containers import find_container, run_in_pod
from riftgate.local.errors import LocalError
from riftgate.local.sandbox import exec_argv

_FLY = ("/usr/bin/python3", "/app/fly.py")

DEATHSTAR = "http://deathstar.default.svc.cluster.local"
LANDING = "/v1/request-landing"
EXHAUST = "/v1/exhaust-port"

Seen = dict[str, Any]


class Ship:
    """One pod that calls the death star. Every call raises LocalError when its pod cannot be entered."""

    def __init__(self, instance: Instance, name: str) -> None:
        self._instance = instance
        self.name = name

    @property
    def key(self) -> str:
        return f"default/{self.name}"

    async def many(self, method: str, path: str, count: int = 1, at_once: int = 1) -> list[Seen]:
        """Requests to the death star's service, each over a new connection; status 0 and `error` for none."""
        return await self._fly("many", method, DEATHSTAR + path, str(count), str(at_once))

    async def curl(self, method: str, path: str) -> tuple[int, str]:
        """curl's exit status and answer, as the story's own words have it; 28 is its time-out."""
        argv = ("curl", "-sS", "--connect-timeout", "2", "--max-time", "10", "-X", method, DEATHSTAR + path)
        code, output, errors = await run_in_pod(self._instance, self.key, argv)
        return code, (output or errors).strip()

    async def raw(self, port: int, requests: Iterable[str]) -> list[Seen]:
        """Bytes to the death star's service, to the letter."""
        lines = "".join(json.dumps(each) + "\n" for each in requests)
        return await self._fly("raw", DEATHSTAR.removeprefix("http://"), str(port), given=lines)

    async def around(self, addresses: Iterable[str]) -> list[Seen]:
        """Every way past the sidecar that fly.py knows, to each address."""
        return await self._fly("around", *addresses)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection to the service that stays open."""
        process = await self._start("keep", DEATHSTAR)
        try:
            yield Connection(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()

    async def _fly(self, *arguments: str, given: str = "") -> list[Seen]:
        process = await self._start(*arguments)
        output, errors = await process.communicate(given.encode())
        if process.returncode != 0:
            raise LocalError(f"fly.py failed in {self.name}: {errors.decode(errors='replace').strip()}")
        return [json.loads(line) for line in output.splitlines()]

    async def _start(self, *arguments: str) -> asyncio.subprocess.Process:
        state = await asyncio.to_thread(find_container, self._instance, self.key)
        pipe = asyncio.subprocess.PIPE
        argv = exec_argv(state, (*_FLY, *arguments))
        return await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=pipe)


class Connection:
    """An open connection of a ship."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def request(self, method: str, path: str) -> Seen:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{method} {path}\n".encode())
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise LocalError("fly.py ended")
        seen: Seen = json.loads(line)
        return seen
