# SPDX-License-Identifier: Apache-2.0
"""What of a CiliumNetworkPolicy is known and refused."""

import pytest

from l7filters.parse import parse_documents, parse_policies
from l7filters.peers import Entity, NamedServicePeer, SelectedServicePeer
from l7filters.ports import IcmpType, Protocol
from l7filters.source import InputError
from l7filters.unsupported import UNSUPPORTED
from tests.policy_texts import cnp, lifted, problems

UNENFORCED = [
    ("ingress: [{authentication: {mode: required}, fromEntities: [all]}]", "authentication"),
    ('ingress: [{toPorts: [{ports: [{port: "1"}], serverNames: [a.b]}]}]', "serverNames"),
    ('ingress: [{toPorts: [{ports: [{port: "1"}], terminatingTLS: {secret: {name: a}}}]}]', "terminatingTLS"),
    ('egress: [{toPorts: [{ports: [{port: "1"}], originatingTLS: {secret: {name: a}}}]}]', "originatingTLS"),
    ('egress: [{toPorts: [{ports: [{port: "1", protocol: TCP}], rules: {http: [{}]}}]}]', "http"),
    ("egress: [{toServices: [{k8sService: {serviceName: a}}]}]", "toServices"),
    ("egressDeny: [{toServices: [{k8sServiceSelector: {selector: {}}}]}]", "toServices"),
    ("ingress: [{fromRequires: [{}]}]", "fromRequires"),
    ("egress: [{toGroups: [{}]}]", "toGroups"),
    ("egressDeny: [{toNodes: [{}]}]", "toNodes"),
    ("ingress: [{fromCIDRSet: [{cidrGroupRef: a}]}]", "cidrGroupRef"),
    ("ingress: [{}]\n  log: {value: a}", "log"),
]


@pytest.mark.parametrize(("section", "field"), UNENFORCED)
def test_what_cannot_be_enforced_yet_is_named(section: str, field: str) -> None:
    text = cnp(f"  endpointSelector: {{}}\n  {section}\n")
    (problem,) = problems(text)
    assert f"'{field}' cannot be enforced yet" in problem
    lifted(text)


ICMP_REFUSED = [
    ("type: 5", "ICMP type 5"),
    ("type: RouterAdvertisement", "ICMP type 9"),
    ("{family: IPv6, type: NeighborSolicitation}", "ICMPv6 type 135"),
    ("{family: IPv6, type: 143}", "ICMPv6 type 143"),
]


@pytest.mark.parametrize(("field", "named"), ICMP_REFUSED)
@pytest.mark.parametrize("section", ["ingress", "ingressDeny", "egress", "egressDeny"])
def test_what_neighbours_say_is_carried_nowhere(section: str, field: str, named: str) -> None:
    text = cnp(f"  endpointSelector: {{}}\n  {section}:\n  - icmps:\n    - fields:\n      - {field}\n")
    (problem,) = problems(text)
    assert problem.startswith(f"f.yaml:9: {named}, ")
    lifted(text)


@pytest.mark.parametrize("section", ["ingress", "ingressDeny", "egress", "egressDeny"])
def test_an_entry_of_icmp_that_names_no_type_is_not_all_traffic(section: str) -> None:
    with pytest.raises(InputError, match="'fields' names no type of ICMP; name one, or remove the entry"):
        parse_policies(cnp(f"  endpointSelector: {{}}\n  {section}: [{{icmps: [{{fields: []}}]}}]\n"), "f")


def test_types_of_icmp_have_names_and_numbers() -> None:
    fields = "[{type: 8}, {type: EchoRequest, family: IPv6}, {type: 3, family: IPv4}, {type: 0}]"
    (policy,) = parse_policies(cnp(f"  endpointSelector: {{}}\n  ingress: [{{icmps: [{{fields: {fields}}}]}}]\n"), "f")
    assert policy.rules[0].ports == (
        IcmpType(Protocol.ICMP, 8),
        IcmpType(Protocol.ICMPV6, 128),
        IcmpType(Protocol.ICMP, 3),
        IcmpType(Protocol.ICMP, 0),
    )


def test_lifting_a_restriction_is_deleting_its_line() -> None:
    text = cnp("  endpointSelector: {}\n  egress: [{toServices: [{k8sService: {serviceName: a}}]}]\n")
    without = {name: todo for name, todo in UNSUPPORTED.items() if name != "*.toServices"}
    (policy,) = parse_documents(text, "f.yaml", unsupported=without).policies
    assert policy.rules[0].peers == (NamedServicePeer("default", "a"),)
    text = text.replace("k8sService: {serviceName: a}", "k8sServiceSelector: {selector: {matchLabels: {a: b}}}")
    (peer,) = parse_documents(text, "f.yaml", unsupported=without).policies[0].rules[0].peers or ()
    assert isinstance(peer, SelectedServicePeer)


def test_every_line_of_the_table_names_a_field_of_the_schema() -> None:
    """A misspelt line would refuse nothing."""
    from l7filters.cnp_schema import SpecSchema
    from l7filters.schema import fields_at

    for name in UNSUPPORTED:
        if name.startswith("entity "):
            assert name.removeprefix("entity ") in list(Entity)
            continue
        if name.startswith("icmp "):
            continue
        steps = name.split(".")
        sections = ["ingress", "egress", "ingressDeny", "egressDeny"] if steps[0] == "*" else [steps[0]]
        known = set()
        for section in sections:
            path: tuple[str | int, ...] = () if len(steps) == 1 else (section, 0)
            for step in steps[1:-1]:
                path = (*path, step) if step == "rules" else (*path, step, 0)
            known |= fields_at(SpecSchema, path)
        assert steps[-1] in known, name
