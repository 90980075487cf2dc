# SPDX-License-Identifier: Apache-2.0
"""So many requests a second, whatever becomes of those before them; how long each took, in milliseconds.

caller.py RATE SECONDS ROUNDS ADDRESS:PORT...     a JSON object: by address, a list of milliseconds

Each address gets so many requests a second for so long. ROUNDS 0: all addresses at the same time; else each has its
turn in every round, in a random order, and nothing else is asked meanwhile. Each request leaves at a random moment, as
from many callers that know nothing of each other. At regular ones no request would meet another where nothing delays
it, and many would where something does, each by another time: then delays would seem longer than they are. The moments
and the orders are the same in each run. A connection carries one request at a time, and there are as many connections
as requests at once.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import random
import sys
import time
from typing import cast

import uvloop

REQUEST = b"GET /small HTTP/1.1\r\nhost: bench\r\n\r\n"
_LENGTH = b"content-length: "
_PATIENCE = 30.0
# linux/timerfd.h and linux/time.h.
_CLOCK_MONOTONIC, _TFD_TIMER_ABSTIME = 1, 1


class Clock:
    """Waits to some microseconds, where event loops know milliseconds alone."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = self._libc.timerfd_create(_CLOCK_MONOTONIC, os.O_CLOEXEC | os.O_NONBLOCK)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._due = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._file, self._read)

    def _read(self) -> None:
        os.read(self._file, 8)
        self._due.set()

    async def wait(self, moment: float) -> None:
        """Until then: seconds of time.monotonic()."""
        if moment <= time.monotonic():
            return
        self._due.clear()
        # struct itimerspec: no interval; seconds and nanoseconds.
        setting = (ctypes.c_long * 4)(0, 0, int(moment), int(moment % 1 * 1e9))
        if self._libc.timerfd_settime(self._file, _TFD_TIMER_ABSTIME, setting, None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        await self._due.wait()


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

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self.milliseconds: list[float] = []
        self.wrong = 0
        self._asked = 0
        self._answered = asyncio.Event()
        self._lost = False
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
        connection = await self._idle.get()
        self._asked += 1
        self._answered.clear()
        connection.ask()

    async def finished(self) -> None:
        """All that was asked is answered, or connections were lost."""
        if self._asked > len(self.milliseconds) and not self._lost:
            await self._answered.wait()

    def answered(self, connection: Connection, status: bytes, milliseconds: float) -> None:
        self.wrong += status != b"200"
        if self._warming:
            self._warming -= 1
            if not self._warming:
                self._warm.set()
        else:
            self.milliseconds.append(milliseconds)
        self._idle.put_nowait(connection)
        if len(self.milliseconds) == self._asked:
            self._answered.set()

    def lost(self) -> None:
        self.wrong += 1
        self._lost = True
        self._answered.set()


async def call(rate: float, seconds: float, rounds: int, addresses: list[str]) -> dict[str, list[float]]:
    count = max(1, round(rate * seconds / max(1, rounds)))
    targets = [Target(address) for address in addresses]
    for each in targets:
        # A fifth of a second's worth of delays, and some for bad luck.
        await each.connect(min(count, 8 + int(rate / 5)))
    clock, chance = Clock(), random.Random(0)
    if rounds == 0:
        await _ask(rate, count, targets, clock, chance)
    for _ in range(rounds):
        for each in chance.sample(targets, len(targets)):
            await _ask(rate, count, [each], clock, chance)
    if any(each.wrong for each in targets):
        raise SystemExit(f"answers other than 200, or connections lost: {[each.wrong for each in targets]}")
    return {address: each.milliseconds for address, each in zip(addresses, targets, strict=True)}


async def _ask(rate: float, count: int, targets: list[Target], clock: Clock, chance: random.Random) -> None:
    """So often each of them, until all is answered."""
    began = time.monotonic() + 0.02
    places = range(len(targets))
    for moment, place in sorted((chance.uniform(0, count / rate), place) for place in places for _ in range(count)):
        await clock.wait(began + moment)
        await targets[place].ask()
    async with asyncio.timeout(_PATIENCE):
        for each in targets:
            await each.finished()


if __name__ == "__main__":
    found = call(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
    # Under PYTHONUNBUFFERED, standard output as it is may take a part and drop the rest.
    with open(1, "w", encoding="ascii", closefd=False) as output:
        json.dump(uvloop.run(found), output)
