# SPDX-License-Identifier: Apache-2.0
"""Every TCP connection of an app goes through both sidecars, and the app does not notice. Needs root."""

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.demo.observer import observe
from tests.mesh_harness import PATIENCE, Flows, Mesh, Talk, eventually, pod_manifest, service_manifest

ECHO = {"app": "echo"}
DECLARED = (80, 7000, 7002)
MANIFESTS = "".join(
    (
        pod_manifest("echo-a", "server", ECHO, DECLARED),
        pod_manifest("echo-b", "server", ECHO, DECLARED),
        pod_manifest("alice", "client", {"app": "alice"}),
        service_manifest("echo", ECHO, DECLARED),
    )
)
SEVERAL_MEGABYTES = 6_000_000


@pytest.fixture(scope="module")
def alice(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("alice") as alice:
        yield alice


@pytest.fixture(params=["service", "service IPv6", "pod", "pod IPv6", "pod v4-mapped"])
def destination(request: pytest.FixtureRequest, mesh: Mesh) -> str:
    """An address at which echo-a, or the service before it, can be asked for."""
    pod, service = mesh.addresses("echo-a"), mesh.service_addresses("echo")
    return {
        "service": service[0],
        "service IPv6": service[1],
        "pod": pod[0],
        "pod IPv6": pod[1],
        "pod v4-mapped": f"::ffff:{pod[0]}",
    }[request.param]


def test_a_service_reaches_all_its_replicas(alice: Talk) -> None:
    """Guards the virtual address (connect4/6, SO_ORIGINAL_DST) and its balancing by the caller's sidecar."""
    answers = [alice("http", "GET", "echo.default.svc.cluster.local", 80, "/", {}, 0) for _ in range(4)]

    assert [answer["status"] for answer in answers] == [200] * 4
    assert {answer["headers"]["x-served-by"] for answer in answers} == {"echo-a", "echo-b"}


def test_http_goes_through_both_sidecars(alice: Talk, flows: Flows, destination: str) -> None:
    """Guards steering out (connect4/6, getsockopt) and in (sk_lookup): without one of them its record is missing."""
    request_id = str(uuid.uuid4())

    answer = alice("http", "POST", destination, 80, "/through", {"x-request-id": request_id}, 10)

    assert (answer["status"], answer["intact"]) == (200, True)
    arrived = flows.find(log="inbound", request_id=request_id)
    assert (arrived["source_workload"], arrived["path"]) == ("default/alice", "/through")
    source = {"address": answer["local"][0].removeprefix("::ffff:"), "port": answer["local"][1]}
    left = flows.find(log="outbound", node="default/alice", source=source)
    assert left["destination"] == {"address": destination.removeprefix("::ffff:"), "port": 80}


def test_the_app_sees_the_peer_that_it_asked_for(alice: Talk, destination: str) -> None:
    """Guards getpeername4/6: the sidecar's loopback address would show otherwise."""
    assert alice("open", "peer", destination, 80)["peer"] == [destination, 80]
    alice("close", "peer")


@pytest.mark.parametrize(("port", "cluster"), [(7000, "inbound/7000"), (7001, "inbound/other")])
@pytest.mark.parametrize("family", [0, 1])
def test_any_tcp_goes_through_both_sidecars(
    mesh: Mesh, alice: Talk, flows: Flows, family: int, port: int, cluster: str
) -> None:
    """Guards the chains for what is not HTTP; 7001 is declared nowhere: the way to the app must be found out.

    Several megabytes, both ways at once, and each side ends its half on its own: guards against a sidecar that closes
    where only one half has ended.
    """
    address = mesh.addresses("echo-a")[family]

    answer = alice("exchange", address, port, SEVERAL_MEGABYTES)

    assert answer == {"size": SEVERAL_MEGABYTES, "intact": True, "peer": [address, port]}
    arrived = flows.find(log="inbound", upstream_cluster=cluster)
    assert (arrived["source_workload"], arrived["protocol"]) == ("default/alice", "TCP")
    assert (arrived["bytes_received"], arrived["bytes_sent"]) == (SEVERAL_MEGABYTES, SEVERAL_MEGABYTES)
    assert flows.find(log="outbound", node="default/alice")["destination"] == {"address": address, "port": port}


def test_large_http_bodies_stay_intact(alice: Talk) -> None:
    """Guards against buffering with a limit: Envoy's default would be 413 or a reset after a megabyte."""
    answer = alice("http", "POST", "echo", 80, "/", {}, SEVERAL_MEGABYTES)

    assert (answer["status"], answer["size"], answer["intact"]) == (200, SEVERAL_MEGABYTES, True)


def test_http2_stays_http2(mesh: Mesh, flows: Flows) -> None:
    """Guards the upstream protocol: the server on this port knows nothing but HTTP/2."""
    done = mesh.run("exec", "alice", "--", "curl", "-sS", "--http2-prior-knowledge", "-w", "%{http_code}", "echo:7002/")

    assert (done.code, done.output) == (0, "200")
    assert flows.find(log="inbound", protocol="HTTP/2")["status"] == 200


def test_connections_outlive_changes_around_them(mesh: Mesh, alice: Talk, tmp_path: Path) -> None:
    """Guards against draining: a policy and a pod that have nothing to do with a connection must not end it.

    Each change is followed until the other end has learned of it; a drain would have begun by then, and what Envoy
    drains it closes with the next request, or resets.
    """
    alice("open", "http", "echo", 80)
    alice("open", "tcp", "echo", 7000)
    alice("open", "direct", mesh.addresses("echo-a")[0], 7000)
    another = pod_manifest("carol", "server", ECHO, DECLARED)

    for change in (
        lambda: mesh.apply(tmp_path, ALICE_IS_CALLED_BY_NOBODY),
        lambda: mesh.up(tmp_path, MANIFESTS + another),
        # Until carol's app listens, her sidecar says that it does not.
        lambda: eventually(
            lambda: alice("http", "GET", "echo", 80, "/", {}, 0)["headers"].get("x-served-by") == "carol"
        ),
        lambda: mesh.up(tmp_path, MANIFESTS),
        mesh.delete_policies,
    ):
        change()
        answer = alice("request", "http", "GET", "/", {})
        assert (answer["status"], answer["same"]) == (200, True)
        assert "connection" not in answer["headers"]
        for name in ("tcp", "direct"):
            assert alice("say", name, "still there") == {"heard": "still there"}
    for name in ("http", "tcp", "direct"):
        alice("close", name)


def test_without_its_sidecar_an_app_reaches_nobody(mesh: Mesh, alice: Talk) -> None:
    """Guards failing closed on the caller's side: while Envoy is dead, nothing of the app leaves the pod."""
    address = mesh.addresses("alice")
    target = mesh.addresses("echo-a")
    with observe(mesh.namespaces("echo-a").net) as observer:
        with mesh.sidecar_down("alice"):
            before = observer.frames_from(address)
            for to in target:
                assert alice("http", "GET", to, 80, "/", {}, 0) == {"error": "ECONNREFUSED"}
            assert observer.frames_from(address) == before

        # By itself, and that the observer sees what does arrive is part of the proof.
        eventually(lambda: alice("http", "GET", target[0], 80, "/", {}, 0).get("status") == 200)
        assert observer.frames_from(address) > before
    assert mesh.pod("alice")["sidecar"]["restarts"] >= 1


def test_without_its_sidecar_an_app_is_reached_by_nobody(mesh: Mesh, alice: Talk) -> None:
    """Guards failing closed on the server's side (sk_lookup): without a listener the app must not get it instead.

    And that callers are told: the pod's kernel refuses, and from_pod lets this one answer out. Else they would wait
    until their connect timeout.
    """
    target = mesh.addresses("echo-b")
    opened = mesh.log("echo-b").count("tcp 7001 open")
    with mesh.sidecar_down("echo-b"):
        dropped = mesh.log("echo-b")
        for number, to in enumerate(target):
            # Its own sidecar takes the connection; what is said there comes to nobody.
            assert alice("open", f"closed-{number}", to, 7001)["peer"] == [to, 7001]
            assert alice("say", f"closed-{number}", "GET / HTTP/1.0\r\n", PATIENCE)["error"] in ("ECONNRESET", "closed")
        # The service has another pod behind it, which answers too.
        eventually(lambda: "remote connection failure" in alice("http", "GET", "echo", 80, "/", {}, 0).get("body", ""))
        assert mesh.log("echo-b") == dropped
    for number in range(len(target)):
        alice("close", f"closed-{number}")

    eventually(lambda: alice("exchange", target[0], 7001, 10).get("intact"))
    assert mesh.log("echo-b").count("tcp 7001 open") > opened
    assert mesh.pod("echo-b")["drops"]["no-listener"] > 0


@pytest.mark.parametrize("stopped", ["alice", "echo-b"], ids=["caller", "server"])
def test_past_a_sidecar_that_stands_still_nothing_goes(mesh: Mesh, alice: Talk, stopped: str) -> None:
    """SIGSTOP, and nobody there who would end it: the kernel takes connections for it, and nothing of them goes on."""
    addresses, own = mesh.addresses("echo-b"), mesh.addresses("alice")
    opened, standing = mesh.log("echo-b"), mesh.sidecar_pids(stopped)
    with observe(mesh.namespaces("echo-b").net) as observer, mesh.agent_held():
        for pid in standing:
            os.kill(pid, signal.SIGSTOP)
        try:
            for address in addresses:
                assert alice("http", "GET", address, 80, "/", {}, 0) == {"error": "timed out"}
            assert mesh.log("echo-b") == opened
            if stopped == "alice":
                assert observer.frames_from(own) == 0
        finally:
            for pid in standing:
                os.kill(pid, signal.SIGCONT)
        for address in addresses:
            eventually(lambda address=address: alice("http", "GET", address, 80, "/", {}, 0).get("status") == 200)  # type: ignore[misc]
        assert observer.frames_from(own) > 0


ALICE_IS_CALLED_BY_NOBODY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: alice-is-alone}
spec:
  endpointSelector: {matchLabels: {app: alice}}
  ingress: []
"""
