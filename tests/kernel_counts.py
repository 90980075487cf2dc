# SPDX-License-Identifier: Apache-2.0
"""What the kernel holds of one mesh, to find what is never given back; what else runs on the machine is not counted.

Programs are a mesh's by the maps that they use, which it has pinned, and links by their programs. Of network namespaces
the kernel tells nobody when they are gone, so each gets a canary: a link that ends with the namespace of its other
end.
"""

import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pyroute2 import IPRoute

from bpf.libbpf import library
from riftgate.instance import Instance
from riftgate.local import netns

_PAGE_KB = os.sysconf("SC_PAGESIZE") // 1024
_INFO_BYTES = 256
_MOST_MAPS = 256
_CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Held:
    """Things of one mesh."""

    links: int
    programs: int
    maps: int
    namespaces: int
    """Those with a canary."""

    def growth(self, before: "Held") -> dict[str, int]:
        earlier = asdict(before)
        return {name: count - earlier[name] for name, count in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class ProcessCounts:
    """What a process holds."""

    descriptors: int
    threads: int
    memory_kb: int
    """Resident, without what it shares with others."""

    @classmethod
    def of(cls, pid: int) -> "ProcessCounts":
        folder = Path("/proc") / str(pid)
        resident, shared = ((folder / "statm").read_text().split())[1:3]
        return cls(
            len(list((folder / "fd").iterdir())),
            len(list((folder / "task").iterdir())),
            (int(resident) - int(shared)) * _PAGE_KB,
        )


def held_by(instance: Instance) -> Held:
    """As it is now; the kernel gives namespaces and programs back some time after their last user."""
    pinned = {_pinned_map(pin) for pin in (instance.pins / "maps").iterdir()}
    maps_by_program = {number: maps for number, maps in _programs() if maps & pinned}
    return Held(
        links=sum(program in maps_by_program for program in _programs_of_links()),
        programs=len(maps_by_program),
        maps=len(set().union(*maps_by_program.values())),
        namespaces=len(netns.in_netns(netns.node_path(instance.name), _canaries)),
    )


def put_canary(instance: Instance, namespace: Path, number: int) -> None:
    """Into a pod's network namespace, by its file; `number` is its own alone."""

    def put() -> None:
        with IPRoute() as route, namespace.open() as file:
            peer = {"ifname": _CANARY, "net_ns_fd": file.fileno()}
            route.link("add", ifname=f"{_CANARY}{number}", kind="veth", peer=peer)

    netns.in_netns(netns.node_path(instance.name), put)


def _canaries() -> list[str]:
    return [name for _, name in socket.if_nameindex() if name.startswith(_CANARY)]


def _pinned_map(pin: Path) -> int:
    fd = library().bpf_obj_get(os.fsencode(pin))
    assert fd >= 0, pin
    try:
        return int(struct.unpack_from("II", _info(fd, bytearray(_INFO_BYTES)))[1])
    finally:
        os.close(fd)


def _programs() -> Iterator[tuple[int, set[int]]]:
    """Each program of the machine, with the maps that it uses."""
    for number in _numbers("bpf_prog_get_next_id"):
        with _opened("bpf_prog_get_fd_by_id", number) as fd:
            if fd is None:
                continue
            maps = (ctypes.c_uint32 * _MOST_MAPS)()
            asked = bytearray(_INFO_BYTES)
            # struct bpf_prog_info: nr_map_ids and map_ids.
            struct.pack_into("=IQ", asked, 52, _MOST_MAPS, ctypes.addressof(maps))
            (count,) = struct.unpack_from("I", _info(fd, asked), 52)
            yield number, set(maps[:count])


def _programs_of_links() -> Iterator[int]:
    for number in _numbers("bpf_link_get_next_id"):
        with _opened("bpf_link_get_fd_by_id", number) as fd:
            if fd is not None:
                # struct bpf_link_info: type, id, prog_id.
                yield struct.unpack_from("III", _info(fd, bytearray(_INFO_BYTES)))[2]


def _numbers(walk: str) -> Iterator[int]:
    step = getattr(library(), walk)
    step.restype, step.argtypes = ctypes.c_int, [ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32)]
    number = ctypes.c_uint32(0)
    while step(number.value, ctypes.byref(number)) == 0:
        yield number.value


@contextmanager
def _opened(by: str, number: int) -> Iterator[int | None]:
    """A descriptor of the thing with this number; None when it has gone meanwhile."""
    open_by_number = getattr(library(), by)
    open_by_number.restype, open_by_number.argtypes = ctypes.c_int, [ctypes.c_uint32]
    fd = open_by_number(number)
    if fd < 0:
        yield None
        return
    try:
        yield fd
    finally:
        os.close(fd)


def _info(fd: int, asked: bytearray) -> bytes:
    """The kernel's struct bpf_*_info; what `asked` holds goes in."""
    buffer = (ctypes.c_char * len(asked)).from_buffer(asked)
    length = ctypes.c_uint32(len(asked))
    assert library().bpf_obj_get_info_by_fd(fd, buffer, ctypes.byref(length)) == 0
    return bytes(buffer)
