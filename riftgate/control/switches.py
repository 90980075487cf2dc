# SPDX-License-Identifier: Apache-2.0
"""The faults that are on: their routes, switches and leases, and what the agent and the fault server do of them."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from dataclasses import replace

from l7filters.blast_radius import overgrown
from l7filters.connection_faults import ConnectionFault
from l7filters.fault_levels import AnyFault
from l7filters.faults import Fault
from l7filters.source import Problem
from l7filters.world import World
from riftgate.control.active import FAULT_TTL, MAX_LEASE, ActiveScenario, activated, now, wordless
from riftgate.control.documents import DocumentKey
from riftgate.control.feed import Feed
from riftgate.control.host_faults import HostFaults, faulted_callers, host_faults
from riftgate.control.layers import FaultLayers
from riftgate.control.refusals import Conflict, Rejected
from riftgate.control.rollout import Rollout, applied
from xds_server.resource import Resource

log = logging.getLogger(__name__)

_ONCE_MORE_SECONDS = 0.01


class Switches:
    """Faults by the name of their scenario, each under its lease. What changes routes is called under ``lock``."""

    def __init__(
        self,
        rollout: Rollout,
        lock: asyncio.Lock,
        host_feed: Feed[HostFaults],
        connection_feed: Feed[HostFaults],
        first_activation: int,
    ) -> None:
        self.on: dict[str, ActiveScenario] = {}
        self.host_feed = host_feed
        self.connection_feed = connection_feed
        """To the fault server: what to do to connections."""
        self.leases_expired = 0
        """Scenarios, since the start."""
        self._rollout = rollout
        self._lock = lock
        self._layers = FaultLayers()
        self._leases_changed = asyncio.Event()
        self._switched = asyncio.Event()
        self._routes_unused = asyncio.Event()
        self._beginning: ActiveScenario | None = None
        """What is on as soon as all sidecars have its routes."""
        self._activation = first_activation
        self._done: frozenset[tuple[str, int]] = frozenset()
        """What the agent has done of what it does once: connections it has reset, processes it has sent a signal."""
        self._known_once: frozenset[tuple[str, int]] = frozenset()
        """Faults of connections that a fault server has known: what comes to it later was opened under them, or is the
        agent's to reset."""
        self._ended: dict[str, str] = {}
        """Scenarios that were ended before their lease, by name, and why."""

    async def switch_on(
        self,
        name: str,
        faults: tuple[AnyFault, ...],
        lease: float,
        document: DocumentKey | None = None,
        by: float = math.inf,
    ) -> None:
        """Routes first and the switch after them. A failure ends with all faults of that name off."""
        old = self.on.get(name)
        number, self._activation = self._activation, self._activation + 1
        faults = tuple(activated(fault, old.faults if old else (), number) for fault in faults)
        both = {fault.id: fault for fault in (*(old.faults if old else ()), *faults) if isinstance(fault, Fault)}
        scenario = ActiveScenario(faults, now() + lease, document, number)

        def prepare() -> None:
            """What the sidecars have no part in, while they take the routes."""
            # The fault server hears of it before any sidecar does.
            self._beginning = scenario
            self._switched.set()
            self._layers_with({**self.on, name: scenario})

        try:
            callers = self._rollout.intent.faulted_callers | faulted_callers(self._rollout.intent.world, faults)
            installed = (*self.faults_on(but=name), *both.values())
            await self._rollout.roll_out(
                replace(self._rollout.intent, faults=installed, faulted_callers=callers), prepare
            )
            if any(isinstance(fault, ConnectionFault) for fault in faults):
                await self._fault_server_listens()
            if now() > by:
                raise Rejected("it took so long that nobody waits for it any more; no fault was turned on")
            # The lease starts when the faults do.
            self._ended.pop(name, None)
            scenario.expires = now() + lease
            self.on[name], self._beginning = scenario, None
            self._leases_changed.set()
            await self.settle()
            if self.on.get(name) is not scenario:
                raise Rejected(f"the lease of {lease:g} s ran out before all had confirmed it; the faults were not on")
        except BaseException:
            self._beginning = None
            self.on.pop(name, None)
            self.publish_layers()
            await self.publish_host_faults()
            self._routes_unused.set()
            raise

    async def _fault_server_listens(self) -> None:
        """One that is just starting takes longer than some leases last."""
        await self.connection_feed.publish(self._host_faults().of_connections.having_done(self._known_once))
        await applied(self.connection_feed, "fault server", "fault server")

    async def switch_off(self, *names: str) -> None:
        """Nothing on is success. Returns once every sidecar has confirmed it; raises Rejected otherwise."""
        for name in names:
            self.on.pop(name, None)
        await self.settle()

    def forget(self, documents: Collection[DocumentKey]) -> None:
        """Has the faults of these off, and waits for nobody; their routes stay."""
        self.on = {name: each for name, each in self.on.items() if each.document not in documents}
        self.publish_layers()

    async def renew(self, scenario: str, lease: float, asked: float | None = None) -> None:
        """On for ``lease`` seconds from when it was asked for (event loop time; None: now).

        Raises Conflict when the scenario is not on any more."""
        active = self.on.get(scenario)
        if active is None or active.expires <= now():
            raise Conflict(f"scenario {scenario} is not on; {self._ended.get(scenario, 'its lease has run out')}")
        active.expires = (now() if asked is None else asked) + min(lease, MAX_LEASE)
        self._leases_changed.set()
        if any(isinstance(fault, Fault) for fault in active.faults):
            self.publish_layers()
        await self.publish_host_faults()

    async def settle(self) -> None:
        """The switch first, then the routes that nothing can take any more, then what the layer says of those."""
        self.publish_layers()
        await self.publish_host_faults()
        await self._rollout.confirmed(self._rollout.connected())
        while True:
            await applied(self.connection_feed, "fault server", "fault server")
            # With connections on their way to a fault server that is ready for them.
            await self.publish_host_faults()
            await applied(self.host_feed, "agent")
            self._note_done()
            if self._host_faults().of_connections.doings <= self._done:
                break
            # The fault server has died meanwhile: what the agent resets once the next one is there would be open under
            # faults that were said to be on.
            await asyncio.sleep(_ONCE_MORE_SECONDS)
        await self.publish_host_faults()
        faults = self.faults_on()
        if faults != self._rollout.intent.faults:
            await self._rollout.roll_out(replace(self._rollout.intent, faults=faults))
            self.publish_layers()

    def faults_on(self, but: str | None = None) -> tuple[Fault, ...]:
        """The faults on requests that are on, save those under one name."""
        on = (fault for name, each in self.on.items() if name != but for fault in each.faults)
        return tuple(fault for fault in on if isinstance(fault, Fault))

    async def request_leases(self) -> AsyncIterator[Mapping[str, int]]:
        """The faults on requests that are on or about to be, with their ends in milliseconds of CLOCK_BOOTTIME: now,
        and whenever that has changed. For one who asks at a time."""
        told: Mapping[str, int] | None = None
        while True:
            self._switched.clear()
            beginning = () if self._beginning is None else (self._beginning,)
            until = {
                fault.id: each.until_milliseconds
                for each in (*self.on.values(), *beginning)
                for fault in each.faults
                if isinstance(fault, Fault)
            }
            if until != told:
                yield until
                told = until
            await self._switched.wait()

    async def fault_server_confirms(self, version: int, error: str | None) -> None:
        """It does to connections what it was told by that number, or says why not."""
        await self.connection_feed.confirm(version, error)
        if self.connection_feed.in_force is not None:
            self._known_once |= self.connection_feed.in_force.doings
        await self.publish_host_faults()

    async def fault_server_gone(self) -> None:
        """Connections go on without it."""
        await self.connection_feed.gone()
        await self.publish_host_faults()

    async def expire_leases(self) -> None:
        """Ends scenarios whose lease has run out, for as long as the server runs."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._end_expired())
            tasks.create_task(self._remove_unused_routes())
            tasks.create_task(self._keep_connections_sent())

    async def _end_expired(self) -> None:
        while True:
            self._leases_changed.clear()
            next_end = min((each.expires for each in self.on.values()), default=None)
            try:
                wait = None if next_end is None else max(0.0, next_end - now())
                async with asyncio.timeout(wait):
                    await self._leases_changed.wait()
            except TimeoutError:
                # Without the lock: a change that waits for a sidecar must not keep a fault on.
                for name in [name for name, each in self.on.items() if each.expires <= now()]:
                    log.warning("the lease of %s has run out: its faults end", name)
                    del self.on[name]
                    self.leases_expired += 1
                self.publish_layers()
                await self.publish_host_faults()
                self._routes_unused.set()

    async def _remove_unused_routes(self) -> None:
        while True:
            await self._routes_unused.wait()
            self._routes_unused.clear()
            async with self._lock:
                try:
                    await self.settle()
                except Rejected as error:
                    log.error("after a lease has run out: %s", error)

    async def _keep_connections_sent(self) -> None:
        """The heartbeat of faults of connections: without it, the kernel sends none to the fault server any more."""
        while True:
            await asyncio.sleep(FAULT_TTL / 3)
            if self.connection_feed.newest is not None and self.connection_feed.newest.content.rules:
                await self.publish_host_faults()

    def end_overgrown(self, before: World) -> None:
        """Ends what hits more pods of a service than it may, because of those that have come."""
        while found := next(self._overgrown(before), None):
            fault, problem = found
            name = next(name for name, each in self.on.items() if fault in each.faults)
            log.warning("%s: with the pods that have come, %s: it ends", problem.location, problem.what)
            self._ended[name] = f"with the pods that have come, {problem.what}"
            del self.on[name]
            self._routes_unused.set()

    def _overgrown(self, before: World) -> Iterator[tuple[AnyFault, Problem]]:
        on = [fault for each in self.on.values() for fault in each.faults]
        return overgrown(before, self._rollout.intent.world, on, wordless(self.on.values()))

    def _note_done(self) -> None:
        """The agent has done what it says that it has applied; something newer may be on its way."""
        told = self.host_feed.in_force.doings if self.host_feed.in_force else frozenset()
        self._done = (self._done | told) & self._host_faults().doings

    def _host_faults(self) -> HostFaults:
        on = ((fault, each.expires) for each in self.on.values() for fault in each.faults)
        return host_faults(
            self._rollout.intent.world, ((fault, end) for fault, end in on if not isinstance(fault, Fault))
        )

    async def publish_host_faults(self) -> None:
        """What the agent and the fault server do, each with the end of its lease: they need nobody's word to end it.

        Connections are sent to the fault server once it knows what to do with them, and no more when it is gone.
        """
        wanted = self._host_faults()
        self._done &= wanted.doings
        self._known_once &= wanted.doings
        if wanted.of_connections.rules or self.connection_feed.newest is not None:
            # One that is started anew hears of connections that it did not know.
            await self.connection_feed.publish(wanted.of_connections.having_done(self._known_once))
            wanted = wanted.known_to(self.connection_feed.in_force).ending_by(now() + FAULT_TTL)
        wanted = wanted.having_done(self._done)
        if wanted.rules or self.host_feed.newest is not None:
            await self.host_feed.publish(wanted)

    def publish_layers(self) -> None:
        """Publishes each sidecar's runtime layer."""
        self._switched.set()
        for key, layer in self._layers_with(self.on).items():
            self._rollout.cache.set_layer(key, layer)

    def _layers_with(self, scenarios: Mapping[str, ActiveScenario]) -> Mapping[str, Resource]:
        """What the sidecars' runtime layers are while these are on."""
        return self._layers.of(self._rollout.carried(), scenarios.values())
