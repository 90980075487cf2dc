# SPDX-License-Identifier: Apache-2.0
"""The fault server's process: what the sidecars ask about requests and connections that a fault hits. A process of its
own, so that what it answers and edits costs the control server nothing.

    standard input    lines of JSON: {"version": N, "rules": [...]}, all that it shall do to connections from now on;
                      {"until": {fault: milliseconds of CLOCK_BOOTTIME}}, the faults on requests that are on
    standard output   lines of JSON: {"version": N} when that is in force and the sidecars know what it ends (with
                      "error", if it is not), {"hit": {...}}
                      for each connection that a fault begins to hit, {"did": {...}} for what follows, {"untold":
                      {fault: count}} of hits that nobody took, {"alive": seconds of CLOCK_MONOTONIC} now and then

Of requests it knows else what the sidecars tell it, and of connections it sees no byte. The control server
starts it, starts it again when it ends, and takes it along: it ends when its standard input does. One that stands still
would end no fault that is turned off, and hold on to requests: the kernel kills it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

from l7filters.connection_faults import ConnectionRule
from riftgate.callers import Callers
from riftgate.control.connection_hits import ConnectionHits
from riftgate.control.host_faults import HostFaults
from riftgate.control.plane import ControlPlane
from riftgate.control.standstill import STANDSTILL_SECONDS, WINDING_SECONDS, DeadMansTimer
from riftgate.frozen import thaw_overdue
from riftgate.instance import Instance
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_meeting import ConnectionFaultServer
from xds_server.ext_proc import FaultServer
from xds_server.fault_leases import FaultLeases
from xds_server.server import GrpcServer

log = logging.getLogger(__name__)

_WINDOW = 8 * 1024 * 1024
"""Bytes that a sidecar may send and has heard nothing of: bodies that faults edit pass here, and with HTTP/2's 64 KiB
for all of them together they would wait for each other, some for most of a second."""
_SETTLING_SECONDS = 1.0
"""For sidecars to say that they know of a change."""
_AGAIN_SECONDS = 0.2
_LONGEST_LINE = 1 << 28
_MOST_WAITING = 1 << 20
"""Bytes of words that nobody hears; then of connections nothing more is said, but of versions still."""


async def keep_fault_server(
    instance: Instance, plane: ControlPlane, hits: ConnectionHits, note: Callable[[str], None]
) -> None:
    """A fault server runs, for as long as this does, and knows what the plane wants of it.

    ``note`` is told what those who read flow records should know of it.
    """
    command = (sys.executable, "-m", "riftgate", "--instance", instance.name, "fault-server")
    while True:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LONGEST_LINE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        words = _tell(process.stdin, plane, hits), _tell_leases(process.stdin, plane)
        telling = [asyncio.create_task(each) for each in words]
        try:
            alive = await _hear(process.stdout, plane, hits, note)
            await plane.switches.fault_server_gone()
            silent = time.monotonic() - alive
            code = await process.wait()
        finally:
            for task in telling:
                task.cancel()
            if process.returncode is None:
                process.kill()
                await process.wait()
        how = _how_it_ended(code, silent)
        log.warning("%s; starting another", how)
        note(f"{how}; requests and connections that it had under a fault go on without")
        await asyncio.sleep(_AGAIN_SECONDS)


def _how_it_ended(code: int, silent: float) -> str:
    if code != -signal.SIGKILL or silent < STANDSTILL_SECONDS - WINDING_SECONDS:
        return f"the fault server has ended ({code})"
    return f"the fault server was killed after {silent:.1f} s without a sign of life: it stood still"


async def _tell(pipe: asyncio.StreamWriter, plane: ControlPlane, hits: ConnectionHits) -> None:
    version = 0
    # When it is gone, who hears its words notices.
    with contextlib.suppress(ConnectionError):
        while True:
            newest = await plane.switches.connection_feed.after(version)
            version = newest.version
            hits.on(rule.fault for rule, _ in newest.content.rules)
            rules = newest.content.to_json()
            pipe.write(json.dumps({"version": version, "rules": rules}).encode() + b"\n")
            await pipe.drain()


async def _tell_leases(pipe: asyncio.StreamWriter, plane: ControlPlane) -> None:
    with contextlib.suppress(ConnectionError):
        async for until in plane.switches.request_leases():
            pipe.write(json.dumps({"until": until}).encode() + b"\n")
            await pipe.drain()


async def _hear(
    pipe: asyncio.StreamReader, plane: ControlPlane, hits: ConnectionHits, note: Callable[[str], None]
) -> float:
    """Until it is gone; gives when it last was alive, in seconds of CLOCK_MONOTONIC."""
    alive = time.monotonic()
    async for line in _lines(pipe):
        word = json.loads(line)
        if "alive" in word:
            alive = word["alive"]
        elif "version" in word:
            await plane.switches.fault_server_confirms(word["version"], word.get("error"))
        elif "hit" in word:
            hit = word["hit"]
            hits.hit(hit["pod"], hit["remote"], hit["connection"], hit["fault"])
        elif "untold" in word:
            for fault, count in word["untold"].items():
                hits.counts[fault] += count
                note(f"{fault} has hit {count} more connections, whose flow records do not say so: too many at once")
    return alive


async def _lines(pipe: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await pipe.readline():
        yield line


async def serve_faults(instance: Instance) -> None:
    """Until SIGTERM, SIGINT, or the end of standard input."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    say = _Words(sys.stdout.fileno())
    connections = ConnectionFaultServer(say.hit)
    leases = FaultLeases()
    timer = DeadMansTimer()
    try:
        services = (FaultServer(leases=leases), connections)
        async with GrpcServer(
            services, socket_path=instance.faults_socket, window=_WINDOW, admits=Callers(instance.name).may_be_a_sidecar
        ):
            # Not before: whose connections it says that it knows are sent to it.
            working = [
                asyncio.create_task(_obey(reader, connections, leases, say, timer)),
                asyncio.create_task(_live(timer, say)),
                asyncio.create_task(thaw_overdue(instance.frozen)),
            ]
            for each in working:
                each.add_done_callback(lambda _: stop.set())
            await stop.wait()
        transport.close()
        for each in working:
            each.cancel()
    finally:
        timer.stop()


async def _live(timer: DeadMansTimer, say: _Words) -> None:
    """For as long as the event loop turns."""
    while True:
        timer.wind()
        say.unless_full(json.dumps({"alive": time.monotonic()}).encode() + b"\n")
        await asyncio.sleep(WINDING_SECONDS)


async def _obey(
    reader: asyncio.StreamReader,
    connections: ConnectionFaultServer,
    leases: FaultLeases,
    say: _Words,
    timer: DeadMansTimer,
) -> None:
    """What it is told of faults, until nobody tells it any more."""
    async with asyncio.TaskGroup() as confirming:
        while line := await reader.readline():
            word = json.loads(line)
            if "until" in word:
                leases.replace(word["until"])
                continue
            answer = {"version": word["version"]}
            try:
                rules = HostFaults.from_json(word["rules"]).rules
                # As many as it takes are read in some tenths of a second, and put in force in some more.
                timer.wind()
                connections.set_rules((rule, end) for rule, end in rules if isinstance(rule, ConnectionRule))
            except ValueError as error:
                answer["error"] = str(error)
            # Meanwhile it hears of other changes: they are confirmed in their order all the same.
            confirming.create_task(_confirm(connections, say, answer))


async def _confirm(connections: ConnectionFaultServer, say: _Words, answer: dict[str, Any]) -> None:
    await connections.settled(_SETTLING_SECONDS)
    say(json.dumps(answer).encode() + b"\n")


class _Words:
    """Lines to a pipe that may be full: they wait in order."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._waiting = bytearray()
        self._untold: Counter[str] = Counter()
        """By fault: hits of which nothing was said."""

    def hit(self, hit: ConnectionHit) -> None:
        """Say it; or no more than how many there were, once there is room again."""
        if not self.unless_full(hit.to_line()) and hit.did is Did.HIT:
            self._untold[hit.fault] += 1

    def unless_full(self, line: bytes) -> bool:
        """Say it, or nothing where too much waits; gives whether it is said."""
        if len(self._waiting) > _MOST_WAITING:
            return False
        self(line)
        return True

    def __call__(self, line: bytes) -> None:
        was_waiting = bool(self._waiting)
        self._waiting += line
        if not was_waiting:
            self._write()

    def _write(self) -> None:
        loop = asyncio.get_running_loop()
        os.set_blocking(self._pipe, False)
        try:
            while self._waiting or self._untold:
                if self._untold and len(self._waiting) <= _MOST_WAITING:
                    self._waiting += json.dumps({"untold": self._untold}).encode() + b"\n"
                    self._untold = Counter()
                del self._waiting[: os.write(self._pipe, self._waiting)]
        except BlockingIOError:
            loop.add_writer(self._pipe, self._write)
            return
        except OSError:
            # Nobody hears it any more.
            self._waiting.clear()
            self._untold.clear()
        loop.remove_writer(self._pipe)
