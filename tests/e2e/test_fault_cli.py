# SPDX-License-Identifier: Apache-2.0
"""`riftgate fault ...` against a real mesh: on, told of, off, over by itself; and a fault server that is killed. Needs
root."""

import os
from pathlib import Path

from riftgate.local.cgroups import processes
from tests.mesh_harness import Mesh, Talk, eventually, kill_and_wait, pod_manifest, service_manifest

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80,)),
        pod_manifest("guest", "client", {"role": "guest"}),
        service_manifest("vault", {"app": "vault"}, (80,)),
    )
)


def post(mesh: Mesh, guest: Talk) -> int | str:
    """The status of a request to the vault, or the error."""
    answer = guest("http", "POST", mesh.service_addresses("vault")[0], 80, "/work", {}, 0)
    found: int | str = answer["status"] if "status" in answer else answer["error"]
    return found


def test_who_turns_faults_on_is_woken_at_once(mesh: Mesh) -> None:
    """The processes' main threads ask for short slices; what they start, Envoy's workers too, has slices as usual."""
    control = processes(mesh.instance.process_cgroup("control"))
    assert len(control) == 2, "the control server and its fault server"
    (envoy,) = mesh.sidecar_pids("vault")
    threads = {int(each.name) for each in Path(f"/proc/{envoy}/task").iterdir()} - {envoy}
    assert {os.sched_getscheduler(pid) for pid in (*control, envoy)} == {os.SCHED_OTHER | os.SCHED_RESET_ON_FORK}
    assert os.SCHED_OTHER | os.SCHED_RESET_ON_FORK not in {os.sched_getscheduler(thread) for thread in threads}


def test_on_told_of_and_off(mesh: Mesh, guest: Talk) -> None:
    words = ("closed", "--to", "app=vault", "--port", "80", "--method", "POST", "abort={status: 503}")
    plan = mesh.run("--json", "fault", "plan", *words)
    assert plan.code == 0, plan.errors
    (told,) = plan.json()
    assert (told["pods"], told["share"], told["routes"]) == (["default/vault"], 1.0, {"default/vault": ["inbound/80"]})
    assert post(mesh, guest) == 200
    on = mesh.run("fault", "on", *words, "--for", "60s")
    assert (on.code, post(mesh, guest)) == (0, 503), on.errors
    (listed,) = mesh.run("--json", "fault", "list").json()
    assert (listed["fault"], listed["by"]) == ("by-hand/closed", "hand")
    assert 0 < listed["endsInSeconds"] <= 60
    assert mesh.run("fault", "on", *words, "--for", "60s").code == 1
    off = mesh.run("fault", "off", "closed")
    assert (off.code, post(mesh, guest)) == (0, 200), off.errors
    assert mesh.run("--json", "fault", "list").json() == []
    assert mesh.run("fault", "off", "closed").code == 1


def test_the_plan_of_a_file_is_that_of_its_run(mesh: Mesh, tmp_path: Path) -> None:
    """Turned on together, the second of these could never happen; a run has one after the other."""
    aim = "target: {selector: {matchLabels: {app: vault}}, port: 80, atMost: 100%}, abort: {status: 503}"
    file = tmp_path / "steps.yaml"
    file.write_text(
        "apiVersion: riftgate.io/v1alpha1\nkind: Scenario\nmetadata: {name: steps}\nspec:\n  for: 10s\n  faults:\n"
        f"  - {{name: a, {aim}, for: 4s}}\n  - {{name: b, {aim}, after: 4s}}\n"
    )
    planned = mesh.run("--json", "fault", "plan", "-f", str(file))
    assert planned.code == 0, planned.errors
    assert [(each["fault"], each["during"], each["share"]) for each in planned.json()] == [
        ("steps/a", {"from": 0.0, "to": 4.0}, 1.0),
        ("steps/b", {"from": 4.0, "to": 10.0}, 1.0),
    ]
    together = mesh.run("fault", "on", "-f", str(file), "--for", "5s")
    assert (together.code, "by-hand/b can never happen" in together.errors) == (2, True), together
    assert mesh.run("--json", "fault", "list").json() == []


def test_at_the_callers_side(mesh: Mesh, guest: Talk) -> None:
    before = mesh.log("vault").count("POST /work")
    words = ("--to", "app=vault", "--from", "role=guest", "inject=client", "abort={status: 418}")
    on = mesh.run("--json", "fault", "on", "teapot", *words, "--for", "60s")
    assert on.code == 0, on.errors
    assert on.json()["targets"] == {"by-hand/teapot": ["default/guest"]}
    assert post(mesh, guest) == 418
    assert mesh.log("vault").count("POST /work") == before
    assert mesh.run("fault", "off", "--all").code == 0
    assert post(mesh, guest) == 200


def test_it_ends_by_itself(mesh: Mesh, guest: Talk) -> None:
    on = mesh.run("fault", "on", "lost", "--to", "app=vault", "reset={}", "--for", "2s")
    assert on.code == 0, on.errors
    eventually(lambda: post(mesh, guest) == 200)
    eventually(lambda: mesh.run("--json", "fault", "list").json() == [])


def test_wrong_words_say_what_to_do(mesh: Mesh) -> None:
    nobody = mesh.run("fault", "on", "x", "--to", "app=moon", "delay=1s", "--for", "5s")
    assert (nobody.code, "matches no workload" in nobody.errors) == (2, True)
    assert mesh.run("fault", "on", "x", "--to", "app=vault", "abort={status: 700}", "--for", "5s").code == 2
    assert mesh.run("fault", "on", "x", "--to", "app=vault", "delay=1s").code == 2
    assert mesh.run("--json", "fault", "list").json() == []


def test_no_request_fails_with_the_fault_server(mesh: Mesh, guest: Talk) -> None:
    """Killed with -9 while it holds requests, it takes none of them along; and another one goes on."""

    def server() -> set[int]:
        found = processes(mesh.instance.process_cgroup("control"))
        return {pid for pid in found if b"fault-server" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    words = ("--to", "app=vault", "delay={value: 20ms, before: response}", "rewriteStatus=203", "which={every: 1}")
    on = mesh.run("fault", "on", "held", *words, "--for", "60s")
    assert on.code == 0, on.errors
    # With `which`, only those are hit whom the server has drawn.
    eventually(lambda: post(mesh, guest) == 203)
    (killed,) = server()
    kill_and_wait((killed,))
    assert {post(mesh, guest) for _ in range(20)} <= {200, 203}
    eventually(lambda: post(mesh, guest) == 203)
    assert server() != {killed}
    assert mesh.run("fault", "off", "held").code == 0
