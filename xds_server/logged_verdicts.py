# SPDX-License-Identifier: Apache-2.0
"""What an access log entry says of policy's verdicts: RBAC's, and that of whoever it had ask."""

from __future__ import annotations

import re

from google.protobuf.struct_pb2 import Struct

from envoy_api.data.accesslog.v3 import AccessLogCommon
from envoy_api.extensions.filters.http.ext_authz.v3 import ShadowDecision
from l7filters.translate.access_log import AUDITED_STATE
from l7filters.translate.filter_order import DELEGATED_TO_SERVER_OPEN_PREFIX, EXT_AUTHZ_FILTER, SERVER_PREFIX
from l7filters.translate.headers import UNJUDGED_STATE

from .flow import ALLOWED, EXT_AUTHZ_RULE, EXT_AUTHZ_VERDICT, RuleVerdict

_RBAC_METADATA = ("envoy.filters.http.rbac", "envoy.filters.network.rbac")
_MATCHED_POLICY = re.compile(r"rbac_access_denied_matched_policy\[(.*)\]")
_SERVER_DENIED = "ext_authz_denied"
"""Envoy's response code details when an authorization server said no; `ext_authz_error` when it said nothing."""


def enforced_verdict(common: AccessLogCommon, details: str = "") -> RuleVerdict | None:
    """`details` are those of the response code."""
    # Envoy uses this one name whatever the filter is called; named servers' metadata is not taken in.
    if EXT_AUTHZ_FILTER in common.metadata.filter_metadata:
        values = common.metadata.filter_metadata[EXT_AUTHZ_FILTER].fields
        if EXT_AUTHZ_VERDICT in values:
            rule = values[EXT_AUTHZ_RULE].string_value
            return RuleVerdict(values[EXT_AUTHZ_VERDICT].string_value == ALLOWED, rule or None)
    verdict = _engine(common, "enforced") or _verdict_of_details(details)
    if verdict is None or not verdict.allowed:
        return verdict
    refused = common.response_flags.HasField("unauthorized_details")
    asked = (verdict.rule or "").startswith(SERVER_PREFIX)
    judged = details == _SERVER_DENIED if refused else UNJUDGED_STATE not in common.filter_state_objects
    return RuleVerdict(not refused, _without_prefix(verdict.rule) if asked and judged else verdict.rule)


def shadow_verdict(common: AccessLogCommon) -> RuleVerdict | None:
    """With the policies under audit in force."""
    verdict = _engine(common, "shadow")
    if verdict is None or not verdict.allowed or AUDITED_STATE not in common.filter_state_objects:
        return verdict
    decision = ShadowDecision.FromString(common.filter_state_objects[AUDITED_STATE].value)
    if decision.check_result == ShadowDecision.CheckResult.ERROR:
        return RuleVerdict((verdict.rule or "").startswith(DELEGATED_TO_SERVER_OPEN_PREFIX), verdict.rule)
    return RuleVerdict(
        decision.check_result == ShadowDecision.CheckResult.OK,
        _without_prefix(verdict.rule),
    )


def _without_prefix(rule: str | None) -> str | None:
    return None if rule is None else rule.partition("/")[2]


def _engine(common: AccessLogCommon, engine: str) -> RuleVerdict | None:
    """`engine` is `enforced` or `shadow`."""
    for name in _RBAC_METADATA:
        if name not in common.metadata.filter_metadata:  # reading an absent key of this map would add it
            continue
        values: Struct = common.metadata.filter_metadata[name]
        if f"{engine}_engine_result" in values.fields:
            rule = values.fields.get(f"{engine}_effective_policy_id")
            allowed = values.fields[f"{engine}_engine_result"].string_value == "allowed"
            return RuleVerdict(allowed, (rule.string_value if rule else "") or None)
    return None


def _verdict_of_details(details: str) -> RuleVerdict | None:
    """For a refusal whose metadata did not come along; `none` is what Envoy writes where no rule matched."""
    match = _MATCHED_POLICY.fullmatch(details)
    return RuleVerdict(False, None if match[1] == "none" else match[1]) if match else None
