# SPDX-License-Identifier: Apache-2.0
"""The programs in the kernel: loaded once, attached per pod, pinned so that they outlive the process that did it."""

from __future__ import annotations

import ctypes
import os
import threading
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from bpf import link_filter, lsm, structs, unix_sockets
from bpf.acceleration import SelfTest, self_test
from bpf.connection_faults import ConnectionFaults
from bpf.events import EventCounts, EventReader, forget_counts, read_counts
from bpf.libbpf import BpfError, Map, Object
from bpf.links import keep_or_replace
from bpf.lsm import Isolation
from bpf.netns import in_netns
from bpf.packet_faults import PacketFaults
from bpf.run_times import RunTime, run_time
from bpf.structs import DropReason, Role
from bpf.tables import PolicyTables

OBJECT = Path(str(resources.files("bpf"))) / "objects" / "riftgate.bpf.o"

POD_PROGRAMS = (
    "sock_create",
    "bind4",
    "bind6",
    "connect4",
    "connect6",
    "sendmsg4",
    "sendmsg6",
    "recvmsg4",
    "recvmsg6",
    "getpeername4",
    "getpeername6",
    "skb_ingress",
)
"""Attached at the pod's cgroup. sock_create first: a socket without a role may not exist once the others run."""

LINEAGE_PROGRAMS = ("inherit_home", "leave_home", "find_home", "tell_exec")
"""Attached once, for all processes of the machine: they tell a container's own processes from exec sessions."""
_KERNEL_TYPES = Path("/sys/kernel/btf/vmlinux")
_SEEN = "the security module sees the sockets themselves"


SIDECAR_PROGRAMS = ("register_listeners", "original_destination", "inspected")
"""Attached at the sidecar's own cgroup."""

LOCAL_PROGRAM = "skb_egress"
"""Attached at the pods' cgroups for as long as LocalPolicies are in force: it speaks of nothing else."""

ACCELERATION_PROGRAMS = ("tie_sockets", "sock_release")
"""Attached at the cgroups of pods that are accelerated."""


@dataclass(frozen=True, slots=True)
class PodAttachment:
    """Where one pod is. ``slot`` is 1..MAX_PODS-1 and unique among the pods of this datapath."""

    slot: int
    cgroup: Path
    netns: Path
    node_netns: Path
    """The namespace that holds the host's end of the pod's link."""
    ifindex: int
    """Interface index of that end, in ``node_netns``."""
    ipv4: str
    ipv6: str
    accelerated: bool = False
    """App and sidecar talk past TCP (``src/accelerate.h``)."""
    exec_ipv4: str | None = None
    """What exec sessions of the pod speak from; None: from the pod's own address, as everybody there."""
    exec_ipv6: str | None = None
    shortcut: bool = False
    """What other pods' sidecars send it may skip the IP stack of ``node_netns`` (``src/shortcut.h``): right where
    nothing in that namespace has a say in what passes, as where Riftgate has made it."""

    @property
    def exec_addresses(self) -> tuple[str, str]:
        return self.exec_ipv4 or self.ipv4, self.exec_ipv6 or self.ipv6


class Datapath:
    """One loaded object and all pods attached to it.

    One attach or detach at a time; meanwhile, another thread may replace the tables and read the counters.
    """

    def __init__(self, loaded: Object, pins: Path, pod_level: int) -> None:
        self._object = loaded
        self._pins = pins
        self._pod_level = pod_level
        self._maps: dict[str, Map] = loaded.maps()
        self.isolation = self.isolate()
        unix = _SEEN if self.isolation.enforced else unix_sockets.load(pins, pod_level)
        self._unix = unix if isinstance(unix, Object) else None
        self.unix_names = unix if isinstance(unix, str) else None
        """Why LocalPolicies are not held against the names of unix sockets that are connected to; None: they are."""
        self.tables = PolicyTables(self._maps, self._watch_senders)
        self._cgroups: dict[int, Path] = {}
        """Of the pods that are attached, by slot."""
        self._senders_watched = self.tables.rights_in_force
        self._watching = threading.Lock()
        """Held by whoever reads or changes the two above."""
        self.packet_faults = PacketFaults(self._maps)
        self.connection_faults = ConnectionFaults(self._maps)

    @classmethod
    def load(cls, pins: Path, pod_level: int, file: Path = OBJECT) -> Datapath:
        """Loads the programs, with the maps that are pinned below ``pins`` on a bpffs; those missing are made there.

        ``pod_level`` is the depth of the pods' cgroups below the root of cgroup2 (the root is 0). Pods that are
        attached go on with their programs until :meth:`attach`. Raises BpfError with the verifier's words, or when the
        maps there have another layout.
        """
        maps, links = pins / "maps", pins / "links"
        for directory in (maps, links):
            directory.mkdir(mode=0o700, exist_ok=True)
        adopted = {pin.name for pin in maps.iterdir()}
        loaded = Object(file)
        try:
            loaded.set_constants(structs.word(pod_level))
            if not _KERNEL_TYPES.exists():
                for program in LINEAGE_PROGRAMS:
                    loaded.leave_out(program)
            loaded.share_maps(maps)
            try:
                loaded.load()
            except BpfError as error:
                if "parameter mismatch" in str(error):
                    raise BpfError(
                        error.errno or 0,
                        "this version keeps other tables in the kernel than the one that the pods were started with, "
                        "and cannot take them over; all goes on as it is. Start anew: riftgate down, then up",
                    ) from error
                raise
            for gone in adopted - loaded.maps().keys():
                (maps / gone).unlink()
            loaded.attach_sockets("redirect_message", "socket_by_pair")
        except BaseException:
            loaded.close()
            raise
        datapath = cls(loaded, pins, pod_level)
        datapath.packet_faults.forget_all()
        datapath.connection_faults.forget_all()
        return datapath

    def isolate(self) -> Isolation:
        """Puts the programs of :mod:`bpf.lsm` in force, or anew; the answer says whether this kernel can."""
        return lsm.attach(self._pins, self._pod_level)

    def close(self) -> None:
        """Lets go of the descriptors; what is pinned stays in force."""
        if self._unix is not None:
            self._unix.close()
        self._object.close()

    def follow_processes(self, agent: int) -> str | None:
        """From now on exec sessions are told apart: what descends from ``agent``, a process, is a container's own.

        Before the first container starts. Says why where the kernel cannot do it; then everybody counts as the
        container's own.
        """
        if not _KERNEL_TYPES.exists():
            return f"the kernel does not describe its types ({_KERNEL_TYPES}, CONFIG_DEBUG_INFO_BTF)"
        self.trust(agent)
        pins = self._pins / "lineage"
        pins.mkdir(mode=0o700, exist_ok=True)
        try:
            for program in LINEAGE_PROGRAMS:
                # Beside those of an earlier agent, which then go: no process is born unseen.
                fresh = pins / f"{program}-fresh"
                fresh.unlink(missing_ok=True)
                self._object.attach_everywhere(program, fresh)
                fresh.replace(pins / program)
        except BpfError as error:
            return str(error)
        self._maps["lineage_in_force"].update(structs.word(0), structs.word(1))
        return None

    def trust(self, process: int) -> None:
        """What this process starts from now on is at home in the first container that it joins, as what the agent
        starts."""
        self._maps["home_by_process"].update(structs.word(process), structs.cgroup_id(0))

    def attach(self, pod: PodAttachment) -> None:
        """Steers and guards a pod; before its first process starts.

        Of a pod that an earlier process has attached, wholly or in part, what is there stays, with programs of another
        tag replaced in one step each, and what is missing comes. A failure leaves a new pod without anything
        attached, and another one as it was.
        """
        if not 0 < pod.slot < structs.MAX_PODS:
            raise ValueError(f"slot {pod.slot} is not in 1..{structs.MAX_PODS - 1}")
        links = self._links(pod.slot)
        fresh = not links.is_dir()
        links.mkdir(mode=0o700, exist_ok=True)
        slot = structs.word(pod.slot)
        try:
            # First the one by which slot_of() finds all the others.
            self._maps["slot_by_cgroup"].update(_cgroup_id(pod.cgroup), slot)
            packed = structs.pod(pod.ipv4, pod.ipv6, *pod.exec_addresses, accelerated=pod.accelerated)
            self._maps["pod_by_slot"].update(slot, packed)
            self._maps["slot_by_ifindex"].update(structs.word(pod.ifindex), slot)
            for address in (pod.ipv4, pod.ipv6, *pod.exec_addresses):
                self._maps["slot_by_address"].update(structs.address(address), slot)
            link_filter.attach(
                pod.node_netns,
                pod.ifindex,
                from_pod=self._object.program_fd("from_pod"),
                to_pod=self._object.program_fd("to_pod"),
            )
            for program in POD_PROGRAMS:
                self._link(self._object, program, pod.cgroup, links)
            for program in ACCELERATION_PROGRAMS:
                if pod.accelerated:
                    self._link(self._object, program, pod.cgroup, links)
                else:
                    # An earlier process may have attached them.
                    (links / program).unlink(missing_ok=True)
            for program in unix_sockets.PROGRAMS:
                if self._unix is not None:
                    self._link(self._unix, program, pod.cgroup, links)
                else:
                    # Of an earlier process that went by names. Who answers a datagram writes a name too.
                    (links / program).unlink(missing_ok=True)
            with self._watching:
                self._cgroups[pod.slot] = pod.cgroup
                self._watch(pod.slot, pod.cgroup)
            self._link(self._object, "find_listener", pod.netns, links)
            self._offer_shortcut(pod)
        except BaseException:
            if fresh:
                self.detach(pod.slot)
            raise

    def _watch_senders(self, wanted: bool) -> None:
        """Whether packets on the pods' lo are judged where they are sent, too."""
        with self._watching:
            self._senders_watched = wanted
            for slot, cgroup in self._cgroups.items():
                self._watch(slot, cgroup)

    def _watch(self, slot: int, cgroup: Path) -> None:
        if not self._senders_watched:
            (self._links(slot) / LOCAL_PROGRAM).unlink(missing_ok=True)
            return
        try:
            self._link(self._object, LOCAL_PROGRAM, cgroup, self._links(slot))
        except OSError:
            # A pod that is about to be detached may have no cgroup any more, and no process.
            if cgroup.is_dir():
                raise

    def _offer_shortcut(self, pod: PodAttachment) -> None:
        table = self._maps["link_by_address"]
        # A session's address may be the pod's own, which others may call.
        for addresses, called in ((pod.exec_addresses, False), ((pod.ipv4, pod.ipv6), True)):
            for address in map(structs.address, addresses):
                if pod.shortcut:
                    table.update(address, structs.link(pod.slot, pod.ifindex, called=called))
                else:
                    # An earlier process may have offered it.
                    table.delete(address)

    def attach_sidecar(self, slot: int, cgroup: Path) -> None:
        """Makes ``cgroup`` the pod's sidecar: its sockets leave the pod, and SO_ORIGINAL_DST is answered there."""
        self._maps["role_by_cgroup"].update(_cgroup_id(cgroup), structs.cgroup_role(slot, Role.SIDECAR))
        for program in SIDECAR_PROGRAMS:
            self._link(self._object, program, cgroup, self._links(slot))

    def slot_of(self, cgroup: Path) -> int | None:
        """The slot of a pod that is attached, wholly or in part, by its cgroup."""
        value = self._maps["slot_by_cgroup"].lookup(_cgroup_id(cgroup)) if cgroup.is_dir() else None
        return None if value is None else structs.read_word(value)

    def slots(self) -> frozenset[int]:
        """All slots of which anything is there."""
        attached = (int(each.name) for each in (self._pins / "links").iterdir())
        return frozenset((*attached, *map(structs.read_word, self._maps["pod_by_slot"].all_keys())))

    def test_acceleration(self, netns: Path) -> SelfTest:
        """What sk_msg changes on this kernel, tried over the loopback of ``netns``. Blocks for some 0.3 s."""
        return in_netns(netns, lambda: self_test(self._maps))

    def attach_container(self, slot: int, cgroup: Path) -> None:
        """Makes ``cgroup`` one of the pod's containers."""
        self._maps["role_by_cgroup"].update(_cgroup_id(cgroup), structs.cgroup_role(slot, Role.APP))

    def detach(self, number: int) -> None:
        """Removes all of a pod but the filters on its link, which end with the link. Idempotent."""
        slot = structs.word(number)
        with self._watching:
            self._cgroups.pop(number, None)
        # First: nothing is handed to a pod that is not guarded any more.
        self._forget("link_by_address", slot)
        links = self._links(number)
        if links.is_dir():
            for pin in links.iterdir():
                pin.unlink()
            links.rmdir()
        for name in ("role_by_cgroup", "slot_by_cgroup", "slot_by_ifindex", "slot_by_address"):
            self._forget(name, slot)
        self._maps["pod_by_slot"].delete(slot)
        self.packet_faults.forget_pod(number)
        self.connection_faults.forget_pod(number)
        drops = self._maps["drops_by_reason"]
        for key in drops.all_keys():
            if structs.read_drop_key(key)[0] == number:
                drops.delete(key)
        forget_counts(self._maps["count_by_event"], number)

    def _forget(self, name: str, slot: bytes) -> None:
        table = self._maps[name]
        for key in table.all_keys():
            value = table.lookup(key)
            if value is not None and value[:4] == slot:
                table.delete(key)

    def drops(self) -> dict[int, dict[DropReason, int]]:
        """What was refused so far: counts by slot and reason. Slot 0 holds what could not be tied to a pod."""
        found: dict[int, dict[DropReason, int]] = {}
        table = self._maps["drops_by_reason"]
        for key in table.all_keys():
            slot, reason = structs.read_drop_key(key)
            value = table.lookup(key)
            if value is not None:
                found.setdefault(slot, {})[reason] = int.from_bytes(value, "little")
        return found

    def event_counts(self) -> dict[int, EventCounts]:
        """What became of events so far, by slot (0: could not be tied to a pod)."""
        return read_counts(self._maps["count_by_event"])

    def run_times(self) -> dict[str, RunTime]:
        """How long each program has run, for all pods together (:mod:`bpf.run_times`)."""
        everywhere = (*POD_PROGRAMS, *SIDECAR_PROGRAMS, *ACCELERATION_PROGRAMS, LOCAL_PROGRAM)
        names = (*everywhere, "find_listener", "from_pod", "to_pod")
        return {name: run_time(self._object.program_fd(name)) for name in names}

    def open_events(self) -> EventReader:
        """The reading end of the events; there may be one at a time."""
        return EventReader(self._maps["events"])

    def _link(self, loaded: Object, program: str, target: Path, links: Path) -> None:
        pin = links / program
        if pin.exists():
            if keep_or_replace(pin, target.stat().st_ino, loaded.program_fd(program)):
                return
            pin.unlink()
        attach = loaded.attach_cgroup if target.is_dir() else loaded.attach_netns
        attach(program, target, pin)

    def _links(self, slot: int) -> Path:
        return self._pins / "links" / str(slot)


def _cgroup_id(cgroup: Path) -> bytes:
    """The id that bpf_get_current_cgroup_id gives: the inode of the directory."""
    return structs.cgroup_id(cgroup.stat().st_ino)


def mount_bpffs(directory: Path) -> None:
    """A bpffs of the instance's own, mode 0700: pins do not depend on what the host mounts, and umount ends them all.

    Raises BpfError.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"bpf", os.fsencode(directory), b"bpf", 0, b"mode=0700") != 0:
        code = ctypes.get_errno()
        raise BpfError(code, f"cannot mount a bpffs on {directory}: {os.strerror(code)}")
