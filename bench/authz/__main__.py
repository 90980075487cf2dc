# SPDX-License-Identifier: Apache-2.0
"""script/bench authz: what authorization and access logs cost a request, and how much a control server takes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.authz import sidecar, sink
from bench.authz.sidecar import Load
from bench.authz.sink import Streamed
from bench.report import load, machine, table
from xds_server.event_loop import run

CONNECTIONS = (1, 32)


def main() -> int:
    arguments = _arguments()
    host = machine()
    # In turns, so that what else the machine does meets all alike.
    ways = [way for _ in range(arguments.rounds) for way in sidecar.ways()]
    loads = _medians([each for way in ways for each in run(sidecar.measure(way, CONNECTIONS, arguments.seconds))])
    streams = sink.measure(arguments.seconds)
    print(_loads(loads))
    print(_streams(streams))
    if arguments.json is not None:
        figures = {
            "machine": {**host, "load after": load()},
            "requests": [asdict(each) for each in loads],
            "records": [asdict(each) for each in streams],
        }
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench authz", description=f"{__doc__} Two and a half minutes.")
    parser.add_argument("--seconds", type=float, default=3.0, help="of load for each figure (3)")
    parser.add_argument("--rounds", type=int, default=3, help="of each way; the one with the median rate counts (3)")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


def _medians(loads: Sequence[Load]) -> list[Load]:
    rounds: dict[tuple[str, int], list[Load]] = {}
    for each in loads:
        rounds.setdefault((each.way, each.connections), []).append(each)
    return [sorted(same, key=lambda load: load.per_second)[len(same) // 2] for same in rounds.values()]


def _loads(loads: Sequence[Load]) -> str:
    plain = {each.connections: each for each in loads if each.way == loads[0].way}
    rows = (
        f"{each.way} | {each.connections} | {each.per_second:,.0f} | {each.p50:.2f} ms | {each.p99:.2f} ms | "
        f"{each.p50 - plain[each.connections].p50:.2f} ms"
        for each in loads
    )
    return table("the sidecar | connections | requests per second | p50 | p99 | p50 added", rows)


def _streams(streams: Sequence[Streamed]) -> str:
    rows = (f"{each.sink} | {each.per_second:,.0f}" for each in streams)
    return table("access log sink, one stream | records per second", rows)


if __name__ == "__main__":
    sys.exit(main())
