# SPDX-License-Identifier: Apache-2.0
"""Faults as routes in front of the plain one. They differ from it in name, match, metadata and filter configs
alone.

The percentage is a runtime fraction whose default is 0: without a live runtime layer no fault route ever
matches. None carries RBAC of its own, so the policy of the route configuration holds on each.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from envoy_api.config.core.v3 import HeaderValueOption, RuntimeFractionalPercent
from envoy_api.config.route.v3 import HeaderMatcher, Route, RouteMatch
from envoy_api.type.matcher.v3 import RegexMatcher, StringMatcher
from envoy_api.type.v3 import FractionalPercent
from l7filters.faults import Fault, combine_effects, sources
from l7filters.http_match import Pattern, literal_text
from l7filters.translate.fault_effects import apply_effects, enable
from l7filters.translate.fault_leases import end_with_leases
from l7filters.translate.fault_regions import Combination, combinations_of, draws, regions
from l7filters.translate.fault_server import ask_who_is_hit
from l7filters.translate.filter_order import DRAW_FILTER, FAULT_FILTERS, REQUEST_STATE_FILTER
from l7filters.translate.headers import (
    DRAWN_HEADER,
    FAULT_STATE,
    METADATA_NAMESPACE,
    OVER_HEADER,
    TRUSTED_SOURCE_HEADER,
    fault_header,
)
from l7filters.translate.routes import plain_route
from l7filters.world import World

_NEVER = FractionalPercent(numerator=0, denominator=FractionalPercent.DenominatorType.MILLION)
_GRPC_CONTENT_TYPE = "application/grpc"


def caller_fault_routes(world: World, faults: Sequence[Fault], cluster: str) -> list[Route]:
    """The same at a caller's side, where nothing but these routes knows of faults. The faults are this caller's."""
    anybody = [replace(fault, source=None) for fault in faults]
    routes = fault_routes(world, anybody, cluster)
    for route in routes:
        enable(route, REQUEST_STATE_FILTER)
        route.response_headers_to_add.append(fault_header(HeaderValueOption.HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
    return routes


def fault_routes(world: World, faults: Sequence[Fault], cluster: str) -> list[Route]:
    """The routes of the faults of one port, to stand before its plain route.

    Raises ValueError when too many faults may match one request.
    """
    routes = list(_draw_routes(world, faults, cluster))
    for region in regions(faults):
        match = _match(world, region)
        if match is not None:
            routes.extend(_route(world, match, combination, cluster) for combination in combinations_of(region))
    return routes


def _draw_routes(world: World, faults: Sequence[Fault], cluster: str) -> Iterator[Route]:
    """For each set of faults with `which` that one request may match, the largest first: the route on which the fault
    server says which of them hit. What it says is a header, by which their own routes match then."""
    for drawn in draws(faults):
        match = _match(world, drawn.faults)
        if match is not None:
            route = plain_route(drawn.route_name, cluster)
            undrawn = [each for each in match.headers if each.name != DRAWN_HEADER]
            del match.headers[:]
            match.headers.extend([*undrawn, HeaderMatcher(name=DRAWN_HEADER, present_match=True, invert_match=True)])
            route.match.CopyFrom(match)
            route.match.runtime_fraction.CopyFrom(_fraction(drawn.runtime_key))
            ask_who_is_hit(route, DRAW_FILTER, drawn.faults)
            for each in FAULT_FILTERS:
                enable(route, each)
            yield route


def _fraction(runtime_key: str) -> RuntimeFractionalPercent:
    return RuntimeFractionalPercent(default_value=_NEVER, runtime_key=runtime_key)


def _route(world: World, match: RouteMatch, combination: Combination, cluster: str) -> Route:
    route = plain_route(combination.route_name, cluster)
    route.match.CopyFrom(match)
    route.match.runtime_fraction.CopyFrom(_fraction(combination.runtime_key))
    route.match.headers.append(HeaderMatcher(name=OVER_HEADER, present_match=True, invert_match=True))
    effects = combine_effects(combination.hit)
    route.metadata.filter_metadata[METADATA_NAMESPACE].update(
        {FAULT_STATE: ",".join(fault.id for fault in effects.faults)}
    )
    end_with_leases(route, combination.hit)
    apply_effects(route, effects, world)
    return route


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
    outside = [fault.target.outside for fault in faults if fault.target.outside is not None]
    for regex in dict.fromkeys(each.authority_regex for each in outside):
        if regex is not None:
            yield _header(":authority", _regex(regex))
    for fault in faults:
        if fault.which is not None:
            yield _header(DRAWN_HEADER, StringMatcher(contains=f",{fault.id},"))
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
            addresses = {address for workload in workloads for address in workload.calling_addresses}
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
