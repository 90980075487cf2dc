# SPDX-License-Identifier: Apache-2.0
"""The control server's one state, and every change to it.

A change is compiled, published to the sidecars, and confirmed by each of them before it counts: a refusal (NACK) puts
the previous configuration back and comes out in Envoy's words. L7 goes before L3/L4: the datapath never opens a way
before the sidecar behind it knows the rules.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from l7filters.asking import asking_problems
from l7filters.blast_radius import overgrown
from l7filters.connection_faults import ConnectionFault
from l7filters.fault_levels import AnyFault
from l7filters.faults import Fault
from l7filters.l4_tables import L4Tables
from l7filters.source import InputError, Problem
from l7filters.world import World
from riftgate.control.active import FAULT_TTL, MAX_LEASE, ActiveScenario, activated, now, wordless
from riftgate.control.admission import check_documents, check_faults
from riftgate.control.documents import DocumentFile, DocumentKey, Documents, parse_files
from riftgate.control.feed import Feed, FeedRefused
from riftgate.control.host_faults import HostFaults, faulted_callers, host_faults
from riftgate.control.intent import Compiler, Intent, Outcome
from riftgate.control.layers import FaultLayers
from riftgate.control.refusals import Conflict, Rejected
from xds_server.cache import SnapshotCache
from xds_server.resource import Resource
from xds_server.status import StatusRegistry

log = logging.getLogger(__name__)

ACK_TIMEOUT = 15.0
"""Seconds within which every connected sidecar and the agent must confirm a change."""
_ONCE_MORE_SECONDS = 0.01

Meanwhile = Callable[[Sequence[str]], object]
"""Called while sidecars take what is new: these, as far as they are connected."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply or delete did."""

    applied: tuple[DocumentKey, ...]
    deleted: tuple[DocumentKey, ...]
    nodes: tuple[str, ...]
    """Workloads whose sidecars have confirmed it."""
    absent: tuple[str, ...]
    """Workloads whose sidecars are not connected: they get it before anything else once they are."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """Fault ids that are on now, with the seconds until they end by themselves."""


class ControlPlane:
    """Policies, scenarios and world in; snapshots, runtime layers and tables out. For one event loop."""

    def __init__(
        self,
        cache: SnapshotCache,
        status: StatusRegistry,
        feed: Feed[L4Tables],
        host_feed: Feed[HostFaults],
        connection_feed: Feed[HostFaults],
        file: DocumentFile,
        first_activation: int,
    ) -> None:
        """``first_activation`` must be larger than any that an earlier control server gave out: an agent that outlived
        it would take a fault that is turned on for one whose connections it has reset."""
        self._cache = cache
        self._status = status
        self.feed = feed
        self.host_feed = host_feed
        self.connection_feed = connection_feed
        """To the fault server: what to do to connections."""
        self._file = file
        self._lock = asyncio.Lock()
        self._leases_changed = asyncio.Event()
        self._switched = asyncio.Event()
        self._routes_unused = asyncio.Event()
        self.intent = Intent(documents=file.load())
        self._compiler = Compiler()
        self._layers = FaultLayers()
        self.scenarios: dict[str, ActiveScenario] = {}
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
        self.leases_expired = 0
        """Scenarios, since the start."""
        self.host_lacks: str | None = None
        """What the agent's host lacks to hold packets back, in the agent's words."""
        self.has_world = False
        """False until an agent has said what runs: until then nothing is served, rather than an empty world."""

    async def set_world(self, world: World) -> None:
        """The workloads and services that exist now. Sidecars that are not connected yet get it when they are.

        Raises Rejected when a connected sidecar does not confirm what follows for it. A world is a fact and is not
        taken back then, but the tables wait: they open no way to a sidecar that does not know its rules.
        """
        async with self._lock:
            on = tuple(fault for each in self.scenarios.values() for fault in each.faults)
            callers = self.intent.faulted_callers | faulted_callers(world, on)
            intent = replace(self.intent, world=world, faulted_callers=callers)
            outcome = self._compiler.compile(intent)
            for gone in {each.key for each in self.intent.world.workloads} - {each.key for each in world.workloads}:
                self._cache.clear(gone)
            before, self.intent, self.has_world = self.intent.world, intent, True
            self._end_overgrown(before)
            self._switch_faults()
            await self._publish_host_faults()
            # Not waiting for the tables: the agent that fetches them may be the one who is waiting here.
            await self._publish(outcome)

    async def wait_configured(self, nodes: Iterable[str]) -> None:
        """Until these workloads' sidecars are connected and have confirmed everything, and the agent the tables."""
        await self._confirmed(tuple(nodes))
        await self._has(self.feed, "datapath")

    async def apply(self, files: Iterable[tuple[str, str]], lease: float) -> Applied:
        """Adds or replaces documents; faults of the chaos dialect are on for ``lease`` seconds.

        Raises InputError with all problems of all files, Conflict, or Rejected: then the policies are as before (of
        faults that were to be replaced, some may have ended).
        """
        fresh = parse_files(files)
        async with self._lock:
            for key in fresh:
                if key in self.intent.documents:
                    self._refuse_watched(key)
            return await self._change_documents(fresh, (), lease)

    async def delete(self, keys: Iterable[DocumentKey]) -> Applied:
        """Removes documents. Raises Conflict for one that is not there, or that the watched directory holds."""
        wanted = tuple(dict.fromkeys(keys))
        async with self._lock:
            for key in wanted:
                if key not in self.intent.documents:
                    raise Conflict(f"there is no {key}; see: riftgate policy list")
                self._refuse_watched(key)
            return await self._change_documents({}, wanted, 0.0)

    def _watched(self) -> Documents:
        """The documents in force that came from the watched directory."""
        return {key: each for key, each in self.intent.documents.items() if each.watched}

    def keep_watched(self) -> None:
        """No directory is watched any more: what came from one stays in force, as if it had been applied by hand."""
        documents = {key: replace(each, watched=False) for key, each in self.intent.documents.items()}
        self.intent = replace(self.intent, documents=documents)

    async def replace_watched(self, documents: Documents, lease: float) -> Applied | None:
        """What the watched directory holds now; None when that is what it held.

        Raises Conflict for a document that was applied by hand, InputError or Rejected.
        """
        async with self._lock:
            before = self._watched()
            if before == dict(documents):
                return None
            for key in documents:
                if key in self.intent.documents and key not in before:
                    raise Conflict(f"{key} was applied by hand; delete it, or take it out of the directory")
            gone = tuple(key for key in before if key not in documents)
            changed = {key: each for key, each in documents.items() if before.get(key) != each}
            return await self._change_documents(changed, gone, lease)

    async def activate(
        self,
        scenario: str,
        faults: tuple[AnyFault, ...],
        lease: float,
        longest: float = MAX_LEASE,
        by: float = math.inf,
        anew: bool = True,
    ) -> None:
        """From now on exactly ``faults`` of this scenario are on, for ``lease`` seconds, ``longest`` at most, unless
        renewed. Later than ``by`` (event loop time) none is turned on: whoever asked has given up by then.

        Returns once every sidecar, and the agent for its own faults, has confirmed it. Raises what `check` raises,
        Rejected, and Conflict where others are on under that name; unless ``anew``, where any is.
        """
        async with self._lock:
            active = self.scenarios.get(scenario)
            if active is not None and active.document is not None:
                raise Conflict(f"the faults of {active.document} are on under the name {scenario}; delete it first")
            if active is not None and not anew:
                raise Conflict(
                    f"{active.faults[0].id} is on already; end it first: riftgate fault off {faults[0].name}"
                )
            self.check(faults)
            await self._switch_on(scenario, faults, min(lease, longest), by=by)

    async def renew(self, scenario: str, lease: float, asked: float | None = None) -> None:
        """On for ``lease`` seconds from when it was asked for (event loop time; None: now).

        Raises Conflict when the scenario is not on any more."""
        active = self.scenarios.get(scenario)
        if active is None or active.expires <= now():
            raise Conflict(f"scenario {scenario} is not on; {self._ended.get(scenario, 'its lease has run out')}")
        active.expires = (now() if asked is None else asked) + min(lease, MAX_LEASE)
        self._leases_changed.set()
        if any(isinstance(fault, Fault) for fault in active.faults):
            self._switch_faults()
        await self._publish_host_faults()

    async def deactivate(self, *scenarios: str) -> None:
        """Ends these together; nothing on is success. Returns once every sidecar has confirmed it; raises Rejected
        otherwise, and none of them is wanted any more all the same."""
        async with self._lock:
            await self._switch_off(*scenarios)

    async def fault_server_confirms(self, version: int, error: str | None) -> None:
        """It does to connections what it was told by that number, or says why not."""
        await self.connection_feed.confirm(version, error)
        if self.connection_feed.in_force is not None:
            self._known_once |= self.connection_feed.in_force.doings
        await self._publish_host_faults()

    async def fault_server_gone(self) -> None:
        """Connections go on without it."""
        await self.connection_feed.gone()
        await self._publish_host_faults()

    async def expire_leases(self) -> None:
        """Ends scenarios whose lease has run out, for as long as the server runs."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._end_expired())
            tasks.create_task(self._remove_unused_routes())
            tasks.create_task(self._keep_connections_sent())

    def check(self, faults: tuple[AnyFault, ...]) -> None:
        """Raises InputError with everything for which these faults are refused, beside those that are on; Unable for
        what the host cannot do."""
        check_faults(self.intent.world, faults, self.scenarios, self.host_lacks)

    def requests_faults_on(self) -> tuple[Fault, ...]:
        """The faults on requests that are on."""
        return self._faults_on()

    async def request_leases(self) -> AsyncIterator[Mapping[str, int]]:
        """The faults on requests that are on or about to be, with their ends in milliseconds of CLOCK_BOOTTIME: now,
        and whenever that has changed. For one who asks at a time."""
        told: Mapping[str, int] | None = None
        while True:
            self._switched.clear()
            beginning = () if self._beginning is None else (self._beginning,)
            until = {
                fault.id: each.until_milliseconds
                for each in (*self.scenarios.values(), *beginning)
                for fault in each.faults
                if isinstance(fault, Fault)
            }
            if until != told:
                yield until
                told = until
            await self._switched.wait()

    def _refuse_watched(self, key: DocumentKey) -> None:
        document = self.intent.documents[key]
        if document.watched:
            raise Conflict(f"{key} comes from the watched file {document.file}; change it there")

    async def _change_documents(self, fresh: Documents, gone: tuple[DocumentKey, ...], lease: float) -> Applied:
        for key, document in fresh.items():
            active = self.scenarios.get(document.scenario)
            if document.faults and active is not None and active.document != key:
                raise Conflict(f"faults are on under the name {document.scenario} already; end them first")
        check_documents(self.intent.world, fresh, gone, self.scenarios)
        before = self.intent.documents
        documents = {key: each for key, each in before.items() if key not in gone} | dict(fresh)
        intent = replace(self.intent, documents=documents)
        # A world in which the sidecars refuse what they cannot ask about may come later; nobody has to apply one.
        known = asking_problems(self.intent.world, self.intent.policies)
        if problems := tuple(each for each in asking_problems(intent.world, intent.policies) if each not in known):
            raise InputError(problems)
        await self._roll_out(intent)
        try:
            self._file.save(documents)
            await self._follow_documents(fresh, gone, lease)
        except OSError as error:
            await self._take_back(fresh, before)
            raise Rejected(f"the documents cannot be saved: {error.strerror}; nothing has changed") from error
        except BaseException:
            await self._take_back(fresh, before)
            raise
        workloads = [workload.key for workload in self.intent.world.workloads]
        standing = self._status.acknowledgement(workloads)
        return Applied(
            applied=tuple(sorted(fresh)),
            deleted=tuple(sorted(gone)),
            nodes=standing.acked,
            absent=tuple(key for key in workloads if key not in standing.acked),
            faults={fault.id: lease for document in fresh.values() for fault in document.faults},
        )

    async def _follow_documents(self, fresh: Documents, gone: tuple[DocumentKey, ...], lease: float) -> None:
        """Ends the faults of documents that are replaced or gone, and starts those of the fresh ones."""
        over = [name for name, each in self.scenarios.items() if each.document in gone or each.document in fresh]
        if over:
            await self._switch_off(*over)
        for key, document in fresh.items():
            if document.faults:
                await self._switch_on(document.scenario, document.faults, lease, key)

    async def _take_back(self, fresh: Documents, before: Documents) -> None:
        for name, active in list(self.scenarios.items()):
            if active.document in fresh:
                del self.scenarios[name]
        self._switch_faults()
        try:
            self._file.save(before)
        except OSError as error:
            log.error("the documents of before cannot be saved: %s", error)
        await self._roll_out(replace(self.intent, documents=before, faults=self._faults_on()))

    async def _switch_on(
        self,
        name: str,
        faults: tuple[AnyFault, ...],
        lease: float,
        document: DocumentKey | None = None,
        by: float = math.inf,
    ) -> None:
        """Routes first and the switch after them, to all sidecars once each has its routes. A failure ends with all
        faults of that name off."""
        old = self.scenarios.get(name)
        number, self._activation = self._activation, self._activation + 1
        faults = tuple(activated(fault, old.faults if old else (), number) for fault in faults)
        both = {fault.id: fault for fault in (*(old.faults if old else ()), *faults) if isinstance(fault, Fault)}
        scenario = ActiveScenario(faults, now() + lease, document, number)
        of_sidecars = all(isinstance(fault, Fault) for fault in faults)
        is_switched = False

        def switch() -> None:
            nonlocal is_switched
            if now() > by:
                raise Rejected("it took so long that nobody waits for it any more; no fault was turned on")
            # The lease starts when the faults do.
            self._ended.pop(name, None)
            scenario.expires = now() + lease
            self.scenarios[name], self._beginning, is_switched = scenario, None, True
            self._leases_changed.set()
            self._switch_faults()

        def meanwhile(told: Sequence[str]) -> None:
            """While the sidecars take the routes."""
            # The fault server hears of it no later than any sidecar.
            self._beginning = scenario
            self._switched.set()
            if of_sidecars and len(told) <= 1 and all(map(self._status.is_sent, told)):
                # It takes what it is sent in that order, and there is no other that must not stay behind.
                switch()
            else:
                self._layers_with({**self.scenarios, name: scenario})

        try:
            callers = self.intent.faulted_callers | faulted_callers(self.intent.world, faults)
            installed = (*self._faults_on(but=name), *both.values())
            await self._roll_out(replace(self.intent, faults=installed, faulted_callers=callers), meanwhile)
            if any(isinstance(fault, ConnectionFault) for fault in faults):
                await self._fault_server_listens()
            if not is_switched:
                switch()
            await self._settle_faults()
            if self.scenarios.get(name) is not scenario:
                raise Rejected(f"the lease of {lease:g} s ran out before all had confirmed it; the faults were not on")
        except BaseException:
            self._beginning = None
            self.scenarios.pop(name, None)
            self._switch_faults()
            await self._publish_host_faults()
            self._routes_unused.set()
            raise

    async def _fault_server_listens(self) -> None:
        """One that is just starting takes longer than some leases last."""
        await self.connection_feed.publish(self._host_faults().of_connections.having_done(self._known_once))
        await self._has(self.connection_feed, "fault server")

    async def _switch_off(self, *names: str) -> None:
        for name in names:
            self.scenarios.pop(name, None)
        await self._settle_faults()

    async def _settle_faults(self) -> None:
        """The switch first, then the routes that nothing can take any more, then what the layer says of those."""
        self._switch_faults()
        await self._publish_host_faults()
        await self._confirmed(self._connected())
        while True:
            await self._has(self.connection_feed, "fault server")
            # With connections on their way to a fault server that is ready for them.
            await self._publish_host_faults()
            await self._has(self.host_feed, "agent")
            self._note_done()
            if self._host_faults().of_connections.doings <= self._done:
                break
            # The fault server has died meanwhile: what the agent resets once the next one is there would be open under
            # faults that were said to be on.
            await asyncio.sleep(_ONCE_MORE_SECONDS)
        await self._publish_host_faults()
        faults = self._faults_on()
        if faults != self.intent.faults:
            await self._roll_out(replace(self.intent, faults=faults))
            self._switch_faults()

    async def _end_expired(self) -> None:
        while True:
            self._leases_changed.clear()
            next_end = min((each.expires for each in self.scenarios.values()), default=None)
            try:
                wait = None if next_end is None else max(0.0, next_end - now())
                async with asyncio.timeout(wait):
                    await self._leases_changed.wait()
            except TimeoutError:
                # Without the lock: a change that waits for a sidecar must not keep a fault on.
                for name in [name for name, each in self.scenarios.items() if each.expires <= now()]:
                    log.warning("the lease of %s has run out: its faults end", name)
                    del self.scenarios[name]
                    self.leases_expired += 1
                self._switch_faults()
                await self._publish_host_faults()
                self._routes_unused.set()

    async def _keep_connections_sent(self) -> None:
        """The heartbeat of faults of connections: without it, the kernel sends none to the fault server any more."""
        while True:
            await asyncio.sleep(FAULT_TTL / 3)
            if self.connection_feed.newest is not None and self.connection_feed.newest.content.rules:
                await self._publish_host_faults()

    def _end_overgrown(self, before: World) -> None:
        """Ends what hits more pods of a service than it may, because of those that have come."""
        while found := next(self._overgrown(before), None):
            fault, problem = found
            name = next(name for name, each in self.scenarios.items() if fault in each.faults)
            log.warning("%s: with the pods that have come, %s: it ends", problem.location, problem.what)
            self._ended[name] = f"with the pods that have come, {problem.what}"
            del self.scenarios[name]
            self._routes_unused.set()

    def _overgrown(self, before: World) -> Iterator[tuple[AnyFault, Problem]]:
        on = [fault for each in self.scenarios.values() for fault in each.faults]
        return overgrown(before, self.intent.world, on, wordless(self.scenarios.values()))

    async def _remove_unused_routes(self) -> None:
        while True:
            await self._routes_unused.wait()
            self._routes_unused.clear()
            async with self._lock:
                try:
                    await self._settle_faults()
                except Rejected as error:
                    log.error("after a lease has run out: %s", error)

    def _faults_on(self, but: str | None = None) -> tuple[Fault, ...]:
        on = (fault for name, each in self.scenarios.items() if name != but for fault in each.faults)
        return tuple(fault for fault in on if isinstance(fault, Fault))

    def _note_done(self) -> None:
        """The agent has done what it says that it has applied; something newer may be on its way."""
        told = self.host_feed.in_force.doings if self.host_feed.in_force else frozenset()
        self._done = (self._done | told) & self._host_faults().doings

    def _host_faults(self) -> HostFaults:
        on = ((fault, each.expires) for each in self.scenarios.values() for fault in each.faults)
        return host_faults(self.intent.world, ((fault, end) for fault, end in on if not isinstance(fault, Fault)))

    async def _publish_host_faults(self) -> None:
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

    def _switch_faults(self) -> None:
        """Publishes each sidecar's runtime layer."""
        self._switched.set()
        for key, layer in self._layers_with(self.scenarios).items():
            self._cache.set_layer(key, layer)

    def _layers_with(self, scenarios: Mapping[str, ActiveScenario]) -> Mapping[str, Resource]:
        """What the sidecars' runtime layers are while these are on."""
        return self._layers.of(self._compiler.carried(self.intent), scenarios.values())

    async def _roll_out(self, intent: Intent, meanwhile: Meanwhile | None = None) -> None:
        """Makes an intent the live one, or leaves the one before: then it raises Rejected."""
        outcome = self._compiler.compile(intent)
        before, self.intent = self.intent, intent
        try:
            await self._publish(outcome, meanwhile)
            await self._has(self.feed, "datapath")
        except BaseException:
            self.intent = before
            await self._restore(self._compiler.compile(before))
            raise

    async def _publish(self, outcome: Outcome, meanwhile: Meanwhile | None = None) -> None:
        if not self.has_world:
            return
        changed = frozenset(node for node, snapshot in outcome.snapshots.items() if self._cache.set(node, snapshot))
        connected = self._connected()
        # Two turns of the event loop: the streams are shown what was published, and it is written. Then who has to
        # confirm it is at work while the rest is done here.
        for _ in range(2):
            await asyncio.sleep(0)
        if meanwhile is not None:
            meanwhile([node for node in connected if node in changed])
        await self._confirmed(connected)
        await self.feed.publish(outcome.tables)

    async def _restore(self, outcome: Outcome) -> None:
        """Without waiting: who refused the new one still has the old one, and the others take it as they took it."""
        if not self.has_world:
            return
        for node, snapshot in outcome.snapshots.items():
            self._cache.set(node, snapshot)
        await self.feed.publish(outcome.tables)

    def _connected(self) -> tuple[str, ...]:
        return tuple(
            workload.key for workload in self.intent.world.workloads if self._status.is_connected(workload.key)
        )

    async def _confirmed(self, nodes: tuple[str, ...]) -> None:
        result = await self._status.wait_acked(nodes, ACK_TIMEOUT)
        if result.refused:
            raise Rejected("\n".join(str(refusal) for refusal in result.refused))
        if result.waiting:
            missing = "; ".join(f"the sidecar of {node} {what}" for node, what in result.waiting.items())
            raise Rejected(f"not confirmed within {ACK_TIMEOUT:g} s: {missing}")

    async def _has(self, feed: Feed[L4Tables] | Feed[HostFaults], part: str) -> None:
        if feed.newest is None:
            return
        try:
            await feed.wait_applied(feed.newest.version, ACK_TIMEOUT)
        except FeedRefused as error:
            raise Rejected(f"the {part} refused the change: {error}") from error
        except TimeoutError:
            who = part if feed is self.connection_feed else "agent"
            raise Rejected(f"the {who} did not answer within {ACK_TIMEOUT:g} s; is it running?") from None
