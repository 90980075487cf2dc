# SPDX-License-Identifier: Apache-2.0
"""Peers of policies from text: endpoints and their namespaces, CIDRs, entities."""

import pytest

from l7filters.labels import NAMESPACE_LABEL
from l7filters.parse import parse_policies
from l7filters.peers import Entity, EntityPeer, WorkloadPeer
from l7filters.unsupported import UNSUPPORTED
from tests.policy_texts import cnp, ingress, lifted, np, problems


def test_08_peer_lists() -> None:
    def peers(rule: str) -> object:
        return parse_policies(ingress(rule), "f.yaml")[0].rules[0].peers

    assert peers('{toPorts: [{ports: [{port: "80"}]}]}') is None
    assert peers('{fromEndpoints: , toPorts: [{ports: [{port: "80"}]}]}') is None
    assert peers('{fromEndpoints: [], toPorts: [{ports: [{port: "80"}]}]}') == ()
    assert peers("{fromCIDR: []}") == ()
    assert peers("{}") == ()
    assert peers("{toPorts: []}") == ()


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ("{}", "io.kubernetes.pod.namespace=default"),
        ("{matchLabels: {k8s:a: b}}", "a=b, io.kubernetes.pod.namespace=default"),
        ("{matchLabels: {any:a: b}}", "a=b, io.kubernetes.pod.namespace=default"),
        ("{matchLabels: {k8s:io.kubernetes.pod.namespace: hoth}}", "io.kubernetes.pod.namespace=hoth"),
        ("{matchLabels: {io.kubernetes.pod.namespace: hoth}}", "io.kubernetes.pod.namespace=hoth"),
        (
            "{matchExpressions: [{key: k8s:io.kubernetes.pod.namespace, operator: Exists}]}",
            "io.kubernetes.pod.namespace",
        ),
        (
            "{matchLabels: {k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name: hoth}}",
            "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=hoth",
        ),
    ],
)
def test_09_namespaces_of_endpoints(selector: str, text: str) -> None:
    (peer,) = parse_policies(ingress(f"{{fromEndpoints: [{selector}]}}"), "f.yaml")[0].rules[0].peers or ()
    assert isinstance(peer, WorkloadPeer)
    assert str(peer.selector) == text


def test_09_reserved_labels_are_entities() -> None:
    (peer,) = (
        parse_policies(ingress('{fromEndpoints: [{matchLabels: {"reserved:world": ""}}]}'), "f")[0].rules[0].peers or ()
    )
    assert str(peer) == "entity world"
    assert problems(ingress('{fromEndpoints: [{matchLabels: {"reserved:host": ""}}]}')) == [
        f"f.yaml:6: the entity 'host' cannot be enforced yet; {UNSUPPORTED['entity host']}"
    ]
    assert len(problems(ingress('{fromEndpoints: [{matchLabels: {"reserved:world": "", a: b}}]}'))) == 1
    assert problems(ingress('{fromEndpoints: [{matchLabels: {"container:a": b}}]}')) == [
        "f.yaml:6: the label source 'container' is not known; write k8s:, any: or reserved:"
    ]


def test_09_the_subject_lives_in_the_policys_namespace() -> None:
    selector = "  endpointSelector: {matchLabels: {k8s:io.kubernetes.pod.namespace: %s}}\n  ingress: [{}]\n"
    (policy,) = parse_policies(cnp(selector % "default"), "f.yaml")
    assert {requirement.key for requirement in policy.subject.requirements} == {NAMESPACE_LABEL}
    assert problems(cnp(selector % "hoth")) == [
        "f.yaml:5: endpointSelector names another namespace than the policy's, default; "
        "put the policy into the namespace of the pods"
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "{fromCIDR: [10.0.0.1]}",
            "'10.0.0.1' has no prefix length; write ADDRESS/LENGTH, for one address /32 or /128",
        ),
        ("{fromCIDR: [10.0.0.0/33]}", "'10.0.0.0/33' is not a CIDR; write ADDRESS/LENGTH, such as 10.0.0.0/8"),
        (
            "{fromCIDR: ['fe80::%eth0/64']}",
            "'fe80::%eth0/64' is not a CIDR; write ADDRESS/LENGTH, such as 10.0.0.0/8",
        ),
        (
            "{fromCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]}",
            "'11.0.0.0/8' does not lie inside 10.0.0.0/8; name a part of the cidr, or remove it",
        ),
        (
            "{fromCIDRSet: [{cidr: 10.0.0.0/8, except: ['fd00::/8']}]}",
            "'fd00::/8' does not lie inside 10.0.0.0/8; name a part of the cidr, or remove it",
        ),
        (
            "{fromCIDR: [10.0.0.0/8], fromEntities: [all]}",
            "'fromCIDR' and 'fromEntities' in one rule; write two rules: each has one kind of peer",
        ),
    ],
)
def test_10_cidrs(rule: str, expected: str) -> None:
    assert problems(ingress(rule)) == [f"f.yaml:6: {expected}"]


def test_10_except_may_equal_the_cidr_in_a_cnp_only() -> None:
    parse_policies(ingress("{fromCIDRSet: [{cidr: 10.0.0.0/8, except: [10.0.0.0/8]}]}"), "f.yaml")
    assert problems(np("  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.2.3/8]}}]}]")) == [
        "f.yaml:5: '10.1.2.3/8' does not lie strictly inside 10.0.0.0/8; name a part of the cidr, or remove it"
    ]


def test_10_host_bits_are_cleared() -> None:
    (peer,) = parse_policies(ingress("{fromCIDR: [10.1.2.3/8]}"), "f.yaml")[0].rules[0].peers or ()
    assert str(peer) == "10.0.0.0/8"


ENTITIES = [str(entity) for entity in Entity]


def test_11_entities_are_known_and_those_of_other_machines_refused() -> None:
    text = ingress(f"{{fromEntities: [{', '.join(ENTITIES)}]}}")
    (policy,) = lifted(text).policies
    assert [str(peer.entity) for peer in policy.rules[0].peers or () if isinstance(peer, EntityPeer)] == ENTITIES
    refused = [each.split("'")[1] for each in problems(text)]
    assert sorted(refused) == sorted(set(ENTITIES) - {"all", "world", "cluster", "none"})
    assert problems(ingress("{fromEntities: [wrld]}")) == [
        "f.yaml:6: item 0 is 'wrld' in spec.ingress[0].fromEntities; did you mean 'world'?"
    ]
