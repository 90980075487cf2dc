# SPDX-License-Identifier: Apache-2.0
"""What an access log entry says of a request that RBAC had an authorization server of the users' own judge."""

import pytest

from envoy_api import pack
from envoy_api.data.accesslog.v3 import AccessLogCommon, ResponseFlags
from envoy_api.extensions.filters.http.ext_authz.v3 import ShadowDecision
from xds_server.flow import RuleVerdict
from xds_server.logged_verdicts import enforced_verdict, shadow_verdict

CLOSED, OPEN = "ext_authz-server/default/p#0", "ext_authz-server-open/default/p#0"
RESULT = ShadowDecision.CheckResult


def entry(engine: str, rule: str, *, refused: bool = False, allowed: bool = True) -> AccessLogCommon:
    common = AccessLogCommon()
    common.metadata.filter_metadata["envoy.filters.http.rbac"].update(
        {f"{engine}_effective_policy_id": rule, f"{engine}_engine_result": "allowed" if allowed else "denied"}
    )
    if refused:
        common.response_flags.unauthorized_details.CopyFrom(ResponseFlags.Unauthorized())
    return common


@pytest.mark.parametrize(
    ("common", "details", "verdict"),
    [
        (entry("enforced", CLOSED), "via_upstream", RuleVerdict(True, "default/p#0")),
        (entry("enforced", CLOSED, refused=True), "ext_authz_denied", RuleVerdict(False, "default/p#0")),
        (entry("enforced", CLOSED, refused=True), "ext_authz_error", RuleVerdict(False, CLOSED)),
        (entry("enforced", OPEN, allowed=False), "", RuleVerdict(False, OPEN)),
        (entry("enforced", "default/p#0"), "via_upstream", RuleVerdict(True, "default/p#0")),
    ],
)
def test_in_force(common: AccessLogCommon, details: str, verdict: RuleVerdict) -> None:
    assert enforced_verdict(common, details) == verdict


def test_passed_without_a_verdict() -> None:
    common = entry("enforced", OPEN)
    common.filter_state_objects["riftgate.unjudged"].SetInParent()
    assert enforced_verdict(common, "via_upstream") == RuleVerdict(True, OPEN)


@pytest.mark.parametrize(
    ("rule", "result", "verdict"),
    [
        (CLOSED, RESULT.OK, RuleVerdict(True, "default/p#0")),
        (CLOSED, RESULT.DENIED, RuleVerdict(False, "default/p#0")),
        (CLOSED, RESULT.ERROR, RuleVerdict(False, CLOSED)),
        (OPEN, RESULT.ERROR, RuleVerdict(True, OPEN)),
        (CLOSED, None, RuleVerdict(True, CLOSED)),
    ],
)
def test_under_audit(rule: str, result: ShadowDecision.CheckResult | None, verdict: RuleVerdict) -> None:
    common = entry("shadow", rule)
    if result is not None:
        state = common.filter_state_objects["riftgate.filters.http.ext_authz_server_audit.shadow"]
        state.CopyFrom(pack(ShadowDecision(check_result=result)))
    assert shadow_verdict(common) == verdict
