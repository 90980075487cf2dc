# SPDX-License-Identifier: Apache-2.0
"""What happens on a fault's route, as far as Envoy does it itself."""

from collections.abc import Iterable
from datetime import timedelta

from google.protobuf.any_pb2 import Any

from envoy_api import pack
from envoy_api.config.core.v3 import DataSource
from envoy_api.config.route.v3 import FilterConfig, Route, RouteAction
from envoy_api.extensions.filters.common.fault.v3 import FaultDelay
from envoy_api.extensions.filters.http.fault.v3 import FaultAbort, HTTPFault
from envoy_api.extensions.filters.http.lua.v3 import LuaPerRoute
from envoy_api.type.matcher.v3 import RegexMatchAndSubstitute, RegexMatcher
from envoy_api.type.v3 import FractionalPercent
from l7filters.faults import (
    Abort,
    CombinedEffects,
    ConcurrencyLimit,
    Fault,
    Mirror,
    Redirect,
    Reset,
    RewriteRequest,
    Side,
    answers,
    cuts,
)
from l7filters.translate.fault_script import fault_script
from l7filters.translate.fault_server import ask_for_effects
from l7filters.translate.filter_order import (
    CUT_REQUEST_FILTER,
    CUT_RESPONSE_FILTER,
    EFFECTS_FILTER,
    FAULT_FILTER,
    LUA_FILTER,
    RESET_FILTER,
)
from l7filters.translate.held_delays import hold_delays
from l7filters.translate.response_rates import cluster_at_rate
from l7filters.world import World

_CUT_FILTERS = {Side.REQUEST: CUT_REQUEST_FILTER, Side.RESPONSE: CUT_RESPONSE_FILTER}
_ALWAYS = FractionalPercent(numerator=100, denominator=FractionalPercent.DenominatorType.HUNDRED)


def limit_cluster_name(cluster: str, limit: ConcurrencyLimit) -> str:
    """The cluster beside `cluster`, to the same endpoints, that takes so many requests at once."""
    return f"{cluster}/at-once/{limit.requests}"


def limits(faults: Iterable[Fault]) -> list[ConcurrencyLimit]:
    """The different limits of faults, the smallest first."""
    found = {effect for fault in faults for effect in fault.effects if isinstance(effect, ConcurrencyLimit)}
    return sorted(found, key=lambda limit: limit.requests)


def elsewhere_name(service: str, port: int) -> str:
    """The cluster of a service's port, as the outbound half of every sidecar has it."""
    return f"outbound/{service}/{port}"


def reachable(world: World, effect: Redirect | Mirror) -> bool:
    """Whether the service and its port exist, so that there is a cluster."""
    service = world.service(effect.service)
    return service is not None and any(
        port.port == effect.port and port.protocol == "TCP" for port in service.ports if service.addresses
    )


def apply_effects(route: Route, effects: CombinedEffects, world: World) -> None:
    """Puts the effects into a route. What leads to a service that is gone meanwhile does nothing."""
    action = route.route
    effects = hold_delays(route, effects)
    if effects.delay_milliseconds or effects.abort:
        route.typed_per_filter_config[FAULT_FILTER].CopyFrom(pack(_fault_filter(effects)))
    script = fault_script(effects)
    if script is not None:
        lua = LuaPerRoute(source_code=DataSource(inline_string=script))
        route.typed_per_filter_config[LUA_FILTER].CopyFrom(pack(lua))
    ask_for_effects(route, EFFECTS_FILTER, effects)
    for side, filter_name in _CUT_FILTERS.items():
        if any(cuts(effect, side) for _, effect in effects.parts):
            enable(route, filter_name)
    if any(answers(reset) for reset in effects.of(Reset)):
        enable(route, RESET_FILTER)
    path = next((each.path for each in effects.of(RewriteRequest) if each.path is not None), None)
    if path is not None:
        action.regex_rewrite.CopyFrom(
            RegexMatchAndSubstitute(pattern=RegexMatcher(regex=path.pattern), substitution=path.replacement)
        )
    limit = effects.first(ConcurrencyLimit)
    if limit is not None:
        action.cluster = limit_cluster_name(action.cluster, limit)
    redirect = effects.first(Redirect)
    if redirect is not None and reachable(world, redirect):
        action.cluster = elsewhere_name(redirect.service, redirect.port)
    action.cluster = cluster_at_rate(action.cluster, effects)
    action.request_mirror_policies.extend(
        RouteAction.RequestMirrorPolicy(
            cluster=elsewhere_name(mirror.service, mirror.port), disable_shadow_host_suffix_append=True
        )
        for mirror in effects.of(Mirror)
        if reachable(world, mirror)
    )


def enable(route: Route, filter_name: str) -> None:
    """Has a disabled filter run on this route, as it is configured for all."""
    if filter_name not in route.typed_per_filter_config:
        route.typed_per_filter_config[filter_name].CopyFrom(pack(FilterConfig(config=Any())))


def _fault_filter(effects: CombinedEffects) -> HTTPFault:
    # A per-route config replaces the filter's own as a whole.
    config = HTTPFault(disable_downstream_cluster_stats=True)
    if effects.delay_milliseconds:
        delay = FaultDelay(fixed_delay=timedelta(milliseconds=effects.delay_milliseconds), percentage=_ALWAYS)
        config.delay.CopyFrom(delay)
    if effects.abort:
        config.abort.CopyFrom(_abort(effects.abort))
    return config


def _abort(abort: Abort) -> FaultAbort:
    config = FaultAbort(percentage=_ALWAYS, response_body=abort.body)
    if abort.grpc_status is not None:
        config.grpc_status = abort.grpc_status
    elif abort.http_status is not None:
        config.http_status = abort.http_status
    return config
