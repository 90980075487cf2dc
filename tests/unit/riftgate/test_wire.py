# SPDX-License-Identifier: Apache-2.0
"""What commands, agent and control server tell each other arrives as it was sent."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l7filters.faults import Abort, Delay, Effect, Fault, FaultTarget, HttpMatch, ResponseRate, RewriteStatus
from l7filters.http_match import HeaderMatch
from l7filters.l4 import compile_l4
from l7filters.l4_tables import L4Tables
from l7filters.labels import Operator, Requirement, Selector
from l7filters.policy import Policy
from l7filters.source import SourceLocation
from l7filters.world import World
from riftgate.control import wire
from riftgate.control.tables import tables_from_json, tables_to_json
from tests.policy_strategies import policies, worlds

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?", fullmatch=True)
TEXTS = st.text(max_size=8)
STATUSES = st.integers(200, 599)


def optional(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | of


requirements = st.one_of(
    st.builds(
        Requirement,
        TEXTS,
        st.sampled_from([Operator.IN, Operator.NOT_IN]),
        st.lists(TEXTS, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Requirement, TEXTS, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])),
)
selectors = st.builds(Selector, st.lists(requirements, max_size=2).map(tuple))
aborts = st.builds(Abort, http_status=STATUSES, body=optional(TEXTS)) | st.builds(
    Abort, grpc_status=st.integers(1, 16), body=optional(TEXTS)
)
delays = st.builds(Delay, st.integers(1, 3_600_000))


@st.composite
def effects(draw: st.DrawFn) -> tuple[Effect, ...]:
    answered = draw(st.sampled_from(["abort", "response"]))
    found: list[Effect] = draw(st.lists(delays, max_size=1))
    if answered == "abort":
        found.append(draw(aborts))
    else:
        found.extend(draw(st.lists(st.builds(ResponseRate, st.integers(1, 0xFFFFFFFF)), max_size=1)))
        found.extend(draw(st.lists(st.builds(RewriteStatus, STATUSES), max_size=1)))
    return tuple(draw(st.permutations(found))) or (Delay(1),)


faults = st.builds(
    Fault,
    scenario=NAMES,
    name=NAMES,
    location=st.builds(SourceLocation, TEXTS, st.integers(1, 10**6)),
    target=st.builds(FaultTarget, NAMES, selectors, optional(st.integers(1, 65535))),
    effects=effects(),
    parts_per_million=st.integers(1, 1_000_000),
    source=optional(selectors),
    match=st.builds(
        HttpMatch,
        method=optional(st.sampled_from(["GET", "PURGE"])),
        path=optional(st.sampled_from(["/v1/.*", "/"])),
        headers=st.lists(st.builds(HeaderMatch, st.just("x-key"), optional(st.just("yes"))), max_size=2).map(tuple),
    ),
)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@settings(deadline=None)
@given(st.lists(faults, max_size=3).map(tuple))
def test_faults(some: tuple[Fault, ...]) -> None:
    again = wire.faults_from_json(through_json(wire.faults_to_json(some)))
    assert again == some
    assert [[type(effect) for effect in each.effects] for each in again] == [
        [type(effect) for effect in each.effects] for each in some
    ]


@settings(deadline=None, max_examples=25)
@given(worlds(), policies())
def test_tables(world: World, some: tuple[Policy, ...]) -> None:
    tables = compile_l4(world, some)
    assert tables_from_json(through_json(tables_to_json(tables))) == tables


@pytest.mark.parametrize("data", [None, {}, [{}], [{"scenario": "s"}], "x"])
def test_no_faults(data: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        wire.faults_from_json(data)


def test_a_fault_that_may_not_be_is_refused_here_too() -> None:
    good = wire.faults_to_json((Fault("s", "f", SourceLocation("s.yaml", 1), FaultTarget("default"), (Abort(503),)),))
    good[0]["parts_per_million"] = 0
    with pytest.raises(ValueError, match="0 parts per million"):
        wire.faults_from_json(good)


def test_tables_of_nothing() -> None:
    empty = L4Tables((), (), ())
    assert tables_from_json(through_json(tables_to_json(empty))) == empty
