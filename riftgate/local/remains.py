# SPDX-License-Identifier: Apache-2.0
"""Removing all of a mesh by what its name says the machine may hold, whoever of it still lives."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Collection

from riftgate.instance import Instance
from riftgate.local import cgroups, netns
from riftgate.local.containers import PodFiles
from riftgate.local.errors import LocalError
from riftgate.local.mountinfo import Mount, read_mounts
from riftgate.local.sidecar import forget_shared_memory

_MNT_DETACH = 2


def remove_everything(instance: Instance) -> bool:
    """Processes first, then what they held: False when nothing was there. Raises LocalError for what does not go."""
    found = instance.state.exists() or instance.cgroup.exists()
    cgroups.remove_tree(instance.cgroup)
    remove_pods(instance)
    if instance.state.exists():
        shutil.rmtree(instance.state)
    if not any(instance.run.glob(f"*/{instance.lock('agent').name}")):
        # No mesh is left, of whatever name.
        instance.tested.unlink(missing_ok=True)
    return found


def can_adopt(instance: Instance) -> bool:
    """Whether what an agent has left is whole enough for the next one to take over: its plan, and maps in the kernel.

    Of one that broke off before both were there no pod exists.
    """
    mounted = any(str(mount.point) == str(instance.pins) and mount.kind == "bpf" for mount in read_mounts())
    return instance.plan.exists() and mounted and (instance.pins / "maps").is_dir()


def remove_other_pods(instance: Instance, names: Collection[str]) -> None:
    """Removes what there is of pods other than ``names`` (:attr:`PodName.file_name`), save for the datapath's part."""
    for cgroup in instance.pods_cgroup.iterdir():
        if cgroup.is_dir() and cgroup.name not in names:
            cgroups.remove_tree(cgroup)
    netns.purge_pods(instance.name, instance.state, keep=names)
    if instance.pod_files.exists():
        for folder in instance.pod_files.iterdir():
            if folder.name not in names:
                forget_shared_memory(PodFiles(folder).base_id)
                shutil.rmtree(folder)


def remove_pods(instance: Instance) -> None:
    """What an agent makes: pods, namespaces, the datapath. Logs, the applied documents and the control server stay."""
    cgroups.remove_tree(instance.pods_cgroup)
    netns.purge(instance.name, instance.state)
    _unmount_below(instance)
    if instance.pod_files.exists():
        for folder in instance.pod_files.iterdir():
            forget_shared_memory(PodFiles(folder).base_id)
        shutil.rmtree(instance.pod_files)
    # Last: until here there may have been something to take over.
    instance.plan.unlink(missing_ok=True)


def _unmount_below(instance: Instance) -> None:
    """The bpffs goes and with it every pin; a broken start may have mounted it more than once."""
    libc = ctypes.CDLL(None, use_errno=True)
    for mount in reversed(read_mounts()):
        if _is_below(instance, mount) and libc.umount2(os.fsencode(mount.point), _MNT_DETACH) != 0:
            code = ctypes.get_errno()
            raise LocalError(f"cannot unmount {mount.point}: {os.strerror(code)}")


def _is_below(instance: Instance, mount: Mount) -> bool:
    return mount.point.is_relative_to(instance.state)
