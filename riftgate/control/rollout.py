# SPDX-License-Identifier: Apache-2.0
"""The way of an intent to the sidecars and the agent: published, confirmed by each of them, or taken back.

L7 goes before L3/L4: the datapath never opens a way before the sidecar behind it knows the rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from l7filters.faults import Fault
from l7filters.l4_tables import L4Tables
from riftgate.control.feed import Feed, FeedRefused
from riftgate.control.host_faults import HostFaults
from riftgate.control.intent import Compiler, Intent, Outcome
from riftgate.control.refusals import Rejected
from xds_server.cache import SnapshotCache
from xds_server.status import StatusRegistry

ACK_TIMEOUT = 15.0
"""Seconds within which every connected sidecar and the agent must confirm a change."""


class Rollout:
    """The intent that is live. One change at a time: whoever makes one holds the plane's lock."""

    def __init__(self, cache: SnapshotCache, status: StatusRegistry, feed: Feed[L4Tables], intent: Intent) -> None:
        self.cache = cache
        self.status = status
        self.feed = feed
        self.intent = intent
        self.has_world = False
        """False until an agent has said what runs: until then nothing is served, rather than an empty world."""
        self._compiler = Compiler()

    def set_world(self, intent: Intent) -> Outcome:
        """Makes this the live one, for another world, and gives what is to be published for it: a world is a fact, and
        not taken back."""
        outcome = self._compiler.compile(intent)
        for gone in {each.key for each in self.intent.world.workloads} - {each.key for each in intent.world.workloads}:
            self.cache.clear(gone)
        self.intent, self.has_world = intent, True
        return outcome

    def carried(self) -> Mapping[str, tuple[Fault, ...]]:
        """By workload key, the faults whose routes its sidecar has."""
        return self._compiler.carried(self.intent)

    async def roll_out(self, intent: Intent, meanwhile: Callable[[], object] | None = None) -> None:
        """Makes an intent the live one, or leaves the one before: then it raises Rejected. ``meanwhile`` is called
        while the sidecars are at it."""
        outcome = self._compiler.compile(intent)
        before, self.intent = self.intent, intent
        try:
            await self.publish(outcome, meanwhile)
            await self.in_force()
        except BaseException:
            self.intent = before
            await self._restore(self._compiler.compile(before))
            raise

    async def in_force(self) -> None:
        """Until the agent has the tables in force. Raises Rejected."""
        await applied(self.feed, "datapath")

    async def publish(self, outcome: Outcome, meanwhile: Callable[[], object] | None = None) -> None:
        """Raises Rejected when a connected sidecar does not confirm it; the tables wait until all have."""
        if not self.has_world:
            return
        for node, snapshot in outcome.snapshots.items():
            self.cache.set(node, snapshot)
        # Two turns of the event loop: the streams are shown what was published, and it is written. Then who has to
        # confirm it is at work while the rest is done here.
        for _ in range(2):
            await asyncio.sleep(0)
        if meanwhile is not None:
            meanwhile()
        await self.confirmed(self.connected())
        await self.feed.publish(outcome.tables)

    async def _restore(self, outcome: Outcome) -> None:
        """Without waiting: who refused the new one still has the old one, and the others take it as they took it."""
        if not self.has_world:
            return
        for node, snapshot in outcome.snapshots.items():
            self.cache.set(node, snapshot)
        await self.feed.publish(outcome.tables)

    def connected(self) -> tuple[str, ...]:
        """The workloads whose sidecars are."""
        return tuple(workload.key for workload in self.intent.world.workloads if self.status.is_connected(workload.key))

    async def confirmed(self, nodes: tuple[str, ...]) -> None:
        """Until these have all that is published for them. Raises Rejected when one refuses it or keeps silent."""
        result = await self.status.wait_acked(nodes, ACK_TIMEOUT)
        if result.refused:
            raise Rejected("\n".join(str(refusal) for refusal in result.refused))
        if result.waiting:
            missing = "; ".join(f"the sidecar of {node} {what}" for node, what in result.waiting.items())
            raise Rejected(f"not confirmed within {ACK_TIMEOUT:g} s: {missing}")


async def applied(feed: Feed[L4Tables] | Feed[HostFaults], part: str, who: str = "agent") -> None:
    """Until the newest is in force at who follows the feed, of whom `part` is a name. Raises Rejected."""
    if feed.newest is None:
        return
    try:
        await feed.wait_applied(feed.newest.version, ACK_TIMEOUT)
    except FeedRefused as error:
        raise Rejected(f"the {part} refused the change: {error}") from error
    except TimeoutError:
        raise Rejected(f"the {who} did not answer within {ACK_TIMEOUT:g} s; is it running?") from None
