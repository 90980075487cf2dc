# SPDX-License-Identifier: Apache-2.0
"""Whether `riftgate status` may call a pod enforced: only what was tested here, and only where nothing is left open."""

from __future__ import annotations

from bpf.lsm import Isolation
from riftgate.local.plan import PlannedPod
from riftgate.local.self_test import Findings

SPEAKS_PAST_SOCKETS = ("NET_RAW", "NET_ADMIN", "SYS_ADMIN", "BPF")
"""Capabilities with which an app opens packet sockets, or changes what guards it. What leaves the pod is judged at the
host's end all the same; but it hears all of the pod, and only an LSM says no to the rest (docs/kernels.md)."""


def not_enforced(pod: PlannedPod, tested: Findings | str, isolation: Isolation) -> tuple[str, ...]:
    """Why a pod is not called enforced, with what to do about it; empty when it is. ``tested`` may be why not."""
    reasons = []
    if isinstance(tested, str):
        reasons.append(f"not tested on this host: {tested}")
    elif tested.open:
        reasons.append(f"on this host gets out: {'; '.join(tested.open)}")
    for container in pod.containers:
        held = [name for name in SPEAKS_PAST_SOCKETS if name in container.capabilities]
        if held and not isolation.enforced:
            names = ", ".join(f"CAP_{name}" for name in held)
            drop = ", ".join(held)
            reasons.append(f"container {container.name} holds {names} and no LSM restricts it, drop: [{drop}]")
    return tuple(reasons)
