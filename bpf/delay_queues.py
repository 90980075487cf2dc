# SPDX-License-Identifier: Apache-2.0
"""Queues that hold packets until their time, at the host's ends of links: the queueing discipline fq (since 3.12),
which honours the moment that a BPF program writes into a packet (earliest departure time, since 4.20).

A queue in which no packet has a time passes all on at once: one that is left behind delays nothing.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Collection
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from bpf.netns import in_netns

_KIND = "fq"
_HANDLE = 0x52470000
"""By which ours are known from anybody else's."""
_PACKETS = 1 << 17
"""Held at once on a link, and of one flow: what 1 Gbit/s sends in two seconds, in packets of the usual size."""
_FLOWS = (1 << 16) - 1
_OPTIONS = b"".join(struct.pack("=HHI", 8, kind, value) for kind, value in ((1, _PACKETS), (2, _PACKETS), (10, _FLOWS)))
"""TCA_FQ_PLIMIT, TCA_FQ_FLOW_PLIMIT and TCA_FQ_ORPHAN_MASK (linux/pkt_sched.h)."""
_LOOPBACK = 1


def lacking() -> str | None:
    """What this kernel lacks to hold packets; None: nothing. Tried on the loopback of the calling thread's network
    namespace, which had better be one that nobody uses; it loads the module where there is one."""
    with IPRoute() as route:
        try:
            _add(route, _LOOPBACK)
        except NetlinkError as error:
            return (
                f"this kernel cannot hold packets back: it has no queueing discipline fq (module sch_fq, "
                f"CONFIG_NET_SCH_FQ; {os.strerror(error.code)}); run modprobe sch_fq, or boot a kernel that has it: "
                "apt-get install -y linux-image-amd64"
            )
    return None


def add(netns: Path, links: Collection[int]) -> None:
    """Puts a queue on each of these links (interface indexes in ``netns``) that has none. Raises NetlinkError."""

    def put() -> None:
        with IPRoute() as route:
            present = _present(route)
            for link in links:
                if link not in present:
                    _add(route, link)

    if links:
        in_netns(netns, put)


def keep_only(netns: Path, links: Collection[int]) -> None:
    """Takes our queues off all links of ``netns`` but these; packets in them are lost. Raises NetlinkError."""

    def remove() -> None:
        with IPRoute() as route:
            for link in _present(route) - set(links):
                try:
                    route.tc("del", index=link, handle=_HANDLE, root=True)
                except NetlinkError as error:
                    # With the link.
                    if error.code not in {errno.ENODEV, errno.ENOENT}:
                        raise

    in_netns(netns, remove)


def _present(route: IPRoute) -> set[int]:
    """The links with a queue of ours."""
    return {
        each["index"] for each in route.get_qdiscs() if each.get_attr("TCA_KIND") == _KIND and each["handle"] == _HANDLE
    }


def _add(route: IPRoute, link: int) -> None:
    route.tc("add", _KIND, link, _HANDLE, options=_OPTIONS)
