# SPDX-License-Identifier: Apache-2.0
"""Plans for the agent, each made by a process of its own that ends with it (:mod:`riftgate.local.planner`).

The parsers, their schemas and Envoy's messages are as large as all of the agent, which is on every machine and needs
them for a moment.
"""

from __future__ import annotations

import pickle
import subprocess
import sys

from l7filters.source import InputError, Problem
from riftgate.instance import Instance
from riftgate.local.errors import LocalError
from riftgate.local.plan import Allocation, Plan
from riftgate.local.saved_plan import PlanSource


def plan_apart(instance: Instance, source: PlanSource, allocation: Allocation) -> Plan:
    """The plan of these texts, with what each sidecar is started with. Takes about a second.

    Raises InputError for what is wrong in them, LocalError when the process fails.
    """
    # It ends with the agent: what is left in the agent's cgroup would pass for one that runs.
    command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "riftgate.local.planner"]
    order = pickle.dumps((instance, source, allocation))
    done = subprocess.run(command, input=order, capture_output=True, check=False, cwd="/")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise LocalError(f"planning the pods failed: {said[-1] if said else f'exit code {done.returncode}'}")
    made: Plan | tuple[Problem, ...] = pickle.loads(done.stdout)
    if isinstance(made, Plan):
        return made
    raise InputError(made)
