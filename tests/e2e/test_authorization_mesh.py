# SPDX-License-Identifier: Apache-2.0
"""Audit, ext_authz and metrics in a whole mesh, as people use them. Needs root."""

import errno
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from riftgate.local.cgroups import processes
from tests.intruders import in_sidecar
from tests.mesh_harness import Flows, Mesh, Talk, pod_manifest, running_mesh, service_manifest

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        pod_manifest("guest", "client", {"app": "guest"}),
        pod_manifest("judge", "judge", {"app": "judge"}, (9000,)),
        service_manifest("judge", {"app": "judge"}, (9000,)),
    )
)
DENY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: tried, annotations: {riftgate.io/enforcement: %s}}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingressDeny:
  - fromEndpoints: [{matchLabels: {app: guest}}]
"""
READ = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: %s, annotations: {%s}}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: guest}}]
    toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: %s}]}}]
"""
ASKED = "riftgate.io/authorization: ext_authz"
EXPLAIN = ("policy", "explain", "--from", "pod/guest", "--to", "pod/vault", "--port", "80", "GET", "/")
OPEN = f"{ASKED}, riftgate.io/failure-mode: open"
OWN = f'{ASKED}, riftgate.io/authorization-server: "grpc://judge:9000"'
NO_WAY_OUT = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: no-way-out}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  egress: [{}]
"""
CALL = """
import socket, sys
with socket.socket() as connection:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, int(sys.argv[1]))
    connection.settimeout(float(sys.argv[4]))
    print(connection.connect_ex((sys.argv[2], int(sys.argv[3]))))
"""
DROPPED, CONNECTED = f"{errno.EAGAIN}\n", "0\n"


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[Mesh]:
    with running_mesh(tmp_path, MANIFESTS) as mesh:
        yield mesh


@pytest.fixture
def guest(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("guest") as guest:
        yield guest


def ask(mesh: Mesh, guest: Talk, method: str, path: str) -> int | str:
    answer = guest("http", method, mesh.addresses("vault")[0], 80, path, {}, 0)
    found: int | str = answer.get("status") or answer["error"]
    return found


def test_a_policy_is_tried_before_it_is_in_force(mesh: Mesh, guest: Talk, flows: Flows, tmp_path: Path) -> None:
    """Guards the datapath too: it must not drop what only a policy under audit denies."""
    mesh.apply(tmp_path, DENY % "audit")

    assert ask(mesh, guest, "GET", "/tried") == 200
    guest("open", "tcp", mesh.addresses("vault")[0], 7000)
    assert guest("say", "tcp", "hello") == {"heard": "hello"}
    guest("close", "tcp")

    http = flows.find(log="inbound", path="/tried")
    tcp = flows.find(log="inbound", protocol="TCP")
    assert [each["would_be_denied_by"] for each in (http, tcp)] == ["default/tried#0"] * 2
    assert "audit: would be denied at L3/L4" in mesh.ok(*EXPLAIN)
    assert "under audit" in mesh.ok("policy", "list")
    assert ", under audit" in mesh.ok("status")

    mesh.apply(tmp_path, DENY % "enforce")
    assert ask(mesh, guest, "GET", "/") == "timed out"
    assert "under audit" not in mesh.ok("policy", "list")
    assert mesh.run(*EXPLAIN).output.startswith("denied at L3/L4")


def test_the_control_server_judges_and_is_missed(mesh: Mesh, guest: Talk, flows: Flows, tmp_path: Path) -> None:
    mesh.apply(tmp_path, READ % ("get", "", "GET"), READ % ("put", ASKED, "PUT"))
    assert [ask(mesh, guest, method, "/") for method in ("GET", "PUT", "POST")] == [200, 200, 403]
    assert flows.find(log="inbound", method="PUT")["enforced"] == {"allowed": True, "rule": "default/put#0"}
    refused = flows.find(log="inbound", method="POST")
    assert refused["enforced"] == {"allowed": False, "rule": "default-deny/default/get"}
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(mesh.ok("metrics"))
        for sample in family.samples
    }
    assert samples["riftgate_authz_decisions_total", "allowed"] == 1
    assert samples["riftgate_authz_decisions_total", "denied"] == 1
    assert samples["riftgate_xds_streams", "delta"] == 3
    assert samples["riftgate_flow_records_total", "inbound", "denied"] == 1
    assert samples["riftgate_xds_ack_seconds_count", "route"] > 0
    assert samples["riftgate_faults_on",] == 0

    mesh.kill_control()
    # What RBAC allows goes on; what would be asked is refused, and so is the rest.
    assert [ask(mesh, guest, method, "/") for method in ("GET", "PUT", "POST")] == [200, 403, 403]
    assert mesh.run("metrics").code == 4

    mesh.up(tmp_path, MANIFESTS)
    assert [ask(mesh, guest, method, "/") for method in ("GET", "PUT", "POST")] == [200, 200, 403]
    mesh.apply(tmp_path, READ % ("put", OPEN, "PUT"))
    assert ask(mesh, guest, "POST", "/") == 403
    mesh.kill_control()
    assert [ask(mesh, guest, method, "/") for method in ("GET", "PUT", "POST")] == [200, 200, 200]


def test_a_server_of_the_users_own_judges(mesh: Mesh, guest: Talk, flows: Flows, tmp_path: Path) -> None:
    """Guards the datapath too: the vault may go nowhere, but its sidecar asks that one server, and nobody else."""
    mesh.apply(tmp_path, NO_WAY_OUT, READ % ("own", OWN, "GET"))
    vault, judge, visitor = (mesh.addresses(pod)[0] for pod in ("vault", "judge", "guest"))

    def get(path: str, **headers: str) -> int | str:
        answer = guest("http", "GET", vault, 80, path, headers, 0)
        found: int | str = answer.get("status") or answer["error"]
        return found

    granted = {"x-clearance": "granted"}
    assert [get("/in", **granted), get("/out"), ask(mesh, guest, "PUT", "/put")] == [200, 403, 403]
    seen = [flows.find(log="inbound", path=path, node="default/vault") for path in ("/in", "/out", "/put")]
    assert [each["enforced"] for each in seen] == [
        {"allowed": True, "rule": "default/own#0"},
        {"allowed": False, "rule": "default/own#0"},
        {"allowed": False, "rule": "default-deny/default/own"},
    ]
    assert mesh.log("judge").splitlines()[-2:] == ["judged allowed", "judged denied"]
    assert "allowed if grpc://judge.default:9000 allows it" in mesh.ok(*EXPLAIN)

    # The app has no part in it, and nor has what its sidecar sends for it.
    with mesh.talk("vault") as app:
        assert app("open", "tcp", judge, 9000) == {"error": "timed out"}
        assert app("open", "tcp", mesh.service_addresses("judge")[0], 9000) == {"error": "timed out"}
    assert in_sidecar(mesh, "vault", CALL, "0", judge, "9000", "0.5").stdout == DROPPED
    assert in_sidecar(mesh, "vault", CALL, "6", judge, "9000", "20").stdout == CONNECTED
    assert in_sidecar(mesh, "vault", CALL, "6", judge, "9001", "0.5").stdout == DROPPED
    assert in_sidecar(mesh, "vault", CALL, "6", visitor, "9000", "0.5").stdout == DROPPED

    # It judges without the control server, and nobody does without it.
    mesh.kill_control()
    assert get("/alone", **granted) == 200
    mesh.up(tmp_path, MANIFESTS)
    pids = processes(mesh.pod_cgroup("judge", "container-app"))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    assert get("/stopped", **granted) == 403
    assert flows_of(mesh, guest, vault, granted) == {"allowed": False, "rule": "ext_authz-server/default/own#0"}
    mesh.apply(tmp_path, READ % ("own", f"{OWN}, riftgate.io/failure-mode: open", "GET"))
    assert [get("/open", **granted), ask(mesh, guest, "PUT", "/")] == [200, 403]
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def flows_of(mesh: Mesh, guest: Talk, vault: str, headers: dict[str, str]) -> object:
    """What is logged of a refused request."""
    with mesh.flows() as flows:
        assert guest("http", "GET", vault, 80, "/logged", headers, 0)["status"] == 403
        return flows.find(log="inbound", path="/logged")["enforced"]


def test_an_authorization_that_cannot_be_is_an_input_error(mesh: Mesh, tmp_path: Path) -> None:
    mesh.apply(tmp_path, READ % ("own", OWN, "GET"))
    other = OWN.replace("judge:9000", "judge:9001")
    for policy, problem in (
        (READ % ("rival", other, "PUT"), "asks grpc://judge.default:9001 about port 80 of default/vault"),
        ((READ % ("itself", OWN, "POST")).replace("vault", "judge").replace('"80"', '"9000"'), "itself"),
    ):
        file = tmp_path / "bad.yaml"
        file.write_text(policy)
        done = mesh.run("policy", "apply", "-f", str(file))
        assert (done.code, problem in done.output + done.errors) == (2, True), done


def test_an_unknown_treatment_is_an_input_error(mesh: Mesh, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(DENY % "'on'")
    done = mesh.run("--json", "policy", "apply", "-f", str(file))
    assert done.code == 2
    assert "annotation riftgate.io/enforcement is 'on'" in json.dumps(json.loads(done.output or done.errors))
