# SPDX-License-Identifier: Apache-2.0
"""The processes of a mesh that outlive the command that started them: the control server and the agent."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

from riftgate.instance import Instance
from riftgate.local.cgroups import processes
from riftgate.local.errors import LocalError

START_TIMEOUT = 180.0
"""Seconds until a process that lives and says nothing counts as failed."""

_START = 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'


def is_running(instance: Instance, name: str) -> bool:
    return bool(processes(instance.process_cgroup(name)))


def start(instance: Instance, name: str, arguments: tuple[str, ...]) -> None:
    """Starts ``riftgate ARGUMENTS --ready-fd N`` in a session and a cgroup of its own and waits until it says so.

    Raises LocalError with what it wrote when it ends or stays silent.
    """
    cgroup = instance.process_cgroup(name)
    cgroup.mkdir(parents=True, exist_ok=True)
    instance.logs.mkdir(parents=True, exist_ok=True)
    log = instance.logs / f"{name}.log"
    ready_read, ready_write = os.pipe()
    try:
        with log.open("ab") as output:
            begin = output.tell()
            process = subprocess.Popen(
                [
                    *("/bin/sh", "-c", _START, "sh", str(cgroup)),
                    *(sys.executable, "-m", "riftgate", "--instance", instance.name, *arguments),
                    *("--ready-fd", str(ready_write)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[ready_write],
                start_new_session=True,
                cwd="/",
            )
    except BaseException:
        os.close(ready_read)
        raise
    finally:
        os.close(ready_write)
    try:
        readable, _, _ = select.select([ready_read], [], [], START_TIMEOUT)
        said_ready = bool(readable) and os.read(ready_read, 16) != b""
    finally:
        os.close(ready_read)
    if not said_ready:
        process.kill()
        process.wait()
        raise LocalError(f"the {name} did not start: {_tail(log, begin)}; its log is {log}")


def enroll(instance: Instance, name: str) -> None:
    """Called by a process of the mesh: puts it where :func:`is_running` and `down` look, whoever has started it."""
    cgroup = instance.process_cgroup(name)
    cgroup.mkdir(parents=True, exist_ok=True)
    (cgroup / "cgroup.procs").write_text("0")


def say_ready(fd: int | None) -> None:
    """Called by the started process once it serves."""
    if fd is not None:
        os.write(fd, b"ready\n")
        os.close(fd)


def _tail(log: Path, begin: int) -> str:
    text = log.read_bytes()[begin:].decode(errors="replace").strip()
    return text.splitlines()[-1] if text else "it said nothing"
