# SPDX-License-Identifier: Apache-2.0
"""Random worlds, policies and connections for property tests; policies are written as documents and
parsed."""

from typing import Any

import yaml
from hypothesis import strategies as st

from l7filters.decide import Connection, Request
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World

LABELS: tuple[dict[str, str], ...] = ({"app": "a"}, {"app": "b"}, {"app": "a", "tier": "front"}, {})
PORTS = (78, 79, 80, 81, 443, 444, 8080)
OUTSIDE = ("192.0.2.1", "192.0.2.130", "10.0.0.200", "2001:db8::1")
CIDRS = (
    "192.0.2.0/24",
    "192.0.2.128/25",
    "10.0.0.0/24",
    "10.0.0.0/29",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "fd00::/64",
)
NAMESPACES = {"default": {"side": "dark"}, "hoth": {"side": "light"}}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(1, 5))
    workloads = []
    for i in range(count):
        addresses = draw(st.sampled_from(((f"10.0.0.{i + 1}",), (f"10.0.0.{i + 1}", f"fd00::{i + 1}"))))
        ports = draw(st.sampled_from(((), (WorkloadPort(80, "http"),), (WorkloadPort(8080, "http"),))))
        namespace = draw(st.sampled_from(sorted(NAMESPACES)))
        workloads.append(Workload(namespace, f"w{i}", draw(st.sampled_from(LABELS)), addresses, ports))
    service = Service("default", "a", ("10.96.0.1",), (ServicePort(80, "http"), ServicePort(81, 8080)), {"app": "a"})
    return World(tuple(workloads), (service,), NAMESPACES)


SELECTORS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"matchLabels": {"app": "a"}},
        {"matchLabels": {"app": "b"}},
        {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]},
        {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]},
    ]
)
CILIUM_SELECTORS = st.one_of(
    SELECTORS,
    st.sampled_from(
        [
            {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "hoth"}},
            {"matchLabels": {"io.cilium.k8s.namespace.labels.side": "dark", "any:app": "a"}},
        ]
    ),
)


def _lists(of: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, min_size=least, max_size=2)


FQDNS = ({"matchName": "api.example.com"}, {"matchPattern": "*.example.com"}, {"matchPattern": "x.*"})


def _peers(side: str, allow: bool) -> st.SearchStrategy[dict[str, Any]]:
    names = _lists(st.sampled_from(FQDNS)).map(lambda fqdns: {"toFQDNs": fqdns})
    entities = _lists(st.sampled_from(["all", "world", "cluster", "none"]))
    return st.one_of(
        *([names] if (side, allow) == ("to", True) else []),
        st.just({}),
        _lists(CILIUM_SELECTORS).map(lambda peers: {f"{side}Endpoints": peers}),
        entities.map(lambda names: {f"{side}Entities": names}),
        _lists(st.sampled_from(CIDRS)).map(lambda cidrs: {f"{side}CIDR": cidrs}),
        st.just({f"{side}CIDRSet": [{"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]}]}),
    )


CILIUM_PORTS = st.sampled_from(
    [
        {"port": "80", "protocol": "TCP"},
        {"port": "80"},
        {"port": "http"},
        {"port": "79", "endPort": 443, "protocol": "TCP"},
        {"port": "0", "protocol": "TCP"},
        {"port": "80", "protocol": "UDP"},
        {"port": "80", "protocol": "SCTP"},
    ]
)
ICMPS = st.sampled_from([{"type": 8}, {"type": "EchoRequest", "family": "IPv6"}, {"type": 13}, {"type": 0}])
HTTP = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(["GET", "POST|PUT"]),
        "path": st.sampled_from(["/", "/v1/.*", "/v1/a"]),
        "headers": st.sampled_from([["X-Key: true"], ["X-Key"]]),
    },
)


@st.composite
def _cilium_rule(draw: st.DrawFn, side: str, allow: bool) -> dict[str, Any]:
    rule = draw(_peers(side, allow))
    if draw(st.booleans()):
        return rule
    if "toFQDNs" not in rule and draw(st.integers(0, 4)) == 0:
        return {**rule, "icmps": [{"fields": draw(_lists(ICMPS, 1))}]}
    if allow and draw(st.booleans()):
        port = draw(st.sampled_from([{"port": "80", "protocol": "TCP"}, {"port": "http", "protocol": "TCP"}]))
        return {**rule, "toPorts": [{"ports": [port], "rules": {"http": draw(_lists(HTTP, 1))}}]}
    return {**rule, "toPorts": [{"ports": draw(_lists(CILIUM_PORTS, 1))}]}


@st.composite
def _cilium(draw: st.DrawFn, number: int) -> dict[str, Any]:
    spec: dict[str, Any] = {"endpointSelector": draw(SELECTORS), "ingress": []}
    for side, direction in (("from", "ingress"), ("to", "egress")):
        spec[direction] = draw(_lists(_cilium_rule(side, True)))
        spec[f"{direction}Deny"] = draw(st.one_of(st.just([]), _lists(_cilium_rule(side, False))))
    if draw(st.integers(0, 4)) == 0:
        spec["enableDefaultDeny"] = {"ingress": draw(st.booleans()), "egress": draw(st.booleans())}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": f"c{number}", "namespace": draw(st.sampled_from(sorted(NAMESPACES)))},
        "spec": spec,
    }


NETWORK_PEERS = st.one_of(
    SELECTORS.map(lambda selector: {"podSelector": selector}),
    st.just({"namespaceSelector": {"matchLabels": {"side": "light"}}}),
    st.just({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "a"}}}),
    st.sampled_from(CIDRS).map(lambda cidr: {"ipBlock": {"cidr": cidr}}),
    st.just({"ipBlock": {"cidr": "10.0.0.0/24", "except": ["10.0.0.2/32"]}}),
)
NETWORK_PORTS = st.sampled_from(
    [
        {"port": 80},
        {"port": "http"},
        {"port": 81, "endPort": 8080},
        {},
        {"protocol": "UDP", "port": 80},
        {"protocol": "SCTP", "port": 81},
    ]
)


@st.composite
def _network(draw: st.DrawFn, number: int) -> dict[str, Any]:
    def rules(side: str) -> list[dict[str, Any]]:
        return draw(_lists(st.fixed_dictionaries({side: _lists(NETWORK_PEERS), "ports": _lists(NETWORK_PORTS)})))

    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"n{number}", "namespace": draw(st.sampled_from(sorted(NAMESPACES)))},
        "spec": {"podSelector": draw(SELECTORS), "ingress": rules("from"), "egress": rules("to")},
    }


@st.composite
def policies(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Up to four policies of both kinds, egress L7 among them."""
    documents = [draw(st.one_of(_cilium(i), _network(i))) for i in range(draw(st.integers(0, 4)))]
    for document in documents:
        for rule in document["spec"].get("egress", ()):
            for ports in rule.get("toPorts", ()):
                ports.pop("rules", None)
    return parse_policies(yaml.safe_dump_all(documents), "random.yaml")


@st.composite
def connections(draw: st.DrawFn, world: World) -> Connection:
    """Between two ends of one address family, of which one at least is a workload of the world."""
    inside = [address for workload in world.workloads for address in workload.addresses]
    one = draw(st.sampled_from(inside))
    family = [each for each in (*inside, *OUTSIDE) if (":" in each) == (":" in one)]
    other = draw(st.sampled_from(family))
    source, destination = draw(st.permutations([one, other]))
    return Connection(source, destination, draw(st.sampled_from(PORTS)))


@st.composite
def requests(draw: st.DrawFn, world: World) -> Request:
    headers = draw(st.sampled_from([(), (("x-key", "true"),), (("x-key", "false"), ("X-Key", "true"))]))
    path = draw(st.sampled_from(["/", "/v1/a", "/v1/b", "/v1//a", "/v1/%2e%2e/", "/v1%2fa"]))
    return Request(draw(connections(world)), draw(st.sampled_from(["GET", "PUT"])), path, "h", headers)
