# SPDX-License-Identifier: Apache-2.0
"""`decide()` for the requests that sidecars ask about."""

from __future__ import annotations

from collections.abc import Callable

from l7filters.decide import Connection, Request, Verdict, decide
from l7filters.policy import Policy
from l7filters.translate.verdicts import DEFAULT_ALLOW, DEFAULT_DENY_PREFIX
from riftgate.control.intent import Intent
from xds_server.ext_authz import Check
from xds_server.flow import RuleVerdict


class Judge:
    """Judges by what `intent` gives at that moment; the verdict's rule has the name that RBAC would give it."""

    def __init__(self, intent: Callable[[], Intent]) -> None:
        self._intent = intent
        self._last: Intent | None = None
        self._policies: tuple[Policy, ...] = ()

    def __call__(self, check: Check) -> RuleVerdict:
        """Raises ValueError when an address is none."""
        intent = self._intent()
        if intent is not self._last:
            self._last, self._policies = intent, intent.policies
        connection = Connection(check.source, check.destination.address, check.destination.port)
        request = Request(connection, check.method, check.path, check.host, check.headers)
        verdict = decide(intent.world, self._policies, request)
        return RuleVerdict(verdict.allowed, deciding_rule(verdict))


def deciding_rule(verdict: Verdict) -> str | None:
    """None: the request is none that a sidecar would pass on."""
    if verdict.rejected is not None:
        return None
    if verdict.rules:
        return verdict.rules[0].id
    if verdict.default_deny:
        return DEFAULT_DENY_PREFIX + min(policy.key for policy in verdict.default_deny)
    return DEFAULT_ALLOW
