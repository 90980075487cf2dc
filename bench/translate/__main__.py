# SPDX-License-Identifier: Apache-2.0
"""script/bench translate: from parsed policies and a world to all snapshots and the datapath's tables, on one core."""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.xds.translation import policy_text, world_of
from l7filters.l4 import compile_l4
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.translate import Translation
from l7filters.world import World
from xds_server.resource import Reference
from xds_server.snapshot import Encoder, Snapshot, build_snapshot
from xds_server.type_urls import CLUSTER

_STATIC = (Reference(CLUSTER, "riftgate-xds"),)


@dataclass(frozen=True, slots=True)
class Size:
    """`rules` are the HTTP rules in each policy."""

    pods: int
    policies: int
    rules: int


FULL = Size(1_000, 200, 3)
DIMENSIONS = {"pods": (250, 500, 1_000, 2_000, 4_000), "policies": (50, 100, 200, 400, 800), "rules": (3, 6, 12, 24)}


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds, the least of all rounds."""

    size: Size
    snapshots: float
    tables: float
    relabelled: float
    """All snapshots again, after one pod's label changed."""
    changed: int
    """So many of them differ then."""


def main() -> int:
    arguments = _arguments()
    every = dict.fromkeys(
        replace(FULL, **{dimension: count}) for dimension, counts in DIMENSIONS.items() for count in counts
    )
    measured = {size: _measure(size, arguments.rounds) for size in every}
    growth = {dimension: _growth(measured, dimension) for dimension in DIMENSIONS}
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    print(_table(measured, growth))
    if arguments.json is not None:
        figures = {"machine": machine, "growth": growth, "measured": [asdict(each) for each in measured.values()]}
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench translate", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each size; the least counts (3)")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


def _measure(size: Size, rounds: int) -> Measured:
    policies = parse_policies(policy_text(size.policies, size.rules), "bench.yaml")
    world = world_of(size.pods)
    first = world.workloads[0]
    moved = replace(first, labels={**first.labels, "app": "service-1"})
    relabelled = replace(world, workloads=(moved, *world.workloads[1:]))
    snapshots, tables, again = [], [], []
    for _ in range(rounds):
        seconds, before = _snapshots(world, policies)
        snapshots.append(seconds)
        seconds, after = _snapshots(relabelled, policies)
        again.append(seconds)
        tables.append(_tables(world, policies))
    changed = sum(before[key] != after[key] for key in before)
    return Measured(size, min(snapshots), min(tables), min(again), changed)


def _snapshots(world: World, policies: Sequence[Policy]) -> tuple[float, dict[str, Snapshot]]:
    gc.collect()
    began = time.process_time()
    translation = Translation(world, tuple(policies))
    encode = Encoder()
    made = {}
    for workload in world.workloads:
        resources = translation.workload(workload, ())
        messages = (*resources.clusters, *resources.endpoints, *resources.listeners, *resources.routes)
        made[workload.key] = build_snapshot(map(encode, messages), static=_STATIC)
    return time.process_time() - began, made


def _tables(world: World, policies: Sequence[Policy]) -> float:
    gc.collect()
    began = time.process_time()
    compile_l4(world, policies)
    return time.process_time() - began


def _growth(measured: dict[Size, Measured], dimension: str) -> dict[str, float]:
    """The exponents by which CPU time grows with this dimension, the others at FULL: 1 is linear. Least squares of the
    logarithms."""
    points = [measured[replace(FULL, **{dimension: count})] for count in DIMENSIONS[dimension]]
    sizes = [math.log(count) for count in DIMENSIONS[dimension]]
    return {
        what: round(_slope(sizes, [math.log(getattr(each, what)) for each in points]), 2)
        for what in ("snapshots", "tables")
    }


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    along = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return along / sum((x - mean_x) ** 2 for x in xs)


def _table(measured: dict[Size, Measured], growth: dict[str, dict[str, float]]) -> str:
    lines = [
        "| pods | policies | HTTP rules in each | all snapshots | after one label | changed | datapath's tables |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {each.size.pods:,} | {each.size.policies} | {each.size.rules} | {each.snapshots:.2f} s | "
            f"{each.relabelled:.2f} s | {each.changed} | {each.tables:.2f} s |"
            for each in measured.values()
        ),
        "",
        "Snapshots grow as "
        + ", ".join(f"{dimension}^{each['snapshots']:.2f}" for dimension, each in growth.items())
        + "; tables as "
        + ", ".join(f"{dimension}^{each['tables']:.2f}" for dimension, each in growth.items())
        + ".",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
