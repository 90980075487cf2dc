# SPDX-License-Identifier: Apache-2.0
"""Policies under audit on a real Envoy: nothing is denied, and the log says what would be."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from l7filters.parse import parse_policies
from l7filters.policy import Enforcement, Policy
from l7filters.translate import translate_workload
from l7filters.translate.verdicts import DEFAULT_DENY_PREFIX
from tests.e2e.test_truth_table_envoy import PORTS
from tests.envoy_harness import Observed, Sidecar, next_flow, request_bytes, running_sidecar
from tests.truth_row import EMPIRE, PORT_80, SERVER, TIE, WORLD, XWING, Outcome, Row, cnp, http
from tests.truth_table import ROWS
from xds_server.flow import RuleVerdict

REFUSED_BY_ENVOY = (Outcome.REJECTED, Outcome.REDIRECTED)


@pytest.fixture
async def sidecar(tmp_path: Path) -> AsyncIterator[Sidecar]:
    resources = translate_workload(WORLD, SERVER, (), ())
    async with running_sidecar(tmp_path, SERVER, resources, PORTS) as sidecar:
        yield sidecar


def under_audit(*policies: Policy) -> tuple[Policy, ...]:
    return tuple(replace(policy, enforcement=Enforcement.AUDIT) for policy in policies)


async def test_the_truth_table(sidecar: Sidecar) -> None:
    differences: list[str] = []
    for (world, _), group in groupby(ROWS, key=lambda row: (row.world, row.policies)):
        rows = list(group)
        server = world.workload(SERVER.key)
        assert server is not None
        await sidecar.apply(translate_workload(world, server, under_audit(*rows[0].parse()), ()))
        for row, observed in zip(rows, await sidecar.observe_all([row.request for row in rows]), strict=True):
            differences.extend(f"{row.id}: {each}" for each in wrong(row, observed))
    assert not differences, "\n".join(differences)


def wrong(row: Row, observed: Observed) -> list[str]:
    if row.outcome in REFUSED_BY_ENVOY:
        return []
    flow = observed.flow
    found = [] if (observed.answer.status, flow.denied) == (200, False) else [f"answered {observed.answer.status}"]
    denied = row.outcome is not Outcome.ALLOWED
    if denied != (flow.would_be_denied_by is not None):
        found.append(f"the log says {flow.shadow}")
    if denied and flow.would_be_denied_by not in (*row.rules, *(DEFAULT_DENY_PREFIX + name for name in row.rules)):
        found.append(f"the log names {flow.would_be_denied_by}, not one of {row.rules}")
    return found


async def apply(sidecar: Sidecar, enforced: str, audited: str) -> None:
    policies = (*parse_policies(enforced, "e.yaml"), *under_audit(*parse_policies(audited, "a.yaml")))
    await sidecar.apply(translate_workload(WORLD, SERVER, policies, ()))


async def test_what_is_in_force_stays_in_force(sidecar: Sidecar) -> None:
    await apply(
        sidecar,
        cnp("landing", f"ingress: [{{{EMPIRE}, {PORT_80}}}]"),
        http("tried", "{method: POST}", peers="fromEntities: [all]"),
    )
    with sidecar.flows() as flows:
        assert (await sidecar.send(TIE, 80, request_bytes("GET", "/", "deathstar"))).status == 200
        tie = await next_flow(flows)
        # What only a policy under audit allows is not allowed.
        assert (await sidecar.send(XWING, 80, request_bytes("POST", "/", "deathstar"))).status == 403
        xwing = await next_flow(flows)
    assert tie.enforced == RuleVerdict(True, "default/landing#0")
    # An allow without HTTP rules voids those of another policy, under audit as in force.
    assert tie.would_be_denied_by is None
    assert xwing.enforced == RuleVerdict(False, "default-deny/default/landing")
    assert (xwing.shadow, xwing.would_be_denied_by) == (RuleVerdict(True, "default/tried#0"), None)


@pytest.mark.parametrize(
    ("audited", "by"),
    [
        (cnp("tried", f"ingressDeny: [{{{EMPIRE}}}]"), "default/tried#0"),
        (cnp("tried", "ingress: [{fromEndpoints: []}]"), "default-deny/default/tried"),
        (http("tried", "{method: POST}", peers=EMPIRE), "default-deny/default/tried"),
    ],
    ids=["deny rule", "default deny", "HTTP is due"],
)
async def test_a_connection_that_is_not_http(sidecar: Sidecar, audited: str, by: str) -> None:
    await sidecar.apply(translate_workload(WORLD, SERVER, under_audit(*parse_policies(audited, "a.yaml")), ()))
    with sidecar.flows() as flows:
        connection = await sidecar.open(TIE, 80)
        assert await sidecar.talk(connection, b"hello\n") == b"hello\n"
        connection.close()
        flow = await next_flow(flows)
    assert (flow.protocol, flow.would_be_denied_by) == ("TCP", by)


async def test_a_trial_ends_without_a_trace(sidecar: Sidecar) -> None:
    audited = under_audit(*parse_policies(http("tried", "{method: POST}", peers=EMPIRE), "a.yaml"))
    await sidecar.apply(translate_workload(WORLD, SERVER, audited, ()))
    await sidecar.apply(translate_workload(WORLD, SERVER, (), ()))
    with sidecar.flows() as flows:
        assert (await sidecar.send(TIE, 80, request_bytes("GET", "/", "deathstar"))).status == 200
        assert (await next_flow(flows)).shadow is None
