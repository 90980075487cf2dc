# SPDX-License-Identifier: Apache-2.0
"""Which faults may be turned on, beside those that are on already."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from l7filters.blast_radius import excesses
from l7filters.contradictions import contradictions
from l7filters.fault_levels import AnyFault
from l7filters.faults import Fault
from l7filters.faults.bounds import problems, protected_problems
from l7filters.packet_faults import LATE, PacketFault
from l7filters.source import InputError
from l7filters.world import World
from riftgate.control.active import ActiveScenario, wordless
from riftgate.control.documents import DocumentKey, Documents
from riftgate.control.intent import carried_faults, check_overlaps
from riftgate.control.refusals import Unable


def check_faults(
    world: World,
    faults: tuple[AnyFault, ...],
    scenarios: Mapping[str, ActiveScenario],
    host_lacks: str | None,
) -> None:
    """Raises InputError with everything for which these faults are refused, beside those that are on (by the name of
    their scenario; those of the same name would be replaced); Unable for what the host cannot do, which lacks what is
    said there."""
    fresh, replaced = {fault.id for fault in faults}, {fault.scenario for fault in faults}
    beside = [active for name, active in scenarios.items() if name not in replaced]
    on = [fault for active in beside for fault in active.faults if fault.id not in fresh]
    too_many = excesses(world, faults, on, wordless(beside))
    if found := (*problems(world, faults), *contradictions(world, faults, on), *too_many):
        raise InputError(found)
    late = [fault for fault in faults if isinstance(fault, PacketFault) and fault.effect in LATE]
    if late and host_lacks is not None:
        raise Unable(f"{late[0]}: {host_lacks}")
    # Those of the same name that are on now are the ones that these would replace.
    everything = (*(fault for active in scenarios.values() for fault in active.faults), *faults)
    together = {fault.id: fault for fault in everything if isinstance(fault, Fault)}
    check_overlaps(carried_faults(world, tuple(together.values())))


def check_documents(
    world: World, fresh: Documents, gone: Collection[DocumentKey], scenarios: Mapping[str, ActiveScenario]
) -> None:
    """Raises InputError for faults of documents that go beyond what namespaces and services state."""
    faults = tuple(fault for document in fresh.values() for fault in document.faults)
    beside = [each for each in scenarios.values() if each.document not in fresh and each.document not in gone]
    unworded = wordless(beside) | {fault.id for fault in faults}
    on = [fault for each in beside for fault in each.faults]
    protected = (problem for fault in faults for problem in protected_problems(world, fault))
    if refused := (*protected, *excesses(world, faults, on, unworded)):
        raise InputError(refused)
