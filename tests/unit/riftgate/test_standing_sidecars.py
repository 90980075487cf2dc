# SPDX-License-Identifier: Apache-2.0
"""Which of a sidecar's processes are ended for standing still."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.local.standing_sidecars import end_standing


@pytest.fixture
def pair() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes of this test's own."""
    started = [subprocess.Popen(["sleep", "600"]) for _ in range(2)]
    yield started
    for each in started:
        each.kill()
        each.wait()


async def test_who_is_stopped_is_killed_and_nobody_else(tmp_path: Path, pair: list[subprocess.Popen[bytes]]) -> None:
    stopped, running = pair
    (tmp_path / "cgroup.procs").write_text(f"{stopped.pid}\n{running.pid}\n")
    stopped.send_signal(signal.SIGSTOP)
    gone = ("default/gone", tmp_path / "gone")
    watching = asyncio.create_task(end_standing(lambda: [gone, ("default/vault", tmp_path)]))
    assert await asyncio.to_thread(stopped.wait, 60) == -signal.SIGKILL
    assert running.poll() is None
    assert not watching.done()
    watching.cancel()
