# SPDX-License-Identifier: Apache-2.0
"""`riftgate policy ...` against a real mesh: exit codes, what is said, and what is in force afterwards. Needs root."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.local.cgroups import processes
from tests.mesh_harness import (
    Mesh,
    Talk,
    ask,
    eventually,
    fresh_instance,
    kill_and_wait,
)
from tests.vault_policies import BAD, BAD_LINES, DOOR, GATE, MANIFESTS, names, vault_answers, written

DOOR_RULE = "default/door#0"
WINDOW = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: window}
spec:
  podSelector: {matchLabels: {tier: back}}
  ingress:
  - from: [{podSelector: {matchLabels: {role: guest}}}]
"""
CHAOS = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: chaos}
spec:
  endpointSelector: {matchLabels: {tier: back}}
  ingress:
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules:
        l7proto: chaos
        l7: [{path: "/(a|bc|def)+/[a-z]{80}/[0-9]{80}", rewrite-status: "504 Gateway Timeout"}]
"""


@pytest.fixture
def clean(mesh: Mesh) -> Iterator[Mesh]:
    """No policy is in force, before and after."""
    yield mesh
    mesh.delete_policies()


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return written(tmp_path / "door.yaml", DOOR)


def test_check_says_everything_that_is_wrong_at_once(tmp_path: Path, door: Path) -> None:
    """Guards input validation as people meet it, without a mesh: file:line: what; what to do, and exit code 2."""
    nowhere = Mesh()
    bad, unreadable = written(tmp_path / "bad.yaml", BAD), tmp_path / "absent.yaml"

    good = nowhere.run("--json", "policy", "check", str(door))
    assert (good.code, good.json()["documents"]) == (0, ["CiliumNetworkPolicy default/door"])

    done = nowhere.run("policy", "check", str(door), str(bad))
    assert done.code == 2
    for line in BAD_LINES:
        assert f"{bad}:{line}: " in done.errors
    assert all("; " in line for line in done.errors.splitlines())
    assert "did you mean 'POST'" in done.errors
    assert str(door) not in done.errors

    problems = nowhere.run("--json", "policy", "check", str(bad)).json()
    assert problems["exitCode"] == 2
    assert [each["line"] for each in problems["problems"]] == list(BAD_LINES)
    assert {each["file"] for each in problems["problems"]} == {str(bad)}

    assert nowhere.run("policy", "check", str(unreadable)).code == 2
    assert not nowhere.instance.state.exists()


def test_without_a_mesh_commands_say_so(door: Path) -> None:
    """Guards exit code 4 with what to do, and that asking touches nothing."""
    nowhere = Mesh()
    for arguments in (("policy", "list"), ("policy", "apply", "-f", str(door))):
        done = nowhere.run(*arguments)
        assert (done.code, done.output) == (4, "")
        assert "start what is missing: riftgate up" in done.errors
    answer = nowhere.run("--json", "policy", "delete", "door")
    assert (answer.code, answer.json()["exitCode"]) == (4, 4)
    assert nowhere.run("status").code == 1
    assert not nowhere.instance.state.exists()


def test_apply_list_and_delete(clean: Mesh, guest: Talk, tmp_path: Path, door: Path) -> None:
    """Guards the way of a policy from file to sidecar: in force when `apply` returns, gone when `delete` does."""
    assert vault_answers(clean, guest, "PUT") == 200

    applied = clean.run("--json", "policy", "apply", "-f", str(door)).json()
    assert applied["applied"] == ["CiliumNetworkPolicy default/door"]
    assert sorted(applied["nodes"]) == ["default/guest", "default/other", "default/vault", "default/yard"]
    assert (vault_answers(clean, guest, "GET"), vault_answers(clean, guest, "PUT")) == (200, 403)

    clean.ok("policy", "apply", "-f", str(written(tmp_path / "gate.yaml", GATE + "---\n" + WINDOW)))
    both = ["CiliumNetworkPolicy default/door", "CiliumNetworkPolicy default/gate", "NetworkPolicy default/window"]
    assert names(clean) == both
    assert sorted(each["name"] for each in clean.run("--json", "policy", "list").json()) == ["door", "gate", "window"]
    assert f"default/door\tCiliumNetworkPolicy\t{door}:4" in clean.ok("policy", "list")
    assert vault_answers(clean, guest, "PUT") == 200

    clean.ok("policy", "delete", "-f", str(tmp_path / "gate.yaml"))
    assert (names(clean), vault_answers(clean, guest, "PUT")) == (both[:1], 403)
    assert clean.run("--json", "policy", "delete", "default/door").json()["deleted"] == both[:1]
    assert (names(clean), vault_answers(clean, guest, "PUT")) == ([], 200)


def test_a_bad_file_changes_nothing(clean: Mesh, guest: Talk, tmp_path: Path, door: Path) -> None:
    """Guards `nothing changes` on exit code 2: not the good file beside the bad one, nor the policy of that name."""
    clean.ok("policy", "apply", "-f", str(door))
    bad, gate = written(tmp_path / "bad.yaml", BAD), written(tmp_path / "gate.yaml", GATE)

    done = clean.run("policy", "apply", "-f", str(gate), "-f", str(bad))

    assert done.code == 2
    assert done.errors.count(f"{bad}:") == len(BAD_LINES)
    assert names(clean) == ["CiliumNetworkPolicy default/door"]
    assert (vault_answers(clean, guest, "GET"), vault_answers(clean, guest, "PUT")) == (200, 403)


def test_what_cannot_be_deleted(clean: Mesh, door: Path) -> None:
    """Guards the exit codes of `delete`, and that it names what there is instead."""
    clean.ok("policy", "apply", "-f", str(door))

    unknown = clean.run("policy", "delete", "dor")
    assert (unknown.code, "default/door" in unknown.errors) == (1, True)
    assert clean.run("policy", "delete").code == 2
    assert names(clean) == ["CiliumNetworkPolicy default/door"]


def test_explain_says_what_happens(clean: Mesh, guest: Talk, door: Path) -> None:
    """Guards `explain` against what the sidecars do, with the rule's id and its line in the file."""
    clean.ok("policy", "apply", "-f", str(door))
    question = ("policy", "explain", "--from", "pod/guest", "--to", "pod/vault")

    allowed, denied = clean.run(*question, "GET", "/"), clean.run(*question, "PUT", "/")
    stranger = clean.run("policy", "explain", "--from", "pod/other", "--to", "pod/vault", "GET", "/")

    assert (vault_answers(clean, guest, "GET"), vault_answers(clean, guest, "PUT")) == (200, 403)
    assert (allowed.code, denied.code, stranger.code) == (0, 1, 1)
    assert DOOR_RULE in allowed.output
    assert f"{door}:" in allowed.output
    assert f"{door}:" in denied.output
    told = clean.run("--json", *question, "PUT", "/")
    assert told.code == 1
    assert len(told.json()) == 1
    assert clean.run(*question, "GET").code == 2


def test_what_envoy_rejects_never_replaces_what_is_live(clean: Mesh, guest: Talk, tmp_path: Path, door: Path) -> None:
    """Guards the roll-back on a NACK: exit code 1 with Envoy's words, and everybody back to what was live.

    One sidecar is started anew with a limit between what it has and what is to come; the others take the change.
    """
    clean.ok("policy", "apply", "-f", str(door))
    bootstrap = clean.instance.pod_files / "default.vault" / "envoy.yaml"
    ours = bootstrap.read_text()
    strict = re.sub(r"(re2.max_program_size.error_level): \d+", r"\1: 100", ours)
    assert strict != ours
    restart_sidecar(clean, "vault", written(bootstrap, strict))
    try:
        refused = written(tmp_path / "chaos.yaml", CHAOS)

        done = clean.run("policy", "apply", "-f", str(refused))

        assert done.code == 1
        assert "default/vault" in done.errors
        assert "max program size of 100" in done.errors
        assert names(clean) == ["CiliumNetworkPolicy default/door"]
        assert clean.control_status()["scenarios"] == []
        assert (vault_answers(clean, guest, "GET"), vault_answers(clean, guest, "PUT")) == (200, 403)
        # The one that took it is put back; what is refused would allow this.
        yard = clean.addresses("yard")[0]
        eventually(lambda: guest("http", "PUT", yard, 80, "/", {}, 0).get("status") == 403)
        # Nobody is left behind: the next change goes through everywhere.
        clean.ok("policy", "apply", "-f", str(written(tmp_path / "gate.yaml", GATE)))
        assert vault_answers(clean, guest, "PUT") == 200
    finally:
        restart_sidecar(clean, "vault", written(bootstrap, ours))
    # It was the limit alone that stood in the way.
    clean.ok("policy", "apply", "-f", str(refused))


def restart_sidecar(mesh: Mesh, pod: str, bootstrap: Path) -> None:
    """By its own supervisor, with what the file now says; on return it has its configuration."""
    assert bootstrap.exists()
    (before,) = mesh.sidecar_pids(pod)
    kill_and_wait((before,))
    eventually(lambda: mesh.sidecar_pids(pod) not in ((), (before,)))
    eventually(lambda: is_ready(bootstrap.with_name("envoy.sock")))


def is_ready(admin: Path) -> bool:
    try:
        return bool(ask(admin, "/server_info")["state"] == "LIVE")
    except OSError:
        return False


def test_policies_outlive_the_control_server(clean: Mesh, guest: Talk, tmp_path: Path, door: Path) -> None:
    """Guards failing closed: killed with -9 and started anew, at no moment it lifts a rule.

    Both kinds of rule are asked all the time: the 403 of the sidecar, and the silent drop of the datapath.
    """
    clean.ok("policy", "apply", "-f", str(door))
    seen: list[int | str] = []
    dropped: list[int | str] = []
    over = threading.Event()

    def ask_on(pod: str, answers: list[int | str]) -> None:
        with clean.talk(pod) as caller:
            while not over.is_set():
                answers.append(vault_answers(clean, caller, "PUT"))

    askers = [threading.Thread(target=ask_on, args=each) for each in (("guest", seen), ("other", dropped))]
    for asker in askers:
        asker.start()
    try:
        eventually(lambda: seen and dropped)
        clean.kill_control()
        assert clean.run("policy", "list").code == 4
        assert clean.run("status").code == 1
        assert (vault_answers(clean, guest, "GET"), vault_answers(clean, guest, "PUT")) == (200, 403)
        without = len(seen), len(dropped)
        eventually(lambda: len(seen) > without[0] and len(dropped) > without[1])

        clean.up(tmp_path, MANIFESTS)
        assert names(clean) == ["CiliumNetworkPolicy default/door"]
        after = len(seen), len(dropped)
        eventually(lambda: len(seen) > after[0] and len(dropped) > after[1])
    finally:
        over.set()
        for asker in askers:
            asker.join()

    assert set(seen) == {403}
    assert set(dropped) == {"timed out"}
    # And it is in control again.
    clean.delete_policies()
    assert vault_answers(clean, guest, "PUT") == 200


def test_flows_follow_what_the_sidecars_see(mesh: Mesh, guest: Talk) -> None:
    """Guards `riftgate flows`: one JSON line per request, and an end after as many as were asked for."""
    done: list[str] = []
    reader = threading.Thread(target=lambda: done.append(mesh.ok("--json", "flows", "--count", "2")))
    reader.start()
    # Until it has seen enough: nobody is told when it begins to listen.
    eventually(lambda: vault_answers(mesh, guest, "GET") == 200 and bool(done))
    reader.join()

    records = [json.loads(line) for line in done[0].splitlines()]
    assert len(records) == 2
    assert all(record["log"] in ("inbound", "outbound") for record in records)


def test_instances_are_apart() -> None:
    """Guards the name of an instance, which becomes part of paths."""
    for name in ("UPPER", "a-b", "../x", ""):
        done = Mesh(name).run("status")
        assert (done.code, "Traceback" in done.errors) == (2, False), name
    assert Mesh(fresh_instance()).run("status").code == 1


def test_policies_outlive_the_agent(clean: Mesh, tmp_path: Path, door: Path) -> None:
    """Guards what is pinned: killed with -9, the agent leaves pods, sidecars and datapath as they are; `up` takes
    them over, and no policy has to be applied again.

    The last test of this mesh: the programs of the others end with the pods.
    """
    clean.ok("policy", "apply", "-f", str(door))
    with clean.talk("guest") as guest, clean.talk("other") as other:
        vault = clean.addresses("vault")[0]
        kill_and_wait(processes(clean.instance.process_cgroup("agent")))
        assert guest("http", "GET", vault, 80, "/", {}, 0)["status"] == 200
        assert guest("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
        assert other("http", "GET", vault, 80, "/", {}, 0) == {"error": "timed out"}

    clean.up(tmp_path, MANIFESTS)
    assert names(clean) == ["CiliumNetworkPolicy default/door"]
    with clean.talk("guest") as guest, clean.talk("other") as other:
        assert (vault_answers(clean, guest, "GET"), vault_answers(clean, guest, "PUT")) == (200, 403)
        assert vault_answers(clean, other, "GET") == "timed out"
