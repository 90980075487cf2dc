# SPDX-License-Identifier: Apache-2.0
"""What faults that the agent applies would strike, for people who plan them: pairs, names, containers."""

from __future__ import annotations

from typing import Any

from l7filters.connection_faults import ConnectionFault
from l7filters.fault_levels import AnyFault
from l7filters.faults import ALL_REQUESTS
from l7filters.name_faults import NameFault, name_rule
from l7filters.packet_faults import PacketFault, packet_rules
from l7filters.process_faults import ProcessFault
from l7filters.world import World

OUTSIDE = "outside"
"""Instead of a workload's key: who is none."""


def strikes(world: World, fault: AnyFault) -> dict[str, Any]:
    """For packets {pairs: [{from, to}], port, protocol, direction} (port and protocol null: every one); for names
    {names, types, sources} (empty: every one); for processes {container, signal} (null: each; freeze). Else {}."""
    match fault:
        case PacketFault():
            pairs = {(source or OUTSIDE, to) for rule in packet_rules(world, fault) for source, to in rule.pairs}
            return {
                "pairs": [{"from": source, "to": to} for source, to in sorted(pairs)],
                "port": fault.target.port,
                "protocol": fault.protocol,
                "direction": str(fault.direction),
            }
        case NameFault():
            return {
                "names": [str(name) for name in fault.names],
                "types": list(fault.types),
                "sources": list(name_rule(world, fault).sources),
            }
        case ProcessFault():
            return {"container": fault.container, "signal": fault.kill}
        case _:
            return {}


def share_of(fault: PacketFault | NameFault | ProcessFault | ConnectionFault) -> float | None:
    """The share, from 0 to 1, of what matches that the fault strikes; None: that depends on how much there is."""
    which = None if isinstance(fault, ProcessFault) else fault.which
    if which is None:
        return fault.parts_per_million / ALL_REQUESTS
    if which.per_second is not None or which.at_once is not None or which.first is not None:
        return None
    return fault.parts_per_million / ALL_REQUESTS / (which.every or 1)
