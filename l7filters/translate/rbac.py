# SPDX-License-Identifier: Apache-2.0
"""Policy as RBAC: a tree per workload and port, in the route configuration, first by source and then by
request.

    longest prefix of the caller's address ── denied or allowed outright, or
                                           ── the HTTP rules about that caller in order ── none fits: default
                                           deny
    no prefix ── the default

The longest prefix always has the last word: nothing falls through to a wider one, so that a deny rule about
one caller is not voided by an allow rule about a range around him. Each action's name is the id of the rule
that decides (or `default-deny/<policy>`); Envoy reports it in metadata and code details. Where a server is to
decide, the name is that of a rule behind a prefix that the ext_authz filters know.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import UInt32Value

from envoy_api import pack
from envoy_api.config.rbac.v3 import RBAC as Rules
from envoy_api.config.rbac.v3 import Action
from envoy_api.extensions.filters.http.rbac.v3 import RBAC, RBACPerRoute
from envoy_api.extensions.filters.network.rbac.v3 import RBAC as NetworkRBAC
from envoy_api.extensions.matching.common_inputs.network.v3 import DirectSourceIPInput
from envoy_api.type.matcher.v3 import HttpRequestHeaderMatchInput
from envoy_api.xds.core.v3 import CidrRange, TypedExtensionConfig
from envoy_api.xds.type.matcher.v3 import IPMatcher, Matcher, RegexMatcher, StringMatcher
from l7filters.authorization import AuthorizationServer
from l7filters.http_match import HeaderMatch, Pattern, host_regex
from l7filters.peers import Network
from l7filters.policy import FailureMode, HttpRule, Rule
from l7filters.translate.filter_order import (
    DELEGATED_OPEN_PREFIX,
    DELEGATED_PREFIX,
    DELEGATED_TO_SERVER_OPEN_PREFIX,
    DELEGATED_TO_SERVER_PREFIX,
)
from l7filters.translate.verdicts import SELF, Allowed, Denied, PortVerdicts, Restricted, Verdict, VerdictTable

_Predicate = Matcher.MatcherList.Predicate
_FieldMatcher = Matcher.MatcherList.FieldMatcher
_RE2 = RegexMatcher.GoogleRE2()


OnVerdict = Callable[[Verdict], Matcher.OnMatch]


class PortRbac:
    """RBAC of the ports of many workloads of one translation: what tables say is written once for each table."""

    def __init__(self) -> None:
        self._tries: dict[tuple[VerdictTable, OnVerdict], IPMatcher] = {}
        self._on_verdict: dict[tuple[AuthorizationServer | None, bool], OnVerdict] = {}

    def per_route(self, verdicts: PortVerdicts) -> RBACPerRoute:
        """The RBAC of one port; policies under audit stand in its shadow, which decides nothing and is logged."""
        rbac = RBAC()
        if not verdicts.says_nothing:
            rbac.matcher.CopyFrom(self._matcher(verdicts, self._writer(verdicts.server, delegating=True)))
        if verdicts.audit is not None:
            audit = self._writer(verdicts.audit.server, delegating=False)
            rbac.shadow_matcher.CopyFrom(self._matcher(verdicts.audit, audit))
        return RBACPerRoute(rbac=rbac)

    def network(self, name: str, audit: PortVerdicts) -> NetworkRBAC:
        """The shadow for connections of a port that are not HTTP."""
        matcher = self._matcher(audit, _on_match_of_connection)
        return NetworkRBAC(stat_prefix=name.replace("/", "_"), shadow_matcher=matcher)

    def _writer(self, server: AuthorizationServer | None, *, delegating: bool) -> OnVerdict:
        """One object for equal arguments: it is part of a key."""
        writer = partial(_on_match, server=server, delegating=delegating)
        return self._on_verdict.setdefault((server, delegating), writer)

    def _matcher(self, verdicts: PortVerdicts, on_verdict: OnVerdict) -> Matcher:
        """By the address of the connection, which no header can change. Callers with one verdict share its subtree, and
        the workload itself has one of its own."""
        matcher = Matcher(on_no_match=on_verdict(verdicts.default))
        table = verdicts.table
        shared = self._tries.get((table, on_verdict))
        if shared is None:
            shared = self._tries[table, on_verdict] = _trie(table.groups, on_verdict)
        if verdicts.own:
            trie = IPMatcher()
            trie.CopyFrom(
                shared if table.by_prefix.keys().isdisjoint(verdicts.own) else _without(table, verdicts.own, on_verdict)
            )
            trie.range_matchers.append(_range_matcher(verdicts.own, on_verdict(Allowed(SELF))))
            shared = trie
        if shared.range_matchers:
            matcher.matcher_tree.CopyFrom(
                Matcher.MatcherTree(
                    input=_extension("envoy.matching.inputs.direct_source_ip", DirectSourceIPInput()),
                    custom_match=_extension("envoy.matching.custom_matchers.ip", shared),
                )
            )
        return matcher


def _without(table: VerdictTable, own: Sequence[Network], on_verdict: OnVerdict) -> IPMatcher:
    others = ((verdict, tuple(each for each in prefixes if each not in own)) for verdict, prefixes in table.groups)
    return _trie(((verdict, prefixes) for verdict, prefixes in others if prefixes), on_verdict)


def _trie(groups: Iterable[tuple[Verdict, Sequence[Network]]], on_verdict: OnVerdict) -> IPMatcher:
    return IPMatcher(range_matchers=[_range_matcher(prefixes, on_verdict(verdict)) for verdict, prefixes in groups])


def _range_matcher(prefixes: Iterable[Network], on_match: Matcher.OnMatch) -> IPMatcher.IPRangeMatcher:
    return IPMatcher.IPRangeMatcher(ranges=[_cidr(each) for each in prefixes], on_match=on_match)


def _on_match(
    verdict: Verdict, *, server: AuthorizationServer | None = None, delegating: bool = True
) -> Matcher.OnMatch:
    """`delegating`: whether the control server is asked; otherwise RBAC judges what it would."""
    match verdict:
        case Allowed(name):
            return _action(name, Rules.Action.ALLOW)
        case Denied(name):
            return _action(name, Rules.Action.DENY)
        case Restricted():
            return Matcher.OnMatch(matcher=_http_matcher(verdict if delegating else _undelegated(verdict), server))


def _on_match_of_connection(verdict: Verdict) -> Matcher.OnMatch:
    """Where HTTP is due, bytes that are none are refused."""
    return _on_match(verdict.otherwise if isinstance(verdict, Restricted) else verdict)


def _undelegated(verdict: Restricted) -> Restricted:
    rules = tuple(
        (rule if rule.server is not None else replace(rule, delegated=None), http) for rule, http in verdict.rules
    )
    return Restricted(rules, verdict.otherwise, verdict.first and _undelegated(verdict.first))


def _http_matcher(verdict: Restricted, server: AuthorizationServer | None) -> Matcher:
    """What the sidecar judges itself goes first, what a rule has `server` judge second; what only a delegated rule may
    allow, the control server judges."""
    asking, last = _ask_server(verdict, server)
    matchers, last = _in_order(verdict, lambda rule: _action(rule.id, Rules.Action.ALLOW), asking, last)
    if verdict.first is not None:
        own = [http for rule, http in verdict.first.rules if rule.delegated is None]
        if not own:
            return _beside_first(verdict, verdict.first)
        if not any(http.allows_all for http in own):
            fails = _Predicate(not_matcher=_any_of([_fits(http) for http in own]))
            on_match = Matcher.OnMatch(matcher=_beside_first(verdict, verdict.first))
            if not _delegated(verdict.first):
                on_match = _otherwise(verdict.first)
            matchers.insert(0, _FieldMatcher(predicate=fails, on_match=on_match))
    return _list(matchers, last)


def _beside_first(verdict: Restricted, first: Restricted) -> Matcher:
    """For requests that only a delegated rule of the caller's may allow: the server's own rules count all the same."""
    both = _delegated(verdict) and replace(verdict, rules=(*first.rules, *verdict.rules))
    return _list(*_in_order(verdict, lambda _: _otherwise(first), [], _otherwise(both or verdict)))


def _in_order(
    verdict: Restricted, fits: Callable[[Rule], Matcher.OnMatch], others: list[_FieldMatcher], last: Matcher.OnMatch
) -> tuple[list[_FieldMatcher], Matcher.OnMatch]:
    """The HTTP rules that the sidecar judges before `others`, and what comes of requests that none fits."""
    own = [(rule, http) for rule, http in verdict.rules if rule.delegated is None]
    # A rule that fits everything ends the list; Envoy has no predicate without a condition.
    everything = next((rule for rule, http in own if http.allows_all), None)
    matchers = [_FieldMatcher(predicate=_fits(http), on_match=fits(rule)) for rule, http in own if not http.allows_all]
    return (matchers, fits(everything)) if everything is not None else ([*matchers, *others], last)


def _ask_server(verdict: Restricted, server: AuthorizationServer | None) -> tuple[list[_FieldMatcher], Matcher.OnMatch]:
    """The HTTP rules that name a server, and what comes of requests that none fits."""
    asking = [(rule, http) for rule, http in verdict.rules if rule.server is not None]
    everything = next((rule for rule, http in asking if http.allows_all), None)
    last = _otherwise(verdict) if everything is None else _question(everything, server)
    return [
        _FieldMatcher(predicate=_fits(http), on_match=_question(rule, server))
        for rule, http in asking
        if not http.allows_all
    ], last


def _question(rule: Rule, server: AuthorizationServer | None) -> Matcher.OnMatch:
    prefix = DELEGATED_TO_SERVER_OPEN_PREFIX if rule.delegated is FailureMode.OPEN else DELEGATED_TO_SERVER_PREFIX
    # Who cannot be asked has not said yes, whatever the failure mode.
    return _action(prefix + rule.id, Rules.Action.ALLOW if rule.server == server else Rules.Action.DENY)


def _list(matchers: list[_FieldMatcher], last: Matcher.OnMatch) -> Matcher:
    if not matchers:
        return Matcher(on_no_match=last)
    return Matcher(matcher_list=Matcher.MatcherList(matchers=matchers), on_no_match=last)


def _delegated(verdict: Restricted) -> list[Rule]:
    return [rule for rule, _ in verdict.rules if rule.delegated is not None and rule.server is None]


def _otherwise(verdict: Restricted) -> Matcher.OnMatch:
    """Denied; or the question, under the name of a rule whose failure mode is the strictest that is asked for."""
    asking = _delegated(verdict)
    if not asking:
        return _action(verdict.otherwise.name, Rules.Action.DENY)
    rule = next((each for each in asking if each.delegated is FailureMode.CLOSED), asking[0])
    prefix = DELEGATED_OPEN_PREFIX if rule.delegated is FailureMode.OPEN else DELEGATED_PREFIX
    return _action(prefix + rule.id, Rules.Action.ALLOW)


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


@lru_cache(maxsize=1 << 16)
def _cidr(network: Network) -> CidrRange:
    return CidrRange(address_prefix=str(network.network_address), prefix_len=UInt32Value(value=network.prefixlen))


def _extension(name: str, config: Message) -> TypedExtensionConfig:
    return TypedExtensionConfig(name=name, typed_config=pack(config))
