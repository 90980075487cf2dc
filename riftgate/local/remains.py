# SPDX-License-Identifier: Apache-2.0
"""Removing all of a mesh by what its name says the machine may hold, whoever of it still lives."""

from __future__ import annotations

import ctypes
import os
import shutil

from riftgate.instance import Instance
from riftgate.local import cgroups, netns
from riftgate.local.errors import LocalError
from riftgate.local.mountinfo import Mount, read_mounts

_MNT_DETACH = 2


def remove_everything(instance: Instance) -> bool:
    """Processes first, then what they held: False when nothing was there. Raises LocalError for what does not go."""
    found = instance.state.exists() or instance.cgroup.exists()
    cgroups.remove_tree(instance.cgroup)
    remove_pods(instance)
    if instance.state.exists():
        shutil.rmtree(instance.state)
    return found


def has_pods(instance: Instance) -> bool:
    """Whether an agent runs, or one that was killed has left anything: :func:`remove_pods` leaves nothing of it."""
    return instance.pods_cgroup.exists() or any(_is_below(instance, each) for each in read_mounts())


def remove_pods(instance: Instance) -> None:
    """What an agent makes: pods, namespaces, the datapath. Logs, the applied documents and the control server stay."""
    cgroups.remove_tree(instance.pods_cgroup)
    netns.purge(instance.name, instance.state)
    _unmount_below(instance)
    if instance.pod_files.exists():
        shutil.rmtree(instance.pod_files)


def _unmount_below(instance: Instance) -> None:
    """The bpffs goes and with it every pin; a broken start may have mounted it more than once."""
    libc = ctypes.CDLL(None, use_errno=True)
    for mount in reversed(read_mounts()):
        if _is_below(instance, mount) and libc.umount2(os.fsencode(mount.point), _MNT_DETACH) != 0:
            code = ctypes.get_errno()
            raise LocalError(f"cannot unmount {mount.point}: {os.strerror(code)}")


def _is_below(instance: Instance, mount: Mount) -> bool:
    return mount.point.is_relative_to(instance.state)
