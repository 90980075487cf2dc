# SPDX-License-Identifier: Apache-2.0
"""A whole mesh on another kernel: control server, agent, Envoys, and the command line. What the kernel has its part in:
packets that are held back, as a client sees it, policy of every level, connections that are reset, an Envoy that takes
over from another one, and whoever dies. Takes a kernel with fq and with security modules.

Where every instruction is emulated, a command takes ten seconds and a mesh a minute: all tests share one.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from l7filters.connection_effects import ConnectionEffects
from l7filters.connection_faults import ConnectionFault, Existing
from l7filters.faults import ALL_REQUESTS, Family, FaultTarget, RandomDelay
from l7filters.labels import Selector
from l7filters.packet_faults import Direction, PacketEffect, PacketFault
from l7filters.source import SourceLocation
from riftgate.local.cgroups import processes
from riftgate.local.netns import POD_INTERFACE, in_netns
from tests.delays import at_least
from tests.kernels.pods import shown_queues
from tests.mesh_faults import activate, deactivate, held_still, on
from tests.mesh_harness import Done, Mesh, Talk, ask, eventually, kill_and_wait, pod_manifest, running_mesh
from tests.segments import SHORT, ways

PORTS = (80, 7000)
EXCHANGED = 'annotations: {riftgate/sidecar-hot-restart: "on"}, labels:'
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, PORTS).replace("labels:", EXCHANGED),
        pod_manifest("friend", "client", {"role": "friend"}),
        pod_manifest("other", "client", {"role": "other"}),
    )
)
POLICIES = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET}, {method: POST}]}
  - fromEndpoints: [{matchLabels: {role: friend}}]
    toPorts:
    - ports: [{port: "7000", protocol: TCP}]
---
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: rooms}
spec:
  podSelector: {matchLabels: {role: other}}
  listen: [{socket: "@door"}]
"""
VAULT = FaultTarget("default", Selector.of({"app": "vault"}))
FRIEND = Selector.of({"role": "friend"})
HERE = SourceLocation("siege.yaml", 3)
LATE = 1.5
"""Seconds; a request takes a fraction of it here."""
ONE_WAY = 0.5
PATIENCE = 90.0
BODY = 200_000
QUEUE = "qdisc fq 5247:"
OPTIONS = ("--acceleration", "off", "--policies")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mesh")
    (folder / "policies").mkdir()
    (folder / "policies" / "rooms.yaml").write_text(POLICIES)
    return folder


@pytest.fixture(scope="module")
def mesh(folder: Path) -> Iterator[Mesh]:
    with running_mesh(folder, MANIFESTS, *OPTIONS, str(folder / "policies")) as mesh:
        yield mesh


@pytest.fixture(scope="module")
def vault(mesh: Mesh) -> str:
    return mesh.addresses("vault")[0]


def seconds(talk: Talk, address: str) -> float:
    """How long a request takes, whatever its answer."""
    begun = time.monotonic()
    answer = talk("http", "GET", address, 80, "/", {}, 0)
    return time.monotonic() - begun if answer.get("status") == 200 else -1.0


def prompt(talk: Talk, address: str) -> bool:
    return 0 < seconds(talk, address) < LATE


def late_by_one_delay(talk: Talk, connection: str) -> bool:
    """On a connection that is open; on a new one its first packet is late too."""
    begun = time.monotonic()
    answer = talk("request", connection, "GET", "/", {})
    assert (answer.get("status"), answer.get("same")) == (200, True), answer
    return at_least(LATE) <= time.monotonic() - begun < 2 * LATE


def posted(talk: Talk, address: str) -> bool:
    """Whether a long body arrived, and came back, in time; what comes back is what was sent."""
    answer = talk("http", "POST", address, 80, "/", {}, BODY)
    assert answer.get("intact", answer.get("error") == "timed out"), answer
    return "intact" in answer


def test_policy_holds_at_every_level(mesh: Mesh, friend: Talk, other: Talk, vault: str) -> None:
    for talk in (friend, other):
        assert talk("http", "GET", vault, 80, "/", {}, 0)["status"] == 200
        assert talk("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
    assert friend("exchange", vault, 7000, BODY)["intact"]
    assert other("exchange", vault, 7000, BODY) == {"error": "timed out"}
    assert mesh.pod("other")["drops"]["policy"] > 0
    eventually(lambda: mesh.pod("other")["notEnforced"] == [], PATIENCE)


def test_sidecars_talk_past_the_node(mesh: Mesh, friend: Talk) -> None:
    assert ways(mesh, friend, "friend", "vault") == {SHORT}


def test_who_listens_inside_of_a_pod_is_a_matter_of_security_modules(mesh: Mesh) -> None:
    with mesh.talk("other", "neighbour.py") as server:
        assert server("listen", "door", "stream", "@door") == {}
        assert server("listen", "window", "stream", "@window") == {"error": "EPERM"}
        assert server("listen", "7001", "tcp", ["127.0.0.1", 7001]) == {"error": "EPERM"}
    assert mesh.pod("other")["drops"]["local-listen"] == 2


def test_packets_are_late_for_a_client_and_for_no_other(mesh: Mesh, friend: Talk, other: Talk, vault: str) -> None:
    friend("open", "kept", vault, 80)
    assert friend("request", "kept", "GET", "/", {})["status"] == 200
    assert QUEUE not in shown_queues(mesh.node_netns)
    late = f"packet={{effect: delay, delay: {LATE * 1000:g}ms, direction: to}}"
    mesh.ok(
        "fault", "on", "late", "--to", "app=vault", "--from", "role=friend", late, "--at-most", "100%", "--for", "10m"
    )
    try:
        assert shown_queues(mesh.node_netns).count(QUEUE) == 1
        assert seconds(friend, vault) >= at_least(LATE)
        eventually(lambda: late_by_one_delay(friend, "kept"), PATIENCE)
        eventually(lambda: prompt(other, vault), PATIENCE)
    finally:
        mesh.ok("fault", "off", "late")
    eventually(lambda: prompt(friend, vault), PATIENCE)
    eventually(lambda: QUEUE not in shown_queues(mesh.node_netns), PATIENCE)
    friend("close", "kept")


SCENARIO = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: siege}
spec:
  for: 5s
  steadyState:
  - name: the vault answers
    http: {from: friend, url: "http://ADDRESS/"}
    tolerance: {status: 200}
    timeout: 30s
  faults:
  - name: shuffled
    target: {selector: {matchLabels: {app: vault}}, atMost: 100%}
    from: {selector: {matchLabels: {role: friend}}}
    percentage: 30
    packet: {effect: reordering, delay: 200ms, direction: to}
"""


def test_a_scenario_puts_packets_in_disorder_and_tcp_puts_them_in_order(
    mesh: Mesh, friend: Talk, vault: str, tmp_path: Path
) -> None:
    file = tmp_path / "siege.yaml"
    file.write_text(SCENARIO.replace("ADDRESS", vault))
    ended: list[Done] = []

    def run() -> None:
        ended.append(mesh.run("--json", "scenario", "run", str(file), "--journal", str(tmp_path / "siege.jsonl")))

    with _segments(mesh) as opened:
        eventually(lambda: posted(friend, vault) and not _disordered(_arrived(opened)), PATIENCE)
        running = threading.Thread(target=run)
        running.start()
        seen = False
        while running.is_alive():
            intact = posted(friend, vault)
            seen = (_disordered(_arrived(opened)) and intact) or seen
        running.join()
        assert seen
    (done,) = ended
    assert done.code == 0, done.output + done.errors
    report = done.json()
    assert [(fault["id"], fault["fired"] > 0) for fault in report["faults"]] == [("siege/shuffled", True)]
    assert report["reverted"] == "confirmed"
    eventually(lambda: QUEUE not in shown_queues(mesh.node_netns), PATIENCE)


@contextlib.contextmanager
def _segments(mesh: Mesh) -> Iterator[socket.socket]:
    """What arrives on the vault's own end of its link."""

    def listen() -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        opened.bind((POD_INTERFACE, 0))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        opened.setblocking(False)
        return opened

    opened: socket.socket = in_netns(mesh.namespaces("vault").net, listen)
    with contextlib.closing(opened):
        yield opened


def _arrived(opened: socket.socket) -> list[tuple[int, int]]:
    """Segments with data to port 80, since the last question: the caller's port, and the number of the first byte."""
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            frame, address = opened.recvfrom(128)
            ip = frame[14:]
            if address[2] == socket.PACKET_OUTGOING or frame[12:14] != b"\x08\x00" or ip[9] != socket.IPPROTO_TCP:
                continue
            tcp = ip[(ip[0] & 15) * 4 :]
            head = (tcp[12] >> 4) * 4
            if int.from_bytes(tcp[2:4], "big") == 80 and len(tcp) > head:
                found.append((int.from_bytes(tcp[:2], "big"), int.from_bytes(tcp[4:8], "big")))
    return found


def _disordered(segments: Sequence[tuple[int, int]]) -> bool:
    """Whether one that was not there before came behind one with later bytes: no retransmission does, of what was not
    lost."""
    last: dict[int, int] = {}
    for number, (port, first) in enumerate(segments):
        if first < last.get(port, first) and (port, first) not in segments[:number]:
            return True
        last[port] = max(first, last.get(port, first))
    return False


def test_packets_are_late_until_their_lease_ends_whoever_is_held(mesh: Mesh, friend: Talk, vault: str) -> None:
    """Neither the agent nor the control server can do anything: the kernel ends it."""
    delay = RandomDelay(Family.FIXED, (LATE * 1000,), limit_milliseconds=2000)
    fault = PacketFault(
        "siege", "late", HERE, VAULT, PacketEffect.DELAY, ALL_REQUESTS, FRIEND, direction=Direction.TO, delay=delay
    )
    activate(mesh, fault, lease=10.0)
    with held_still(mesh, "agent"), held_still(mesh, "control"):
        assert seconds(friend, vault) >= at_least(LATE)
        eventually(lambda: prompt(friend, vault), PATIENCE)
    deactivate(mesh, "siege")


def test_connections_are_late_and_those_before_are_reset(mesh: Mesh, friend: Talk, vault: str) -> None:
    """sk_lookup sends them another way, SOCK_DESTROY ends what was open: neither asks for a newer kernel than 6.1."""
    latency = RandomDelay(Family.FIXED, (ONE_WAY * 1000,))
    fault = ConnectionFault(
        "siege", "slow", HERE, VAULT, ConnectionEffects(latency=latency), source=FRIEND, existing=Existing.RESET
    )
    friend("open", "before", vault, 7000)
    assert friend("say", "before", "hello", PATIENCE) == {"heard": "hello"}
    with on(mesh, fault):
        assert friend("say", "before", "hello", PATIENCE).get("error") in ("closed", "ECONNRESET", "EPIPE")
        friend("open", "under it", vault, 7000)
        begun = time.monotonic()
        assert friend("say", "under it", "hello", PATIENCE) == {"heard": "hello"}
        assert time.monotonic() - begun >= at_least(ONE_WAY, 2)
    for name in ("before", "under it"):
        friend("close", name)
    eventually(lambda: prompt(friend, vault), PATIENCE)


def test_an_envoy_takes_over_from_another(mesh: Mesh, friend: Talk, other: Talk, vault: str) -> None:
    """The kernel's maps of listeners have the new one's."""
    before = mesh.sidecar_pids("vault")
    friend("open", "kept", vault, 80)
    assert friend("request", "kept", "GET", "/", {})["status"] == 200
    mesh.ok("sidecar", "restart", "vault")
    assert friend("request", "kept", "GET", "/", {})["status"] == 200
    friend("close", "kept")
    eventually(lambda: not set(before) & set(mesh.sidecar_pids("vault")), PATIENCE)
    assert friend("http", "GET", vault, 80, "/", {}, 0)["status"] == 200
    assert other("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
    assert other("exchange", vault, 7000, BODY) == {"error": "timed out"}


def test_a_lease_ends_with_agent_and_control_server_dead(
    mesh: Mesh, friend: Talk, other: Talk, vault: str, folder: Path
) -> None:
    """kill -9: policy stays, the fault ends with its lease, and the agent that comes clears what is left of it."""
    late = f"packet={{effect: delay, delay: {LATE * 1000:g}ms, direction: to}}"
    mesh.ok("fault", "on", "late", "--to", "app=vault", late, "--at-most", "100%", "--for", "30s")
    assert seconds(friend, vault) >= at_least(LATE)
    for part in ("control", "agent"):
        kill_and_wait(processes(mesh.instance.process_cgroup(part)))
    eventually(lambda: prompt(friend, vault), PATIENCE)
    assert QUEUE in shown_queues(mesh.node_netns)
    assert friend("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
    assert other("exchange", vault, 7000, BODY) == {"error": "timed out"}
    mesh.up(folder, MANIFESTS, *OPTIONS, str(folder / "policies"))
    assert QUEUE not in shown_queues(mesh.node_netns)
    assert prompt(friend, vault)
    assert friend("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
    assert ask(mesh.instance.control_socket, "/v1/faults") == []
