# SPDX-License-Identifier: Apache-2.0
"""Faults on requests towards servers outside of the mesh: the callers' sidecars do it, policy stays what it is, and
what is no HTTP passes as before. Needs root."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.delays import at_least
from tests.mesh_harness import Mesh, Talk, eventually, pod_manifest, service_manifest
from tests.outside_servers import GREETING, LONG, LONG_BYTES, OutsideServers

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80,)),
        pod_manifest("guest", "client", {"role": "guest"}),
        pod_manifest("other", "client", {"role": "other"}),
        service_manifest("vault", {"app": "vault"}, (80,)),
    )
)
API, FAR, TALKER = "192.0.2.10", "198.51.100.10", "192.0.2.11"
API6 = "2001:db8::10"
POLICY = f"""
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: way-out}}
spec:
  endpointSelector: {{matchLabels: {{role: guest}}}}
  egress:
  - toCIDR: [{API}/32]
    toPorts: [{{ports: [{{port: "80", protocol: TCP}}]}}]
"""


@pytest.fixture(scope="module")
def outside(mesh: Mesh) -> Iterator[OutsideServers]:
    with closing(OutsideServers(mesh, [(API, 80), (FAR, 80), (API6, 80)], talker=(TALKER, 80))) as outside:
        yield outside


@pytest.fixture(scope="module")
def guest(mesh: Mesh, outside: OutsideServers) -> Iterator[Talk]:
    with mesh.talk("guest") as talk:
        yield talk


@pytest.fixture(scope="module")
def other(mesh: Mesh, outside: OutsideServers) -> Iterator[Talk]:
    with mesh.talk("other") as talk:
        yield talk


def get(talk: Talk, address: str = API, host: str = "api.example", method: str = "GET") -> tuple[Any, Any]:
    """The status or the error, and what says that a fault was there."""
    answer = talk("http", method, address, 80, "/", {"host": host}, 0)
    return answer.get("status", answer.get("error")), answer.get("headers", {}).get("x-riftgate-fault")


@contextmanager
def on(mesh: Mesh, *words: str) -> Iterator[None]:
    mesh.ok("fault", "on", *words, "--for", "2m")
    try:
        yield
    finally:
        mesh.ok("fault", "off", "--all")


FAULT = (503, "by-hand/away")
PLAIN = (200, None)


def test_by_name(mesh: Mesh, outside: OutsideServers, guest: Talk, other: Talk) -> None:
    words = ("away", "--outside", "*.example", "--from", "role=guest", "abort={status: 503}")
    (planned,) = mesh.run("--json", "fault", "plan", *words).json()
    assert planned["routes"] == {"default/guest": ["outbound/outside/80", "outbound-exec/outside/80"]}
    assert get(guest) == PLAIN
    with on(mesh, *words):
        before = outside.asked_for("api.example")
        assert get(guest) == get(guest, host="API.Example:80") == get(guest, API6, "www.example") == FAULT
        assert outside.asked_for("api.example") == before, "the server sees nothing of it"
        assert get(other) == PLAIN, "somebody else's call"
        assert get(guest, host="example.org") == PLAIN, "another name"
        assert get(guest, mesh.service_addresses("vault")[0], "api.example") == PLAIN, "a service of the mesh"
        with mesh.flows() as flows:
            assert get(guest) == FAULT
            flow = flows.find(faults=["by-hand/away"])
            assert (flow["log"], flow["source_workload"], flow["status"]) == ("outbound", "default/guest", 503)
    assert get(guest) == PLAIN


def test_by_network_and_number(mesh: Mesh, guest: Talk) -> None:
    words = ("away", "--outside", "198.51.100.0/24", "--method", "POST", "abort={status: 503}", "which={first: 2}")
    with on(mesh, *words):
        assert [get(guest, FAR, method="POST") for _ in range(3)] == [FAULT, FAULT, PLAIN]
        assert get(guest, FAR) == PLAIN, "another method"
        assert get(guest, API, method="POST") == PLAIN, "another network"


def test_names_and_networks_of_one_port(mesh: Mesh, guest: Talk) -> None:
    """A connection into the network meets both."""
    by_network = ("away", "--outside", f"{FAR}/32", "headers={response: {set: {x-far: very}}}")
    with on(mesh, *by_network), on(mesh, "named", "--outside", "api.example", "abort={status: 418}"):
        assert get(guest, FAR) == (418, "by-hand/named")
        assert get(guest, FAR, "example.org") == (200, "by-hand/away")
        assert get(guest, API) == (418, "by-hand/named")


def test_answers_at_a_rate(mesh: Mesh, guest: Talk) -> None:
    """They come over connections of their own, to the very server that was called."""

    def length(address: str) -> int:
        answer = guest("http", "GET", address, 80, LONG, {"host": "api.example"}, 0)
        return int(answer["size"]) if answer["status"] == 200 else -1

    with on(mesh, "away", "--outside", f"{API}/32", "rate=1KiB/s"):
        begun = time.monotonic()
        assert length(API) == LONG_BYTES
        # What comes along with the head passes at once.
        assert time.monotonic() - begun >= at_least((LONG_BYTES - 1024) / 1024)
        assert get(guest) == (200, "by-hand/away")
        assert get(guest, FAR) == PLAIN


def test_what_is_no_http_passes_as_before(mesh: Mesh, guest: Talk) -> None:
    with on(mesh, "away", "--outside", "*.example", "abort={status: 503}"):
        guest("open", "talker", TALKER, 80)
        heard = guest("say", "talker", "x" * len(GREETING), 10.0)
        guest("close", "talker")
        assert heard["heard"] == GREETING.decode()
        assert get(guest) == FAULT


def test_policy_is_the_same_to_the_letter(mesh: Mesh, outside: OutsideServers, guest: Talk, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    calls = ((API, "api.example"), (FAR, "api.example"))
    mesh.ok("policy", "apply", "-f", str(file))
    try:
        before = [get(guest, *call) for call in calls]
        assert [status for status, _ in before] == [200, "timed out"]
        with on(mesh, "away", "--outside", "*.example", "--from", "role=guest", "headers={request: {set: {x-a: b}}}"):
            seen = len(outside.seen)
            assert [get(guest, *call)[0] for call in calls] == [status for status, _ in before]
            assert len(outside.seen) == seen + 1
    finally:
        mesh.ok("policy", "delete", "way-out")
    eventually(lambda: get(guest, FAR) == PLAIN)


def test_what_cannot_be_meant(mesh: Mesh) -> None:
    address = mesh.addresses("vault")[0]
    for words, told in (
        (("--outside", "api.example", "--port", "443"), "is HTTPS: the sidecar sees TLS and no requests"),
        (("--outside", f"{address}/32"), "has pods of the mesh in it, such as default/vault"),
    ):
        done = mesh.run("fault", "on", "away", *words, "delay=1s", "--for", "5s")
        assert (done.code, told in done.errors) == (2, True), done.errors
