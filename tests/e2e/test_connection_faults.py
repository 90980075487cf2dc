# SPDX-License-Identifier: Apache-2.0
"""Faults of connections in a mesh with an HTTP server, PostgreSQL and Redis, as their clients see them: who is hit and
who is not, and that policy holds meanwhile. Needs root."""

import json
import re
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyroute2 import IPRoute

from l7filters.connection_faults import ConnectionFault, Existing
from l7filters.faults import FaultTarget, Inject, parse_outside
from riftgate.control import wire
from riftgate.local.netns import in_netns
from tests import mesh_faults
from tests.mesh_connection_faults import CUT, FRIEND, HERE, ROUND_TRIP, SLOW, fault, get, hits, on, seconds
from tests.mesh_faults import deactivate
from tests.mesh_harness import Mesh, Talk, ask, eventually, pod_manifest, service_manifest

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        pod_manifest("base", "postgres", {"app": "base"}, (5432,)),
        pod_manifest("cache", "redis", {"app": "cache"}, (6379,)),
        pod_manifest("friend", "client", {"role": "friend"}),
        service_manifest("cache", {"app": "cache"}, (6379,)),
        pod_manifest("other", "client", {"role": "other"}),
    )
)
FAMILIES = pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
OUTSIDE, OUTSIDE_PORT = "192.0.2.1", 9000
POLICY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: gate}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: friend}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET, path: /open}]}
"""


def ping(talk: Talk, name: str) -> str:
    """Of a Redis server, over a connection that is open."""
    heard = talk("say", name, "PING\r\n")
    return str(heard.get("error") or heard["heard"] + talk("hear", name, 1, 5.0)["heard"])


def queries(mesh: Mesh, pod: str, address: str, count: int) -> list[float]:
    """How many seconds each of so many queries over one connection has taken, as psql tells it."""
    commands = [each for number in range(count) for each in ("-c", f"select {number}")]
    said = mesh.ok("exec", pod, "--", "psql", "-X", "-h", address, "-U", "postgres", "-c", "\\timing on", *commands)
    return [float(each) / 1000 for each in re.findall(r"Time: ([0-9.]+) ms", said)]


@FAMILIES
def test_latency_of_http_for_the_sources_alone(mesh: Mesh, friend: Talk, other: Talk, family: int) -> None:
    """The records say of each request whether its connection was hit."""
    vault = mesh.addresses("vault")[family]
    before = hits(mesh)
    with mesh.flows() as flows, on(mesh, SLOW):
        assert all(seconds(friend, vault, "/hit") >= ROUND_TRIP for _ in range(5))
        assert hits(mesh) == before + 5
        assert get(other, vault, "/spared")["status"] == 200
        assert hits(mesh) == before + 5
        hit = flows.find(log="inbound", path="/hit")
        assert (hit["connection_faults"], hit["faults"], hit["kind"]) == (["siege/line"], ["siege/line"], "injected")
        spared = flows.find(log="inbound", path="/spared")
        assert (spared["connection_faults"], spared["kind"]) == ([], "genuine")
        deactivate(mesh, "siege")
        assert get(friend, vault, "/after")["status"] == 200
        assert flows.find(log="inbound", path="/after")["connection_faults"] == []
    assert hits(mesh) == before + 5


def test_latency_of_postgresql(mesh: Mesh, friend: Talk) -> None:
    base = mesh.addresses("base")[0]
    eventually(lambda: mesh.run("exec", "friend", "--", "psql", "-h", base, "-U", "postgres", "-c", "").code == 0)
    with mesh.flows() as flows, on(mesh, SLOW, "base"):
        taken = queries(mesh, "friend", base, 5)
        assert len(taken) == 5
        assert min(taken) >= ROUND_TRIP
        queries(mesh, "other", base, 1)
        flows.find(protocol="TCP", source_workload="default/friend", connection_faults=["siege/line"])
        spared = flows.find(log="inbound", protocol="TCP", source_workload="default/other")
        assert spared["connection_faults"] == []


@FAMILIES
def test_latency_of_redis(mesh: Mesh, friend: Talk, family: int) -> None:
    cache = mesh.addresses("cache")[family]
    friend("open", "old", cache, 6379)
    assert ping(friend, "old") == "+PONG\r\n"
    before = hits(mesh)
    with on(mesh, SLOW, "cache"):
        friend("open", "new", cache, 6379)
        began = time.monotonic()
        assert [ping(friend, "new") for _ in range(4)] == ["+PONG\r\n"] * 4
        assert time.monotonic() - began >= 4 * ROUND_TRIP
        assert ping(friend, "old") == "+PONG\r\n"
        assert hits(mesh) == before + 1, "what was open is kept as it is"
    # The connection outlives the fault, and passes untouched from then on.
    assert ping(friend, "new") == "+PONG\r\n"
    for name in ("old", "new"):
        friend("close", name)


def test_a_reset_of_new_connections(mesh: Mesh, friend: Talk, other: Talk) -> None:
    vault, cache = mesh.addresses("vault")[0], mesh.addresses("cache")[0]
    with on(mesh, CUT, "cache"):
        friend("open", "cut", cache, 6379)
        assert ping(friend, "cut") in ("closed", "ECONNRESET")
        friend("close", "cut")
        other("open", "spared", cache, 6379)
        assert ping(other, "spared") == "+PONG\r\n"
        other("close", "spared")
        assert get(friend, vault)["status"] == 200
    with on(mesh, CUT):
        assert "error" in get(friend, vault)
        assert get(other, vault)["status"] == 200
    assert get(friend, vault)["status"] == 200


def test_open_connections_of_the_pair_are_reset(mesh: Mesh, friend: Talk, other: Talk) -> None:
    vault = mesh.addresses("vault")[0]
    for talk in (friend, other):
        for port in (80, 7000):
            talk("open", f"open-{port}", vault, port)
        assert talk("request", "open-80", "GET", "/", {})["status"] == 200
        assert talk("say", "open-7000", "hello") == {"heard": "hello"}
    with on(mesh, SLOW, existing=Existing.RESET):
        assert friend("say", "open-7000", "hello").get("error") in ("closed", "ECONNRESET", "EPIPE")
        assert other("say", "open-7000", "hello") == {"heard": "hello"}
        assert "error" in friend("request", "open-80", "GET", "/", {})
        assert other("request", "open-80", "GET", "/", {})["status"] == 200
        # The next one is under the fault.
        assert seconds(friend, vault) >= ROUND_TRIP
    for talk in (friend, other):
        for port in (80, 7000):
            talk("close", f"open-{port}")


def test_a_plan_tells_the_open_connections_and_touches_none(mesh: Mesh, friend: Talk) -> None:
    vault = mesh.addresses("vault")[0]
    address = mesh.addresses("friend")[0]
    target = fault(SLOW, source=FRIEND, existing=Existing.RESET)
    friend("open", "planned", vault, 7000)
    assert friend("say", "planned", "hello") == {"heard": "hello"}
    (planned,) = ask(mesh.instance.control_socket, "/v1/faults/plan", {"faults": wire.faults_to_json((target,))})
    assert (planned["pods"], planned["callers"]) == (["default/vault"], ["default/friend"])
    body = {name: planned[name] for name in ("pods", "dialled", "outside", "port", "callers")}
    found = ask(mesh.instance.agent_socket, "/v1/connections", body)["connections"]
    assert [(each["pod"], each["port"], each["remote"]) for each in found] == [("default/vault", 7000, address)]
    for less in ({"callers": ["default/other"]}, {"port": 80}):
        assert ask(mesh.instance.agent_socket, "/v1/connections", body | less) == {"connections": []}
    assert friend("say", "planned", "hello") == {"heard": "hello"}
    friend("close", "planned")


def test_policy_holds_on_faulted_connections(mesh: Mesh, friend: Talk, other: Talk, tmp_path: Path) -> None:
    vault = mesh.addresses("vault")[0]
    mesh.apply(tmp_path, POLICY)
    before = hits(mesh)
    try:
        with mesh_faults.on(mesh, fault(SLOW)):
            assert seconds(friend, vault, "/open") >= ROUND_TRIP
            for method, path in (("GET", "/shut"), ("POST", "/open"), ("GET", "/open/../shut")):
                denied = friend("http", method, vault, 80, path, {}, 0)
                assert (denied["status"], denied["body"]) == (403, "Access denied"), (method, path)
            assert hits(mesh) == before + 4
            assert "error" in get(other, vault, "/open"), "L3/L4 denies it: no SYN gets there"
            assert "error" in friend("exchange", vault, 7000, 10)
            assert hits(mesh) == before + 4
    finally:
        mesh.delete_policies()


@FAMILIES
def test_latency_at_the_callers_side(mesh: Mesh, friend: Talk, other: Talk, family: int) -> None:
    """The caller's sidecar listens for such connections only from now on; until it does, they take their usual way."""
    cache = mesh.addresses("cache")[family]
    friend("open", "old", cache, 6379)
    assert ping(friend, "old") == "+PONG\r\n"
    with mesh.flows() as flows, on(mesh, SLOW, "cache", inject=Inject.CLIENT):

        def is_hit() -> bool:
            before = hits(mesh)
            friend("open", "new", cache, 6379)
            assert ping(friend, "new") == "+PONG\r\n"
            return hits(mesh) > before

        eventually(is_hit)
        began = time.monotonic()
        assert [ping(friend, "new") for _ in range(4)] == ["+PONG\r\n"] * 4
        assert time.monotonic() - began >= 4 * ROUND_TRIP
        before = hits(mesh)
        other("open", "spared", cache, 6379)
        for talk, name in ((other, "spared"), (friend, "old")):
            assert ping(talk, name) == "+PONG\r\n"
            talk("close", name)
        assert get(friend, mesh.addresses("vault")[family])["status"] == 200
        assert hits(mesh) == before
        friend("close", "new")
        hit = flows.find(log="outbound", protocol="TCP", connection_faults=["siege/line"])
        assert (hit["node"], hit["destination"]["address"]) == ("default/friend", cache)
        spared = flows.find(log="outbound", protocol="TCP", node="default/other")
        assert spared["connection_faults"] == []
    friend("open", "after", cache, 6379)
    before = hits(mesh)
    assert ping(friend, "after") == "+PONG\r\n"
    friend("close", "after")
    assert hits(mesh) == before


def test_calls_of_a_service_are_reset_at_the_callers_side(mesh: Mesh, friend: Talk, other: Talk) -> None:
    """The target's sidecar sees nothing of it; what is open is reset too."""
    service = mesh.service_addresses("cache")[0]
    for talk in (friend, other):
        talk("open", "open", service, 6379)
        assert ping(talk, "open") == "+PONG\r\n"
    with on(mesh, CUT, "cache", inject=Inject.CLIENT, existing=Existing.RESET):
        assert ping(friend, "open") in ("closed", "ECONNRESET", "EPIPE")
        assert ping(other, "open") == "+PONG\r\n"

        def is_cut() -> bool:
            friend("open", "cut", service, 6379)
            answer = ping(friend, "cut")
            friend("close", "cut")
            return answer in ("closed", "ECONNRESET", "EPIPE")

        eventually(is_cut)
    for talk in (friend, other):
        talk("close", "open")


@contextmanager
def echo_outside(mesh: Mesh) -> Iterator[None]:
    """A server on the node, which is no workload: it sends back what it gets."""

    class Echo(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while heard := self.request.recv(4096):
                self.request.sendall(heard)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    def listen() -> Server:
        with IPRoute() as netlink:
            netlink.addr("add", index=netlink.link_lookup(ifname="lo")[0], address=OUTSIDE, prefixlen=32)
        return Server((OUTSIDE, OUTSIDE_PORT), Echo)

    server: Server = in_netns(mesh.node_netns, listen)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def test_a_server_outside_of_the_mesh(mesh: Mesh, friend: Talk, other: Talk) -> None:
    target = FaultTarget("default", port=OUTSIDE_PORT, outside=parse_outside("192.0.2.0/24"))
    outside = ConnectionFault("siege", "line", HERE, target, SLOW, source=FRIEND, inject=Inject.CLIENT)
    with echo_outside(mesh):
        friend("open", "old", OUTSIDE, OUTSIDE_PORT)
        assert friend("say", "old", "hello") == {"heard": "hello"}
        with mesh_faults.on(mesh, outside):

            def is_hit() -> bool:
                before = hits(mesh)
                friend("open", "new", OUTSIDE, OUTSIDE_PORT)
                assert friend("say", "new", "hello") == {"heard": "hello"}
                return hits(mesh) > before

            eventually(is_hit)
            began = time.monotonic()
            assert friend("say", "new", "hello") == {"heard": "hello"}
            assert time.monotonic() - began >= ROUND_TRIP
            before = hits(mesh)
            other("open", "spared", OUTSIDE, OUTSIDE_PORT)
            for talk, name in ((other, "spared"), (friend, "old")):
                assert talk("say", name, "hello") == {"heard": "hello"}
                talk("close", name)
            assert hits(mesh) == before
        friend("close", "new")


def test_by_hand_they_are_planned_listed_and_ended(mesh: Mesh, friend: Talk) -> None:
    vault = mesh.addresses("vault")[0]
    fault = ("line", "connection={latency: 150ms, existing: reset}", "--to", "app=vault", "--port", "7000")
    command = (*fault, "--from", "role=friend")
    friend("open", "planned", vault, 7000)
    assert friend("say", "planned", "hello") == {"heard": "hello"}
    planned = mesh.ok("fault", "plan", *command)
    for line in ("in the sidecars of: default/vault", "connections of: default/friend", "to: default/vault, port 7000"):
        assert line in planned
    assert "open now: 1, which will be reset" in planned
    assert friend("say", "planned", "hello") == {"heard": "hello"}
    mesh.ok("fault", "on", *command, "--for", "60s")
    assert friend("say", "planned", "hello").get("error") in ("closed", "ECONNRESET", "EPIPE")
    friend("close", "planned")
    began = time.monotonic()
    assert friend("exchange", vault, 7000, 100)["intact"]
    assert time.monotonic() - began >= ROUND_TRIP
    assert "by-hand/line: connection: " in mesh.ok("fault", "list")
    mesh.ok("fault", "off", "line")
    assert mesh.ok("fault", "list") == "no fault is on\n"


SIEGE = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: siege}
spec:
  for: 3s
  steadyState:
  - name: the vault answers
    http: {from: friend, url: "http://ADDRESS/"}
    tolerance: {status: 200}
  faults:
  - name: line
    target: {selector: {matchLabels: {app: vault}}}
    from: {selector: {matchLabels: {role: friend}}}
    connection: {latency: 20ms}
    mustFire: true
  - name: spared
    target: {selector: {matchLabels: {app: cache}}}
    connection: {reset: {}}
    mustFire: false
"""


def test_a_scenario_of_them_is_counted_and_its_requests_are_injected(mesh: Mesh, tmp_path: Path) -> None:
    file = tmp_path / "siege.yaml"
    file.write_text(SIEGE.replace("ADDRESS", mesh.addresses("vault")[0]))
    done = mesh.run("--json", "scenario", "run", str(file), "--journal", str(tmp_path / "siege.jsonl"))
    assert done.code == 0, done.output + done.errors
    report = done.json()
    fired = {fault["id"]: fault["fired"] for fault in report["faults"]}
    assert fired["siege/line"] > 0
    assert fired["siege/spared"] == 0
    assert report["reverted"] == "confirmed"
    seen = [json.loads(line) for line in (tmp_path / "siege.jsonl").read_text().splitlines()]
    kinds = {each["kind"] for each in seen if each.get("event") == "request" and "siege/line" in each["fired"]}
    assert kinds == {"injected"}
