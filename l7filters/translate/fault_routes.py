# SPDX-License-Identifier: Apache-2.0
"""Faults as routes in front of the plain one. They differ from it in name, match, metadata and filter configs
alone.

The percentage is a runtime fraction whose default is 0: without a live runtime layer no fault route ever
matches. None carries RBAC of its own, so the policy of the route configuration holds on each.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from envoy_api import pack
from envoy_api.config.core.v3 import DataSource, RuntimeFractionalPercent
from envoy_api.config.route.v3 import HeaderMatcher, Route, RouteMatch
from envoy_api.extensions.filters.common.fault.v3 import FaultDelay, FaultRateLimit
from envoy_api.extensions.filters.http.fault.v3 import FaultAbort, HTTPFault
from envoy_api.extensions.filters.http.lua.v3 import LuaPerRoute
from envoy_api.type.matcher.v3 import RegexMatcher, StringMatcher
from envoy_api.type.v3 import FractionalPercent
from l7filters.faults import Abort, CombinedEffects, Fault, combine_effects, sources
from l7filters.http_match import Pattern, literal_text
from l7filters.translate.fault_regions import Combination, combinations_of, regions
from l7filters.translate.filter_order import FAULT_FILTER, LUA_FILTER
from l7filters.translate.headers import FAULT_STATE, METADATA_NAMESPACE, TRUSTED_SOURCE_HEADER
from l7filters.translate.routes import plain_route
from l7filters.world import World

_ALWAYS = FractionalPercent(numerator=100, denominator=FractionalPercent.DenominatorType.HUNDRED)
_NEVER = FractionalPercent(numerator=0, denominator=FractionalPercent.DenominatorType.MILLION)
_GRPC_CONTENT_TYPE = "application/grpc"


def fault_routes(world: World, faults: Sequence[Fault], cluster: str) -> list[Route]:
    """The routes of the faults of one port, to stand before its plain route.

    Raises ValueError when too many faults may match one request.
    """
    routes: list[Route] = []
    for region in regions(faults):
        match = _match(world, region)
        if match is not None:
            routes.extend(_route(match, combination, cluster) for combination in combinations_of(region))
    return routes


def _route(match: RouteMatch, combination: Combination, cluster: str) -> Route:
    route = plain_route(combination.route_name, cluster)
    route.match.CopyFrom(match)
    route.match.runtime_fraction.CopyFrom(
        RuntimeFractionalPercent(default_value=_NEVER, runtime_key=combination.runtime_key)
    )
    effects = combine_effects(combination.hit)
    route.metadata.filter_metadata[METADATA_NAMESPACE].update(
        {FAULT_STATE: ",".join(fault.id for fault in effects.faults)}
    )
    if effects.delay_milliseconds or effects.abort or effects.response_rate:
        route.typed_per_filter_config[FAULT_FILTER].CopyFrom(pack(_fault_filter(effects)))
    if effects.rewrite_status:
        route.typed_per_filter_config[LUA_FILTER].CopyFrom(pack(_rewrite(effects.rewrite_status.status)))
    return route


def _fault_filter(effects: CombinedEffects) -> HTTPFault:
    # A per-route config replaces the filter's own as a whole.
    config = HTTPFault(disable_downstream_cluster_stats=True)
    if effects.delay_milliseconds:
        delay = FaultDelay(fixed_delay=timedelta(milliseconds=effects.delay_milliseconds), percentage=_ALWAYS)
        config.delay.CopyFrom(delay)
    if effects.abort:
        config.abort.CopyFrom(_abort(effects.abort))
    if effects.response_rate:
        rate = FaultRateLimit.FixedLimit(limit_kbps=effects.response_rate.kbytes_per_second)
        config.response_rate_limit.CopyFrom(FaultRateLimit(fixed_limit=rate, percentage=_ALWAYS))
    return config


def _abort(abort: Abort) -> FaultAbort:
    config = FaultAbort(percentage=_ALWAYS, response_body=abort.body)
    if abort.grpc_status is not None:
        config.grpc_status = abort.grpc_status
    elif abort.http_status is not None:
        config.http_status = abort.http_status
    return config


def _rewrite(status: int) -> LuaPerRoute:
    """Lua, because Envoy's header mutation refuses `:status`.

    Denials pass here on their way out too; the filter state tells that the request had been let in.
    """
    script = (
        "function envoy_on_response(handle)\n"
        f'  if handle:streamInfo():filterState():get("{FAULT_STATE}") then\n'
        f'    handle:headers():replace(":status", "{status}")\n'
        "  end\n"
        "end\n"
    )
    return LuaPerRoute(source_code=DataSource(inline_string=script))


def _match(world: World, region: Iterable[Fault]) -> RouteMatch | None:
    """The requests that all faults of the region match; None when there are none."""
    faults = tuple(region)
    match = RouteMatch(prefix="/")
    paths = list(dict.fromkeys(fault.match.path for fault in faults if fault.match.path is not None))
    texts = [text for path in paths if (text := literal_text(path)) is not None]
    if texts:
        if not all(Pattern(path).matches(texts[0]) for path in paths):
            return None
        match.path = texts[0]
    elif paths:
        match.safe_regex.CopyFrom(RegexMatcher(regex=paths[0]))
        # A route has one path matcher; `:path` has the query string, which fault paths do not speak of.
        match.headers.extend(_header(":path", _regex(rf"(?:{path})(?:\?.*)?")) for path in paths[1:])
    match.headers.extend(_header_matchers(faults))
    callers = _callers(world, faults)
    if callers == ():
        return None
    if callers is not None:
        match.headers.append(_header(TRUSTED_SOURCE_HEADER, _one_of(callers)))
    return match


def _header_matchers(faults: Sequence[Fault]) -> Iterator[HeaderMatcher]:
    conditions: list[tuple[str, str | None]] = [
        (":method", fault.match.method) for fault in faults if fault.match.method is not None
    ]
    conditions.extend((header.name, header.value) for fault in faults for header in fault.match.headers)
    for name, value in dict.fromkeys(conditions):
        if value is None:
            yield HeaderMatcher(name=name, present_match=True)
        else:
            yield _header(name, StringMatcher(exact=value))
    if any(fault.grpc_only for fault in faults):
        # On a plain HTTP request a gRPC abort would be an answer 200. Also application/grpc+proto and the
        # like.
        yield _header("content-type", StringMatcher(prefix=_GRPC_CONTENT_TYPE))


def _callers(world: World, faults: Iterable[Fault]) -> tuple[str, ...] | None:
    """The addresses of the workloads that are a source of every fault, in order; None: whoever calls."""
    common: set[str] | None = None
    for fault in faults:
        workloads = sources(world, fault)
        if workloads is not None:
            addresses = {address for workload in workloads for address in workload.addresses}
            common = addresses if common is None else common & addresses
    return None if common is None else tuple(sorted(common))


def _one_of(texts: Sequence[str]) -> StringMatcher:
    if len(texts) == 1:
        return StringMatcher(exact=texts[0])
    return _regex("|".join(text.replace(".", r"\.") for text in texts))


def _regex(source: str) -> StringMatcher:
    return StringMatcher(safe_regex=RegexMatcher(regex=source))


def _header(name: str, value: StringMatcher) -> HeaderMatcher:
    return HeaderMatcher(name=name, string_match=value)
