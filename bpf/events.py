# SPDX-License-Identifier: Apache-2.0
"""What the programs tell of as it happens: ``struct event`` and its counts, as values."""

from __future__ import annotations

import ipaddress
import struct
import time
from dataclasses import dataclass
from enum import IntEnum

from bpf.libbpf import Map, RingBuffer
from bpf.structs import DropReason

EVENTS_PER_SECOND = 20
"""So many events of one pod and reason get through in a second; the others are counted as limited."""

_EVENT = struct.Struct("=QQII16s16s16sIII2s2sB7x")
_NAME = struct.Struct("=I112s4x")
_KEY = struct.Struct("=IHH")
_COUNT = struct.Struct("=QQQQQ")
_NANOSECONDS = 1e9


class EventKind(IntEnum):
    """``enum event_kind``."""

    REFUSED = 0
    EXEC = 1
    """A process of an exec session executes a program."""


@dataclass(frozen=True, slots=True)
class KernelEvent:
    """One event, with what the programs know: slots and cgroup ids, no names. What is not known is 0, None or empty."""

    time: float
    """Seconds of the Unix epoch."""
    kind: EventKind
    slot: int
    """0: it could not be tied to a pod."""
    reason: DropReason | None
    pid: int
    """As the machine counts, not its PID namespace."""
    comm: str
    """The kernel's name for the process; at most 15 bytes of it."""
    cgroup: int
    """The id of its container's cgroup."""
    session: bool
    """Of an exec session."""
    source: str | None
    source_port: int
    destination: str | None
    port: int
    protocol: int
    """IPPROTO_*, of a socket or packet; 0: not said."""
    name: str | None = None
    """Of a unix socket: a path, or @ and an abstract name."""


@dataclass(frozen=True, slots=True)
class EventCounts:
    """What became of events; each is counted once."""

    sent: int = 0
    limited: int = 0
    """More than the rate allows."""
    lost: int = 0
    """The ring buffer was full: nobody read it."""

    def __add__(self, other: EventCounts) -> EventCounts:
        return EventCounts(self.sent + other.sent, self.limited + other.limited, self.lost + other.lost)


class EventReader:
    """Reads the ring buffer of a loaded object. One reader at a time."""

    def __init__(self, events: Map) -> None:
        self._ring = RingBuffer(events)

    @property
    def fd(self) -> int:
        """Readable when there are events."""
        return self._ring.fd

    def read(self) -> list[KernelEvent]:
        """All events that are there, the oldest first; does not wait."""
        boot = time.time() - time.monotonic()
        return [read_event(record, boot) for record in self._ring.read()]

    def close(self) -> None:
        self._ring.close()


def read_event(record: bytes, boot: float) -> KernelEvent:
    """``struct event`` or ``named_event``; ``boot`` is when CLOCK_MONOTONIC was 0, in seconds of the Unix epoch."""
    nanoseconds, cgroup, pid, session, comm, source, destination, slot, kind, reason, source_port, port, protocol = (
        _EVENT.unpack_from(record)
    )
    return KernelEvent(
        time=boot + nanoseconds / _NANOSECONDS,
        kind=EventKind(kind),
        slot=slot,
        reason=DropReason(reason) if kind == EventKind.REFUSED else None,
        pid=pid,
        comm=comm.split(b"\0", 1)[0].decode(errors="replace"),
        cgroup=cgroup,
        session=bool(session),
        source=_address(source),
        source_port=int.from_bytes(source_port, "big"),
        destination=_address(destination),
        port=int.from_bytes(port, "big"),
        protocol=protocol,
        name=_name(*_NAME.unpack_from(record, _EVENT.size)) if len(record) > _EVENT.size else None,
    )


def read_counts(counts: Map) -> dict[int, EventCounts]:
    """By slot, all kinds and reasons together."""
    found: dict[int, EventCounts] = {}
    for key in counts.all_keys():
        value = counts.lookup(key)
        if value is not None:
            slot = _KEY.unpack(key)[0]
            _, _, sent, limited, lost = _COUNT.unpack(value)
            found[slot] = found.get(slot, EventCounts()) + EventCounts(sent, limited, lost)
    return found


def forget_counts(counts: Map, slot: int) -> None:
    """Before another pod gets the slot."""
    for key in counts.all_keys():
        if _KEY.unpack(key)[0] == slot:
            counts.delete(key)


def _name(length: int, characters: bytes) -> str:
    text = characters[:length].decode(errors="replace")
    return "@" + text[1:] if text.startswith("\0") else text


def _address(packed: bytes) -> str | None:
    if not any(packed):
        return None
    parsed = ipaddress.IPv6Address(packed)
    return str(parsed.ipv4_mapped or parsed)
