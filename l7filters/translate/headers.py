# SPDX-License-Identifier: Apache-2.0
"""Headers with a meaning to Riftgate, and what the sidecar does to headers before anything reads them."""

from collections.abc import Iterable

from envoy_api import pack
from envoy_api.config.common.mutation_rules.v3 import HeaderMutation
from envoy_api.config.core.v3 import HeaderValue, HeaderValueOption, TypedExtensionConfig
from envoy_api.extensions.http.early_header_mutation.header_mutation.v3 import (
    HeaderMutation as EarlyHeaderMutation,
)
from envoy_api.type.matcher.v3 import StringMatcher

TRUSTED_SOURCE_HEADER = "x-riftgate-source"
"""The caller's address as the socket has it. Inside the sidecar only: the app never sees it."""
FAULT_HEADER = "x-riftgate-fault"
"""Response: the ids of the faults that had a part in this answer, joined by commas."""
FAULT_STATE = "riftgate.fault"
"""Filter state of a request, and key of a route's metadata (in METADATA_NAMESPACE): what FAULT_HEADER says.

The state is set from the route behind RBAC, so a request that was refused has none even when its route is a
fault's.
"""
METADATA_NAMESPACE = "riftgate"
ASKED_METHOD = "method"
ASKED_PATH = "path"
"""Keys of the dynamic metadata (in METADATA_NAMESPACE) of a request that a fault rewrote: what the caller asked."""
DRAWN_HEADER = "x-riftgate-drawn"
"""Request: the faults with `which` that the fault server drew for it, as `,one,other,`. Inside the sidecar only."""
RESET_HEADER = "x-riftgate-reset"
"""Request: its stream shall end without an answer. Inside the sidecar only."""
OVER_HEADER = "x-riftgate-over"
"""Request: a fault that it would have had is over, and it shall have none. Inside the sidecar only."""
EFFECTS_NAMESPACE = "riftgate.effects"
"""Dynamic metadata that the fault server and Riftgate's filters leave: by kind of effect, the ids of its faults."""
CUTS_NAMESPACE = "riftgate.cuts"
"""Dynamic metadata of the fault server for Riftgate's filters: by side, behind how many bytes it has cut the body."""
VERDICT_HEADER = "x-riftgate-verdict"
"""Response: `denied` when policy refused the request."""
DENIED = "denied"

UNJUDGED_HEADER = "x-envoy-auth-failure-mode-allowed"
"""Envoy's name for it. Inside the sidecar only: an authorization server gave no verdict, and its rule is open."""
UNJUDGED_STATE = "riftgate.unjudged"
"""Filter state of such a request."""

UNTRUSTED_PREFIXES = ("x-envoy-", "x-riftgate-")
"""Request headers of callers that would steer the sidecar: timeouts, retries, faults (`x-envoy-fault-*`), the
fault filter's runtime keys (`x-envoy-downstream-service-cluster`), and our own."""


OVERWRITE = HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD


def fault_header(action: HeaderValueOption.HeaderAppendAction) -> HeaderValueOption:
    """FAULT_HEADER; empty, hence left out, without the filter state."""
    value = HeaderValue(key=FAULT_HEADER, value=f"%FILTER_STATE({FAULT_STATE}:PLAIN)%")
    return HeaderValueOption(header=value, append_action=action)


def overwrite(name: str, value: str) -> HeaderValueOption:
    """The header with this value alone; `value` may hold Envoy's format commands."""
    return HeaderValueOption(
        header=HeaderValue(key=name, value=value),
        append_action=OVERWRITE,
    )


def _strip(prefixes: Iterable[str]) -> list[HeaderMutation]:
    return [
        HeaderMutation(
            remove_on_match=HeaderMutation.RemoveOnMatch(key_matcher=StringMatcher(prefix=prefix, ignore_case=True))
        )
        for prefix in prefixes
    ]


def _early(mutations: list[HeaderMutation]) -> TypedExtensionConfig:
    return TypedExtensionConfig(
        name="envoy.http.early_header_mutation.header_mutation",
        typed_config=pack(EarlyHeaderMutation(mutations=mutations)),
    )


def inbound_early_mutation() -> TypedExtensionConfig:
    """Runs before a route is chosen, so that routes match on what we wrote and never on what a caller
    sent."""
    # The direct address: without "DIRECT" it would come from x-forwarded-for, which any caller can send.
    source = overwrite(TRUSTED_SOURCE_HEADER, "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%")
    return _early([*_strip(UNTRUSTED_PREFIXES), HeaderMutation(append=source)])


def outbound_early_mutation() -> TypedExtensionConfig:
    """The caller's own sidecar must not read steering headers either: its router would retry and time out by
    them."""
    return _early(_strip(UNTRUSTED_PREFIXES))
