# SPDX-License-Identifier: Apache-2.0
"""tc clsact with direct-action BPF at the host's end of a pod's link, out of the pod's reach (since 4.5)."""

from __future__ import annotations

from pathlib import Path

from pyroute2 import IPRoute

from bpf.netns import in_netns

_INGRESS = "ffff:fff2"  # TC_H_CLSACT : TC_H_MIN_INGRESS: what leaves the pod
_EGRESS = "ffff:fff3"  # TC_H_CLSACT : TC_H_MIN_EGRESS: what enters it


def attach(netns: Path, ifindex: int, *, from_pod: int, to_pod: int) -> None:
    """Puts both programs (by descriptor) on one interface of ``netns``; the filters end with the interface.

    Raises pyroute2's NetlinkError: EEXIST when clsact is there already.
    """

    def put() -> None:
        with IPRoute() as route:
            route.tc("add", "clsact", ifindex)
            for parent, fd, name in ((_INGRESS, from_pod, "from_pod"), (_EGRESS, to_pod, "to_pod")):
                route.tc(
                    "add-filter", "bpf", ifindex, ":1", fd=fd, name=name, parent=parent, direct_action=True, classid=1
                )

    in_netns(netns, put)
