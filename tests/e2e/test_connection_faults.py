# SPDX-License-Identifier: Apache-2.0
"""Faults of connections in a mesh with an HTTP server, PostgreSQL and Redis, as their clients see them: who is hit and
who is not, that policy holds meanwhile, and that they end whoever dies. Needs root."""

import json
import os
import re
import signal
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyroute2 import IPRoute

from l7filters.connection_effects import ConnectionEffects, ConnectionReset
from l7filters.connection_faults import ConnectionFault, Existing
from l7filters.faults import Family, FaultTarget, Inject, RandomDelay, parse_outside
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from riftgate.control import wire
from riftgate.local.cgroups import processes
from riftgate.local.netns import in_netns
from tests import mesh_faults
from tests.delays import at_least
from tests.mesh_faults import activate, deactivate, held_still
from tests.mesh_harness import Mesh, Talk, ask, eventually, kill_and_wait, pod_manifest, running_mesh, service_manifest
from tests.pinned import open_map

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
HERE = SourceLocation("siege.yaml", 3)
FRIEND = Selector.of({"role": "friend"})
ONE_WAY = 0.15
"""Seconds by which each direction is late."""
ROUND_TRIP = at_least(ONE_WAY, 2)
SLOW = ConnectionEffects(latency=RandomDelay(Family.FIXED, (ONE_WAY * 1000,)))
CUT = ConnectionEffects(reset=ConnectionReset())
SILENT = ConnectionEffects(blackhole_after=0)
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


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("connections"), MANIFESTS) as mesh:
        yield mesh


@pytest.fixture(scope="module")
def friend(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("friend") as talk:
        yield talk


@pytest.fixture(scope="module")
def other(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("other") as talk:
        yield talk


def fault(does: ConnectionEffects, app: str = "vault", **more: Any) -> ConnectionFault:
    """Of the friend's connections."""
    return ConnectionFault("siege", "line", HERE, FaultTarget("default", Selector.of({"app": app})), does, **more)


def on(mesh: Mesh, does: ConnectionEffects, app: str = "vault", **more: Any) -> AbstractContextManager[None]:
    return mesh_faults.on(mesh, fault(does, app, source=FRIEND, **more))


def fault_servers(mesh: Mesh) -> tuple[int, ...]:
    def is_one(pid: int) -> bool:
        try:
            return b"fault-server" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False

    return tuple(filter(is_one, processes(mesh.instance.process_cgroup("control"))))


def kernel_entries(mesh: Mesh) -> int:
    """How many pairs of ends the kernel sends to the fault server, or did until their end came."""
    with open_map(mesh.instance.pins / "maps" / "connection_faults_end_by_pair") as table:
        return len(table.all_keys())


def hits(mesh: Mesh) -> int:
    return int(ask(mesh.instance.control_socket, "/v1/faults/hits")["hits"].get("siege/line", 0))


def get(talk: Talk, address: str, path: str = "/") -> dict[str, Any]:
    """Over a connection of its own."""
    return talk("http", "GET", address, 80, path, {}, 0)


def seconds(talk: Talk, *what: Any) -> float:
    """How long an answer of 200 has taken."""
    began = time.monotonic()
    assert get(talk, *what).get("status") == 200
    return time.monotonic() - began


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


def test_a_fault_that_is_turned_on_waits_for_the_fault_server(mesh: Mesh, friend: Talk) -> None:
    """Which has just died: once it is said to be on, it has been, though the next one may take as long as its lease."""
    vault = mesh.addresses("vault")[0]
    friend("open", "before", vault, 7000)
    assert friend("say", "before", "hello") == {"heard": "hello"}
    kill_and_wait(fault_servers(mesh))
    activate(mesh, fault(SLOW, source=FRIEND, existing=Existing.RESET), lease=2.0)
    assert friend("say", "before", "hello").get("error") in ("closed", "ECONNRESET", "EPIPE")
    deactivate(mesh, "siege")
    friend("close", "before")


def test_open_connections_are_reset_by_the_word_of_each_control_server(
    mesh: Mesh, friend: Talk, tmp_path: Path
) -> None:
    """The agent outlives them, and has done as much for the one before."""
    vault = mesh.addresses("vault")[0]
    for _ in range(2):
        mesh.kill_control()
        mesh.up(tmp_path, MANIFESTS)
        friend("open", "before", vault, 7000)
        assert friend("say", "before", "hello") == {"heard": "hello"}
        with on(mesh, SLOW, existing=Existing.RESET):
            assert friend("say", "before", "hello").get("error") in ("closed", "ECONNRESET", "EPIPE")
        friend("close", "before")


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


@pytest.mark.parametrize("dead", [("control",), ("control", "agent")])
def test_a_blackhole_and_its_end_when_others_die(
    mesh: Mesh, friend: Talk, tmp_path: Path, dead: tuple[str, ...]
) -> None:
    """The fault server dies with the control server: the agent knows at once, the kernel soon after, and the sidecar
    lets go of what it held. The lease would be of an hour."""
    vault = mesh.addresses("vault")[0]
    body = {"faults": wire.faults_to_json((fault(SILENT, source=FRIEND),)), "lease": 3600}
    ask(mesh.instance.control_socket, "/v1/faults/on", body)
    friend("open", "held", vault, 7000)
    assert friend("say", "held", "hello", 1.0) == {"error": "timed out"}
    assert kernel_entries(mesh) == 1
    pids = {part: processes(mesh.instance.process_cgroup(part)) for part in dead}
    kill_and_wait(tuple(pid for part in reversed(dead) for pid in pids[part]))
    assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
    assert get(friend, vault).get("status") == 200
    assert friend("say", "held", "again") == {"heard": "again"}
    if "agent" not in dead:
        eventually(lambda: kernel_entries(mesh) == 0)
    friend("close", "held")
    mesh.up(tmp_path, MANIFESTS)
    assert get(friend, vault)["status"] == 200
    assert mesh.ok("fault", "list") == "no fault is on\n"


def test_a_lease_ends_it_without_control_server_and_agent(mesh: Mesh, friend: Talk) -> None:
    """Both stand still: sidecar and kernel know the end, and what was held goes on."""
    vault = mesh.addresses("vault")[0]
    activate(mesh, fault(SILENT, source=FRIEND), lease=4.0)
    friend("open", "held", vault, 7000)
    assert friend("say", "held", "hello", 1.0) == {"error": "timed out"}
    standing = [
        pid
        for part in ("control", "agent")
        for pid in processes(mesh.instance.process_cgroup(part))
        if pid not in fault_servers(mesh)
    ]
    for pid in standing:
        os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: get(friend, vault).get("status") == 200)
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
    finally:
        for pid in standing:
            os.kill(pid, signal.SIGCONT)
        deactivate(mesh, "siege")
    friend("close", "held")


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


def test_a_sidecar_that_stood_still_lets_go_by_itself(mesh: Mesh, friend: Talk) -> None:
    """When it goes on past the fault's end, with the agent, that would have ended it, standing still as well."""
    vault = mesh.addresses("vault")[0]
    activate(mesh, fault(SILENT, source=FRIEND), lease=3.0)
    friend("open", "held", vault, 7000)
    assert friend("say", "held", "hello", 0.5) == {"error": "timed out"}
    with held_still(mesh, "agent"):
        standing = mesh.sidecar_pids("vault")
        for pid in standing:
            os.kill(pid, signal.SIGSTOP)
        try:
            eventually(lambda: ask(mesh.instance.control_socket, "/v1/faults") == [])
        finally:
            for pid in standing:
                os.kill(pid, signal.SIGCONT)
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
        assert get(friend, vault)["status"] == 200
    friend("close", "held")


def test_connections_go_on_when_the_fault_server_dies(mesh: Mesh, friend: Talk) -> None:
    """kill -9: those that it has decided about let go of what they hold, new ones take their usual way until the next
    one knows the fault, and then it is on again. Not one of them fails."""
    vault = mesh.addresses("vault")[0]
    with on(mesh, SILENT):
        friend("open", "held", vault, 7000)
        assert friend("say", "held", "hello", 0.5) == {"error": "timed out"}
        kill_and_wait(fault_servers(mesh))
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
    with on(mesh, SLOW):
        assert seconds(friend, vault) >= ROUND_TRIP
        kill_and_wait(fault_servers(mesh))
        before = hits(mesh)

        def hit_again() -> bool:
            assert get(friend, vault).get("status") == 200
            return hits(mesh) > before

        eventually(hit_again)
        assert seconds(friend, vault) >= ROUND_TRIP
        assert friend("say", "held", "again") == {"heard": "again"}
    friend("close", "held")


def test_a_fault_server_that_stands_still_holds_nothing(mesh: Mesh, friend: Talk) -> None:
    """SIGSTOP, under a lease of an hour: the kernel kills it, the sidecar lets go of what it held, another one takes
    its place, and whoever reads flows is told."""
    vault = mesh.addresses("vault")[0]
    with mesh.flows() as flows:
        body = {"faults": wire.faults_to_json((fault(SILENT, source=FRIEND),)), "lease": 3600}
        ask(mesh.instance.control_socket, "/v1/faults/on", body)
        friend("open", "held", vault, 7000)
        assert friend("say", "held", "hello", 0.5) == {"error": "timed out"}
        standing = fault_servers(mesh)
        for pid in standing:
            os.kill(pid, signal.SIGSTOP)
        assert friend("hear", "held", 5, 20.0) == {"heard": "hello"}
        eventually(lambda: fault_servers(mesh) and not set(fault_servers(mesh)) & set(standing))
        mesh.ok("fault", "off", "--all")
        assert friend("say", "held", "again") == {"heard": "again"}
        friend("close", "held")
        assert get(friend, vault, "/after")["status"] == 200
        flows.find(log="inbound", path="/after")
        (told,) = (each["note"] for each in flows.records if "note" in each)
        assert "it stood still" in told


def test_connections_are_hit_again_after_a_sidecar_has_died(mesh: Mesh, friend: Talk) -> None:
    """kill -9 of the target's Envoy: its successor's listener registers itself, and the fault is on as before."""
    vault = mesh.addresses("vault")[0]
    with on(mesh, SLOW):
        kill_and_wait(mesh.sidecar_pids("vault"))
        eventually(lambda: get(friend, vault).get("status") == 200)
        assert seconds(friend, vault) >= ROUND_TRIP
    assert get(friend, vault)["status"] == 200


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
