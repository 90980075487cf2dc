# SPDX-License-Identifier: Apache-2.0
"""Which of a sidecar's processes are ended for standing still."""

import asyncio
import signal
import subprocess
from pathlib import Path

from riftgate.local.standing_sidecars import end_standing


async def test_who_is_stopped_is_killed_and_nobody_else(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as stopped, subprocess.Popen(["sleep", "600"]) as running:
        try:
            (tmp_path / "cgroup.procs").write_text(f"{stopped.pid}\n{running.pid}\n")
            stopped.send_signal(signal.SIGSTOP)
            watching = asyncio.create_task(end_standing(lambda: [("default/vault", tmp_path)]))
            assert await asyncio.to_thread(stopped.wait, 60) == -signal.SIGKILL
            assert running.poll() is None
            assert not watching.done()
            watching.cancel()
        finally:
            stopped.kill()
            running.kill()
