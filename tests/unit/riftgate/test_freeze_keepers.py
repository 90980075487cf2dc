# SPDX-License-Identifier: Apache-2.0
"""A freeze whose keeper stands still."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from riftgate.local.host_faults import _Keeper


@pytest.mark.parametrize("by_word", [False, True])
async def test_a_keeper_that_stands_still_is_ended_and_the_cgroup_thawed(tmp_path: Path, by_word: bool) -> None:
    """At its end, or when it is told to; files stand for the cgroup's."""
    (tmp_path / "cgroup.freeze").write_text("0")
    (tmp_path / "cgroup.events").write_text("populated 1\nfrozen 1\n")
    keeper = await _Keeper.start(tmp_path, time.monotonic() + (3600 if by_word else 2))
    assert (tmp_path / "cgroup.freeze").read_text() == "1"
    keeper._process.send_signal(signal.SIGSTOP)
    async with asyncio.timeout(60):
        if by_word:
            await keeper.thaw()
        else:
            await keeper._thawed
    assert (tmp_path / "cgroup.freeze").read_text() == "0"
    assert keeper.over


async def test_a_keeper_is_renewed(tmp_path: Path) -> None:
    (tmp_path / "cgroup.freeze").write_text("0")
    (tmp_path / "cgroup.events").write_text("populated 1\nfrozen 1\n")
    keeper = await _Keeper.start(tmp_path, time.monotonic() + 2)
    await keeper.renew(time.monotonic() + 3600)
    _, waiting = await asyncio.wait({keeper._thawed}, timeout=4)
    assert waiting
    await keeper.thaw()
    assert (tmp_path / "cgroup.freeze").read_text() == "0"
