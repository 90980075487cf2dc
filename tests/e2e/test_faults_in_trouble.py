# SPDX-License-Identifier: Apache-2.0
"""Faults of every level that are refused, each with its line and nothing left behind; and targets that restart in the
middle of one. Needs root."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.rcode
import pytest

from l7filters.connection_effects import ConnectionEffects
from l7filters.connection_faults import ConnectionFault
from l7filters.faults import FaultTarget
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from riftgate.local.cgroups import processes
from tests.mesh_faults import activate
from tests.mesh_harness import Mesh, Talk, ask, eventually, pod_manifest, running_mesh, service_manifest
from tests.pinned import open_map

MANIFESTS = "".join(
    (
        *(pod_manifest(f"twin-{number}", "server", {"app": "twin"}, (80,)) for number in range(2)),
        pod_manifest("guest", "client", {"role": "guest"}),
        service_manifest("twins", {"app": "twin"}, (80,)),
        service_manifest("other", {"app": "twin"}, (80,)),
    )
)
FILE = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: wrong}
spec:
  for: 5s
  faults:
"""
TWINS = "target: {selector: {matchLabels: {app: twin}}}"
ALL = "target: {selector: {matchLabels: {app: twin}}, atMost: 100%}"
MOON = "target: {selector: {matchLabels: {app: moon}}}"
REFUSED = {
    "of two faults by the bound, on requests": (f"{TWINS}, delay: 1s", "hits 2 of the 2 pods of service default/twins"),
    "bound, packets": (f"{TWINS}, packet: {{effect: loss}}, percentage: 5", "hits 2 of the 2 pods"),
    "bound, processes": (f"{TWINS}, process: {{freeze: true}}", "hits 2 of the 2 pods of service default/twins"),
    "bound, names": (f"{TWINS}, dns: {{answer: SERVFAIL}}", "hits 2 of the 2 pods of service default/twins"),
    "bound, connections": (f"{TWINS}, connection: {{reset: {{}}}}", "hits 2 of the 2 pods of service default/twins"),
    "bound, callers": (
        "target: {outside: api.example}, inject: client, from: {selector: {matchLabels: {app: twin}}}, delay: 1s",
        "hits 2 of the 2 pods of service default/twins, more than 50 %; narrow 'from', or allow more",
    ),
    "half, packets": (
        "target: {selector: {matchLabels: {app: twin}}, pods: [twin-0]}, packet: {effect: duplication}",
        None,
    ),
    "the other half, connections": (
        "target: {selector: {matchLabels: {app: twin}}, pods: [twin-1]}, connection: {reset: {}}",
        "together hit 2 of the 2 pods of service default/twins, more than 50 %",
    ),
    "nobody, on requests": (f"{MOON}, delay: 1s", "matches no workload"),
    "nobody, packets": (f"{MOON}, packet: {{effect: loss}}, percentage: 5", "matches no workload"),
    "nobody, processes": (f"{MOON}, process: {{freeze: true}}", "matches no workload"),
    "nobody, names": (f"{MOON}, dns: {{answer: SERVFAIL}}", "matches no workload"),
    "nobody sends": (
        f"{ALL}, from: {{selector: {{matchLabels: {{app: moon}}}}}}, packet: {{effect: loss}}, percentage: 5",
        "the callers that by-hand/f14 is for match no workload",
    ),
    "a port of UDP": (
        "target: {selector: {matchLabels: {app: twin}}, atMost: 100%, port: 7007}, delay: 1s",
        "port 7007 speaks UDP",
    ),
    "one, packets": (f"{ALL}, packet: {{effect: partition}}", None),
    "another, packets": (
        f"{ALL}, packet: {{effect: duplication}}",
        "can never happen: by-hand/f16 (wrong.yaml:21) loses each packet",
    ),
    "one, processes": (f"{ALL}, process: {{freeze: true}}", None),
    "another, processes": (f"{ALL}, process: {{kill: SIGTERM}}", "go for the same processes of default/twin-0"),
    "one, names": (f"{ALL}, dns: {{names: [x.example], answer: SERVFAIL}}", None),
    "another, names": (
        f"{ALL}, dns: {{names: [x.example], types: [A], answer: NXDOMAIN}}",
        "can never happen: by-hand/f20 (wrong.yaml:25) answers each query",
    ),
    "one, connections": (f"{ALL}, connection: {{reset: {{}}}}", None),
    "another, connections": (
        f"{ALL}, connection: {{bandwidth: 1MiB/s}}",
        "can never happen: by-hand/f22 (wrong.yaml:27) resets each connection",
    ),
    "one, requests": (f"{ALL}, abort: {{status: 503}}", None),
    "another, requests": (f"{ALL}, reset: {{}}", "can never happen: by-hand/f24 (wrong.yaml:29) answers each request"),
}


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    manifests = MANIFESTS.replace("{containerPort: 80}", "{containerPort: 80}, {containerPort: 7007, protocol: UDP}")
    with running_mesh(tmp_path_factory.mktemp("mesh"), manifests) as mesh:
        yield mesh


@pytest.fixture
def guest(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("guest") as guest:
        yield guest


def nothing_is_on(mesh: Mesh) -> bool:
    """Neither by anybody's word, nor for the agent."""
    return ask(mesh.instance.control_socket, "/v1/faults") == [] and mesh.control_status()["scenarios"] == []


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_on(mesh: Mesh, tmp_path: Path) -> None:
    lines = [f"  - {{name: f{number:02}, {fault}}}\n" for number, (fault, _) in enumerate(REFUSED.values(), 2)]
    file = tmp_path / "wrong.yaml"
    file.write_text(FILE + "".join(lines))
    done = mesh.run("fault", "on", "-f", str(file), "--for", "5s")
    assert done.code == 2, done
    told = done.errors.replace(f"{tmp_path}/", "").splitlines()
    for number, (_, what) in enumerate(REFUSED.values(), 7):
        mine = [
            line for line in told if line.startswith(f"wrong.yaml:{number}: ") and what is not None and what in line
        ]
        assert what is None or mine, f"line {number}: {what}\n" + "\n".join(told)
    assert nothing_is_on(mesh)


def test_what_contradicts_a_fault_that_is_on(mesh: Mesh) -> None:
    to = ("--to", "app=twin", "--at-most", "100%", "--for", "60s")
    assert mesh.run("fault", "on", "cut", *to, "packet={effect: partition}").code == 0
    try:
        refused = mesh.run("fault", "on", "more", *to, "packet={effect: loss}", "percentage=5")
        assert (refused.code, "by-hand/more can never happen: by-hand/cut" in refused.errors) == (2, True), refused
        refused = mesh.run("fault", "on", "app", *to, "process={kill: SIGTERM, container: web}")
        assert "no target has a container web; they have: app" in refused.errors, refused
        (only,) = ask(mesh.instance.control_socket, "/v1/faults")
        assert only["fault"] == "by-hand/cut"
    finally:
        mesh.run("fault", "off", "--all")
    assert nothing_is_on(mesh)


def test_all_that_is_on_counts_together(mesh: Mesh, tmp_path: Path) -> None:
    """By hand, in the steps of a run that overlap, and of a run beside what is on: of each service half of the pods."""
    half, rest = (("--to", "app=twin", "--pod", f"twin-{number}") for number in range(2))
    together = "together hit 2 of the 2 pods of service default/twins, more than 50 %"
    file = tmp_path / "halves.yaml"

    def run(later: str) -> tuple[int, str]:
        aims = [f"target: {{selector: {{matchLabels: {{app: twin}}}}, pods: [twin-{number}]}}" for number in range(2)]
        steps = (f"{aims[0]}, delay: 1ms, for: 2s", f"{aims[1]}, connection: {{latency: 1ms}}, after: {later}")
        lines = (f"  - {{name: f{number}, {step}}}\n" for number, step in enumerate(steps))
        file.write_text(FILE.replace("wrong", "halves") + "".join(lines))
        done = mesh.run("scenario", "run", "--journal", str(tmp_path / f"{later}.jsonl"), str(file))
        return done.code, done.output

    code, told = run("1s")
    assert (code, f"{file}:8: halves/f1 and halves/f0 ({file}:7) {together}" in told) == (1, True), told
    assert nothing_is_on(mesh)
    mesh.ok("fault", "on", "first", *half, "packet={effect: duplication}", "--for", "60s")
    try:
        for words in (("plan",), ("on", "--for", "60s")):
            done = mesh.run("fault", words[0], "second", *rest, "connection={reset: {}}", *words[1:])
            assert (done.code, "by-hand/second and by-hand/first" in done.errors) == (2, True), done
            assert together in done.errors
        mesh.ok("fault", "plan", "second", *half, "connection={reset: {}}")
        code, told = run("2s")
        assert (code, "halves/f1 and by-hand/first" in told, together in told) == (1, True, True), told
        mesh.ok("fault", "on", "second", *rest, "connection={reset: {}}", "--at-most", "100%", "--for", "60s")
    finally:
        mesh.ok("fault", "off", "--all")
    assert nothing_is_on(mesh)


def test_a_scenario_of_the_name_of_faults_by_hand(mesh: Mesh, tmp_path: Path) -> None:
    """It would share ids with them: in headers, flow records and reports."""
    file = tmp_path / "hand.yaml"
    file.write_text(FILE.replace("wrong", "by-hand") + f"  - {{name: slow, {ALL}, delay: 1s}}\n")
    done = mesh.run("scenario", "run", str(file))
    assert done.code == 2
    assert f"{file}:3: the name 'by-hand' is that of faults turned on by hand" in done.errors


def get(mesh: Mesh, guest: Talk) -> tuple[int | str, str | None]:
    """Over a connection of its own: status or error, and the fault that says that it had a part in it."""
    answer = guest("http", "GET", mesh.addresses("twin-0")[0], 80, "/", {}, 0)
    return answer.get("status", answer.get("error")), answer.get("headers", {}).get("x-riftgate-fault")


def echoed(mesh: Mesh, guest: Talk) -> bool:
    return "heard" in guest("datagram", mesh.addresses("twin-0")[0], 7000, "ping", False, 0.5)


def code(guest: Talk) -> str | None:
    query = dns.message.make_query("other.default.svc.cluster.local", "A").to_wire().decode("latin-1")
    answer = guest("datagram", "192.0.2.53", 53, query, False, 5.0)
    if "heard" not in answer:
        return None
    return dns.rcode.to_text(dns.message.from_wire(answer["heard"].encode("latin-1")).rcode())


def restart(mesh: Mesh, pod: str) -> None:
    """kill -9 of all that is in it, sidecar included; returns when all of it runs again, frozen or not."""
    for part in ("container-app", "sidecar"):
        cgroup = mesh.pod_cgroup(pod, part)
        before = set(processes(cgroup))
        (cgroup / "cgroup.kill").write_text("1")
        eventually(lambda cgroup=cgroup, before=before: set(processes(cgroup)) - before, 60.0)  # type: ignore[misc]


def hits(mesh: Mesh) -> int:
    """Connections that the faults called middle have hit so far."""
    found: dict[str, int] = ask(mesh.instance.control_socket, "/v1/faults/hits")["hits"]
    return sum(count for fault, count in found.items() if fault.endswith("/middle"))


def cut(mesh: Mesh, guest: Talk) -> bool:
    """A connection of its own fails, and it is the fault's doing."""
    before = hits(mesh)
    return get(mesh, guest)[0] != 200 and hits(mesh) > before


def sent_to_the_fault_server(mesh: Mesh) -> int:
    """Pairs of ends whose connections the kernel takes there, or did until their end came."""
    with open_map(mesh.instance.pins / "maps" / "connection_faults_end_by_pair") as table:
        return len(table.all_keys())


def well(mesh: Mesh, guest: Talk) -> bool:
    return get(mesh, guest) == (200, None) and echoed(mesh, guest) and code(guest) == "NOERROR"


def test_a_sidecar_that_stands_still_is_ended(mesh: Mesh, guest: Talk) -> None:
    """SIGSTOP: were it to go on when the lease is over, it would begin with what has waited, under the fault."""
    mesh.ok("fault", "on", "last", *TARGET, "abort={status: 503}", "--for", "10s")
    assert get(mesh, guest) == (503, "by-hand/last")
    standing = mesh.sidecar_pids("twin-0")
    for pid in standing:
        os.kill(pid, signal.SIGSTOP)
    eventually(lambda: mesh.sidecar_pids("twin-0") and not set(mesh.sidecar_pids("twin-0")) & set(standing), 60.0)
    eventually(lambda: get(mesh, guest) == (200, None), 60.0)


TARGET = ("--to", "app=twin", "--pod", "twin-0")


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (TARGET, "abort={status: 503}"),
        (TARGET, "connection={reset: {}}"),
        (TARGET, "packet={effect: partition}"),
        (TARGET, "process={freeze: true}"),
        (("--to", "role=guest"), "dns={answer: SERVFAIL}"),
    ],
    ids=["request", "connection", "packet", "process", "name"],
)
def test_a_target_that_restarts_is_hit_until_the_end(mesh: Mesh, target: tuple[str, ...], fault: str) -> None:
    """Its new processes are; and when the fault is over, nothing of it is left at them."""
    pod = "guest" if "role=guest" in target else "twin-0"
    frozen = mesh.pod_cgroup("twin-0", "container-app") / "cgroup.events"
    with mesh.talk("guest") as guest:
        eventually(lambda: well(mesh, guest), 60.0)
    mesh.ok("fault", "on", "middle", *target, fault, "--for", "10m")
    try:
        restart(mesh, pod)
        with mesh.talk("guest") as guest:
            if fault.startswith("abort"):
                eventually(lambda: get(mesh, guest) == (503, "by-hand/middle"), 60.0)
            elif fault.startswith("connection"):
                eventually(lambda: cut(mesh, guest), 60.0)
            elif fault.startswith("packet"):
                assert not echoed(mesh, guest)
            elif fault.startswith("process"):
                # Whoever joins a frozen cgroup freezes on its next way out of the kernel.
                eventually(lambda: "frozen 1" in frozen.read_text())
            else:
                eventually(lambda: code(guest) == "SERVFAIL", 60.0)
    finally:
        mesh.ok("fault", "off", "middle")
    assert "frozen 0" in frozen.read_text()
    with mesh.talk("guest") as guest:
        eventually(lambda: well(mesh, guest), 60.0)
    assert nothing_is_on(mesh)
    eventually(lambda: sent_to_the_fault_server(mesh) == 0)


def test_connections_of_a_target_that_restarts_until_the_lease_ends(mesh: Mesh) -> None:
    """What was held when the pod died is gone with it; what its new processes get is held, and goes on when the lease
    ends, by itself."""
    target = FaultTarget("default", Selector.of({"app": "twin"}), pods=("twin-0",))
    silent = ConnectionFault("siege", "middle", SourceLocation("x", 1), target, ConnectionEffects(blackhole_after=0))
    with mesh.talk("guest") as guest:
        eventually(lambda: well(mesh, guest), 60.0)
        with renewed(mesh, silent):
            guest("open", "old", mesh.addresses("twin-0")[0], 7000)
            assert guest("say", "old", "hello", 1.0) == {"error": "timed out"}
            restart(mesh, "twin-0")
            assert guest("say", "old", "hello").get("error") in ("closed", "ECONNRESET", "EPIPE")
            eventually(lambda: held(mesh, guest), 60.0)
        eventually(lambda: guest("hear", "new", 5, 1.0).get("heard") == "hello", 60.0)
        assert nothing_is_on(mesh)
        eventually(lambda: sent_to_the_fault_server(mesh) == 0)
        eventually(lambda: well(mesh, guest), 60.0)
        for name in ("old", "new"):
            guest("close", name)


@contextmanager
def renewed(mesh: Mesh, fault: ConnectionFault) -> Iterator[None]:
    """On for as long as the context lasts, and until its lease ends: nobody turns it off."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(2.0):
            ask(mesh.instance.control_socket, "/v1/scenarios/siege/renew", {"lease": 10.0})

    activate(mesh, fault)
    renewing = threading.Thread(target=renew)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join()


def held(mesh: Mesh, guest: Talk) -> bool:
    """A new connection to the echo server is one that the fault has hit, and nothing comes back."""
    before = hits(mesh)
    if "error" in guest("open", "new", mesh.addresses("twin-0")[0], 7000):
        return False
    if guest("say", "new", "hello", 1.0) == {"error": "timed out"} and hits(mesh) > before:
        return True
    guest("close", "new")
    return False
