# SPDX-License-Identifier: Apache-2.0
"""What the control server was asked for, and what follows from it for every node: a pure step from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from l7filters.faults import Fault, faults_of, too_many_overlapping
from l7filters.l4 import compile_l4
from l7filters.l4_tables import L4Tables
from l7filters.local_policy import LocalPolicy
from l7filters.policy import Policy
from l7filters.source import InputError, Problem
from l7filters.translate import Translation
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.world import World
from riftgate.control.documents import Documents, local_policies_of, policies_of
from xds_server import type_urls
from xds_server.bootstrap import XDS_CLUSTER
from xds_server.resource import Reference
from xds_server.snapshot import Encoder, Snapshot, build_snapshot

STATIC = (Reference(type_urls.CLUSTER, XDS_CLUSTER), Reference(type_urls.CLUSTER, FAULT_CLUSTER))
"""What the sidecars' bootstrap defines."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything that decides what the sidecars and the datapath do. `faults` are those whose routes are installed;
    `faulted_callers` the keys of the workloads that have the listener for calls whose connections a fault may hit."""

    world: World = field(default_factory=World)
    documents: Documents = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    faulted_callers: frozenset[str] = frozenset()

    @property
    def policies(self) -> tuple[Policy, ...]:
        return policies_of(self.documents)

    @property
    def local_policies(self) -> tuple[LocalPolicy, ...]:
        return local_policies_of(self.documents)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an intent means: a snapshot for each node (by workload key), and the datapath's tables."""

    snapshots: Mapping[str, Snapshot]
    tables: L4Tables
    carried: Mapping[str, tuple[Fault, ...]]
    """By workload key: the faults of the intent that its sidecar carries."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """An intent, what it means, and what can be used again for one in which only the faults differ."""

    intent: Intent
    outcome: Outcome
    translation: Translation
    encode: Encoder
    plain: dict[str, Snapshot]
    """By workload key: without faults, as far as it was needed."""


class Compiler:
    """What intents mean that come one after the other.

    Where only the faults differ from the intent before, as when a fault is turned on or off, policies are not looked
    at again, and that is made anew alone in which a sidecar with other faults than before differs from one without.
    """

    def __init__(self) -> None:
        self._last: _Compiled | None = None

    def compile(self, intent: Intent) -> Outcome:
        """Raises InputError when the faults cannot be combined, and SnapshotError when a reference does not resolve."""
        last = self._last
        # By identity: comparing would take longer than it saves.
        if last is None or last.intent.world is not intent.world or last.intent.documents is not intent.documents:
            last = None
        carried = carried_faults(intent.world, intent.faults)
        check_overlaps(carried)
        policies = () if last else intent.policies
        translation = last.translation if last else Translation(intent.world, policies)
        encode = last.encode if last else Encoder()
        plain = last.plain if last else {}
        snapshots: dict[str, Snapshot] = {}
        for workload in intent.world.workloads:
            key, faults = workload.key, carried[workload.key]
            faulted_calls = key in intent.faulted_callers
            if last and last.outcome.carried[key] == faults and (key in last.intent.faulted_callers) is faulted_calls:
                snapshots[key] = last.outcome.snapshots[key]
                continue
            if key not in plain:
                everything = map(encode, translation.workload(workload, ()))
                plain[key] = build_snapshot(everything, static=STATIC)
            snapshots[key] = plain[key]
            if faults or faulted_calls:
                changed = map(encode, translation.faulted(workload, faults, faulted_calls=faulted_calls))
                snapshots[key] = plain[key].with_changed(changed, static=STATIC)
        encode.forget_unshared()
        outcome = Outcome(snapshots, last.outcome.tables if last else _tables(intent, policies), carried)
        self._last = _Compiled(intent, outcome, translation, encode, plain)
        return outcome

    def carried(self, intent: Intent) -> Mapping[str, tuple[Fault, ...]]:
        """By workload key, the faults of the intent that its sidecar carries."""
        last = self._last
        if last and last.intent.world is intent.world and last.intent.faults is intent.faults:
            return last.outcome.carried
        return carried_faults(intent.world, intent.faults)


def _tables(intent: Intent, policies: tuple[Policy, ...]) -> L4Tables:
    return compile_l4(intent.world, policies, intent.local_policies)


def carried_faults(world: World, faults: tuple[Fault, ...]) -> dict[str, tuple[Fault, ...]]:
    """By workload key, the faults that each sidecar carries. Raises ValueError when two share an id."""
    return {workload.key: faults_of(world, workload, faults) for workload in world.workloads}


def check_overlaps(carried: Mapping[str, tuple[Fault, ...]]) -> None:
    """Raises InputError when more faults may hit one request than can be told apart."""
    for key, faults in carried.items():
        crowd = too_many_overlapping(faults)
        if crowd:
            others = ", ".join(str(fault) for fault in crowd[:-1])
            problem = Problem(
                crowd[-1].location,
                f"at {key}, one request may match {crowd[-1].id} and at once {others}",
                "narrow their matches, or run them one after the other",
            )
            raise InputError((problem,))
