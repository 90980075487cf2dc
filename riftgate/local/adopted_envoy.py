# SPDX-License-Identifier: Apache-2.0
"""The Envoy that an earlier agent has left in a pod's cgroup."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from riftgate.local import cgroups
from riftgate.local.envoy_module import why_outdated
from riftgate.local.sidecar import epoch_of
from riftgate.local.supervisor import AdoptedProcess


@dataclass(frozen=True, slots=True)
class AdoptedEnvoy:
    """``outdated`` says why it would refuse the configuration of today; None: it does not."""

    pid: int
    epoch: int
    process: AdoptedProcess
    outdated: str | None


def newest_envoy(cgroup: Path) -> AdoptedEnvoy | None:
    """Another one that is there too has handed over to it, and ends."""
    for pid in sorted(cgroups.processes(cgroup), key=epoch_of, reverse=True):
        with contextlib.suppress(ProcessLookupError):
            return AdoptedEnvoy(pid, epoch_of(pid), AdoptedProcess(os.pidfd_open(pid)), why_outdated(pid))
    return None
