# SPDX-License-Identifier: Apache-2.0
"""Warnings about valid policies."""

import pytest

from l7filters.lint import lint
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from tests.truth_row import L4, L7, WORLD, cnp, http, np


def parse(*texts: str) -> tuple[Policy, ...]:
    return tuple(policy for i, text in enumerate(texts) for policy in parse_policies(text, f"p{i}.yaml"))


def warnings(*texts: str) -> list[str]:
    return [str(problem) for problem in lint(parse(*texts))]


@pytest.mark.parametrize(
    "wide",
    [
        L4,
        cnp("l3", "ingress: [{fromEndpoints: [{}]}]"),
        cnp("everyone", 'ingress: [{toPorts: [{ports: [{port: "1", endPort: 99}]}]}]'),
        cnp("all", "ingress: [{fromEntities: [all]}]"),
        cnp("cluster", "ingress: [{fromEntities: [cluster]}]"),
        np("np", "ingress: [{from: [{namespaceSelector: {}}]}]"),
        http("every", "{}"),
    ],
)
def test_l7_that_is_voided(wide: str) -> None:
    name = parse(wide)[0].name
    for found in (lint(parse(L7, wide)), lint(parse(L7, wide), WORLD)):
        (warning,) = [each for each in found if "are void" in each.what]
        assert warning.location.file == "p0.yaml"
        assert f"default/{name}#0" in warning.what


@pytest.mark.parametrize(
    "other",
    [
        cnp("port", 'ingress: [{toPorts: [{ports: [{port: "8080"}]}]}]'),
        cnp("udp", 'ingress: [{toPorts: [{ports: [{port: "80", protocol: UDP}]}]}]'),
        cnp("peer", "ingress: [{fromEndpoints: [{matchLabels: {class: xwing}}]}]"),
        cnp("deny", "ingressDeny: [{fromEntities: [all]}]"),
        cnp("narrow", 'ingress: [{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET}]}}]}]'),
    ],
)
def test_l7_that_is_not_voided(other: str) -> None:
    assert not [each for each in lint(parse(L7, other)) if "are void" in each.what]
    assert not [each for each in lint(parse(L7, other), WORLD) if "are void" in each.what]


def test_rules_about_other_processes_void_nothing() -> None:
    def about(process: str, text: str) -> str:
        return text.replace("{name:", f"{{annotations: {{riftgate.io/process: {process}}}, name:")

    for one, other in (("exec", "main"), ("main", "exec")):
        both = parse(about(one, L7), about(other, L4))
        assert not [each for found in (lint(both), lint(both, WORLD)) for each in found if "are void" in each.what]
    assert [each for each in lint(parse(about("exec", L7), L4), WORLD) if "are void" in each.what]


def test_the_world_knows_overlaps_that_the_text_does_not_show() -> None:
    by_class = cnp("class", "ingress: [{fromEndpoints: [{matchLabels: {class: tiefighter}}]}]")
    assert warnings(L7, by_class) == []
    assert len(lint(parse(L7, by_class), WORLD)) == 1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{path: v1/ships}", "no path is 'v1/ships'; start it with '/'"),
        ("{path: /v1//ships}", "no request has the path '/v1//ships' after normalisation; write '/v1/ships'"),
        ("{path: /a/%2E./b}", None),
        ('{path: "/a%2fb"}', "no request has the path '/a%2fb' after normalisation; write it unescaped"),
        (
            "{path: /v1/*}",
            "the path '/v1/*' is a regular expression: '/*' is any number of slashes; write '/v1/.*'",
        ),
        ("{headers: ['X-Key:true']}", "no request has a header called 'x-key:true'; write 'x-key: true'"),
        ("{headers: ['X-Key:']}", "no request has a header called 'x-key:'; write 'x-key'"),
        ("{headers: [X-Key], path: '/v1/.*', method: GET}", None),
    ],
)
def test_http_rules_that_fit_nothing(rule: str, expected: str | None) -> None:
    assert warnings(http("p", rule)) == ([] if expected is None else [f"p0.yaml:7: {expected}"])


def test_empty_peers() -> None:
    text = cnp("p", 'ingress: [{fromCIDR: [], toPorts: [{ports: [{port: "80"}]}]}]')
    assert warnings(text) == [
        "p0.yaml:7: rule default/p#0 has an empty list of peers and allows nobody; "
        "remove the list to mean everyone, or name the peers"
    ]
    assert warnings(cnp("p", "ingress: [{}]")) == []


def test_l7_without_default_deny() -> None:
    assert warnings(L7 + "  enableDefaultDeny: {ingress: false}\n") == [
        "p0.yaml:7: rule default/l7#0 restricts nothing unless another policy denies ingress by default; "
        "set enableDefaultDeny to true, or remove the rule"
    ]


def test_kinds_that_share_a_name() -> None:
    assert warnings(cnp("p", "ingress: [{}]"), np("p", "ingress: []")) == [
        "p1.yaml:5: a CiliumNetworkPolicy and a NetworkPolicy are both called default/p, and share rule ids; "
        "rename one of them to tell them apart in logs"
    ]


def test_selectors_and_names_that_nothing_answers_to() -> None:
    text = cnp(
        "p", "ingress: [{fromEndpoints: [{matchLabels: {a: b}}], toPorts: [{ports: [{port: nope}, {port: http}]}]}]"
    )
    assert warnings(text) == []
    assert [problem.what for problem in lint(parse(text), WORLD)] == [
        "a peer of rule default/p#0 selects no workload (a=b, io.kubernetes.pod.namespace=default)",
        "rule default/p#0 names the port nope, which no such workload declares",
    ]
    lost = text.replace("{class: deathstar}", "{class: lost}")
    assert [problem.what for problem in lint(parse(lost), WORLD)] == [
        "CiliumNetworkPolicy default/p selects no workload (class=lost, io.kubernetes.pod.namespace=default)"
    ]
