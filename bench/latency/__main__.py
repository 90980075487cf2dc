# SPDX-License-Identifier: Apache-2.0
"""script/bench latency: until the first request feels a change, in a whole mesh and with a bare push to Envoy."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from bench.latency.bare import bare
from bench.latency.whole import whole
from bench.report import load, machine, percentile, table
from l7filters.faults import Abort, Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.source import SourceLocation

POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: bench}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: guest}}]
    toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: PUT}]}}]
"""
FAULT = Fault(
    scenario="bench",
    name="full",
    location=SourceLocation("bench", 1),
    target=FaultTarget("default", Selector.of({"app": "vault"}), 80),
    effects=(Abort(http_status=503),),
)
_WHAT = {
    "file": "a policy file saved in the watched folder → first request refused",
    "apply": "`policy apply` asked of the control server → first request refused",
    "bare policy": "the same routes pushed to the same Envoy by a bare server → first request refused",
    "fault": "a fault activated → first request hit",
    "bare fault": "the same runtime layer pushed by a bare server → first request hit",
}


def main() -> int:
    arguments = _arguments()
    host = machine()
    inside = whole(POLICY, FAULT, arguments.rounds)
    limit = asyncio.run(bare(POLICY, FAULT, arguments.rounds))
    figures = {**inside, **{f"bare {name}": each for name, each in limit.items()}}
    print(_table(figures))
    if arguments.json is not None:
        seconds = {
            what: {"p50": percentile(each, 50), "p99": percentile(each, 99), "seconds": each}
            for what, each in figures.items()
        }
        arguments.json.write_text(
            json.dumps({"machine": {**host, "load after": load()}, "figures": seconds}, indent=1) + "\n"
        )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench latency", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="of each change (100)")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


def _table(figures: dict[str, list[float]]) -> str:
    rows = (
        f"{what} | {percentile(figures[name], 50) * 1e3:.1f} ms | {percentile(figures[name], 99) * 1e3:.1f} ms | "
        f"{len(figures[name])}"
        for name, what in _WHAT.items()
    )
    return table("from → to | p50 | p99 | rounds", rows)


if __name__ == "__main__":
    sys.exit(main())
