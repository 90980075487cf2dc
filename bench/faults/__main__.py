# SPDX-License-Identifier: Apache-2.0
"""script/bench faults: what faults cost and how exact they are, beside Toxiproxy. Needs root, and Go. Seven minutes."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.faults import activation, delays, proxied, rich, table, toxiproxy, unused
from bench.faults.servers import fault_servers
from bench.report import BenchError, load, machine, put_into_page
from riftgate import preflight

PARTS = ("proxied", "delays", "activation", "unused", "rich")


@dataclass(frozen=True, slots=True)
class Effort:
    """How often and how long; seconds of a run each."""

    proxied_rounds: int
    delay_seconds: float
    """At 100 requests per second; at 10 three times as long, at 1,000 a third."""
    activations: int
    unused_rounds: int
    unused_pairs: int
    rich_rounds: int


DEFAULT = Effort(proxied_rounds=3, delay_seconds=15.0, activations=100, unused_rounds=6, unused_pairs=27, rich_rounds=3)
QUICK = Effort(proxied_rounds=1, delay_seconds=1.0, activations=3, unused_rounds=1, unused_pairs=2, rich_rounds=1)


def main() -> int:
    arguments = read_arguments()
    missing = preflight.check()
    if missing:
        raise BenchError("\n".join(map(str, missing)))
    effort = QUICK if arguments.quick else DEFAULT
    host = machine()
    everything: dict[str, object] = {"machine": host, "Toxiproxy": toxiproxy.VERSION, "effort": asdict(effort)}
    shown: list[str] = []
    with tempfile.TemporaryDirectory(prefix="riftgate-bench-") as folder:
        for part in PARTS:
            if part in arguments.parts:
                text, everything[part] = _measure(part, effort, Path(folder))
                shown.append(f"### {part.capitalize()}\n\n{text}")
                print(shown[-1], flush=True)
    host["load after"] = load()
    where = f"{', '.join(f'{name} {value}' for name, value in host.items())}, Toxiproxy {toxiproxy.VERSION}."
    print(where)
    if arguments.page is not None:
        put_into_page(arguments.page, "\n".join((where, "", *shown)))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(everything, indent=1) + "\n")
    return 0


def _measure(part: str, effort: Effort, folder: Path) -> tuple[str, object]:
    """For people, and every figure."""
    if part == "activation":
        figures = activation.measure(effort.activations, _say)
        return table.activation(figures), figures
    if part == "unused":
        costs = unused.measure(effort.unused_rounds, effort.unused_pairs, 1, _say)
        return table.unused(costs), [asdict(each) for each in costs]
    if part == "rich":
        rates = rich.measure(effort.rich_rounds, 1.0, _say)
        return table.rich(rates), [asdict(each) for each in rates]
    program = toxiproxy.build(folder)
    with fault_servers(1) as servers:
        if part == "proxied":
            results, limits = proxied.measure(program, servers, effort.proxied_rounds, 1, _say)
            plain = {"runs": [asdict(each) for each in results], "limits": [asdict(each) for each in limits]}
            return table.proxied(results, limits), plain
        measured = delays.measure(program, servers, effort.delay_seconds, _say)
        return table.delays(measured), [asdict(each) for each in measured]


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Of the command line, if they are not given. SystemExit (2) when they make no sense."""
    parser = argparse.ArgumentParser(prog="script/bench faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="does everything work? A minute; figures say little")
    parser.add_argument("--parts", type=_parts, default=PARTS, help=f"of {','.join(PARTS)} (all)")
    parser.add_argument("--json", type=Path, help="write all figures there, of every single run and request")
    parser.add_argument("--page", type=Path, help="put the tables into this page, in the place of its figures")
    arguments = parser.parse_args(words)
    if arguments.page is not None and set(arguments.parts) != set(PARTS):
        parser.error("--page replaces all figures of the page: leave --parts out, or read what is printed")
    return arguments


def _parts(text: str) -> tuple[str, ...]:
    wanted = text.split(",")
    if unknown := set(wanted) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: write some of {', '.join(PARTS)}")
    return tuple(wanted)


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(4)
