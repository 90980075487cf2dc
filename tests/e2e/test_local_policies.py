# SPDX-License-Identifier: Apache-2.0
"""LocalPolicies in a running mesh: containers of one pod, as root with a runtime's default capabilities, and what they
may do to each other. Needs root.

The verdict of `decide_local` is what the kernel does, case by case. What is denied is asked at the far end as well.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from l7filters.local_policy import Act, LocalPorts, LocalTarget, UnixSocket
from l7filters.local_verdicts import LocalUse, decide_local
from l7filters.parse import parse_documents
from l7filters.policy import Protocol
from l7filters.world import Workload, World
from tests.mesh_harness import PATIENCE, Flows, Mesh, Talk, pod_manifest, running_mesh, service_manifest

CONTAINERS = ("web", "db", "spare")
MANIFESTS = "".join(
    (
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: shop, labels: {{app: shop}}}}
spec:
  containers:
{"".join(f"  - {{name: {name}, image: client}}{chr(10)}" for name in CONTAINERS)}---""",
        service_manifest("shop", {"app": "shop"}, (8080, 5432)),
        pod_manifest("caller", "client", {"app": "caller"}),
    )
)
POLICIES = """
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: shop}}
  container: web
  listen:
  - port: 8080
  - {port: 7000, endPort: 7009, protocol: UDP}
  - socket: "@web"
  connect:
  - {port: 5432}
  - {port: 5353, protocol: UDP}
  - socket: "@db"
  - socket: /tmp/own
---
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: db}
spec:
  podSelector: {matchLabels: {app: shop}}
  container: db
  connect: []
---
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: everybody}
spec:
  podSelector: {matchLabels: {app: shop}}
  listen:
  - port: 5432
  - {port: 5353, protocol: UDP}
  - socket: "@db"
---
apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: others}
spec:
  podSelector: {matchLabels: {app: caller}}
  listen: []
  connect: []
"""
SHOP = World((Workload("default", "shop", {"app": "shop"}),))
PARSED = parse_documents(POLICIES, "policies.yaml").local

Containers = dict[str, Talk]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mesh")


@pytest.fixture(scope="module")
def mesh(folder: Path) -> Iterator[Mesh]:
    with running_mesh(folder, MANIFESTS) as mesh:
        yield mesh


@pytest.fixture(scope="module")
def shop(mesh: Mesh) -> Iterator[Containers]:
    with contextlib.ExitStack() as open_talks:
        yield {name: open_talks.enter_context(mesh.talk("shop", "neighbour.py", container=name)) for name in CONTAINERS}


@pytest.fixture
def events(mesh: Mesh) -> Iterator[Flows]:
    with mesh.events() as events:
        yield events


@pytest.fixture
def rules(mesh: Mesh, folder: Path) -> Iterator[None]:
    mesh.apply(folder, POLICIES)
    try:
        yield
    finally:
        mesh.delete_policies()


def allowed(container: str, act: Act, target: LocalTarget) -> bool:
    return decide_local(SHOP, PARSED, LocalUse("default/shop", container, act, target)).allowed


TCP, UDP = Protocol.TCP, Protocol.UDP
PORTS = [LocalPorts(port, port, protocol) for protocol in (TCP, UDP) for port in (8080, 5432, 5353, 7000, 7009, 7010)]
SOCKETS = [UnixSocket(name) for name in ("@web", "@db", "@we", "@web2")]


def spoken(target: LocalTarget, host: str) -> tuple[str, object]:
    """KIND and ADDRESS."""
    if isinstance(target, UnixSocket):
        return "stream", target.name
    return target.protocol.lower(), [host, target.first]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "own IPv4", "own IPv6"])
def test_listening_is_what_the_reference_says(mesh: Mesh, shop: Containers, rules: None, host: str) -> None:
    own = dict(zip(("own IPv4", "own IPv6"), mesh.addresses("shop"), strict=True))
    for target in PORTS:
        for container, talk in shop.items():
            answer = talk("listen", "l", *spoken(target, own.get(host, host)))
            assert answer == ({} if allowed(container, Act.LISTEN, target) else {"error": "EPERM"}), (container, target)
            if not answer:
                talk("close", "l")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "own IPv4", "own IPv6"])
def test_connecting_is_what_the_reference_says(mesh: Mesh, shop: Containers, host: str, folder: Path) -> None:
    """The servers are there before the rules: what counts is who calls. Nothing arrives of what is denied."""
    own = dict(zip(("own IPv4", "own IPv6"), mesh.addresses("shop"), strict=True))
    served = [target for target in PORTS if allowed("spare", Act.LISTEN, target)]
    for target in served:
        assert shop["spare"]("listen", str(target), *spoken(target, own.get(host, host))) == {}
    mesh.apply(folder, POLICIES)
    try:
        for target in PORTS:
            for container, talk in shop.items():
                kind, address = spoken(target, own.get(host, host))
                word = f"{container} to {target}"
                if kind == "tcp":
                    answer = talk("open", "c", kind, address)
                    if not answer:
                        answer = talk("say", "c", word)
                        talk("close", "c")
                else:
                    answer = talk("send", kind, address, word, PATIENCE if target in served else 0.2)
                if not allowed(container, Act.CONNECT, target):
                    assert answer == {"error": "EPERM"}, word
                elif target in served:
                    assert answer == {"heard": word}
                else:
                    assert answer["error"] in ("ECONNREFUSED", "timed out"), word
        for target in served:
            heard = shop["spare"]("heard", str(target))["heard"]
            assert heard == [f"{name} to {target}" for name in CONTAINERS if allowed(name, Act.CONNECT, target)]
    finally:
        mesh.delete_policies()
        for target in served:
            shop["spare"]("close", str(target))
