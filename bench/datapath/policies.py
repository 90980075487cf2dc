# SPDX-License-Identifier: Apache-2.0
"""One policy, and a thousand for two hundred callers: five of them each, the bench's own client among them."""

from __future__ import annotations

from l7filters.parse import parse_policies
from l7filters.policy import Policy

CALLERS = 200
OTHERS = CALLERS - 1
"""Callers besides the bench's client."""
COUNT = 1000


def few() -> tuple[Policy, ...]:
    return parse_policies(_policy("only", "riftgate-client", ".*"), "one.yaml")


def many() -> tuple[Policy, ...]:
    """The client's requests are allowed by the last of its five policies."""
    callers = ["riftgate-client", *(f"other-{number}" for number in range(OTHERS))]
    texts = [
        _policy(f"policy-{number}", callers[number % CALLERS], ".*" if number // CALLERS == 4 else f"/v{number}/.*")
        for number in range(COUNT)
    ]
    return parse_policies("---".join(texts), "thousand.yaml")


def _policy(name: str, caller: str, path: str) -> str:
    return f"""
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: {name}, namespace: bench}}
spec:
  endpointSelector: {{matchLabels: {{app: riftgate-server}}}}
  ingress:
  - fromEndpoints: [{{matchLabels: {{app: {caller}}}}}]
    toPorts: [{{ports: [{{port: "8080", protocol: TCP}}], rules: {{http: [{{method: GET, path: "{path}"}}]}}}}]
"""
