# SPDX-License-Identifier: Apache-2.0
"""What a plan tells: when each fault of a scenario is on, and what the agent knows of faults of connections, packets,
names and processes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from riftgate.client import MeshClient
from scenarios.model import Step

_FATE = {"keep": "which go on untouched", "reset": "which will be reset"}
_SHOWN = 6
"""So many of a long list; --json has all."""


def throughout(planned: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of faults that are on together for as long as they are on."""
    return [{**each, "during": None} for each in planned]


def by_time(steps: Iterable[tuple[Step, Iterable[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """Of a run's steps in order, each with the plan of its faults: `during` says from when to when a fault would do
    this, in seconds of the run. A fault that others join or leave has an entry for each time at which it does
    something else."""
    found: dict[str, list[dict[str, Any]]] = {}
    for step, planned in steps:
        for each in planned:
            of_fault = found.setdefault(each["fault"], [])
            before = of_fault[-1] if of_fault else None
            if before == {**each, "during": before and {**before["during"], "to": step.start_seconds}}:
                before["during"]["to"] = step.end_seconds
            else:
                of_fault.append({**each, "during": {"from": step.start_seconds, "to": step.end_seconds}})
    return [each for of_fault in found.values() for each in of_fault]


async def complete(client: MeshClient, plan: dict[str, Any]) -> None:
    """What only the agent knows: connections that are open, names of containers."""
    if plan["level"] in ("connections", "packets"):
        plan["connections"] = await client.open_connections(plan)
    if plan["level"] == "containers":
        named = plan["strikes"]["container"]
        running = {each["pod"]: list(each["containers"]) for each in (await client.agent_status())["pods"]}
        plan["strikes"]["containers"] = {
            pod: [name for name in running.get(pod, ()) if named in {None, name}] for pod in plan["pods"]
        }


def told(plan: dict[str, Any]) -> list[str]:
    """Lines between the one that names the fault and the one that says what to expect."""
    callers = "everybody" if plan["callers"] is None else ", ".join(plan["callers"])
    if plan["level"] == "connections":
        port = "every port" if plan["port"] is None else f"port {plan['port']}"
        return [
            f"  in the sidecars of: {', '.join(plan['pods'])}",
            f"  connections of: {callers}",
            f"  to: {plan['outside'] or ', '.join(plan['dialled'])}, {port}",
            f"  open now: {len(plan['connections'])}, {_FATE[plan['existing']]}",
        ]
    strikes = plan["strikes"]
    lines = [f"  {plan['level']} of: {', '.join(plan['pods'])}"]
    match plan["level"]:
        case "packets":
            open_now = f"{len(plan['connections'])} connections; none is closed, their packets are hit like any other"
            port = "every port" if strikes["port"] is None else f"port {strikes['port']} of the target"
            lines += [
                f"  to or from: {callers}",
                "  pairs: " + _some([each["from"] + " to " + each["to"] for each in strikes["pairs"]]),
                f"  on: {port}, {strikes['protocol'] or 'TCP and UDP'}",
                f"  open now: {open_now}",
            ]
        case "queries":
            names = ", ".join(strikes["names"]) or "every name"
            types = ", ".join(strikes["types"]) or "every type"
            lines += [f"  names: {names}; records: {types}", f"  asked from: {_some(strikes['sources'])}"]
        case "containers":
            found = [f"{pod}: {', '.join(names) or 'none'}" for pod, names in strikes["containers"].items()]
            lines.append(f"  containers: {_some(found)}")
    return lines


def _some(of: list[str]) -> str:
    more = f", and {len(of) - _SHOWN} more" if len(of) > _SHOWN else ""
    return ", ".join(of[:_SHOWN]) + more if of else "none"
