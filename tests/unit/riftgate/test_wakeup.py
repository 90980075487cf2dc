# SPDX-License-Identifier: Apache-2.0
"""Slices are for the thread that asks for them. How long they are, only newer kernels tell."""

import os
import subprocess
import sys

SAY = "import os; print(os.sched_getscheduler(0), flush=True)"
PROGRAM = f"""
import subprocess, sys
from riftgate.wakeup import wake_at_once
wake_at_once()
{SAY}
subprocess.run([sys.executable, "-c", {SAY!r}], check=True)
"""


def test_what_a_thread_starts_has_slices_as_usual() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout
    own, child = map(int, said.split())
    assert own == os.SCHED_OTHER | os.SCHED_RESET_ON_FORK
    assert child == os.SCHED_OTHER
