# SPDX-License-Identifier: Apache-2.0
"""Calls at a moment: exact to what the kernel needs to wake a process. The event loop's own are exact to a millisecond.

One timerfd (timerfd_create(2), CLOCK_MONOTONIC), which the event loop watches, is set to the first of all that is due.
"""

from __future__ import annotations

import asyncio
import ctypes
import heapq
import itertools
import logging
import os
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)

_TIMER_ABSTIME = 1
_NANOSECONDS = 1_000_000_000


class _Setting(ctypes.Structure):
    """`struct itimerspec`."""

    _fields_ = (
        ("interval_seconds", ctypes.c_long),
        ("interval_nanoseconds", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
    )


class Appointment:
    """What is to be called, until then or until it is cancelled."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def cancel(self) -> None:
        """Also when it has been called already."""
        self._call = None

    def keep(self) -> None:
        """Call it, unless it is cancelled."""
        call, self._call = self._call, None
        if call is not None:
            call()


class PreciseTimer:
    """For one event loop; `close` it before that ends. Moments are those of `time.monotonic`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), f"timerfd_create: {os.strerror(ctypes.get_errno())}")
        self._loop.add_reader(self._fd, self._ring)
        self._order = itertools.count()
        self._due: list[tuple[float, int, Appointment]] = []
        """A heap; what is cancelled stays in it until its time."""
        self._set_to: float | None = None

    def call_at(self, moment: float, call: Callable[[], object]) -> Appointment:
        """Never before that moment, and never before this returns."""
        appointment = Appointment(call)
        heapq.heappush(self._due, (moment, next(self._order), appointment))
        self._set()
        return appointment

    def close(self) -> None:
        """Nothing is called any more."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
        self._due.clear()

    def _set(self) -> None:
        first = self._due[0][0] if self._due else None
        if first == self._set_to:
            return
        # A moment of 0 would switch it off.
        nanoseconds = 0 if first is None else max(1, round(first * _NANOSECONDS))
        setting = _Setting(0, 0, *divmod(nanoseconds, _NANOSECONDS))
        if self._libc.timerfd_settime(self._fd, _TIMER_ABSTIME, ctypes.byref(setting), None):
            raise OSError(ctypes.get_errno(), f"timerfd_settime: {os.strerror(ctypes.get_errno())}")
        self._set_to = first

    def _ring(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return  # It was set anew after it had rung.
        self._set_to = None
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            _, _, appointment = heapq.heappop(self._due)
            try:
                appointment.keep()
            except Exception:
                # The others are to be kept all the same.
                _log.exception("a call that was due has failed")
        if self._fd >= 0:
            self._set()
