# SPDX-License-Identifier: Apache-2.0
"""LocalPolicies in a running mesh: containers of one pod, as root with a runtime's default capabilities, and what they
may do to each other. Needs root.

The verdict of `decide_local` is what the kernel does, case by case. What is denied is asked at the far end as well.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from l7filters.local_policy import Act, LocalPorts, LocalTarget, UnixSocket
from l7filters.local_verdicts import LocalUse, decide_local
from l7filters.parse import parse_documents
from l7filters.ports import Protocol
from l7filters.world import Workload, World
from riftgate.local.cgroups import processes
from tests.mesh_harness import PATIENCE, Flows, Mesh, Talk, kill_and_wait, pod_manifest, service_manifest

CONTAINERS = ("web", "db", "spare")
MANIFESTS = "".join(
    (
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: shop, labels: {{app: shop}}}}
spec:
  containers:
{"".join(f"  - {{name: {name}, image: client}}{chr(10)}" for name in CONTAINERS)}---""",
        service_manifest("shop", {"app": "shop"}, (8080, 5432)),
        pod_manifest("caller", "client", {"app": "caller"}),
    )
)
POLICIES = """
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: shop}}
  container: web
  listen:
  - port: 8080
  - {port: 7000, endPort: 7009, protocol: UDP}
  - socket: "@web"
  connect:
  - {port: 5432}
  - {port: 5353, protocol: UDP}
  - socket: "@db"
  - socket: /tmp/own
---
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: db}
spec:
  podSelector: {matchLabels: {app: shop}}
  container: db
  connect: []
---
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: everybody}
spec:
  podSelector: {matchLabels: {app: shop}}
  listen:
  - port: 5432
  - {port: 5353, protocol: UDP}
  - socket: "@db"
---
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: others}
spec:
  podSelector: {matchLabels: {app: caller}}
  listen: []
  connect: []
"""
SHOP = World((Workload("default", "shop", {"app": "shop"}),))
PARSED = parse_documents(POLICIES, "policies.yaml").local

Containers = dict[str, Talk]


@pytest.fixture(scope="module")
def shop(mesh: Mesh) -> Iterator[Containers]:
    with contextlib.ExitStack() as open_talks:
        yield {name: open_talks.enter_context(mesh.talk("shop", "neighbour.py", container=name)) for name in CONTAINERS}


@pytest.fixture
def rules(mesh: Mesh, folder: Path) -> Iterator[None]:
    mesh.apply(folder, POLICIES)
    try:
        yield
    finally:
        mesh.delete_policies()


def allowed(container: str, act: Act, target: LocalTarget) -> bool:
    return decide_local(SHOP, PARSED, LocalUse("default/shop", container, act, target)).allowed


TCP, UDP = Protocol.TCP, Protocol.UDP
PORTS = [LocalPorts(port, port, protocol) for protocol in (TCP, UDP) for port in (8080, 5432, 5353, 7000, 7009, 7010)]
SOCKETS = [UnixSocket(name) for name in ("@web", "@db", "@we", "@web2")]


def spoken(target: LocalTarget, host: str) -> tuple[str, object]:
    """KIND and ADDRESS."""
    if isinstance(target, UnixSocket):
        return "stream", target.name
    return target.protocol.lower(), [host, target.first]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "own IPv4", "own IPv6"])
def test_listening_is_what_the_reference_says(mesh: Mesh, shop: Containers, rules: None, host: str) -> None:
    own = dict(zip(("own IPv4", "own IPv6"), mesh.addresses("shop"), strict=True))
    for target in PORTS:
        for container, talk in shop.items():
            answer = talk("listen", "l", *spoken(target, own.get(host, host)))
            assert answer == ({} if allowed(container, Act.LISTEN, target) else {"error": "EPERM"}), (container, target)
            if not answer:
                talk("close", "l")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "own IPv4", "own IPv6"])
def test_connecting_is_what_the_reference_says(mesh: Mesh, shop: Containers, host: str, folder: Path) -> None:
    """The servers are there before the rules: what counts is who calls. Nothing arrives of what is denied."""
    own = dict(zip(("own IPv4", "own IPv6"), mesh.addresses("shop"), strict=True))
    served = [target for target in PORTS if allowed("spare", Act.LISTEN, target)]
    for target in served:
        assert shop["spare"]("listen", str(target), *spoken(target, own.get(host, host))) == {}
    mesh.apply(folder, POLICIES)
    try:
        for target in PORTS:
            for container, talk in shop.items():
                kind, address = spoken(target, own.get(host, host))
                word = f"{container} to {target}"
                if kind == "tcp":
                    answer = talk("open", "c", kind, address)
                    if not answer:
                        answer = talk("say", "c", word)
                        talk("close", "c")
                else:
                    answer = talk("send", kind, address, word, PATIENCE if target in served else 0.2)
                if not allowed(container, Act.CONNECT, target):
                    assert answer == {"error": "EPERM"}, word
                elif target in served:
                    assert answer == {"heard": word}
                else:
                    assert answer["error"] in ("ECONNREFUSED", "timed out"), word
        for target in served:
            heard = shop["spare"]("heard", str(target))["heard"]
            assert heard == [f"{name} to {target}" for name in CONTAINERS if allowed(name, Act.CONNECT, target)]
    finally:
        mesh.delete_policies()
        for target in served:
            shop["spare"]("close", str(target))


@pytest.mark.parametrize("kind", ["stream", "dgram"])
def test_unix_sockets_are_what_the_reference_says(mesh: Mesh, shop: Containers, folder: Path, kind: str) -> None:
    """By abstract names, which containers of a pod share; connected, and for a datagram also without."""
    for target in SOCKETS:
        assert shop["spare"]("listen", target.name, kind, target.name) == {}
    mesh.apply(folder, POLICIES)
    try:
        for target in SOCKETS:
            heard = []
            for container, talk in shop.items():
                # Without a security module an answer counts as a datagram like another; spare may send all.
                for way in ("open",) if kind == "stream" else ("open", "send"):
                    word = f"{way} by {container}"
                    if way == "send":
                        answer = talk("send", kind, target.name, word)
                    else:
                        answer = talk("open", "c", kind, target.name) or talk("say", "c", word)
                    if allowed(container, Act.CONNECT, target):
                        assert answer == {"heard": word}
                        heard.append(word)
                    else:
                        assert answer == {"error": "EPERM"}, (container, target)
            assert shop["spare"]("heard", target.name)["heard"] == heard
    finally:
        mesh.delete_policies()
        for target in SOCKETS:
            shop["spare"]("close", target.name)


def test_paths_are_held_against_the_rules_as_written(shop: Containers, rules: None) -> None:
    web = shop["web"]
    for path in ("/tmp/own", "/tmp/other"):
        web("listen", path, "stream", path)
    assert web("open", "c", "stream", "/tmp/own") == {}
    assert web("say", "c", "own") == {"heard": "own"}
    for path in ("/tmp/other", "/tmp/../tmp/own"):
        assert web("open", "c", "stream", path) == {"error": "EPERM"}, path
    for path in ("/tmp/own", "/tmp/other"):
        web("close", path)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_what_is_older_than_a_rule_ends_with_it(
    mesh: Mesh, shop: Containers, folder: Path, kind: str, host: str
) -> None:
    """At the end of the client that may not call, and at that of the server that may not listen."""
    web, spare = shop["web"], shop["spare"]
    # What TCP holds back for one test may come in the next.
    server = f"{kind} {host}"
    assert spare("listen", server, kind, [host, 6001]) == {}
    assert web("listen", server, kind, [host, 6002]) == {}
    assert web("open", "denied client", kind, [host, 6001]) == {}
    assert spare("open", "to a denied server", kind, [host, 6002]) == {}
    for talk, name in ((web, "denied client"), (spare, "to a denied server")):
        assert talk("say", name, "before") == {"heard": "before"}
    mesh.apply(folder, POLICIES)
    try:
        assert web("say", "denied client", "after", 0.5)["error"] in ("timed out", "EPERM")
        assert spare("say", "to a denied server", "after", 0.5) == {"error": "timed out"}
        assert spare("heard", server) == web("heard", server) == {"heard": ["before"]}
    finally:
        mesh.delete_policies()
        for talk, name in ((web, "denied client"), (spare, "to a denied server"), (web, server), (spare, server)):
            talk("close", name)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(("kind", "port"), [("tcp", 5432), ("udp", 5353)])
def test_who_may_not_call_is_held_back_before_who_may_be_called(
    mesh: Mesh, shop: Containers, folder: Path, kind: str, port: int, host: str
) -> None:
    """Guards skb_egress, which comes with the first LocalPolicy: at the receiver's end nothing is wrong."""
    db, spare = shop["db"], shop["spare"]
    name = f"{kind} {host} held back"
    assert spare("listen", name, kind, [host, port]) == {}
    assert db("open", name, kind, [host, port]) == {}
    assert db("say", name, "before") == {"heard": "before"}
    mesh.apply(folder, POLICIES)
    try:
        assert "error" in db("say", name, "after", 0.5)
        assert spare("heard", name) == {"heard": ["before"]}
    finally:
        mesh.delete_policies()
        db("close", name)
        spare("close", name)


def test_listening_without_a_port_of_ones_own(shop: Containers, rules: None) -> None:
    """The kernel's choice is not among the rules: the listener is there, and nobody reaches it."""
    for host in ("127.0.0.1", "::1"):
        port = shop["web"]("listen-unbound", "unbound", host)["port"]
        assert shop["spare"]("open", "c", "tcp", [host, port], 0.5) == {"error": "timed out"}
        assert shop["web"]("heard", "unbound") == {"heard": []}
        shop["web"]("close", "unbound")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_client_that_becomes_a_server_is_one(shop: Containers, rules: None, host: str) -> None:
    """Guards what a socket remembers of its connect: who comes from the port that it called is no server of that."""
    web, spare = shop["web"], shop["spare"]
    assert spare("listen", "called", "tcp", [host, 5432]) == {}
    assert web("open", "turned", "tcp", [host, 5432]) == {}
    assert web("say", "turned", "once") == {"heard": "once"}
    port = web("listen-again", "turned", host)["port"]
    spare("close", "called")
    assert spare("open-from", "c", [host, port], 5432, 0.5) == {"error": "timed out"}
    assert web("heard", "turned") == {"heard": []}
    web("close", "turned")


def test_a_listener_that_once_called_another_pod_sees_who_calls_it(mesh: Mesh, shop: Containers) -> None:
    """Guards getpeername() against what a socket remembers of its connect: what it accepts has that too."""
    web, spare = shop["web"], shop["spare"]
    for number, host in enumerate(("127.0.0.1", "::1")):
        assert web("open", "turned", "tcp", [mesh.addresses("caller")[number], 8080]) == {}
        port = web("listen-again", "turned", host)["port"]
        assert spare("open-from", "c", [host, port], 5433) == {}
        assert spare("say", "c", "hello") == {"heard": "hello"}
        assert web("callers", "turned") == {"callers": [[host, 5433]]}
        web("close", "turned")
        spare("close", "c")


def test_nobody_joins_the_port_of_another_container(shop: Containers, rules: None) -> None:
    """Both with SO_REUSEPORT and the same uid: all connections are web's."""
    web, spare = shop["web"], shop["spare"]
    assert web("listen", "8080", "tcp", ["127.0.0.1", 8080]) == {}
    assert spare("listen", "8080", "tcp", ["127.0.0.1", 8080]) == {"error": "EPERM"}
    assert spare("listen", "8080", "tcp", ["0.0.0.0", 8080]) == {"error": "EPERM"}
    web("close", "8080")


def test_a_socket_that_another_container_made(shop: Containers, rules: None) -> None:
    """Who connects counts, and not who has made it."""
    web, spare = shop["web"], shop["spare"]
    assert spare("raw", "socket") == {}
    assert web("take", "taken", "@web") == {"listening": True}
    assert spare("give", "socket", "@web") == {}
    assert web.answer() == {}
    assert web("open-taken", "taken", ["127.0.0.1", 6001]) == {"error": "EPERM"}
    assert spare("close", "socket") == {}


def test_an_exec_session_is_bound_as_its_container_is(mesh: Mesh, shop: Containers, rules: None) -> None:
    with mesh.talk("shop", "neighbour.py", session=True, container="web") as session:
        assert session("listen", "l", "tcp", ["127.0.0.1", 6001]) == {"error": "EPERM"}
        assert session("open", "c", "tcp", ["127.0.0.1", 6001]) == {"error": "EPERM"}
        assert session("open", "c", "stream", "@spare") == {"error": "EPERM"}
        assert session("listen", "l", "tcp", ["127.0.0.1", 8080]) == {}


def test_what_comes_and_goes_through_the_sidecar(mesh: Mesh, shop: Containers, rules: None) -> None:
    """Callers from outside reach what may listen; a container that may do nothing inside its pod calls out."""
    assert shop["web"]("listen", "8080", "tcp", ["0.0.0.0", 8080]) == {}
    with mesh.talk("caller", "neighbour.py") as caller:
        assert caller("listen", "l", "tcp", ["127.0.0.1", 8080]) == {"error": "EPERM"}
        assert caller("open", "c", "tcp", ["127.0.0.1", 8080]) == {"error": "EPERM"}
        for host in (*mesh.addresses("shop"), *mesh.service_addresses("shop"), "shop"):
            assert caller("open", "c", "tcp", [host, 8080]) == {}, host
            assert caller("say", "c", "through two sidecars") == {"heard": "through two sidecars"}
    shop["web"]("close", "8080")


def test_a_service_does_not_lead_around(mesh: Mesh, shop: Containers, rules: None, events: Flows) -> None:
    """The pod is behind it itself: what comes back through the sidecar is no way to a port that one may not call."""
    assert shop["db"]("listen", "5432", "tcp", ["::", 5432]) == {}
    for host in mesh.service_addresses("shop"):
        assert shop["db"]("open", "c", "tcp", [host, 5432]) == {"error": "EPERM"}
        assert shop["web"]("open", "c", "tcp", [host, 8080]) == {"error": "EPERM"}
        for container in ("web", "spare"):
            assert shop[container]("open", "c", "tcp", [host, 5432]) == {}
            assert shop[container]("say", "c", container) == {"heard": container}
        told = events.find(reason="local-connect", container="db", destination=host)
        assert (told["rule"], told["port"]) == ("default-deny/default/db", 5432)
    shop["db"]("close", "5432")


def test_denials_are_told(mesh: Mesh, shop: Containers, rules: None, events: Flows) -> None:
    web = shop["web"]
    web("listen", "l", "tcp", ["127.0.0.1", 6101])
    web("open", "c", "tcp", ["::1", 6102])
    web("send", "udp", ["127.0.0.1", 6103], "x")
    web("open", "c", "stream", "@elsewhere")
    web("open", "c", "stream", "/run/elsewhere.sock")
    expected: list[dict[str, object]] = [
        {"reason": "local-listen", "source_port": 6101, "protocol": "TCP"},
        {"reason": "local-connect", "destination": "::1", "port": 6102, "protocol": "TCP"},
        {"reason": "local-connect", "destination": "127.0.0.1", "port": 6103, "protocol": "UDP"},
        {"reason": "local-connect", "socket": "@elsewhere", "protocol": "UNIX"},
        {"reason": "local-connect", "socket": "/run/elsewhere.sock", "protocol": "UNIX"},
    ]
    for wanted in expected:
        told = events.find(kind="denial", pod="default/shop", container="web", comm="python3", **wanted)
        listens = wanted["reason"] == "local-listen"
        policy = next(each for each in PARSED if each.name == ("everybody" if listens else "web"))
        assert told["rule"] == f"default-deny/{policy.key}"
        assert (told["file"].endswith("/web.yaml"), told["line"]) == (True, policy.location.line)
    shown = mesh.ok("events")
    assert "on port 6101/TCP: local-listen by default-deny/default/everybody" in shown
    assert "-> [::1]:6102/TCP: local-connect by default-deny/default/web" in shown
    assert "-> socket @elsewhere: local-connect by default-deny/default/web" in shown
    assert {"local-listen", "local-connect"} <= mesh.pod("shop")["drops"].keys()


TYPO = """
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: typo}
spec:
  podSelector: {matchLabels: {app: caller}}
  container: ap
  listen: []
"""


def test_what_cannot_be_held_is_said(mesh: Mesh, folder: Path) -> None:
    """A container that there is not; and listening on unix sockets, which takes a security module."""
    mesh.apply(folder, TYPO)
    try:
        assert (
            "a LocalPolicy restricts container ap, which there is not, write app" in mesh.pod("caller")["notEnforced"]
        )
        assert not any("LocalPolicy" in reason for reason in mesh.pod("shop")["notEnforced"])
        mesh.apply(folder, TYPO.replace("container: ap", "container: app").replace("typo", "right"))
        about = [reason for reason in mesh.pod("caller")["notEnforced"] if "listening on unix sockets" in reason]
        assert len(about) == (not mesh.agent_status()["securityModule"]["enforced"])
        assert "default/right\tLocalPolicy\t" in mesh.ok("policy", "list")
    finally:
        mesh.delete_policies()


def test_explain_says_why(mesh: Mesh, rules: None) -> None:
    explain = ("policy", "explain", "--from", "pod/shop")
    allowed = mesh.run(*explain, "--container", "web", "--connect", "5432")
    assert (allowed.code, allowed.output.splitlines()[0]) == (0, "allowed: default/shop/web connects to port 5432/TCP")
    every = mesh.run("--json", *explain, "--listen", "@web")
    assert every.code == 1
    assert {each["subject"]["container"]: each["allowed"] for each in every.json()} == {
        "web": True,
        "db": False,
        "(any other)": False,
    }
    assert mesh.run(*explain, "--connect", "web.sock").code == 2


def test_a_pod_that_is_made_anew_is_bound_as_well(mesh: Mesh, folder: Path, rules: None) -> None:
    """The tables are the same, and the cgroups are others."""
    before = mesh.pod_cgroup("caller", "container-app").stat().st_ino
    changed = MANIFESTS.replace("{name: app, image: client,", "{name: app, image: client, env: [{name: A, value: b}],")
    mesh.up(folder, changed)
    assert mesh.pod_cgroup("caller", "container-app").stat().st_ino != before
    with mesh.talk("caller", "neighbour.py") as caller:
        assert caller("listen", "l", "tcp", ["127.0.0.1", 8080]) == {"error": "EPERM"}


def test_an_agent_that_is_killed_lifts_nothing(mesh: Mesh, shop: Containers, folder: Path) -> None:
    """Neither does the next one, before or after it has tables."""
    mesh.apply(folder, POLICIES)
    try:
        kill_and_wait(processes(mesh.instance.process_cgroup("agent")))
        assert shop["web"]("open", "c", "tcp", ["127.0.0.1", 6001]) == {"error": "EPERM"}
        assert shop["web"]("open", "c", "stream", "@spare") == {"error": "EPERM"}
        mesh.up(folder, MANIFESTS)
        assert shop["web"]("open", "c", "tcp", ["127.0.0.1", 6001]) == {"error": "EPERM"}
        assert shop["web"]("open", "c", "stream", "@spare") == {"error": "EPERM"}
        with mesh.events() as events:
            assert shop["web"]("listen", "l", "tcp", ["127.0.0.1", 6999]) == {"error": "EPERM"}
            assert events.find(source_port=6999)["container"] == "web"
    finally:
        mesh.delete_policies()
    assert shop["web"]("open", "c", "tcp", ["127.0.0.1", 6001]) == {"error": "ECONNREFUSED"}
