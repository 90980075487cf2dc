# SPDX-License-Identifier: Apache-2.0
"""What the datapath refused, told to people: by which pod, container and process, where to, and by which rule.

ring buffer ─→ names of pods and containers ─→ rules, asked of the control server ─→ the last ones kept ─→ readers
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from aiohttp import web

from bpf import structs
from bpf.datapath import Datapath
from bpf.events import EventKind, KernelEvent
from bpf.structs import DropReason
from l7filters.local_policy import Act
from l7filters.policy import Process
from l7filters.ports import PORT_PROTOCOLS, Protocol
from xds_server.admin import AdminError, stream_json_lines
from xds_server.admin_client import AdminClient, ServerUnreachable
from xds_server.hub import Hub, RecordsLost

log = logging.getLogger(__name__)

KEPT = 1000
"""The last events, for who asks afterwards."""
UNNAMED = 10_000
"""So many events may wait for the names of their rules."""


class Kind(StrEnum):
    """What an event is."""

    DENIAL = "denial"
    """A policy says no."""
    BYPASS = "bypass"
    """Something that would have gone around the sidecar."""
    UNAVAILABLE = "unavailable"
    """Neither: the sidecar does not listen, or a map is full."""
    EXEC = "exec"
    """A process of an exec session executes a program; nothing is refused."""


_KINDS = {
    DropReason.POLICY: Kind.DENIAL,
    DropReason.LOCAL_LISTEN: Kind.DENIAL,
    DropReason.LOCAL_CONNECT: Kind.DENIAL,
    DropReason.NO_LISTENER: Kind.UNAVAILABLE,
    DropReason.NO_ROOM: Kind.UNAVAILABLE,
}
_ACTS = {DropReason.LOCAL_LISTEN: Act.LISTEN, DropReason.LOCAL_CONNECT: Act.CONNECT}
_PROTOCOLS = {
    number: name.removeprefix("IPPROTO_")
    for name, number in sorted(vars(socket).items())
    if name.startswith("IPPROTO_") and number < 256
} | {socket.IPPROTO_ICMPV6: str(Protocol.ICMPV6)}


@dataclass(frozen=True, slots=True)
class Names:
    """What the agent calls a pod and a container of it; None where it knows none (any more)."""

    pod: str | None
    container: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event. What is not known is None, 0 or empty. `file` and `line` are those of `rule`."""

    time: float
    """Seconds of the Unix epoch."""
    kind: Kind
    reason: str
    pod: str | None
    """Where it was refused: the caller's pod, or the one that was called from outside of the mesh."""
    container: str | None
    pid: int
    """As the machine counts; 0 where the packet does not tell."""
    comm: str
    process: Process
    source: str | None
    source_port: int
    destination: str | None
    destination_name: str | None
    """The workload or service with that address."""
    port: int
    protocol: str
    socket: str | None = None
    """The name of a unix socket."""
    rule: str | None = None
    file: str | None = None
    line: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class EventLog:
    """The events of a datapath, and what became of them. For one event loop."""

    def __init__(
        self,
        datapath: Datapath,
        control: AdminClient,
        names: Callable[[int, int], Names],
        name_of_address: Callable[[str], str | None],
    ) -> None:
        self._datapath = datapath
        self._control = control
        self._names = names
        self._name_of_address = name_of_address
        self._unnamed: deque[KernelEvent] = deque()
        self._woken = asyncio.Event()
        self._hub: Hub[Event] = Hub()
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._seen = 0
        self.overflow = 0
        """Events read and thrown away: too many waited for the names of their rules."""

    async def follow(self) -> None:
        """Reads and publishes for as long as the agent runs."""
        loop = asyncio.get_running_loop()
        reader = self._datapath.open_events()

        def read() -> None:
            for event in reader.read():
                if event.slot == structs.SCRATCH_SLOT:
                    # What the self-test tries to get out of a pod of its own is news to nobody.
                    continue
                if len(self._unnamed) < UNNAMED:
                    self._unnamed.append(event)
                else:
                    self.overflow += 1
            self._woken.set()

        loop.add_reader(reader.fd, read)
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                batch = list(self._unnamed)
                self._unnamed.clear()
                await self._publish(batch)
        finally:
            loop.remove_reader(reader.fd)
            reader.close()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """`GET /v1/events?follow=`: JSON lines, the kept ones, then with `follow` what comes."""
        return await stream_json_lines(request, self._lines(follow=request.query.get("follow") == "1"))

    async def metrics(self, _request: web.Request) -> web.Response:
        """`GET /metrics`: what was refused and what became of the events, by pod.

        Written here: Prometheus' library would be a megabyte of the agent's memory for two counters.
        """
        refused = (
            (self._pod_name(slot), reason.text, count)
            for slot, reasons in sorted(self._datapath.drops().items())
            for reason, count in sorted(reasons.items())
        )
        fates = (
            (self._pod_name(slot), fate, count)
            for slot, counts in sorted(self._datapath.event_counts().items())
            for fate, count in (("sent", counts.sent), ("limited", counts.limited), ("lost", counts.lost))
        )
        lines = [
            "# HELP riftgate_datapath_refused_total Packets and calls that the datapath refused.",
            "# TYPE riftgate_datapath_refused_total counter",
            *(
                f'riftgate_datapath_refused_total{{pod="{pod}",reason="{reason}"}} {count}.0'
                for pod, reason, count in refused
            ),
            "# HELP riftgate_datapath_events_total Events by what became of them: read, limited (more than the rate), "
            "lost (nobody read them).",
            "# TYPE riftgate_datapath_events_total counter",
            *(
                f'riftgate_datapath_events_total{{fate="{fate}",pod="{pod}"}} {count}.0'
                # Unnamed: read, but thrown away while the control server did not name their rules.
                for pod, fate, count in (*fates, ("", "unnamed", self.overflow))
            ),
        ]
        return web.Response(text="\n".join((*lines, "")))

    def _pod_name(self, slot: int) -> str:
        return self._names(slot, 0).pod or ""

    async def _lines(self, *, follow: bool) -> AsyncGenerator[object, None]:
        with self._hub.subscribe() as subscription:
            # What is older than the kept ones was seen and is gone: said, not left out.
            yield {"subscribed": True, "forgotten": self._seen - len(self._kept)}
            for event in list(self._kept):
                yield event.to_dict()
            if not follow:
                return
            async for entry in subscription:
                yield {"lost": entry.count} if isinstance(entry, RecordsLost) else entry.to_dict()

    async def _publish(self, batch: Iterable[KernelEvent]) -> None:
        events = list(batch)
        deniers = await self._deniers(events)
        for raw, denier in zip(events, deniers, strict=True):
            event = self._named(raw, denier or {})
            self._seen += 1
            self._kept.append(event)
            self._hub.publish(event)

    async def _deniers(self, events: list[KernelEvent]) -> list[dict[str, Any] | None]:
        """None for each event that is no denial, and for all without a control server."""
        named: list[dict[str, Any] | None] = [None] * len(events)
        denials = [index for index, each in enumerate(events) if _denies_pair(each)]
        local = [index for index, each in enumerate(events) if _denies_in_pod(each)]
        if not denials and not local:
            return named
        question = {
            "connections": [_asked(events[index]) for index in denials],
            "local": [self._asked_locally(events[index]) for index in local],
        }
        try:
            answer = await self._control.post("/v1/deniers", question)
        except (AdminError, ServerUnreachable) as error:
            log.warning("the rules of %d denials are not known: %s", len(denials) + len(local), error)
            return named
        for index, denier in zip((*denials, *local), (*answer["deniers"], *answer["local"]), strict=True):
            named[index] = denier
        return named

    def _asked_locally(self, event: KernelEvent) -> dict[str, Any]:
        assert event.reason is not None
        names, act = self._names(event.slot, event.cgroup), _ACTS[event.reason]
        return {
            "workload": names.pod,
            "container": names.container or "",
            "act": act,
            "socket": event.name,
            "address": event.destination,
            "port": event.port if act is Act.CONNECT else event.source_port,
            "protocol": _PROTOCOLS.get(event.protocol, ""),
        }

    def _named(self, raw: KernelEvent, denier: dict[str, Any]) -> Event:
        names = self._names(raw.slot, raw.cgroup)
        return Event(
            time=raw.time,
            kind=_kind(raw),
            reason=raw.reason.text if raw.reason is not None else "",
            pod=names.pod,
            container=names.container,
            pid=raw.pid,
            comm=raw.comm,
            process=_process(raw),
            source=raw.source,
            source_port=raw.source_port,
            destination=raw.destination,
            destination_name=self._name_of_address(raw.destination) if raw.destination else None,
            port=raw.port,
            protocol=_PROTOCOLS.get(raw.protocol, str(raw.protocol)) if raw.name is None else "UNIX",
            socket=raw.name,
            **denier,
        )


def _denies_pair(event: KernelEvent) -> bool:
    return event.reason is DropReason.POLICY and bool(event.source and event.destination)


def _denies_in_pod(event: KernelEvent) -> bool:
    """With what a rule could have allowed: of other protocols, such as UDP-Lite, none speaks."""
    named = event.name is not None or _PROTOCOLS.get(event.protocol) in PORT_PROTOCOLS
    return named and event.reason in _ACTS


def _asked(event: KernelEvent) -> dict[str, Any]:
    return {
        "source": event.source,
        "destination": event.destination,
        "port": event.port,
        "protocol": _PROTOCOLS.get(event.protocol, ""),
        "process": _process(event),
    }


def _process(event: KernelEvent) -> Process:
    return Process.EXEC if event.session else Process.MAIN


def _kind(raw: KernelEvent) -> Kind:
    if raw.kind is EventKind.EXEC or raw.reason is None:
        return Kind.EXEC
    return _KINDS.get(raw.reason, Kind.BYPASS)
