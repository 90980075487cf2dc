# SPDX-License-Identifier: Apache-2.0
"""What the datapath refuses is told: by whom, where to, by which rule; nothing is lost silently. Needs root."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bpf.events import EVENTS_PER_SECOND
from tests.mesh_harness import Flows, Mesh, Talk, eventually, pod_manifest, running_mesh, service_manifest

MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80, 7000)),
        service_manifest("vault", {"app": "vault"}, (80,)),
        pod_manifest("friend", "client", {"role": "guest"}),
        pod_manifest("rebel", "client", {"role": "rebel"}),
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
    toPorts: [{ports: [{port: "80"}, {port: "7000"}]}]
  ingressDeny:
  - fromEndpoints: [{matchLabels: {role: guest}}]
    toPorts: [{ports: [{port: "7000"}]}]
"""


@pytest.fixture(scope="module")
def mesh(folder: Path) -> Iterator[Mesh]:
    with running_mesh(folder, MANIFESTS) as mesh:
        mesh.apply(folder, DOOR)
        yield mesh


def talkers(mesh: Mesh, pod: str) -> set[int]:
    """The processes in the pod's container, as the machine counts them."""
    return set(map(int, (mesh.pod_cgroup(pod, "container-app") / "cgroup.procs").read_text().split()))


def test_a_denial_names_the_process_and_the_rule(
    mesh: Mesh, folder: Path, friend: Talk, rebel: Talk, events: Flows
) -> None:
    """Guards the event in connect4/6 and the way to the rule's name: the tables of the kernel hold none."""
    vault, service = mesh.addresses("vault"), mesh.service_addresses("vault")

    assert friend("http", "GET", vault[0], 7000, "/", {}, 0) == {"error": "timed out"}
    denied = events.find(kind="denial", pod="default/friend")
    assert denied["rule"] == "default/door#1"
    assert (denied["file"], denied["line"]) == (str(folder / "door.yaml"), 12)
    assert (denied["source"], denied["destination"], denied["port"]) == (mesh.addresses("friend")[0], vault[0], 7000)
    assert (denied["container"], denied["comm"], denied["protocol"]) == ("app", "python3", "TCP")
    assert denied["pid"] in talkers(mesh, "friend")
    assert denied["destination_name"] == "default/vault"

    for address in (vault[1], service[0]):
        assert rebel("http", "GET", address, 80, "/", {}, 0) == {"error": "timed out"}
        denied = events.find(kind="denial", pod="default/rebel", destination=address)
        assert denied["rule"] == "default-deny/default/door"
        assert (denied["file"], denied["line"]) == (str(folder / "door.yaml"), 5)

    shown = [json.loads(line) for line in mesh.ok("--json", "events").splitlines()]
    assert denied in shown
    assert (
        f"denial      default/rebel/app python3({denied['pid']}) -> default/vault {service[0]}:80/TCP: policy by "
        in (mesh.ok("events"))
    )


def test_one_connect_is_one_event(mesh: Mesh, rebel: Talk, events: Flows) -> None:
    """Guards `told`: the SYNs of a denied connect are dropped for as long as the app tries, and are no news."""
    vault = mesh.addresses("vault")[0]
    before = mesh.pod("rebel")["drops"].get("app-socket", 0)
    assert rebel("http", "GET", vault, 81, "/", {}, 0) == {"error": "timed out"}
    assert rebel("bind", "127.0.0.1", 15001) == {"error": "EPERM"}

    events.find(pod="default/rebel", reason="sidecar-port")
    mine = [each["reason"] for each in events.records if each["pod"] == "default/rebel" and each["port"] == 81]
    assert mine == ["policy"]
    assert mesh.pod("rebel")["drops"]["app-socket"] > before


def test_a_bypass_attempt_is_told(mesh: Mesh, events: Flows) -> None:
    """Guards the events of sock_create and tc. A frame has no process that tc could name."""
    vault = mesh.addresses("vault")
    target = {"ipv4": vault[0], "ipv6": vault[1], "port": 80, "friend_ipv4": vault[0], "friend_ipv6": vault[1]}
    with mesh.talk("friend", program="ways.py") as ways:
        for way in ("raw IP, protocol TCP", "TCP, SO_BINDTODEVICE", "AF_PACKET, a SYN"):
            ways(way, target)
        socket_event = events.find(kind="bypass", pod="default/friend", reason="socket")
        bound = events.find(kind="bypass", pod="default/friend", reason="app-socket", protocol="TCP")
        frame = events.find(kind="bypass", pod="default/friend", reason="not-sidecar")
        running = talkers(mesh, "friend")
    assert socket_event["pid"] in running
    assert (socket_event["container"], socket_event["comm"], socket_event["protocol"]) == ("app", "python3", "TCP")
    assert bound["pid"] in running
    assert (bound["destination"], bound["port"]) == ("127.0.0.1", 15001), "where it was steered, by another device"
    assert (frame["pid"], frame["destination"], frame["port"]) == (0, vault[0], 80)


def test_what_is_not_told_is_counted(mesh: Mesh, friend: Talk, events: Flows) -> None:
    """Guards the rate limit and its counters: a pod that tries without end drowns nobody, and no attempt is lost."""
    tries = 10 * EVENTS_PER_SECOND
    before = mesh.pod("friend")
    for _ in range(tries):
        assert friend("bind", "127.0.0.1", 15006) == {"error": "EPERM"}
    after = mesh.pod("friend")

    refused = sum(after["drops"].values()) - sum(before["drops"].values())
    grown = {fate: after["events"][fate] - before["events"][fate] for fate in ("sent", "limited", "lost")}
    assert refused == tries
    assert sum(grown.values()) == tries
    assert grown["limited"] > 0
    assert grown["lost"] == 0
    seen = [each for each in events.records if each["reason"] == "sidecar-port" and each["source_port"] == 15006]
    while len(seen) < grown["sent"]:
        events.records.clear()
        seen.append(events.find(reason="sidecar-port", source_port=15006))
    assert f"events of default/friend: {after['events']['sent']} told, " in mesh.ok("status")
    metrics = mesh.ok("metrics")
    assert f'riftgate_datapath_events_total{{fate="limited",pod="default/friend"}} {after["events"]["limited"]}.0' in (
        metrics
    )
    assert 'riftgate_datapath_refused_total{pod="default/friend",reason="sidecar-port"}' in metrics


@pytest.mark.parametrize("family", [0, 1])
def test_who_is_not_there_is_told(mesh: Mesh, friend: Talk, family: int) -> None:
    """Guards the event of sk_lookup, which is nobody's refusal: the called pod's sidecar does not listen."""
    vault, caller = mesh.addresses("vault")[family], mesh.addresses("friend")[family]
    with mesh.sidecar_down("vault"):
        friend("open", "nobody", vault, 80)
        assert friend("say", "nobody", "GET / HTTP/1.1\r\n\r\n", 5.0).get("error") in ("closed", "ECONNRESET")
        friend("close", "nobody")
    with mesh.events() as events:
        told = events.find(kind="unavailable", destination=vault)
    assert (told["pod"], told["reason"], told["port"], told["protocol"]) == ("default/vault", "no-listener", 80, "TCP")
    assert told["source"] == caller
    assert told["destination_name"] == "default/vault"
    eventually(lambda: friend("http", "GET", vault, 80, "/", {}, 0).get("status") == 200, 60.0)


def test_events_wait_for_the_agent(mesh: Mesh, rebel: Talk) -> None:
    """Guards the ring buffer: what happens while the agent stands still is told when it goes on."""
    with mesh.agent_held():
        assert rebel("bind", "::1", 15001) == {"error": "EPERM"}
        assert rebel("open", "x", "127.0.0.1", 15001) == {"error": "EPERM"}
    with mesh.events() as events:
        told = events.find(pod="default/rebel", reason="sidecar-port", destination="127.0.0.1", port=15001)
    assert told["kind"] == "bypass"
