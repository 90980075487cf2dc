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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from l7filters.asking import asking_problems
from l7filters.fault_levels import AnyFault
from l7filters.l4_tables import L4Tables
from l7filters.source import InputError
from l7filters.world import World
from riftgate.control.active import MAX_LEASE, ActiveScenario
from riftgate.control.admission import check_documents, check_faults
from riftgate.control.documents import DocumentFile, DocumentKey, Documents, parse_files
from riftgate.control.feed import Feed
from riftgate.control.host_faults import HostFaults, faulted_callers
from riftgate.control.intent import Intent
from riftgate.control.refusals import Conflict, Rejected
from riftgate.control.rollout import Rollout
from riftgate.control.switches import Switches
from xds_server.cache import SnapshotCache
from xds_server.status import StatusRegistry

log = logging.getLogger(__name__)


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
        self._status = status
        self.feed = feed
        self._file = file
        self._lock = asyncio.Lock()
        self._rollout = Rollout(cache, status, feed, Intent(documents=file.load()))
        self.switches = Switches(self._rollout, self._lock, host_feed, connection_feed, first_activation)
        self.host_lacks: str | None = None
        """What the agent's host lacks to hold packets back, in the agent's words."""

    @property
    def intent(self) -> Intent:
        """The live one."""
        return self._rollout.intent

    @property
    def scenarios(self) -> Mapping[str, ActiveScenario]:
        """Those that are on, by name."""
        return self.switches.on

    async def set_world(self, world: World) -> None:
        """The workloads and services that exist now. Sidecars that are not connected yet get it when they are.

        Raises Rejected when a connected sidecar does not confirm what follows for it. A world is a fact and is not
        taken back then, but the tables wait: they open no way to a sidecar that does not know its rules.
        """
        async with self._lock:
            on = tuple(fault for each in self.scenarios.values() for fault in each.faults)
            callers = self.intent.faulted_callers | faulted_callers(world, on)
            intent = replace(self.intent, world=world, faulted_callers=callers)
            before = self.intent.world
            outcome = self._rollout.set_world(intent)
            self.switches.end_overgrown(before)
            self.switches.publish_layers()
            await self.switches.publish_host_faults()
            # Not waiting for the tables: the agent that fetches them may be the one who is waiting here.
            await self._rollout.publish(outcome)

    async def wait_configured(self, nodes: Iterable[str]) -> None:
        """Until these workloads' sidecars are connected and have confirmed everything, and the agent the tables."""
        await self._rollout.confirmed(tuple(nodes))
        await self._rollout.in_force()

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
        self._rollout.intent = replace(self.intent, documents=documents)

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
            await self.switches.switch_on(scenario, faults, min(lease, longest), by=by)

    async def renew(self, scenario: str, lease: float, asked: float | None = None) -> None:
        """On for ``lease`` seconds from when it was asked for (event loop time; None: now). Not one change at a time:
        none may keep it waiting.

        Raises Conflict when the scenario is not on any more."""
        await self.switches.renew(scenario, lease, asked)

    async def deactivate(self, *scenarios: str) -> None:
        """Ends these together; nothing on is success. Returns once every sidecar has confirmed it; raises Rejected
        otherwise, and none of them is wanted any more all the same."""
        async with self._lock:
            await self.switches.switch_off(*scenarios)

    def check(self, faults: tuple[AnyFault, ...]) -> None:
        """Raises InputError with everything for which these faults are refused, beside those that are on; Unable for
        what the host cannot do."""
        check_faults(self.intent.world, faults, self.scenarios, self.host_lacks)

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
        await self._rollout.roll_out(intent)
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
            await self.switches.switch_off(*over)
        for key, document in fresh.items():
            if document.faults:
                await self.switches.switch_on(document.scenario, document.faults, lease, key)

    async def _take_back(self, fresh: Documents, before: Documents) -> None:
        self.switches.forget(fresh)
        try:
            self._file.save(before)
        except OSError as error:
            log.error("the documents of before cannot be saved: %s", error)
        await self._rollout.roll_out(replace(self.intent, documents=before, faults=self.switches.faults_on()))
