# SPDX-License-Identifier: Apache-2.0
"""`up`, `down`, `exec`, `status` and `flows`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from riftgate.cli import exits
from riftgate.cli.exits import CommandError
from riftgate.cli.files import read_files
from riftgate.cli.host import require_host
from riftgate.client import MeshClient, dump, find_container
from riftgate.instance import Instance
from riftgate.local import daemons
from riftgate.local.manifests import parse_manifests
from riftgate.local.remains import remove_everything
from riftgate.local.sandbox import exec_argv


def up(args: argparse.Namespace) -> int:
    """Starts what does not run yet of the mesh's own processes, then brings the pods to what the manifests say."""
    instance = Instance(args.instance)
    files = read_files(args.file)
    # Before anything is touched: all that is wrong with the manifests.
    parse_manifests(files)
    require_host()
    start_processes(instance, args)
    asyncio.run(bring_up(MeshClient(instance), files, args))
    return exits.OK


def start_processes(instance: Instance, args: argparse.Namespace) -> None:
    """The control server and the agent, if they do not run. A mesh whose agent has died is removed first."""
    if instance.state.exists() and not daemons.is_running(instance, "agent"):
        print("the agent of this mesh has ended: removing what it left", file=sys.stderr)
        remove_everything(instance)
    if not daemons.is_running(instance, "control"):
        watched = () if args.policies is None else ("--policies", str(args.policies.absolute()))
        daemons.start(instance, "control", ("serve", *watched))
    if not daemons.is_running(instance, "agent"):
        daemons.start(instance, "agent", ("agent",))


async def bring_up(client: MeshClient, files: list[tuple[str, str]], args: argparse.Namespace) -> None:
    """Shows each step. Raises CommandError when one fails; what runs until then stays, and `up` can be repeated."""
    async for event in client.bring_up(files, args.images):
        if args.json:
            print(json.dumps(event), flush=True)
        elif "step" in event:
            details = ", ".join(str(event[key]) for key in event if key not in ("pod", "step"))
            print(f"{event['pod']}: {event['step']}{f' ({details})' if details else ''}", flush=True)
        elif "done" in event:
            for note in event["notes"]:
                print(note, file=sys.stderr)
        if "error" in event:
            raise CommandError(event["error"])


def down(args: argparse.Namespace) -> int:
    """Ends everything, however the mesh or parts of it ended before. Nothing there is success."""
    removed = remove_everything(Instance(args.instance))
    if args.json:
        dump({"removed": removed})
    elif not removed:
        print("nothing of this mesh is there")
    return exits.OK


def execute(args: argparse.Namespace) -> int:
    """Becomes the command in the pod: its exit status is the command's."""
    state = find_container(Instance(args.instance), args.pod, args.container)
    argv = exec_argv(state, tuple(args.argv))
    os.execv(argv[0], argv)


def status(args: argparse.Namespace) -> int:
    """Pods, sidecars, policies, faults; what cannot be asked is said, not left out."""
    instance = Instance(args.instance)
    if not instance.state.exists():
        raise CommandError("no mesh is up; start one with: riftgate up -f MANIFESTS")
    client = MeshClient(instance)

    async def ask() -> tuple[Any, Any]:
        answers = await asyncio.gather(client.agent_status(), client.control_status(), return_exceptions=True)
        return answers[0], answers[1]

    agent, control = asyncio.run(ask())
    whole = not isinstance(agent, BaseException) and not isinstance(control, BaseException)
    if args.json:
        dump({"agent": _or_error(agent), "control": _or_error(control)})
    else:
        _print_status(agent, control)
    return exits.OK if whole else exits.FAILED


def _or_error(answer: Any) -> Any:
    return {"error": str(answer)} if isinstance(answer, BaseException) else answer


def _print_status(agent: Any, control: Any) -> None:
    console = Console()
    nodes = {} if isinstance(control, BaseException) else {each["node"]: each for each in control["nodes"]}
    if isinstance(agent, BaseException):
        console.print(f"agent: {agent} (pods and datapath stay as they are)")
    else:
        table = Table("pod", "addresses", "containers", "sidecar", "configuration", "refused", box=None)
        for pod in agent["pods"]:
            table.add_row(
                pod["pod"],
                "\n".join(pod["addresses"]),
                "\n".join(f"{name}: {_process(each)}" for name, each in pod["containers"].items()),
                _process(pod["sidecar"]),
                _configuration(nodes.get(pod["pod"])),
                "\n".join(f"{reason}: {count}" for reason, count in sorted(pod["drops"].items())),
            )
        console.print(table)
    if isinstance(control, BaseException):
        console.print(f"control server: {control} (policies stay in force, faults end)")
        return
    for document in control["documents"]:
        console.print(
            f"policy {document['namespace']}/{document['name']} ({document['kind']}, "
            f"{document['file']}:{document['line']})",
            highlight=False,
        )
    for scenario in control["scenarios"]:
        console.print(f"faults on: {', '.join(scenario['faults'])}, ending in {scenario['endsInSeconds']:.0f} s")
    for file, problem in control["sourceProblems"].items():
        console.print(f"not applied: {file}: {problem}", highlight=False)


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


def flows(args: argparse.Namespace) -> int:
    """One line per request as it ends, until Ctrl-C or --count."""

    async def follow() -> None:
        seen = 0
        async with contextlib.aclosing(MeshClient(Instance(args.instance)).flows()) as lines:
            async for line in lines:
                if "subscribed" in line:
                    continue
                print(json.dumps(line) if args.json else _flow_line(line), flush=True)
                seen += 1
                if seen == args.count:
                    return

    asyncio.run(follow())
    return exits.OK


def _flow_line(line: dict[str, Any]) -> str:
    if "lost" in line:
        return f"({line['lost']} records lost: this reader was too slow)"
    who = line["source_workload"] or (line["source"] or {}).get("address", "?")
    to = line["destination_workload"] or (line["destination"] or {}).get("address", "?")
    rule = (line["enforced"] or {}).get("rule")
    notes = [*(f"fault {fault}" for fault in line["faults"]), *([f"rule {rule}"] if rule else [])]
    request = f"{line['method']} {line['path']}" if line["method"] or line["path"] else line["protocol"]
    return (
        f"{line['log']:8} {who} -> {to} {request} {line['status']} {line['duration_ms']:.0f} ms "
        f"{line['kind']}{' (' + ', '.join(notes) + ')' if notes else ''}"
    )
