# SPDX-License-Identifier: Apache-2.0
"""script/bench xds: the xDS server beside go-control-plane, and translation by itself."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.xds.measure import Result, measure
from bench.xds.processes import BenchError, Programs, build
from bench.xds.resources import dump, make

KINDS = ("riftgate", "snapshot", "linear")


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench xds", description=__doc__)
    parser.add_argument("--sidecars", default="1000,4000", help="how many, one run for each")
    parser.add_argument("--servers", default=",".join(KINDS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--singles", type=int, default=200)
    parser.add_argument("--distinct", action="store_true")
    parser.add_argument("--no-restart", action="store_true")
    arguments = parser.parse_args()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="riftgate-bench-") as folder:
        built = Path(folder)
        resources = built / "resources.binpb"
        resources.write_bytes(dump(make()))
        build(built)
        programs = Programs(built, resources, distinct=arguments.distinct)
        for count in map(int, arguments.sidecars.split(",")):
            results += measure(
                programs,
                arguments.servers.split(","),
                count,
                rounds=arguments.rounds,
                singles=arguments.singles,
                restart=not arguments.no_restart,
            )
    json.dump([asdict(each) for each in results], sys.stdout, indent=1)
    for each in results:
        print(
            f"{each.sidecars:5} {each.server:9} to all {each.median('seconds'):.3f} s, cpu {each.median('server_cpu'):.3f}"
            f" client {each.median('client_cpu'):.3f}, {each.peak_kib:.0f} KiB peak {each.idle_kib:.0f} idle,"
            f" cold {each.cold_start.seconds:.2f} s restart {each.restart.seconds if each.restart else 0:.2f}"
            + (
                f" one {each.percentile_to_one(50) * 1e3:.2f} {each.percentile_to_one(99) * 1e3:.2f} ms"
                if each.to_one
                else ""
            ),
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f"bench: {error}")
