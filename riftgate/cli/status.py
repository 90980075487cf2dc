# SPDX-License-Identifier: Apache-2.0
"""`riftgate status`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable
from typing import Any

from rich.console import Console
from rich.table import Table

from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from riftgate.client import MeshClient, dump
from riftgate.instance import Instance
from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable


def status(args: argparse.Namespace) -> int:
    """Pods, sidecars, policies, faults; what cannot be asked is said, not left out."""
    instance = Instance(args.instance)
    if not instance.state.exists():
        raise CommandError("no mesh is up; start one with: riftgate up -f MANIFESTS")
    client = MeshClient(instance)

    async def ask() -> tuple[Any, Any]:
        answers = await asyncio.gather(_asked(client.agent_status()), _asked(client.control_status()))
        return answers[0], answers[1]

    agent, control = asyncio.run(ask())
    whole = not isinstance(agent, Exception) and not isinstance(control, Exception)
    if args.json:
        dump({"agent": _or_error(agent), "control": _or_error(control)})
    else:
        _print_status(agent, control)
    return exits.OK if whole else exits.FAILED


async def _asked(question: Awaitable[Any]) -> Any:
    """The answer, or why there is none."""
    try:
        return await question
    except (AdminError, ServerUnreachable) as error:
        return error


def _or_error(answer: Any) -> Any:
    return {"error": str(answer)} if isinstance(answer, Exception) else answer


def _print_status(agent: Any, control: Any) -> None:
    # Not a terminal: as wide as it takes, for grep and for files. What Envoy says in brackets is no markup.
    console = Console(width=None if sys.stdout.isatty() else 160, markup=False, emoji=False, highlight=False)
    nodes = {} if isinstance(control, Exception) else {each["node"]: each for each in control["nodes"]}
    if isinstance(agent, Exception):
        console.print(f"agent: {agent} (pods and datapath stay as they are)")
    else:
        table = Table("pod", "addresses", "containers", "sidecar", "configuration", "datapath", "refused", box=None)
        for pod in agent["pods"]:
            table.add_row(
                pod["pod"],
                "\n".join(pod["addresses"]),
                "\n".join(f"{name}: {_process(each)}" for name, each in pod["containers"].items()),
                _process(pod["sidecar"]),
                _configuration(nodes.get(pod["pod"])),
                "not enforced" if pod["notEnforced"] else "enforced",
                "\n".join(f"{reason}: {count}" for reason, count in sorted(pod["drops"].items())),
            )
        console.print(table)
        for reason, pods in _by_reason(agent["pods"]).items():
            console.print(f"not enforced: {reason} ({', '.join(pods)})", soft_wrap=True)
        if agent["execSessions"] is not None:
            console.print(f"not enforced: exec sessions are not told apart: {agent['execSessions']}", soft_wrap=True)
        for pod in agent["pods"]:
            for each in pod["draining"]:
                console.print(
                    f"{pod['pod']}: the Envoy of restart epoch {each['epoch']} still drains: {each['connections']} "
                    f"connections, for {each['seconds']:.0f} s at most"
                )
        for (limit, wanted), pods in _by_limit(agent["pods"]).items():
            console.print(
                f"few connections: a sidecar may open {limit:,} files, so it has about {limit // 2:,} connections at "
                f"most, not {wanted // 2:,}: the agent lacks CAP_SYS_RESOURCE to raise that; start it where "
                f"`ulimit -Hn` says {wanted} ({', '.join(pods)})",
                soft_wrap=True,
            )
        for pod in agent["pods"]:
            if pod["acceleration"]["on"]:
                console.print(f"{pod['pod']}: accelerated, {pod['acceleration']['why']}")
        console.print(f"acceleration ({agent['acceleration']['default']}): {agent['acceleration']['selfTest']}")
        for pod in agent["pods"]:
            if pod["events"]["limited"] or pod["events"]["lost"]:
                console.print(
                    f"events of {pod['pod']}: {pod['events']['sent']} told, {pod['events']['limited']} limited, "
                    f"{pod['events']['lost']} lost; `refused` counts all of them"
                )
        console.print(_resolver(agent["resolver"]))
    if isinstance(control, Exception):
        console.print(f"control server: {control} (policies stay in force, faults end)")
        return
    for document in control["documents"]:
        console.print(
            f"policy {document['namespace']}/{document['name']} ({document['kind']}, "
            f"{document['file']}:{document['line']}){', under audit' if document['audited'] else ''}"
        )
    for scenario in control["scenarios"]:
        console.print(f"faults on: {', '.join(scenario['faults'])}, ending in {scenario['endsInSeconds']:.0f} s")
    for file, problem in control["sourceProblems"].items():
        console.print(f"not applied: {file}: {problem}")


def _by_reason(pods: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Pods that are not called enforced, by why."""
    found: dict[str, list[str]] = {}
    for pod in pods:
        for reason in pod["notEnforced"]:
            found.setdefault(reason, []).append(pod["pod"])
    return found


def _by_limit(pods: list[dict[str, Any]]) -> dict[tuple[int, int], list[str]]:
    """Pods whose sidecar may not open what it wants, by what it may and what it wants."""
    found: dict[tuple[int, int], list[str]] = {}
    for pod in pods:
        limit, wanted = pod["openFiles"]["limit"], pod["openFiles"]["wanted"]
        if limit is not None and limit < wanted:
            found.setdefault((limit, wanted), []).append(pod["pod"])
    return found


def _resolver(resolver: dict[str, Any]) -> str:
    upstreams = ", ".join(resolver["upstreams"]) or "no upstream: names of the mesh alone"
    learned = {each["name"] for each in resolver["learned"]}
    names = f", addresses learned for {', '.join(sorted(learned))}" if learned else ""
    return f"resolver: {_process(resolver)}, {upstreams}{names}"


def _process(process: dict[str, Any]) -> str:
    state = "running" if process["running"] else "not running"
    restarts = f", {process['restarts']} restarts" if process["restarts"] else ""
    problem = f": {process['problem']}" if process["problem"] else ""
    return state + restarts + problem


def _configuration(node: dict[str, Any] | None) -> str:
    if node is None or not node["connected"]:
        return "not connected"
    types = [(name, each) for stream in node["streams"] for name, each in stream["types"].items()]
    refused = [f"{name} refused: {each['last_refusal']['message']}" for name, each in types if each["refusing"]]
    if refused:
        return "\n".join(refused)
    behind = [name for name, each in types if each["acked"] != each["published"]]
    return f"waiting for {', '.join(behind)}" if behind else "confirmed"
