# SPDX-License-Identifier: Apache-2.0
"""What sidecars of one node say to each other skips the node's IP stack, and is judged all the same. Needs root."""

import errno
import struct
from pathlib import Path

import pytest
from pyroute2 import IPRoute

from bpf import structs
from l7filters.faults import FaultTarget
from l7filters.labels import Selector
from l7filters.packet_faults import PacketEffect, PacketFault
from l7filters.source import SourceLocation
from riftgate.local.cgroups import processes
from riftgate.local.names import PodName
from riftgate.local.netns import in_netns
from tests.intruders import in_sidecar
from tests.mesh_faults import on
from tests.mesh_harness import Mesh, Talk, eventually, kill_and_wait, pod_manifest
from tests.pinned import open_map
from tests.segments import ROUTED, SHORT, arrived, frames_at, ways

PORTS = (80, 7000)
VAULT = pod_manifest("vault", "server", {"app": "vault"}, PORTS)
ROUTED_VAULT = VAULT.replace("metadata: {", "metadata: {annotations: {riftgate/shortcut: 'off'}, ")
CLIENTS = pod_manifest("friend", "client", {"role": "friend"}) + pod_manifest("other", "client", {"role": "other"})
MANIFESTS = VAULT + CLIENTS
FAMILIES = pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
HOPS = 63
"""Of a packet that has met one router."""
DOOR = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: other}}]
"""
CONNECT = """
import socket, sys
with socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET) as connection:
    connection.settimeout(0.3)
    print(connection.connect_ex((sys.argv[1], int(sys.argv[2]))))
"""


def offered(mesh: Mesh) -> dict[bytes, tuple[int, int]]:
    """Slot and interface by address."""
    with open_map(mesh.instance.pins / "maps" / "link_by_address") as links:
        found = {key: links.lookup(key) for key in links.all_keys()}
    return {key: struct.unpack("=II", value[:8]) for key, value in found.items() if value is not None}


def interface(mesh: Mesh, pod: str) -> int:
    def find() -> int:
        with IPRoute() as route:
            return int(route.link_lookup(ifname=PodName(mesh.name, "default", pod).host_interface)[0])

    found: int = in_netns(mesh.node_netns, find)
    return found


@FAMILIES
def test_all_of_a_connection_skips_the_node_and_counts_it_as_a_hop(mesh: Mesh, friend: Talk, family: int) -> None:
    """Guards the shortcut both ways, from the first segment on, and that every byte gets there."""
    vault, caller = mesh.addresses("vault")[family], mesh.addresses("friend")[family]
    with frames_at(mesh, "vault") as there, frames_at(mesh, "friend") as back:
        answer = friend("exchange", vault, 7000, 3_000_000)
        assert (answer["size"], answer["intact"]) == (3_000_000, True)
        asked, answered = arrived(mesh, "vault", there, caller), arrived(mesh, "friend", back, vault)
    for segments in (asked, answered):
        assert {(each.way, each.hops) for each in segments} == {(SHORT, HOPS)}
    assert any(each.opens for each in asked)


@FAMILIES
def test_a_sidecar_gets_no_further_than_by_the_node(mesh: Mesh, family: int) -> None:
    """Guards what only the receiver's link knows: its sidecar's ports, and that nobody calls exec sessions."""
    vault, friend = mesh.addresses("vault")[family], mesh.addresses("friend")[family]
    before = mesh.pod("vault")["drops"]
    with frames_at(mesh, "vault") as opened:
        for port in (structs.INBOUND_PORT, structs.OUTBOUND_PORT):
            assert in_sidecar(mesh, "friend", CONNECT, vault, str(port)).stdout == f"{errno.EAGAIN}\n"
        sessions = mesh.pod("vault")["execAddresses"][family]
        assert in_sidecar(mesh, "friend", CONNECT, sessions, "80").stdout == f"{errno.EAGAIN}\n"
        assert not any(each.opens for each in arrived(mesh, "vault", opened, friend))
        assert in_sidecar(mesh, "friend", CONNECT, vault, "80").stdout == "0\n"
        assert {each.way for each in arrived(mesh, "vault", opened, friend)} == {SHORT}
    after = mesh.pod("vault")["drops"]
    grown = {name: after[name] - before.get(name, 0) for name in ("sidecar-port", "address")}
    assert grown["sidecar-port"] >= 2
    assert grown["address"] >= 1


def test_a_call_on_which_nobody_listens_is_refused(mesh: Mesh) -> None:
    """Guards the way of the kernel's own refusal, which to_pod alone lets out: the caller does not wait."""
    vault = mesh.addresses("vault")
    with mesh.sidecar_down("vault"):
        for address in vault:
            assert in_sidecar(mesh, "friend", CONNECT, address, "80").stdout == f"{errno.ECONNREFUSED}\n"
    eventually(lambda: in_sidecar(mesh, "friend", CONNECT, vault[0], "80").stdout == "0\n")


@FAMILIES
def test_a_rule_holds_from_the_next_packet(mesh: Mesh, friend: Talk, other: Talk, tmp_path: Path, family: int) -> None:
    """Guards the verdict of a connection that has used the shortcut."""
    vault = mesh.addresses("vault")[family]
    friend("open", "kept", vault, 7000)
    assert friend("say", "kept", "hello") == {"heard": "hello"}
    mesh.apply(tmp_path, DOOR)
    try:
        with frames_at(mesh, "vault") as opened:
            assert friend("say", "kept", "again", 0.9) == {"error": "timed out"}
            assert friend("http", "GET", vault, 80, "/", {}, 0) == {"error": "timed out"}
            assert arrived(mesh, "vault", opened, mesh.addresses("friend")[family]) == []
        assert ways(mesh, other, "other", "vault", family) == {SHORT}
    finally:
        mesh.delete_policies()
        friend("close", "kept")
    assert ways(mesh, friend, "friend", "vault", family) == {SHORT}


@FAMILIES
def test_who_is_cut_off_by_a_fault_takes_no_shortcut(mesh: Mesh, friend: Talk, other: Talk, family: int) -> None:
    """Guards faults of packets, which strike on the way that the shortcut leaves out: they begin with the next packet
    of a connection that has used it, others go on with it, and all is as before at the end."""
    vault = mesh.addresses("vault")[family]
    target = FaultTarget("default", Selector.of({"app": "vault"}))
    here, peers = SourceLocation("siege.yaml", 3), Selector.of({"role": "friend"})
    cut = PacketFault("siege", "packets", here, target, PacketEffect.PARTITION, 1_000_000, peers)
    friend("open", "kept", vault, 7000)
    assert friend("say", "kept", "hello") == {"heard": "hello"}

    def strikes() -> bool:
        return friend("say", "kept", "again", 0.3) == {"error": "timed out"}

    with on(mesh, cut):
        eventually(strikes)
        with frames_at(mesh, "vault") as opened:
            assert "error" in friend("http", "GET", vault, 80, "/", {}, 0, 0.5)
            assert arrived(mesh, "vault", opened, mesh.addresses("friend")[family]) == []
        assert ways(mesh, other, "other", "vault", family) == {SHORT}
    friend("close", "kept")
    eventually(lambda: ways(mesh, friend, "friend", "vault", family) == {SHORT})


def test_agents_come_and_go_and_one_of_before_knew_no_shortcut(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """Guards the table across agents, and that it is made where a version without it ran."""
    before = offered(mesh)
    assert {slot for slot, _ in before.values()} == {mesh.pod(pod)["slot"] for pod in ("vault", "friend", "other")}
    vault, caller = mesh.addresses("vault")[0], mesh.addresses("friend")[0]
    agents = mesh.instance.process_cgroup("agent")
    kill_and_wait(processes(agents))
    with frames_at(mesh, "vault") as opened:
        assert friend("exchange", vault, 7000, 1000)["intact"]
        assert {each.way for each in arrived(mesh, "vault", opened, caller)} == {SHORT}
    mesh.up(tmp_path, MANIFESTS)
    assert offered(mesh) == before

    kill_and_wait(processes(agents))
    (mesh.instance.pins / "maps" / "link_by_address").unlink()
    mesh.up(tmp_path, MANIFESTS)
    assert offered(mesh) == before
    assert ways(mesh, friend, "friend", "vault") == {SHORT}


def test_a_pod_that_is_made_anew_with_its_address_has_its_own_way(mesh: Mesh, friend: Talk, tmp_path: Path) -> None:
    """Guards the end of an offer with its pod, `off`, and that the next link is found, never the one before."""
    addresses, old = mesh.addresses("vault"), interface(mesh, "vault")
    mesh.up(tmp_path, ROUTED_VAULT + CLIENTS)
    assert mesh.addresses("vault") == addresses
    assert {slot for slot, _ in offered(mesh).values()} == {mesh.pod(pod)["slot"] for pod in ("friend", "other")}
    for family in (0, 1):
        assert ways(mesh, friend, "friend", "vault", family) == {ROUTED}

    mesh.up(tmp_path, MANIFESTS)
    assert mesh.addresses("vault") == addresses
    now = interface(mesh, "vault")
    assert now != old
    entry = (mesh.pod("vault")["slot"], now)
    assert [offered(mesh)[structs.address(address)] for address in addresses] == [entry, entry]
    for family in (0, 1):
        assert ways(mesh, friend, "friend", "vault", family) == {SHORT}
