# SPDX-License-Identifier: Apache-2.0
"""What the fault server says to a control server that stands still, and what becomes of one that stands still."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from l7filters.connection_effects import ConnectionEffects
from l7filters.connection_faults import ConnectionFault, connection_rule
from l7filters.faults import FaultTarget
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, World
from riftgate.control import fault_process
from riftgate.control.fault_process import _MOST_WAITING, _obey, _Words
from riftgate.control.host_faults import HostFaults
from riftgate.control.standstill import DeadMansTimer
from xds_server.connection_lines import ConnectionHit, Did
from xds_server.connection_meeting import SERVICE, ConnectionFaultServer
from xds_server.fault_leases import FaultLeases
from xds_server.grpc_call import Shared, StatusCode

HIT = ConnectionHit("siege/slow", "default/vault", "10.0.0.1:80", "10.0.0.2:4000", "7", Did.HIT)
VERSION = b'{"version": 7}\n'


async def test_what_is_said_however_many_hits_nobody_has_heard_of() -> None:
    """Versions are confirmed, and every hit is counted."""
    reading, writing = os.pipe()
    say = _Words(writing)
    many = 2 * _MOST_WAITING // len(HIT.to_line())
    for _ in range(many):
        say.hit(HIT)
    say(VERSION)
    heard = bytearray()
    os.set_blocking(reading, False)
    try:
        async with asyncio.timeout(30):
            while b"untold" not in heard or not heard.endswith(b"\n"):
                try:
                    heard += os.read(reading, 1 << 16)
                except BlockingIOError:
                    await asyncio.sleep(0)
    finally:
        os.close(reading)
        os.close(writing)
    told = heard.count(HIT.to_line())
    assert 0 < told < many
    assert VERSION in heard
    (untold,) = (json.loads(line)["untold"] for line in heard.splitlines() if b"untold" in line)
    assert untold == {"siege/slow": many - told}


class Waiting:
    """A call of a sidecar's, to which the answer has not come."""

    headers = ()

    def __init__(self, server: ConnectionFaultServer, known: int) -> None:
        self.answered = False
        self._listener = server.handler[f"/{SERVICE}/Meet"](self)  # type: ignore[arg-type]
        assert self._listener is not None
        who = "pod default/vault\nside server\nlocal 10.0.0.1:80\nremote 10.0.0.2:4000\nconnection 7\n"
        self._listener.message_received(f"{who}known {known}\n".encode())

    def send(self, shared: Shared, own: bytes = b"") -> None:
        self.answered = True

    def end(self, code: StatusCode = StatusCode.OK, details: str = "") -> None:
        assert code is StatusCode.OK, details


async def test_an_end_is_confirmed_once_the_sidecars_know_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And meanwhile other words are heard."""
    monkeypatch.setattr(fault_process, "_SETTLING_SECONDS", 60.0)
    world = World((Workload("default", "vault", {"app": "vault"}, ("10.0.0.1",)),))
    target = FaultTarget("default", Selector.of({"app": "vault"}))
    slow = ConnectionFault("siege", "slow", SourceLocation("s.yaml", 1), target, ConnectionEffects(bytes_per_second=64))
    server = ConnectionFaultServer(lambda hit: None)
    rules = HostFaults(((connection_rule(world, slow), time.monotonic() + 600),)).to_json()
    reading, writing = os.pipe()
    reader = asyncio.StreamReader()
    timer = DeadMansTimer(600)
    obeying = asyncio.create_task(_obey(reader, server, FaultLeases(), _Words(writing), timer))

    async def said() -> bytes:
        for _ in range(10):
            await asyncio.sleep(0)
        with contextlib.suppress(BlockingIOError):
            return os.read(reading, 1 << 16)
        return b""

    os.set_blocking(reading, False)
    try:
        reader.feed_data(json.dumps({"version": 1, "rules": rules}).encode() + b"\n")
        assert await said() == b'{"version": 1}\n'
        assert Waiting(server, 0).answered
        waiting = Waiting(server, 1)
        reader.feed_data(b'{"version": 2, "rules": []}\n')
        assert await said() == b""
        assert waiting.answered
        reader.feed_data(b'{"version": 3, "rules": []}\n')
        assert await said() == b""
        Waiting(server, 2)
        assert await said() == b'{"version": 2}\n{"version": 3}\n'
    finally:
        obeying.cancel()
        timer.stop()
        for each in (reading, writing):
            os.close(each)


WINDS_ONCE = """
import sys
from riftgate.control.standstill import DeadMansTimer
timer = DeadMansTimer(1.0)
timer.wind()
{then}
print("wound", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_the_kernel_kills_who_does_not_wind_its_timer(stopped: bool) -> None:
    argv = [sys.executable, "-c", WINDS_ONCE.format(then="")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"wound\n"
        if stopped:
            process.send_signal(signal.SIGSTOP)
        assert process.wait(timeout=30) == -signal.SIGKILL


def test_a_timer_that_is_stopped_kills_nobody() -> None:
    argv = [sys.executable, "-c", WINDS_ONCE.format(then="timer.stop(); import time; time.sleep(1.5)")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"wound\n"
        process.stdin.close()  # type: ignore[union-attr]
        assert process.wait(timeout=30) == 0
