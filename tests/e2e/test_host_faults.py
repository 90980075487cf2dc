# SPDX-License-Identifier: Apache-2.0
"""Faults of packets and processes on a real mesh: what a client sees, who is spared, and that they end. Needs root."""

import contextlib
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyroute2 import IPRoute

from bpf import delay_queues
from l7filters.faults import FaultTarget, Which
from l7filters.labels import Selector
from l7filters.packet_faults import Direction, PacketEffect, PacketFault
from l7filters.process_faults import ProcessFault
from l7filters.source import SourceLocation
from riftgate.local import namespaces
from riftgate.local.cgroups import processes
from riftgate.local.netns import POD_INTERFACE, in_netns
from tests.delays import at_least
from tests.mesh_faults import activate, deactivate, held_still, keepers, on
from tests.mesh_harness import Mesh, Talk, ask, eventually, kill_and_wait, pod_manifest
from tests.random_kills import pids

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        pod_manifest("yard", "server", {"app": "yard"}, (80, 7000)),
        pod_manifest("friend", "client", {"role": "friend"}),
        pod_manifest("other", "client", {"role": "other"}),
    )
)
VAULT = FaultTarget("default", Selector.of({"app": "vault"}))
FRIEND = Selector.of({"role": "friend"})
HERE = SourceLocation("siege.yaml", 3)
SIZE = 1_000_000
OUTSIDE = "192.0.2.1"
FAMILIES = pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])


def packet(effect: PacketEffect, percent: int = 100, **more: object) -> PacketFault:
    return PacketFault("siege", "packets", HERE, VAULT, effect, percent * 10_000, FRIEND, **more)  # type: ignore[arg-type]


def hits(mesh: Mesh, fault: str = "siege/packets") -> int:
    return int(ask(mesh.instance.agent_socket, "/v1/faults")["hits"].get(fault, 0))


def cut_off(talk: Talk, address: str) -> bool:
    """Nothing comes back within a second, which no retransmission of a first packet does."""
    talk("open", "cut", address, 80)
    heard = talk("say", "cut", "GET / HTTP/1.1\r\nhost: vault\r\n\r\n", 0.9)
    talk("close", "cut")
    return "error" in heard


def answered(talk: Talk, address: str) -> bool:
    """Over a connection of its own: one that a fault has held up waits for its next retransmission."""
    return talk("http", "GET", address, 80, "/", {}, 0).get("status") == 200


@contextmanager
def frames_at(mesh: Mesh, pod: str) -> Iterator[socket.socket]:
    """What arrives on the pod's own end of its link."""

    def listen() -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        opened.bind((POD_INTERFACE, 0))
        opened.setblocking(False)
        return opened

    opened: socket.socket = in_netns(mesh.namespaces(pod).net, listen)
    with contextlib.closing(opened):
        yield opened


def arrived(opened: socket.socket) -> list[bytes]:
    """Every frame that has come in."""
    found = []
    while True:
        try:
            frame, (_, _, kind, _, _) = opened.recvfrom(1 << 17)
        except BlockingIOError:
            return found
        if kind != socket.PACKET_OUTGOING:
            found.append(frame)


def requests(opened: socket.socket) -> Counter[bytes]:
    """Equal bytes are copies: a retransmission has another timestamp."""
    return Counter(frame for frame in arrived(opened) if b"GET / HTTP/1.1" in frame)


def header_errors(mesh: Mesh, pod: str) -> tuple[int, int]:
    """IP headers that the pod's kernel found to be damaged: of IPv4, of IPv6."""

    def read() -> tuple[int, int]:
        names, values = (
            line.split() for line in Path("/proc/thread-self/net/snmp").read_text().splitlines() if line[:3] == "Ip:"
        )
        six = dict(line.split() for line in Path("/proc/thread-self/net/snmp6").read_text().splitlines())
        return int(dict(zip(names, values, strict=True))["InHdrErrors"]), int(six["Ip6InHdrErrors"])

    found: tuple[int, int] = in_netns(mesh.namespaces(pod).net, read)
    return found


@FAMILIES
def test_a_partition_cuts_off_exactly_these_two(mesh: Mesh, friend: Talk, other: Talk, family: int) -> None:
    vault, yard = mesh.addresses("vault")[family], mesh.addresses("yard")[family]
    assert answered(friend, vault)
    with on(mesh, packet(PacketEffect.PARTITION)):
        assert cut_off(friend, vault)
        assert answered(other, vault)
        assert answered(friend, yard)
        assert hits(mesh) > 0
    assert answered(friend, vault)


@pytest.mark.parametrize("direction", list(Direction))
def test_a_partition_may_have_one_direction(mesh: Mesh, friend: Talk, direction: Direction) -> None:
    vault = mesh.addresses("vault")[0]
    to_vault = mesh.addresses("friend")[0]
    with frames_at(mesh, "vault") as opened, on(mesh, packet(PacketEffect.PARTITION, direction=direction)):
        assert cut_off(friend, vault)
        reached = any(socket.inet_aton(to_vault) == frame[26:30] for frame in arrived(opened))
    assert reached is (direction is Direction.FROM)


def test_a_port_of_the_target_alone(mesh: Mesh, friend: Talk) -> None:
    vault = mesh.addresses("vault")[0]
    target = FaultTarget("default", VAULT.selector, 7000)
    fault = PacketFault("siege", "packets", HERE, target, PacketEffect.PARTITION, protocol="TCP")
    with on(mesh, fault):
        # The sidecar answers the app's connect; what it says never gets an answer.
        assert not friend("exchange", vault, 7000, SIZE).get("intact")
        assert answered(friend, vault)
        none = PacketFault("siege", "packets", HERE, target, PacketEffect.PARTITION, protocol="UDP")
        activate(mesh, none)
        assert friend("exchange", vault, 7000, SIZE)["intact"]


def test_what_is_outside_of_the_mesh(mesh: Mesh, friend: Talk) -> None:
    """The node is no workload: its own connections are struck, those of the mesh are not."""
    vault = mesh.addresses("vault")[0]

    def with_address() -> None:
        with IPRoute() as netlink:
            netlink.addr("add", index=netlink.link_lookup(ifname="lo")[0], address=OUTSIDE, prefixlen=32)

    def connect() -> bool:
        with socket.socket() as client:
            client.settimeout(2)
            client.bind((OUTSIDE, 0))
            return client.connect_ex((vault, 80)) == 0

    def reached() -> bool:
        return bool(in_netns(mesh.node_netns, connect))

    in_netns(mesh.node_netns, with_address)
    assert reached()
    with on(mesh, PacketFault("siege", "packets", HERE, VAULT, PacketEffect.PARTITION, outside=True)):
        assert not reached()
        assert answered(friend, vault)
    assert reached()


@FAMILIES
def test_loss_is_made_good_by_tcp_and_counted(mesh: Mesh, friend: Talk, family: int) -> None:
    before = hits(mesh)
    with on(mesh, packet(PacketEffect.LOSS, 5)):
        for _ in range(20):
            answered(friend, mesh.addresses("vault")[family])
        assert hits(mesh) > before


@FAMILIES
def test_a_duplicate_is_the_same_packet_twice(mesh: Mesh, friend: Talk, family: int) -> None:
    vault = mesh.addresses("vault")[family]
    with frames_at(mesh, "vault") as opened:
        assert answered(friend, vault)
        assert set(requests(opened).values()) == {1}
        with on(mesh, packet(PacketEffect.DUPLICATION)):
            assert answered(friend, vault)
            assert set(requests(opened).values()) == {2}


@FAMILIES
def test_corruption_is_found_by_the_receiving_kernel(mesh: Mesh, friend: Talk, family: int) -> None:
    vault = mesh.addresses("vault")[family]
    before = header_errors(mesh, "vault")
    with on(mesh, packet(PacketEffect.CORRUPTION)):
        assert cut_off(friend, vault)
    after = header_errors(mesh, "vault")
    assert after[family] > before[family]
    assert answered(friend, vault)


def test_a_packet_fault_ends_with_its_lease_whoever_is_dead(mesh: Mesh, friend: Talk) -> None:
    """Neither the agent nor the control server can do anything: the kernel ends it."""
    vault = mesh.addresses("vault")[0]
    activate(mesh, packet(PacketEffect.PARTITION), lease=3.0)
    with held_still(mesh, "agent"), held_still(mesh, "control"):
        assert cut_off(friend, vault)
        eventually(lambda: answered(friend, vault))
    deactivate(mesh, "siege")


def test_a_fault_strikes_a_pod_that_comes_back(mesh: Mesh, friend: Talk) -> None:
    """A signal ends the container's command; its restart finds the faults still on."""
    restarts = mesh.pod("vault")["containers"]["app"]["restarts"]
    with on(mesh, ProcessFault("siege", "killed", HERE, VAULT, kill="SIGTERM")):
        eventually(lambda: mesh.pod("vault")["containers"]["app"]["restarts"] == restarts + 1)
        assert hits(mesh, "siege/killed") == 1
        ask(mesh.instance.control_socket, "/v1/scenarios/siege/renew", {"lease": 10.0})
        eventually(lambda: answered(friend, mesh.addresses("vault")[0]))
        assert mesh.pod("vault")["containers"]["app"]["restarts"] == restarts + 1


def test_sigkill_ends_all_of_a_container(mesh: Mesh) -> None:
    before = set(processes(mesh.pod_cgroup("vault", "container-app")))
    with on(mesh, ProcessFault("siege", "killed", HERE, VAULT, kill="SIGKILL", container="app")):
        eventually(lambda: not before & set(processes(mesh.pod_cgroup("vault", "container-app"))))
    eventually(lambda: mesh.pod("vault")["containers"]["app"]["running"])


def test_a_frozen_container_answers_nobody_and_its_sidecar_goes_on(mesh: Mesh, friend: Talk, other: Talk) -> None:
    vault = mesh.addresses("vault")[0]
    eventually(lambda: answered(friend, vault))
    with on(mesh, ProcessFault("siege", "frozen", HERE, VAULT)):
        assert cut_off(friend, vault)
        assert "frozen 1" in (mesh.pod_cgroup("vault", "container-app") / "cgroup.events").read_text()
        assert "frozen 0" in (mesh.pod_cgroup("vault", "sidecar") / "cgroup.events").read_text()
        assert answered(other, mesh.addresses("yard")[0])
        assert hits(mesh, "siege/frozen") == 1
    assert answered(friend, vault)


def test_a_freeze_ends_with_its_lease_whoever_is_dead(mesh: Mesh, friend: Talk) -> None:
    vault = mesh.addresses("vault")[0]
    activate(mesh, ProcessFault("siege", "frozen", HERE, VAULT), lease=3.0)
    with held_still(mesh, "agent"), held_still(mesh, "control"):
        assert cut_off(friend, vault)
        eventually(lambda: answered(friend, vault))
    deactivate(mesh, "siege")


def test_a_freeze_ends_with_whoever_keeps_it(mesh: Mesh, friend: Talk) -> None:
    """kill -9 of the process that would thaw it."""
    frozen = mesh.pod_cgroup("vault", "container-app") / "cgroup.events"
    with on(mesh, ProcessFault("siege", "frozen", HERE, VAULT)):
        kill_and_wait(keepers(mesh))
        eventually(lambda: "frozen 0" in frozen.read_text())
    assert answered(friend, mesh.addresses("vault")[0])


def test_a_freeze_ends_at_once_when_the_agent_dies(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """kill -9, and long before the fault would end; the agent that takes over has the fault on until it is off."""
    frozen = mesh.pod_cgroup("vault", "container-app") / "cgroup.events"
    mesh.ok(
        "fault", "on", "stunned", "--to", "app=vault", "process={freeze: true}", "--at-most", "100%", "--for", "10m"
    )
    assert "frozen 1" in frozen.read_text()
    agents = processes(mesh.instance.process_cgroup("agent"))
    kill_and_wait(tuple(pid for pid in agents if pid not in keepers(mesh)))
    eventually(lambda: "frozen 0" in frozen.read_text())
    mesh.up(tmp_path, MANIFESTS)
    mesh.ok("fault", "off", "stunned")
    eventually(lambda: answered(friend, mesh.addresses("vault")[0]))


@pytest.mark.parametrize("left", ["control", "fault server", "resolver"])
def test_a_freeze_ends_with_its_lease_whoever_is_left(mesh: Mesh, friend: Talk, tmp_path: Path, left: str) -> None:
    """kill -9 of the agent and of who keeps it frozen; the others stand still."""
    frozen = mesh.pod_cgroup("vault", "container-app") / "cgroup.events"
    activate(mesh, ProcessFault("siege", "frozen", HERE, VAULT), lease=4.0)
    assert "frozen 1" in frozen.read_text()
    parts = {part: pids(mesh, part) for part in ("agent", "control", "fault server", "resolver")}
    still = [pid for part, found in parts.items() if part != left for pid in found]
    try:
        # None of them may do anything about the end of another.
        for pid in still:
            os.kill(pid, signal.SIGSTOP)
        kill_and_wait((*keepers(mesh), *parts["agent"]))
        assert "frozen 1" in frozen.read_text()
        eventually(lambda: "frozen 0" in frozen.read_text())
    finally:
        for pid in still:
            # A fault server that stands still is killed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        mesh.up(tmp_path, MANIFESTS)
    deactivate(mesh, "siege")
    eventually(lambda: answered(friend, mesh.addresses("vault")[0]))


def test_an_agent_that_takes_over_thaws_what_nobody_keeps(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """The fault is over by its word, which the agent before has not come to hear."""
    frozen = mesh.pod_cgroup("vault", "container-app") / "cgroup.events"
    mesh.ok(
        "fault", "on", "stunned", "--to", "app=vault", "process={freeze: true}", "--at-most", "100%", "--for", "10m"
    )
    agents = pids(mesh, "agent")
    for pid in agents:
        os.kill(pid, signal.SIGSTOP)
    kill_and_wait((*keepers(mesh), *agents))
    assert "frozen 1" in frozen.read_text()
    mesh.kill_control()
    mesh.up(tmp_path, MANIFESTS)
    eventually(lambda: "frozen 0" in frozen.read_text())
    eventually(lambda: answered(friend, mesh.addresses("vault")[0]))


SIEGE = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: siege}
spec:
  for: 3s
  steadyState:
  - name: the yard answers
    http: {from: other, url: "http://ADDRESS/"}
    tolerance: {status: 200}
  faults:
  - name: cut
    target: {selector: {matchLabels: {app: vault}}, atMost: 100%}
    from: {selector: {matchLabels: {role: other}}}
    packet: {effect: partition}
    mustFire: MUST
  - name: stunned
    target: {selector: {matchLabels: {app: vault}}, atMost: 100%}
    process: {freeze: true}
"""


def test_a_scenario_of_them_is_counted_and_ends(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """Nobody calls the vault meanwhile: a fault that struck nothing proves nothing."""
    file = tmp_path / "siege.yaml"
    yard = mesh.addresses("yard")[0]
    for must, code in (("false", 0), ("true", 3)):
        file.write_text(SIEGE.replace("ADDRESS", yard).replace("MUST", must))
        done = mesh.run("--json", "scenario", "run", str(file), "--journal", str(tmp_path / f"{must}.jsonl"))
        assert done.code == code, done.output + done.errors
        report = done.json()
        fired = {fault["id"]: fault["fired"] for fault in report["faults"]}
        assert fired == {"siege/cut": 0, "siege/stunned": 1}
        assert report["reverted"] == "confirmed"
    assert answered(friend, mesh.addresses("vault")[0])


def test_by_hand_they_are_planned_listed_and_ended(mesh: Mesh, friend: Talk) -> None:
    vault = mesh.addresses("vault")[0]
    fault = ("cut", "--to", "app=vault", "--from", "role=friend", "packet={effect: partition}", "--at-most", "100%")
    planned = mesh.ok("fault", "plan", *fault)
    assert "packets of: default/vault" in planned
    assert "pairs: default/friend to default/vault, default/vault to default/friend" in planned
    assert friend("open", "idle", vault, 80).get("error") is None
    assert friend("say", "idle", "GET / HTTP/1.1\r\nhost: vault\r\n\r\n", 10.0).get("error") is None
    (said,) = mesh.run("--json", "fault", "plan", *fault).json()
    assert (said["share"], {each["pod"] for each in said["connections"]}) == (1.0, {"default/vault"})
    friend("close", "idle")
    frozen = mesh.ok("fault", "plan", "stunned", "--to", "app=vault", "process={freeze: true}", "--at-most", "100%")
    assert "containers: default/vault: app" in frozen
    assert answered(friend, vault)
    mesh.ok("fault", "on", *fault, "--for", "60s")
    assert cut_off(friend, vault)
    assert "by-hand/cut: packet partition" in mesh.ok("fault", "list")
    mesh.ok("fault", "off", "cut")
    assert answered(friend, vault)


SLOW = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: slow}
spec:
  for: 2s
  steadyState:
  - name: the vault answers
    http: {from: friend, url: "http://ADDRESS/"}
    tolerance: {status: 200}
    timeout: 10s
  faults:
  - name: late
    target: {selector: {matchLabels: {app: vault}}, atMost: 100%}
    packet: {effect: delay, delay: 300ms, direction: to}
"""


def test_packets_are_late_or_the_kernel_is_said_to_lack_it(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """What is late, and by how much, is told by tests/kernels; here, what a user gets on this kernel."""
    vault = mesh.addresses("vault")[0]
    fault = ("late", "--to", "app=vault", "packet={effect: delay, delay: 300ms}", "--at-most", "100%")
    file = tmp_path / "slow.yaml"
    file.write_text(SLOW.replace("ADDRESS", vault))

    def with_a_queue_of_its_own() -> str | None:
        namespaces.unshare(namespaces.Namespace.NET)
        return delay_queues.lacking()

    lacking = namespaces.in_thread(with_a_queue_of_its_own)
    done = mesh.run("fault", "on", *fault, "--for", "60s")
    run = mesh.run("--json", "scenario", "run", str(file), "--journal", str(tmp_path / "slow.jsonl"))
    if lacking is None:
        begun = time.monotonic()
        assert answered(friend, vault)
        assert time.monotonic() - begun >= at_least(0.3)
        assert (done.code, run.code) == (0, 0), done.errors + run.output
        mesh.ok("fault", "off", "late")
    else:
        assert (done.code, run.code) == (4, 4), done.errors + run.output
        assert "by-hand/late (command line:1): this kernel cannot hold packets back" in done.errors
        assert "module sch_fq" in done.errors
        assert run.json()["outcome"] == "ABORTED"
        assert mesh.run("fault", "plan", *fault).code == 4
        assert mesh.run("--json", "fault", "list").json() == []
    assert answered(friend, vault)


def test_the_first_packets_alone(mesh: Mesh, friend: Talk) -> None:
    """TCP makes one lost packet good, so the call goes through and the count stands."""
    before = hits(mesh)
    with on(mesh, packet(PacketEffect.LOSS, which=Which(first=1))):
        for _ in range(3):
            assert answered(friend, mesh.addresses("vault")[0])
        assert hits(mesh) == before + 1
