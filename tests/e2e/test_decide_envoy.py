# SPDX-License-Identifier: Apache-2.0
"""decide() is the oracle: random policies, served to a real Envoy, must give what it says, request by request."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from l7filters.decide import Connection, Request, Verdict, decide
from l7filters.parse import parse_documents
from l7filters.translate import translate_workload
from l7filters.translate.verdicts import DEFAULT_ALLOW, DEFAULT_DENY_PREFIX, SELF
from l7filters.world import Workload, WorkloadPort, World
from tests.envoy_harness import Observed, running_sidecar

PORTS = (80, 8080)
SERVER = Workload(
    "default", "server", {"app": "server"}, ("10.0.0.1", "fd00::1"), (WorkloadPort(80, "http"), WorkloadPort(8080))
)
WORLD = World(
    workloads=(
        SERVER,
        Workload("default", "a", {"app": "a", "org": "empire"}, ("10.0.0.2", "fd00::2")),
        Workload("default", "b", {"app": "b", "org": "empire"}, ("10.0.0.3",)),
        Workload("rebels", "c", {"app": "c"}, ("10.0.0.6",)),
    ),
    namespaces={"default": {}, "rebels": {"side": "light"}},
)
SOURCES = (
    "10.0.0.1",
    "10.0.0.2",
    "fd00::2",
    "10.0.0.3",
    "10.0.0.6",
    "10.0.0.7",
    "192.0.2.5",
    "192.0.2.200",
    "2001:db8::5",
)
METHODS = ("GET", "POST", "PUT", "HEAD", "get")
PATHS = (
    "/",
    "/v1",
    "/v1/a",
    "/v1/a?x=1",
    "/v1//a",
    "/v1/./a",
    "/v1/b/../a",
    "/V1/a",
    "/v1/%61",
    "/v1%2fa",
    "/v1/a/",
    "/v1/%2e%2e/a",
)
HOSTS = ("server", "Server:80", "server.default", "other")
HEADERS = ((), (("x-key", "true"),), (("X-Key", "false"), ("x-key", "true")), (("x-key", ""), ("x-other", "1")))
POLICIES_PER_RUN = 60
REQUESTS_PER_POLICY = 12


class Dice:
    """Random policies as YAML documents have them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, choices: Sequence[Any], least: int = 1) -> list[Any]:
        return self.random.sample(choices, self.random.randint(least, min(len(choices), least + 1)))

    def maybe(self, key: str, value: Any, chance: float = 0.5) -> dict[str, Any]:
        return {key: value} if self.random.random() < chance else {}

    def selector(self) -> dict[str, Any]:
        return self.random.choice(
            [
                {},
                {"matchLabels": {"app": self.random.choice("abc")}},
                {"matchLabels": {"org": "empire"}},
                {"matchExpressions": [{"key": "org", "operator": "DoesNotExist"}]},
            ]
        )

    def cilium_selector(self) -> dict[str, Any]:
        rebels = {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "rebels"}}
        return self.random.choice([self.selector(), rebels])

    def cilium_peers(self) -> dict[str, Any]:
        return self.random.choice(
            [
                {},
                {"fromEndpoints": [self.cilium_selector() for _ in range(self.random.randint(0, 2))]},
                {"fromEntities": self.some(["all", "world", "cluster"])},
                {"fromCIDR": self.some(["192.0.2.0/24", "10.0.0.0/8", "2001:db8::/32", "192.0.2.5/32"])},
                {"fromCIDRSet": [{"cidr": "0.0.0.0/0", "except": ["192.0.2.128/25", "10.0.0.6/31"]}]},
            ]
        )

    def http(self) -> dict[str, Any]:
        return {
            **self.maybe("method", self.random.choice(["GET", "POST|PUT", ".*"])),
            **self.maybe("path", self.random.choice(["/v1/a", "/v1/.*", "/", "/v1/a(\\?.*)?"])),
            **self.maybe("host", self.random.choice(["server", "server(\\.default)?"]), 0.2),
            **self.maybe("headers", self.some(["X-Key: true", "x-other", "X-Key"]), 0.2),
        }

    def cilium_ports(self, allow: bool) -> dict[str, Any]:
        port: dict[str, Any] = {"protocol": "TCP", "port": self.random.choice(["80", "8080", "http"])}
        if self.random.random() < 0.2:
            port = {"protocol": "TCP", "port": "80", "endPort": 90}
        rules = self.maybe("rules", {"http": [self.http() for _ in range(self.random.randint(1, 2))]}, 0.6)
        return self.maybe("toPorts", [{"ports": [port], **(rules if allow else {})}], 0.8)

    def cilium(self, number: int) -> dict[str, Any]:
        spec = {
            "endpointSelector": self.random.choice([{}, {"matchLabels": {"app": "server"}}]),
            "ingress": [self.cilium_peers() | self.cilium_ports(True) for _ in range(self.random.randint(1, 3))],
            **self.maybe("ingressDeny", [self.cilium_peers() | self.cilium_ports(False)], 0.3),
            **self.maybe("enableDefaultDeny", {"ingress": False}, 0.15),
        }
        metadata = {"name": f"cnp-{number}"}
        return {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": spec}

    def egress(self, number: int) -> dict[str, Any]:
        http = self.maybe("rules", {"http": [self.http()]}, 0.6)
        ports = self.maybe("toPorts", [{"ports": [{"protocol": "TCP", "port": "80"}], **http}])
        peers: dict[str, Any] = self.random.choice(
            [{}, {"toEndpoints": [{"matchLabels": {"app": "server"}}]}, {"toEntities": ["cluster"]}]
        )
        spec = {
            "endpointSelector": {"matchLabels": {"app": self.random.choice("ab")}},
            "egress": [peers | ports],
            **self.maybe("egressDeny", [{"toEndpoints": [{}], "toPorts": [{"ports": [{"port": "8080"}]}]}], 0.3),
        }
        metadata = {"name": f"egress-{number}"}
        return {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": spec}

    def kubernetes(self, number: int) -> dict[str, Any]:
        peers = [
            {"podSelector": self.selector()},
            {"namespaceSelector": {"matchLabels": {"side": "light"}}},
            {"ipBlock": {"cidr": "10.0.0.0/29", "except": ["10.0.0.3/32"]}},
            {"ipBlock": {"cidr": "192.0.2.0/24"}},
        ]
        ingress = {
            **self.maybe("from", self.some(peers), 0.8),
            **self.maybe("ports", [{"port": self.random.choice(PORTS)}]),
        }
        metadata = {"name": f"np-{number}", "namespace": "default"}
        spec = {"podSelector": {}, "ingress": [ingress][: self.random.randint(0, 2)]}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    def policies(self) -> str:
        kinds = self.random.choices([self.cilium, self.kubernetes, self.egress], [5, 2, 2], k=self.random.randint(1, 4))
        return yaml.safe_dump_all([make(number) for number, make in enumerate(kinds)])

    def request(self) -> Request:
        pick = self.random.choice
        connection = Connection(pick(SOURCES), SERVER.key, pick(PORTS))
        return Request(connection, pick(METHODS), pick(PATHS), pick(HOSTS), pick(HEADERS))


@pytest.mark.parametrize("seed", range(4))
async def test_random_policies(tmp_path: Path, seed: int) -> None:
    dice = Dice(seed)
    differences: list[str] = []
    met = set()
    resources = translate_workload(WORLD, SERVER, (), ())
    async with running_sidecar(tmp_path, SERVER, resources, PORTS) as sidecar:
        for _ in range(POLICIES_PER_RUN):
            text = dice.policies()
            # Egress HTTP is refused at the edge, for destinations outside the mesh; towards the mesh it is enforced.
            policies = parse_documents(text, "random.yaml", unsupported={}).policies
            await sidecar.apply(translate_workload(WORLD, SERVER, policies, ()))
            requests = [dice.request() for _ in range(REQUESTS_PER_POLICY)]
            for request, observed in zip(requests, await sidecar.observe_all(requests), strict=True):
                verdict = decide(WORLD, policies, request)
                met.add((verdict.allowed, verdict.layer, bool(verdict.rules), verdict.rejected is not None))
                # Who may not connect at all is refused below HTTP, where BPF is; Envoy looks at his request first.
                refused = verdict.rejected or decide(WORLD, (), request).rejected
                expected = 200 if verdict.allowed else refused.status if refused else 403
                if wrong := difference(observed, verdict, expected):
                    differences.append(f"{wrong}\n{request}\n{verdict}\n{text}")
    assert not differences, f"{len(differences)} differences, the first:\n{differences[0]}"
    # Every kind of verdict was met: allowed and denied, at both layers, by rules and by default, and refused by Envoy.
    assert len(met) >= 7


def difference(observed: Observed, verdict: Verdict, expected: int) -> str | None:
    """What Envoy did otherwise than decided."""
    if observed.answer.status != expected or observed.flow.status != expected:
        return f"status {observed.answer.status}, expected {expected} ({observed.flow.details})"
    if observed.app_saw != (verdict.normalised_path if verdict.allowed else None):
        return f"the app saw {observed.app_saw}"
    if expected not in (200, 403):
        return None
    if ("x-riftgate-verdict" in observed.answer.headers) == verdict.allowed:
        return f"headers {observed.answer.headers}"
    named = {rule.id for rule in verdict.rules} or {DEFAULT_DENY_PREFIX + each.key for each in verdict.default_deny}
    enforced = observed.flow.enforced
    if enforced is None:
        return None if verdict.allowed and not named else "nothing was enforced"
    names = named or {DEFAULT_ALLOW, SELF}
    if (enforced.allowed, enforced.rule in names) != (verdict.allowed, True):
        return f"Envoy names {enforced}, expected one of {names}"
    return None
