# SPDX-License-Identifier: Apache-2.0
"""Faults of every level that are refused, each with its line and nothing left behind; and targets that restart in the
middle of one. Needs root."""

from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.rcode
import pytest

from riftgate.local.cgroups import processes
from tests.mesh_harness import Mesh, Talk, ask, eventually, pod_manifest, running_mesh, service_manifest

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
    "nobody, on requests": (f"{MOON}, delay: 1s", "matches no workload"),
    "nobody, packets": (f"{MOON}, packet: {{effect: loss}}, percentage: 5", "matches no workload"),
    "nobody, processes": (f"{MOON}, process: {{freeze: true}}", "matches no workload"),
    "nobody, names": (f"{MOON}, dns: {{answer: SERVFAIL}}", "matches no workload"),
    "nobody sends": (
        f"{ALL}, from: {{selector: {{matchLabels: {{app: moon}}}}}}, packet: {{effect: loss}}, percentage: 5",
        "the callers that by-hand/f10 is for match no workload",
    ),
    "a port of UDP": (
        "target: {selector: {matchLabels: {app: twin}}, atMost: 100%, port: 7007}, delay: 1s",
        "port 7007 speaks UDP",
    ),
    "one, packets": (f"{ALL}, packet: {{effect: partition}}", None),
    "another, packets": (
        f"{ALL}, packet: {{effect: duplication}}",
        "can never happen: by-hand/f12 (wrong.yaml:17) loses each packet",
    ),
    "one, processes": (f"{ALL}, process: {{freeze: true}}", None),
    "another, processes": (f"{ALL}, process: {{kill: SIGTERM}}", "go for the same processes of default/twin-0"),
    "one, names": (f"{ALL}, dns: {{names: [x.example], answer: SERVFAIL}}", None),
    "another, names": (
        f"{ALL}, dns: {{names: [x.example], types: [A], answer: NXDOMAIN}}",
        "can never happen: by-hand/f16 (wrong.yaml:21) answers each query",
    ),
    "one, requests": (f"{ALL}, abort: {{status: 503}}", None),
    "another, requests": (f"{ALL}, reset: {{}}", "can never happen: by-hand/f18 (wrong.yaml:23) answers each request"),
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


TARGET = ("--to", "app=twin", "--pod", "twin-0")


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (TARGET, "abort={status: 503}"),
        (TARGET, "packet={effect: partition}"),
        (TARGET, "process={freeze: true}"),
        (("--to", "role=guest"), "dns={answer: SERVFAIL}"),
    ],
    ids=["request", "packet", "process", "name"],
)
def test_a_target_that_restarts_is_hit_until_the_end(mesh: Mesh, target: tuple[str, ...], fault: str) -> None:
    """Its new processes are; and when the fault is over, nothing of it is left at them."""
    pod = "guest" if "role=guest" in target else "twin-0"
    frozen = mesh.pod_cgroup("twin-0", "container-app") / "cgroup.events"

    def well(guest: Talk) -> bool:
        return get(mesh, guest) == (200, None) and echoed(mesh, guest) and code(guest) == "NOERROR"

    with mesh.talk("guest") as guest:
        eventually(lambda: well(guest), 60.0)
    mesh.ok("fault", "on", "middle", *target, fault, "--for", "10m")
    try:
        restart(mesh, pod)
        with mesh.talk("guest") as guest:
            if fault.startswith("abort"):
                eventually(lambda: get(mesh, guest) == (503, "by-hand/middle"), 60.0)
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
        eventually(lambda: well(guest), 60.0)
    assert nothing_is_on(mesh)
