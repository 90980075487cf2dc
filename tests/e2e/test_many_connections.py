# SPDX-License-Identifier: Apache-2.0
"""Ten thousand connections at once, and a thousand new ones a second: each reaches whom it asked for, and the datapath
holds nothing of them when they are gone. Needs root.

The pace is what the client aims at, not what is asserted: a busy machine takes longer. `--connect-seconds 60` runs the
last one for a minute, as `script/bench datapath --parts connects` does.
"""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.local import netns
from riftgate.local.namespaces import write_sysctl
from riftgate.local.sidecar import OPEN_FILES
from tests.crowd_mesh import SERVERS, entries, left, pods, running_crowd, services, sockets, tcp_sockets
from tests.mesh_harness import Mesh, eventually

AT_ONCE = 10_000
PER_SECOND = 1000
FEW_PORTS = "40000 42399"
"""For all that a pod calls. A server's sidecar calls each of two ports of its app 250 times a second: after ten seconds
of that all have been used, as 28,232 ports have been after two minutes."""


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_crowd(tmp_path_factory.mktemp("mesh")) as mesh:
        yield mesh


def files_of_a_sidecar() -> int:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return OPEN_FILES if most == resource.RLIM_INFINITY else most


def test_ten_thousand_at_once(mesh: Mesh) -> None:
    """Guards every limit on the way: of files, of maps, and the sidecar's of connections."""
    # A file in the app and one in its sidecar, of HTTP connections that share a few to the servers.
    assert files_of_a_sidecar() >= AT_ONCE + 2000, "raise the limit of open files (ulimit -Hn)"
    before = entries(mesh)
    with mesh.talk("client", "crowd.py") as crowd:
        opened = crowd("hold", services(mesh), AT_ONCE, "http")
        assert (opened["right"], opened["wrong"]) == (AT_ONCE, {})
        assert netns.in_netns(mesh.namespaces("client").net, tcp_sockets) >= 2 * AT_ONCE

        asked = crowd("again")
        assert (asked["right"], asked["wrong"]) == (AT_ONCE, {})
        crowd("drop")
    eventually(lambda: left(mesh, before) == {})
    # The sidecars keep a few connections to the servers.
    eventually(lambda: max(sockets(mesh).values()) < AT_ONCE / 10)


def test_ten_thousand_of_tcp_at_once(mesh: Mesh) -> None:
    """Each has a connection of its own all the way: two files in either sidecar. Two clients, so that the 20,000 files
    that a machine gives a process are enough."""
    half = AT_ONCE // 2
    before, open_before = entries(mesh), sockets(mesh)
    with mesh.talk("client", "crowd.py") as crowd, mesh.talk("fast", "crowd.py") as fast_crowd:
        for each in (crowd, fast_crowd):
            opened = each("hold", pods(mesh), half, "tcp")
            assert (opened["right"], opened["wrong"]) == (half, {})
        # An app's end, the two of its sidecar; and those two and the app's at the server.
        assert all(count >= 3 * half for count in sockets(mesh).values()), sockets(mesh)
        for each in (crowd, fast_crowd):
            asked = each("again")
            assert (asked["right"], asked["wrong"]) == (half, {})
            each("drop")
    eventually(lambda: left(mesh, before) == {})
    eventually(lambda: all(count <= open_before[pod] for pod, count in sockets(mesh).items()))


@pytest.fixture
def few_ports(mesh: Mesh) -> Iterator[None]:
    namespaces = [mesh.namespaces(pod).net for pod in ("client", "fast", *SERVERS)]
    before = netns.in_netns(namespaces[0], Path("/proc/sys/net/ipv4/ip_local_port_range").read_text)
    for each in namespaces:
        netns.in_netns(each, lambda: write_sysctl("net/ipv4/ip_local_port_range", FEW_PORTS))
    yield
    for each in namespaces:
        netns.in_netns(each, lambda: write_sysctl("net/ipv4/ip_local_port_range", before))


@pytest.mark.usefixtures("few_ports")
@pytest.mark.parametrize("pod", ["client", "fast"])
def test_a_thousand_a_second(mesh: Mesh, pod: str, pytestconfig: pytest.Config) -> None:
    """Guards the way of a destination from connect to accept: one that is lost, or left for another connection with the
    same source, shows as a wrong answer or as an entry that stays. And the ports of the sidecars, which a connection
    holds for a minute after its end."""
    seconds = pytestconfig.getoption("--connect-seconds")
    count = PER_SECOND * (seconds if pod == "client" else max(1, seconds // 4))
    before, open_before = entries(mesh), sockets(mesh)
    with mesh.talk(pod, "crowd.py") as crowd:
        done = crowd("rate", pods(mesh), PER_SECOND, count)
    print(f"{count} connections from {pod} in {done['seconds']:.1f} s: {count / done['seconds']:.0f} a second")

    assert (done["right"], done["wrong"]) == (count, {})
    eventually(lambda: left(mesh, before) == {})
    # Of these connections none; what an earlier test had the sidecars keep may have ended meanwhile.
    eventually(lambda: all(count <= open_before[pod] for pod, count in sockets(mesh).items()))
