# SPDX-License-Identifier: Apache-2.0
"""The control server's one state, and every change to it.

A change is compiled, published to the sidecars, and confirmed by each of them before it counts: a refusal (NACK) puts
the previous configuration back and comes out in Envoy's words. L7 goes before L3/L4: the datapath never opens a way
before the sidecar behind it knows the rules.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from l7filters.faults import Fault, faults_of, sources, targets
from l7filters.source import InputError, Problem
from l7filters.translate import RUNTIME_LAYER, runtime_layer
from l7filters.world import World
from riftgate.control.documents import Document, DocumentFile, DocumentKey, parse_files
from riftgate.control.intent import Intent, Outcome, check_overlaps, compile_intent
from riftgate.control.tables_feed import TablesFeed, TablesRefused
from xds_server.cache import SnapshotCache
from xds_server.status import StatusRegistry

log = logging.getLogger(__name__)

ACK_TIMEOUT = 15.0
"""Seconds within which every connected sidecar and the agent must confirm a change."""
FAULT_TTL = 5.0
"""Seconds after this server's last heartbeat at which a sidecar drops every fault by itself."""
MAX_LEASE = 10.0
"""Longest lease of a scenario, in seconds: so long a fault may outlive its runner."""


class Rejected(Exception):
    """A change that is not live: the previous configuration is. The text is in Envoy's or the agent's words."""


class Conflict(Exception):
    """A request that does not go with what is on now."""


@dataclass(slots=True)
class ActiveScenario:
    """Faults that are on until ``expires`` (event loop time), unless renewed."""

    faults: tuple[Fault, ...]
    expires: float
    document: DocumentKey | None = None
    """Of a policy in the chaos dialect, whose faults follow the document; None: of a runner."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply or delete did."""

    applied: tuple[DocumentKey, ...]
    deleted: tuple[DocumentKey, ...]
    nodes: tuple[str, ...]
    """Workloads whose sidecars have confirmed it."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """Fault ids that are on now, with the seconds until they end by themselves."""


class ControlPlane:
    """Policies, scenarios and world in; snapshots, runtime layers and tables out. For one event loop."""

    def __init__(self, cache: SnapshotCache, status: StatusRegistry, feed: TablesFeed, file: DocumentFile) -> None:
        self._cache = cache
        self._status = status
        self.feed = feed
        self._file = file
        self._lock = asyncio.Lock()
        self._expiry_changed = asyncio.Event()
        self.intent = Intent(documents=file.load())
        self.scenarios: dict[str, ActiveScenario] = {}
        self.has_world = False
        """False until an agent has said what runs: until then nothing is served, rather than an empty world."""

    async def set_world(self, world: World) -> None:
        """The workloads and services that exist now. Sidecars that are not connected yet get it when they are."""
        async with self._lock:
            self.has_world = True
            for gone in {each.key for each in self.intent.world.workloads} - {each.key for each in world.workloads}:
                self._cache.clear(gone)
            await self._roll_out(replace(self.intent, world=world))
            self._switch_faults()

    async def wait_configured(self, nodes: Iterable[str]) -> None:
        """Until these workloads' sidecars are connected and have confirmed everything, and the agent the tables."""
        await self._confirmed(tuple(nodes))

    async def apply(self, files: Iterable[tuple[str, str]], lease: float) -> Applied:
        """Adds or replaces documents; faults of the chaos dialect are on for ``lease`` seconds.

        Raises InputError with all problems of all files, Conflict, or Rejected: then nothing has changed.
        """
        fresh = parse_files(files)
        async with self._lock:
            return await self._change_documents(fresh, (), lease)

    async def delete(self, keys: Iterable[DocumentKey]) -> Applied:
        """Removes documents. Raises Conflict for one that is not there, or that the watched directory holds."""
        wanted = tuple(keys)
        async with self._lock:
            for key in wanted:
                if key not in self.intent.documents:
                    raise Conflict(f"there is no {key}; see: riftgate policy list")
                if self.intent.documents[key].watched:
                    raise Conflict(f"{key} comes from {self.intent.documents[key].file}; remove it there")
            return await self._change_documents({}, wanted, 0.0)

    async def replace_watched(self, documents: Mapping[DocumentKey, Document], lease: float) -> Applied | None:
        """What the watched directory holds now; None when that is what it held."""
        async with self._lock:
            before = {key: each for key, each in self.intent.documents.items() if each.watched}
            if before == dict(documents):
                return None
            gone = tuple(key for key in before if key not in documents)
            changed = {key: each for key, each in documents.items() if before.get(key) != each}
            return await self._change_documents(changed, gone, lease)

    async def activate(self, scenario: str, faults: tuple[Fault, ...], lease: float) -> None:
        """From now on exactly ``faults`` of this scenario are on, for ``lease`` seconds unless renewed.

        Returns once every sidecar has confirmed it. Raises InputError, Conflict or Rejected.
        """
        async with self._lock:
            active = self.scenarios.get(scenario)
            if active is not None and active.document is not None:
                raise Conflict(f"the faults of {active.document} are on under the name {scenario}; delete it first")
            await self._switch(scenario, ActiveScenario(faults, _now() + min(lease, MAX_LEASE)))

    async def renew(self, scenario: str, lease: float) -> None:
        """Raises Conflict when the scenario is not on any more."""
        active = self.scenarios.get(scenario)
        if active is None or active.expires <= _now():
            raise Conflict(f"scenario {scenario} is not on; its lease has run out")
        active.expires = _now() + min(lease, MAX_LEASE)
        self._expiry_changed.set()

    async def deactivate(self, scenario: str) -> None:
        """Nothing on is success. Returns once every sidecar has confirmed it; raises Rejected otherwise."""
        async with self._lock:
            await self._switch(scenario, None)

    async def expire_leases(self) -> None:
        """Ends scenarios whose lease has run out, for as long as the server runs."""
        while True:
            self._expiry_changed.clear()
            next_end = min((each.expires for each in self.scenarios.values()), default=None)
            try:
                wait = None if next_end is None else max(0.0, next_end - _now())
                await asyncio.wait_for(self._expiry_changed.wait(), wait)
            except TimeoutError:
                for name in [name for name, each in self.scenarios.items() if each.expires <= _now()]:
                    log.warning("the lease of %s has run out: its faults end", name)
                    try:
                        await self.deactivate(name)
                    except Rejected as error:
                        log.error("%s: %s", name, error)

    def reach(self, faults: tuple[Fault, ...]) -> dict[str, Any]:
        """Whom these faults would affect. Raises InputError for one whose target matches no workload."""
        world = self.intent.world
        missing = [fault for fault in faults if not targets(world, fault)]
        if missing:
            raise InputError(
                tuple(
                    Problem(
                        fault.location,
                        f"the target of {fault.id} matches no workload",
                        "compare it with the labels in: riftgate status",
                    )
                    for fault in missing
                )
            )
        check_overlaps(world, (*self._faults_on(), *faults))
        return {
            "targets": {fault.id: [each.key for each in targets(world, fault)] for fault in faults},
            "sources": {fault.id: _keys(sources(world, fault)) for fault in faults},
        }

    async def _change_documents(
        self, fresh: Mapping[DocumentKey, Document], gone: tuple[DocumentKey, ...], lease: float
    ) -> Applied:
        for key, document in fresh.items():
            active = self.scenarios.get(document.scenario)
            if document.faults and active is not None and active.document != key:
                raise Conflict(f"faults are on under the name {document.scenario} already; end them first")
        for name, active in list(self.scenarios.items()):
            if active.document in gone or active.document in fresh:
                await self._switch(name, None)
        before = self.intent.documents
        documents = {key: each for key, each in before.items() if key not in gone} | dict(fresh)
        await self._roll_out(replace(self.intent, documents=documents))
        try:
            self._file.save(documents)
        except OSError as error:
            await self._roll_out(replace(self.intent, documents=before))
            raise Rejected(f"the documents cannot be saved: {error.strerror}; nothing has changed") from error
        on: dict[str, float] = {}
        for key, document in fresh.items():
            if document.faults:
                await self._switch(document.scenario, ActiveScenario(document.faults, _now() + lease, key))
                on |= {fault.id: lease for fault in document.faults}
        nodes = tuple(workload.key for workload in self.intent.world.workloads)
        return Applied(tuple(sorted(fresh)), tuple(sorted(gone)), nodes, on)

    async def _switch(self, name: str, wanted: ActiveScenario | None) -> None:
        """Routes first and the switch after them; the other way round at the end. A failure ends with all of it off."""
        old = self.scenarios.get(name)
        if old is None and wanted is None:
            return
        others = self._faults_on(but=name)
        try:
            if wanted is not None:
                union = {fault.id: fault for fault in (*(old.faults if old else ()), *wanted.faults)}
                await self._roll_out(replace(self.intent, faults=(*others, *union.values())))
                self.scenarios[name] = wanted
            else:
                self.scenarios.pop(name)
            self._switch_faults()
            await self._confirmed(self._connected())
            await self._roll_out(replace(self.intent, faults=self._faults_on()))
        except BaseException:
            self.scenarios.pop(name, None)
            self._switch_faults()
            raise
        finally:
            self._expiry_changed.set()

    def _faults_on(self, but: str | None = None) -> tuple[Fault, ...]:
        return tuple(fault for name, each in self.scenarios.items() if name != but for fault in each.faults)

    def _switch_faults(self) -> None:
        """Publishes each sidecar's runtime layer: which of its installed faults are on, with the dead man's TTL."""
        on = {fault.id: fault.parts_per_million for fault in self._faults_on()}
        for workload in self.intent.world.workloads:
            installed = faults_of(self.intent.world, workload, self.intent.faults)
            active = {fault.id: on[fault.id] for fault in installed if fault.id in on}
            fields = runtime_layer(installed, active) if active else {}
            self._cache.set_runtime(workload.key, RUNTIME_LAYER, fields, ttl=FAULT_TTL if active else None)

    async def _roll_out(self, intent: Intent) -> None:
        outcome = compile_intent(intent)
        before, self.intent = self.intent, intent
        try:
            await self._publish(outcome)
        except BaseException:
            self.intent = before
            await self._restore(compile_intent(before))
            raise

    async def _publish(self, outcome: Outcome) -> None:
        if not self.has_world:
            return
        for node, snapshot in outcome.snapshots.items():
            self._cache.set(node, snapshot)
        await self._confirmed(self._connected(), tables=False)
        version = await self.feed.publish(outcome.tables)
        if self.feed.applied:
            await self._tables_applied(version)

    async def _restore(self, outcome: Outcome) -> None:
        for node, snapshot in outcome.snapshots.items():
            self._cache.set(node, snapshot)
        await self.feed.publish(outcome.tables)

    def _connected(self) -> tuple[str, ...]:
        return tuple(
            workload.key for workload in self.intent.world.workloads if self._status.node(workload.key).connected
        )

    async def _confirmed(self, nodes: tuple[str, ...], *, tables: bool = True) -> None:
        result = await self._status.wait_acked(nodes, ACK_TIMEOUT)
        if result.refused:
            raise Rejected("\n".join(str(refusal) for refusal in result.refused))
        if result.waiting:
            missing = "; ".join(f"the sidecar of {node} {what}" for node, what in result.waiting.items())
            raise Rejected(f"not confirmed within {ACK_TIMEOUT:.0f} s: {missing}")
        if tables and self.feed.newest is not None:
            await self._tables_applied(self.feed.newest.version)

    async def _tables_applied(self, version: int) -> None:
        try:
            await self.feed.wait_applied(version, ACK_TIMEOUT)
        except TablesRefused as error:
            raise Rejected(f"the datapath refused the change: {error}") from error
        except TimeoutError:
            raise Rejected(f"the agent did not answer within {ACK_TIMEOUT:.0f} s; is it running?") from None


def _keys(workloads: Iterable[Any] | None) -> list[str] | None:
    return None if workloads is None else [workload.key for workload in workloads]


def _now() -> float:
    return asyncio.get_running_loop().time()
