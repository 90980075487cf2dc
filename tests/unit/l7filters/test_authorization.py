# SPDX-License-Identifier: Apache-2.0
"""Authorization servers of the users' own: how they are named, who answers for them, and what cannot be asked."""

from ipaddress import ip_network

import pytest

from l7filters.asking import Asking, asking_problems
from l7filters.authorization import AuthorizationServer, parse_server, parse_timeout
from l7filters.decide import Connection, Request, decide
from l7filters.explain import explain
from l7filters.l4 import compile_l4
from l7filters.l4_tables import TCP, L4Entry, L4Tables
from l7filters.lint import lint
from l7filters.parse import parse_policies
from l7filters.policy import Policy
from l7filters.resolve import PolicyIndex
from l7filters.source import InputError
from l7filters.translate.verdicts import Allowed, Callers, WorkloadPolicies
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World
from tests.l4_lookup import entry

SHOP = Workload("default", "shop", {"app": "shop"}, ("10.0.0.1", "fd00::1"))
GUEST = Workload("default", "guest", {"app": "guest"}, ("10.0.0.2",))
JUDGE = Workload("law", "judge-0", {"app": "judge"}, ("10.0.0.8", "fd00::8"), (WorkloadPort(9191, "grpc"),))
TWIN = Workload("law", "judge-1", {"app": "judge"}, ("10.0.0.9",), (WorkloadPort(9191, "grpc"),))
SERVICE = Service(
    "law", "judge", ("10.96.0.8",), (ServicePort(9000, "grpc"), ServicePort(53, 53, "", "UDP")), JUDGE.labels
)
WORLD = World((SHOP, GUEST, JUDGE, TWIN), (SERVICE,))


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("grpc://judge:9000", "default/judge"),
        ("grpc://judge.law:9000", "law/judge"),
        ("grpc://judge.law.svc:9000", "law/judge"),
        ("grpc://judge.law.svc.cluster.local:9000", "law/judge"),
        ("grpc://10.0.0.8:9000", "10.0.0.8"),
        ("grpc://[fd00:0::8]:9000", "fd00::8"),
    ],
)
def test_names(written: str, host: str) -> None:
    assert parse_server(written, "default", 1000) == AuthorizationServer(host, 9000)


@pytest.mark.parametrize(
    "written",
    [
        *("judge:9000", "http://judge:9000", "grpc://judge", "grpc://judge:0", "grpc://judge:65536", "grpc://:9000"),
        *("grpc://fd00::8:9000", "grpc://[judge]:9000", "grpc://judge.law.example.com:9000", "grpc://Judge:9000"),
        *("grpc://judge:9000/path", "grpc://a_b:9000", "grpc://judge..svc:9000"),
    ],
)
def test_what_is_no_name(written: str) -> None:
    with pytest.raises(ValueError, match=r"grpc://|neither an address"):
        parse_server(written, "default", 1000)


@pytest.mark.parametrize(("written", "milliseconds"), [("1ms", 1), ("250ms", 250), ("1.5s", 1500), ("60s", 60_000)])
def test_timeouts(written: str, milliseconds: int) -> None:
    assert parse_timeout(written) == milliseconds


@pytest.mark.parametrize("written", ["0s", "61s", "1", "1m", "-1s", "0.1ms", "", "1e3s"])
def test_what_is_no_timeout(written: str) -> None:
    with pytest.raises(ValueError, match="from 1ms to 60s"):
        parse_timeout(written)


@pytest.mark.parametrize(
    ("host", "port", "backends"),
    [
        ("law/judge", 9000, [("law/judge-0", 9191), ("law/judge-1", 9191)]),
        ("10.96.0.8", 9000, [("law/judge-0", 9191), ("law/judge-1", 9191)]),
        ("10.0.0.9", 9191, [("law/judge-1", 9191)]),
        ("law/judge", 53, []),
        ("law/judge", 9191, []),
        ("default/judge", 9000, []),
        ("203.0.113.7", 9000, []),
    ],
)
def test_who_answers(host: str, port: int, backends: list[tuple[str, int]]) -> None:
    assert [(each.key, number) for each, number in AuthorizationServer(host, port).backends(WORLD)] == backends


def cnp(name: str, spec: str, server: str | None = "grpc://judge.law:9000", more: str = "") -> tuple[Policy, ...]:
    asked = f'riftgate.io/authorization: ext_authz, riftgate.io/authorization-server: "{server}"'
    annotations = f"{{{asked}{more}}}" if server else "{}"
    text = (
        f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: {name}, annotations: {annotations}}}"
    )
    return parse_policies(f"{text}\nspec: {spec}\n", "p.yaml")


def spec(app: str = "shop", port: str = "80", http: str = "{method: GET}") -> str:
    ports = f'[{{ports: [{{port: "{port}", protocol: TCP}}], rules: {{http: [{http}]}}}}]'
    return f"{{endpointSelector: {{matchLabels: {{app: {app}}}}}, ingress: [{{toPorts: {ports}}}]}}"


NO_WAY_OUT = cnp("no-way-out", "{endpointSelector: {matchLabels: {app: shop}}, egress: [{}]}", server=None)


def test_a_rule_that_would_pass_without_a_question_is_an_input_error() -> None:
    with pytest.raises(InputError) as error:
        cnp("p", "{endpointSelector: {}, ingress: [{fromEntities: [all]}]}")
    assert any("rule default/p#0 lets pass without asking" in str(each) for each in error.value.problems)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (", riftgate.io/authorization-timeout: 2h", "riftgate.io/authorization-timeout is '2h'; write a time such as"),
        (", riftgate.io/failure-mode: maybe", "riftgate.io/failure-mode is 'maybe'"),
    ],
)
def test_annotations_that_cannot_be_read(more: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        cnp("p", spec(), more=more)
    assert [problem in str(each) for each in error.value.problems] == [True]


def test_one_server_for_one_port() -> None:
    first, same, other = cnp("a", spec()), cnp("b", spec()), cnp("c", spec(), "grpc://judge.law:9001")
    assert asking_problems(WORLD, first + same) == ()
    assert asking_problems(WORLD, first + cnp("c", spec(port="81"), "grpc://judge.law:9001")) == ()
    (problem,) = asking_problems(WORLD, first + other)
    assert str(problem).startswith(
        "p.yaml:4: rule default/c#0 asks grpc://judge.law:9001 about port 80 of default/shop"
    )
    slower = cnp("c", spec(), more=", riftgate.io/authorization-timeout: 2s")
    assert len(asking_problems(WORLD, first + slower)) == 1


def test_a_server_does_not_ask() -> None:
    policies = tuple(
        parse_policies(
            "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: law, annotations: "
            '{riftgate.io/authorization: ext_authz, riftgate.io/authorization-server: "grpc://10.0.0.8:9191"}}\n'
            f"spec: {spec('judge', '9191')}\n",
            "p.yaml",
        )
    )
    assert [str(each).split(" has ")[1].split(",")[0] for each in asking_problems(WORLD, policies)] == [
        "port 9191 of law/judge-0 ask"
    ]


def asked_of(tables: L4Tables, source: str, destination: str, port: int) -> L4Entry:
    numbers = dict(tables.identities)
    found = entry(tables, numbers[f"{source}/32"], numbers[f"{destination}/32"], port, TCP)
    assert found is not None
    return found


@pytest.mark.parametrize("more", ["", ", riftgate.io/enforcement: audit"])
@pytest.mark.parametrize(("server", "twin"), [("grpc://judge.law:9000", True), ("grpc://10.0.0.8:9191", False)])
def test_the_datapath_lets_out_exactly_the_question(server: str, twin: bool, more: str) -> None:
    tables = compile_l4(WORLD, NO_WAY_OUT + cnp("p", spec(), server, more))
    asking = {
        (source, destination, port)
        for source in ("10.0.0.1", "10.0.0.2")
        for destination in ("10.0.0.1", "10.0.0.2", "10.0.0.8", "10.0.0.9")
        for port in (80, 9000, 9190, 9191, 9192)
        if source != destination and asked_of(tables, source, destination, port).asking
    }
    assert asking == {("10.0.0.1", "10.0.0.8", 9191), *([("10.0.0.1", "10.0.0.9", 9191)] if twin else [])}
    assert not asked_of(tables, "10.0.0.1", "10.0.0.8", 9191).allowed


def test_a_question_does_not_enter_where_the_server_lets_nobody_in() -> None:
    text = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: closed, namespace: law}\n"
    closed = parse_policies(f"{text}spec: {{endpointSelector: {{}}, ingress: [{{}}]}}\n", "c.yaml")
    found = asked_of(compile_l4(WORLD, NO_WAY_OUT + cnp("p", spec()) + closed), "10.0.0.1", "10.0.0.8", 9191)
    assert (found.allowed, found.asking) == (False, False)


def test_a_question_does_not_leave_against_a_deny_rule() -> None:
    denied = "{endpointSelector: {matchLabels: {app: shop}}, egressDeny: [{toCIDRSet: [{cidr: 0.0.0.0/0}]}, {%s}]}"
    policies = cnp("p", spec()) + cnp("d", denied % "toEntities: [cluster]", server=None)
    found = asked_of(compile_l4(WORLD, policies), "10.0.0.1", "10.0.0.8", 9191)
    assert (found.allowed, found.asking) == (False, False)


def test_the_servers_sidecar_lets_the_question_in_and_nothing_else() -> None:
    """It repeats the verdict of the caller's egress at each request."""
    policies = NO_WAY_OUT + cnp("p", spec())
    index = PolicyIndex(WORLD, policies)
    callers = Callers(index, Asking(WORLD, policies))
    for workload, port, lets_in in ((JUDGE, 9191, True), (JUDGE, 9192, False), (GUEST, 9191, False)):
        verdicts = WorkloadPolicies(index, workload, callers).on_port(port)
        verdict = verdicts.by_prefix.get(ip_network("10.0.0.1/32"), verdicts.default)
        assert isinstance(verdict, Allowed) == lets_in, (workload.key, port)


def test_what_is_allowed_anyway_needs_no_exception() -> None:
    found = asked_of(compile_l4(WORLD, cnp("p", spec())), "10.0.0.1", "10.0.0.8", 9191)
    assert (found.allowed, found.asking) == (True, False)


def test_the_reference_says_who_is_asked() -> None:
    asked = cnp("p", spec(http="{method: GET}, {method: POST}"))
    plain = cnp("q", spec(http="{method: POST}"), server=None)
    control = parse_policies(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: a, annotations: {riftgate.io/authorization: ext_authz}}\n"
        f"spec: {spec(http='{method: GET}, {method: PUT}')}\n",
        "a.yaml",
    )

    def asks(method: str, policies: tuple[Policy, ...]) -> str | None:
        request = Request(Connection("default/guest", "default/shop", 80), method, "/")
        verdict = decide(WORLD, policies, request)
        assert verdict.allowed
        return verdict.asks.id if verdict.asks else None

    assert asks("GET", asked) == "default/p#0"
    assert asks("POST", asked + plain) is None
    # As in RBAC: a named server before the control server.
    assert asks("GET", asked + control) == "default/p#0"
    assert asks("PUT", asked + control) is None


@pytest.mark.parametrize(("more", "without"), [("", "is denied"), (", riftgate.io/failure-mode: open", "passes")])
def test_explain_says_who_is_asked(more: str, without: str) -> None:
    request = Request(Connection("default/guest", "default/shop", 80), "GET", "/")
    explanation = explain(WORLD, cnp("p", spec(), more=more), request)
    assert str(explanation).startswith("allowed if grpc://judge.law:9000 allows it: ")
    assert f"without its verdict the request {without}" in str(explanation)
    assert explanation.to_dict()["asks"] == "grpc://judge.law:9000"


def test_lint() -> None:
    (nobody,) = lint(cnp("p", spec(), "grpc://nobody:9000"), WORLD)
    assert nobody.what == "nobody answers for grpc://nobody.default:9000, which CiliumNetworkPolicy default/p has asked"
    everyone = cnp("q", spec(http="{}"))
    assert lint(cnp("p", spec(), server=None) + everyone, WORLD) == ()
    (voided,) = lint(everyone + cnp("p", spec(http="{}"), server=None), WORLD)
    assert "the L7 rules of default/q#0 are void" in voided.what
