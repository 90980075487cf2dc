# SPDX-License-Identifier: Apache-2.0
"""Names for pods: who answers whatever server is asked, what policy lets them ask, and what toFQDNs rules learn. On a
real mesh with the C library's resolver and with queries of the test's own; needs root."""

import subprocess
from collections.abc import Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from bpf.structs import RESOLVER
from l7filters.decide import Connection, Query, decide
from l7filters.parse import parse_policies
from l7filters.ports import Protocol
from l7filters.world import World
from riftgate.local.cgroups import processes
from riftgate.local.plan import RESOLVER as PEER
from tests.dns_upstream import Upstream, running_upstream
from tests.mesh_harness import (
    Mesh,
    Talk,
    ask,
    eventually,
    fresh_instance,
    kill_and_wait,
    pod_manifest,
    running_mesh,
    service_manifest,
)

NODE = ("10.212.0.7", "fd72:6966:7467:8::7")
GATE = ("10.212.0.9", "fd72:6966:7467:8::9")
OTHER_NODE = "10.212.0.8"
SILENCE = 1.5
"""Seconds after which an answer that must not come counts as not coming."""
SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: crew}
spec: {clusterIP: None, selector: {app: vault}}
---
apiVersion: v1
kind: Service
metadata: {name: beacon}
spec:
  selector: {app: vault}
  ports:
  - {name: echo, port: 700, targetPort: 7000, protocol: UDP}
  - {name: dns, port: 54, targetPort: 53, protocol: UDP}
---
apiVersion: v1
kind: Namespace
metadata: {name: hoth}
---
apiVersion: v1
kind: Service
metadata: {name: ice, namespace: hoth}
spec: {ports: [{port: 80}]}
---"""
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        pod_manifest("friend", "client", {"role": "guest"}),
        pod_manifest("scout", "client", {"role": "scout"}),
        service_manifest("vault", {"app": "vault"}, (80,)),
        SERVICES,
    )
)
SCOUT = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: scout}
spec:
  endpointSelector: {matchLabels: {role: scout}}
  egress:
  - toEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}}]
    toPorts:
    - ports: [{port: "53", protocol: ANY}]
      rules:
        dns: [{matchName: api.example.com}, {matchPattern: "*.rebels.example"}, {matchPattern: "**.cluster.local"}]
  - toFQDNs: [{matchName: api.example.com}, {matchPattern: "*.rebels.example"}]
    toPorts: [{ports: [{port: "8443", protocol: TCP}, {port: "8444", protocol: UDP}]}]
"""
DENY_BY_ADDRESS = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: no-node}
spec:
  endpointSelector: {matchLabels: {role: scout}}
  egressDeny: [{toCIDR: [10.212.0.9/32]}]
"""
MUTE = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: scout}
spec:
  endpointSelector: {matchLabels: {role: scout}}
  egress: [{toEndpoints: [{matchLabels: {app: vault}}]}]
"""
TABLE = {
    "api.example.com": NODE,
    "base.rebels.example": (NODE[0],),
    "gate.rebels.example": GATE,
    "other.example": (OTHER_NODE,),
    "many.example": tuple(f"192.0.2.{n}" for n in range(1, 101)),
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream(TABLE) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("mesh")
    with running_mesh(folder, MANIFESTS, "--dns-upstream", f"127.0.0.1:{upstream.port}") as mesh:
        for address in (*NODE, *GATE, OTHER_NODE):
            in_node = ("nsenter", f"--net={mesh.node_netns}", "ip", "address", "add", address, "dev", "lo")
            subprocess.run(in_node, check=True)
        yield mesh


@pytest.fixture(scope="module")
def scout(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("scout") as scout:
        yield scout


@pytest.fixture(scope="module")
def world_outside(mesh: Mesh) -> Iterator[None]:
    """TCP echo on 8443 and 9443, UDP echo on 8444, on the node's addresses, which are no pod's."""
    code = """
import socket, socketserver, threading
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096): self.request.sendall(data)
class Stream(socketserver.ThreadingTCPServer):
    address_family, allow_reuse_address, daemon_threads = socket.AF_INET6, True, True
class Datagram(socketserver.BaseRequestHandler):
    def handle(self): self.request[1].sendto(b"outside " + self.request[0], self.client_address)
class Datagrams(socketserver.ThreadingUDPServer):
    address_family = socket.AF_INET6
for server in (Stream(("::", 8443), Echo), Stream(("::", 9443), Echo), Datagrams(("::", 8444), Datagram)):
    threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)
"""
    argv = ["nsenter", f"--net={mesh.node_netns}", "/usr/bin/python3", "-c", code]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            server.kill()


def query(name: str, kind: str = "A", **options: Any) -> dns.message.Message:
    return dns.message.make_query(name, kind, **options)


def told(talk: Talk, server: str, asked: dns.message.Message, connected: bool = False) -> dns.message.Message:
    """The answer over UDP, which seems to come from whom was asked."""
    answer = talk("datagram", server, 53, asked.to_wire().decode("latin-1"), connected, 10.0)
    assert answer.get("from") == [server, 53], answer
    assert answer["peer"] == ([server, 53] if connected else None)
    return dns.message.from_wire(answer["heard"].encode("latin-1"))


def told_over_tcp(talk: Talk, server: str, asked: dns.message.Message) -> dns.message.Message:
    answer = talk("framed", server, 53, asked.to_wire().decode("latin-1"))
    assert answer.get("peer") == [server, 53], answer
    return dns.message.from_wire(answer["heard"].encode("latin-1"))


def addresses(answer: dns.message.Message) -> set[str]:
    return {item.address for each in answer.answer for item in each if hasattr(item, "address")}


@pytest.mark.parametrize(
    "name", ["vault", "vault.default", "vault.default.svc", "vault.default.svc.cluster.local", "VAULT.default.svc"]
)
def test_the_c_library_finds_services_by_all_their_names(mesh: Mesh, friend: Talk, name: str) -> None:
    ipv4, ipv6 = mesh.service_addresses("vault")
    assert friend("resolve", name, 4) == {"addresses": [ipv4]}
    assert friend("resolve", name, 6) == {"addresses": [ipv6]}


def test_a_headless_service_is_its_pods_and_other_namespaces_are_there(mesh: Mesh, friend: Talk) -> None:
    assert friend("resolve", "crew", 0) == {"addresses": sorted(mesh.addresses("vault"))}
    assert len(friend("resolve", "ice.hoth", 0)["addresses"]) == 2
    assert friend("resolve", "ice", 0) == {"error": "no such name"}


def test_names_lead_to_pods(mesh: Mesh, friend: Talk) -> None:
    answer = friend("http", "GET", "vault", 80, "/", {}, 0)
    assert answer["status"] == 200
    assert answer["headers"]["x-served-by"] == "vault"


@pytest.mark.parametrize("connected", [False, True])
@pytest.mark.parametrize("server", ["192.0.2.53", "2001:db8::53", "::ffff:192.0.2.53", RESOLVER[0], RESOLVER[1]])
def test_whoever_is_asked_the_resolver_answers(mesh: Mesh, friend: Talk, server: str, connected: bool) -> None:
    """Guards connect4/6, sendmsg4/6 on the way there, recvmsg4/6 and getpeername4/6 on the way back."""
    ipv4, _ = mesh.service_addresses("vault")
    assert addresses(told(friend, server, query("vault.default.svc.cluster.local"), connected)) == {ipv4}


@pytest.mark.parametrize("server", ["192.0.2.53", "2001:db8::53", "::ffff:192.0.2.53"])
def test_over_tcp_too(mesh: Mesh, friend: Talk, server: str) -> None:
    ipv4, _ = mesh.service_addresses("vault")
    assert addresses(told_over_tcp(friend, server, query("vault.default.svc.cluster.local"))) == {ipv4}


def test_a_server_of_ones_own_on_loopback_is_ones_own(friend: Talk) -> None:
    """Nobody listens there: what is steered would be answered."""
    wire = query("vault.default.svc.cluster.local").to_wire().decode("latin-1")
    assert friend("datagram", "127.0.0.1", 53, wire, True, SILENCE) == {"error": "ECONNREFUSED"}


def test_codes_and_times(mesh: Mesh, friend: Talk, upstream: Upstream) -> None:
    server = RESOLVER[0]
    good = told(friend, server, query("vault.default.svc.cluster.local", use_edns=0))
    assert good.rcode() == dns.rcode.NOERROR
    assert good.flags & dns.flags.AA
    assert (good.answer[0].ttl, good.edns) == (5, 0)
    assert told(friend, server, query("vault.default.svc.cluster.local")).edns == -1
    for name, kind, code in (
        ("nobody.default.svc.cluster.local", "A", dns.rcode.NXDOMAIN),
        ("vault.default.svc.cluster.local", "MX", dns.rcode.NOERROR),
        ("svc.cluster.local", "A", dns.rcode.NOERROR),
        ("hoth.svc.cluster.local", "AAAA", dns.rcode.NOERROR),
    ):
        answer = told(friend, server, query(name, kind))
        assert (answer.rcode(), answer.answer) == (code, [])
        assert answer.authority[0].rdtype == dns.rdatatype.SOA, "so that the answer may be kept"
    assert told(friend, server, query("nowhere.example")).rcode() == dns.rcode.NXDOMAIN
    assert "nowhere.example" in upstream.asked
    assert addresses(told(friend, server, query("other.example"))) == {OTHER_NODE}


def test_a_long_answer_is_cut_over_udp_and_whole_over_tcp(friend: Talk) -> None:
    cut = told(friend, RESOLVER[0], query("many.example"))
    assert cut.flags & dns.flags.TC
    assert len(cut.to_wire()) <= 512
    assert len(addresses(told_over_tcp(friend, RESOLVER[0], query("many.example")))) == 100
    # As the C library does it.
    assert len(friend("resolve", "many.example", 4)["addresses"]) == 100


def world(mesh: Mesh) -> World:
    return World.from_dict(ask(mesh.instance.control_socket, "/v1/world"))


@pytest.mark.usefixtures("no_policies")
def test_policy_says_what_may_be_asked(mesh: Mesh, scout: Talk, friend: Talk, tmp_path: Any) -> None:
    """The truth table of DNS rules: the resolver and decide() are of one mind."""
    mesh.apply(tmp_path, SCOUT)
    policies = parse_policies(SCOUT, "scout.yaml")
    for name, kind in (
        ("api.example.com", "A"),
        ("API.example.com", "AAAA"),
        ("base.rebels.example", "A"),
        ("rebels.example", "A"),
        ("deep.base.rebels.example", "A"),
        ("other.example", "A"),
        ("vault.default.svc.cluster.local", "A"),
    ):
        for protocol, way in ((Protocol.UDP, told), (Protocol.TCP, told_over_tcp)):
            asked = Query(Connection("default/scout", PEER.key, 53, protocol), name)
            refused = way(scout, "192.0.2.53", query(name, kind)).rcode() == dns.rcode.REFUSED
            assert refused is not decide(world(mesh), policies, asked).allowed, (name, protocol)
    assert told(friend, "192.0.2.53", query("other.example")).rcode() == dns.rcode.NOERROR, "nobody restricts this pod"


@pytest.mark.usefixtures("no_policies")
def test_who_may_not_speak_to_the_resolver_is_not_answered(mesh: Mesh, scout: Talk, tmp_path: Any) -> None:
    """Guards the L3/L4 verdict of tc for DNS: default deny of egress holds for it as in a cluster."""
    mesh.apply(tmp_path, MUTE)
    before = mesh.pod("scout")["drops"].get("policy", 0)
    wire = query("vault.default.svc.cluster.local").to_wire().decode("latin-1")
    assert scout("datagram", "192.0.2.53", 53, wire, False, SILENCE) == {"error": "timed out"}
    assert scout("framed", "192.0.2.53", 53, wire) == {"error": "timed out"}
    assert mesh.pod("scout")["drops"]["policy"] > before
    query_of_scout = Query(Connection("default/scout", PEER.key, 53, Protocol.UDP), "vault.default.svc.cluster.local")
    assert not decide(world(mesh), parse_policies(MUTE, "mute.yaml"), query_of_scout).allowed


def reaches(talk: Talk, host: str, port: int) -> bool:
    """Over TCP: the sidecar accepts what may go on, so bytes must come back."""
    answer = talk("open", "far", host, port)
    if "error" in answer:
        assert answer == {"error": "timed out"}
        return False
    heard = talk("say", "far", "hello")
    talk("close", "far")
    return heard == {"heard": "hello"}


@pytest.mark.usefixtures("no_policies", "world_outside")
def test_addresses_are_allowed_for_their_names(mesh: Mesh, scout: Talk, tmp_path: Any) -> None:
    """Guards the way of an address from the answer into the kernel, before the app has it; and its bounds."""
    mesh.apply(tmp_path, SCOUT)
    policies = parse_policies(SCOUT, "scout.yaml")
    assert not reaches(scout, GATE[0], 8443), "nobody has asked yet"

    assert scout("resolve", "gate.rebels.example", 0) == {"addresses": sorted(GATE)}
    for address in GATE:
        assert reaches(scout, address, 8443)
        assert not reaches(scout, address, 9443), "another port"
        assert scout("datagram", address, 8444, "hi", False)["heard"] == "outside hi"
    assert not reaches(scout, OTHER_NODE, 8443), "another address"
    learned = eventually(lambda: mesh.agent_status()["resolver"]["learned"])
    names: dict[str, tuple[str, ...]] = {}
    for each in learned:
        names[each["address"]] = (*names.get(each["address"], ()), each["name"])
    assert {address: names[address] for address in GATE} == dict.fromkeys(GATE, ("gate.rebels.example",))
    for address, port, protocol, expected in (
        (GATE[0], 8443, Protocol.TCP, True),
        (GATE[1], 8444, Protocol.UDP, True),
        (GATE[0], 9443, Protocol.TCP, False),
        (OTHER_NODE, 8443, Protocol.TCP, False),
    ):
        asked = Connection("default/scout", address, port, protocol, destination_names=names.get(address, ()))
        assert decide(world(mesh), policies, asked).allowed is expected
    explained = mesh.run("policy", "explain", "--from", "pod/scout", "--to", GATE[0], "--port", "8443")
    assert explained.code == 0, explained.output
    assert mesh.run("policy", "explain", "--from", "pod/scout", "--to", GATE[0], "--port", "9443").code == 1

    # What a deny rule refuses, no name lifts; and with it gone, the names still count.
    mesh.apply(tmp_path, SCOUT + "---" + DENY_BY_ADDRESS)
    assert not reaches(scout, GATE[0], 8443)
    assert reaches(scout, GATE[1], 8443)


@pytest.mark.usefixtures("no_policies", "world_outside")
def test_a_dead_resolver_answers_nobody_and_comes_back(mesh: Mesh, scout: Talk, tmp_path: Any) -> None:
    """Guards the restart, and that what was learned is the kernel's: it needs nobody alive."""
    mesh.apply(tmp_path, SCOUT)
    assert scout("resolve", "api.example.com", 4) == {"addresses": [NODE[0]]}
    restarts = mesh.agent_status()["resolver"]["restarts"]
    wire = query("api.example.com").to_wire().decode("latin-1")
    with mesh.agent_held():
        kill_and_wait(processes(mesh.instance.process_cgroup("resolver")))
        assert scout("datagram", "192.0.2.53", 53, wire, False, SILENCE) == {"error": "timed out"}
        assert reaches(scout, NODE[0], 8443)
    eventually(lambda: mesh.agent_status()["resolver"]["restarts"] > restarts)
    eventually(lambda: "heard" in scout("datagram", "192.0.2.53", 53, wire, False, SILENCE))
    assert told(scout, "192.0.2.53", query("other.example")).rcode() == dns.rcode.REFUSED, "with its rules"


def test_nobody_but_pods_is_answered(mesh: Mesh) -> None:
    """Guards the resolver's own look at the source: what is in the node's network is no pod."""
    code = "import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(10)\n"
    code += "s.sendto(bytes.fromhex(sys.argv[1]),(sys.argv[2],53)); print(s.recv(4096)[3]&15)"
    wire = query("vault.default.svc.cluster.local").to_wire().hex()
    argv = ["nsenter", f"--net={mesh.node_netns}", "/usr/bin/python3", "-c", code, wire, RESOLVER[0]]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout == f"{dns.rcode.REFUSED:d}\n"


def test_without_an_upstream_there_are_no_other_names(tmp_path: Any) -> None:
    manifests = pod_manifest("friend", "client", {"role": "guest"})
    with running_mesh(tmp_path, manifests) as mesh, mesh.talk("friend") as friend:
        assert friend("resolve", "api.example.com", 0) == {"error": "no such name"}


def test_a_wrong_upstream_is_told_before_anything_is_touched() -> None:
    mesh = Mesh(fresh_instance())
    for written, words in (
        ("dns.example", "not the address"),
        ("127.0.0.1:0", "not a port"),
        ("[::1", "write [ADDRESS]:PORT"),
    ):
        done = mesh.run("up", "-f", "x.yaml", "--dns-upstream", written)
        assert done.code == 2
        assert words in done.errors
