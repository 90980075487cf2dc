# SPDX-License-Identifier: Apache-2.0
"""Runs a command inside a container that runs already. A program of its own: sandbox.exec_argv() writes its
order.

It uses the standard library only, and imports everything before it enters: afterwards the files it sees are
the container's.
"""

import base64
import ctypes
import fcntl
import json
import os
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

# The mount, cgroup, UTS, IPC, PID and network namespaces, as CLONE_NEW* flags.
_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2

CANNOT_ENTER = 125
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main(order: dict[str, Any]) -> int:
    try:
        return enter(order)
    except OSError as error:
        print(f"cannot enter the container: {error.strerror or error}", file=sys.stderr)
        return CANNOT_ENTER


def enter(order: dict[str, Any]) -> int:
    """Join the container, run the command in a child, and return its exit status."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(function: Callable[..., int], *arguments: Any) -> None:
        if function(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    init = os.pidfd_open(order["init_pid"])
    # Only now that the process is pinned: its number may have gone to another one since.
    stat = Path(f"/proc/{order['init_pid']}/stat").read_text()
    if int(stat.rpartition(")")[2].split()[19]) != order["init_start"]:
        raise ProcessLookupError(3, "it has ended")
    # The cgroup decides the role of every socket: join it before anything else can happen.
    (Path(order["cgroup"]) / "cgroup.procs").write_text("0")
    call(libc.setns, init, _NAMESPACES)

    child = os.fork()
    if child == 0:
        try:
            call(libc.prctl, _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            # A session of its own: the terminal's signals reach the command once, through its parent or its
            # own tty.
            os.setsid()
            # Python ignores it, and an exec passes that on.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            if order["tty"]:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            os.chdir(order["working_dir"])
            call(libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            if order["seccomp"] is not None:
                code = base64.b64decode(order["seccomp"])
                program = _Program(len(code) // 8, code)
                call(libc.prctl, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
            os.execve(order["argv"][0], order["argv"], order["env"])
        except OSError as error:
            print(f"cannot enter the container: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(CANNOT_ENTER)

    def forward(number: int, _frame: FrameType | None) -> None:
        # To all of the session's first process group, as a terminal does it.
        try:
            os.killpg(child, number)
        except ProcessLookupError:
            # It has not made its group yet.
            os.kill(child, number)

    for number in _FORWARDED:
        signal.signal(number, forward)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
