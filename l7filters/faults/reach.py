# SPDX-License-Identifier: Apache-2.0
"""Whom a fault affects in a world, and whose sidecars carry it."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Protocol

from l7filters.faults.fault import Fault, FaultTarget, Inject
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Service, ServicePort, Workload, World


class Aimed(Protocol):
    """A fault of any level."""

    @property
    def id(self) -> str: ...
    @property
    def location(self) -> SourceLocation: ...
    @property
    def target(self) -> FaultTarget: ...
    @property
    def source(self) -> Selector | None: ...


def targets(world: World, fault: Aimed) -> tuple[Workload, ...]:
    """The workloads that the fault is aimed at, in the world's order."""
    return tuple(workload for workload in world.workloads if is_target(world, fault, workload))


def sources(world: World, fault: Aimed) -> tuple[Workload, ...] | None:
    """The workloads whose requests or packets it may hit; None: everybody's, also from outside the mesh."""
    return None if fault.source is None else world.select(fault.source)


def is_target(world: World, fault: Aimed, workload: Workload) -> bool:
    if fault.target.outside is not None:
        return False
    if workload.namespace != fault.target.namespace or (fault.target.pods and workload.name not in fault.target.pods):
        return False
    return fault.target.selector.matches(world.effective_labels(workload))


def carries(world: World, fault: Fault, workload: Workload) -> bool:
    """Whether the workload's sidecar carries the fault."""
    if fault.inject is Inject.SERVER:
        return is_target(world, fault, workload)
    return fault.source is None or fault.source.matches(world.effective_labels(workload))


def leads_to(world: World, fault: Fault, service: Service, port: ServicePort) -> bool:
    """Whether calls of this port of a service may reach a target: then a fault at the callers' side hits them."""
    return any(
        is_target(world, fault, backend) and fault.target.port in {None, number}
        for backend, number in world.backends(service, port)
    )


def faults_of(world: World, workload: Workload, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults that the workload's sidecar carries, by id. ValueError when two faults share an id."""
    found = sorted((fault for fault in faults if carries(world, fault, workload)), key=lambda fault: fault.id)
    for one, other in pairwise(found):
        if one.id == other.id:
            raise ValueError(f"two faults are called {one.id}: {one.location} and {other.location}")
    return tuple(found)
