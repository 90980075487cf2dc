# SPDX-License-Identifier: Apache-2.0
"""The agent's part of chaos: packet faults in the datapath, whose connections the fault server gets to see, name faults
in the resolver, and containers that are killed or frozen.

Nothing here outlives its end: those of packets and connections carry it into the kernel, name faults into the resolver,
and each frozen cgroup has a keeper process that thaws it at its end, or as soon as the agent is gone. Whoever is left
does it instead of a keeper that cannot (`riftgate/frozen.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from bpf.connection_faults import ConnectionFaults
from bpf.libbpf import BpfError
from bpf.packet_faults import PacketFaults
from l7filters.connection_faults import ConnectionRule, Existing
from l7filters.faults import Inject
from l7filters.name_faults import NameRule
from l7filters.packet_faults import LATE, PacketRule
from l7filters.process_faults import ProcessRule
from riftgate import frozen
from riftgate.control.host_faults import HostFaults
from riftgate.local import cgroups
from riftgate.local.errors import LocalError
from riftgate.local.following import LONG_POLL, follow
from riftgate.local.open_connections import (
    OpenConnection,
    connections_into,
    connections_out_of,
    reset_connections,
)
from riftgate.local.packet_queues import PacketQueues
from riftgate.local.pod import RunningPod
from riftgate.local.resolver import Resolver
from xds_server.admin_client import AdminClient

log = logging.getLogger(__name__)

_FREEZER = Path(__file__).with_name("freezer.py")
_NANOSECONDS = 1_000_000_000
_KEEPER_LATE = 0.5
"""Seconds after its end at which a keeper is taken to stand still."""


class HostFaultsApplied:
    """What is on now of the faults that the agent applies."""

    def __init__(
        self,
        packets: PacketFaults,
        queues: PacketQueues,
        connections: ConnectionFaults,
        resolver: Resolver,
        control: AdminClient,
        pods: Callable[[], Mapping[str, RunningPod]],
        notes: Path,
    ) -> None:
        """``notes`` is the folder of what is frozen."""
        self._notes = notes
        self._packets = packets
        self._queues = queues
        self._connections = connections
        self._resolver = resolver
        self._control = control
        self._version = 0
        self._pods = pods
        self._changing = asyncio.Lock()
        self._faults = HostFaults()
        self._killed: set[tuple[str, str, str]] = set()
        self._have_reset: set[tuple[str, int]] = set()
        self._frozen: dict[Path, _Keeper] = {}
        self._hits: Counter[str] = Counter()

    async def follow(self) -> None:
        """Applies what the control server says. When it says nothing any more, what is on ends by itself."""
        # What an earlier agent has left so; what is on still is frozen again.
        frozen.thaw_noted(self._notes)
        try:
            async with self._queues:
                await follow(self._next, self._lost)
        finally:
            async with self._changing:
                await self._freeze({})

    async def answer(self, _request: web.Request) -> web.Response:
        """GET /v1/faults of the agent's socket: {hits: {fault: count}}."""
        return web.json_response({"hits": self.hits()})

    async def answer_open(self, request: web.Request) -> web.Response:
        """POST /v1/connections of the agent's socket: those that are open, of a plan's.

        {pods, dialled, outside, port, callers}: workload keys, or with `outside` a network that the pods dial; port 0
        or null is every one, callers null is everybody.
        """
        asked = await request.json()
        found = {
            key: await asyncio.to_thread(self._open_of, pod, asked)
            for key, pod in self._pods().items()
            if key in asked["pods" if asked["outside"] else "dialled"]
        }
        return web.json_response(
            {
                "connections": [
                    {"pod": key, "port": each.port, "remote": each.remote, "remotePort": each.remote_port}
                    for key, connections in found.items()
                    for each in connections
                ]
            }
        )

    def _open_of(self, pod: RunningPod, asked: Mapping[str, Any]) -> list[OpenConnection]:
        port, callers, known = asked["port"] or 0, asked["callers"], self._pods()
        if asked["outside"]:
            return connections_out_of(pod.netns, pod.calling_addresses, [(asked["outside"], port)])
        addresses = [address for key in callers or () if key in known for address in known[key].calling_addresses]
        return connections_into(pod.netns, pod.planned.addresses, port, None if callers is None else addresses)

    async def _next(self) -> None:
        asked = {"after": str(self._version), "lacks": self._queues.lacks or ""}
        answer = await self._control.get("/v1/host-faults", asked, timeout=LONG_POLL)
        if answer["faults"] is None:
            return
        problem = None
        try:
            await self.replace(HostFaults.from_json(answer["faults"]))
        except (BpfError, LocalError, OSError, ValueError) as error:
            log.error("faults %s: %s", answer["version"], error)
            problem = str(error)
        await self._control.post(f"/v1/host-faults/{answer['version']}", {"error": problem})
        self._version = answer["version"]

    def _lost(self) -> None:
        """The control server is gone, and its fault server with it: connections go their usual way at once."""
        self._version = 0
        self._faults = self._faults.known_to(None)
        try:
            self._connections.forget_all()
        except BpfError as error:
            log.error("faults of connections: %s", error)

    async def replace(self, faults: HostFaults) -> None:
        """From now on exactly these are on; ends are in seconds of time.monotonic().

        Raises BpfError, ValueError for more packet faults than the kernel's part holds, and LocalError for a container
        that no target has, and for delayed packets where the kernel cannot hold them.
        """
        async with self._changing:
            self._refuse_unknown_containers(faults)
            self._faults = faults
            await self._apply(faults)

    async def pods_have_changed(self) -> None:
        """What is on strikes the pods that there are now. Raises BpfError or LocalError."""
        async with self._changing:
            await self._apply(self._faults)

    def _refuse_unknown_containers(self, faults: HostFaults) -> None:
        known = {rule for rule, _ in self._faults.rules}
        for rule, _ in faults.rules:
            if isinstance(rule, ProcessRule) and rule not in known and not any(True for _ in self._containers(rule)):
                pods = [self._pods()[key] for key in rule.pods if key in self._pods()]
                if pods:
                    there = ", ".join(sorted({name for pod in pods for name in pod.containers}))
                    raise LocalError(f"{rule.fault}: no target has a container {rule.container}; they have: {there}")

    async def _apply(self, faults: HostFaults) -> None:
        packets = [(rule, int(end * _NANOSECONDS)) for rule, end in faults.rules if isinstance(rule, PacketRule)]
        pods = self._pods()
        late = {key for rule, _ in packets if rule.effect in LATE for key in rule.receivers}
        links = (pods[key].link for key in late & pods.keys())
        await self._queues.hold_at(frozenset(link for link in links if link is not None))
        connections = ((rule, end) for rule, end in faults.rules if isinstance(rule, ConnectionRule))
        slots = {key: pod.slot for key, pod in pods.items()}
        self._packets.replace(packets, slots)
        self._connections.replace(((rule, int(end * _NANOSECONDS)) for rule, end in connections), slots)
        await self._reset_existing(rule for rule, end in faults.rules if isinstance(rule, ConnectionRule))
        await self._resolver.set_faults((rule, end) for rule, end in faults.rules if isinstance(rule, NameRule))
        now = time.monotonic()
        processes = {rule: end for rule, end in faults.rules if isinstance(rule, ProcessRule) and end > now}
        await self._kill([rule for rule in processes if rule.signal is not None])
        await self._freeze({rule: end for rule, end in processes.items() if rule.signal is None})

    def hits(self) -> dict[str, int]:
        """By fault: packets and queries that were hit, containers that were killed or frozen, so far."""
        return dict(Counter(self._packets.hits()) + self._hits + self._resolver.hits())

    async def _reset_existing(self, rules: Iterable[ConnectionRule]) -> None:
        """Once for each time that a fault is on; their clients connect anew, into the fault."""
        for rule in rules:
            if rule.existing is Existing.RESET and (rule.fault, rule.activation) not in self._have_reset:
                self._have_reset.add((rule.fault, rule.activation))
                for pod in (self._pods()[key] for key in rule.pods if key in self._pods()):
                    await asyncio.to_thread(_reset_of, rule, pod)

    async def _kill(self, rules: list[ProcessRule]) -> None:
        """Each container once per fault, for as long as the fault stays on."""
        wanted = {
            (rule.fault, key, container): (None if rule.done else rule.signal, pod)
            for rule in rules
            if rule.signal is not None
            for key, pod, container in self._containers(rule)
        }
        for killed, (number, pod) in wanted.items():
            if killed not in self._killed and number is not None and await _signal_main(pod, killed[2], number):
                self._hits[killed[0]] += 1
        self._killed = set(wanted)

    async def _freeze(self, rules: Mapping[ProcessRule, float]) -> None:
        wanted: dict[Path, float] = {}
        for rule, end in rules.items():
            for _, pod, container in self._containers(rule):
                cgroup = pod.container_cgroup(container)
                if cgroup not in self._frozen and cgroup not in wanted:
                    self._hits[rule.fault] += 1
                wanted[cgroup] = max(end, wanted.get(cgroup, 0.0))
        for cgroup in [cgroup for cgroup, keeper in self._frozen.items() if cgroup not in wanted or keeper.over]:
            await self._frozen.pop(cgroup).thaw()
        for cgroup, end in wanted.items():
            if cgroup in self._frozen:
                await self._frozen[cgroup].renew(end)
            else:
                self._frozen[cgroup] = await _Keeper.start(cgroup, end, self._notes)

    def _containers(self, rule: ProcessRule) -> Iterator[tuple[str, RunningPod, str]]:
        for key in rule.pods:
            pod = self._pods().get(key)
            for container in pod.containers if pod is not None else ():
                if pod is not None and rule.container in {None, container}:
                    yield key, pod, container


def _reset_of(rule: ConnectionRule, pod: RunningPod) -> None:
    if rule.inject is Inject.CLIENT:
        found = connections_out_of(pod.netns, pod.calling_addresses, rule.dialled)
    else:
        found = connections_into(pod.netns, pod.planned.addresses, rule.port, rule.callers)
    reset_connections(pod.netns, found)


async def _signal_main(pod: RunningPod, container: str, number: int) -> bool:
    """Whether the container's main process was there to be sent the signal."""
    cgroup = pod.container_cgroup(container)
    if number == signal.SIGKILL:
        # With all that it has started, as a runtime does it: its PID 1 is gone.
        running = bool(cgroups.processes(cgroup))
        await asyncio.to_thread(cgroups.kill_all, cgroup)
        return running
    main = pod.main_process(container)
    if main is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(main, number)
        return True
    return False


class _Keeper:
    """The process that keeps one cgroup frozen."""

    def __init__(
        self, cgroup: Path, end: float, notes: Path, process: asyncio.subprocess.Process, pipe: asyncio.StreamWriter
    ) -> None:
        self._cgroup = cgroup
        self._notes = notes
        self._end = end
        self._process = process
        self._pipe = pipe
        self._thawed = asyncio.create_task(self._thaw_after())

    @classmethod
    async def start(cls, cgroup: Path, end: float, notes: Path) -> _Keeper:
        """Returns once everything in the cgroup stands still, or the cgroup is gone."""
        frozen.note(notes, cgroup, end)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(_FREEZER),
            str(cgroup),
            f"{end:.3f}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        keeper = cls(cgroup, end, notes, process, process.stdin)
        await process.stdout.readline()
        return keeper

    @property
    def over(self) -> bool:
        return self._thawed.done()

    async def renew(self, end: float) -> None:
        self._end = end
        if not self.over:
            frozen.note(self._notes, self._cgroup, end)
        with contextlib.suppress(ConnectionError):
            self._pipe.write(f"{end:.3f}\n".encode())
            await self._pipe.drain()

    async def thaw(self) -> None:
        self._pipe.close()
        self._end = 0.0
        await asyncio.wait({self._thawed}, timeout=_KEEPER_LATE)
        self._end_process()
        await self._thawed

    async def _thaw_after(self) -> None:
        """A keeper that was killed has thawed nothing, and one that stands still never would."""
        ended = asyncio.create_task(self._process.wait())
        while not ended.done():
            left = self._end + _KEEPER_LATE - time.monotonic()
            if left <= 0:
                self._end_process()
            await asyncio.wait({ended}, timeout=max(left, _KEEPER_LATE))
        frozen.thaw(self._cgroup)
        frozen.forget(self._notes, self._cgroup)

    def _end_process(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
