# SPDX-License-Identifier: Apache-2.0
"""NetworkPolicies from text."""

import pytest

from l7filters.parse import parse_documents, parse_policies
from l7filters.policy import PolicyKind
from tests.policy_texts import np, problems


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            "  ingress: [{from: [{}]}]",
            "the peer is empty; write podSelector, namespaceSelector or ipBlock; '[]' means everyone",
        ),
        (
            "  ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]",
            "'ipBlock' beside a selector in one peer; write two peers",
        ),
        ("  ingress: [{ports: [{port: '80'}]}]", "port '80' in quotes is a name without a letter; write port: 80"),
        ("  ingress: [{ports: [{port: 0}]}]", "port 0 is not between 1 and 65535; correct it"),
        (
            "  ingress: [{ports: [{port: on}]}]",
            "'port' must be a number or a name; write a number from 1 to 65535 or a port name",
        ),
        (
            "  ingress: [{ports: [{port: http, endPort: 90}]}]",
            "'endPort' without a port number; write 'port' as a number, or remove it",
        ),
        (
            "  ingress: [{ports: [{port: 80, endPort: 79}]}]",
            "endPort 79 is not between port 80 and 65535; correct the range",
        ),
        (
            "  ingress: [{ports: [{port: 80, protocol: ANY}]}]",
            "'protocol' is 'ANY' in spec.ingress[0].ports[0]; write one of TCP, UDP, SCTP",
        ),
        ("  policyTypes: [ingress]", "item 0 is 'ingress' in spec.policyTypes; did you mean 'Ingress'?"),
        ("  podSelektor: {}", "unknown field 'podSelektor' in spec; did you mean 'podSelector'?"),
    ],
)
def test_network_policy_errors(spec: str, expected: str) -> None:
    assert problems(np(spec)) == [f"f.yaml:5: {expected}"]


@pytest.mark.parametrize(
    ("spec", "directions"),
    [
        ("  podSelector: {}", {"ingress"}),
        ("  egress: []", {"ingress"}),
        ("  egress: [{}]", {"ingress", "egress"}),
        ("  policyTypes: []\n  egress: [{}]", {"ingress", "egress"}),
        ("  policyTypes: [Egress]", {"egress"}),
        ("  policyTypes: [Ingress, Egress]", {"ingress", "egress"}),
    ],
)
def test_network_policy_types(spec: str, directions: set[str]) -> None:
    (policy,) = parse_policies(np(spec), "f.yaml")
    assert policy.kind is PolicyKind.NETWORK_POLICY
    assert {str(direction) for direction in policy.default_deny} == directions


def test_network_policy_rules_without_their_type_have_no_effect() -> None:
    parsed = parse_documents(np("  policyTypes: [Ingress]\n  egress: [{}]"), "f.yaml")
    assert parsed.policies[0].rules == ()
    assert [str(warning) for warning in parsed.warnings] == [
        "f.yaml:6: the egress rules have no effect: policyTypes does not list Egress; list it, or remove the rules"
    ]
