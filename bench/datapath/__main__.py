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
from bench.report import BenchError, load, machine
from riftgate import preflight

QUICK = (Load(1, "small"), Load(16, "small"), Load(16, "small", reconnect=True))
FULL = (
    *(Load(connections, "small") for connections in (1, 16, 256)),
    *(Load(connections, "1MB") for connections in (1, 16, 256)),
    *(Load(connections, "small", reconnect=True) for connections in (1, 16, 256)),
)
PARTS = ("ways", "goals", "policies", "agent", "connects")
COMPARED = ("explicit", "redirect", "riftgate")
PER_SECOND = 1000
"""New connections that part `connects` begins."""
FIGURES = "<!-- figures: script/bench datapath --write -->\n", "<!-- end of figures -->\n"


def main() -> int:
    arguments = _arguments()
    missing = preflight.check()
    if missing:
        raise BenchError("\n".join(map(str, missing)))
    if arguments.write is not None:
        _around_figures(arguments.write)
    quick = arguments.quick
    loads = [each for each in (QUICK if quick else FULL) if arguments.only in each.name]
    few = [each for each in loads if each.connections == 16 and each.size == "small"]
    rounds = arguments.rounds or 2
    more = arguments.rounds or (2 if quick else 8)
    host = _machine()
    everything: dict[str, object] = {"machine": host, "rounds": [rounds, more], "seconds": arguments.seconds}
    shown: dict[str, str] = {}
    reached: list[goals.Goal] = []
    if "ways" in arguments.parts:
        results = measure_ways(arguments.ways, loads, rounds, arguments.seconds, _say)
        everything["ways"] = _plain(results)
        shown["Ways"] = f"{rounds} rounds.\n\n{table.ways(results)}"
    if "goals" in arguments.parts and few:
        results = measure_ways(COMPARED, few, more, arguments.seconds, _say)
        everything["compared"] = _plain(results)
        reached += goals.of_ways(results)
    if "policies" in arguments.parts and few:
        results = measure_policies(few, more, arguments.seconds, _say)
        everything["policies"] = _plain(results)
        shown["Policies"] = f"{more} rounds.\n\n{table.policies(results)}"
        reached += goals.of_policies(results)
    if "agent" in arguments.parts:
        _say("attaching pods, starting a mesh")
        attached, memory = measure_attach(50), measure_memory(4 if quick else 10)
        everything["attach"], everything["memory"] = asdict(attached), asdict(memory)
        shown["The agent"] = table.agent(attached, memory)
        reached += goals.of_agent(attached, memory)
    if "connects" in arguments.parts:
        seconds = 5 if quick else 60
        _say(f"{PER_SECOND} connections a second for {seconds} s")
        connects = measure_connects(PER_SECOND, seconds)
        everything["connects"] = asdict(connects)
        shown["New connections at a pace"] = table.connects(connects)
        reached += goals.of_connects(connects)
    host["load after"] = load()
    everything["goals"] = [asdict(each) for each in reached]
    _show(host, shown, table.goals(reached), more, arguments.write)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(everything, indent=1) + "\n")
    return 0


def _show(host: dict[str, str], shown: dict[str, str], reached: str, rounds: int, page: Path | None) -> None:
    """On standard output, or in a page in the place of the figures that are there."""
    parts = [
        f"{', '.join(f'{name} {value}' for name, value in host.items())}\n",
        f"## Goals\n\nRatios of {rounds} rounds, the three directions together: their median, and in brackets their "
        f"quartiles.\n\n{reached}",
        *(f"## {head}\n\n{text}" for head, text in shown.items()),
    ]
    text = "\n".join(parts)
    if page is None:
        print(text)
    else:
        write(page, text)


def write(page: Path, text: str) -> None:
    """In the place of the figures that are there. Raises BenchError when nothing marks it."""
    before, after = _around_figures(page)
    page.write_text(f"{before}\n{text}\n{after}")


def _around_figures(page: Path) -> tuple[str, str]:
    begin, end = FIGURES
    before, _, rest = page.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise BenchError(f"{page}: nothing says where the figures belong; write {begin.strip()} and {end.strip()}")
    return before + begin, found + after


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
        "--write", type=Path, metavar="PAGE", help="put the tables into this page instead of printing them"
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
