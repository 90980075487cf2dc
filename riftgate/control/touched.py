# SPDX-License-Identifier: Apache-2.0
"""What faults would touch, told without touching anything: pods, routes, connections, and the share of requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from l7filters.connection_faults import ConnectionFault
from l7filters.fault_levels import AnyFault, carrying
from l7filters.faults import (
    ALL_REQUESTS,
    Fault,
    combine_effects,
    faults_of,
    may_overlap,
    sources,
    targets,
)
from l7filters.name_faults import NameFault
from l7filters.packet_faults import PacketFault
from l7filters.policy import Policy
from l7filters.process_faults import ProcessFault
from l7filters.translate import Translation
from l7filters.translate.fault_regions import combinations_of, faults_of_route, shares
from l7filters.world import World
from riftgate.control.host_plan import share_of, strikes


def reach(world: World, faults: Iterable[AnyFault]) -> dict[str, Any]:
    """For each fault, who does it and whose requests it hits; None is everybody's."""
    found = tuple(faults)
    callers = {fault.id: sources(world, fault) for fault in found}
    return {
        "targets": {fault.id: [each.key for each in carrying(world, fault)] for fault in found},
        "sources": {name: None if each is None else [one.key for one in each] for name, each in callers.items()},
    }


def plan(
    world: World, policies: tuple[Policy, ...], faults: Sequence[AnyFault], on: Sequence[Fault]
) -> list[dict[str, Any]]:
    """One entry for each fault, beside those that are on already."""
    requests = [fault for fault in faults if isinstance(fault, Fault)]
    others = [fault for fault in on if fault.id not in {each.id for each in requests}]
    routes = _routes(world, policies, [*others, *requests])
    said = reach(world, faults)
    return [
        {
            "fault": fault.id,
            "level": level(fault),
            "effects": describe(fault),
            "pods": said["targets"][fault.id],
            "callers": said["sources"][fault.id],
            "routes": routes.get(fault.id, {}),
            "strikes": strikes(world, fault),
            "port": fault.target.port,
            "dialled": [each.key for each in targets(world, fault)],
            "outside": None if fault.target.outside is None else str(fault.target.outside),
            "existing": fault.existing.value if isinstance(fault, ConnectionFault) else None,
            # Those that are open are the agent's to tell.
            "connections": [],
            "share": _share(fault, [*others, *requests]),
            "which": None if isinstance(fault, ProcessFault) or fault.which is None else str(fault.which),
        }
        for fault in faults
    ]


def _share(fault: AnyFault, requests: Sequence[Fault]) -> float | None:
    return expected_share(fault, requests) if isinstance(fault, Fault) else share_of(fault)


def level(fault: AnyFault) -> str:
    """What it strikes."""
    match fault:
        case PacketFault():
            return "packets"
        case ProcessFault():
            return "containers"
        case NameFault():
            return "queries"
        case ConnectionFault():
            return "connections"
        case _:
            return "requests"


def describe(fault: AnyFault) -> list[str]:
    """Its effects in words."""
    return [str(effect) for effect in fault.effects]


def expected_share(fault: Fault, all_faults: Sequence[Fault]) -> float | None:
    """The share, from 0 to 1, of the requests that the fault matches on which it has an effect, if all that may match
    the same requests do. None: that depends on how many requests there are."""
    if fault.which is not None and fault.which.seed is None:
        return None
    region = [each for each in all_faults if each.id == fault.id or may_overlap(fault, each)]
    parts = [
        ALL_REQUESTS if each.which is not None and each.which.seed is None else each.parts_per_million
        for each in region
    ]
    cells = shares(parts)
    index = {each.id: number for number, each in enumerate(region)}
    hit = 0
    for combination in combinations_of(region):
        if fault.id in {each.id for each in combine_effects(combination.hit).faults}:
            hit += cells.get(frozenset(index[each.id] for each in combination.hit), 0)
    return hit / ALL_REQUESTS


def _parts(fault: Fault) -> int:
    counted = fault.which is not None and fault.which.seed is None
    return ALL_REQUESTS if counted else fault.parts_per_million


def _routes(world: World, policies: tuple[Policy, ...], faults: Sequence[Fault]) -> dict[str, dict[str, list[str]]]:
    """By fault and pod, the route configurations that would get a route of the fault."""
    translation = Translation(world, policies)
    found: dict[str, dict[str, list[str]]] = {}
    for workload in world.workloads:
        if not faults_of(world, workload, faults):
            continue
        for configuration in translation.workload(workload, faults).routes:
            names = {name for route in configuration.virtual_hosts[0].routes for name in faults_of_route(route.name)}
            for name in names:
                found.setdefault(name, {}).setdefault(workload.key, []).append(configuration.name)
    return found
