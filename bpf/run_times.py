# SPDX-License-Identifier: Apache-2.0
"""How long programs run: what the kernel counts of each, if it is asked to (BPF_ENABLE_STATS, since 5.8).

Source: ``struct bpf_prog_info`` in ``linux/bpf.h``. Counting takes some 0.02 µs per run of any program.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bpf.libbpf import BpfError, library
from bpf.links import program_info

_BPF_STATS_RUN_TIME = 0
_RUN_TIME = 192
"""Where the nanoseconds are; the number of runs is behind them."""


@dataclass(frozen=True, slots=True)
class RunTime:
    """Of one program, since counting began for the first time."""

    nanoseconds: int
    runs: int

    def since(self, before: RunTime) -> RunTime:
        return RunTime(self.nanoseconds - before.nanoseconds, self.runs - before.runs)


@contextmanager
def counted() -> Iterator[None]:
    """The kernel counts meanwhile. Raises BpfError."""
    fd = library().bpf_enable_stats(_BPF_STATS_RUN_TIME)
    if fd < 0:
        raise BpfError(-fd, f"count how long programs run: {os.strerror(-fd)}")
    try:
        yield
    finally:
        os.close(fd)


def run_time(program: int) -> RunTime:
    """By a program's descriptor. Raises BpfError."""
    return RunTime(*struct.unpack_from("=QQ", program_info(program), _RUN_TIME))
