# SPDX-License-Identifier: Apache-2.0
"""script/bench xds: the xDS server beside go-control-plane, and translation by itself."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.report import BenchError, load, machine
from bench.xds.measure import Result, measure
from bench.xds.processes import Programs, build
from bench.xds.resources import dump, make
from bench.xds.table import NAMES, tables
from bench.xds.translation import translate_all


def main() -> int:
    arguments = _arguments()
    results: list[Result] = []
    host = _machine()
    if arguments.sidecars:
        with tempfile.TemporaryDirectory(prefix="riftgate-bench-") as folder:
            results = _serve(arguments, Path(folder))
    translations = translate_all() if arguments.translation else []
    host["load after"] = load()
    print(f"\n{', '.join(f'{name} {value}' for name, value in host.items())}\n")
    print(tables(results, translations))
    if arguments.json is not None:
        everything = {
            "machine": host,
            "arguments": {name: str(value) for name, value in vars(arguments).items()},
            "servers": [asdict(each) for each in results],
            "translation": [asdict(each) for each in translations],
        }
        arguments.json.write_text(json.dumps(everything, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench xds", description=__doc__)
    parser.add_argument(
        "--sidecars", type=_numbers, default=(1_000, 4_000), help="how many, one run for each; 0 for none (1000,4000)"
    )
    parser.add_argument("--servers", default=",".join(NAMES), help="which of riftgate, snapshot and linear (all)")
    parser.add_argument("--rounds", type=int, default=7, help="publishes to all sidecars, for each server (7)")
    parser.add_argument("--singles", type=int, default=200, help="publishes to one sidecar, for each server (200)")
    parser.add_argument("--distinct", action="store_true", help="every node has a route configuration of its own")
    parser.add_argument("--no-restart", dest="restart", action="store_false", help="skip the servers' restart")
    parser.add_argument("--no-translation", dest="translation", action="store_false", help="servers alone")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(number for number in map(int, text.split(",")) if number)


def _serve(arguments: argparse.Namespace, folder: Path) -> list[Result]:
    resources = folder / "resources.binpb"
    resources.write_bytes(dump(make()))
    build(folder)
    programs = Programs(folder, resources, distinct=arguments.distinct)
    results = []
    for count in arguments.sidecars:
        results += measure(
            programs,
            arguments.servers.split(","),
            count,
            rounds=arguments.rounds,
            singles=arguments.singles,
            restart=arguments.restart,
        )
    return results


def _machine() -> dict[str, str]:
    return {
        **machine(),
        "uvloop": importlib.metadata.version("uvloop"),
        "Go": subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout.strip(),
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(4)
