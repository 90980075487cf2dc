# SPDX-License-Identifier: Apache-2.0
"""decide() against the truth table, and what a table of requests to one server cannot say."""

from typing import Any

import pytest

from l7filters.decide import Connection, Layer, Request, decide
from l7filters.parse import parse_documents, parse_policies
from l7filters.policy import Direction, Policy
from l7filters.ports import Protocol
from l7filters.world import Workload, World
from tests.outside_truth_table import OUTSIDE_ROWS, OutsideRow
from tests.outside_truth_table import WORLD as CALLING_WORLD
from tests.truth_row import WORLD, Outcome, Row, cnp, np
from tests.truth_table import ROWS


def test_the_table_covers_every_point() -> None:
    points = {row.point.split(":")[0] for row in ROWS}
    assert {str(point) for point in (*range(1, 12), 14)} <= points
    assert len(ROWS) >= 60
    assert {row.outcome for row in ROWS} == set(Outcome)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(row: Row) -> None:
    verdict = decide(row.world, row.parse(), row.request)
    if verdict.rejected is not None:
        outcome = Outcome(verdict.rejected.status)
    elif verdict.allowed:
        outcome = Outcome.ALLOWED
    else:
        outcome = Outcome.DENIED if verdict.layer is Layer.L7 else Outcome.DROPPED
    deciding = {rule.id for rule in verdict.rules} | {policy.key for policy in verdict.default_deny}
    assert (outcome, deciding) == (row.outcome, set(row.rules))
    assert verdict.directions == (() if verdict.allowed or verdict.rejected else (Direction.INGRESS,))


@pytest.mark.parametrize("row", OUTSIDE_ROWS, ids=lambda row: row.id)
def test_row_outside_of_the_mesh(row: OutsideRow) -> None:
    verdict = decide(CALLING_WORLD, row.parse(), row.connection)
    deciding = {rule.id for rule in verdict.rules} | {policy.key for policy in verdict.default_deny}
    assert (verdict.allowed, verdict.layer) == (row.outcome is Outcome.ALLOWED, Layer.L3_L4)
    assert deciding == set(row.rules)


EGRESS = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: out}
spec:
  endpointSelector: {matchLabels: {class: tiefighter}}
  %s
"""
TIE, XWING, SERVER = "default/tiefighter", "default/xwing", "default/deathstar"


def connect(source: str, destination: str, port: int = 80, **more: Any) -> Connection:
    return Connection(source, destination, port, **more)


def test_a_connection_needs_egress_and_ingress() -> None:
    out = parse_policies(EGRESS % "egress: [{toEndpoints: [{matchLabels: {class: xwing}}]}]", "out.yaml")
    verdict = decide(WORLD, out, connect(TIE, SERVER))
    assert (verdict.allowed, verdict.directions) == (False, (Direction.EGRESS,))
    assert decide(WORLD, out, connect(TIE, XWING)).allowed
    assert decide(WORLD, out, connect(SERVER, TIE)).allowed
    shut = parse_policies(cnp("shut", "ingress: [{}]"), "shut.yaml")
    verdict = decide(WORLD, out + shut, connect(TIE, SERVER))
    assert verdict.directions == (Direction.EGRESS, Direction.INGRESS)
    assert {policy.key for policy in verdict.default_deny} == {"default/out", "default/shut"}


@pytest.mark.parametrize("egress", ["egress: []", "egress:", "egress: []\n  ingress:"])
def test_an_empty_egress_has_no_effect(egress: str) -> None:
    assert decide(WORLD, parse_policies(EGRESS % egress, "out.yaml"), connect(TIE, SERVER)).allowed


def test_egress_in_a_network_policy() -> None:
    text = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out}
spec:
  podSelector: {matchLabels: {class: tiefighter}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{protocol: UDP, port: 53}]}]
"""
    policies = parse_policies(text, "out.yaml")
    assert decide(WORLD, policies, connect(TIE, "203.0.113.9", 53, protocol=Protocol.UDP)).allowed
    assert not decide(WORLD, policies, connect(TIE, "203.0.113.9", 53)).allowed
    assert not decide(WORLD, policies, connect(TIE, XWING)).allowed
    # Only egress is isolated.
    assert decide(WORLD, policies, connect(XWING, TIE)).allowed


def test_a_pod_always_reaches_itself() -> None:
    policies = parse_policies(
        cnp("shut", "ingress: [{}]\negress: [{}]\ningressDeny: [{fromEntities: [all]}]"), "shut.yaml"
    )
    assert decide(WORLD, policies, connect(SERVER, SERVER)).allowed
    assert decide(WORLD, policies, Request(connect("10.0.0.1", "fd00::1"), "GET", "/")).allowed
    assert not decide(WORLD, policies, connect(SERVER, TIE)).allowed


def test_named_ports_are_looked_up_at_the_server() -> None:
    policies = parse_policies(EGRESS % "egress: [{toPorts: [{ports: [{port: admin, protocol: TCP}]}]}]", "out.yaml")
    assert decide(WORLD, policies, connect(TIE, SERVER, 8080)).allowed
    assert not decide(WORLD, policies, connect(TIE, SERVER, 80)).allowed
    # Nobody outside declares ports.
    assert not decide(WORLD, policies, connect(TIE, "203.0.113.9", 8080)).allowed


def test_a_connection_that_l7_rules_restrict_is_made() -> None:
    rules = 'toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET}]}}]'
    policies = parse_policies(cnp("l7", f"ingress: [{{{rules}}}]"), "l7.yaml")
    verdict = decide(WORLD, policies, connect(TIE, SERVER))
    assert (verdict.allowed, verdict.layer, [rule.id for rule in verdict.rules]) == (
        True,
        Layer.L3_L4,
        ["default/l7#0"],
    )


def lifted(text: str) -> tuple[Policy, ...]:
    """Policies with what nothing enforces yet: the verdict knows it already."""
    return parse_documents(text, "lifted.yaml", unsupported={}).policies


@pytest.mark.parametrize(
    ("fqdn", "name", "allowed"),
    [
        ("matchName: API.Example.com.", "api.example.COM", True),
        ("matchName: api.example.com", "api.example.com.", True),
        ("matchName: api.example.com", "x.api.example.com", False),
        ("matchName: api.example.com", "api.example.com.evil", False),
        ('matchPattern: "*.example.com"', "api.example.com", True),
        ('matchPattern: "*.example.com"', "example.com", False),
        ('matchPattern: "*.example.com"', "a.b.example.com", False),
        ('matchPattern: "a*.example.com"', "a.example.com", True),
        ('matchPattern: "a*.example.com"', "a.b.example.com", False),
        ('matchPattern: "**.example.com"', "a.b.example.com", True),
        ('matchPattern: "**.example.com"', "a.example.com", True),
        ('matchPattern: "**.example.com"', "example.com", False),
        ('matchPattern: "*"', "a.b.c", True),
        ('matchPattern: "api.example.com"', "apixexample.com", False),
    ],
)
def test_13_fqdn_patterns(fqdn: str, name: str, allowed: bool) -> None:
    policies = lifted(EGRESS % f"egress: [{{toFQDNs: [{{{fqdn}}}]}}]")
    connection = connect(TIE, "203.0.113.9", 443, destination_names=(name,))
    assert decide(WORLD, policies, connection).allowed is allowed


def test_egress_http_server_names_authentication_and_icmp_are_known() -> None:
    egress_http = lifted(
        EGRESS % 'egress: [{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET}]}}]}]'
    )
    assert decide(WORLD, egress_http, Request(connect(TIE, SERVER), "GET", "/")).allowed
    verdict = decide(WORLD, egress_http, Request(connect(TIE, SERVER), "PUT", "/"))
    assert (verdict.allowed, verdict.layer, verdict.directions) == (False, Layer.L7, (Direction.EGRESS,))
    names = lifted(EGRESS % 'egress: [{toPorts: [{ports: [{port: "443"}], serverNames: ["*.example.com"]}]}]')
    for server_name, allowed in (("api.example.com", True), ("example.org", False), (None, False)):
        connection = connect(TIE, "203.0.113.9", 443, server_name=server_name)
        assert decide(WORLD, names, connection).allowed is allowed
    for mode, authenticated, allowed in (
        ("required", True, True),
        ("required", False, False),
        ("disabled", False, True),
        ("test-always-fail", True, False),
    ):
        mutual = lifted(EGRESS % f"egress: [{{toEntities: [all], authentication: {{mode: {mode}}}}}]")
        connection = connect(TIE, SERVER, authenticated=authenticated)
        assert decide(WORLD, mutual, connection).allowed is allowed
    ping = lifted(EGRESS % "egress: [{icmps: [{fields: [{type: EchoRequest}]}]}]")
    assert decide(WORLD, ping, connect(TIE, SERVER, 8, protocol=Protocol.ICMP)).allowed
    assert not decide(WORLD, ping, connect(TIE, SERVER, 0, protocol=Protocol.ICMP)).allowed
    assert not decide(WORLD, ping, connect(TIE, SERVER, 8)).allowed


def test_dual_stack_connections_use_one_family() -> None:
    block = parse_policies(np("v6", "ingress: [{from: [{ipBlock: {cidr: 'fd00::/64'}}]}]"), "v6.yaml")
    assert not decide(WORLD, block, connect(TIE, SERVER)).allowed
    assert decide(WORLD, block, connect(TIE, "fd00::1")).allowed
    assert decide(WORLD, block, connect("fd00::2", SERVER)).allowed


def test_an_unknown_workload_is_an_error() -> None:
    with pytest.raises(ValueError, match="no workload is called default/falcon"):
        decide(WORLD, (), connect("default/falcon", SERVER))


def test_a_workload_without_addresses_is_known_by_its_labels() -> None:
    world = World((Workload("default", "a", {"x": "z"}), Workload("default", "deathstar", {"class": "deathstar"})))
    policies = parse_policies(cnp("some", "ingress: [{fromEndpoints: [{matchLabels: {x: z}}]}]"), "some.yaml")
    assert decide(world, policies, connect("default/a", SERVER)).allowed
