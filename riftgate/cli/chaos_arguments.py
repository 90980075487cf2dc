# SPDX-License-Identifier: Apache-2.0
"""The command lines of `riftgate scenario` and `riftgate fault`."""

from __future__ import annotations

import argparse
from pathlib import Path

from riftgate.cli.command import add_command


def add_scenario(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = add_command(
        commands,
        "check",
        "read scenarios and say all that is wrong with them",
        "  riftgate scenario check landing-delay.yaml",
    )
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    run = add_command(
        commands,
        "run",
        "run a scenario: steady state, faults under a lease, revert, report",
        "  riftgate scenario run landing-trouble.yaml\n  riftgate --json scenario run landing.yaml --journal run.jsonl",
    )
    run.add_argument("file", type=Path, metavar="FILE")
    run.add_argument("--name", help="which scenario, when the file holds several")
    run.add_argument(
        "--journal",
        type=Path,
        help="where to write the journal, JSON lines (default: SCENARIO-TIME.jsonl in this folder)",
    )
    report = add_command(
        commands,
        "report",
        "build the report of a run from its journal",
        "  riftgate scenario report run.jsonl",
    )
    report.add_argument("journal", type=Path)


def add_fault(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    plan = add_command(
        commands,
        "plan",
        "say which pods, routes and connections faults would touch, and what share is hit; touches nothing",
        "  riftgate fault plan -f landing-delay.yaml\n"
        "  riftgate fault plan slow percentage=20 delay=500ms --to class=deathstar --pod deathstar-0\n"
        "  riftgate fault plan cut percentage=5 'packet={effect: loss}' --to class=deathstar --pod deathstar-0",
    )
    on = add_command(
        commands,
        "on",
        "turn a fault on for a time; it ends by itself, whatever dies",
        "  riftgate fault on slow percentage=20 delay=500ms --to class=deathstar --pod deathstar-0 --for 30s\n"
        "  riftgate fault on full 'abort={status: 503, body: full}' --to class=deathstar --at-most 100% --for 1m\n"
        "  riftgate fault on lost reset={} 'which={first: 3}' --to class=deathstar --at-most 100% --for 10s\n"
        "  riftgate fault on far 'connection={latency: 200ms}' --to class=deathstar --at-most 100% --for 30s\n"
        "  riftgate fault on away 'abort={status: 503}' --outside api.example.com --from class=tiefighter --for 30s\n"
        "  riftgate fault on -f landing-delay.yaml --for 2m",
    )
    on.add_argument("--for", dest="duration", required=True, metavar="DURATION", help="30s or 5m; an hour at most")
    plan.add_argument("-f", "--file", type=Path, help="the faults of a scenario file, each when a run would have it on")
    on.add_argument("-f", "--file", type=Path, help="the faults of a scenario file, all at once, without running it")
    for each in (plan, on):
        each.add_argument("name", nargs="?", help="what to call the fault")
        each.add_argument(
            "fields", nargs="*", metavar="FIELD=VALUE", help="of a fault, as in a scenario file; values are YAML"
        )
        each.add_argument("--to", metavar="LABELS", help="the target pods: LABEL=VALUE[,...], or '*' for all")
        each.add_argument(
            "--outside",
            metavar="SERVER",
            help="instead of --to: calls of a server outside of the mesh, by name (*.example.com) or network",
        )
        each.add_argument("--namespace", default="default", help="of the pods in --to and --from (default: default)")
        each.add_argument(
            "--pod", action="append", metavar="NAME", help="of the target pods only this one; may be repeated"
        )
        each.add_argument("--port", type=int, help="of the target (default: all TCP ports; of an outside server 80)")
        each.add_argument(
            "--at-most",
            metavar="PERCENT",
            help="how many pods of a service all faults together may hit (default: what its label says, or half)",
        )
        each.add_argument(
            "--from", dest="source", metavar="LABELS", help="only what these pods send to them (default: everybody)"
        )
        each.add_argument("--method", help="of the requests that are hit (default: all)")
        each.add_argument(
            "--path", metavar="RE2", help="of the requests that are hit, whole and without the query (default: all)"
        )
    off = add_command(
        commands,
        "off",
        "end faults that were turned on by hand",
        "  riftgate fault off slow\n  riftgate fault off --all",
    )
    off.add_argument("names", nargs="*", metavar="NAME", help="as `fault on` called them")
    off.add_argument("--all", action="store_true", help="all that were turned on by hand")
    add_command(commands, "list", "list the faults that are on, and until when", "  riftgate fault list")
