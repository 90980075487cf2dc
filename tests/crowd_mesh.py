# SPDX-License-Identifier: Apache-2.0
"""A mesh for crowds of connections (`e2e/pods/crowd.py`): two clients, one of them accelerated, and two servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riftgate.local import netns
from tests.mesh_harness import Mesh, eventually, pod_manifest, running_mesh, service_manifest
from tests.pinned import open_map

PORTS = (7100, 7101)
SERVERS = ("crowd-a", "crowd-b")
# Socket storage and ring buffers have no keys; the former ends with its socket, and those are counted. LRU maps keep.
# Counters are of a pod and a reason, not of a connection.
UNCOUNTED = {
    *("state_by_socket", "opening_by_flow", "events", "drops_by_reason", "count_by_event"),
    # Pairs of pods that have talked, however many their connections are.
    "allowed_by_connection",
}
MANIFESTS = "".join(
    (
        *(pod_manifest(name, "crowd", {"app": name}, PORTS) for name in SERVERS),
        *(service_manifest(f"to-{name}", {"app": name}, PORTS) for name in SERVERS),
        pod_manifest("client", "client", {"app": "client"}),
        pod_manifest("fast", "client", {"app": "fast"}).replace(
            "metadata: {", "metadata: {annotations: {riftgate/acceleration: 'on'}, "
        ),
    )
)


@contextmanager
def running_crowd(folder: Path) -> Iterator[Mesh]:
    with running_mesh(folder, MANIFESTS) as mesh:
        for name in SERVERS:
            eventually(lambda name=name: "listening" in mesh.log(name))
        yield mesh


def services(mesh: Mesh) -> list[list[Any]]:
    """Every port of every service, by both families, and the pod that must answer."""
    return [
        [address, port, name] for name in SERVERS for address in mesh.service_addresses(f"to-{name}") for port in PORTS
    ]


def pods(mesh: Mesh) -> list[list[Any]]:
    return [[address, port, name] for name in SERVERS for address in mesh.addresses(name) for port in PORTS]


def left(mesh: Mesh, before: dict[str, int]) -> dict[str, int]:
    """Entries more than before, by map."""
    return {name: count - before[name] for name, count in entries(mesh).items() if count > before[name]}


def entries(mesh: Mesh) -> dict[str, int]:
    """Of each map that can be counted."""
    found = {}
    for pin in sorted((mesh.instance.pins / "maps").iterdir()):
        if pin.name not in UNCOUNTED:
            with open_map(pin) as pinned:
                found[pin.name] = len(pinned.all_keys())
    return found


def sockets(mesh: Mesh) -> dict[str, int]:
    """TCP sockets by pod."""
    return {pod: netns.in_netns(mesh.namespaces(pod).net, tcp_sockets) for pod in ("client", "fast", *SERVERS)}


def tcp_sockets() -> int:
    """In the calling thread's network namespace, TIME_WAIT and its like not among them."""
    lines = [*Path("/proc/thread-self/net/sockstat").read_text().splitlines()]
    lines += Path("/proc/thread-self/net/sockstat6").read_text().splitlines()
    return sum(int(line.split()[2]) for line in lines if line.startswith("TCP"))
