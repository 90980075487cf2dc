# SPDX-License-Identifier: Apache-2.0
"""Exec sessions in containers of local pods, on the real kernel: who can be entered, signals, terminals, ends."""

import asyncio
import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from riftgate.local import cgroups
from riftgate.local.sandbox import Container, ContainerState, User, exec_argv
from tests.box import Box, execute


async def test_entering_what_has_ended_fails(box: Box) -> None:
    container = await box.start("sleep", "infinity")
    assert container.state.is_alive()
    init = os.pidfd_open(container.state.init_pid)
    cgroups.kill_all(box.cgroup)
    # A cgroup counts as empty a little before its last process has quite ended.
    assert await asyncio.to_thread(select.select, [init], [], [], 20) == ([init], [], [])
    os.close(init)

    assert not container.state.is_alive()
    assert execute(container.state, "true") == (125, "cannot enter the container: No such process\n")


async def test_entering_a_later_process_of_the_same_number_fails(box: Box) -> None:
    container = await box.start("sleep", "infinity")

    other = replace(container.state, init_start=container.state.init_start + 1)

    assert execute(other, "true")[0] == 125


async def test_a_state_survives_its_json_form(box: Box) -> None:
    container = await box.start("sleep", "infinity", user=User(7, 8))

    assert ContainerState.from_dict(container.state.to_dict()) == container.state


@contextlib.asynccontextmanager
async def session(container: Container, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """An exec session that echoes what it is told."""
    argv = exec_argv(container.state, command)
    process = await asyncio.create_subprocess_exec(*argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"ready\n")
    assert await process.stdout.readline() == b"ready\n"
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_signals_reach_an_exec_session(box: Box, number: signal.Signals) -> None:
    container = await box.start("sleep", "infinity")
    # The shell waits for a process of its own: the signal must reach both.
    async with session(container, "sh", "-c", "cat; true") as process:
        process.send_signal(number)

        assert await process.wait() == 128 + number


async def test_an_exec_session_does_not_outlive_its_caller(box: Box) -> None:
    container = await box.start("sleep", "infinity")
    async with session(container, "cat") as process:
        process.kill()
        await process.wait()

        # Its input is still open: the end of its output means that it is gone.
        assert process.stdout is not None
        assert await process.stdout.read() == b""


async def test_an_exec_session_with_a_terminal(box: Box) -> None:
    container = await box.start("sleep", "infinity")

    await asyncio.to_thread(type_control_c, container.state)


def type_control_c(state: ContainerState) -> None:
    script = "test -t 0 -a -t 1 && stty size && trap 'echo caught; exit 3' INT && echo ready && read line"
    argv = exec_argv(state, ("sh", "-c", script), tty=True)
    program = f"import sys; from riftgate.local.terminal import run_in_terminal; sys.exit(run_in_terminal({argv!r}))"

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(Path(__file__).parents[2])
        os.execv(sys.executable, [sys.executable, "-c", program])
    shown = b""
    with os.fdopen(terminal, "r+b", buffering=0) as file:
        while b"ready" not in shown:
            shown += file.read(1024)
        # Ctrl-C, as typed by somebody whose terminal passes all keys on.
        file.write(b"\x03")
        with contextlib.suppress(OSError):
            while chunk := file.read(1024):
                shown += chunk

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert b"caught" in shown
