# SPDX-License-Identifier: Apache-2.0
"""Explanations: the verdict, who decided on which line, and what would change it."""

import json

from l7filters.decide import Connection, Request
from l7filters.explain import NEAREST_RULES, deciders, explain, outcome
from l7filters.parse import parse_policies
from tests.truth_row import L4, L7, SERVER, WORLD, cnp, http, np

TIE, XWING = "default/tiefighter", "default/xwing"


def ask(source: str, request: str | None, *policies: str, port: int = 80) -> str:
    parsed = tuple(policy for i, text in enumerate(policies) for policy in parse_policies(text, f"p{i}.yaml"))
    connection = Connection(source, SERVER.key, port)
    if request is None:
        return str(explain(WORLD, parsed, connection))
    method, _, path = request.partition(" ")
    return str(explain(WORLD, parsed, Request(connection, method, path, "deathstar")))


def test_allowed_by_a_rule() -> None:
    assert ask(TIE, "POST /v1//request-landing", L7) == (
        "allowed: POST /v1//request-landing from default/tiefighter to default/deathstar port 80/TCP\n"
        "  decided by default/l7#0 (p0.yaml:7)\n"
        "  note: the path /v1//request-landing was normalised to /v1/request-landing before it was judged\n"
        "  what would change it:\n"
        "    removing this rule would deny it: default/l7#0 (p0.yaml:7)"
    )


def test_denied_at_l7() -> None:
    assert ask(TIE, "POST /v1/exhaust-port", L7) == (
        "denied at L7 (403 Access denied): "
        "POST /v1/exhaust-port from default/tiefighter to default/deathstar port 80/TCP\n"
        "  decided by default deny of default/l7 (p0.yaml:5)\n"
        "  what would change it:\n"
        '    path /v1/exhaust-port does not match "/v1/request-landing": default/l7#0 (p0.yaml:7)'
    )


def test_denied_at_l4_by_a_label() -> None:
    text = ask(XWING, "GET /", L4)
    assert text.startswith("denied at L3/L4 (dropped silently: the connect times out): GET /")
    assert "    label org=alliance is not org=empire: default/l4#0 (p0.yaml:7)" in text


def test_denied_by_a_port_and_by_a_missing_label() -> None:
    assert "port 8080/TCP is not 80/TCP: default/l4#0" in ask(TIE, None, L4, port=8080)
    missing = cnp("rank", "ingress: [{fromEndpoints: [{matchLabels: {rank: admiral}}]}]")
    assert "there is no label rank, and it must be rank=admiral: default/rank#0" in ask(TIE, None, missing)
    far = cnp("far", "ingress: [{fromEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: hoth}}]}]")
    assert "namespace default is not hoth: default/far#0" in ask(TIE, None, far)
    cidr = cnp("cidr", "ingress: [{fromCIDR: [0.0.0.0/0]}]")
    assert "default/tiefighter is a workload, which the CIDR 0.0.0.0/0 of a CiliumNetworkPolicy does not cover" in ask(
        TIE, None, cidr
    )
    assert "203.0.113.7 is no workload, and the rule names workloads with org=empire" in ask("203.0.113.7", None, L4)


def test_denied_by_a_deny_rule() -> None:
    shut = cnp("shut", "ingressDeny: [{fromEntities: [all]}]")
    text = ask(TIE, "GET /", L4, shut)
    assert "  decided by default/shut#0 (p1.yaml:7)" in text
    assert "    this deny rule must not fit: default/shut#0 (p1.yaml:7)" in text


def test_the_nearest_rules_come_first() -> None:
    rules = [http(f"r{i}", f'{{method: PUT, path: "/{i}"}}') for i in range(5)]
    near = http("near", '{method: POST, path: "/x"}')
    lines = ask(TIE, "POST /y", *rules, near).split("what would change it:\n")[1].split("\n")
    assert len(lines) == NEAREST_RULES
    assert lines[0] == '    path /y does not match "/x": default/near#0 (p5.yaml:7)'


def test_nothing_allows_anything() -> None:
    assert "    no rule allows any ingress; add one: default/deny (p0.yaml:5)" in ask(
        TIE, None, cnp("deny", "ingress: [{}]")
    )


def test_notes_on_void_l7_rules() -> None:
    wide = np("wide", "ingress: [{}]")
    assert (
        "note: default/wide#0 (p1.yaml:7) allows without L7, "
        "so the L7 rules of default/l7#0 (p0.yaml:7) restrict nothing here"
    ) in ask(TIE, "PUT /", L7, wide)
    lenient = L7 + "  enableDefaultDeny: {ingress: false}\n"
    assert "no policy denies by default here, so default/l7#0 (p0.yaml:7) restricts nothing" in ask(
        TIE, "PUT /", lenient
    )


def test_connections_restricted_by_l7() -> None:
    assert "note: requests on it are restricted by default/l7#0 (p0.yaml:7)" in ask(TIE, None, L7)


def test_no_policy_and_rejections() -> None:
    assert ask(TIE, "GET /").endswith("  decided by no policy")
    text = ask(TIE, "POST /v1%2frequest-landing", L7)
    assert text.startswith("rejected with 400 (the path holds an escaped slash)")
    assert text.endswith("  decided by the sidecar, before any policy")


def test_the_json_form_says_the_same() -> None:
    policies = parse_policies(L7, "cnp.yaml")
    request = Request(Connection(TIE, SERVER.key, 80), "PUT", "/v1//exhaust-port", "deathstar", (("a", "b"),))
    explanation = explain(WORLD, policies, request)
    plain = json.loads(json.dumps(explanation.to_dict()))
    assert plain["allowed"] is False
    assert plain["outcome"] == outcome(explanation.verdict)
    assert plain["layer"] == "L7"
    assert plain["directions"] == ["ingress"]
    assert plain["normalised_path"] == "/v1/exhaust-port"
    assert plain["rules"] == []
    assert plain["default_deny"] == [
        {"policy": "default/l7", "kind": "CiliumNetworkPolicy", "file": "cnp.yaml", "line": 5}
    ]
    assert plain["changes"] == [
        {
            "what": 'method PUT does not match "POST"; path /v1/exhaust-port does not match "/v1/request-landing"',
            "rule": "default/l7#0",
            "file": "cnp.yaml",
            "line": 7,
        }
    ]
    assert plain["subject"]["headers"] == [["a", "b"]]
    assert deciders(explanation.verdict) == "default deny of default/l7 (cnp.yaml:5)"
