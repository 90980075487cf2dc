# SPDX-License-Identifier: Apache-2.0
"""Who may speak to Riftgate's own sockets: whoever can open them, root of the machine, but nobody of a pod; to those
for sidecars also sidecars, each for itself.

No pod sees the sockets. What a cgroup says holds for one that does all the same: by a folder that somebody mounts into
a container, or with a sidecar that is no longer Envoy's.
"""

from __future__ import annotations

from pathlib import Path

from riftgate.local.names import PodName

_SIDECAR = "sidecar"


class Callers:
    """The processes of a mesh's pods, told by their cgroups; `proc` is where proc(5) is mounted."""

    def __init__(self, instance: str, proc: Path = Path("/proc")) -> None:
        self._instance = instance
        self._proc = proc

    def of_the_machine(self, caller: int | None) -> bool:
        """Not one of a pod. Who has ended already, or cannot be told, may be anybody, and is refused."""
        return self._place(caller) == ()

    def may_be_a_sidecar(self, caller: int | None) -> bool:
        """A sidecar, or one of the machine."""
        place = self._place(caller)
        return place is not None and (not place or place[1:2] == (_SIDECAR,))

    def is_node(self, caller: int | None, node: str) -> bool:
        """Whether it may ask for what the node (`namespace/pod`) is to have: its own sidecar, or one of the machine."""
        place = self._place(caller)
        if not place:
            return place is not None
        namespace, _, pod = node.partition("/")
        return place[:2] == (PodName(self._instance, namespace, pod).file_name, _SIDECAR)

    def _place(self, caller: int | None) -> tuple[str, ...] | None:
        """The caller's cgroup below that of all pods; empty: it is in none of them, None: nobody knows."""
        if caller is None:
            return None
        try:
            lines = (self._proc / str(caller) / "cgroup").read_text().splitlines()
        except OSError:
            return None
        unified = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), None)
        if unified is None:
            return None
        parts = tuple(unified.strip("/").split("/"))
        pods = (self._instance, "pods")
        for begin in range(len(parts) - 1):
            if parts[begin : begin + 2] == pods:
                return parts[begin + 2 :] or None
        return ()
