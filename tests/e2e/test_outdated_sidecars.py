# SPDX-License-Identifier: Apache-2.0
"""Sidecars that an older Riftgate has started, without the module that their configuration names today: an agent that
takes them over exchanges them. Needs root."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.local import sidecar
from riftgate.local.cgroups import processes
from riftgate.local.sidecar import PRECISE_TIMERS, HotRestart, Sidecar, epoch_of
from riftgate.local.supervisor import Process
from tests.mesh_harness import IMAGES, Mesh, eventually, kill_and_wait, pod_manifest, running_mesh

EXCHANGED = 'annotations: {riftgate/sidecar-hot-restart: "on", riftgate/sidecar-drain: 5s}, labels:'
MANIFESTS = "".join(
    (
        pod_manifest("kept", "server", {"app": "kept"}, (80,)).replace("labels:", EXCHANGED),
        pod_manifest("plain", "server", {"app": "plain"}, (80,)),
        pod_manifest("guest", "client", {"role": "guest"}),
    )
)
DOOR = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {}
  ingress:
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET}]}
"""
RECOVERY = 120.0


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("mesh"), MANIFESTS) as mesh:
        yield mesh


def start_older(mesh: Mesh, pod: str, runner: asyncio.Runner) -> tuple[int, Process]:
    """In place of the pod's Envoy, one as they were before there was a module; its number, and who waits for it."""
    kill_and_wait(mesh.sidecar_pids(pod))
    files = mesh.instance.state / "pods" / f"default.{pod}"
    cgroup, netns = mesh.pod_cgroup(pod, "sidecar"), mesh.namespaces(pod).net
    older = Sidecar(f"default/{pod}", cgroup, netns, files / "envoy.yaml", files / "envoy.log", 1)
    (files / "envoy.sock").unlink(missing_ok=True)

    with mesh.trusted():
        if pod == "kept":
            hot_restart = HotRestart(int((files / "base-id").read_text()), files / "hot", 0)
            process: Process = runner.run(older.start_kept(hot_restart))
        else:
            process = runner.run(older.start())
    (pid,) = eventually(lambda: mesh.sidecar_pids(pod), RECOVERY)
    return pid, process


def test_an_agent_exchanges_them(mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_and_wait(processes(mesh.instance.process_cgroup("agent")))
    monkeypatch.setattr(sidecar, "ENVOY_ENVIRONMENT", PRECISE_TIMERS)
    with asyncio.Runner() as runner:
        older = {pod: start_older(mesh, pod, runner) for pod in ("kept", "plain")}
        file = tmp_path / "mesh.yaml"
        file.write_text(MANIFESTS)
        # While one hands over it still refuses what it is told.
        eventually(lambda: mesh.run("up", "-f", str(file), "--images", str(IMAGES)).code == 0, RECOVERY)
        for pod, (pid, process) in older.items():
            eventually(lambda pod=pod, pid=pid: set(mesh.sidecar_pids(pod)) - {pid}, RECOVERY)
            runner.run(process.wait())
    (plain,) = mesh.sidecar_pids("plain")
    assert epoch_of(plain) == 0
    # The other one has handed over.
    assert list(map(epoch_of, mesh.sidecar_pids("kept"))) == [1]
    mesh.apply(tmp_path, DOOR)
    with mesh.talk("guest") as guest:
        for pod in older:
            address = mesh.addresses(pod)[0]
            eventually(lambda address=address: guest("http", "GET", address, 80, "/", {}, 0).get("status") == 200)
            assert guest("http", "PUT", address, 80, "/", {}, 0)["status"] == 403
    assert [mesh.pod(pod)["sidecar"]["running"] for pod in older] == [True, True]
    log = (mesh.instance.state / "logs" / "agent.log").read_text()
    assert "the sidecar of default/plain is exchanged, its connections end" in log
    assert "the sidecar of default/kept is exchanged, and hands over" in log
    assert "guest is exchanged" not in log
