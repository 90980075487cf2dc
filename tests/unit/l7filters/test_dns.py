# SPDX-License-Identifier: Apache-2.0
"""Names in policies: what may be asked, and what an answer opens; decide(), the tables and the words of both."""

import pytest

from l7filters.decide import Connection, Layer, Query, decide
from l7filters.explain import explain
from l7filters.l4 import compile_l4
from l7filters.lint import lint
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.ports import Protocol
from l7filters.source import InputError
from l7filters.world import Workload, WorkloadPort, World

RESOLVER = Workload(
    "kube-system",
    "kube-dns",
    {"k8s-app": "kube-dns"},
    ("169.254.20.10",),
    (WorkloadPort(53, "dns", "UDP"), WorkloadPort(53, "dns-tcp", "TCP")),
)
A = Workload("default", "a", {"app": "a"}, ("10.0.0.1", "fd00::1"))
B = Workload("default", "b", {"app": "b"}, ("10.0.0.2",))
WORLD = World((A, B), resolver=RESOLVER)
TO_DNS = "toEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}}]"


def cnp(*egress: str, head: str = "") -> tuple[Policy, ...]:
    rules = "".join(f"  - {each}\n" for each in egress)
    text = f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p}}\nspec:\n{head}"
    return parse_policies(f"{text}  endpointSelector: {{matchLabels: {{app: a}}}}\n  egress:\n{rules}", "p.yaml")


def dns(rules: str, protocol: str = "ANY", peers: str = TO_DNS) -> str:
    return f'{{{peers}, toPorts: [{{ports: [{{port: "53", protocol: {protocol}}}], rules: {{dns: [{rules}]}}}}]}}'


def query(name: str, protocol: Protocol = Protocol.UDP, who: Workload = A) -> Query:
    return Query(Connection(who.key, RESOLVER.key, 53, protocol), name)


CASES = {
    "nobody asks": (),
    "a name": cnp(dns("{matchName: api.example.com}")),
    "a pattern": cnp(dns('{matchPattern: "*.example.com"}')),
    "UDP alone": cnp(dns("{matchName: api.example.com}", "UDP")),
    "two rules": cnp(
        dns("{matchName: api.example.com}"), dns('{matchPattern: "*.x.org"}', peers="toEntities: [cluster]")
    ),
    "voided": cnp(dns("{matchName: api.example.com}"), "{toEntities: [all]}"),
    "another port is no DNS": cnp(dns("{matchName: api.example.com}"), '{toPorts: [{ports: [{port: "80"}]}]}'),
    "not to the resolver": cnp("{toEndpoints: [{}]}"),
    "no default deny": cnp(dns("{matchName: a.b}"), head="  enableDefaultDeny: {egress: false}\n"),
}
NAMES = ("api.example.com", "API.example.com.", "www.example.com", "example.com", "a.x.org")


@pytest.mark.parametrize("case", CASES)
def test_the_resolver_is_told_what_decide_says(case: str) -> None:
    tables = compile_l4(WORLD, CASES[case])
    for workload in WORLD.workloads:
        for name in NAMES:
            for protocol in (Protocol.UDP, Protocol.TCP):
                verdict = decide(WORLD, CASES[case], query(name, protocol, workload))
                if not verdict.allowed and verdict.layer is Layer.L3_L4:
                    continue  # the datapath's
                told = [
                    each.names
                    for each in tables.asked
                    if workload.addresses[0] in each.addresses and each.protocol is protocol
                ]
                allowed = not told or any(pattern.matches(name) for pattern in told[0])
                assert allowed == verdict.allowed, (workload.key, name, protocol)


def test_who_may_not_reach_the_resolver_asks_nothing() -> None:
    for some, protocol in ((CASES["not to the resolver"], Protocol.UDP), (CASES["UDP alone"], Protocol.TCP)):
        verdict = decide(WORLD, some, query("api.example.com", protocol))
        assert (verdict.allowed, verdict.layer) == (False, Layer.L3_L4)


def test_what_a_refused_name_lacks_is_explained() -> None:
    explained = str(explain(WORLD, CASES["a name"], query("www.example.com")))
    assert "refused (REFUSED): DNS query for www.example.com" in explained
    assert "the name www.example.com is not api.example.com: default/p#0 (p.yaml:7)" in explained
    assert "no answer" in str(explain(WORLD, CASES["not to the resolver"], query("a.b")))


def test_names_of_an_address_count_for_toFQDNs() -> None:
    some = cnp('{toFQDNs: [{matchPattern: "*.example.com"}], toPorts: [{ports: [{port: "443"}]}]}')

    def allowed(port: int, *names: str) -> bool:
        return decide(WORLD, some, Connection(A.key, "192.0.2.1", port, destination_names=names)).allowed

    assert allowed(443, "x.org", "api.example.com")
    assert not allowed(443, "x.org")
    assert not allowed(443)
    assert not allowed(80, "api.example.com")
    to_pod = Connection(A.key, B.key, 443, destination_names=("api.example.com",))
    assert not decide(WORLD, some, to_pod).allowed, "a pod has no name"


@pytest.mark.parametrize(
    ("port", "words"),
    [('port: "5353"', "another port than 53"), ('port: "53", endPort: 54', "another port than 53")],
)
def test_dns_is_what_goes_to_its_port(port: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        cnp(f"{{{TO_DNS}, toPorts: [{{ports: [{{{port}}}], rules: {{dns: [{{matchName: a.b}}]}}}}]}}")
    assert words in str(refused.value.problems[0])


FQDN = '{toFQDNs: [{matchName: api.example.com}], toPorts: [{ports: [{port: "443"}]}]}'
ANY_FQDN = '{toFQDNs: [{matchPattern: "*.example.com"}]}'


@pytest.mark.parametrize(
    ("rules", "warned"),
    [
        ((FQDN,), True),
        ((ANY_FQDN,), True),
        ((FQDN, dns("{matchName: api.example.com}")), False),
        ((FQDN, dns("{matchName: other.example.com}")), True),
        ((ANY_FQDN, dns("{matchName: other.example.com}")), False),
        ((FQDN, "{toEntities: [cluster]}"), False),
    ],
)
def test_addresses_that_nobody_can_learn_are_warned_of(rules: tuple[str, ...], warned: bool) -> None:
    found = [str(problem) for problem in lint(cnp(*rules), WORLD) if "may not ask DNS" in str(problem)]
    assert bool(found) is warned
    assert not any("may not ask DNS" in str(problem) for problem in lint(cnp(*rules), World((A, B))))
