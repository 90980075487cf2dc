# SPDX-License-Identifier: Apache-2.0
"""Annotations that say how a policy is to be treated."""

import pytest

from l7filters.parse import parse_policies
from l7filters.policy import Enforcement, FailureMode
from l7filters.source import InputError

HTTP = """
  endpointSelector: {}
  ingress:
  - toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET}]}}]
  - fromEntities: [all]
"""
CNP = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: p\n  annotations:\n%s\nspec:" + HTTP
NP = (
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n  annotations:\n%s\n"
    "spec: {podSelector: {}}\n"
)


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        parse_policies(text, "p.yaml")
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("kind", [CNP, NP], ids=["CiliumNetworkPolicy", "NetworkPolicy"])
@pytest.mark.parametrize(
    ("written", "enforcement"),
    [
        ("    other.io/enforcement: maybe", Enforcement.ENFORCE),
        ("    riftgate.io/enforcement: enforce", Enforcement.ENFORCE),
        ("    riftgate.io/enforcement: audit", Enforcement.AUDIT),
    ],
)
def test_enforcement(kind: str, written: str, enforcement: Enforcement) -> None:
    (policy,) = parse_policies(kind % written, "p.yaml")
    assert policy.enforcement is enforcement
    assert policy.enforced == (enforcement is Enforcement.ENFORCE)


@pytest.mark.parametrize(
    ("written", "delegated"),
    [
        ("    riftgate.io/authorization: rbac", None),
        ("    riftgate.io/authorization: ext_authz", FailureMode.CLOSED),
        ("    riftgate.io/authorization: ext_authz\n    riftgate.io/failure-mode: closed", FailureMode.CLOSED),
        ("    riftgate.io/authorization: ext_authz\n    riftgate.io/failure-mode: open", FailureMode.OPEN),
    ],
)
def test_only_rules_with_http_are_delegated(written: str, delegated: FailureMode | None) -> None:
    (policy,) = parse_policies(CNP % written, "p.yaml")
    assert [rule.delegated for rule in policy.rules] == [delegated, None]


@pytest.mark.parametrize(
    ("kind", "written", "problem"),
    [
        (
            CNP,
            "    riftgate.io/enforcement: audti",
            "annotation riftgate.io/enforcement is 'audti'; did you mean 'audit'?",
        ),
        (
            NP,
            "    riftgate.io/enforcement: 'no'",
            "annotation riftgate.io/enforcement is 'no'; write one of enforce, audit",
        ),
        (
            CNP,
            "    riftgate.io/enforcment: audit",
            "unknown annotation 'riftgate.io/enforcment'; did you mean 'riftgate.io/enforcement'?",
        ),
        (
            CNP,
            "    riftgate.io/failure-mode: open",
            "annotation riftgate.io/failure-mode has no effect: nothing is asked that could fail; "
            "remove it, or write riftgate.io/authorization: ext_authz",
        ),
        (
            NP,
            "    riftgate.io/authorization: ext_authz",
            "annotation riftgate.io/authorization needs HTTP rules; remove it",
        ),
        (
            CNP.replace(HTTP, " {endpointSelector: {}, ingress: [{}]}"),
            "    riftgate.io/authorization: ext_authz",
            "annotation riftgate.io/authorization needs HTTP rules; add some, or remove it",
        ),
    ],
)
def test_problems(kind: str, written: str, problem: str) -> None:
    assert problems(kind % written) == [f"p.yaml:6: {problem}"]


def test_all_problems_at_once() -> None:
    written = "    riftgate.io/enforcement: a\n    riftgate.io/failure-mode: b"
    assert [each.split(": ")[0] for each in problems(CNP % written)] == ["p.yaml:6", "p.yaml:7", "p.yaml:7"]
