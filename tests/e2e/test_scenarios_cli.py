# SPDX-License-Identifier: Apache-2.0
"""`riftgate scenario ...` against a real mesh: what it reports, and that no fault outlives its time. Needs root."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riftgate.control.active import FAULT_TTL
from tests.mesh_harness import (
    PATIENCE,
    Mesh,
    Talk,
    command,
    eventually,
    kill_and_wait,
    pod_manifest,
    service_manifest,
)

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80,)),
        pod_manifest("guest", "client", {"role": "guest"}),
        service_manifest("vault", {"app": "vault"}, (80,)),
    )
)
URL = "http://vault.default.svc.cluster.local"
REQUESTS = 60
LEASE = 3.0
GRACE = 2.0
"""Seconds in which a test may notice that a fault has ended."""

STEADY = f"""
  steadyState:
  - name: the vault answers
    http: {{from: guest, url: "{URL}/health"}}
    tolerance: {{status: 200}}
    interval: 200ms
"""
SCENARIO = """# The fault that these tests are about: POST /work is answered by the sidecar.
apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {{name: {name}}}
spec:
  for: {duration}
  lease: {lease}
{steady}
  faults:
  - name: closed
    target: {{selector: {{matchLabels: {{app: vault}}}}, port: 80}}
    match: {{method: {method}, path: {path}}}
    percentage: {percentage}
    abort: {{status: 503, body: closed}}
"""
LOAD = f"""
  load: {{from: guest, method: POST, url: "{URL}/work", requests: {REQUESTS}}}
"""
DOOR = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET}, {method: POST}]}
"""


def scenario(folder: Path, name: str, more: str = "", **values: Any) -> Path:
    """A scenario file, with what differs from a fault on every POST /work for half a minute."""
    defaults = {
        "duration": "30s",
        "lease": f"{LEASE:g}s",
        "steady": STEADY,
        "method": "POST",
        "path": "/work",
        "percentage": 100,
    }
    path = folder / f"{name}.yaml"
    path.write_text(SCENARIO.format(name=name, **{**defaults, **values}) + more)
    return path


def post(mesh: Mesh, guest: Talk) -> int | str:
    """The status of a request that the fault means, or the error."""
    answer = guest("http", "POST", mesh.service_addresses("vault")[0], 80, "/work", {}, 0)
    found: int | str = answer["status"] if "status" in answer else answer["error"]
    return found


@contextmanager
def running(mesh: Mesh, file: Path, journal: Path) -> Iterator[subprocess.Popen[str]]:
    """A scenario that runs; whatever happens, it does not when the context ends."""
    argv = command(mesh.name, "--json", "scenario", "run", str(file), "--journal", str(journal))
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run(mesh: Mesh, file: Path, journal: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and report."""
    done = mesh.run("--json", "scenario", "run", str(file), "--journal", str(journal))
    return done.code, done.json()


def test_the_report_is_what_happened(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards attribution: injected and genuine counts against the app's own log, which the sidecar has no part in."""
    file = scenario(tmp_path, "half", LOAD, duration="3s", percentage=50)
    before = mesh.log("vault").count("POST /work")

    code, report = run(mesh, file, tmp_path / "half.jsonl")

    reached = mesh.log("vault").count("POST /work") - before
    assert (code, report["outcome"], report["reasons"]) == (0, "PASSED", [])
    assert 0 < reached < REQUESTS
    counts = report["counts"]
    assert (counts["injected"], counts["genuine_ok"], counts["genuine_failed"]) == (REQUESTS - reached, reached, 0)
    assert report["agreement"]["agreed"] == REQUESTS
    (fault,) = report["faults"]
    assert fault["fired"] == REQUESTS - reached
    assert fault["id"] == "half/closed"
    assert re.fullmatch(rf"{re.escape(str(file))}:\d+", fault["location"])
    # From the journal alone it is the same.
    again = mesh.run("--json", "scenario", "report", str(tmp_path / "half.jsonl"))
    assert (again.code, again.json()) == (0, report)
    assert post(mesh, guest) == 200


def test_a_steady_state_that_breaks_fails_the_run(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards exit code 1, and that the fault is off when the command returns."""
    file = scenario(tmp_path, "break", duration="20s", method="GET", path="/health")

    code, report = run(mesh, file, tmp_path / "break.jsonl")

    assert (code, report["outcome"]) == (1, "FAILED")
    assert guest("http", "GET", mesh.addresses("vault")[0], 80, "/health", {}, 0)["status"] == 200


def test_a_fault_that_never_fires_proves_nothing(mesh: Mesh, tmp_path: Path) -> None:
    """Guards exit code 3: nobody asks for what the fault means."""
    code, report = run(mesh, scenario(tmp_path, "never", duration="1s", path="/nobody"), tmp_path / "never.jsonl")

    assert (code, report["outcome"]) == (3, "INCONCLUSIVE")


def test_bad_input_is_said_before_anything_is_done(mesh: Mesh, tmp_path: Path) -> None:
    """Guards exit codes 2 and 4, and that neither leaves a journal behind."""
    bad = scenario(tmp_path, "bad", duration="soon", percentage=150, method="PSOT")
    good = scenario(tmp_path, "good")
    journal = tmp_path / "none.jsonl"

    done = mesh.run("scenario", "run", str(bad), "--journal", str(journal))

    assert done.code == 2
    assert done.errors.count(f"{bad}:") == 3
    assert mesh.run("scenario", "check", str(good), str(bad)).code == 2
    assert mesh.run("scenario", "check", str(good)).code == 0
    assert not journal.exists()


def test_an_interrupted_run_reverts_its_faults(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards the revert on Ctrl-C: by the time the command has ended its faults have, whatever their lease."""
    with running(mesh, scenario(tmp_path, "interrupted", lease="10s"), tmp_path / "journal") as process:
        eventually(lambda: post(mesh, guest) == 503)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

        assert post(mesh, guest) == 200
        assert process.returncode not in (0, None)
    assert mesh.control_status()["scenarios"] == []


def test_a_fault_ends_with_the_lease_of_a_killed_runner(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards the lease: nobody renews it any more."""
    with running(mesh, scenario(tmp_path, "killed"), tmp_path / "journal") as process:
        eventually(lambda: post(mesh, guest) == 503)
        kill_and_wait((process.pid,))
        killed = time.monotonic()
        eventually(lambda: post(mesh, guest) == 200)

        assert time.monotonic() - killed < LEASE + GRACE
    eventually(lambda: mesh.control_status()["scenarios"] == [])


def test_a_fault_ends_with_the_control_server(mesh: Mesh, guest: Talk, tmp_path: Path) -> None:
    """Guards the dead man's switch, the TTL of the runtime layer in each sidecar: killed with -9, the server can end
    nothing. Policy, meanwhile, holds."""
    mesh.apply(tmp_path, DOOR)
    with running(mesh, scenario(tmp_path, "orphan", lease="10s"), tmp_path / "journal") as process:
        eventually(lambda: post(mesh, guest) == 503)
        vault = mesh.addresses("vault")[0]
        mesh.kill_control()
        killed = time.monotonic()
        assert guest("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
        eventually(lambda: post(mesh, guest) == 200)
        assert time.monotonic() - killed < FAULT_TTL + GRACE
        assert guest("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403

        # The runner does not claim what it cannot know.
        output, _ = process.communicate(timeout=PATIENCE)
        assert (process.returncode, json.loads(output)["outcome"]) == (1, "ABORTED")
    mesh.up(tmp_path, MANIFESTS)
    assert guest("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
    assert post(mesh, guest) == 200
