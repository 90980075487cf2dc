# SPDX-License-Identifier: Apache-2.0
"""The network of local pods, on the real kernel."""

import itertools
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from riftgate.local import namespaces, netns
from riftgate.local.errors import LocalError
from riftgate.local.mountinfo import read_mounts
from riftgate.local.names import PodName

FALCON = ("10.201.0.1", "fd72:6966:7467:1::1")
HOTH = ("10.201.0.2", "fd72:6966:7467:1::2")
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Node:
    instance: str
    state: Path

    def pod(self, name: str, addresses: tuple[str, ...]) -> netns.PodNetwork:
        return netns.create_pod(self.name(name), addresses, name, self.state)

    def name(self, pod: str) -> PodName:
        return PodName(self.instance, "default", pod)

    def left(self) -> list[str]:
        """Whatever of the mesh is still on the machine."""
        files = netns.NETNS_DIR.iterdir() if netns.NETNS_DIR.is_dir() else ()
        return [
            *(path.name for path in files if path.name.startswith(f"{self.instance}-")),
            *(str(mount.point) for mount in read_mounts() if str(mount.point).startswith(str(self.state))),
            *(str(path) for path in self.state.iterdir()),
        ]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    instance = f"net{os.getpid()}n{next(_numbers)}"
    try:
        netns.create_node(instance)
        yield Node(instance, tmp_path)
    finally:
        netns.purge(instance, tmp_path)


def inside(path: Path, *argv: str) -> str:
    """Output of a command in a network namespace."""
    nsenter = shutil.which("nsenter") or "nsenter"
    return subprocess.run([nsenter, f"--net={path}", *argv], capture_output=True, text=True, check=True).stdout


def converse(client: Path, server: Path, address: str, source: str = "") -> str:
    """A TCP connection from one namespace to an address in another; returns whom the server saw."""

    def listen() -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return socket.create_server((address, 80), family=family)

    def connect() -> None:
        with socket.create_connection((address, 80), timeout=5, source_address=(source, 0) if source else None):
            pass

    with netns.in_netns(server, listen) as listener:
        listener.settimeout(5)
        thread = threading.Thread(target=netns.in_netns, args=(client, connect))
        thread.start()
        try:
            peer = listener.accept()
            peer[0].close()
        finally:
            thread.join()
    return str(peer[1][0])


@pytest.mark.parametrize("family", [0, 1])
def test_pods_reach_each_other_from_their_own_addresses(node: Node, family: int) -> None:
    falcon, hoth = node.pod("falcon", FALCON), node.pod("hoth", HOTH)

    assert converse(falcon.namespaces.net, hoth.namespaces.net, HOTH[family]) == FALCON[family]
    assert converse(falcon.namespaces.net, falcon.namespaces.net, FALCON[family]) == FALCON[family]


def test_a_pod_cannot_use_anothers_ipv4_address(node: Node) -> None:
    """Strict reverse path filtering; without it, tc alone would stand in the way."""
    falcon, hoth = node.pod("falcon", FALCON), node.pod("hoth", HOTH)
    inside(falcon.namespaces.net, "ip", "address", "add", "10.201.0.3/32", "dev", "eth0")

    def receive() -> socket.socket:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind((HOTH[0], 7))
        receiver.settimeout(5)
        return receiver

    def send() -> None:
        for source in ("10.201.0.3", FALCON[0]):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((source, 0))
                sender.sendto(source.encode(), (HOTH[0], 7))

    with netns.in_netns(hoth.namespaces.net, receive) as receiver:
        netns.in_netns(falcon.namespaces.net, send)
        # The later one comes first: the other one never does.
        assert receiver.recvfrom(64)[0] == FALCON[0].encode()


def test_the_link_needs_no_neighbour_discovery(node: Node) -> None:
    """Nothing but what is sent on purpose crosses it: even with all ARP and ICMPv6 dropped, as tc does it."""
    falcon, hoth = node.pod("falcon", FALCON), node.pod("hoth", HOTH)
    for network in (falcon, hoth):
        inside(network.namespaces.net, "ip", "link", "set", "eth0", "multicast", "off")
        entries = inside(network.namespaces.net, "ip", "neigh", "show") + inside(network.node_netns, "ip", "neigh")
        assert entries
        assert {line.split()[-1] for line in entries.splitlines()} == {"PERMANENT"}
        addresses = inside(network.namespaces.net, "ip", "-6", "address", "show", "dev", "eth0")
        assert "fe80:" not in addresses
        assert "tentative" not in addresses


def test_the_host_end_is_what_is_promised(node: Node) -> None:
    falcon = node.pod("falcon", FALCON)

    def name() -> str:
        return socket.if_indextoname(falcon.host_ifindex)

    assert netns.in_netns(falcon.node_netns, name) == falcon.host_interface == falcon.name.host_interface
    assert falcon.host_interface not in {name for _, name in socket.if_nameindex()}


def test_the_machines_own_network_stays_as_it_is(tmp_path: Path) -> None:
    def picture() -> tuple[str, ...]:
        commands = (("ip", "address"), ("ip", "route"), ("ip", "-6", "route"), ("ip", "neigh"))
        shown = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for command in commands]
        files = (
            "ipv4/ip_forward",
            "ipv6/conf/all/forwarding",
            "ipv4/conf/all/rp_filter",
            "ipv6/conf/default/accept_dad",
        )
        return (
            *(line for text in shown for line in text.splitlines() if "valid_lft" not in line),
            *((Path("/proc/sys/net") / file).read_text() for file in files),
        )

    before = picture()
    instance = f"net{os.getpid()}n{next(_numbers)}"
    try:
        netns.create_node(instance)
        netns.create_pod(PodName(instance, "default", "falcon"), FALCON, "falcon", tmp_path)
        assert picture() == before
    finally:
        netns.purge(instance, tmp_path)
    assert picture() == before


def test_making_a_pod_twice_changes_nothing(node: Node) -> None:
    first = node.pod("falcon", FALCON)
    before = inside(first.namespaces.net, "ip", "address"), first.namespaces.net.stat().st_ino

    second = node.pod("falcon", FALCON)

    assert second == first
    assert (inside(first.namespaces.net, "ip", "address"), first.namespaces.net.stat().st_ino) == before


def test_a_half_made_pod_is_completed(node: Node) -> None:
    """As after a kill -9 at any moment: a file without a namespace, a namespace without a link, a link half
    set."""
    hoth = node.pod("hoth", HOTH)
    files = netns.pod_namespaces(node.name("falcon"), node.state)
    files.net.touch()
    files.ipc.parent.mkdir(parents=True)
    files.ipc.touch()
    falcon = node.pod("falcon", FALCON)
    assert converse(hoth.namespaces.net, falcon.namespaces.net, FALCON[0]) == HOTH[0]

    inside(falcon.namespaces.net, "ip", "link", "set", "eth0", "down")
    node.pod("falcon", FALCON)
    assert converse(hoth.namespaces.net, falcon.namespaces.net, FALCON[1]) == HOTH[1]

    inside(falcon.namespaces.net, "ip", "link", "delete", "eth0")
    node.pod("falcon", FALCON)
    assert converse(hoth.namespaces.net, falcon.namespaces.net, FALCON[0]) == HOTH[0]


def test_a_pods_name_can_be_used_again_while_its_old_namespace_lives_on(node: Node) -> None:
    """Something in the old pod still runs: its end of the link must not be in the way."""
    old = node.pod("falcon", FALCON)
    nsenter = shutil.which("nsenter") or "nsenter"
    with subprocess.Popen([nsenter, f"--net={old.namespaces.net}", "cat"], stdin=subprocess.PIPE) as lingering:
        namespaces.release(old.namespaces.net)
        hoth, falcon = node.pod("hoth", HOTH), node.pod("falcon", FALCON)

        assert converse(hoth.namespaces.net, falcon.namespaces.net, FALCON[1]) == HOTH[1]
        lingering.communicate()


def test_deleting_a_pod_leaves_the_others(node: Node) -> None:
    node.pod("falcon", FALCON)
    hoth = node.pod("hoth", HOTH)

    netns.delete_pod(node.name("falcon"), node.state)
    netns.delete_pod(node.name("falcon"), node.state)

    links = inside(hoth.node_netns, "ip", "-oneline", "link")
    assert node.name("falcon").host_interface not in links
    assert hoth.host_interface in links
    assert not netns.pod_namespaces(node.name("falcon"), node.state).net.exists()
    assert converse(hoth.namespaces.net, hoth.namespaces.net, HOTH[0]) == HOTH[0]


def test_a_purge_takes_everything_of_one_mesh_only(node: Node, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Node(f"{node.instance}x", tmp_path_factory.mktemp("other"))
    try:
        netns.create_node(other.instance)
        neighbour = other.pod("falcon", FALCON)
        node.pod("falcon", FALCON)
        node.pod("hoth", HOTH)
        # A namespace that was mounted twice over, and a file whose namespace never came.
        again = netns.node_path(node.instance)
        subprocess.run(["mount", "--bind", again, again], check=True)
        (netns.NETNS_DIR / f"{node.instance}-default.ghost").touch()

        netns.purge(node.instance, node.state)

        assert node.left() == []
        assert converse(neighbour.namespaces.net, neighbour.namespaces.net, FALCON[0]) == FALCON[0]
    finally:
        netns.purge(other.instance, other.state)
    assert other.left() == []


def test_a_pod_without_its_node_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="make the node"):
        netns.create_pod(PodName("nowhere", "default", "falcon"), FALCON, "falcon", tmp_path)
