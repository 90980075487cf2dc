# SPDX-License-Identifier: Apache-2.0
"""A whole mesh on another kernel: control server, agent, Envoys, and the command line. What the kernel has its part in:
packets that are held back, as a client sees it, policy of every level, connections that are reset, and an Envoy that
takes over from another one. Takes a kernel with fq and with security modules.

Where every instruction is emulated, a command takes ten seconds and a mesh a minute: all tests share one.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from l7filters.connection_effects import ConnectionEffects
from l7filters.connection_faults import ConnectionFault, Existing
from l7filters.faults import ALL_REQUESTS, Family, FaultTarget, RandomDelay
from l7filters.labels import Selector
from l7filters.packet_faults import Direction, PacketEffect, PacketFault
from l7filters.source import SourceLocation
from tests.kernels.pods import shown_queues
from tests.mesh_faults import activate, deactivate, held_still, on
from tests.mesh_harness import Mesh, Talk, eventually, pod_manifest, running_mesh

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
    return LATE <= time.monotonic() - begun < 2 * LATE


def test_policy_holds_at_every_level(mesh: Mesh, friend: Talk, other: Talk, vault: str) -> None:
    for talk in (friend, other):
        assert talk("http", "GET", vault, 80, "/", {}, 0)["status"] == 200
        assert talk("http", "PUT", vault, 80, "/", {}, 0)["status"] == 403
    assert friend("exchange", vault, 7000, BODY)["intact"]
    assert other("exchange", vault, 7000, BODY) == {"error": "timed out"}
    assert mesh.pod("other")["drops"]["policy"] > 0
    eventually(lambda: mesh.pod("other")["notEnforced"] == [], PATIENCE)


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
        assert seconds(friend, vault) >= LATE
        eventually(lambda: late_by_one_delay(friend, "kept"), PATIENCE)
        eventually(lambda: prompt(other, vault), PATIENCE)
    finally:
        mesh.ok("fault", "off", "late")
    eventually(lambda: prompt(friend, vault), PATIENCE)
    eventually(lambda: QUEUE not in shown_queues(mesh.node_netns), PATIENCE)
    friend("close", "kept")


def test_packets_are_late_until_their_lease_ends_whoever_is_held(mesh: Mesh, friend: Talk, vault: str) -> None:
    """Neither the agent nor the control server can do anything: the kernel ends it."""
    delay = RandomDelay(Family.FIXED, (LATE * 1000,), limit_milliseconds=2000)
    fault = PacketFault(
        "siege", "late", HERE, VAULT, PacketEffect.DELAY, ALL_REQUESTS, FRIEND, direction=Direction.TO, delay=delay
    )
    activate(mesh, fault, lease=10.0)
    with held_still(mesh, "agent"), held_still(mesh, "control"):
        assert seconds(friend, vault) >= LATE
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
        assert time.monotonic() - begun >= 2 * ONE_WAY
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
