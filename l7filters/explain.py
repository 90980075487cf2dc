# SPDX-License-Identifier: Apache-2.0
"""A verdict told to people: who decided, on which line, and what would change it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from l7filters.decide import (
    Connection,
    Layer,
    Query,
    Request,
    Side,
    Subject,
    Verdict,
    decide,
    http_mismatches,
    may_be_asked,
    sides,
)
from l7filters.labels import NAMESPACE_LABEL, Requirement
from l7filters.peers import CidrPeer, Peer, WorkloadPeer
from l7filters.policy import Action, DnsRules, FailureMode, Policy, Rule
from l7filters.ports import Protocol
from l7filters.resolve import Endpoint, peer_matches, ports_match
from l7filters.source import SourceLocation
from l7filters.world import World

NEAREST_RULES = 3
"""So many rules that fail to allow are told of, the nearest first."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that would turn the verdict: what to do with a rule (or HTTP rule) at a location, and why."""

    what: str
    rule: str
    location: SourceLocation

    def __str__(self) -> str:
        return f"{self.what}: {self.rule} ({self.location})"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was asked, the verdict, and what would change it; `notes` say what surprises people about it."""

    subject: Subject
    verdict: Verdict
    notes: tuple[str, ...]
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        """Plain text of several lines."""
        lines = [f"{outcome(self.verdict, self.subject)}: {self.subject}", f"  decided by {deciders(self.verdict)}"]
        if self.verdict.audit is not None:
            lines.append(f"  audit: {audited(self.verdict, self.verdict.audit)}")
        lines += [f"  note: {note}" for note in self.notes]
        if self.changes:
            lines.append("  what would change it:")
            lines += [f"    {change}" for change in self.changes]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        verdict = self.verdict
        return {
            "subject": _subject(self.subject),
            "allowed": verdict.allowed,
            "asks": None if verdict.asks is None else str(verdict.asks.server),
            "outcome": outcome(verdict, self.subject),
            "layer": str(verdict.layer),
            "directions": [str(direction) for direction in verdict.directions],
            "normalised_path": verdict.normalised_path,
            "rejected": None
            if verdict.rejected is None
            else {"status": verdict.rejected.status, "reason": verdict.rejected.reason},
            **_deciders(verdict),
            "audit": None if verdict.audit is None else _audit(verdict, verdict.audit),
            "notes": list(self.notes),
            "changes": [{"what": each.what, "rule": each.rule, **_where(each.location)} for each in self.changes],
        }


def explain(world: World, policies: Iterable[Policy], subject: Subject) -> Explanation:
    """The verdict of `decide()`, explained. ValueError as there."""
    chosen = tuple(policies)
    verdict = decide(world, chosen, subject)
    connection = subject if isinstance(subject, Connection) else subject.connection
    # Policies under audit change nothing, so nothing about them would turn the verdict.
    found = sides(world, tuple(policy for policy in chosen if policy.enforced), connection)
    return Explanation(
        subject=subject,
        verdict=verdict,
        notes=tuple(_notes(subject, verdict, found)),
        changes=tuple(_changes(world, subject, verdict, found)),
    )


def outcome(verdict: Verdict, subject: Subject | None = None) -> str:
    """What the caller sees, in a few words."""
    if verdict.rejected is not None:
        return f"rejected with {verdict.rejected.status} ({verdict.rejected.reason})"
    if verdict.allowed and verdict.asks is not None:
        return f"allowed if {verdict.asks.server} allows it"
    if verdict.allowed:
        return "allowed"
    if isinstance(subject, Query):
        return "refused (REFUSED)" if verdict.layer is Layer.L7 else "denied at L3/L4 (dropped silently: no answer)"
    if verdict.layer is Layer.L7:
        return "denied at L7 (403 Access denied)"
    if isinstance(subject, Connection) and subject.protocol is not Protocol.TCP:
        return "denied at L3/L4 (dropped silently: no answer)"
    return "denied at L3/L4 (dropped silently: the connect times out)"


def audited(verdict: Verdict, audit: Verdict) -> str:
    """What the policies under audit would change, in a few words."""
    if verdict.allowed == audit.allowed:
        return f"no difference, {'allowed' if audit.allowed else 'denied'} by {deciders(audit)}"
    return f"would be {outcome(audit)} by {deciders(audit)}"


def _audit(verdict: Verdict, audit: Verdict) -> dict[str, Any]:
    return {
        "allowed": audit.allowed,
        "outcome": audited(verdict, audit),
        "layer": str(audit.layer),
        **_deciders(audit),
    }


def _deciders(verdict: Verdict) -> dict[str, Any]:
    return {
        "rules": [{"id": each.id, "action": str(each.action), **_where(each.location)} for each in verdict.rules],
        "default_deny": [
            {"policy": each.key, "kind": str(each.kind), **_where(each.location)} for each in verdict.default_deny
        ],
    }


def deciders(verdict: Verdict) -> str:
    """Who decided, with lines: rules, else the policies that deny by default, else nobody."""
    if verdict.rejected is not None:
        return "the sidecar, before any policy"
    if verdict.rules:
        return ", ".join(str(rule) for rule in verdict.rules)
    if verdict.default_deny:
        return ", ".join(f"default deny of {policy.key} ({policy.location})" for policy in verdict.default_deny)
    return "no policy"


def _notes(subject: Subject, verdict: Verdict, found: Sequence[Side]) -> Iterable[str]:
    if isinstance(subject, Request) and verdict.normalised and verdict.normalised.path != subject.path:
        yield f"the path {subject.path} was normalised to {verdict.normalised.path} before it was judged"
    if isinstance(subject, Connection):
        for side in found:
            restricting = [rule for rule in side.fitting.allow if rule.http is not None]
            if verdict.allowed and side.default_deny and restricting and not side.fitting.unrestricted:
                yield f"requests on it are restricted by {', '.join(map(str, restricting))}"
        return
    if verdict.asks is not None:
        without = "passes" if verdict.asks.delegated is FailureMode.OPEN else "is denied"
        yield f"{verdict.asks} asks {verdict.asks.server}; without its verdict the request {without}"
    for side in found:
        voided = [rule for rule in side.fitting.allow if rule.l7 is not None]
        if side.default_deny and side.fitting.unrestricted and voided:
            by = ", ".join(map(str, side.fitting.unrestricted))
            yield f"{by} allows without L7, so the L7 rules of {', '.join(map(str, voided))} restrict nothing here"
        elif not side.default_deny and voided:
            yield f"no policy denies by default here, so {', '.join(map(str, voided))} restricts nothing"


def _changes(world: World, subject: Subject, verdict: Verdict, found: Sequence[Side]) -> Iterable[Change]:
    if verdict.rejected is not None:
        return
    if verdict.allowed:
        enforced = [rule for rule in verdict.rules if rule.action is Action.ALLOW]
        for rule in enforced:
            others = "" if len(enforced) == 1 else " with the others that allow it"
            yield Change(f"removing this rule{others} would deny it", rule.id, rule.location)
        return
    for rule in verdict.rules:
        yield Change("this deny rule must not fit", rule.id, rule.location)
    for side in found:
        if side.direction in verdict.directions and not side.fitting.deny:
            yield from _nearest(world, subject, verdict, side)


def _nearest(world: World, subject: Subject, verdict: Verdict, side: Side) -> Iterable[Change]:
    failing: list[tuple[int, Change]] = []
    for rule in side.candidates:
        if rule.action is Action.ALLOW and rule.peers != ():
            failing.append(_failure(world, subject, verdict, side, rule))
    failing.sort(key=lambda each: each[0])
    for _, change in failing[:NEAREST_RULES]:
        yield change
    if not failing:
        for policy in side.default_deny:
            what = f"no rule allows any {side.direction}; add one"
            yield Change(what, policy.key, policy.location)


def _failure(world: World, subject: Subject, verdict: Verdict, side: Side, rule: Rule) -> tuple[int, Change]:
    """Why an allow rule does not fit, and in how many respects (a wrong peer weighs most)."""
    connection = subject if isinstance(subject, Connection) else subject.connection
    reasons: list[str] = []
    weight = 0
    peer_reasons = _peer_failure(world, rule, side.peer)
    if peer_reasons:
        reasons += peer_reasons
        weight += 10 * len(peer_reasons)
    if not ports_match(rule, side.server, connection.port, connection.protocol):
        named = ", ".join(str(port) for port in rule.ports or ())
        reasons.append(f"{connection.port_text} is not {named}")
        weight += 5
    location = rule.location
    seen = verdict.normalised
    if isinstance(subject, Query) and isinstance(rule.l7, DnsRules) and not may_be_asked(rule, subject.name):
        reasons.append(f"the name {subject.name} is not {' or '.join(map(str, rule.l7.names))}")
        weight += 1
    if isinstance(subject, Request) and seen is not None and rule.http is not None:
        mismatches, location = min(
            ((http_mismatches(http, subject, seen), http.location) for http in rule.http),
            key=lambda each: len(each[0]),
        )
        reasons += mismatches
        weight += len(mismatches)
    what = "; ".join(reasons) or "its conditions (authentication, server name) do not hold"
    return weight, Change(what, rule.id, location)


def _peer_failure(world: World, rule: Rule, end: Endpoint) -> list[str]:
    """Why none of a rule's peers is this end, told of the nearest one."""
    if rule.peers is None or any(peer_matches(world, peer, end) for peer in rule.peers):
        return []
    return min((_why_not(world, peer, end) for peer in rule.peers), key=len, default=[])


def _why_not(world: World, peer: Peer, end: Endpoint) -> list[str]:
    who = end.workload.key if end.workload else str(end.network.network_address if end.network else "the peer")
    if isinstance(peer, WorkloadPeer):
        if end.workload is None:
            return [f"{who} is no workload, and the rule names {peer}"]
        labels = world.effective_labels(end.workload)
        return [_label_failure(labels, requirement) for requirement in peer.selector.failing(labels)]
    if isinstance(peer, CidrPeer) and end.workload is not None and not peer.covers_workloads:
        return [f"{who} is a workload, which the CIDR {peer} of a CiliumNetworkPolicy does not cover"]
    return [f"{who} is not {peer}"]


def _label_failure(labels: Mapping[str, str], requirement: Requirement) -> str:
    if requirement.key == NAMESPACE_LABEL:
        return f"namespace {labels[NAMESPACE_LABEL]} is not {', '.join(requirement.values) or 'right'}"
    written = f"{requirement.key}={labels[requirement.key]}" if requirement.key in labels else None
    if written is None:
        return f"there is no label {requirement.key}, and it must be {requirement}"
    return f"label {written} is not {requirement}"


def _subject(subject: Subject) -> dict[str, Any]:
    connection = subject if isinstance(subject, Connection) else subject.connection
    plain: dict[str, Any] = {
        "source": connection.source,
        "destination": connection.destination,
        "port": connection.port,
        "protocol": str(connection.protocol),
        "process": str(connection.process),
    }
    if isinstance(subject, Query):
        plain["name"] = subject.name
    if isinstance(subject, Request):
        plain |= {
            "method": subject.method,
            "path": subject.path,
            "host": subject.host,
            "headers": [list(header) for header in subject.headers],
        }
    return plain


def _where(location: SourceLocation) -> dict[str, Any]:
    return {"file": location.file, "line": location.line}
