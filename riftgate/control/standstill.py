# SPDX-License-Identifier: Apache-2.0
"""The end of a process that stands still: the kernel brings it about, so that nobody else has to live for it."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import time

STANDSTILL_SECONDS = 1.4
"""What is held longer than that by a process that stands still outlives a lease by more than it may."""
WINDING_SECONDS = 0.2
"""Between two times that the timer is wound."""

_BYTES_OF_SIGEVENT = 64
_SIGEV_SIGNAL = 0
_NANOSECONDS = 1_000_000_000


class DeadMansTimer:
    """Kills this process (SIGKILL) once nobody has wound it for `seconds`.

    A timer of timer_create(2), whose signal the kernel sends whatever the process does: SIGKILL also ends one that is
    stopped (SIGSTOP) or frozen, which no other signal does. Raises OSError.
    """

    def __init__(self, seconds: float = STANDSTILL_SECONDS) -> None:
        self._seconds = seconds
        self._libc = ctypes.CDLL(None, use_errno=True)
        # struct sigevent: sigev_value, sigev_signo, sigev_notify.
        event = ctypes.create_string_buffer(struct.pack("Qii", 0, signal.SIGKILL, _SIGEV_SIGNAL), _BYTES_OF_SIGEVENT)
        self._timer = ctypes.c_void_p()
        self._must(self._libc.timer_create(time.CLOCK_MONOTONIC, event, ctypes.byref(self._timer)))

    def wind(self) -> None:
        """From now on it has all of its time again."""
        self._set(self._seconds)

    def stop(self) -> None:
        self._set(0.0)

    def _set(self, seconds: float) -> None:
        whole, part = divmod(int(seconds * _NANOSECONDS), _NANOSECONDS)
        # struct itimerspec: it_interval, it_value.
        self._must(self._libc.timer_settime(self._timer, 0, struct.pack("llll", 0, 0, whole, part), None))

    def _must(self, result: int) -> None:
        if result:
            number = ctypes.get_errno()
            raise OSError(number, f"a timer of the kernel: {os.strerror(number)}")
