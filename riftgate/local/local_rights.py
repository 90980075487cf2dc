# SPDX-License-Identifier: Apache-2.0
"""LocalPolicies on this machine: whose cgroup has which rights, and what of them this kernel cannot hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

from bpf.lsm import Isolation
from bpf.structs import ANY_CONTAINER
from l7filters.local_tables import Granted, LocalRights, PodRights
from riftgate.local.pod import RunningPod

_EVERYTHING = LocalRights()


def rights_of(local: Iterable[PodRights], pods: Iterable[RunningPod]) -> dict[int, LocalRights]:
    """By the ids of the containers' cgroups, and of pods as the datapath counts them, who may not do everything."""
    by_workload = {each.workload: each for each in local}
    found: dict[int, LocalRights] = {}
    for pod in pods if by_workload else ():
        if (rights := by_workload.get(pod.key)) is None:
            continue
        found[ANY_CONTAINER | pod.slot] = rights.anybody
        for name in pod.containers:
            # Of a pod that is being made or removed: no container runs there, and before one does this is asked again.
            with contextlib.suppress(FileNotFoundError):
                found[pod.container_cgroup(name).stat().st_ino] = rights.of(name)
    return {holder: rights for holder, rights in found.items() if rights != _EVERYTHING}


def not_bound(
    pod: RunningPod, local: Sequence[PodRights], isolation: Isolation, unix_names: str | None
) -> tuple[str, ...]:
    """What LocalPolicies say of this pod in vain, with what to do about it. ``unix_names``: why nobody is asked about
    the names of unix sockets."""
    rights = next((each for each in local if each.workload == pod.key), None)
    if rights is None:
        return ()
    reasons = [
        f"a LocalPolicy restricts container {name}, which there is not, write {' or '.join(pod.containers)}"
        for name, _ in rights.containers
        if name not in pod.containers
    ]
    if not isolation.enforced:
        bound = [rights.of(name) for name in pod.containers]
        todo = f"{isolation.why_not}: {isolation.todo}"
        if any(each.listen is not None for each in bound):
            reasons.append(f"LocalPolicy about listening on unix sockets, {todo}")
        if unix_names is not None and any(each.connect is not None for each in bound):
            reasons.append(f"LocalPolicy about connecting to unix sockets, {unix_names}, and {todo}")
        elif any(_names_a_path(each.connect) for each in bound):
            reasons.append(f"LocalPolicy about unix sockets by a path, which the app may let lead elsewhere, {todo}")
    return tuple(reasons)


def _names_a_path(granted: Granted | None) -> bool:
    return granted is not None and any(not name.startswith("\0") for name in granted.names)
