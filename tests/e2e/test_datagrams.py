# SPDX-License-Identifier: Apache-2.0
"""UDP between pods: exactly where policy allows it, and as an app expects it. On a real mesh; needs root."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from l7filters.decide import Connection, decide
from l7filters.parse import parse_policies
from l7filters.ports import Protocol
from l7filters.world import World
from riftgate.demo.observer import observe
from tests.mesh_harness import Mesh, Talk, ask, pod_manifest

SILENCE = 1.0
"""Seconds after which a reply that must not come counts as not coming."""
SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {selector: {kind: server}, ports: [{port: 700, targetPort: 7000, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: names}
spec: {selector: {kind: server}, ports: [{port: 5300, targetPort: 53, protocol: UDP}]}
---"""
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault", "kind": "server"}, (80, 7000)),
        pod_manifest("yard", "server", {"app": "yard", "kind": "server"}, (80, 7000)),
        pod_manifest("guest", "client", {"role": "guest"}),
        pod_manifest("rebel", "client", {"role": "rebel"}),
        SERVICES,
    )
)
PORTS = (80, 7000, 7001)


def policy(name: str, spec: str) -> str:
    head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
    return f"{head}metadata: {{name: {name}}}\nspec:\n  endpointSelector: {{matchLabels: {spec}\n"


DOOR = policy(
    "door",
    """{app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET}]}
    - ports: [{port: "7000", protocol: UDP}]""",
)
POLICIES = {
    "none": "",
    "http and a UDP port": DOOR,
    "TCP alone": DOOR.replace("protocol: UDP", "protocol: TCP"),
    "any protocol": DOOR.replace(", protocol: UDP}]", "}]"),
    "egress": policy("leash", '{role: guest}}\n  egress: [{toPorts: [{ports: [{port: "7001", protocol: UDP}]}]}]'),
    "a denial": DOOR
    + "---\n"
    + policy("denial", '{role: guest}}\n  egressDeny: [{toPorts: [{ports: [{port: "7000", protocol: UDP}]}]}]'),
}


@pytest.fixture(scope="module")
def talks(mesh: Mesh) -> Iterator[dict[str, Talk]]:
    with mesh.talk("guest") as guest, mesh.talk("rebel") as rebel:
        yield {"guest": guest, "rebel": rebel}


@pytest.mark.usefixtures("no_policies")
@pytest.mark.parametrize("case", POLICIES)
def test_exactly_what_the_oracle_allows_is_answered(
    mesh: Mesh, talks: dict[str, Talk], tmp_path: Path, case: str
) -> None:
    """The truth table over UDP: decide() and real datagrams, both families, both kinds of socket. QUIC to a port with
    HTTP rules is one of its rows."""
    if POLICIES[case]:
        mesh.apply(tmp_path, POLICIES[case])
    world = World.from_dict(ask(mesh.instance.control_socket, "/v1/world"))
    policies = parse_policies(POLICIES[case], "p.yaml") if POLICIES[case] else ()
    denied = 0
    for number, (pod, server, port) in enumerate(itertools.product(talks, ("vault", "yard"), PORTS)):
        address, connected = mesh.addresses(server)[number % 2], number % 3 == 0
        expected = decide(world, policies, Connection(f"default/{pod}", address, port, Protocol.UDP)).allowed
        before = mesh.pod(pod)["drops"].get("policy", 0)
        answer = talks[pod]("datagram", address, port, "hi", connected, 10.0 if expected else SILENCE)
        if expected:
            assert answer == {
                "heard": f"{server} hi",
                "from": [address, port],
                "peer": [address, port] if connected else None,
            }, (pod, server, port)
        else:
            denied += 1
            assert answer == {"error": "timed out"}, (pod, server, port)
            assert mesh.pod(pod)["drops"]["policy"] > before, "silently, but counted"
    assert denied or case == "none"


@pytest.mark.usefixtures("no_policies")
def test_nothing_of_a_denied_datagram_arrives(mesh: Mesh, talks: dict[str, Talk], tmp_path: Path) -> None:
    mesh.apply(tmp_path, DOOR)
    vault = mesh.addresses("vault")
    with observe(mesh.namespaces("vault").net) as observer:
        for address in vault:
            assert talks["rebel"]("datagram", address, 7000, "hi", False, SILENCE) == {"error": "timed out"}
        assert talks["guest"]("datagram", vault[0], 7000, "hi", False)["heard"] == "vault hi"
        assert observer.frames_from(mesh.addresses("guest")) > 0
        assert observer.frames_from(mesh.addresses("rebel")) == 0


@pytest.mark.parametrize("family", [0, 1])
@pytest.mark.parametrize("connected", [False, True])
def test_a_service_answers_by_its_own_address(mesh: Mesh, talks: dict[str, Talk], connected: bool, family: int) -> None:
    """Guards the choice of a backend in connect and sendmsg, and the way back in recvmsg and getpeername."""
    address = mesh.service_addresses("echo")[family]
    served = set()
    for _ in range(40):
        answer = talks["guest"]("datagram", address, 700, "hi", connected)
        assert answer["from"] == [address, 700]
        assert answer["peer"] == ([address, 700] if connected else None)
        served.add(answer["heard"])
    assert served == {"vault hi", "yard hi"}


def test_port_53_of_a_pod_is_nobodys_by_any_way(mesh: Mesh, talks: dict[str, Talk]) -> None:
    """Guards tc for what the steering leaves: a service's port that leads to a name server of somebody else's."""
    address = mesh.service_addresses("names")[0]
    before = mesh.pod("guest")["drops"].get("dns", 0)
    assert talks["guest"]("datagram", address, 5300, "hi", False, SILENCE) == {"error": "timed out"}
    assert mesh.pod("guest")["drops"]["dns"] > before


@pytest.mark.usefixtures("no_policies")
def test_a_change_holds_for_the_next_datagram_of_an_open_flow(
    mesh: Mesh, talks: dict[str, Talk], tmp_path: Path
) -> None:
    address = mesh.addresses("vault")[0]
    rebel = talks["rebel"]
    assert rebel("datagram", address, 7000, "hi", True)["heard"] == "vault hi"
    mesh.apply(tmp_path, DOOR)
    assert rebel("datagram", address, 7000, "hi", True, SILENCE) == {"error": "timed out"}
    mesh.delete_policies()
    assert rebel("datagram", address, 7000, "hi", True)["heard"] == "vault hi"
