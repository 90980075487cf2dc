# SPDX-License-Identifier: Apache-2.0
"""Threads that are woken at once, also beside others that compute.

From Linux 6.12 on a thread with a shorter slice than the one that runs takes its place when it wakes; by default it may
wait for some milliseconds (Documentation/scheduler/sched-eevdf.rst). It gets no larger share of the CPU by that.
"""

import ctypes
import os
import platform

_SLICE_NANOSECONDS = 100_000
"""What the thread asks the kernel to run at a time: the least that it grants."""
_RESET_ON_FORK = 1
_NUMBERS = {"x86_64": (314, 315), "aarch64": (274, 275)}
"""Of sched_setattr(2) and sched_getattr(2), which libc has no functions for."""


class _Attributes(ctypes.Structure):
    """`struct sched_attr`, as it began."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def wake_at_once(thread: int = 0) -> None:
    """This thread, or the one of that number: a process's main thread has the process's. What it starts has slices as
    usual. A kernel that knows no slices leaves it as it was, and so does one that does not let us."""
    if platform.machine() not in _NUMBERS:
        return
    set_attributes, get_attributes = _NUMBERS[platform.machine()]
    call = ctypes.CDLL(None, use_errno=True).syscall
    attributes = _Attributes(size=ctypes.sizeof(_Attributes))
    if call(get_attributes, thread, ctypes.byref(attributes), attributes.size, 0) != 0:
        return
    if attributes.policy == os.SCHED_OTHER:
        attributes.flags |= _RESET_ON_FORK
        attributes.runtime = _SLICE_NANOSECONDS
        call(set_attributes, thread, ctypes.byref(attributes), 0)
