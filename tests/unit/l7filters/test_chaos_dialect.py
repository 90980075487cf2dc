# SPDX-License-Identifier: Apache-2.0
"""The chaos dialect: what its fields mean, and all that can be wrong with them, with lines."""

import pytest

from l7filters.faults import Delay, Fault, HttpMatch, RewriteStatus
from l7filters.labels import Selector
from l7filters.parse import parse_documents
from l7filters.source import InputError

HEAD = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: chaos}
spec:
  endpointSelector: {matchLabels: {class: deathstar}}
  ingress:
"""
ENTRY = """  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules:
        l7proto: chaos
        l7:
"""
FIRST_RULE = 12


def parse(*rules: str, entry: str = ENTRY) -> tuple[Fault, ...]:
    text = HEAD + entry + "".join(f"        - {rule}\n" for rule in rules)
    return parse_documents(text, "chaos.yaml").faults


def problems(*rules: str, entry: str = ENTRY) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse(*rules, entry=entry)
    return [str(problem) for problem in caught.value.problems]


def test_a_rule_is_a_fault_with_an_id_and_a_line() -> None:
    slow, wrong = parse(
        '{probability: "0.5", delay-request: 1m0.25s}',
        '{rewrite-status: "504 Application Error", method: POST, path: "/v1/.*"}',
    )
    assert (slow.id, str(slow.location)) == ("default.chaos/rule0.0.80", "chaos.yaml:12")
    assert (wrong.id, str(wrong.location)) == ("default.chaos/rule0.1.80", "chaos.yaml:13")
    assert (slow.parts_per_million, slow.effects, slow.source) == (500_000, (Delay(60_250),), None)
    assert (wrong.parts_per_million, wrong.effects) == (1_000_000, (RewriteStatus(504),))
    assert wrong.match == HttpMatch("POST", "/v1/.*")
    assert (slow.target.namespace, slow.target.port) == ("default", 80)
    assert slow.target.selector.matches({"class": "deathstar", "io.kubernetes.pod.namespace": "default"})


def test_its_callers_are_those_of_the_rule() -> None:
    empire = "  - fromEndpoints: [{matchLabels: {org: empire}}]\n" + ENTRY.replace("- to", "  to", 1)
    (fault,) = parse("{delay-request: 1s}", entry=empire)
    assert fault.source is not None
    assert fault.source.matches({"org": "empire", "io.kubernetes.pod.namespace": "default"})
    everyone = "  - fromEntities: [all]\n" + ENTRY.replace("- to", "  to", 1)
    assert [each.source for each in parse("{delay-request: 1s}", entry=everyone)] == [None]
    cluster = "  - fromEntities: [cluster]\n" + ENTRY.replace("- to", "  to", 1)
    assert [each.source for each in parse("{delay-request: 1s}", entry=cluster)] == [Selector()]
    outside = "  - fromCIDR: [192.0.2.0/24]\n" + ENTRY.replace("- to", "  to", 1)
    assert problems("{delay-request: 1s}", entry=outside) == [
        "chaos.yaml:9: a chaos rule cannot tell callers by 192.0.2.0/24; use fromEndpoints, or leave the peers out"
    ]


def test_each_port_has_its_fault() -> None:
    ports = ENTRY.replace('[{port: "80", protocol: TCP}]', '[{port: "80", endPort: 82, protocol: TCP}]')
    assert [fault.target.port for fault in parse("{delay-request: 1s}", entry=ports)] == [80, 81, 82]


@pytest.mark.parametrize("text", ["1", "1.", "0.000001", ".25", "1.000"])
def test_probabilities(text: str) -> None:
    (fault,) = parse(f'{{probability: "{text}", delay-request: 1s}}')
    assert fault.parts_per_million == round(float(text) * 1_000_000)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{probability: 0.5, delay-request: 1s}", "'probability' must be a string, not the number 0.5; put quotes"),
        ('{probability: "0", delay-request: 1s}', "'0' is not a probability; write a decimal"),
        ('{probability: "1.5", delay-request: 1s}', "'1.5' is not a probability"),
        ('{probability: "-1", delay-request: 1s}', "'-1' is not a probability"),
        ('{probability: "50%", delay-request: 1s}', "'50%' is not a probability"),
        ('{probability: "1e-1", delay-request: 1s}', "'1e-1' is not a probability"),
        ('{probability: "0.0000001", delay-request: 1s}', "'0.0000001' is finer than a millionth"),
        ("{delay-request: 1}", "'delay-request' must be a string, not the number 1; put quotes"),
        ('{delay-request: "1"}', "'1' is not a duration"),
        ("{delay-request: -1s}", "'-1s' is not a duration"),
        ("{delay-request: 1s 5ms}", "'1s 5ms' is not a duration"),
        ("{delay-request: 0s}", "a delay of '0s' cannot be injected"),
        ("{delay-request: 1500us}", "a delay of '1500us' cannot be injected"),
        ("{delay-request: 61m}", "a delay of '61m' cannot be injected"),
        ('{rewrite-status: "100 Continue"}', "'100 Continue' is not a status"),
        ('{rewrite-status: "504Application"}', "'504Application' is not a status"),
        ("{rewrite-status: 504}", "'rewrite-status' must be a string, not the number 504"),
        ('{probability: "0.5"}', "the chaos rule does nothing; add delay-request or rewrite-status"),
        ("{delay-request: 1s, method: post}", "'post' is not an HTTP method"),
        ('{delay-request: 1s, path: "("}', "path '(': missing"),
        ("{delay-response: 1s}", "unknown field 'delay-response'; did you mean 'delay-request'?"),
    ],
)
def test_wrong_rules(rule: str, expected: str) -> None:
    found = problems("{delay-request: 1s}", rule)
    assert any(each.startswith(f"chaos.yaml:{FIRST_RULE + 1}: {expected}") for each in found), found


def test_all_problems_come_at_once() -> None:
    assert len(problems('{probability: "2", delay-request: x}', '{rewrite-status: "9"}')) == 3


def test_more_rules_than_can_be_independent() -> None:
    rules = [f"{{delay-request: {number}s}}" for number in range(1, 6)]
    assert problems(*rules) == [
        "chaos.yaml:11: more than 4 chaos rules may hit one request; give them methods or paths that exclude each other"
    ]
