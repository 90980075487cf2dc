# SPDX-License-Identifier: Apache-2.0
"""A terminal for a command in a container.

The command gets a pseudo-terminal of its own, and this process copies between it and the user's. Handing over
the user's terminal itself would let the container push input into it.
"""

import contextlib
import errno
import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import tty
from collections.abc import Iterator

_CHUNK = 65536


def run_in_terminal(argv: tuple[str, ...]) -> int:
    """Run a command line of exec_argv(tty=True) on this process's standard input and output until it ends.

    Returns its exit status. Standard input must be a terminal; it is as before afterwards.
    """
    ours, theirs = os.openpty()
    try:
        _copy_size(sys.stdin.fileno(), ours)
        process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    finally:
        os.close(theirs)
    try:
        with _raw(sys.stdin.fileno()), _following_size(sys.stdin.fileno(), ours):
            _copy(process.pid, ours)
    finally:
        # Without its terminal the session gets a hangup, which ends whatever of it is still there.
        os.close(ours)
    return process.wait()


def _copy(pid: int, terminal: int) -> None:
    ended = os.pidfd_open(pid)
    poll = select.poll()
    for fd in (sys.stdin.fileno(), terminal, ended):
        poll.register(fd, select.POLLIN)
    try:
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if sys.stdin.fileno() in ready and not _forward(sys.stdin.fileno(), terminal):
                poll.unregister(sys.stdin.fileno())
            if terminal in ready:
                if not _forward(terminal, sys.stdout.fileno()):
                    return
            elif ended in ready:
                # Only once there is nothing left to show.
                return
    finally:
        os.close(ended)


def _forward(source: int, target: int) -> bool:
    """Copy what is there; False at the end of the source."""
    try:
        chunk = os.read(source, _CHUNK)
    except OSError as error:
        # What reading a pseudo-terminal gives once nobody has its other end.
        if error.errno == errno.EIO:
            return False
        raise
    while chunk:
        chunk = chunk[os.write(target, chunk) :]
        if not chunk:
            return True
    return False


@contextlib.contextmanager
def _raw(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _following_size(source: int, target: int) -> Iterator[None]:
    before = signal.signal(signal.SIGWINCH, lambda *_: _copy_size(source, target))
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def _copy_size(source: int, target: int) -> None:
    fcntl.ioctl(target, termios.TIOCSWINSZ, fcntl.ioctl(source, termios.TIOCGWINSZ, bytes(8)))
