# SPDX-License-Identifier: Apache-2.0
"""Faults that contradict each other: one of them could never happen while the other is on, or what becomes of both
depends on chance. Faults that have different effects on the same thing do not: they add up, or the first counts for its
part of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from l7filters.connection_effects import ConnectionReset
from l7filters.connection_faults import ConnectionFault, connection_rule
from l7filters.fault_levels import AnyFault
from l7filters.faults import ALL_REQUESTS, Fault, may_overlap, targets
from l7filters.faults.effect import answers
from l7filters.name_faults import NameEffect, NameFault
from l7filters.packet_faults import PacketEffect, PacketFault, PacketRule, packet_rules
from l7filters.process_faults import ProcessFault
from l7filters.source import Problem
from l7filters.world import World


def contradictions(world: World, faults: Sequence[AnyFault], on: Iterable[AnyFault] = ()) -> Iterator[Problem]:
    """Of the faults with each other, and with those that are on beside them."""
    fresh = {fault.id for fault in faults}
    for one, other in combinations(sorted((*faults, *on), key=lambda fault: fault.id), 2):
        if not fresh & {one.id, other.id}:
            continue
        for never, because, why in (
            (other, one, _prevents(world, one, other)),
            (one, other, _hides(world, other, one)),
        ):
            if why is None:
                continue
            if never.id in fresh:
                what = f"{never.id} can never happen: {because.id} ({because.location}) {why}"
                yield Problem(never.location, what, _TODO)
            else:
                what = f"{never.id} ({never.location}), which is on, could not happen any more: {because.id} {why}"
                yield Problem(because.location, what, _TODO)
            break
        else:
            yield from _undecided(world, one, other, fresh)


_TODO = "narrow one of them, give the first a percentage, or run them one after the other"


def _prevents(world: World, first: AnyFault, second: AnyFault) -> str | None:
    """Why the second never happens while the first is on, whose id is smaller: that decides where one counts."""
    if isinstance(first, Fault) and isinstance(second, Fault):
        return "answers each request that it matches" if _answers_all_of(first, second) else None
    if isinstance(first, NameFault) and isinstance(second, NameFault):
        return "answers each query that it matches" if _answers_all_queries_of(world, first, second) else None
    return _hides(world, first, second)


def _hides(world: World, one: AnyFault, other: AnyFault) -> str | None:
    """Why `other` never happens while `one` is on, whatever their ids."""
    if isinstance(one, PacketFault) and isinstance(other, PacketFault):
        return "loses each packet that it matches" if _loses_all_of(world, one, other) else None
    if isinstance(one, ConnectionFault) and isinstance(other, ConnectionFault):
        return "resets each connection that it matches" if _resets_all_of(world, one, other) else None
    return None


def _answers_all_of(first: Fault, second: Fault) -> bool:
    always = first.parts_per_million == ALL_REQUESTS and first.which is None
    both_answer = any(map(answers, first.effects)) and any(map(answers, second.effects))
    same = (first.target, first.source, first.match, first.inject) == (
        second.target,
        second.source,
        second.match,
        second.inject,
    )
    return always and both_answer and same and may_overlap(first, second)


def _answers_all_queries_of(world: World, first: NameFault, second: NameFault) -> bool:
    """Of several effects but delays, that of the smallest id counts."""
    return (
        NameEffect.DELAY not in {first.effect, second.effect}
        and first.parts_per_million == ALL_REQUESTS
        and first.which is None
        and {each.key for each in targets(world, second)} <= {each.key for each in targets(world, first)}
        and (not first.names or (bool(second.names) and set(second.names) <= set(first.names)))
        and (not first.types or (bool(second.types) and set(second.types) <= set(first.types)))
    )


def _loses_all_of(world: World, one: PacketFault, other: PacketFault) -> bool:
    loses = one.effect in {PacketEffect.LOSS, PacketEffect.PARTITION} and one.parts_per_million == ALL_REQUESTS
    if not loses or one.which is not None:
        return False
    losing, rules = packet_rules(world, one), packet_rules(world, other)
    return bool(rules) and all(any(_covers(each, rule) for each in losing) for rule in rules)


def _covers(rule: PacketRule, other: PacketRule) -> bool:
    """Whether every packet that `other` may hit is one of `rule`. A port is the source's or the destination's."""
    return (
        other.pairs <= rule.pairs
        and rule.protocol in {0, other.protocol}
        and (rule.port == 0 or (rule.port == other.port and rule.from_target == other.from_target))
    )


def _resets_all_of(world: World, one: ConnectionFault, other: ConnectionFault) -> bool:
    at_once = one.does.reset == ConnectionReset() and one.parts_per_million == ALL_REQUESTS and one.which is None
    if not at_once or one.inject is not other.inject:
        return False
    near, far = one.target.outside, other.target.outside
    # What is outside of the mesh is one peer, whatever its address.
    if far is not None and (near is None or not near.covers(far.addresses)):
        return False
    rule, hidden = connection_rule(world, one), connection_rule(world, other)
    return hidden.pods <= rule.pods and hidden.peers <= rule.peers and rule.port in {0, hidden.port}


def _undecided(world: World, one: AnyFault, other: AnyFault, fresh: Iterable[str]) -> Iterator[Problem]:
    """A signal to processes that stand still, or that another signal goes to as well."""
    if not (isinstance(one, ProcessFault) and isinstance(other, ProcessFault)) or one.kill == other.kill:
        return
    same_container = None in {one.container, other.container} or one.container == other.container
    shared = {each.key for each in targets(world, one)} & {each.key for each in targets(world, other)}
    if same_container and shared:
        late, early = (other, one) if other.id in fresh else (one, other)
        what = (
            f"{late.id} ({', '.join(late.effects)}) and {early.id} ({early.location}: {', '.join(early.effects)}) "
            f"go for the same processes of {min(shared)}"
        )
        yield Problem(late.location, what, "run them one after the other")
