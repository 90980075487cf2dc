# SPDX-License-Identifier: Apache-2.0
"""Trouble around a whole mesh: a control server told to stop in the midst of a push, and a disk that is full. Needs
root."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riftgate.local.cgroups import processes
from scenarios.journal import read_journal
from tests.e2e.test_scenarios_cli import LOAD, MANIFESTS, STEADY, scenario
from tests.mesh_harness import Mesh, Talk, command, eventually

CLOSED = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: closed}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: PUT}]}}]
"""
FULL_AFTER = 8_192
"""Bytes that the disk under the journal takes."""


def get(mesh: Mesh, guest: Talk) -> int | str:
    answer = guest("http", "GET", mesh.addresses("vault")[0], 80, "/", {}, 0)
    found: int | str = answer.get("status") or answer["error"]
    return found


def behind(mesh: Mesh, node: str) -> bool:
    """Whether something is published for the sidecar that it has not confirmed."""
    types = [
        each
        for status in mesh.control_status()["nodes"]
        if status["node"] == node
        for stream in status["streams"]
        for each in stream["types"].values()
    ]
    return any(each["published"] != each["acked"] for each in types)


def test_a_stop_during_a_push_loses_nothing(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """One sidecar cannot answer, so the push is under way when the server is told to stop: whoever waits for it hears
    that, and after the next start the policy is in force nowhere, until it is applied again."""
    policy = tmp_path / "closed.yaml"
    policy.write_text(CLOSED)
    controls = processes(mesh.instance.process_cgroup("control"))
    handles = [os.pidfd_open(pid) for pid in controls]
    stopped = mesh.sidecar_pids("vault")
    apply = None
    # Or it would have another sidecar up, which answers.
    with mesh.agent_held():
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            argv = command(mesh.name, "policy", "apply", "-f", str(policy))
            apply = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            eventually(lambda: behind(mesh, "default/vault"))
            for handle in handles:
                signal.pidfd_send_signal(handle, signal.SIGTERM)
            _, errors = apply.communicate(timeout=60)
            assert apply.returncode in (1, 4), errors
            eventually(lambda: not processes(mesh.instance.process_cgroup("control")))
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
            if apply is not None:
                apply.kill()
            for handle in handles:
                os.close(handle)
    mesh.up(tmp_path, MANIFESTS)
    assert mesh.policies() == []
    assert get(mesh, guest) == 200
    mesh.apply(tmp_path, CLOSED)
    assert get(mesh, guest) == 403
    mesh.delete_policies()


@contextmanager
def tiny_disk(at: Path) -> Iterator[Path]:
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FULL_AFTER}", "tmpfs", str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", str(at)], check=True)


def test_a_full_disk_under_the_journal_ends_the_run_and_its_faults(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """What was written stays readable, to its last line; the faults are off, and the run is not called passed."""
    file = scenario(tmp_path, "full", LOAD, duration="30s", steady=STEADY)
    with tiny_disk(tmp_path / "disk") as disk:
        journal = disk / "run.jsonl"
        done = mesh.run("--json", "scenario", "run", str(file), "--journal", str(journal))
        assert done.code not in (0, 2), done
        report = json.loads(done.output)
        assert any("journal-failed" in reason and "No space left" in reason for reason in report["reasons"]), report
        lines = journal.read_text().splitlines(keepends=True)
        assert lines
        assert all(line.endswith("\n") and json.loads(line) for line in lines)
        assert list(read_journal(journal))
        assert sum(map(len, lines)) > FULL_AFTER // 2
    assert mesh.control_status()["scenarios"] == []
    answer = guest("http", "POST", mesh.addresses("vault")[0], 80, "/work", {}, 0)
    assert answer["status"] == 200
