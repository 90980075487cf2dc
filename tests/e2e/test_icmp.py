# SPDX-License-Identifier: Apache-2.0
"""Pings and ICMP errors between pods: exactly where policy allows them. On a real mesh; needs root."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from l7filters.decide import Connection, decide
from l7filters.parse import parse_policies
from l7filters.ports import Protocol
from l7filters.world import World
from riftgate.demo.observer import observe
from tests.mesh_harness import PATIENCE, Mesh, Talk, ask, pod_manifest

SILENCE = 1.0
"""Seconds after which an answer that must not come counts as not coming."""
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        pod_manifest("yard", "server", {"app": "yard"}, (80, 7000)),
        pod_manifest("guest", "client", {"role": "guest"}),
        pod_manifest("rebel", "client", {"role": "rebel"}).replace(
            "ports: []", "ports: [], securityContext: {capabilities: {drop: [ALL]}}"
        ),
    )
)
CLOSED_PORT = 7999
FAMILIES = ((Protocol.ICMP, 8), (Protocol.ICMPV6, 128))


def policy(name: str, spec: str) -> str:
    head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
    return f"{head}metadata: {{name: {name}}}\nspec:\n  endpointSelector: {{matchLabels: {spec}\n"


DOOR = policy(
    "door",
    """{app: vault}}
  ingress:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    icmps: [{fields: [{type: 8}, {family: IPv6, type: EchoRequest}]}]""",
)
POLICIES = {
    "none": "",
    "echo requests of some": DOOR,
    "one family": DOOR.replace(", {family: IPv6, type: EchoRequest}", ""),
    "another type": DOOR.replace("type: 8", "type: Timestamp"),
    "a peer and no ports": policy(
        "door", "{app: vault}}\n  ingress: [{fromEndpoints: [{matchLabels: {role: guest}}]}]"
    ),
    "every port of any protocol": policy(
        "door", '{app: vault}}\n  ingress: [{toPorts: [{ports: [{port: "0", protocol: ANY}]}]}]'
    ),
    "entities": policy("door", "{role: guest}}\n  egress: [{toEntities: [cluster]}]"),
    "a block without pods": policy("door", "{role: guest}}\n  egress: [{toCIDR: [0.0.0.0/0, '::/0']}]"),
    "egress": policy("leash", "{role: rebel}}\n  egress: [{icmps: [{fields: [{type: 8}]}]}]"),
    "a denial": policy("denial", "{role: guest}}\n  egressDeny: [{icmps: [{fields: [{type: EchoRequest}]}]}]"),
    "NetworkPolicy": """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: door}
spec: {podSelector: {matchLabels: {app: vault}}, ingress: [{from: [{podSelector: {matchLabels: {role: guest}}}]}]}
""",
    "NetworkPolicy with a port": """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: door}
spec: {podSelector: {matchLabels: {app: vault}}, ingress: [{ports: [{port: 80}]}]}
""",
}


@pytest.fixture(scope="module")
def talks(mesh: Mesh) -> Iterator[dict[str, Talk]]:
    with mesh.talk("guest", program="pings.py") as guest, mesh.talk("rebel", program="pings.py") as rebel:
        yield {"guest": guest, "rebel": rebel}


@pytest.mark.usefixtures("no_policies")
@pytest.mark.parametrize("case", POLICIES)
def test_exactly_what_the_oracle_allows_is_answered(
    mesh: Mesh, talks: dict[str, Talk], tmp_path: Path, case: str
) -> None:
    """The truth table over pings: decide() and the kernel's answers, both families. The one pod has the default
    capabilities and raw sockets, the other has none at all."""
    if POLICIES[case]:
        mesh.apply(tmp_path, POLICIES[case])
    world = World.from_dict(ask(mesh.instance.control_socket, "/v1/world"))
    policies = parse_policies(POLICIES[case], "p.yaml") if POLICIES[case] else ()
    ways = itertools.product(talks, ("vault", "yard"), range(2))
    verdicts = set()
    for number, (pod, server, family) in enumerate(ways):
        address, (protocol, kind) = mesh.addresses(server)[family], FAMILIES[family]
        expected = decide(world, policies, Connection(f"default/{pod}", address, kind, protocol)).allowed
        verdicts.add(expected)
        before = mesh.pod(pod)["drops"].get("policy", 0)
        raw = pod == "guest" and number % 2 == 0
        answer = talks[pod]("ping", address, kind, raw, PATIENCE if expected else SILENCE)
        assert answer == ({"answer": {8: 0, 128: 129}[kind]} if expected else {"error": "timed out"}), (pod, server)
        assert expected or mesh.pod(pod)["drops"]["policy"] > before, "silently, but counted"
    assert verdicts == ({True} if case in ("none", "entities") else {True, False})


def test_other_types_go_by_their_own_rules(mesh: Mesh, talks: dict[str, Talk], tmp_path: Path) -> None:
    address = mesh.addresses("vault")[0]
    mesh.apply(tmp_path, POLICIES["another type"])
    assert talks["guest"]("ping", address, 13, True, PATIENCE) == {"answer": 14}
    assert talks["guest"]("ping", address, 8, True, SILENCE) == {"error": "timed out"}
    mesh.delete_policies()
    assert talks["rebel"]("ping", address, 13, True, SILENCE) == {"error": "EPERM"}, "a raw socket takes NET_RAW"


@pytest.mark.usefixtures("no_policies")
def test_a_denied_ping_does_not_arrive_and_is_told(mesh: Mesh, talks: dict[str, Talk], tmp_path: Path) -> None:
    mesh.apply(tmp_path, DOOR)
    vault = mesh.addresses("vault")
    with observe(mesh.namespaces("vault").net) as observer, mesh.events() as events:
        for address, (_, kind) in zip(vault, FAMILIES, strict=True):
            assert talks["rebel"]("ping", address, kind, False, SILENCE) == {"error": "timed out"}
            assert talks["guest"]("ping", address, kind, True, PATIENCE)["answer"] in (0, 129)
        assert observer.frames_from(mesh.addresses("guest")) > 0
        assert observer.frames_from(mesh.addresses("rebel")) == 0
        for address, (protocol, kind) in zip(vault, FAMILIES, strict=True):
            told = events.find(kind="denial", pod="default/rebel", destination=address)
            assert (told["rule"], told["protocol"], told["port"]) == ("default-deny/default/door", protocol, kind)
            assert (told["comm"], told["destination_name"]) == ("python3", "default/vault")
    shown = mesh.ok("events")
    assert f"-> default/vault {vault[1]}/ICMPv6 type 128: policy by default-deny/default/door" in shown
    explained = mesh.run("policy", "explain", "--from", "pod/rebel", "--to", "pod/vault", "--icmp", "EchoRequest")
    assert explained.code == 1
    assert "from default/rebel to default/vault ICMP type 8" in explained.output
    assert "ICMP type 8 is not" not in explained.output, "only the peer is wrong"
    allowed = mesh.ok("--json", "policy", "explain", "--from", "pod/guest", "--to", vault[1], "--icmp", "128")
    assert [each["allowed"] for each in json.loads(allowed)] == [True]


@pytest.mark.usefixtures("no_policies")
@pytest.mark.parametrize("family", [0, 1])
def test_errors_come_back_from_where_a_datagram_may_go(
    mesh: Mesh, talks: dict[str, Talk], tmp_path: Path, family: int
) -> None:
    """Guards what the kernel of a pod and the routers between pods say of an allowed flow, and nothing of any other."""
    address = mesh.addresses("vault")[family]
    assert talks["guest"]("told", address, CLOSED_PORT, 64, PATIENCE) == {"error": "ECONNREFUSED"}
    # The host's end of the link is the first hop, and says that this was one too many.
    assert talks["guest"]("told", address, 7000, 1, PATIENCE) == {"error": "EHOSTUNREACH"}
    mesh.apply(tmp_path, DOOR)
    assert talks["guest"]("told", address, CLOSED_PORT, 64, SILENCE) == {"error": "timed out"}
    assert talks["guest"]("told", address, 7000, 1, SILENCE) == {"error": "timed out"}


@pytest.mark.usefixtures("no_policies")
def test_a_change_holds_for_the_next_ping(mesh: Mesh, talks: dict[str, Talk], tmp_path: Path) -> None:
    address = mesh.addresses("vault")[0]
    assert talks["rebel"]("ping", address, 8, False, PATIENCE) == {"answer": 0}
    mesh.apply(tmp_path, DOOR)
    assert talks["rebel"]("ping", address, 8, False, SILENCE) == {"error": "timed out"}
