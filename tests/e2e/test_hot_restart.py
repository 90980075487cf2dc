# SPDX-License-Identifier: Apache-2.0
"""One Envoy takes a pod over from another under load, again and again, and nothing is lost. Needs root."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.local.cgroups import processes
from riftgate.local.sidecar import base_id, epoch_of
from tests.mesh_harness import (
    Mesh,
    Talk,
    command,
    eventually,
    kill_and_wait,
    pod_manifest,
    running_mesh,
    service_manifest,
)
from tests.steady_traffic import assert_nothing_lost, steady_traffic

PORTS = (80, 7000)
EXCHANGED = 'annotations: {riftgate/sidecar-hot-restart: "on", riftgate/sidecar-drain: 5s}, labels:'
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, PORTS).replace("labels:", EXCHANGED),
        service_manifest("vault", {"app": "vault"}, PORTS),
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


def one_envoy(mesh: Mesh, pod: str) -> int:
    """Its process, once the one before has ended."""
    return eventually(lambda: pids[0] if len(pids := mesh.sidecar_pids(pod)) == 1 else 0, RECOVERY)


@pytest.mark.parametrize("pod", ["vault", "guest"])
def test_nothing_is_lost_and_nobody_let_in(mesh: Mesh, rebel: Talk, guest: Talk, pod: str) -> None:
    """Guards the hand-over of listeners (SOCKMAP), of connections (drain), of the role; two xDS streams of one node.
    A raw stream ends with the Envoy that has it."""
    address = mesh.service_addresses("vault")[0]
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


def test_an_agent_that_is_killed_and_comes_back_takes_them_over(mesh: Mesh, rebel: Talk, tmp_path: Path) -> None:
    """Guards the parent of an Envoy that can hand over: the kernel ends it with that one (PR_SET_PDEATHSIG)."""
    address = mesh.service_addresses("vault")[0]
    before = {pod: one_envoy(mesh, pod) for pod in ("vault", "guest")}
    with steady_traffic(mesh, "guest", "vault", address) as traffic:
        for _ in range(ROUNDS):
            kill_and_wait(processes(mesh.instance.process_cgroup("agent")))
            assert rebel("http", "GET", address, 80, "/", {}, 0) == {"error": "timed out"}
            mesh.up(tmp_path, MANIFESTS)
            assert rebel("http", "GET", address, 80, "/", {}, 0) == {"error": "timed out"}
    assert_nothing_lost(traffic)
    assert {pod: one_envoy(mesh, pod) for pod in before} == before
    for pod, pid in before.items():
        assert json.loads(mesh.ok("--json", "sidecar", "restart", pod))["epoch"] == epoch_of(pid) + 1
        eventually(lambda pod=pod, pid=pid: pid not in mesh.sidecar_pids(pod), RECOVERY)
        assert mesh.pod(pod)["sidecar"] == {"running": True, "restarts": 0, "lastExit": None, "problem": None}


def last_words(mesh: Mesh, pod: str, epoch: int) -> bool:
    """Whether the Envoy of that epoch has told the one before to end, where nobody hears it."""
    unheard = mesh.instance.state / "pods" / f"default.{pod}" / f"hot_unheard_{epoch}"
    shown = subprocess.run(["ss", "--unix", "--all", "--no-header"], capture_output=True, text=True, check=True)
    (queued,) = (words[2] for line in shown.stdout.splitlines() if (words := line.split())[4] == str(unheard))
    return queued != "0"


def test_a_long_connection_has_the_time_that_it_is_given(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards raw TCP (a database's connections): it ends with its Envoy, and that as soon as it has nothing left and no
    sooner, over a death of the agent and other restarts."""
    pod = "guest"
    before = one_envoy(mesh, pod)
    epoch = epoch_of(before)
    guest("open", "long", mesh.service_addresses("vault")[0], 7000)
    assert guest("say", "long", "\0before\n") == {"heard": "\0before\n"}

    restarted = json.loads(mesh.ok("--json", "sidecar", "restart", pod, "--drain", "1h"))
    assert restarted == {"pod": f"default/{pod}", "epoch": epoch + 1, "drains": 3600}
    kill_and_wait(processes(mesh.instance.process_cgroup("agent")))
    eventually(lambda: last_words(mesh, pod, epoch + 1), RECOVERY)
    mesh.up(tmp_path, MANIFESTS)
    (left,) = mesh.pod(pod)["draining"]
    assert (left["epoch"], left["connections"], 3000 < left["seconds"] <= 3600) == (epoch, 1, True)
    assert f"default/{pod}: the Envoy of restart epoch {epoch} still drains: 1 connections" in mesh.ok("status")
    mesh.ok("sidecar", "restart", pod)
    assert before in mesh.sidecar_pids(pod)
    assert guest("say", "long", "\0after\n") == {"heard": "\0after\n"}

    guest("close", "long")
    assert epoch_of(one_envoy(mesh, pod)) == epoch + 2
    assert mesh.pod(pod)["sidecar"]["restarts"] == 0


def test_without_an_agent_the_one_before_ends_in_its_time(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Not sooner, though the agent dies when the new one is just starting; and not later."""
    pod, address = "guest", mesh.service_addresses("vault")[0]
    before = one_envoy(mesh, pod)
    epoch = epoch_of(before) + 1
    guest("open", "long", address, 7000)
    assert guest("say", "long", "\0before\n") == {"heard": "\0before\n"}
    agents = processes(mesh.instance.process_cgroup("agent"))
    with subprocess.Popen(command(mesh.name, "sidecar", "restart", pod, "--drain", "30s"), stderr=subprocess.DEVNULL):
        eventually(lambda: epoch in map(epoch_of, mesh.sidecar_pids(pod)), RECOVERY)
        kill_and_wait(agents)
    eventually(lambda: last_words(mesh, pod, epoch), RECOVERY)
    assert before in mesh.sidecar_pids(pod)
    assert guest("say", "long", "\0after\n") == {"heard": "\0after\n"}
    eventually(lambda: before not in mesh.sidecar_pids(pod), RECOVERY)
    guest("close", "long")
    assert guest("http", "GET", address, 80, "/", {}, 0)["status"] == 200
    mesh.up(tmp_path, MANIFESTS)
    assert epoch_of(one_envoy(mesh, pod)) == epoch
    assert mesh.pod(pod)["sidecar"]["restarts"] == 0


def test_an_agent_that_takes_over_finishes_a_hand_over(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """The one before it has died when the new Envoy was just starting, and the control server too."""
    pod = "guest"
    before = one_envoy(mesh, pod)
    epoch = epoch_of(before) + 1
    guest("open", "long", mesh.service_addresses("vault")[0], 7000)
    assert guest("say", "long", "\0before\n") == {"heard": "\0before\n"}
    agents = processes(mesh.instance.process_cgroup("agent"))
    with subprocess.Popen(command(mesh.name, "sidecar", "restart", pod, "--drain", "1h"), stderr=subprocess.DEVNULL):
        eventually(lambda: epoch in map(epoch_of, mesh.sidecar_pids(pod)), RECOVERY)
        kill_and_wait((*agents, *processes(mesh.instance.process_cgroup("control"))))
    mesh.up(tmp_path, MANIFESTS)
    (left,) = eventually(lambda: mesh.pod(pod)["draining"], RECOVERY)
    assert (left["epoch"], left["connections"]) == (epoch - 1, 1)
    guest("close", "long")
    assert epoch_of(one_envoy(mesh, pod)) == epoch


def test_the_one_before_may_crash(mesh: Mesh, guest: Talk) -> None:
    """Guards the one that has taken over, which talks to it in Envoy's own way, and dies if it does not answer."""
    address = mesh.service_addresses("vault")[0]
    before = one_envoy(mesh, "vault")
    guest("open", "lost", address, 7000)
    assert guest("say", "lost", "\0before\n") == {"heard": "\0before\n"}
    watching = ("sidecar", "restart", "vault", "--drain", "1h", "--wait")
    with subprocess.Popen(command(mesh.name, *watching), stdout=subprocess.PIPE, text=True) as watched:
        assert watched.stdout is not None
        assert f"restart epoch {epoch_of(before) + 1} serves" in watched.stdout.readline()
        assert "still open, for 3" in watched.stdout.readline()
        kill_and_wait((before,))
        assert watched.stdout.read().endswith("default/vault: no Envoy before it is left\n")
    assert guest("hear", "lost", 1, 30) == {"error": "closed"}
    after = one_envoy(mesh, "vault")
    eventually(lambda: last_words(mesh, "vault", epoch_of(after)), RECOVERY)
    assert guest("http", "GET", address, 80, "/", {}, 0)["status"] == 200
    assert one_envoy(mesh, "vault") == after
    assert mesh.pod("vault")["sidecar"]["restarts"] == 0


def test_an_envoy_that_does_not_start_changes_nothing(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    address = mesh.service_addresses("vault")[0]
    before = one_envoy(mesh, "vault")
    with steady_traffic(mesh, "guest", "vault", address) as traffic:
        failed = mesh.run("sidecar", "restart", "vault", "--envoy", "/bin/false")
        assert failed.code == 1
        assert "the new Envoy does not serve (exit code 1), and the one before goes on" in failed.errors
        assert one_envoy(mesh, "vault") == before
    assert_nothing_lost(traffic)
    assert json.loads(mesh.ok("--json", "sidecar", "restart", "vault"))["epoch"] == epoch_of(before) + 1
    one_envoy(mesh, "vault")
    without = mesh.run("sidecar", "restart", "rebel")
    assert (without.code, "riftgate/sidecar-hot-restart" in without.errors) == (1, True)
    assert mesh.run("sidecar", "restart", "nobody").code == 1
    for drain in ("0s", "soon", "25h"):
        wrong = mesh.run("sidecar", "restart", "vault", "--drain", drain)
        assert (wrong.code, drain in wrong.errors) == (2, True)
    assert mesh.run("sidecar", "restart", "vault", "--envoy", str(tmp_path / "none")).code == 2


def test_no_two_pods_share_memory(mesh: Mesh) -> None:
    """Guards the base id: Envoys of two pods with the same one would wait for each other, or end each other."""
    pods = ("vault", "guest")
    words = {pod: Path(f"/proc/{one_envoy(mesh, pod)}/cmdline").read_bytes().split(b"\0") for pod in pods}
    numbers = {pod: int(each[each.index(b"--base-id") + 1]) for pod, each in words.items()}
    # The kernel gives no inode number of a namespace twice at a time.
    inodes = {pod: mesh.namespaces(pod).net.stat().st_ino for pod in pods}
    assert numbers["vault"] - numbers["guest"] == inodes["vault"] - inodes["guest"] != 0
    # Envoy multiplies it by ten, within 32 bits.
    assert all(0 < number < 2**32 // 10 for number in numbers.values())


def test_a_crash_begins_anew(mesh: Mesh, guest: Talk) -> None:
    """Guards the epoch: an Envoy after a crash is the first one, and can be exchanged like any."""
    address = mesh.service_addresses("vault")[0]
    one_envoy(mesh, "vault")
    mesh.ok("sidecar", "restart", "vault")
    kill_and_wait(mesh.sidecar_pids("vault"))
    eventually(lambda: guest("http", "GET", address, 80, "/", {}, 0).get("status") == 200, RECOVERY)
    assert mesh.pod("vault")["sidecar"]["lastExit"] == 128 + signal.SIGKILL
    assert epoch_of(one_envoy(mesh, "vault")) == 0
    assert json.loads(mesh.ok("--json", "sidecar", "restart", "vault"))["epoch"] == 1
    assert epoch_of(one_envoy(mesh, "vault")) == 1
    assert guest("http", "GET", address, 80, "/", {}, 0)["status"] == 200


def test_an_app_sees_neither_sockets_nor_memory_of_the_hand_over(mesh: Mesh, guest: Talk) -> None:
    """By these anybody could have the sidecar's listeners, or its end."""
    sockets = sorted(str(path) for path in (mesh.instance.state / "pods" / "default.guest").glob("hot*"))
    assert sockets
    number = base_id(mesh.namespaces("guest").net)
    memory = [str(path) for path in Path("/dev/shm").glob(f"envoy_shared_memory_{number}*")]
    assert memory
    assert guest("find", *sockets, *memory) == {"found": []}
    assert "@envoy" not in mesh.ok("exec", "guest", "--", "cat", "/proc/net/unix")
