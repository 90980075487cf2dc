# SPDX-License-Identifier: Apache-2.0
"""`riftgate fault ...`: single faults by hand. Each has a lease that the control server keeps, and ends by itself."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from typing import Any

import yaml

from l7filters.fault_levels import AnyFault
from l7filters.source import InputError
from riftgate.cli import exits, fault_plan
from riftgate.cli.durations import seconds
from riftgate.cli.exits import CommandError
from riftgate.cli.files import read_files
from riftgate.client import MeshClient, dump
from riftgate.control.wire import faults_to_json
from riftgate.instance import Instance
from scenarios.model import BY_HAND, Scenario
from scenarios.parse import parse_scenarios

_SOURCE = "command line"
_ON_OPEN_ONES = "requests on open ones are hit like any other"
_PAST_OPEN_ONES = "those that are open go on as they are, new ones are read as HTTP"


def on(args: argparse.Namespace) -> int:
    """Turns faults on; returns once every sidecar has confirmed it."""
    faults = read_faults(args)
    lease = seconds("--for", args.duration)
    answer = _change(args, "/v1/faults/on", {"faults": faults_to_json(faults), "lease": lease})
    if args.json:
        dump(answer)
    else:
        for name, pods in answer["targets"].items():
            print(f"{name}: on for {lease:g} s in {', '.join(pods)}; ends by itself, or with: riftgate fault off")
    return exits.OK


def off(args: argparse.Namespace) -> int:
    """Ends faults that were turned on by hand."""
    if bool(args.names) == args.all:
        raise CommandError("say which faults to end, or --all; see: riftgate fault list", exits.BAD_INPUT)
    names = [name.removeprefix(f"{BY_HAND}/") for name in args.names]
    answer = _change(args, "/v1/faults/off", {"names": None if args.all else names})
    if args.json:
        dump(answer)
    else:
        for name in answer["ended"]:
            print(f"{name}: off, confirmed by every sidecar")
        if not answer["ended"]:
            print("no fault was on by hand")
    return exits.OK


def show(args: argparse.Namespace) -> int:
    """Every fault that is on, whoever turned it on."""
    found = asyncio.run(MeshClient(Instance(args.instance)).faults())
    if args.json:
        dump(found)
    elif not found:
        print("no fault is on")
    else:
        for each in found:
            print(f"{each['fault']}: {', '.join(each['effects'])}; {each['endsInSeconds']:.0f} s more, by {each['by']}")
            print(f"  pods: {', '.join(each['pods']) or 'none'}")
    return exits.OK


def plan(args: argparse.Namespace) -> int:
    """What the faults would touch. Touches nothing."""
    found = asyncio.run(_plan(MeshClient(Instance(args.instance)), args))
    if args.json:
        dump(found)
    else:
        for each in found:
            print("\n".join(_told(each)))
    return exits.OK


async def _plan(client: MeshClient, args: argparse.Namespace) -> list[dict[str, Any]]:
    if args.file is None:
        found = fault_plan.throughout(await _asked(client, read_faults(args)))
    else:
        found = []
        for scenario in _read_file(args):
            steps = [(step, await _asked(client, step.faults)) for step in scenario.steps]
            found += fault_plan.by_time(steps)
    for each in found:
        await fault_plan.complete(client, each)
    return found


async def _asked(client: MeshClient, faults: tuple[AnyFault, ...]) -> list[dict[str, Any]]:
    """As if these were turned on now, together."""
    found: list[dict[str, Any]] = await client.change("/v1/faults/plan", {"faults": faults_to_json(faults)})
    return found


def read_faults(args: argparse.Namespace) -> tuple[AnyFault, ...]:
    """From a scenario file, all together, or from NAME and the options. Raises InputError or CommandError."""
    if args.file is not None:
        scheduled = [each for scenario in _read_file(args) for each in scenario.faults]
        return tuple(replace(each.fault, scenario=BY_HAND) for each in scheduled)
    if not args.name or bool(args.to) == bool(args.outside):
        what = "give a file with -f, or a name, one of --to and --outside, and what happens; see --help"
        raise CommandError(what, exits.BAD_INPUT)
    document = {
        "apiVersion": "riftgate.io/v1alpha1",
        "kind": "Scenario",
        "metadata": {"name": "command-line", "namespace": args.namespace},
        "spec": {"for": "1s", "faults": [_written(args)]},
    }
    try:
        (scenario,) = parse_scenarios(yaml.safe_dump(document, sort_keys=False), _SOURCE)
    except InputError as error:
        # Lines of a file that nobody has seen tell nobody anything.
        told = "\n".join(f"{each.what}; {each.todo}" for each in error.problems)
        raise CommandError(told, exits.BAD_INPUT) from error
    location = scenario.faults[0].fault.location
    return (replace(scenario.faults[0].fault, scenario=BY_HAND, location=replace(location, line=1)),)


def _read_file(args: argparse.Namespace) -> tuple[Scenario, ...]:
    if args.name or args.fields or args.to or args.outside:
        raise CommandError("give a file, or a fault's name and fields, not both", exits.BAD_INPUT)
    ((file, text),) = read_files([args.file])
    return parse_scenarios(text, file)


def _written(args: argparse.Namespace) -> dict[str, Any]:
    """The fault as a scenario file would have it."""
    if args.outside:
        target: dict[str, Any] = {"outside": args.outside}
    else:
        target = {"selector": {"matchLabels": _labels("--to", args.to)}}
    if args.port is not None:
        target["port"] = args.port
    if args.pod:
        target["pods"] = args.pod
    if args.at_most is not None:
        target["atMost"] = args.at_most
    fault: dict[str, Any] = {"name": args.name, "target": target}
    if args.outside:
        # Nobody else could do it.
        fault["inject"] = "client"
    if args.source:
        fault["from"] = {"selector": {"matchLabels": _labels("--from", args.source)}}
    match = {"method": args.method, "path": args.path}
    if any(match.values()):
        fault["match"] = {name: value for name, value in match.items() if value is not None}
    for field in args.fields:
        name, equals, value = field.partition("=")
        if not equals:
            raise CommandError(f"'{field}' is not FIELD=VALUE, as in delay=500ms", exits.BAD_INPUT)
        try:
            fault[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise CommandError(f"{name}: '{value}' is no YAML; quote it for the shell", exits.BAD_INPUT) from error
    return fault


def _labels(option: str, written: str) -> dict[str, str]:
    """`a=b,c=d`; `*` is every pod."""
    if written == "*":
        return {}
    labels: dict[str, str] = {}
    for each in written.split(","):
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise CommandError(f"{option}: '{each}' is not LABEL=VALUE, as in class=deathstar", exits.BAD_INPUT)
        labels[name] = value
    return labels


def _told(plan: dict[str, Any]) -> list[str]:
    share = "as many as " + plan["which"] + " lets through" if plan["share"] is None else f"{plan['share']:.2%}"
    callers = "everybody" if plan["callers"] is None else ", ".join(plan["callers"])
    lines = [f"{plan['fault']}: {', '.join(plan['effects'])}"]
    if plan["during"] is not None:
        lines.append(f"  on: from {plan['during']['from']:g} s to {plan['during']['to']:g} s of the run")
    if plan["level"] != "requests":
        return [*lines, *fault_plan.told(plan), f"  expect: {share} of the {plan['level']} that match"]
    where = sorted({name for names in plan["routes"].values() for name in names})
    return [
        *lines,
        f"  in the sidecars of: {', '.join(plan['pods'])}",
        f"  requests of: {callers}",
        f"  on the routes: {', '.join(where)}",
        f"  connections: none is closed; {_ON_OPEN_ONES if plan['outside'] is None else _PAST_OPEN_ONES}",
        f"  expect: {share} of the requests that match",
    ]


def _change(args: argparse.Namespace, path: str, body: object) -> Any:
    return asyncio.run(MeshClient(Instance(args.instance)).change(path, body))
