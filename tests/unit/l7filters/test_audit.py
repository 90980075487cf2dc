# SPDX-License-Identifier: Apache-2.0
"""Policies under audit change no verdict and no table; decide() and explain() say what they would change."""

from dataclasses import replace

import pytest

from l7filters.decide import Connection, Layer, Request, decide
from l7filters.explain import explain
from l7filters.l4 import compile_l4
from l7filters.parse import parse_policies
from l7filters.policy import Enforcement, Policy
from l7filters.translate import translate_workload
from tests.truth_row import EMPIRE, LANDING, PORT_80, SERVER, TIE, WORLD, XWING, Row, cnp, http
from tests.truth_table import ROWS

LAND = Request(Connection(TIE, SERVER.key, 80), "POST", "/v1/request-landing", "deathstar")
LOOK = replace(LAND, method="GET")
ALLOWED = cnp("allowed", f"ingress: [{{{EMPIRE}, {PORT_80}}}]")


def audited(*texts: str) -> tuple[Policy, ...]:
    return tuple(
        replace(policy, enforcement=Enforcement.AUDIT) for text in texts for policy in parse_policies(text, "a.yaml")
    )


def enforced(*texts: str) -> tuple[Policy, ...]:
    return tuple(policy for text in texts for policy in parse_policies(text, "e.yaml"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_audit_of_all_is_the_verdict_of_all(row: Row) -> None:
    policies = row.parse()
    under_audit = tuple(replace(policy, enforcement=Enforcement.AUDIT) for policy in policies)
    verdict, free, real = (decide(row.world, each, row.request) for each in (under_audit, (), policies))
    assert replace(verdict, audit=None) == free
    if verdict.audit is not None:
        assert (verdict.audit.allowed, verdict.audit.layer, [rule.id for rule in verdict.audit.rules]) == (
            real.allowed,
            real.layer,
            [rule.id for rule in real.rules],
        )
        assert verdict.would_be_denied == (not real.allowed)
    else:
        assert free.allowed == real.allowed


def test_a_policy_that_speaks_of_others_has_no_say() -> None:
    policies = audited(cnp("p", "ingress: [{}]").replace("class: deathstar", "class: tiefighter"))
    assert decide(WORLD, policies, LAND).audit is None


def test_it_neither_denies_nor_allows() -> None:
    policies = (*enforced(ALLOWED), *audited(cnp("p", f"ingress: [{{fromEntities: [all], {PORT_80}}}]")))
    assert decide(WORLD, policies, LAND).allowed
    refused = decide(WORLD, policies, replace(LAND, connection=Connection(XWING, SERVER.key, 80)))
    assert (refused.allowed, refused.layer) == (False, Layer.L3_L4)
    assert refused.audit is not None
    assert refused.audit.allowed
    assert not refused.would_be_denied


def test_the_datapath_knows_nothing_of_it() -> None:
    denying = cnp("p", "ingressDeny: [{fromEntities: [all]}]")
    assert compile_l4(WORLD, audited(denying)) == compile_l4(WORLD, ())
    assert compile_l4(WORLD, (*enforced(ALLOWED), *audited(denying))) == compile_l4(WORLD, enforced(ALLOWED))
    assert compile_l4(WORLD, enforced(denying)) != compile_l4(WORLD, ())


def test_what_has_no_effect_leaves_no_shadow() -> None:
    other = cnp("p", "ingress: [{}]").replace("class: deathstar", "class: tiefighter")
    with_audit = translate_workload(WORLD, SERVER, (*enforced(ALLOWED), *audited(other)), ())
    assert with_audit == translate_workload(WORLD, SERVER, enforced(ALLOWED), ())


def test_explain_says_what_would_be() -> None:
    policies = audited(http("tried", LANDING, peers=EMPIRE))
    told = str(explain(WORLD, policies, LOOK)).split("\n")
    assert told[0].startswith("allowed: GET /v1/request-landing")
    assert told[1] == "  decided by no policy"
    assert told[2].startswith(
        "  audit: would be denied at L7 (403 Access denied) by default deny of default/tried (a.yaml:"
    )
    assert (
        str(explain(WORLD, policies, LAND))
        .split("\n")[2]
        .startswith("  audit: no difference, allowed by default/tried#0")
    )
    plain = explain(WORLD, policies, LOOK).to_dict()
    assert plain["allowed"] is True
    assert plain["audit"]["allowed"] is False
    assert [each["policy"] for each in plain["audit"]["default_deny"]] == ["default/tried"]
    assert explain(WORLD, (), LOOK).to_dict()["audit"] is None
