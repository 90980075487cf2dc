# SPDX-License-Identifier: Apache-2.0
"""Faults of all levels: of requests, which sidecars inject, and of the rest, in which the agent on a host has a
part."""

from l7filters.connection_faults import ConnectionFault
from l7filters.faults import Fault, Inject, sources, targets
from l7filters.name_faults import NameFault
from l7filters.packet_faults import PacketFault
from l7filters.process_faults import ProcessFault
from l7filters.world import Workload, World

HostFault = PacketFault | ProcessFault | NameFault | ConnectionFault
AnyFault = Fault | HostFault


def at_callers(fault: AnyFault) -> bool:
    """Whether it is done to those who call the target."""
    return isinstance(fault, Fault | ConnectionFault) and fault.inject is Inject.CLIENT


def carrying(world: World, fault: AnyFault) -> tuple[Workload, ...]:
    """The workloads whose sidecar, or whose host, does it."""
    if not at_callers(fault):
        return targets(world, fault)
    callers = sources(world, fault)
    return world.workloads if callers is None else callers
