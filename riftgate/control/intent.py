# SPDX-License-Identifier: Apache-2.0
"""What the control server was asked for, and what follows from it for every node: a pure step from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from l7filters.faults import Fault, faults_of, too_many_overlapping
from l7filters.l4 import L4Tables, compile_l4
from l7filters.policy import Policy
from l7filters.source import InputError, Problem
from l7filters.translate import Translation
from l7filters.translate.fault_server import FAULT_CLUSTER
from l7filters.world import World
from riftgate.control.documents import Documents, policies_of
from xds_server import type_urls
from xds_server.bootstrap import XDS_CLUSTER
from xds_server.resource import Reference
from xds_server.snapshot import Encoder, Snapshot, build_snapshot

_STATIC = (Reference(type_urls.CLUSTER, XDS_CLUSTER), Reference(type_urls.CLUSTER, FAULT_CLUSTER))


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything that decides what the sidecars and the datapath do. `faults` are those whose routes are installed."""

    world: World = field(default_factory=World)
    documents: Documents = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def policies(self) -> tuple[Policy, ...]:
        return policies_of(self.documents)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an intent means: a snapshot for each node (by workload key), and the datapath's tables."""

    snapshots: Mapping[str, Snapshot]
    tables: L4Tables


def compile_intent(intent: Intent) -> Outcome:
    """Raises InputError when the faults cannot be combined, and SnapshotError when a reference does not resolve."""
    check_overlaps(intent.world, intent.faults)
    policies = intent.policies
    translation = Translation(intent.world, policies)
    encode = Encoder()
    snapshots = {}
    for workload in intent.world.workloads:
        resources = translation.workload(workload, intent.faults)
        snapshots[workload.key] = build_snapshot(
            map(encode, (*resources.clusters, *resources.endpoints, *resources.listeners, *resources.routes)),
            static=_STATIC,
        )
    return Outcome(snapshots, compile_l4(intent.world, policies))


def check_overlaps(world: World, faults: tuple[Fault, ...]) -> None:
    """Raises InputError when more faults may hit one request than can be told apart."""
    for workload in world.workloads:
        crowd = too_many_overlapping(faults_of(world, workload, faults))
        if crowd:
            others = ", ".join(str(fault) for fault in crowd[:-1])
            problem = Problem(
                crowd[-1].location,
                f"at {workload.key}, one request may match {crowd[-1].id} and at once {others}",
                "narrow their matches, or run them one after the other",
            )
            raise InputError((problem,))
