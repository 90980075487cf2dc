# SPDX-License-Identifier: Apache-2.0
"""The agent dies, comes back, is replaced by another version, or there are two of it: pods and rules do not notice.

On a real mesh; needs root.
"""

import json
import os
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bpf import unix_sockets
from bpf.datapath import POD_PROGRAMS, SIDECAR_PROGRAMS
from bpf.links import read_link
from bpf.preflight import kernel_version
from bpf.structs import read_word
from riftgate.demo.observer import observe
from riftgate.local import netns
from riftgate.local.cgroups import processes
from riftgate.local.names import PodName
from tests.mesh_harness import (
    COMMAND_SECONDS,
    IMAGES,
    Mesh,
    Talk,
    command,
    eventually,
    kill_and_wait,
    pod_manifest,
    running_mesh,
)
from tests.pinned import open_map
from tests.steady_traffic import assert_nothing_lost, steady_traffic

REPOSITORY = Path(__file__).parents[2]
PORTS = (80, 7000)
PODS = ("guest", "rebel", "vault")
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, PORTS),
        pod_manifest("guest", "client", {"role": "guest"}),
        pod_manifest("rebel", "client", {"role": "rebel"}),
    )
)
LATE = pod_manifest("late", "server", {"role": "late"}, PORTS)
DOOR = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    toPorts: [{ports: [{port: "80"}, {port: "7000"}]}]
"""
UNIX = unix_sockets.PROGRAMS if kernel_version(os.uname().release) >= unix_sockets.OLDEST_KERNEL else ()
LINKS = {*POD_PROGRAMS, *SIDECAR_PROGRAMS, *UNIX, "find_listener"}


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    with running_mesh(folder, MANIFESTS) as mesh:
        mesh.apply(folder, DOOR)
        yield mesh


def agents(mesh: Mesh) -> tuple[int, ...]:
    return processes(mesh.instance.process_cgroup("agent"))


def inhabitants(mesh: Mesh) -> dict[str, tuple[int, ...]]:
    """Who runs in each container and sidecar."""
    parts = {(pod, part): mesh.pod_cgroup(pod, part) for pod in PODS for part in ("sidecar", "container-app")}
    return {f"{pod} {part}": processes(cgroup)[:1] for (pod, part), cgroup in parts.items()}


def link_files(mesh: Mesh, pod: str) -> Path:
    return mesh.instance.pins / "links" / str(mesh.pod(pod)["slot"])


def programs(mesh: Mesh) -> dict[str, bytes]:
    """The tag of each program at each pod, those on the links included."""
    found = {f"{pod} {pin.name}": read_link(pin).tag for pod in PODS for pin in link_files(mesh, pod).iterdir()}
    for pod in PODS:
        for name, tag in link_programs(mesh, pod).items():
            found[f"{pod} {name}"] = tag
    return found


def link_programs(mesh: Mesh, pod: str) -> dict[str, bytes]:
    """What tc runs at the host's end of a pod's link."""
    interface = PodName(mesh.name, "default", pod).host_interface
    found = {}
    for direction in ("ingress", "egress"):
        argv = ["nsenter", f"--net={mesh.node_netns}", "tc", "-j", "filter", "show", "dev", interface, direction]
        answer = subprocess.run(argv, capture_output=True, text=True, check=True)
        for each in json.loads(answer.stdout):
            if "options" in each and "bpf_name" in each["options"]:
                found[each["options"]["bpf_name"]] = bytes.fromhex(each["options"]["prog"]["tag"])
    return found


def slots_in(mesh: Mesh, name: str) -> set[int]:
    with open_map(mesh.instance.pins / "maps" / name) as table:
        return {read_word(key) for key in table.all_keys()}


def restarted(mesh: Mesh, folder: Path, *arguments: str) -> None:
    """kill -9 of the agent, and `up`."""
    kill_and_wait(agents(mesh))
    mesh.up(folder, MANIFESTS, *arguments)


def test_killed_and_restarted_under_traffic_it_loses_no_request_and_lifts_no_rule(
    mesh: Mesh, rebel: Talk, tmp_path: Path
) -> None:
    """Guards pinning and adoption: whoever pins nothing drops the rules, whoever starts pods anew drops requests."""
    vault, before, tags = mesh.addresses("vault"), inhabitants(mesh), programs(mesh)
    with observe(mesh.namespaces("vault").net) as observer:
        with steady_traffic(mesh, "guest", "vault", vault[0]) as account:
            for _ in range(3):
                kill_and_wait(agents(mesh))
                for to in vault:
                    assert rebel("http", "GET", to, 80, "/", {}, 0) == {"error": "timed out"}
                mesh.up(tmp_path, MANIFESTS)
                for to in vault:
                    assert rebel("http", "GET", to, 80, "/", {}, 0) == {"error": "timed out"}
        assert observer.frames_from(mesh.addresses("rebel")) == 0
        assert observer.frames_from(mesh.addresses("guest")) > 0

    assert_nothing_lost(account)
    assert inhabitants(mesh) == before
    assert programs(mesh) == tags


def test_what_ends_under_the_new_agent_is_started_again(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards the supervision of processes that the agent has not started itself."""
    restarted(mesh, tmp_path)
    (envoy,) = mesh.sidecar_pids("vault")
    kill_and_wait((envoy,))
    eventually(lambda: set(mesh.sidecar_pids("vault")) - {envoy})
    kill_and_wait(processes(mesh.pod_cgroup("vault", "container-app")))
    eventually(lambda: mesh.pod("vault")["containers"]["app"]["restarts"] == 1)
    assert mesh.pod("vault")["sidecar"]["restarts"] == 1
    eventually(lambda: guest("http", "GET", mesh.addresses("vault")[0], 80, "/", {}, 0).get("status") == 200)


def test_what_was_half_attached_is_completed(mesh: Mesh, rebel: Talk, guest: Talk, tmp_path: Path) -> None:
    """Guards the completion of an attach that was broken off: links, filters and map entries that are missing come."""
    vault = mesh.addresses("vault")
    tags, links = programs(mesh), link_files(mesh, "rebel")
    slot = mesh.pod("rebel")["slot"]
    kill_and_wait(agents(mesh))
    for name in ("connect4", "skb_ingress", "find_listener", "original_destination"):
        (links / name).unlink()
    with open_map(mesh.instance.pins / "maps" / "pod_by_slot") as table:
        table.delete(struct.pack("=I", slot))
    interface = PodName(mesh.name, "default", "rebel").host_interface
    subprocess.run(
        ["nsenter", f"--net={mesh.node_netns}", "tc", "filter", "del", "dev", interface, "ingress"], check=True
    )

    mesh.up(tmp_path, MANIFESTS)

    assert programs(mesh) == tags
    assert mesh.pod("rebel")["slot"] == slot
    assert rebel("http", "GET", vault[0], 80, "/", {}, 0) == {"error": "timed out"}
    assert guest("http", "GET", vault[0], 80, "/", {}, 0)["status"] == 200


@pytest.mark.parametrize("step", ["creating", "waiting for the sidecar", "running", "removing"])
def test_an_agent_that_dies_while_pods_come_or_go_leaves_no_half_pods(mesh: Mesh, tmp_path: Path, step: str) -> None:
    """Guards the order in which a plan is noted and carried out. The next `up` has exactly its pods, and of others
    there is nothing left."""
    manifests = tmp_path / "late.yaml"
    if step == "removing":
        mesh.up(tmp_path, MANIFESTS + LATE)
        manifests.write_text(MANIFESTS)
    else:
        manifests.write_text(MANIFESTS + LATE)
    before = inhabitants(mesh)
    argv = command(mesh.name, "up", "-f", str(manifests), "--images", str(IMAGES))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert any(f"default/late: {step}" in line for line in process.stdout)
        kill_and_wait(agents(mesh))

    mesh.up(tmp_path, MANIFESTS + LATE)
    assert mesh.pod("late")["containers"]["app"]["running"]
    assert {pin.name for pin in link_files(mesh, "late").iterdir()} == LINKS
    mesh.up(tmp_path, MANIFESTS)

    assert inhabitants(mesh) == before
    assert sorted(each.name for each in mesh.instance.pod_files.iterdir()) == [f"default.{pod}" for pod in PODS]
    assert slots_in(mesh, "pod_by_slot") == {mesh.pod(pod)["slot"] for pod in PODS}
    assert {int(each.name) for each in (mesh.instance.pins / "links").iterdir()} == slots_in(mesh, "pod_by_slot")
    assert not (netns.NETNS_DIR / f"{mesh.name}-default.late").exists()


@pytest.fixture
def another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of Riftgate whose programs do the same by other instructions: compiled for an older instruction set."""
    copy = tmp_path / "version"
    copy.mkdir()
    for package in ("riftgate", "l7filters", "xds_server", "scenarios", "envoy_api"):
        (copy / package).symlink_to(REPOSITORY / package)
    shutil.copytree(REPOSITORY / "bpf", copy / "bpf", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "script").mkdir()
    script = (REPOSITORY / "script" / "build-bpf").read_text()
    assert "-mcpu=v3" in script
    (copy / "script" / "build-bpf").write_text(script.replace("-mcpu=v3", "-mcpu=v2"))
    subprocess.run(["bash", str(copy / "script" / "build-bpf")], check=True, cwd=copy)
    monkeypatch.setenv("PYTHONPATH", str(copy))
    return copy


def test_another_version_replaces_the_programs_under_traffic(
    mesh: Mesh, rebel: Talk, another_version: Path, tmp_path: Path
) -> None:
    """Guards the replacement in one step of what differs: nothing is detached, no request lost, no rule lifted."""
    vault, before, tags = mesh.addresses("vault"), inhabitants(mesh), programs(mesh)
    with observe(mesh.namespaces("vault").net) as observer:
        with steady_traffic(mesh, "guest", "vault", vault[0]) as account:
            rebel.send("http", "GET", vault[0], 80, "/", {}, 0)
            mesh.up(tmp_path, MANIFESTS, "--restart-agent")
            assert rebel.answer() == {"error": "timed out"}
        assert observer.frames_from(mesh.addresses("rebel")) == 0

    assert_nothing_lost(account)
    assert inhabitants(mesh) == before
    after = programs(mesh)
    assert after.keys() == tags.keys()
    assert {name for name in tags if name.endswith((" connect4", " from_pod", " find_listener"))} <= {
        name for name in tags if after[name] != tags[name]
    }
    assert rebel("http", "GET", vault[1], 80, "/", {}, 0) == {"error": "timed out"}


def test_a_version_with_other_tables_refuses_and_all_goes_on(
    mesh: Mesh, guest: Talk, another_version: Path, tmp_path: Path
) -> None:
    """Guards against tables that are read as what they are not."""
    shared = another_version / "bpf" / "src" / "shared.h"
    text = shared.read_text()
    changed = text.replace("	__u64 inspected_until;\n", "	__u64 inspected_until;\n	__u64 more;\n")
    size = next(line for line in text.splitlines() if "sizeof(struct socket_state) == " in line)
    bigger = size.replace(number := size.split("== ")[1].split(",")[0], str(int(number) + 8))
    shared.write_text(changed.replace(size, bigger))
    subprocess.run(["bash", str(another_version / "script" / "build-bpf")], check=True, cwd=another_version)
    before, vault = inhabitants(mesh), mesh.addresses("vault")[0]
    file = tmp_path / "mesh.yaml"
    file.write_text(MANIFESTS)

    refused = mesh.run("up", "-f", str(file), "--images", str(IMAGES), "--restart-agent")

    assert refused.code == 4
    assert "cannot take them over; all goes on as it is" in refused.errors
    assert inhabitants(mesh) == before
    assert guest("http", "GET", vault, 80, "/", {}, 0)["status"] == 200


def test_of_two_agents_the_second_refuses(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards the lock: two would supervise the same processes and undo each other's work."""
    mesh.up(tmp_path, MANIFESTS)
    before = inhabitants(mesh)
    (running,) = agents(mesh)

    second = mesh.run("agent")

    assert second.code == 4
    assert second.errors.strip() == f"an agent of mesh {mesh.name} runs already (process {running}); there can be one"
    assert agents(mesh) == (running,)
    assert inhabitants(mesh) == before
    assert guest("http", "GET", mesh.addresses("vault")[0], 80, "/", {}, 0)["status"] == 200


def test_two_ups_at_once_start_one_of_each(tmp_path: Path) -> None:
    """Guards the lock of `up`: both would see that nothing runs. And a control server in the foreground is one."""
    mesh = Mesh()
    manifests = tmp_path / "mesh.yaml"
    manifests.write_text(pod_manifest("alone", "client", {}))
    argv = command(mesh.name, "up", "-f", str(manifests), "--images", str(IMAGES))
    log = tmp_path / "serve.log"
    control = mesh.instance.process_cgroup("control")
    with log.open("wb") as output, subprocess.Popen(command(mesh.name, "serve"), stderr=output) as serving:
        try:
            eventually(lambda: processes(control) and mesh.instance.control_socket.exists())
            ups: list[Any] = [
                subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
            ]
            said = [each.communicate(timeout=COMMAND_SECONDS) for each in ups]
            assert [each.returncode for each in ups] == [0, 0, 0], said
            assert len(agents(mesh)) == 1
            # Beside it is the fault server that it has started.
            commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in processes(control)}
            assert [pid for pid, words in commands.items() if b"serve" in words] == [serving.pid]
        finally:
            mesh.run("down")
            if serving.poll() is None:
                serving.send_signal(signal.SIGKILL)
