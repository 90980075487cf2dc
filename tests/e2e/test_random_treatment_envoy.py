# SPDX-License-Identifier: Apache-2.0
"""Random policies, randomly delegated and under audit, on a real Envoy: decide() is the oracle here too.

Even without a verdict: then a delegated rule counts as one that fits nothing (closed) or everything (open).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from l7filters.decide import Request, Verdict, decide
from l7filters.http_match import HeaderMatch
from l7filters.parse import parse_documents
from l7filters.policy import Allow, Enforcement, FailureMode, HttpRule, HttpRules, Policy, Rule
from l7filters.translate import translate_workload
from l7filters.translate.verdicts import DEFAULT_ALLOW, DEFAULT_DENY_PREFIX, SELF
from l7filters.world import World
from riftgate.control.judge import Judge
from tests.e2e.test_decide_envoy import PORTS, REQUESTS_PER_POLICY, SERVER, WORLD, Dice, difference
from tests.envoy_harness import Observed, running_sidecar
from xds_server.ext_authz import Check, ExternalAuthorization
from xds_server.flow import RuleVerdict

POLICIES_PER_RUN = 40
NOBODY_SENDS = "x-nobody-sends-this"


@dataclass
class Intended:
    """What a Judge sees of an Intent; counts the checks."""

    world: World = WORLD
    policies: tuple[Policy, ...] = ()
    checks: list[Check] = field(default_factory=list)

    def judge(self, check: Check) -> RuleVerdict:
        self.checks.append(check)
        return Judge(lambda: self)(check)


def treated(policies: tuple[Policy, ...], treat: Callable[[Rule], Rule]) -> tuple[Policy, ...]:
    return tuple(
        replace(policy, rules=tuple(rule if rule.http is None else treat(rule) for rule in policy.rules))
        for policy in policies
    )


def parsed(text: str) -> tuple[Policy, ...]:
    # Egress HTTP is refused at the edge, for destinations outside the mesh; towards the mesh it is enforced.
    return parse_documents(text, "random.yaml", unsupported={}).policies


@pytest.mark.parametrize("seed", range(2))
async def test_judged_by_both(tmp_path: Path, seed: int) -> None:
    dice, coin = Dice(seed), random.Random(seed)
    intended = Intended()
    differences: list[str] = []
    audits = 0
    resources = translate_workload(WORLD, SERVER, (), ())
    services = [ExternalAuthorization(intended.judge)]
    async with running_sidecar(tmp_path, SERVER, resources, PORTS, services=services) as sidecar:
        for _ in range(POLICIES_PER_RUN):
            text = dice.policies()
            policies = treated(parsed(text), lambda rule: replace(rule, delegated=coin.choice([None, *FailureMode])))
            policies = tuple(
                replace(policy, enforcement=coin.choice([Enforcement.ENFORCE, *Enforcement])) for policy in policies
            )
            intended.policies = policies
            await sidecar.apply(translate_workload(WORLD, SERVER, policies, ()))
            requests = [dice.request() for _ in range(REQUESTS_PER_POLICY)]
            for request, observed in zip(requests, await sidecar.observe_all(requests), strict=True):
                verdict = decide(WORLD, policies, request)
                audits += verdict.would_be_denied
                wrong = difference(observed, verdict, status(verdict, request)) or shadow_difference(observed, verdict)
                if wrong:
                    differences.append(f"{wrong}\n{request}\n{verdict}\n{policies}")
    assert not differences, f"{len(differences)} differences, the first:\n{differences[0]}"
    assert len(intended.checks) > 10
    assert audits > 10


def status(verdict: Verdict, request: Request) -> int:
    # Who may not connect at all is refused below HTTP, where BPF is; Envoy looks at his request first.
    refused = verdict.rejected or decide(WORLD, (), request).rejected
    return 200 if verdict.allowed else refused.status if refused else 403


def shadow_difference(observed: Observed, verdict: Verdict) -> str | None:
    if observed.answer.status not in (200, 403):
        return None
    shadow, audit = observed.flow.shadow, verdict.audit or verdict
    if shadow is None:
        # No shadow where it would not differ from what is in force.
        return None if audit.allowed == verdict.allowed else "no shadow"
    named = {rule.id for rule in audit.rules} or {DEFAULT_DENY_PREFIX + each.key for each in audit.default_deny}
    if (shadow.allowed, shadow.rule in (named or {DEFAULT_ALLOW, SELF})) != (audit.allowed, True):
        return f"Envoy's shadow is {shadow}, expected {audit}"
    return None


@pytest.mark.parametrize("mode", FailureMode)
async def test_without_a_verdict(tmp_path: Path, mode: FailureMode) -> None:
    dice, coin = Dice(7), random.Random(7)
    differences: list[str] = []
    met = set()
    instead = HttpRules((HttpRule(_LOCATION, headers=(HeaderMatch(NOBODY_SENDS),)),))
    if mode is FailureMode.OPEN:
        instead = HttpRules((HttpRule(_LOCATION),))
    resources = translate_workload(WORLD, SERVER, (), ())
    async with running_sidecar(tmp_path, SERVER, resources, PORTS) as sidecar:
        for _ in range(POLICIES_PER_RUN):
            text = dice.policies()
            policies = treated(
                parsed(text), lambda rule: replace(rule, delegated=mode if coin.random() < 0.6 else None)
            )
            meant = treated(policies, lambda rule: replace(rule, effect=Allow(instead)) if rule.delegated else rule)
            await sidecar.apply(translate_workload(WORLD, SERVER, policies, ()))
            requests = [dice.request() for _ in range(REQUESTS_PER_POLICY)]
            for request, observed in zip(requests, await sidecar.observe_all(requests), strict=True):
                verdict = decide(WORLD, meant, request)
                met.add((verdict.allowed, decide(WORLD, policies, request).allowed))
                if observed.answer.status != status(verdict, request):
                    differences.append(f"{observed}\n{request}\n{verdict}\n{policies}")
    assert not differences, f"{len(differences)} differences, the first:\n{differences[0]}"
    # The failure mode did change verdicts.
    assert (mode is FailureMode.OPEN, mode is not FailureMode.OPEN) in met


_LOCATION = parsed("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p}
spec: {podSelector: {}}
""")[0].location
