# SPDX-License-Identifier: Apache-2.0
"""Requests at a steady rate, whatever becomes of those before them; how long each took, in milliseconds.

caller.py RATE SECONDS ADDRESS:PORT...     a JSON object: by address, a list of milliseconds

Each address gets so many requests a second, in turns with the others. Each leaves at a random moment of its turn: else
delays that are a multiple of the interval would have every request meet one that is let go. The moments are the same in
each run. A connection carries one request at a time, and there are as many connections as requests at once.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from typing import cast

import uvloop

REQUEST = b"GET /small HTTP/1.1\r\nhost: bench\r\n\r\n"
_LENGTH = b"content-length: "
_PATIENCE = 30.0


class Connection(asyncio.Protocol):
    """One request after the other."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._received = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        assert self._transport is not None
        self._sent = time.perf_counter()
        self._transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < int(head[head.index(_LENGTH) + len(_LENGTH) :].split(b"\r\n")[0]):
            return
        self._target.answered(self, head.split(b" ")[1], (now - self._sent) * 1e3)
        self._received = b""

    def connection_lost(self, exc: Exception | None) -> None:
        self._target.lost()


class Target:
    """One address, the connections to it that wait for work, and what it took."""

    def __init__(self, address: str, wanted: int) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self._wanted = wanted
        self.milliseconds: list[float] = []
        self.wrong = 0
        self.done = asyncio.Event()
        self._warming = 0
        self._warm = asyncio.Event()

    async def connect(self, count: int) -> None:
        """Before the first request, so that none of them waits for that. Each is asked something at once: what says
        nothing for a second is no HTTP to a sidecar."""
        self._warming = count
        loop = asyncio.get_running_loop()
        for _ in range(count):
            _, connection = await loop.create_connection(lambda: Connection(self), self._host, self._port)
            connection.ask()
        await self._warm.wait()

    async def ask(self) -> None:
        """As soon as a connection is free."""
        (await self._idle.get()).ask()

    def answered(self, connection: Connection, status: bytes, milliseconds: float) -> None:
        self.wrong += status != b"200"
        if self._warming:
            self._warming -= 1
            if not self._warming:
                self._warm.set()
        else:
            self.milliseconds.append(milliseconds)
        self._idle.put_nowait(connection)
        if len(self.milliseconds) == self._wanted:
            self.done.set()

    def lost(self) -> None:
        self.wrong += not self.done.is_set()
        self.done.set()


async def call(rate: float, seconds: float, addresses: list[str]) -> dict[str, list[float]]:
    loop = asyncio.get_running_loop()
    count = max(1, round(rate * seconds))
    targets = [Target(address, count) for address in addresses]
    for each in targets:
        # A second's worth of delays, and some for bad luck.
        await each.connect(min(count, 8 + int(rate / 2)))
    moments = random.Random(0)
    began = loop.time() + 0.1
    for number in range(count):
        for place, each in enumerate(targets):
            due = began + (number + (place + moments.random()) / len(targets)) / rate
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            await each.ask()
    async with asyncio.timeout(_PATIENCE):
        for each in targets:
            await each.done.wait()
    if any(each.wrong for each in targets):
        raise SystemExit(f"answers other than 200, or connections lost: {[each.wrong for each in targets]}")
    return {address: each.milliseconds for address, each in zip(addresses, targets, strict=True)}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(call(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))))
