# SPDX-License-Identifier: Apache-2.0
"""How many pods of a service suffer from all faults that are on at the same time, whoever turned them on.

    fault ── allows so many of a service's pods: its `atMost`, else the service's label, else half and at least one
    pods of a service that are hit by all faults which allow N or fewer: N at most

So a fault that states more loosens nothing for the others: they are counted among themselves as if it were not there,
and it is counted with all of them, against what it states itself. The order in which faults come does not matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from l7filters.fault_levels import AnyFault, at_callers, carrying
from l7filters.faults import ALL_REQUESTS, targets
from l7filters.source import Problem
from l7filters.world import Service, World

SHARE_LABEL = "riftgate.io/fault-share"
"""On a service: so many percent of its pods, in whole numbers, may faults hit, unless they say otherwise."""
USUAL_SHARE = 500_000
"""Parts per million of a service's pods, where neither fault nor service says anything; one pod in any case."""

_PARTS_PER_PERCENT = 10_000


@dataclass(frozen=True, slots=True)
class Hold:
    """A fault's part in a service: which of its pods it hits, and how many it allows to be hit."""

    fault: AnyFault
    pods: frozenset[str]
    """Workload keys; never empty."""
    called: bool
    """Some of them as the fault's target; else all as callers."""
    share: int
    """Parts per million of the service's pods."""
    allowed: int
    """The same in pods."""


def excesses(
    world: World, faults: Sequence[AnyFault], on: Iterable[AnyFault] = (), wordless: Collection[str] = ()
) -> Iterator[Problem]:
    """What of the faults goes beyond a bound, alone or together with each other and those that are on beside them.

    `wordless` are ids of faults from files that have no words for a bound (the chaos dialect): only services bound
    those.
    """
    fresh = {fault.id for fault in faults}
    everything = (*faults, *on)
    for service in world.services:
        yield from (problem for _, problem in _of_service(world, service, everything, fresh, wordless))


def overgrown(
    before: World, world: World, on: Sequence[AnyFault], wordless: Collection[str] = ()
) -> Iterator[tuple[AnyFault, Problem]]:
    """Faults that are on and go beyond a bound because of pods that have come since: those that they hit now and did
    not before. Pods that are gone count for nothing here: they may be back soon."""
    everybody = {fault.id for fault in on}
    for service in world.services:
        if _hit(world, service, on) - _hit(before, service, on):
            yield from _of_service(world, service, on, everybody, wordless)


def service_pods(world: World, service: Service) -> frozenset[str]:
    """The keys of all pods behind any port of the service."""
    return frozenset(backend.key for port in service.ports for backend, _ in world.backends(service, port))


def _of_service(
    world: World, service: Service, faults: Iterable[AnyFault], fresh: Collection[str], wordless: Collection[str]
) -> Iterator[tuple[AnyFault, Problem]]:
    """What goes beyond a bound of this service, and by the part of which fresh one."""
    pods = service_pods(world, service)
    holds = [hold for each in faults if (hold := _hold(world, service, pods, each, each.id in wordless))]
    alone = [hold for hold in holds if hold.fault.id in fresh and len(hold.pods) > hold.allowed]
    for hold in alone:
        what = f"{hold.fault.id} hits {_of(hold.pods, pods, service)}, more than {_percent(hold)}"
        narrow = "the target" if hold.called else "'from'"
        todo = f"narrow {narrow}, or allow more, as in target.atMost: 100%"
        yield hold.fault, Problem(hold.fault.location, what, todo)
    yield from _together(service, pods, [hold for hold in holds if hold not in alone], fresh)


def _hit(world: World, service: Service, faults: Iterable[AnyFault]) -> frozenset[str]:
    pods = service_pods(world, service)
    holds = (_hold(world, service, pods, each, wordless=False) for each in faults)
    return frozenset().union(*(hold.pods for hold in holds if hold is not None))


def _together(
    service: Service, pods: frozenset[str], holds: Sequence[Hold], fresh: Collection[str]
) -> Iterator[tuple[AnyFault, Problem]]:
    """The strictest bound that they break together, if there is one."""
    for allowed in sorted({hold.allowed for hold in holds}):
        among = [hold for hold in holds if hold.allowed <= allowed]
        hit = frozenset().union(*(hold.pods for hold in among))
        if len(hit) <= allowed or not any(hold.fault.id in fresh for hold in among):
            continue
        named = _contributing(among, fresh)
        late = max((hold for hold in named if hold.fault.id in fresh), key=lambda hold: hold.fault.location)
        others = ", ".join(
            f"{hold.fault}{'' if hold.fault.id in fresh else ', which is on,'}" for hold in named if hold is not late
        )
        percent = _percent(max((hold for hold in among if hold.allowed == allowed), key=lambda hold: hold.share))
        what = f"{late.fault.id} and {others} together hit {_of(hit, pods, service)}, more than {percent}"
        todo = "narrow one of them, run them one after the other, or allow one of them more, as in target.atMost: 100%"
        yield late.fault, Problem(late.fault.location, what, todo)
        return


def _contributing(among: Sequence[Hold], fresh: Collection[str]) -> list[Hold]:
    """Some that hit together what all of them hit, none of them in vain; and a fresh one."""
    named = sorted(among, key=lambda hold: (hold.fault.id not in fresh, hold.fault.location, hold.fault.id))
    for hold in list(named):
        rest = [other for other in named if other is not hold]
        covered = hold.pods <= frozenset().union(*(other.pods for other in rest))
        if covered and any(other.fault.id in fresh for other in rest):
            named = rest
    return named


def _hold(world: World, service: Service, pods: frozenset[str], fault: AnyFault, wordless: bool) -> Hold | None:
    aimed_at = _aimed_at(world, service, pods, fault)
    callers = frozenset(each.key for each in carrying(world, fault)) & pods if at_callers(fault) else frozenset()
    if not aimed_at and not callers:
        return None
    stated = fault.target.at_most if fault.target.at_most is not None else _stated_share(service)
    share = stated if stated is not None else ALL_REQUESTS if wordless else USUAL_SHARE
    allowed = share * len(pods) // ALL_REQUESTS
    return Hold(fault, aimed_at | callers, bool(aimed_at), share, allowed if stated is not None else max(1, allowed))


def _aimed_at(world: World, service: Service, pods: frozenset[str], fault: AnyFault) -> frozenset[str]:
    """The pods of the service that the fault hits as its targets. At the callers' side it hits calls of the service,
    and those go to any of its pods."""
    found = frozenset(each.key for each in targets(world, fault)) & pods
    if not found or not at_callers(fault):
        return found
    ways = [world.backends(service, port) for port in service.ports]
    port = fault.target.port
    led_to = [way for way in ways if any(each.key in found and port in {None, number} for each, number in way)]
    return found.union(each.key for way in led_to for each, _ in way)


def _stated_share(service: Service) -> int | None:
    """Parts per million. A label that is no percentage allows nothing: it was meant to be a bound."""
    written = service.labels.get(SHARE_LABEL)
    if written is None:
        return None
    return int(written) * _PARTS_PER_PERCENT if written.isdecimal() and int(written) <= 100 else 0


def _of(hit: frozenset[str], pods: frozenset[str], service: Service) -> str:
    return f"{len(hit)} of the {len(pods)} pods of service {service.key}"


def _percent(hold: Hold) -> str:
    return f"{hold.share / _PARTS_PER_PERCENT:g} %"
