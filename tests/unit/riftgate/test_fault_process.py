# SPDX-License-Identifier: Apache-2.0
"""What the fault server says to a control server that stands still."""

import asyncio
import os

from riftgate.control.fault_process import _MOST_WAITING, _Words

HIT = b'{"hit": {}}\n'
VERSION = b'{"version": 7}\n'


async def test_a_version_is_confirmed_however_many_hits_nobody_has_heard_of() -> None:
    reading, writing = os.pipe()
    say = _Words(writing)
    many = 2 * _MOST_WAITING // len(HIT)
    for _ in range(many):
        say.unless_full(HIT)
    say(VERSION)
    heard = bytearray()
    os.set_blocking(reading, False)
    try:
        async with asyncio.timeout(30):
            while not heard.endswith(VERSION):
                try:
                    heard += os.read(reading, 1 << 16)
                except BlockingIOError:
                    await asyncio.sleep(0)
    finally:
        os.close(reading)
        os.close(writing)
    assert 0 < heard.count(HIT) < many
