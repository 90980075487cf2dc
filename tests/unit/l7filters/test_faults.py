# SPDX-License-Identifier: Apache-2.0
"""The fault model: what can be built, what several faults do together, and which of them may meet."""

from typing import Any

import pytest

from l7filters.faults import (
    Abort,
    Delay,
    Effect,
    Fault,
    FaultTarget,
    HttpMatch,
    ResponseRate,
    RewriteStatus,
    combine_effects,
    crowded,
    faults_of,
    may_overlap,
    sources,
    targets,
)
from l7filters.http_match import HeaderMatch, Mismatch
from l7filters.labels import Selector, in_namespace
from l7filters.source import SourceLocation
from l7filters.world import Workload, World

LINE = SourceLocation("scenario.yaml", 3)
DEATHSTAR = Workload("default", "deathstar", {"class": "deathstar"})
TIE = Workload("default", "tie", {"org": "empire"})
OTHER = Workload("rebels", "deathstar", {"class": "deathstar"})
WORLD = World(workloads=(DEATHSTAR, TIE, OTHER))


def fault(name: str, *effects: Effect, target: FaultTarget | None = None, **more: Any) -> Fault:
    return Fault("s", name, LINE, target or FaultTarget("default"), effects or (Delay(1),), **more)


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: Delay(0), "not between 1 ms and 1 h"),
        (lambda: Delay(3_600_001), "not between 1 ms and 1 h"),
        (Abort, "either an HTTP status or a gRPC status"),
        (lambda: Abort(http_status=503, grpc_status=14), "either an HTTP status or a gRPC status"),
        (lambda: Abort(http_status=199), "HTTP status 199"),
        (lambda: Abort(http_status=600), "HTTP status 600"),
        (lambda: Abort(grpc_status=0), "gRPC status 0"),
        (lambda: Abort(grpc_status=17), "gRPC status 17"),
        (lambda: ResponseRate(0), "rate of 0"),
        (lambda: RewriteStatus(100), "HTTP status 100"),
        (lambda: FaultTarget("default", port=0), "port 0"),
        (lambda: FaultTarget("default", port=65536), "port 65536"),
        (lambda: HttpMatch(method="GET /"), "not an HTTP method"),
        (lambda: HttpMatch(path="("), "missing"),
        (lambda: HttpMatch(headers=(HeaderMatch("x", "y", Mismatch.LOG),)), "never fails"),
        (lambda: fault("a", parts_per_million=0), "0 parts per million"),
        (lambda: fault("a", parts_per_million=1_000_001), "1000001 parts per million"),
        (lambda: fault("a/b"), "name 'a/b'"),
        (lambda: fault("a+b"), "name 'a.b'"),
        (lambda: fault(""), "name ''"),
        (lambda: Fault("s", "a", LINE, FaultTarget("default"), ()), "at least one effect"),
        (lambda: fault("a", Delay(1), Delay(2)), "no two of one kind"),
        (lambda: fault("a", Abort(503), ResponseRate(1)), "no response of the app"),
        (lambda: fault("a", Abort(503), RewriteStatus(500)), "no response of the app"),
    ],
)
def test_nonsense_cannot_be_built(build: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build()


def test_delays_add_up_and_one_abort_answers() -> None:
    a = fault("a", Delay(10), Abort(http_status=503))
    b = fault("b", Delay(5), Abort(http_status=500))
    c = fault("c", RewriteStatus(418), ResponseRate(1))
    combined = combine_effects([c, b, a])
    assert (combined.delay_milliseconds, combined.abort) == (15, Abort(http_status=503))
    assert (combined.rewrite_status, combined.response_rate) == (None, None)
    assert combined.faults == (a, b)


def test_a_fault_without_a_part_in_the_answer_is_not_named() -> None:
    a, b = fault("a", Abort(http_status=503)), fault("b", Abort(http_status=503))
    assert combine_effects([b, a]).faults == (a,)
    slow, slower = fault("a", ResponseRate(8)), fault("b", ResponseRate(4))
    combined = combine_effects([slow, slower, fault("c", RewriteStatus(500)), fault("d", RewriteStatus(501))])
    assert (combined.response_rate, combined.rewrite_status) == (ResponseRate(4), RewriteStatus(500))
    assert [each.name for each in combined.faults] == ["b", "c"]


def test_who_is_targeted_and_whose_calls_are_hit() -> None:
    on_deathstar = fault("a", target=FaultTarget("default", Selector.of({"class": "deathstar"})))
    assert targets(WORLD, on_deathstar) == (DEATHSTAR,)
    assert sources(WORLD, on_deathstar) is None
    assert sources(WORLD, fault("a", source=Selector().and_also(in_namespace("rebels")))) == (OTHER,)
    assert faults_of(WORLD, DEATHSTAR, [fault("b"), on_deathstar]) == (on_deathstar, fault("b"))
    assert faults_of(WORLD, OTHER, [on_deathstar]) == ()
    with pytest.raises(ValueError, match=r"two faults are called s/a: scenario.yaml:3"):
        faults_of(WORLD, DEATHSTAR, [fault("a"), fault("a", Delay(2))])


def empire(org: str) -> Selector:
    return Selector.of({"org": org})


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({}, {}, True),
        ({"target": FaultTarget("default", port=80)}, {}, True),
        ({"target": FaultTarget("default", port=80)}, {"target": FaultTarget("default", port=81)}, False),
        ({"target": FaultTarget("rebels")}, {}, False),
        ({"target": FaultTarget("default", empire("a"))}, {"target": FaultTarget("default", empire("b"))}, False),
        ({"source": empire("a")}, {"source": empire("b")}, False),
        ({"source": empire("a")}, {}, True),
        ({"match": HttpMatch("GET")}, {"match": HttpMatch("POST")}, False),
        ({"match": HttpMatch("GET")}, {"match": HttpMatch(path="/")}, True),
        ({"match": HttpMatch(path="/a")}, {"match": HttpMatch(path="/b")}, False),
        ({"match": HttpMatch(path="/a")}, {"match": HttpMatch(path="/b|/c")}, True),
        (
            {"match": HttpMatch(headers=(HeaderMatch("x", "1"),))},
            {"match": HttpMatch(headers=(HeaderMatch("x", "2"),))},
            False,
        ),
        (
            {"match": HttpMatch(headers=(HeaderMatch("x", "1"),))},
            {"match": HttpMatch(headers=(HeaderMatch("x"),))},
            True,
        ),
    ],
)
def test_which_faults_may_meet(one: dict[str, Any], other: dict[str, Any], meet: bool) -> None:
    assert may_overlap(fault("a", **one), fault("b", **other)) is meet
    assert may_overlap(fault("b", **other), fault("a", **one)) is meet


def test_a_crowd_is_one_workloads() -> None:
    on = [
        FaultTarget("default", Selector.of({"class": "deathstar"})),
        FaultTarget("default", Selector.of({"org": "empire"})),
    ]
    faults = [fault(f"f{number}", target=on[number % 2]) for number in range(8)]
    assert crowded(WORLD, faults) is None
    assert crowded(WORLD, [*faults, fault("any")]) is not None
    both = World(workloads=(Workload("default", "both", {"class": "deathstar", "org": "empire"}),))
    crowd = crowded(both, faults)
    assert crowd is not None
    assert len(crowd) == 5
