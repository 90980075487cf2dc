# SPDX-License-Identifier: Apache-2.0
"""Policy as RBAC: a tree per workload and port, in the route configuration, first by source and then by
request.

    longest prefix of the caller's address ── denied or allowed outright, or
                                           ── the HTTP rules about that caller in order ── none fits: default
                                           deny
    no prefix ── the default

The longest prefix always has the last word: nothing falls through to a wider one, so that a deny rule about
one caller is not voided by an allow rule about a range around him. Each action's name is the id of the rule
that decides (or `default-deny/<policy>`); Envoy reports it in metadata and code details.
"""

from collections.abc import Iterator

from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api import pack
from envoy_api.config.rbac.v3 import RBAC as Rules
from envoy_api.config.rbac.v3 import Action
from envoy_api.extensions.filters.http.rbac.v3 import RBAC, RBACPerRoute
from envoy_api.extensions.matching.common_inputs.network.v3 import DirectSourceIPInput
from envoy_api.type.matcher.v3 import HttpRequestHeaderMatchInput
from envoy_api.xds.core.v3 import CidrRange, TypedExtensionConfig
from envoy_api.xds.type.matcher.v3 import IPMatcher, Matcher, RegexMatcher, StringMatcher
from l7filters.http_match import HeaderMatch, Pattern, host_regex
from l7filters.policy import HttpRule, Network
from l7filters.translate.verdicts import Allowed, Denied, PortVerdicts, Restricted, Verdict

_Predicate = Matcher.MatcherList.Predicate
_FieldMatcher = Matcher.MatcherList.FieldMatcher
_RE2 = RegexMatcher.GoogleRE2()


def rbac_per_route(verdicts: PortVerdicts) -> RBACPerRoute:
    """The RBAC of one port."""
    matcher = Matcher(on_no_match=_on_match(verdicts.default))
    if verdicts.by_prefix:
        matcher.matcher_tree.CopyFrom(_source_trie(verdicts))
    return RBACPerRoute(rbac=RBAC(matcher=matcher))


def _source_trie(verdicts: PortVerdicts) -> Matcher.MatcherTree:
    """By the address of the connection, which no header can change; callers with one verdict share its
    subtree."""
    prefixes: dict[Verdict, list[Network]] = {}
    for prefix, verdict in verdicts.by_prefix.items():
        prefixes.setdefault(verdict, []).append(prefix)
    trie = IPMatcher(
        range_matchers=[
            IPMatcher.IPRangeMatcher(ranges=[_cidr(each) for each in members], on_match=_on_match(verdict))
            for verdict, members in prefixes.items()
        ]
    )
    return Matcher.MatcherTree(
        input=_extension("envoy.matching.inputs.direct_source_ip", DirectSourceIPInput()),
        custom_match=_extension("envoy.matching.custom_matchers.ip", trie),
    )


def _on_match(verdict: Verdict) -> Matcher.OnMatch:
    match verdict:
        case Allowed(name):
            return _action(name, Rules.Action.ALLOW)
        case Denied(name):
            return _action(name, Rules.Action.DENY)
        case Restricted():
            return Matcher.OnMatch(matcher=_http_matcher(verdict))


def _http_matcher(verdict: Restricted) -> Matcher:
    matchers = [
        _FieldMatcher(predicate=_fits(http), on_match=_action(rule.id, Rules.Action.ALLOW))
        for rule, http in verdict.rules
        if not http.allows_all
    ]
    # A rule that fits everything ends the list; Envoy has no predicate without a condition.
    everything = next((rule for rule, http in verdict.rules if http.allows_all), None)
    last = _on_match(verdict.otherwise if everything is None else Allowed(everything.id))
    if verdict.first is not None:
        before = _passes(verdict.first)
        if before is not None:
            matchers.insert(
                0,
                _FieldMatcher(predicate=_Predicate(not_matcher=before), on_match=_on_match(verdict.first.otherwise)),
            )
    if not matchers:
        return Matcher(on_no_match=last)
    return Matcher(matcher_list=Matcher.MatcherList(matchers=matchers), on_no_match=last)


def _passes(verdict: Restricted) -> _Predicate | None:
    """One of the rules fits; None when that is every request."""
    if any(http.allows_all for _, http in verdict.rules):
        return None
    return _any_of([_fits(http) for _, http in verdict.rules])


def _fits(http: HttpRule) -> _Predicate:
    return _all_of(list(_conditions(http)))


def _conditions(http: HttpRule) -> Iterator[_Predicate]:
    if http.method is not None:
        yield _header(":method", _pattern(http.method))
    if http.path is not None:
        yield _header(":path", _pattern(http.path))
    if http.host is not None:
        yield _header(":authority", _regex(host_regex(http.host)))
    for header in http.headers:
        if header.mismatch is None:
            yield _header(header.name, _header_value(header))


def _header_value(header: HeaderMatch) -> StringMatcher:
    # Presence is a pattern that every value fits: a missing header gives the matcher no input at all.
    return _regex(".*") if header.value is None else StringMatcher(exact=header.value)


def _pattern(pattern: Pattern) -> StringMatcher:
    return _regex(pattern.source) if pattern.literal is None else StringMatcher(exact=pattern.literal)


def _regex(source: str) -> StringMatcher:
    return StringMatcher(safe_regex=RegexMatcher(google_re2=_RE2, regex=source))


def _header(name: str, value: StringMatcher) -> _Predicate:
    return _Predicate(
        single_predicate=_Predicate.SinglePredicate(
            input=_extension("envoy.matching.inputs.request_headers", HttpRequestHeaderMatchInput(header_name=name)),
            value_match=value,
        )
    )


def _all_of(predicates: list[_Predicate]) -> _Predicate:
    # Envoy demands at least two members of a list.
    if len(predicates) == 1:
        return predicates[0]
    return _Predicate(and_matcher=_Predicate.PredicateList(predicate=predicates))


def _any_of(predicates: list[_Predicate]) -> _Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return _Predicate(or_matcher=_Predicate.PredicateList(predicate=predicates))


def _action(name: str, action: Rules.Action) -> Matcher.OnMatch:
    return Matcher.OnMatch(action=_extension(name, Action(name=name, action=action)))


def _cidr(network: Network) -> CidrRange:
    return CidrRange(address_prefix=str(network.network_address), prefix_len=UInt32Value(value=network.prefixlen))


def _extension(name: str, config: Message) -> TypedExtensionConfig:
    return TypedExtensionConfig(name=name, typed_config=pack(config))
