# SPDX-License-Identifier: Apache-2.0
"""tc clsact with direct-action BPF at the host's end of a pod's link, out of the pod's reach (since 4.5)."""

from __future__ import annotations

import errno
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from bpf.netns import in_netns

_INGRESS = "ffff:fff2"  # TC_H_CLSACT : TC_H_MIN_INGRESS: what leaves the pod
_EGRESS = "ffff:fff3"  # TC_H_CLSACT : TC_H_MIN_EGRESS: what enters it
_PREFERENCE = 1


def attach(netns: Path, ifindex: int, *, from_pod: int, to_pod: int) -> None:
    """Puts both programs (by descriptor) on one interface of ``netns``; the filters end with the interface.

    Filters that are there already are replaced, in one step each. Raises pyroute2's NetlinkError.
    """

    def put() -> None:
        with IPRoute() as route:
            try:
                route.tc("add", "clsact", ifindex)
            except NetlinkError as error:
                if error.code != errno.EEXIST:
                    raise
            for parent, fd, name in ((_INGRESS, from_pod, "from_pod"), (_EGRESS, to_pod, "to_pod")):
                # The same handle and preference each time: that is what makes it a replacement.
                place = {"parent": parent, "prio": _PREFERENCE}
                program = {"fd": fd, "name": name, "direct_action": True, "classid": 1}
                route.tc("replace-filter", "bpf", ifindex, ":1", **place, **program)

    in_netns(netns, put)
