# SPDX-License-Identifier: Apache-2.0
"""What the fault server says to a control server that stands still, and what becomes of one that stands still."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from riftgate.control.fault_process import _MOST_WAITING, _Words
from xds_server.connection_lines import ConnectionHit, Did

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
