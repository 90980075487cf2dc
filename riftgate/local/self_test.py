# SPDX-License-Identifier: Apache-2.0
"""Whether the datapath holds on this very host: a scratch pod whose every way out is tried, before and after it is
guarded, and counted at the far end.

    near (guarded like any pod)  ──  node  ──  far (nobody's pod; a packet socket on its own end of its link)

A way counts only where it arrives without the guard: otherwise the kernel has no such thing, and nothing is proven.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bpf.datapath import OBJECT, Datapath, PodAttachment
from riftgate.demo.observer import Observer, observe
from riftgate.instance import Instance
from riftgate.local import cgroups, netns
from riftgate.local.errors import LocalError
from riftgate.local.escapes import NAMES
from riftgate.local.names import PodName
from riftgate.local.netns import PodNetwork
from riftgate.local.plan import POD_NETWORKS, SERVICE_NETWORKS

log = logging.getLogger(__name__)

_PROGRAM = Path(__file__).with_name("escapes.py")
_NAMESPACE = "-"
"""No Kubernetes namespace can be called so: no pod of a manifest is one of these."""
_NEAR = tuple(str(network + 65535) for network in POD_NETWORKS)
_FAR = tuple(str(network + 65535) for network in SERVICE_NETWORKS)
_FRIEND = tuple(str(network + 65535 - 1) for network in SERVICE_NETWORKS)
"""Past the last addresses that pods and services get."""
_PATIENCE = 10.0
"""Seconds within which a frame from the node must arrive at the far end."""
_STRANGER = ", by a process outside of the pod's cgroup"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found; `open` must be empty."""

    closed: tuple[str, ...]
    """Ways out that work without the guard, and not with it."""
    open: tuple[str, ...]
    """Ways out that work with it."""
    absent: tuple[str, ...]
    """Ways that this kernel does not have."""

    def to_dict(self) -> dict[str, list[str]]:
        return {name: list(ways) for name, ways in asdict(self).items()}


def findings_on_this_host(instance: Instance, datapath: Datapath, slot: int) -> Findings:
    """What an earlier test found with this kernel since it booted and with these very programs, or what one finds now.

    Raises LocalError, BpfError or OSError when it cannot be tried.
    """
    known = instance.tested
    key = _key()
    try:
        content = json.loads(known.read_text())
        if content["key"] == key:
            return Findings(*(tuple(content[name]) for name in ("closed", "open", "absent")))
    except (FileNotFoundError, ValueError, KeyError):
        pass
    found = self_test(instance, datapath, slot)
    fresh = known.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"key": key, **found.to_dict()}))
    fresh.replace(known)
    return found


def _key() -> list[str]:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    parts = (OBJECT, _PROGRAM, Path(__file__))
    return [boot, os.uname().release, hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()]


def self_test(instance: Instance, datapath: Datapath, slot: int) -> Findings:
    """Tries every way. The node's namespace must exist; ``slot`` must be free. Takes about half a second.

    Raises LocalError, BpfError or OSError when it cannot be tried.
    """
    near, far = (PodName(instance.name, _NAMESPACE, name) for name in ("near", "far"))
    cgroup = instance.pods_cgroup / near.file_name
    container = cgroup / "container-app"
    began = time.monotonic()
    with ExitStack() as stack:
        stack.callback(netns.delete_pod, near, instance.state)
        stack.callback(netns.delete_pod, far, instance.state)
        stack.callback(datapath.detach, slot)
        stack.callback(cgroups.remove_tree, cgroup)
        # Frames of one processor stay in their order: a barrier that arrives tells that what went before has, too.
        stack.enter_context(_on_one_processor())
        here = netns.create_pod(near, _NEAR, near.pod, instance.state)
        there = netns.create_pod(far, _FAR, far.pod, instance.state)
        container.mkdir(parents=True)
        scratch = _Scratch(stack.enter_context(observe(there.namespaces.net)), stack.enter_context(_barrier(there)))
        order = {"netns": str(here.namespaces.net), "near": _NEAR, "far": _FAR, "friend": _FRIEND}
        order["gateway"] = near.host_mac
        inside = stack.enter_context(_sender({**order, "cgroup": str(container)}))
        stranger = stack.enter_context(_sender({**order, "cgroup": None}))
        before = scratch.arriving(inside, "") + scratch.arriving(stranger, _STRANGER)
        attachment = PodAttachment(
            slot=slot,
            cgroup=cgroup,
            netns=here.namespaces.net,
            node_netns=here.node_netns,
            ifindex=here.host_ifindex,
            ipv4=_NEAR[0],
            ipv6=_NEAR[1],
        )
        datapath.attach(attachment)
        after = scratch.arriving(inside, "") + scratch.arriving(stranger, _STRANGER)
    every = [name + suffix for suffix in ("", _STRANGER) for name in NAMES]
    found = Findings(
        closed=tuple(way for way in before if way not in after),
        open=tuple(after),
        absent=tuple(way for way in every if way not in before and way not in after),
    )
    log.info(
        "self-test: %d ways out closed, %d open, in %.2f s",
        len(found.closed),
        len(found.open),
        time.monotonic() - began,
    )
    return found


class _Sender:
    """A process that tries ways when it is told to."""

    def __init__(self, order: dict[str, Any]) -> None:
        pipe = subprocess.PIPE
        argv = [sys.executable, "-I", "-S", str(_PROGRAM), json.dumps(order)]
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self._answer()

    def attempt(self, way: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(way + "\n")
        self.process.stdin.flush()
        self._answer()

    def _answer(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        if not self.process.stdout.readline():
            raise LocalError(f"the self-test has failed: {self.process.stderr.read().strip()}")


@contextmanager
def _sender(order: dict[str, Any]) -> Iterator[_Sender]:
    sender = _Sender(order)
    try:
        yield sender
    finally:
        sender.process.kill()
        sender.process.communicate()


@dataclass(frozen=True, slots=True)
class _Scratch:
    """The far end."""

    observer: Observer
    barrier: socket.socket

    def arriving(self, sender: _Sender, suffix: str) -> list[str]:
        """The ways by which something arrives."""
        found = []
        for way in NAMES:
            before = self.observer.frames_from((*_NEAR, *_FRIEND))
            sender.attempt(way)
            self._wait()
            if self.observer.frames_from((*_NEAR, *_FRIEND)) > before:
                found.append(way + suffix)
        return found

    def _wait(self) -> None:
        """Until a frame that the node sends now has arrived."""
        mark = ("ethertype 0x88b5",)  # IEEE 802: for experiments
        before = self.observer.frames_from(mark)
        self.barrier.send(b"\xff" * 6 + b"\2\0\0\0\0\1" + b"\x88\xb5" + bytes(46))
        deadline = time.monotonic() + _PATIENCE
        while self.observer.frames_from(mark) == before:
            if time.monotonic() > deadline:
                raise LocalError("the self-test has failed: its far end hears nothing")
            time.sleep(0.0005)


@contextmanager
def _barrier(far: PodNetwork) -> Iterator[socket.socket]:
    """A packet socket of the node on the link to the far end."""

    def make() -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        opened.bind((far.host_interface, 0))
        return opened

    opened: socket.socket = netns.in_netns(far.node_netns, make)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _on_one_processor() -> Iterator[None]:
    """This thread and the processes that it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
