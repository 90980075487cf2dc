# SPDX-License-Identifier: Apache-2.0
"""One Envoy takes a pod over from another under load, again and again, and nothing is lost. Needs root."""

import json
from collections.abc import Iterator

import pytest

from riftgate.local.sidecar import epoch_of
from tests.mesh_harness import Mesh, Talk, eventually, pod_manifest, running_mesh
from tests.steady_traffic import steady_traffic

PORTS = (80, 7000)
EXCHANGED = 'annotations: {riftgate/sidecar-hot-restart: "on"}, labels:'
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, PORTS).replace("labels:", EXCHANGED),
        pod_manifest("guest", "client", {"role": "guest"}).replace("labels:", EXCHANGED),
        pod_manifest("rebel", "client", {"role": "rebel"}),
    )
)
DOOR = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET}]}
    - ports: [{port: "7000", protocol: TCP}]
"""
ROUNDS = 3
RECOVERY = 60.0


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    with running_mesh(folder, MANIFESTS) as mesh:
        mesh.apply(folder, DOOR)
        yield mesh


@pytest.fixture(scope="module")
def rebel(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("rebel") as rebel:
        yield rebel


@pytest.fixture(scope="module")
def guest(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("guest") as guest:
        yield guest


def one_envoy(mesh: Mesh, pod: str) -> int:
    """Its process, once the one before has ended."""
    return eventually(lambda: pids[0] if len(pids := mesh.sidecar_pids(pod)) == 1 else 0, RECOVERY)


@pytest.mark.parametrize("pod", ["vault", "guest"])
def test_nothing_is_lost_and_nobody_let_in(mesh: Mesh, rebel: Talk, guest: Talk, pod: str) -> None:
    """Guards the hand-over of listeners (SOCKMAP), of connections (drain), of the role, and two xDS streams of one node.
    A raw stream ends with the Envoy that has it."""
    address = mesh.addresses("vault")[0]
    before = epoch_of(one_envoy(mesh, pod))
    with steady_traffic(mesh, "guest", "vault", address) as traffic:
        for number in range(1, ROUNDS + 1):
            restarted = json.loads(mesh.ok("--json", "sidecar", "restart", pod))
            assert restarted["epoch"] == before + number
            assert rebel("http", "GET", address, 80, "/", {}, 0) == {"error": "timed out"}
            assert guest("http", "PUT", address, 80, "/", {}, 0)["status"] == 403
            assert epoch_of(one_envoy(mesh, pod)) == before + number
    assert [each for each in traffic.failures if not each.startswith("stream")] == []
    for kind in ("fresh", "kept"):
        assert traffic.served[kind] == traffic.sent[kind] > 100
    assert mesh.pod(pod)["sidecar"]["restarts"] == 0
