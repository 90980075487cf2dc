# SPDX-License-Identifier: Apache-2.0
"""Faults that no sidecar injects but the agent, below or beside Envoy: of packets, of processes and of names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from l7filters.connection_faults import ConnectionFault, ConnectionRule, Existing, connection_rule
from l7filters.fault_levels import AnyFault, HostFault
from l7filters.faults import Inject
from l7filters.name_faults import NameFault, NameRule, name_rule
from l7filters.packet_faults import PacketFault, PacketRule, packet_rules
from l7filters.process_faults import ProcessRule, process_rule
from l7filters.world import World

HostRule = PacketRule | ProcessRule | NameRule | ConnectionRule

_RULES: dict[str, TypeAdapter[HostRule]] = {
    kind.__name__: TypeAdapter[HostRule](kind) for kind in (PacketRule, ProcessRule, NameRule, ConnectionRule)
}


@dataclass(frozen=True, slots=True)
class HostFaults:
    """What the agent has to apply, each until its end, in seconds of CLOCK_MONOTONIC: the processes of a machine share
    it, so no end moves when one of them stands still on the way."""

    rules: tuple[tuple[HostRule, float], ...] = ()

    @property
    def of_connections(self) -> HostFaults:
        """The part that the fault server does, once the agent has had the kernel send it those connections."""
        return HostFaults(tuple((rule, end) for rule, end in self.rules if isinstance(rule, ConnectionRule)))

    def having_done(self, done: Collection[tuple[str, int]]) -> HostFaults:
        """Those of these (fault, activation) have reset what was open, or sent their signal, and do so no more: an
        agent that takes over would do it once more."""

        def after(rule: HostRule) -> HostRule:
            if isinstance(rule, ConnectionRule) and (rule.fault, rule.activation) in done:
                return replace(rule, existing=Existing.KEEP)
            if isinstance(rule, ProcessRule) and (rule.fault, 0) in done:
                return replace(rule, done=True)
            return rule

        return HostFaults(tuple((after(rule), end) for rule, end in self.rules))

    @property
    def doings(self) -> frozenset[tuple[str, int]]:
        """What is done once: by fault and activation."""
        return frozenset(
            (rule.fault, rule.activation if isinstance(rule, ConnectionRule) else 0)
            for rule, _ in self.rules
            if isinstance(rule, ConnectionRule) or (isinstance(rule, ProcessRule) and rule.signal is not None)
        )

    def ending_by(self, moment: float) -> HostFaults:
        """Those of connections no later: when the control server dies, its fault server does too, and connections must
        not be sent to nobody."""
        return HostFaults(
            tuple((rule, min(end, moment) if isinstance(rule, ConnectionRule) else end) for rule, end in self.rules)
        )

    def known_to(self, fault_server: HostFaults | None) -> HostFaults:
        """Without the faults of connections that the fault server does not know, whatever it thinks of their ends."""
        rules = () if fault_server is None else (rule for rule, _ in fault_server.rules)
        known = {(rule.fault, rule.activation) for rule in rules if isinstance(rule, ConnectionRule)}
        return HostFaults(
            tuple(
                (rule, end)
                for rule, end in self.rules
                if not isinstance(rule, ConnectionRule) or (rule.fault, rule.activation) in known
            )
        )

    def to_json(self) -> list[dict[str, Any]]:
        return [
            {"kind": (kind := type(rule).__name__), "rule": _RULES[kind].dump_python(rule, mode="json"), "end": end}
            for rule, end in self.rules
        ]

    @classmethod
    def from_json(cls, data: Iterable[Mapping[str, Any]]) -> HostFaults:
        """Raises ValueError (pydantic's ValidationError) on anything else."""
        return cls(tuple((_RULES[each["kind"]].validate_python(each["rule"]), float(each["end"])) for each in data))


def faulted_callers(world: World, faults: Iterable[AnyFault]) -> frozenset[str]:
    """The workloads whose own calls may be hit by faults of connections at the caller's side."""
    rules = (connection_rule(world, fault) for fault in faults if isinstance(fault, ConnectionFault))
    return frozenset(pod for rule in rules if rule.inject is Inject.CLIENT for pod in rule.pods)


def host_faults(world: World, faults: Iterable[tuple[HostFault, float]]) -> HostFaults:
    """What the faults, each with its end, mean in this world."""
    rules: list[tuple[HostRule, float]] = []
    for fault, end in faults:
        if isinstance(fault, PacketFault):
            rules.extend((rule, end) for rule in packet_rules(world, fault))
        elif isinstance(fault, NameFault):
            rules.append((name_rule(world, fault), end))
        elif isinstance(fault, ConnectionFault):
            rules.append((connection_rule(world, fault), end))
        else:
            rules.append((process_rule(world, fault), end))
    return HostFaults(tuple(rules))
