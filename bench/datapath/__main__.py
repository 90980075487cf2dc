# SPDX-License-Identifier: Apache-2.0
"""script/bench datapath: what steering costs beside an explicit proxy and iptables REDIRECT. Needs root."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.datapath import goals, table
from bench.datapath.agent import measure_attach, measure_memory
from bench.datapath.connects import measure_connects
from bench.datapath.load import Load
from bench.datapath.measure import WAYS, Result, measure_policies, measure_ways
from bench.datapath.page import Page
from bench.datapath.programs import measure_programs
from bench.report import BenchError, load, machine
from riftgate import preflight

QUICK = (Load(1, "small"), Load(16, "small"), Load(16, "small", reconnect=True))
FULL = (
    *(Load(connections, "small") for connections in (1, 16, 256)),
    *(Load(connections, "1MB") for connections in (1, 16, 256)),
    *(Load(connections, "small", reconnect=True) for connections in (1, 16, 256)),
)
PARTS = ("ways", "goals", "programs", "policies", "agent", "connects")
COMPARED = ("explicit", "redirect", "riftgate")
LABS = 4
"""Sets of pods that the rounds of part `goals` are spread over."""
PER_SECOND = 1000
"""New connections that part `connects` begins."""


def main() -> int:
    arguments = _arguments()
    missing = preflight.check()
    if missing:
        raise BenchError("\n".join(map(str, missing)))
    page = Page.read(arguments.write) if arguments.write is not None else Page()
    quick = arguments.quick
    loads = [each for each in (QUICK if quick else FULL) if arguments.only in each.name]
    few = [each for each in loads if each.connections == 16 and each.size == "small"]
    rounds = arguments.rounds or 2
    more = arguments.rounds or (2 if quick else 8)
    host = _machine()
    everything: dict[str, object] = {"machine": host, "rounds": [rounds, more], "seconds": arguments.seconds}
    page.measured_on(host)
    if "ways" in arguments.parts:
        results = measure_ways(arguments.ways, loads, rounds, arguments.seconds, _say)
        everything["ways"] = _plain(results)
        page.put("Ways", f"{rounds} rounds.\n\n{table.ways(results)}")
    if "goals" in arguments.parts and few:
        results = measure_ways(COMPARED, few, more, arguments.seconds, _say, labs=min(LABS, more))
        everything["compared"] = _plain(results)
        page.compare(goals.of_ways(results))
    if "programs" in arguments.parts and few:
        costs = measure_programs(few, arguments.seconds, _say)
        everything["programs"] = [asdict(each) for each in costs]
        page.put("Programs", table.programs(costs))
    if "policies" in arguments.parts and few:
        results = measure_policies(few, more, arguments.seconds, _say)
        everything["policies"] = _plain(results)
        page.put("Policies", f"{more} rounds.\n\n{table.policies(results)}")
        page.reach(goals.of_policies(results))
    if "agent" in arguments.parts:
        _say("attaching pods, starting a mesh")
        attached, memory = measure_attach(50), measure_memory(4 if quick else 10)
        everything["attach"], everything["memory"] = asdict(attached), asdict(memory)
        page.put("The agent", table.agent(attached, memory))
        page.reach(goals.of_agent(attached, memory))
    if "connects" in arguments.parts:
        seconds = 5 if quick else 60
        _say(f"{PER_SECOND} connections a second for {seconds} s")
        connects = measure_connects(PER_SECOND, seconds)
        everything["connects"] = asdict(connects)
        page.put("New connections at a pace", table.connects(connects))
        page.reach(goals.of_connects(connects))
    host["load after"] = load()
    everything["goals"] = [asdict(each) for each in page.reached]
    if arguments.write is None:
        print(page.text())
    else:
        page.write(arguments.write)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(everything, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench datapath", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three loads, two rounds: some two minutes")
    parser.add_argument(
        "--rounds", type=int, help="how often each way takes its turn (2; for the goals and policies 8, quick: 2)"
    )
    parser.add_argument("--seconds", type=int, default=1, help="of each run (1)")
    parser.add_argument("--only", default="", help="loads whose name holds this, as in '16 ×' or 'new connection'")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=PARTS, help=f"of {','.join(PARTS)} (all)")
    parser.add_argument(
        "--ways", type=_ways, default=WAYS, help=f"of {','.join(WAYS)}; explicit is always among them (all)"
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="PAGE",
        help="put the tables into this page instead of printing them; those of parts that are left out stay",
    )
    parser.add_argument("--json", type=Path, help="write all figures there, of every single run")
    return parser.parse_args()


def _ways(text: str) -> tuple[str, ...]:
    wanted = {"explicit", *text.split(",")}
    if unknown := wanted - set(WAYS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: write some of {', '.join(WAYS)}")
    return tuple(way for way in WAYS if way in wanted)


def _plain(results: Sequence[Result]) -> list[dict[str, object]]:
    return [asdict(each) for each in results]


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr)


def _machine() -> dict[str, str]:
    versions = subprocess.run(["iptables", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {**machine(), "rules by": versions}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(4)
