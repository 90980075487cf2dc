# SPDX-License-Identifier: Apache-2.0
"""``python -m riftgate.local.planner``: makes one plan for the agent (:mod:`riftgate.local.planning`)."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from pathlib import Path

from l7filters.source import InputError
from riftgate.instance import Instance
from riftgate.local.containers import PodFiles
from riftgate.local.images import ImageTable, parse_images
from riftgate.local.manifests import parse_manifests
from riftgate.local.names import PodName
from riftgate.local.plan import Allocation, Plan, PlannedPod, make_plan
from riftgate.local.saved_plan import PlanSource
from xds_server.bootstrap import NodeBootstrap, bootstrap_yaml


def make(instance: Instance, source: PlanSource, allocation: Allocation) -> Plan:
    """Raises InputError."""
    manifests = parse_manifests(source.files)
    images = parse_images(source.images[0], Path(source.images[1])) if source.images else ImageTable()
    plan = make_plan(manifests, images, allocation)
    return replace(plan, pods=tuple(replace(pod, bootstrap=_bootstrap(instance, pod)) for pod in plan.pods))


def _bootstrap(instance: Instance, pod: PlannedPod) -> str:
    files = PodFiles.of(instance, PodName(instance.name, pod.namespace, pod.name))
    return bootstrap_yaml(NodeBootstrap(pod.key, str(instance.xds_socket), str(files.envoy_admin)))


def main() -> None:
    """Order and answer are pickled, on standard input and output."""
    answer: object
    try:
        answer = make(*pickle.load(sys.stdin.buffer))
    except InputError as error:
        answer = error.problems
    pickle.dump(answer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
