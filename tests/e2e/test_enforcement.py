# SPDX-License-Identifier: Apache-2.0
"""Nothing gets around the sidecar, tried as root with a container's default capabilities, with none and with all. On a
real mesh; needs root.

What arrives is counted by a packet socket on the far pod's own end of its link. Every way is tried between two pods
without Riftgate too: one that does not arrive there proves nothing here.
"""

import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from riftgate.demo.observer import Observer, observe
from riftgate.local import netns
from riftgate.local.capabilities import CAPABILITIES
from riftgate.local.names import PodName
from riftgate.local.namespaces import write_sysctl
from tests.e2e.pods.around.ways import PRIVILEGED, WAYS
from tests.intruders import in_network, in_sidecar
from tests.mesh_harness import Flows, Mesh, Talk, eventually, fresh_instance, pod_manifest, running_mesh
from tests.ways_refused import BY_PRIVILEGE, NOT_IN_THIS_KERNEL, STEERED, STRAY

PORTS = (80, 7000)


def all_capabilities() -> str:
    """All that this process may hand on."""
    status = Path("/proc/self/status").read_text()
    bounding = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:")), 16)
    return ", ".join(name for number, name in enumerate(CAPABILITIES) if bounding & 1 << number)


MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, PORTS),
        pod_manifest("yard", "server", {"app": "yard"}, PORTS),
        pod_manifest("friend", "client", {"role": "guest"}),
        pod_manifest("herald", "client", {"role": "guest"}),
        pod_manifest("rebel", "client", {"role": "rebel"}),
        pod_manifest("warlord", "client", {"role": "guest"}).replace(
            "ports: []", f"ports: [], securityContext: {{capabilities: {{add: [{all_capabilities()}]}}}}"
        ),
        pod_manifest("pauper", "client", {"role": "guest"}).replace(
            "ports: []", "ports: [], securityContext: {capabilities: {drop: [ALL]}}"
        ),
    )
)
DOOR = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: door}
spec:
  endpointSelector: {matchLabels: {app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    toPorts: [{ports: [{port: "80", protocol: TCP}, {port: "7000", protocol: TCP}]}]
"""

BY_CAPABILITY = ("raw IP", "ICMP, raw", "ICMPv6, raw", "AF_PACKET", "AF_XDP", "TCP, a source route")
"""Ways that the kernel itself keeps for who has NET_RAW."""
# Unlike the pods' networks, which need not exist here.
PLAIN = {name: (f"10.211.0.{n}", f"fd72:6966:7467:9::{n}") for n, name in enumerate(("from", "to", "third"), 1)}
NODE = ("10.212.0.1", "fd72:6966:7467:8::1")


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    with running_mesh(folder, MANIFESTS) as mesh:
        mesh.apply(folder, DOOR)
        # A pod may have this from its runtime: then ping sockets can be made without capabilities.
        for pod in ("friend", "warlord", "pauper"):
            netns.in_netns(mesh.namespaces(pod).net, allow_ping_sockets)
        for pod in ("vault", "yard"):
            netns.in_netns(mesh.namespaces(pod).net, allow_fast_open)
        yield mesh


def allow_ping_sockets() -> None:
    write_sysctl("net/ipv4/ping_group_range", "0 0")


def allow_fast_open() -> None:
    """With data in the first SYN already, cookie or none, for servers that ask for it."""
    write_sysctl("net/ipv4/tcp_fastopen", 0x1 | 0x2 | 0x4 | 0x200)


@pytest.fixture(scope="module")
def herald(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("herald") as herald:
        yield herald


@pytest.fixture(scope="module")
def ways_of_friend(mesh: Mesh) -> Iterator[Talk]:
    """The policy lets it in: what does not arrive is not refused for that."""
    with mesh.talk("friend", program="ways.py") as ways:
        yield ways


@pytest.fixture(scope="module")
def ways_of_warlord(mesh: Mesh) -> Iterator[Talk]:
    """The same, with all capabilities that there are."""
    with mesh.talk("warlord", program="ways.py") as ways:
        yield ways


@pytest.fixture(scope="module")
def ways_of_pauper(mesh: Mesh) -> Iterator[Talk]:
    """The same, with none."""
    with mesh.talk("pauper", program="ways.py") as ways:
        yield ways


@pytest.fixture(scope="module")
def ways_of_rebel(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("rebel", program="ways.py") as ways:
        yield ways


@pytest.fixture(scope="module")
def ways_of_nobody(mesh: Mesh) -> Iterator[Talk]:
    """In a pod's network namespace, but in none of its cgroups: nothing was ever attached to these sockets."""
    with in_network(mesh.namespaces("friend").net) as ways:
        yield ways


@pytest.fixture(scope="module")
def open_ways() -> Iterator[set[str]]:
    """The ways that arrive where there is no Riftgate: two pods' networks without it."""
    name, arriving = fresh_instance(), set()
    state = Path("/run") / f"{name}-plain"
    try:
        netns.create_node(name)
        pods = {
            pod: netns.create_pod(PodName(name, "default", pod), addresses, pod, state)
            for pod, addresses in PLAIN.items()
        }
        source, far = pods["from"], pods["to"]
        netns.in_netns(source.namespaces.net, allow_ping_sockets)
        # The node's own guards against spoofed addresses and source routes, for IPv4 alone.
        netns.in_netns(source.node_netns, lambda: loosen(source.host_interface))
        with observe(far.namespaces.net) as observer, in_network(source.namespaces.net) as ways:
            for way in (*WAYS, *PRIVILEGED):
                before = frames(observer, "from", "third")
                saw = ways(way, target(PLAIN["to"], PLAIN["third"]))["saw"]
                if saw not in NOT_IN_THIS_KERNEL:
                    eventually(lambda before=before: frames(observer, "from", "third") > before)  # type: ignore[misc]
                    arriving.add(way)
        yield arriving
    finally:
        netns.purge(name, state)
        if state.exists():
            state.rmdir()


def loosen(interface: str) -> None:
    for name in ("all", interface):
        write_sysctl(f"net/ipv4/conf/{name}/rp_filter", 0)
        write_sysctl(f"net/ipv4/conf/{name}/accept_source_route", 1)


def frames(observer: Observer, *names: str) -> int:
    return sum(observer.frames_from(PLAIN[name]) for name in names)


def target(addresses: tuple[str, str], friend: tuple[str, str]) -> dict[str, str | int]:
    to: dict[str, str | int] = {"ipv4": addresses[0], "ipv6": addresses[1], "port": 80}
    return {**to, "friend_ipv4": friend[0], "friend_ipv6": friend[1]}


def try_way(mesh: Mesh, way: str, ways: Talk, pod: str, herald: Talk) -> tuple[str, set[str], int]:
    """What the caller saw, the reasons for which something of the pod was refused, and how many frames arrived."""
    vault, innocent, barrier = mesh.addresses("vault"), mesh.addresses("rebel"), mesh.addresses("herald")
    sources = (*mesh.addresses(pod), *(innocent if pod != "rebel" else ()))
    before = mesh.pod(pod)["drops"]
    with observe(mesh.namespaces("vault").net) as observer:
        saw = ways(way, target(vault, innocent))["saw"]
        # That the observer sees what does arrive is part of the proof, and this arrives later.
        assert herald("http", "GET", vault[0], 80, "/", {}, 0)["status"] == 200
        assert observer.frames_from(barrier) > 0
        arrived = observer.frames_from(sources)
    drops = mesh.pod(pod)["drops"]
    return saw, {reason for reason in drops if drops[reason] > before.get(reason, 0)}, arrived


@pytest.mark.parametrize("way", STRAY)
def test_an_app_gets_nothing_past_its_sidecar(
    mesh: Mesh, ways_of_friend: Talk, ways_of_warlord: Talk, herald: Talk, open_ways: set[str], way: str
) -> None:
    """As root with a container's default capabilities, and with all.

    Guards sock_create (`socket`) and tc (`policy` for UDP, no rule allows it, `app-socket`, `protocol`, `not-sidecar`,
    `address`), each on its own: with one of them gone another may still hold, but the reason is another
    one."""
    for pod, ways in (("friend", ways_of_friend), ("warlord", ways_of_warlord)):
        saw, reasons, arrived = try_way(mesh, way, ways, pod, herald)

        assert arrived == 0, pod
        if way in open_ways:
            wanted, reason = STRAY[way]
            assert saw == wanted, pod
            assert reason in reasons, pod
        else:
            assert saw in NOT_IN_THIS_KERNEL, pod


@pytest.mark.parametrize("way", STRAY)
def test_without_capabilities_an_app_gets_nothing_past_its_sidecar(
    mesh: Mesh, ways_of_pauper: Talk, herald: Talk, open_ways: set[str], way: str
) -> None:
    """What the kernel lets nobody do without them it refuses before anybody is asked; all else is refused as ever."""
    saw, reasons, arrived = try_way(mesh, way, ways_of_pauper, "pauper", herald)

    assert arrived == 0
    if way not in open_ways:
        assert saw in {*NOT_IN_THIS_KERNEL, "EPERM"}
    elif way.startswith(BY_CAPABILITY):
        assert saw == "EPERM"
    else:
        wanted, reason = STRAY[way]
        assert (saw, reason in reasons) == (wanted, True)


@pytest.mark.parametrize("way", PRIVILEGED)
def test_all_capabilities_get_nothing_past_the_sidecar(
    mesh: Mesh, ways_of_friend: Talk, ways_of_warlord: Talk, herald: Talk, open_ways: set[str], way: str
) -> None:
    """Guards tc at the host's end against frames that no socket of the pod's makes; and by default none are made."""
    saw, reasons, arrived = try_way(mesh, way, ways_of_warlord, "warlord", herald)

    assert arrived == 0
    if way in open_ways:
        wanted, by = BY_PRIVILEGE[way]
        assert saw == wanted
        assert not by or reasons & by
    else:
        assert saw in NOT_IN_THIS_KERNEL
    assert try_way(mesh, way, ways_of_friend, "friend", herald)[0] in ("EPERM", "EACCES", "EROFS", "ENOTSUP")


@pytest.mark.parametrize("way", STEERED)
def test_policy_denies_whatever_way_a_connection_is_made(
    mesh: Mesh, ways_of_rebel: Talk, herald: Talk, open_ways: set[str], way: str
) -> None:
    """Guards the verdict in connect4/6 for every way to call it: the app hangs until it gives up (a silent drop)."""
    saw, reasons, arrived = try_way(mesh, way, ways_of_rebel, "rebel", herald)

    assert way in open_ways
    assert (saw, arrived) == ("timed out", 0)
    assert "policy" in reasons


@pytest.mark.parametrize("way", [way for way in STEERED if way not in STRAY])
def test_whatever_way_a_connection_is_made_the_sidecar_has_it(
    mesh: Mesh, ways_of_friend: Talk, flows: Flows, way: str
) -> None:
    """Guards the steering of each of them: without it the app would be answered too, but no sidecar would know."""
    vault, rebel = mesh.addresses("vault"), mesh.addresses("rebel")

    assert ways_of_friend(way, target(vault, rebel)) == {"saw": "answered"}
    assert flows.find(log="outbound", node="default/friend")["destination"]["address"] in vault
    assert flows.find(log="inbound", source_workload="default/friend")["node"] == "default/vault"


@pytest.mark.parametrize("way", WAYS)
def test_a_process_without_a_cgroup_of_the_pod_reaches_nothing(
    mesh: Mesh, ways_of_nobody: Talk, herald: Talk, open_ways: set[str], way: str
) -> None:
    """Guards tc at the host's end alone: nothing else sees this process."""
    saw, reasons, arrived = try_way(mesh, way, ways_of_nobody, "friend", herald)

    assert arrived == 0
    if way in open_ways:
        assert saw in ("timed out", "sent")
        assert reasons & {"not-sidecar", "protocol", "address"}
    else:
        assert saw in NOT_IN_THIS_KERNEL


def test_a_sidecar_cannot_speak_for_another_pod(mesh: Mesh, herald: Talk) -> None:
    """Guards the check of the source in tc, over IPv6, where the kernel has no reverse path filter."""
    code = """
import socket, sys
with socket.socket(socket.AF_INET6) as connection:
    connection.setsockopt(socket.IPPROTO_IPV6, 78, 1)  # IPV6_FREEBIND
    connection.settimeout(0.3)
    connection.bind((sys.argv[1], 0))
    print(connection.connect_ex((sys.argv[2], 80)))
"""
    vault, friend = mesh.addresses("vault")[1], mesh.addresses("friend")[1]
    stolen = mesh.addresses("herald")[1]
    before = mesh.pod("friend")["drops"].get("address", 0)
    with observe(mesh.namespaces("vault").net) as observer:
        assert in_sidecar(mesh, "friend", code, stolen, vault).stdout == f"{errno.EAGAIN}\n"
        assert observer.frames_from((stolen,)) == 0
        # With its own address it gets there: that much a sidecar may do.
        assert in_sidecar(mesh, "friend", code, friend, vault).stdout == "0\n"
        assert observer.frames_from((friend,)) > 0
    assert mesh.pod("friend")["drops"]["address"] > before


COMPROMISED = """
import socket, sys
host, port = sys.argv[1], 80
family = socket.AF_INET6 if ":" in host else socket.AF_INET
saw = []
with socket.socket(family) as connection:
    connection.settimeout(0.3)
    saw.append(connection.connect_ex((host, port)))
with socket.socket(family, socket.SOCK_DGRAM) as sender:
    sender.sendto(b"hello", (host, port))
for kind, protocol in ((socket.SOCK_RAW, 17), (socket.SOCK_STREAM, 262), (socket.SOCK_STREAM, 132)):
    try:
        socket.socket(family, kind, protocol).close()
        saw.append("made")
    except OSError as error:
        saw.append(error.errno)
print(*saw)
"""


@pytest.mark.parametrize("family", [0, 1])
def test_a_compromised_sidecar_is_held_to_its_pods_policy(mesh: Mesh, herald: Talk, family: int) -> None:
    """Guards the verdict per packet in tc, and the list of sockets: an arbitrary client in the sidecar's cgroup reaches
    the pods that L3/L4 policy opens to its own, and nobody else."""
    vault, yard = mesh.addresses("vault")[family], mesh.addresses("yard")[family]
    before = mesh.pod("rebel")["drops"]
    with observe(mesh.namespaces("vault").net) as observer:
        made = in_sidecar(mesh, "rebel", COMPROMISED, vault).stdout.split()
        assert made[:2] == [str(errno.EAGAIN), str(errno.EPERM)]
        assert not {"made"} & set(made)
        assert herald("http", "GET", mesh.addresses("vault")[0], 80, "/", {}, 0)["status"] == 200
        assert observer.frames_from(mesh.addresses("herald")) > 0
        assert observer.frames_from(mesh.addresses("rebel")) == 0
    drops = mesh.pod("rebel")["drops"]
    assert {"policy", "socket"} <= {name for name in drops if drops[name] > before.get(name, 0)}
    # No policy selects this pod: that much a sidecar may do.
    assert in_sidecar(mesh, "rebel", COMPROMISED, yard).stdout.split()[0] == "0"


@pytest.fixture(scope="module")
def node(mesh: Mesh) -> Iterator[Talk]:
    """In the network between the pods, with addresses that are no pod's."""
    for address in NODE:
        subprocess.run(
            ["nsenter", f"--net={mesh.node_netns}", "ip", "address", "add", address, "dev", "lo"], check=True
        )
    netns.in_netns(mesh.node_netns, allow_fast_open)
    with in_network(mesh.node_netns) as ways:
        yield ways


@pytest.mark.parametrize(
    ("way", "saw"),
    [
        ("UDP-Lite", "sent"),
        # This one is told that tc has taken its packet.
        ("ICMPv6, raw, a neighbour's word", "ENOBUFS"),
    ],
)
def test_nothing_that_no_policy_is_asked_about_enters_a_pod(
    mesh: Mesh, node: Talk, herald: Talk, way: str, saw: str
) -> None:
    """Guards tc towards the pod (to_pod) for the protocols that no policy is asked about."""
    yard = mesh.addresses("yard")
    before = mesh.pod("yard")["drops"].get("protocol", 0)
    with observe(mesh.namespaces("yard").net) as observer:
        assert node(way, target(yard, NODE)) == {"saw": saw}
        assert herald("http", "GET", yard[0], 80, "/", {}, 0)["status"] == 200
        assert observer.frames_from(NODE) == 0
        # No policy selects this pod: TCP gets there, from the same address.
        assert node("TCP", target(yard, NODE)) == {"saw": "answered"}
        assert observer.frames_from(NODE) > 0
    assert mesh.pod("yard")["drops"]["protocol"] > before


@pytest.mark.parametrize(
    ("way", "saw"),
    [
        ("UDP, sendto", "sent"),
        ("UDP over IPv6, sendto", "sent"),
        ("ICMP, raw", "sent"),
        # This one is told that tc has taken its packet.
        ("ICMPv6, raw", "ENOBUFS"),
    ],
)
def test_policy_holds_for_datagrams_of_who_is_no_pod(mesh: Mesh, node: Talk, herald: Talk, way: str, saw: str) -> None:
    """Guards the verdict in tc towards the pod for UDP and ICMP."""
    vault, yard = mesh.addresses("vault"), mesh.addresses("yard")
    before = mesh.pod("vault")["drops"].get("policy", 0)
    with observe(mesh.namespaces("vault").net) as closed, observe(mesh.namespaces("yard").net) as opened:
        assert node(way, target(vault, NODE)) == {"saw": saw}
        assert node(way, target(yard, NODE)) == {"saw": "sent"}
        eventually(lambda: opened.frames_from(NODE) > 0)
        assert herald("http", "GET", vault[0], 80, "/", {}, 0)["status"] == 200
        assert closed.frames_from(NODE) == 0
    assert mesh.pod("vault")["drops"]["policy"] > before


@pytest.mark.parametrize("way", ["TCP", "TCP over IPv6", "TCP, MSG_FASTOPEN", "TCP over IPv6, MSG_FASTOPEN"])
def test_policy_holds_for_who_is_no_pod(mesh: Mesh, node: Talk, way: str) -> None:
    """Guards the verdict in tc towards the pod: on the other side of this connection there is no sidecar."""
    vault, yard = mesh.addresses("vault"), mesh.addresses("yard")
    before = mesh.pod("vault")["drops"].get("policy", 0)
    with observe(mesh.namespaces("vault").net) as observer:
        # With its data in the SYN a connection counts as one before anybody has answered.
        assert node(way, target(vault, NODE))["saw"] in ("timed out", "no answer")
        assert node(way, target(yard, NODE)) == {"saw": "answered"}
        assert observer.frames_from(NODE) == 0
    assert mesh.pod("vault")["drops"]["policy"] > before
