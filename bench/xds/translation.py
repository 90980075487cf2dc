# SPDX-License-Identifier: Apache-2.0
"""From parsed policies and a world to the snapshots of all sidecars: how much CPU that takes, and how it grows."""

from __future__ import annotations

import gc
import math
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.translate import Translation
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World
from xds_server.resource import Reference
from xds_server.snapshot import Encoder, Snapshot, build_snapshot
from xds_server.type_urls import CLUSTER

SERVICES = 40
WORKLOADS = 1_000
POLICIES = 200
RULES = 3
"""HTTP rules in each policy."""

_STATIC = (Reference(CLUSTER, "riftgate-xds"), Reference(CLUSTER, "riftgate-faults"))


@dataclass(frozen=True, slots=True)
class Size:
    workloads: int
    policies: int
    rules: int


@dataclass(frozen=True, slots=True)
class Translated:
    size: Size
    seconds: float
    """Of CPU, from parsed input to all snapshots."""
    relabelled: float | None = None
    """The same again after one workload's label changed."""
    changed: int = 0
    """How many snapshots differ after that."""
    peak_mib: float = 0.0
    """Of the whole process, until then."""


def sizes() -> tuple[Size, ...]:
    """The full size last; before it each dimension at a quarter and a half, with the others at full."""
    full = Size(WORKLOADS, POLICIES, RULES)
    return (
        *(replace(full, workloads=WORKLOADS // part) for part in (4, 2)),
        *(replace(full, policies=POLICIES // part) for part in (4, 2)),
        *(replace(full, rules=RULES * times) for times in (2, 4)),
        full,
    )


def world_of(workloads: int) -> World:
    """Workloads of 40 services, one port each."""
    return World(
        workloads=tuple(
            Workload(
                "shop",
                f"pod-{number}",
                {"app": f"service-{number % SERVICES}", "version": "v1"},
                (f"10.1.{number // 250}.{number % 250 + 1}",),
                (WorkloadPort(8080, "http"),),
            )
            for number in range(workloads)
        ),
        services=tuple(
            Service(
                "shop",
                f"service-{number}",
                (f"10.96.0.{number + 1}",),
                (ServicePort(80, 8080, "http"),),
                {"app": f"service-{number}"},
            )
            for number in range(SERVICES)
        ),
        namespaces={"shop": {}},
    )


def policy_text(policies: int, rules: int) -> str:
    """Each lets one service call paths of another."""
    return "---\n".join(
        f"""apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{namespace: shop, name: policy-{number}}}
spec:
  endpointSelector: {{matchLabels: {{app: service-{number % SERVICES}}}}}
  ingress:
  - fromEndpoints: [{{matchLabels: {{app: service-{(number * 7 + 1) % SERVICES}}}}}]
    toPorts:
    - ports: [{{port: "8080", protocol: TCP}}]
      rules:
        http:
"""
        + "".join(f"        - {{method: GET, path: /api/v1/resource-{number}-{rule}/.*}}\n" for rule in range(rules))
        for number in range(policies)
    )


def translate(size: Size, *, relabel: bool) -> Translated:
    policies = parse_policies(policy_text(size.policies, size.rules), "bench.yaml")
    world = world_of(size.workloads)
    seconds, before = _timed(world, policies)
    if not relabel:
        return Translated(size, seconds)
    first = world.workloads[0]
    moved = replace(first, labels={**first.labels, "app": "service-1"})
    seconds_again, after = _timed(replace(world, workloads=(moved, *world.workloads[1:])), policies)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Translated(size, seconds, seconds_again, sum(before[key] != after[key] for key in before), peak)


def translate_all() -> list[Translated]:
    """One result for each of `sizes`, in that order."""
    every = sizes()
    return [translate(size, relabel=size == every[-1]) for size in every]


def _timed(world: World, policies: Sequence[Policy]) -> tuple[float, dict[str, Snapshot]]:
    gc.collect()
    began = time.process_time()
    translation = Translation(world, tuple(policies))
    encode = Encoder()
    snapshots = {}
    for workload in world.workloads:
        made = translation.workload(workload, ())
        messages = (*made.clusters, *made.endpoints, *made.listeners, *made.routes)
        snapshots[workload.key] = build_snapshot(map(encode, messages), static=_STATIC)
    return time.process_time() - began, snapshots


def growth(results: Sequence[Translated], dimension: str) -> float:
    """The exponent by which time grows with this dimension: 1 is linear."""
    full = results[-1].size
    among = [each for each in results if replace(each.size, **{dimension: getattr(full, dimension)}) == full]
    points = sorted((getattr(each.size, dimension), each.seconds) for each in among)
    (least, quick), (most, slow) = points[0], points[-1]
    return math.log(slow / quick) / math.log(most / least)
