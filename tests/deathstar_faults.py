# SPDX-License-Identifier: Apache-2.0
"""A death star of one port, faults on its requests, and the policy that they meet."""

from typing import Any

from l7filters.faults import Fault, FaultTarget
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, WorkloadPort

DEATHSTAR = Workload("default", "deathstar", {"class": "deathstar"}, ("10.0.0.1",), (WorkloadPort(80),))
LANDING_ONLY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: rule1}
spec:
  endpointSelector: {matchLabels: {class: deathstar}}
  ingress:
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: POST, path: /v1/request-landing}]}
"""


def fault(name: str, *effects: Any, **more: Any) -> Fault:
    """On all requests to whatever is a death star, unless ``more`` says otherwise."""
    target = FaultTarget("default", Selector.of({"class": "deathstar"}))
    return Fault("trouble", name, SourceLocation("scenario.yaml", 1), target, effects, **more)
