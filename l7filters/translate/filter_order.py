# SPDX-License-Identifier: Apache-2.0
"""The HTTP filter chain, top to bottom as a request meets it, and why in this order.

Every filter that may ever be needed is installed once, empty or disabled: changing this list drains
connections, while what the filters do travels in routes, which drain none.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import BoolValue

from envoy_api import pack
from envoy_api.config.common.mutation_rules.v3 import HeaderMutationRules
from envoy_api.config.core.v3 import ApiVersion, AsyncDataSource, DataSource, GrpcService, SubstitutionFormatString
from envoy_api.extensions.filters.common.set_filter_state.v3 import FilterStateValue
from envoy_api.extensions.filters.http.dynamic_modules.v3 import DynamicModuleFilter
from envoy_api.extensions.filters.http.ext_authz.v3 import ExtAuthz
from envoy_api.extensions.filters.http.fault.v3 import HTTPFault
from envoy_api.extensions.filters.http.lua.v3 import Lua
from envoy_api.extensions.filters.http.rbac.v3 import RBAC
from envoy_api.extensions.filters.http.router.v3 import Router
from envoy_api.extensions.filters.http.set_filter_state.v3 import Config as SetFilterState
from envoy_api.extensions.filters.http.wasm.v3 import Wasm
from envoy_api.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_api.extensions.wasm.v3 import FailurePolicy, PluginConfig, VmConfig
from envoy_api.type.matcher.v3 import MetadataMatcher, RegexMatcher, StringMatcher, ValueMatcher
from l7filters.translate.access_log import CONTROL_CLUSTER, EXT_AUTHZ_SERVER_AUDIT_FILTER
from l7filters.translate.envoy_module import envoy_module
from l7filters.translate.fault_server import processor
from l7filters.translate.headers import FAULT_STATE, METADATA_NAMESPACE, RESET_HEADER, UNJUDGED_HEADER, UNJUDGED_STATE
from l7filters.translate.reset_module import reset_module

RBAC_FILTER = "envoy.filters.http.rbac"
EXT_AUTHZ_FILTER = "envoy.filters.http.ext_authz"
EXT_AUTHZ_OPEN_FILTER = "riftgate.filters.http.ext_authz_open"
DELEGATED_PREFIX = "ext_authz/"
"""RBAC lets a request pass under such a name, and a rule's id behind it, when the control server is to judge it."""
DELEGATED_OPEN_PREFIX = "ext_authz-open/"
"""The same, where it passes when the control server does not answer."""
EXT_AUTHZ_SERVER_FILTER = "riftgate.filters.http.ext_authz_server"
EXT_AUTHZ_SERVER_OPEN_FILTER = "riftgate.filters.http.ext_authz_server_open"
SERVER_PREFIX = "ext_authz-server"
"""How both of the following begin."""
DELEGATED_TO_SERVER_PREFIX = SERVER_PREFIX + "/"
"""The same for a server that the policy names; the route says which."""
DELEGATED_TO_SERVER_OPEN_PREFIX = SERVER_PREFIX + "-open/"
REQUEST_STATE_FILTER = "envoy.filters.http.set_filter_state"
FAULT_FILTER = "envoy.filters.http.fault"
LUA_FILTER = "envoy.filters.http.lua"
DRAW_FILTER = "riftgate.filters.http.draw"
LEASE_FILTER = "riftgate.filters.http.lease"
HOLD_RESPONSE_FILTER = "riftgate.filters.http.hold_response"
EFFECTS_FILTER = "riftgate.filters.http.effects"
CUT_RESPONSE_FILTER = "riftgate.filters.http.cut_response"
CUT_REQUEST_FILTER = "riftgate.filters.http.cut_request"
HOLD_REQUEST_FILTER = "riftgate.filters.http.hold_request"
RESET_FILTER = "envoy.filters.http.wasm"
OWN_FILTERS = {
    LEASE_FILTER: "lease",
    HOLD_RESPONSE_FILTER: "hold-response",
    CUT_RESPONSE_FILTER: "cut-response",
    CUT_REQUEST_FILTER: "cut-request",
    HOLD_REQUEST_FILTER: "hold-request",
}
"""Those of Riftgate's module, with their names in it: see envoy/filter/src/http.c."""
ROUTER_FILTER = "envoy.filters.http.router"


@dataclass(frozen=True)
class Filter:
    """One filter of the chain. A `disabled` one runs only on routes that configure it."""

    name: str
    config: Message
    reason: str
    disabled: bool = False


AUTHORIZATION_TIMEOUT = timedelta(seconds=1)
"""For the control server's verdict. On this machine it takes about a millisecond."""


def _ext_authz(prefix: str, *, failure_mode_allow: bool, engine: str = "enforced") -> ExtAuthz:
    rbac_verdict = MetadataMatcher(
        filter=RBAC_FILTER,
        path=[MetadataMatcher.PathSegment(key=f"{engine}_effective_policy_id")],
        value=ValueMatcher(string_match=StringMatcher(prefix=prefix)),
    )
    return ExtAuthz(
        grpc_service=GrpcService(
            envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=CONTROL_CLUSTER), timeout=AUTHORIZATION_TIMEOUT
        ),
        transport_api_version=ApiVersion.V3,
        filter_enabled_metadata=rbac_verdict,
        failure_mode_allow=failure_mode_allow,
        # Header values need not be UTF-8, and what is judged must be what was sent.
        encode_raw_headers=True,
    )


def _ext_authz_server(prefix: str, *, failure_mode_allow: bool = False, audit: bool = False) -> ExtAuthz:
    """For a server that a policy names: routes override whom it asks (see `authorization`)."""
    config = _ext_authz(prefix, failure_mode_allow=failure_mode_allow, engine="shadow" if audit else "enforced")
    config.shadow_mode = audit
    # Nothing else tells afterwards that there was no verdict; apps do not get to see the header.
    config.failure_mode_allow_header_add = failure_mode_allow
    # It learns by which rule it is asked, and leaves nothing in our own metadata and headers.
    config.metadata_context_namespaces.append(RBAC_FILTER)
    config.enable_dynamic_metadata_ingestion.CopyFrom(BoolValue(value=False))
    config.decoder_header_mutation_rules.CopyFrom(
        HeaderMutationRules(
            disallow_system=BoolValue(value=True),
            disallow_expression=RegexMatcher(regex="(?i)x-(envoy|riftgate)-.*"),
        )
    )
    return config


def _state(key: str, text_format: str) -> FilterStateValue:
    """Of a request; none where the text is empty."""
    return FilterStateValue(
        object_key=key,
        factory_key="envoy.string",
        format_string=SubstitutionFormatString(
            text_format_source=DataSource(inline_string=text_format), omit_empty_values=True
        ),
        skip_if_empty=True,
    )


_REQUEST_STATE = SetFilterState(
    on_request_headers=[
        _state(FAULT_STATE, f"%METADATA(ROUTE:{METADATA_NAMESPACE}:{FAULT_STATE})%"),
        _state(UNJUDGED_STATE, f"%REQ({UNJUDGED_HEADER})%"),
    ]
)


def _own(name: str) -> DynamicModuleFilter:
    return DynamicModuleFilter(dynamic_module_config=envoy_module(), filter_name=OWN_FILTERS[name])


_RESET = Wasm(
    config=PluginConfig(
        name="riftgate-reset",
        vm_config=VmConfig(
            # One for all listeners of a worker: it takes some MB.
            vm_id="riftgate-reset",
            runtime="envoy.wasm.runtime.v8",
            code=AsyncDataSource(local=DataSource(inline_bytes=reset_module(RESET_HEADER))),
        ),
        failure_policy=FailurePolicy.FAIL_OPEN,
    )
)

_ROUTER = Filter(
    ROUTER_FILTER,
    # Apps see no x-envoy-* of the sidecar's making.
    Router(suppress_envoy_headers=True),
    "last by its nature: it sends the request on",
)

_FAULT_FILTERS = (
    Filter(
        DRAW_FILTER,
        processor(),
        "asks the fault server who is hit, where that is no matter of chance; then the route is chosen anew",
        disabled=True,
    ),
    Filter(
        LEASE_FILTER,
        _own(LEASE_FILTER),
        "has the route chosen anew for requests whose fault is over; before all that faults do",
        disabled=True,
    ),
    Filter(
        HOLD_RESPONSE_FILTER,
        _own(HOLD_RESPONSE_FILTER),
        "holds responses; behind the draw, since whoever is held counts as under way",
        disabled=True,
    ),
    Filter(
        LUA_FILTER,
        Lua(),
        "changes heads: requests as the caller sent them, and of responses, which pass upwards, it has the last word",
        disabled=True,
    ),
    Filter(
        REQUEST_STATE_FILTER,
        _REQUEST_STATE,
        "behind policy: marks a request as hit by its route's faults, which a refused one is not. Behind Lua, because "
        "after a draw the route is chosen only when a filter looks up what it says, which this one does not",
    ),
    Filter(
        CUT_RESPONSE_FILTER,
        _own(CUT_RESPONSE_FILTER),
        "lets no body pass with a hole, where the fault server has cut it and is gone: behind it, as responses pass",
        disabled=True,
    ),
    Filter(
        EFFECTS_FILTER,
        processor(),
        "the fault server's: bodies, streams that break off",
        disabled=True,
    ),
    Filter(
        CUT_REQUEST_FILTER,
        _own(CUT_REQUEST_FILTER),
        "the same of requests",
        disabled=True,
    ),
    Filter(
        HOLD_REQUEST_FILTER,
        _own(HOLD_REQUEST_FILTER),
        "holds requests; before all that answers them",
        disabled=True,
    ),
    Filter(
        FAULT_FILTER,
        # Else its statistics would be keyed by a header that callers send.
        HTTPFault(disable_downstream_cluster_stats=True),
        "near the router: a delay holds the request at the last moment before the app",
    ),
    Filter(
        RESET_FILTER,
        _RESET,
        "ends streams without an answer; behind all delays",
        disabled=True,
    ),
)

INBOUND_FILTERS = (
    Filter(
        RBAC_FILTER,
        RBAC(),
        "first: what policy refuses must not be delayed, aborted or counted as hit by a fault",
    ),
    Filter(
        EXT_AUTHZ_FILTER,
        _ext_authz(DELEGATED_PREFIX, failure_mode_allow=False),
        "policy too: asks the control server where RBAC says so, and refuses without an answer",
    ),
    Filter(
        EXT_AUTHZ_OPEN_FILTER,
        _ext_authz(DELEGATED_OPEN_PREFIX, failure_mode_allow=True),
        "its twin for policies that would rather let pass: the failure mode cannot be said by a route",
    ),
    Filter(
        EXT_AUTHZ_SERVER_FILTER,
        _ext_authz_server(DELEGATED_TO_SERVER_PREFIX),
        "asks the server that a policy names",
    ),
    Filter(
        EXT_AUTHZ_SERVER_OPEN_FILTER,
        _ext_authz_server(DELEGATED_TO_SERVER_OPEN_PREFIX, failure_mode_allow=True),
        "its twin, as above",
    ),
    Filter(
        EXT_AUTHZ_SERVER_AUDIT_FILTER,
        _ext_authz_server(SERVER_PREFIX, audit=True),
        "behind what refuses: asks for policies under audit, whatever the answer, which is logged",
    ),
    *_FAULT_FILTERS,
    _ROUTER,
)

OUTBOUND_FILTERS = (*(replace(each, disabled=True) for each in _FAULT_FILTERS), _ROUTER)
"""Without policy, which is decided at the other end; and nothing runs but on the routes of faults."""

FAULT_FILTERS = tuple(each.name for each in _FAULT_FILTERS if each.name != DRAW_FILTER)
"""What the route of a fault may need. Envoy decides which of them run by the route that a request has first."""


def http_filters(order: tuple[Filter, ...]) -> list[HttpFilter]:
    """The chain as Envoy's connection manager takes it."""
    return [HttpFilter(name=each.name, typed_config=pack(each.config), disabled=each.disabled) for each in order]
