# SPDX-License-Identifier: Apache-2.0
"""Pods with a vault that a guest and another one ask, policies that say who may, and what is in force."""

from pathlib import Path

from tests.mesh_harness import Mesh, Talk, pod_manifest

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"tier": "back"}, (80,)),
        pod_manifest("yard", "server", {"tier": "back"}, (80,)),
        pod_manifest("guest", "client", {"role": "guest"}),
        pod_manifest("other", "client", {"role": "other"}),
    )
)
# The line that each part stands on is part of what is tested.
DOOR = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {tier: back}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules:
        http:
        - {method: GET}
"""
GATE = DOOR.replace("name: door", "name: gate").replace("GET", "PUT")
BAD = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {tier: back}}
  ingress:
  - toPorts:
    - ports: [{port: "70000", protocol: TCP}]
      rules:
        http:
        - {method: PSOT}
        - {path: "/v1/("}
    fromNowhere: []
"""
BAD_LINES = (8, 11, 12, 13)


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def vault_answers(mesh: Mesh, caller: Talk, method: str) -> int | str:
    """The status of a request to the vault, or the error."""
    answer = caller("http", method, mesh.addresses("vault")[0], 80, "/", {}, 0)
    found: int | str = answer["status"] if "status" in answer else answer["error"]
    return found


def names(mesh: Mesh) -> list[str]:
    """Of the documents in force."""
    return sorted(f"{each['kind']} {each['namespace']}/{each['name']}" for each in mesh.policies())
