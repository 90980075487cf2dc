# SPDX-License-Identifier: Apache-2.0
"""Fault servers of the bench's own: the real process, as often as one likes."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.report import BenchError
from bench.xds.processes import Program
from l7filters.connection_faults import ConnectionRule
from riftgate.control.host_faults import HostFaults
from riftgate.instance import Instance

_START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class FaultServers:
    programs: Sequence[Program]
    sockets: tuple[Path, ...]

    def tell(self, rules: Sequence[tuple[ConnectionRule, float]]) -> None:
        """What they are to do to connections, each until its end (seconds of CLOCK_MONOTONIC)."""
        for each in self.programs:
            # It says now and then that it lives, too.
            each.exchange({"version": 1, "rules": HostFaults(tuple(rules)).to_json()}, key="version")

    def cpu_seconds(self) -> float:
        return sum(each.cpu_seconds() for each in self.programs)


@contextmanager
def fault_servers(count: int) -> Iterator[FaultServers]:
    """So many processes that answer. Raises BenchError when one does not start."""
    cores = frozenset(os.sched_getaffinity(0))
    with ExitStack() as stack:
        programs, sockets = [], []
        for number in range(count):
            instance = Instance(f"benchfaults{os.getpid()}n{number}")
            instance.state.mkdir(mode=0o700)
            stack.callback(shutil.rmtree, instance.state)
            command = [sys.executable, "-m", "riftgate", "--instance", instance.name, "fault-server"]
            programs.append(stack.enter_context(Program(command, cores, {})))
            sockets.append(instance.faults_socket)
        deadline = time.monotonic() + _START_SECONDS
        while not all(each.is_socket() for each in sockets):
            if time.monotonic() > deadline:
                raise BenchError(f"no fault server within {_START_SECONDS:g} s")
            time.sleep(0.02)
        yield FaultServers(programs, tuple(sockets))
