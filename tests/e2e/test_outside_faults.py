# SPDX-License-Identifier: Apache-2.0
"""Faults on requests towards servers outside of the mesh: the callers' sidecars do it, policy stays what it is, and
what is no HTTP passes as before. Needs root."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pyroute2 import IPRoute

from riftgate.local.netns import in_netns
from tests.mesh_harness import Mesh, Talk, eventually, pod_manifest, running_mesh, service_manifest

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
GREETING = b"220 I speak first\r\n"
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


class Outside:
    """HTTP on port 80 of three addresses, and one that speaks first, in the namespace of the mesh's node."""

    def __init__(self, mesh: Mesh) -> None:
        self.seen: Counter[str] = Counter()
        """Requests by their Host."""
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                seen[self.headers["host"]] += 1
                body = self.headers["host"].encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        def make() -> list[socket.socket]:
            with IPRoute() as netlink:
                loopback = netlink.link_lookup(ifname="lo")[0]
                for address in (API, FAR, TALKER):
                    netlink.addr("add", index=loopback, address=address, prefixlen=32)
                netlink.addr("add", index=loopback, address=API6, prefixlen=128, flags=0x02)
            families = [(address, socket.AF_INET) for address in (API, FAR, TALKER)] + [(API6, socket.AF_INET6)]
            return [socket.create_server((address, 80), family=family) for address, family in families]

        self._sockets = in_netns(mesh.node_netns, make)
        self._servers = []
        self._greeter = self._sockets.pop(2)
        for bound in self._sockets:
            server = ThreadingHTTPServer(bound.getsockname()[:2], Handler, bind_and_activate=False)
            server.socket.close()
            server.socket = bound
            self._servers.append(server)
        works = [server.serve_forever for server in self._servers]
        self._threads = [threading.Thread(target=work, daemon=True) for work in (*works, self._greet)]
        for thread in self._threads:
            thread.start()

    def _greet(self) -> None:
        while True:
            try:
                connection, _ = self._greeter.accept()
            except OSError:
                return
            with connection:
                connection.sendall(GREETING)
                connection.recv(64)

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._greeter.shutdown(socket.SHUT_RDWR)
        self._greeter.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("outside"), MANIFESTS) as mesh:
        yield mesh


@pytest.fixture(scope="module")
def outside(mesh: Mesh) -> Iterator[Outside]:
    with closing(Outside(mesh)) as outside:
        yield outside


@pytest.fixture(scope="module")
def guest(mesh: Mesh, outside: Outside) -> Iterator[Talk]:
    with mesh.talk("guest") as talk:
        yield talk


@pytest.fixture(scope="module")
def other(mesh: Mesh, outside: Outside) -> Iterator[Talk]:
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


def test_by_name(mesh: Mesh, outside: Outside, guest: Talk, other: Talk) -> None:
    words = ("away", "--outside", "*.example", "--from", "role=guest", "abort={status: 503}")
    (planned,) = mesh.run("--json", "fault", "plan", *words).json()
    assert planned["routes"] == {"default/guest": ["outbound/outside/80", "outbound-exec/outside/80"]}
    assert get(guest) == PLAIN
    with on(mesh, *words):
        before = outside.seen["api.example"]
        assert get(guest) == get(guest, host="API.Example:80") == get(guest, API6, "www.example") == FAULT
        assert outside.seen["api.example"] == before, "the server sees nothing of it"
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


def test_what_is_no_http_passes_as_before(mesh: Mesh, guest: Talk) -> None:
    with on(mesh, "away", "--outside", "*.example", "abort={status: 503}"):
        guest("open", "talker", TALKER, 80)
        heard = guest("say", "talker", "x" * len(GREETING), 10.0)
        guest("close", "talker")
        assert heard["heard"] == GREETING.decode()
        assert get(guest) == FAULT


def test_policy_is_the_same_to_the_letter(mesh: Mesh, outside: Outside, guest: Talk, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    calls = ((API, "api.example"), (FAR, "api.example"))
    mesh.ok("policy", "apply", "-f", str(file))
    try:
        before = [get(guest, *call) for call in calls]
        assert [status for status, _ in before] == [200, "timed out"]
        with on(mesh, "away", "--outside", "*.example", "--from", "role=guest", "headers={request: {set: {x-a: b}}}"):
            seen = outside.seen.total()
            assert [get(guest, *call)[0] for call in calls] == [status for status, _ in before]
            assert outside.seen.total() == seen + 1
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
