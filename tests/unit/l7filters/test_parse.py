# SPDX-License-Identifier: Apache-2.0
"""Policies from text: what each construct becomes, and how bad input is told."""

import pytest

from l7filters.parse import name_clashes, parse_documents, parse_policies
from l7filters.policy import Allow, Deny, Direction
from l7filters.ports import PORT_PROTOCOLS, PortRange, Protocol
from tests.policy_texts import cnp, http, ingress, np, problems


def test_ids_count_in_one_order_whatever_the_order_of_the_keys() -> None:
    sections = {
        "ingress": '[{}, {toPorts: [{ports: [{port: "1"}]}, {ports: [{port: "2"}]}]}]',
        "ingressDeny": "[{fromEntities: [world]}]",
        "egress": "[{toEntities: [all]}]",
        "egressDeny": '[{toPorts: [{ports: [{port: "3"}]}]}]',
    }
    found = []
    for order in (list(sections), list(reversed(sections))):
        lines = "\n".join(f"  {name}: {sections[name]}" for name in order)
        (policy,) = parse_policies(cnp(f"  endpointSelector: {{}}\n{lines}"), "f.yaml")
        found.append([(rule.id, rule.direction, type(rule.effect), rule.ports) for rule in policy.rules])
        assert policy.default_deny == frozenset(Direction)
    assert found[0] == found[1]
    assert [(rule_id, direction, effect) for rule_id, direction, effect, _ in found[0]] == [
        ("default/p#0", Direction.INGRESS, Allow),
        ("default/p#1", Direction.INGRESS, Allow),
        ("default/p#2", Direction.INGRESS, Allow),
        ("default/p#3", Direction.INGRESS, Deny),
        ("default/p#4", Direction.EGRESS, Allow),
        ("default/p#5", Direction.EGRESS, Deny),
    ]


def test_specs_are_policies_of_one_name_with_rules_counted_through() -> None:
    text = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: hoth}
spec: {endpointSelector: {}, ingress: [{}]}
specs:
- {endpointSelector: {matchLabels: {a: b}}, egress: [{}], description: more}
"""
    policies = parse_policies(text, "f.yaml")
    assert [(policy.key, [rule.id for rule in policy.rules]) for policy in policies] == [
        ("hoth/p", ["hoth/p#0"]),
        ("hoth/p", ["hoth/p#1"]),
    ]
    assert policies[1].description == "more"
    assert [policy.location.line for policy in policies] == [5, 7]
    assert name_clashes(policies) == ()


def test_locations_are_those_of_the_entries() -> None:
    text = cnp(
        """  endpointSelector: {}
  ingress:
  - fromEntities: [all]
    toPorts:
    - ports:
      - {port: "80", protocol: TCP}
      rules:
        http:
        - method: GET
        -
          path: /a
  - fromEntities: [cluster]
"""
    )
    (policy,) = parse_policies(text, "f.yaml")
    assert str(policy.document) == "f.yaml:1"
    assert [str(rule.location) for rule in policy.rules] == ["f.yaml:9", "f.yaml:16"]
    rules = policy.rules[0].http
    assert rules is not None
    assert [str(rule.location) for rule in rules] == ["f.yaml:13", "f.yaml:15"]


def test_05_default_deny_flags() -> None:
    def flags(extra: str) -> set[str]:
        (policy,) = parse_policies(cnp(f"  endpointSelector: {{}}\n{extra}"), "f.yaml")
        return {str(direction) for direction in policy.default_deny}

    assert flags("  ingress: [{}]") == {"ingress"}
    assert flags("  ingressDeny: [{fromEntities: [all]}]") == {"ingress"}
    assert flags("  egress: [{}]\n  ingress: []") == {"egress"}
    assert flags("  egress:\n  ingress: []") == set()
    assert flags("  ingress: [{}]\n  enableDefaultDeny: {ingress: false}") == set()
    assert flags("  ingress: [{}]\n  enableDefaultDeny: {egress: true}") == {"ingress", "egress"}


def test_06_missing_protocols() -> None:
    (policy,) = parse_policies(ingress('{toPorts: [{ports: [{port: "80"}, {port: "0", protocol: UDP}]}]}'), "f.yaml")
    assert policy.rules[0].ports == (PortRange(80, 80, PORT_PROTOCOLS), PortRange(0, 65535, (Protocol.UDP,)))
    (policy,) = parse_policies(np("  ingress: [{ports: [{port: 80}, {protocol: SCTP}]}]"), "f.yaml")
    assert policy.rules[0].ports == (
        PortRange(80, 80, (Protocol.TCP,)),
        PortRange(0, 65535, (Protocol.SCTP,)),
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            '{toPorts: [{ports: [{port: "80"}], rules: {http: [{}]}}]}',
            "L7 rules on a port whose protocol is missing, which means ANY; write 'protocol: TCP'",
        ),
        (
            '{toPorts: [{ports: [{port: "80", protocol: UDP}], rules: {http: [{}]}}]}',
            "L7 rules on a port whose protocol is UDP; write 'protocol: TCP'",
        ),
        (
            '{toPorts: [{ports: [{port: "0", protocol: TCP}], rules: {http: [{}]}}]}',
            "L7 rules on port 0, which is every port; name the port",
        ),
        (
            '{toPorts: [{ports: [{port: "1", endPort: 200, protocol: TCP}], rules: {http: [{}]}}]}',
            "L7 rules on 200 ports; the limit is 100; name a smaller range",
        ),
        (
            '{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: []}}]}',
            "'http: []' allows all to some readers and nothing to others; "
            "write 'http: [{}]' to allow all, or remove it",
        ),
        (
            "{toPorts: [{rules: {http: [{}]}}]}",
            "the field 'ports' is missing in spec.ingress[0].toPorts[0]; add it",
        ),
        (
            "{toPorts: [{ports: [], rules: {http: [{}]}}]}",
            "'ports' is empty; name the ports, or remove the entry of toPorts",
        ),
        (
            '{toPorts: [{ports: [{port: "80", endPort: 79}]}]}',
            "endPort 79 is not between port 80 and 65535; correct the range",
        ),
        (
            "{toPorts: [{ports: [{port: http, endPort: 99}]}]}",
            "'endPort' beside a named port; write the port as a number, or remove endPort",
        ),
        ('{toPorts: [{ports: [{port: "65536"}]}]}', "port 65536 is over 65535; write a port from 0 to 65535"),
        (
            '{toPorts: [{ports: [{port: "-1"}]}]}',
            "port '-1' is neither a number from 1 to 65535 nor a port name; "
            "correct it (a name has at most 15 of a-z, 0-9 and '-', one of them a letter)",
        ),
        (
            "{toPorts: [{ports: [{port: 80}]}]}",
            "'port' in spec.ingress[0].toPorts[0].ports[0] must be a string, not the number 80; put quotes around it",
        ),
    ],
)
def test_06_l7_and_ports(rule: str, expected: str) -> None:
    assert problems(ingress(rule)) == [f"f.yaml:6: {expected}"]


def test_14_the_chaos_dialect_gives_faults_and_allows_its_traffic() -> None:
    rules = '{l7proto: chaos, l7: [{probability: "0.5", delay-request: 1s}]}'
    parsed = parse_documents(
        ingress(f'{{toPorts: [{{ports: [{{port: "80", protocol: TCP}}], rules: {rules}}}]}}'), "f.yaml"
    )
    (rule,) = parsed.policies[0].rules
    assert rule.http is not None
    assert rule.http[0].allows_all
    assert [fault.target.port for fault in parsed.faults] == [80]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("{l7proto: chaos}", "'l7proto' and 'l7' come together; write both or none"),
        ("{l7proto: choas, l7: [{}]}", "the protocol 'choas' is not supported; did you mean 'chaos'?"),
        ("{l7proto: r2d2, l7: [{}]}", "the protocol 'r2d2' is not supported; write HTTP rules under 'http'"),
        (
            "{http: [{}], l7proto: chaos, l7: [{probability: '1', delay-request: 1s}]}",
            "'rules' has more than one of 'http', 'dns' and 'l7'; write them under separate ports",
        ),
    ],
)
def test_14_other_l7_protocols(rules: str, expected: str) -> None:
    text = ingress(f'{{toPorts: [{{ports: [{{port: "80", protocol: TCP}}], rules: {rules}}}]}}')
    assert problems(text) == [f"f.yaml:6: {expected}"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{method: PSOT}", "method 'PSOT' is not an HTTP method; did you mean 'POST'?"),
        ("{method: post}", "method 'post' is not an HTTP method; did you mean 'POST'?"),
        ("{method: GET|PSOT}", "method 'PSOT' is not an HTTP method; did you mean 'POST'?"),
        (
            "{method: BREW}",
            "method 'BREW' is not an HTTP method; write one of GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, OPTIONS, "
            "TRACE, or [B]REW if it is meant",
        ),
        (
            "{path: '/v1/('}",
            "the regular expression '/v1/(' is refused: missing ): /v1/(; write a valid RE2 expression",
        ),
        (
            "{path: '/(?=x)'}",
            "the regular expression '/(?=x)' is refused: invalid perl operator: (?=; write a valid RE2 expression",
        ),
        ("{headers: ['']}", "the header '' has no name or holds control characters; write 'Name: value' or 'Name'"),
        ("{headers: ['Host: a']}", "the header 'host' is not matched as a header; use the field 'host'"),
        ("{headers: [':path /a']}", "':path' is not a header's name; use letters, digits and '-'"),
        ("{paht: /a}", "unknown field 'paht' in spec.ingress[0].toPorts[0].rules.http[0]; did you mean 'path'?"),
        (
            "{path: no}",
            "'path' in spec.ingress[0].toPorts[0].rules.http[0] must be a string, not the boolean false; "
            "put quotes around it",
        ),
    ],
)
def test_http_rules(rule: str, expected: str) -> None:
    assert problems(http(rule)) == [f"f.yaml:6: {expected}"]


def test_regexes_are_bounded() -> None:
    (text,) = problems(http("{path: '/([a-z]{1,30}/[0-9]{1,3}){1,30}'}"))
    assert "its RE2 program has" in text
    assert "the limit is 2000" in text


def test_all_errors_come_at_once_in_the_order_of_the_file() -> None:
    text = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: Upper}
spec:
  endpointSelector: {matchLabels: {org: yes}}
  ingres: []
  ingress:
  - fromEndpoint: []
    toPorts:
    - ports: [{port: 80, protocol: tcp}]
      rules:
        http:
        - {method: PSOT, path: "("}
  egress:
  - toServices: [{k8sService: {serviceName: port}}]
---
kind: NetworkPolicy
---
- a list
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p}
spec: {ingress: [{from: [{}], ports: [{port: 0}]}]}
"""
    lines = [int(problem.split(":")[1]) for problem in problems(text)]
    assert lines == [3, 5, 6, 8, 10, 10, 13, 13, 15, 17, 19, 24, 24]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "kind: CiliumClusterwideNetworkPolicy\n",
            "f.yaml:1: the kind 'CiliumClusterwideNetworkPolicy' is not supported; "
            "write a CiliumNetworkPolicy in each namespace",
        ),
        (
            "kind: NetworkPolicies\n",
            "f.yaml:1: the kind 'NetworkPolicies' is not supported; did you mean 'NetworkPolicy'?",
        ),
        (
            "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n",
            "f.yaml:1: NetworkPolicy of apiVersion 'projectcalico.org/v3' is not supported; "
            "write apiVersion: networking.k8s.io/v1",
        ),
        ("a: 1\n", "f.yaml:1: the field 'kind' is missing; write apiVersion and kind"),
        (
            "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a}\n",
            "f.yaml:1: the field 'spec' is missing; add it",
        ),
        (
            cnp("  ingress: [{}]\n"),
            "f.yaml:4: the field 'endpointSelector' is missing; add it; '{}' selects every pod of the namespace",
        ),
        (
            cnp("  endpointSelector: {}\n"),
            "f.yaml:4: the policy says nothing; add ingress, ingressDeny, egress or egressDeny",
        ),
    ],
)
def test_documents_that_are_no_policies(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_equal_names_clash_and_kinds_do_not() -> None:
    assert problems(np("  podSelector: {}") + "\n---\n" + np("  podSelector: {}")) == [
        "f.yaml:7: NetworkPolicy default/p is already defined at f.yaml:1; rename or remove one of them"
    ]
    parse_policies(np("  podSelector: {}") + "\n---\n" + cnp("  endpointSelector: {}\n  ingress: [{}]"), "f.yaml")


def test_what_the_api_server_adds_is_accepted() -> None:
    text = cnp("  endpointSelector: {}\n  ingress: [{}]\nstatus: {conditions: []}\n").replace(
        "metadata: {name: p}",
        "metadata: {name: p, uid: x, resourceVersion: '3', generation: 1, managedFields: [{}]}",
    )
    assert len(parse_policies(text, "f.yaml")) == 1
