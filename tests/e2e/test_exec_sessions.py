# SPDX-License-Identifier: Apache-2.0
"""Exec sessions are told apart from what a container runs by itself, and policy can say so. On a real mesh; needs root.

`mesh.talk` stands for the container's own process, `mesh.talk(session=True)` is what `riftgate exec` makes of it.
"""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mesh_harness import PATIENCE, PODS, Flows, Mesh, Talk, eventually, pod_manifest, service_manifest

BEACON = """
import http.client, time
while True:
    try:
        http.client.HTTPConnection("vault", 80, timeout=2).request("GET", "/beacon")
    except OSError:
        pass
    time.sleep(0.2)
"""
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        service_manifest("vault", {"app": "vault"}, (80,)),
        pod_manifest("friend", "client", {"role": "guest"}),
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: beacon, labels: {{role: beacon}}}}
spec:
  containers:
  - {{name: app, image: client, command: [/usr/bin/python3, -c, {json.dumps(BEACON)}]}}
  - {{name: other, image: client}}
---""",
    )
)
NO_SESSIONS = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: no-sessions, annotations: {riftgate.io/process: exec}}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET}]}
"""
STAY_HOME = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: stay-home, annotations: {riftgate.io/process: exec}}
spec:
  endpointSelector: {matchLabels: {role: guest}}
  egressDeny:
  - toEndpoints: [{matchLabels: {app: vault}}]
"""
HOME_ALONE = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: home-alone, annotations: {riftgate.io/process: exec}}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingressDeny:
  - fromEndpoints: [{matchLabels: {role: guest}}]
"""
OWN_ONLY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: own-only, annotations: {riftgate.io/process: main}}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingressDeny:
  - fromEndpoints: [{matchLabels: {role: guest}}]
"""
GET = ("GET", 80, "/", {}, 0)


@pytest.fixture(scope="module")
def own(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("friend") as own:
        yield own


@pytest.fixture
def session(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("friend", session=True) as session:
        yield session


@contextmanager
def policy(mesh: Mesh, folder: Path, text: str) -> Iterator[None]:
    mesh.apply(folder, text)
    try:
        yield
    finally:
        mesh.delete_policies()


def ask(talk: Talk, method: str, host: str, path: str = "/", port: int = 80) -> object:
    """The status, or the error."""
    answer = talk("http", method, host, port, path, {}, 0)
    return answer.get("status") or answer["error"]


def test_what_the_agent_starts_is_the_containers_own(flows: Flows) -> None:
    """Guards the way from the agent over its launchers (sh, nsenter, bwrap, setpriv) to the command itself."""
    for log in ("outbound", "inbound"):
        record = flows.find(log=log, path="/beacon", source_workload="default/beacon")
        assert record["process"] == "main"


@pytest.mark.parametrize("which", ["ipv4", "ipv6", "service"])
def test_flows_of_exec_sessions_are_marked(mesh: Mesh, own: Talk, session: Talk, flows: Flows, which: str) -> None:
    """Guards the session's own listener, clusters and address: both ends know, over plain TCP and over HTTP."""
    hosts = dict(zip(("ipv4", "ipv6"), mesh.addresses("vault"), strict=True)) | {"service": "vault"}
    for talk, process in ((own, "main"), (session, "exec")):
        path = f"/{which}/{process}"
        assert ask(talk, "GET", hosts[which], path) == 200
        record = flows.find(log="inbound", path=path)
        assert (record["process"], record["source_workload"]) == (process, "default/friend")
        tcp_or_http = {"path": path} if which == "service" else {"protocol": "TCP", "process": process}
        record = flows.find(log="outbound", node="default/friend", **tcp_or_http)
        assert (record["process"], record["destination_workload"]) == (process, "default/vault")


def test_children_of_a_session_are_of_it(own: Talk, session: Talk, flows: Flows) -> None:
    """Guards the inheritance on fork: a grandchild whose parent has ended is nobody's child any more, and still its."""
    assert own("orphan", "http", "GET", "vault", 80, "/orphan/main", {}, 0)["status"] == 200
    assert session("orphan", "http", "GET", "vault", 80, "/orphan/exec", {}, 0)["status"] == 200
    assert flows.find(log="inbound", path="/orphan/main")["process"] == "main"
    assert flows.find(log="inbound", path="/orphan/exec")["process"] == "exec"


def test_any_tool_makes_an_exec_session(mesh: Mesh, flows: Flows, events: Flows) -> None:
    """Guards the default: whoever joins the container's cgroup and namespaces from outside, by whatever tool."""
    join = 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'
    inside = ("nsenter", f"--net={mesh.namespaces('friend').net}", "/usr/bin/python3", str(PODS / "talk.py"))
    cgroup = mesh.pod_cgroup("friend", "container-app")
    talk = Talk(["/bin/sh", "-c", join, "sh", str(cgroup), *inside])
    try:
        assert ask(talk, "GET", mesh.addresses("vault")[0], "/nsenter") == 200
        assert flows.find(log="inbound", path="/nsenter")["process"] == "exec"
        told = events.find(kind="exec", pod="default/friend", comm="python3", pid=talk.pid)
        assert (told["container"], told["process"]) == ("app", "exec")
    finally:
        talk.close()


def test_sessions_are_told(mesh: Mesh, events: Flows) -> None:
    """Guards the event, and that what a container does by itself is none."""
    mesh.ok("exec", "friend", "--", "/usr/bin/env", "true")
    told = events.find(kind="exec", pod="default/friend", comm="true")
    assert (told["container"], told["process"], told["reason"]) == ("app", "exec", "")
    assert f"exec        default/friend/app true({told['pid']}, exec)" in mesh.ok("events")
    assert not [each for each in events.records if (each["kind"], each["pod"]) == ("exec", "default/beacon")]


def test_l4_rules_about_sessions(mesh: Mesh, folder: Path, own: Talk, session: Talk, events: Flows) -> None:
    """Guards the session's identity in the kernel: the connect fails silently, at the caller."""
    vault = mesh.addresses("vault")
    with policy(mesh, folder, STAY_HOME):
        for host in (*vault, mesh.service_addresses("vault")[0]):
            assert ask(session, "GET", host) == "timed out"
            assert ask(own, "GET", host) == 200
            if host in vault:
                for connected in (True, False):
                    assert "error" in session("datagram", host, 7000, "x", connected, 0.5)
                    assert "error" not in own("datagram", host, 7000, "x", connected)
        datagram = events.find(kind="denial", process="exec", destination=vault[0], protocol="UDP")
        assert (datagram["pod"], datagram["rule"]) == ("default/friend", "default/stay-home#0")
        denied = events.find(kind="denial", pod="default/friend", process="exec", destination=vault[0], protocol="TCP")
        assert (denied["rule"], denied["line"]) == ("default/stay-home#0", 8)
        assert denied["source"] == mesh.pod("friend")["execAddresses"][0]
    assert ask(session, "GET", vault[0]) == 200


def test_l4_rules_about_all_but_sessions(mesh: Mesh, folder: Path, own: Talk, session: Talk) -> None:
    """Guards the other direction: what is said of `main` binds no session."""
    with policy(mesh, folder, OWN_ONLY):
        for host in mesh.addresses("vault"):
            assert ask(own, "GET", host) == "timed out"
            assert ask(session, "GET", host) == 200
            for connected in (True, False):
                assert own("datagram", host, 7000, "x", connected, 0.5) == {"error": "timed out"}
                assert session("datagram", host, 7000, "x", connected)["heard"] == "vault x"


def test_pings_of_sessions_are_theirs(mesh: Mesh, folder: Path, events: Flows) -> None:
    """Guards the mark of a socket that is neither of TCP nor of UDP, where a packet leaves and where it arrives."""
    families = zip(mesh.addresses("vault"), ("ICMP", "ICMPv6"), (8, 128), (0, 129), strict=True)
    # By a ping socket, and by a raw one.
    ways = [*itertools.product(families, (False, True))]
    with mesh.talk("friend", "pings.py") as own, mesh.talk("friend", "pings.py", session=True) as session:
        for rule, denied, free in ((STAY_HOME, session, own), (HOME_ALONE, session, own), (OWN_ONLY, own, session)):
            who = {"pod": "default/friend", "process": "exec" if denied is session else "main"}
            with policy(mesh, folder, rule):
                for (vault, protocol, kind, answer), raw in ways:
                    assert denied("ping", vault, kind, raw, 1) == {"error": "timed out"}
                    assert free("ping", vault, kind, raw, PATIENCE) == {"answer": answer}
                    told = events.find(kind="denial", destination=vault, port=kind, **who)
                    assert told["protocol"] == protocol
        for (vault, _, kind, answer), raw in ways:
            assert session("ping", vault, kind, raw, PATIENCE) == {"answer": answer}


def test_l7_rules_about_sessions(mesh: Mesh, folder: Path, own: Talk, session: Talk, flows: Flows) -> None:
    """Guards the session's entry in the server's RBAC, and the default deny that binds sessions alone."""
    vault = mesh.addresses("vault")
    with policy(mesh, folder, NO_SESSIONS):
        for host in (*vault, "vault"):
            assert ask(session, "GET", host, "/l7/get") == 200
            assert ask(session, "POST", host, "/l7/post") == 403
            assert ask(own, "POST", host) == 200
        assert ask(session, "GET", vault[0], port=7000) == "timed out"
        assert own("open", "door", vault[0], 7000)["peer"] == [vault[0], 7000]
        own("close", "door")
        denied = flows.find(log="inbound", path="/l7/post")
        assert (denied["process"], denied["enforced"]["rule"]) == ("exec", "default-deny/default/no-sessions")
        explain = ("policy", "explain", "--from", "pod/friend", "--to", "pod/vault", "--port", "80")
        assert mesh.run(*explain, "POST", "/").output.startswith("allowed")
        told = mesh.run(*explain, "--process", "exec", "POST", "/")
        assert told.code == 1
        assert "an exec session in default/friend" in told.output
        assert "default deny of default/no-sessions" in told.output


def test_a_move_between_cgroups_sheds_nothing(mesh: Mesh, session: Talk, flows: Flows) -> None:
    """Guards the lineage: root of the machine moves the session into other cgroups of its pod and back."""
    vault = mesh.addresses("vault")[0]
    home = mesh.pod_cgroup("friend", "container-app")
    assert ask(session, "GET", vault, "/moved/before") == 200
    pid = newest_talk(mesh, "friend")
    for part in ("sidecar", "container-app"):
        (home.parent / part / "cgroup.procs").write_text(str(pid))
        # Not even beside the sidecar is it the sidecar.
        assert session("bind", "127.0.0.1", 15006) == {"error": "EPERM"}
        assert ask(session, "GET", vault, f"/moved/{part}") == 200
        assert flows.find(log="inbound", path=f"/moved/{part}")["process"] == "exec"


def test_a_process_of_another_container_is_a_session_there(mesh: Mesh, flows: Flows) -> None:
    """Guards that a process is at home in one container: what was moved in is not that container's own."""
    vault = mesh.addresses("vault")[0]
    with mesh.talk("beacon") as own:
        assert ask(own, "GET", vault, "/other/home") == 200
        (mesh.pod_cgroup("beacon", "container-other") / "cgroup.procs").write_text(str(newest_talk(mesh, "beacon")))
        assert ask(own, "GET", vault, "/other/away") == 200
    assert flows.find(log="inbound", path="/other/home")["process"] == "main"
    assert flows.find(log="inbound", path="/other/away")["process"] == "exec"


def test_a_container_that_starts_again_is_its_own(mesh: Mesh, flows: Flows) -> None:
    """Guards the lineage over a restart: the numbers of its processes may be anybody's by then."""
    restarts = mesh.pod("beacon")["containers"]["app"]["restarts"]
    (mesh.pod_cgroup("beacon", "container-app") / "cgroup.kill").write_text("1")
    eventually(lambda: mesh.pod("beacon")["containers"]["app"]["restarts"] > restarts)
    flows.records.clear()
    with mesh.flows() as later:
        assert later.find(log="inbound", path="/beacon")["process"] == "main"


def newest_talk(mesh: Mesh, pod: str) -> int:
    """The program that was started last in the pod's container `app`."""
    cgroup = mesh.pod_cgroup(pod, "container-app")
    found = [
        int(pid)
        for pid in (cgroup / "cgroup.procs").read_text().split()
        if b"/app/talk.py" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    ]
    return max(found, key=start_time)


def start_time(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
