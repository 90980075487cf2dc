# SPDX-License-Identifier: Apache-2.0
"""LocalPolicies: what is read and refused, the reference verdict, and that the tables say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l7filters.labels import Selector, in_namespace
from l7filters.local_policy import Act, LocalPolicy, LocalPorts, LocalRule, LocalTarget, UnixSocket
from l7filters.local_tables import Granted, LocalRights, compile_local
from l7filters.local_verdicts import LocalUse, decide_local, explain_local, lint_local
from l7filters.parse import parse_documents
from l7filters.ports import Protocol
from l7filters.source import InputError, SourceLocation
from l7filters.world import Workload, World

TCP, UDP = Protocol.TCP, Protocol.UDP
WORLD = World((Workload("default", "shop", {"app": "shop"}), Workload("default", "other"), Workload("far", "shop")))
WEB = """apiVersion: riftgate.io/v1
kind: LocalPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: shop}}
  container: web
  listen:
  - port: 8080
  - {port: 7000, endPort: 7009, protocol: UDP}
  connect:
  - socket: "@db"
  - socket: /run/db.sock
"""


def parsed(text: str) -> tuple[LocalPolicy, ...]:
    return parse_documents(text, "f.yaml").local


def test_what_is_read() -> None:
    (policy,) = parsed(WEB)
    assert (str(policy.kind), policy.key, policy.container) == ("LocalPolicy", "default/web", "web")
    assert policy.restricts == set(Act)
    assert [(rule.id, rule.location.line, rule.act, str(rule.target)) for rule in policy.rules] == [
        ("default/web#0", 8, Act.LISTEN, "port 8080/TCP"),
        ("default/web#1", 9, Act.LISTEN, "port 7000-7009/UDP"),
        ("default/web#2", 11, Act.CONNECT, "socket @db"),
        ("default/web#3", 12, Act.CONNECT, "socket /run/db.sock"),
    ]


@pytest.mark.parametrize(
    ("written", "instead", "problem"),
    [
        ("port: 8080", "port: 80800", "f.yaml:8: port 80800 is not between 1 and 65535; correct it"),
        ("port: 8080", "prot: 8080", "f.yaml:8: unknown field 'prot' in spec.listen[0]; did you mean 'port'?"),
        ("port: 8080", "{}", "f.yaml:8: a rule names a port or a socket; write one of 'port' and 'socket'"),
        ("endPort: 7009", "endPort: 6999", "f.yaml:9: endPort 6999 is not between port 7000 and 65535"),
        ("protocol: UDP", "protocol: SCTP", "f.yaml:9: 'protocol' is 'SCTP' in spec.listen[1]"),
        ('"@db"', "db", "f.yaml:11: 'db' is neither an absolute path nor @ and an abstract name"),
        ('"@db"', '"@db", port: 1', "f.yaml:11"),
        ("/run/db.sock", "/" + "x" * 107, "has 108 bytes, and a unix socket's name at most 107"),
        ("/run/db.sock", '"@db"', "f.yaml:12: connect names socket @db already at f.yaml:11; remove one of them"),
        ("{name: web}", "{name: web, annotations: {riftgate.io/enforcement: audit}}", "has no effect on a LocalPolicy"),
        ("riftgate.io/v1", "riftgate.io/v2", "f.yaml:1: LocalPolicy of apiVersion 'riftgate.io/v2' is not supported"),
        ("container: web", "container: 7", "'container' in spec must be a string"),
    ],
)
def test_what_is_refused(written: str, instead: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        parsed(WEB.replace(written, instead, 1))
    assert problem in str(refused.value)


def test_a_policy_that_says_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"f.yaml:4: neither 'listen' nor 'connect'; write what the container may do"):
        parsed(WEB[: WEB.index("  container")])


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match=r"LocalPolicy default/web is already defined at f\.yaml:1"):
        parsed(f"{WEB}---\n{WEB}")


def verdict(text: str, container: str, act: Act, target: LocalTarget, pod: str = "default/shop") -> bool:
    return decide_local(WORLD, parsed(text), LocalUse(pod, container, act, target)).allowed


PORT = LocalPorts(8080, 8080, TCP)
NOTHING = WEB[: WEB.index("  container")] + "  listen: []\n"


def test_default_deny_is_per_container_and_act() -> None:
    assert verdict(WEB, "web", Act.LISTEN, PORT)
    assert not verdict(WEB, "web", Act.CONNECT, PORT)
    assert not verdict(WEB, "web", Act.LISTEN, LocalPorts(8080, 8080, UDP))
    assert verdict(WEB, "db", Act.CONNECT, PORT), "it is not selected"
    assert not verdict(NOTHING, "db", Act.LISTEN, PORT), "without a container it binds every one"
    assert verdict(NOTHING, "db", Act.CONNECT, PORT), "it says nothing of connect"
    assert verdict(WEB, "web", Act.CONNECT, PORT, "default/other")
    assert verdict(WEB, "web", Act.CONNECT, PORT, "far/shop"), "a policy selects pods of its own namespace"
    with pytest.raises(ValueError, match="there is no workload default/none"):
        verdict(WEB, "web", Act.CONNECT, PORT, "default/none")


def test_policies_are_a_union() -> None:
    both = f"{WEB}---\n{NOTHING.replace('name: web', 'name: nothing')}"
    found = decide_local(WORLD, parsed(both), LocalUse("default/shop", "web", Act.LISTEN, PORT))
    assert found.allowed
    assert [rule.id for rule in found.rules] == ["default/web#0"]
    assert [policy.key for policy in found.default_deny] == ["default/web", "default/nothing"]


def test_explanations() -> None:
    denied = explain_local(WORLD, parsed(WEB), LocalUse("default/shop", "web", Act.CONNECT, UnixSocket("@other")))
    assert str(denied).splitlines() == [
        "denied in the pod (EPERM): default/shop/web connects to socket @other",
        "  decided by default deny of default/web (f.yaml:4)",
        "  what would change it:",
        "    socket @other is not socket @db or socket /run/db.sock: default/web (f.yaml:4)",
    ]
    assert denied.to_dict()["default_deny"] == [{"policy": "default/web", "file": "f.yaml", "line": 4}]
    allowed = explain_local(WORLD, parsed(WEB), LocalUse("default/shop", "web", Act.LISTEN, PORT))
    assert str(allowed) == "allowed: default/shop/web listens on port 8080/TCP\n  decided by default/web#0 (f.yaml:8)"


def test_warnings() -> None:
    covered = WEB.replace("port: 8080", "port: 7001, protocol: UDP".join("{}"))
    assert [str(each) for each in lint_local(parsed(covered))] == [
        "f.yaml:8: listen of port 7001/UDP is allowed by default/web#1 (f.yaml:9) already; remove it",
        "f.yaml:8: other containers of the pod than 'web' may listen on port 7001/UDP too; "
        "restrict them as well: a LocalPolicy without 'container' and with 'listen: []'",
    ]
    assert not lint_local(parsed(f"{WEB}---\n{NOTHING.replace('name: web', 'name: nothing')}"))


HERE = SourceLocation("f.yaml", 1)
PORTS = st.integers(1, 40) | st.integers(65530, 65535)
TARGETS = st.builds(
    lambda one, other, protocol: LocalPorts(min(one, other), max(one, other), protocol),
    PORTS,
    PORTS,
    st.sampled_from((TCP, UDP)),
) | st.builds(UnixSocket, st.sampled_from(("@a", "@b", "/a")))
RULES = st.lists(st.builds(lambda act, target: LocalRule("x#0", HERE, act, target), st.sampled_from(Act), TARGETS))
POLICIES = st.lists(
    st.builds(
        lambda container, restricts, rules: LocalPolicy(
            "default",
            "x",
            HERE,
            HERE,
            Selector((in_namespace("default"),)),
            container,
            restricts,
            tuple(rule for rule in rules if rule.act in restricts),
        ),
        st.sampled_from((None, "a", "b")),
        st.frozensets(st.sampled_from(Act), min_size=1),
        RULES,
    ),
    max_size=4,
)


def granted(rights: LocalRights, act: Act, target: LocalTarget) -> bool:
    """As the datapath looks it up."""
    granted: Granted | None = rights.listen if act is Act.LISTEN else rights.connect
    if granted is None:
        return True
    if isinstance(target, UnixSocket):
        return target.address in granted.names
    number = 6 if target.protocol is TCP else 17
    return any(
        protocol == number and target.first >> 16 - bits == port >> 16 - bits for protocol, port, bits in granted.ports
    )


@given(policies=POLICIES, act=st.sampled_from(Act), port=PORTS, socket=st.sampled_from(("@a", "@b", "/a", "/b")))
def test_the_tables_say_what_the_reference_says(policies: list[LocalPolicy], act: Act, port: int, socket: str) -> None:
    (rights,) = compile_local(World((Workload("default", "shop"),)), policies) or (None,)
    for target in (LocalPorts(port, port, TCP), LocalPorts(port, port, UDP), UnixSocket(socket)):
        verdicts = []
        for container in ("a", "b", "c"):
            use = LocalUse("default/shop", container, act, target)
            verdicts.append(decide_local(WORLD, policies, use).allowed)
            assert rights is None or granted(rights.of(container), act, target) is verdicts[-1]
        if rights is not None:
            assert granted(rights.anybody, act, target) is all(verdicts)


def test_no_rule_is_about_sctp() -> None:
    """It is denied where a container is bound, and nowhere else."""
    policies = parsed(WEB.replace("port: 8080", "{port: 1, endPort: 65535}"))
    for container, allowed in (("web", False), ("db", True)):
        for act in Act:
            use = LocalUse("default/shop", container, act, LocalPorts(8080, 8080, Protocol.SCTP))
            explained = explain_local(WORLD, policies, use)
            assert (explained.verdict.allowed, "port 8080/SCTP" in str(explained)) == (allowed, True)
