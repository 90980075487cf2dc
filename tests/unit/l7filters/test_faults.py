# SPDX-License-Identifier: Apache-2.0
"""The fault model: what can be built, what several faults do together, and which of them may meet."""

from typing import Any

import pytest

from l7filters.faults import (
    Abort,
    Before,
    Body,
    ConcurrencyLimit,
    Delay,
    Edit,
    Effect,
    Family,
    Fault,
    FaultTarget,
    HeaderEdits,
    Headers,
    HttpMatch,
    Mirror,
    PathRewrite,
    RandomDelay,
    Redirect,
    Reset,
    ResponseRate,
    RewriteRequest,
    RewriteStatus,
    Which,
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
        (lambda: RandomDelay(Family.NORMAL, (1.0,)), "has the parameters mean, deviation"),
        (lambda: RandomDelay(Family.UNIFORM, (5.0, 5.0)), "min .* is not below its max"),
        (lambda: RandomDelay(Family.EXPONENTIAL, (0.0,)), "mean 0 .* not above 0"),
        (lambda: RandomDelay(Family.EXPONENTIAL, (-1.0,)), "mean -1 .* not above 0"),
        (lambda: RandomDelay(Family.PARETO, (1.0, float("nan"))), "shape nan"),
        (lambda: RandomDelay(Family.FIXED, (600_001.0,)), "more than 10 min"),
        (lambda: RandomDelay(Family.FIXED, (1.0,), limit_milliseconds=0), "a limit of 0 ms"),
        (lambda: Abort(503, headers=(("Retry-After", "5"),)), "small letters"),
        (Headers, "no header is set"),
        (lambda: Headers(HeaderEdits(set=(("host", "x"),))), "belongs to the connection"),
        (lambda: Headers(HeaderEdits(remove=("x-riftgate-source",))), "the sidecar's own"),
        (lambda: Headers(HeaderEdits(add=(("x-a", "b\nc"),))), "printable ASCII"),
        (lambda: Headers(HeaderEdits(set=(("x-a", "1"),), remove=("x-a",))), "changed twice"),
        (RewriteRequest, "neither path, query nor method"),
        (lambda: RewriteRequest(method="CONNECT"), "cannot be rewritten to the method"),
        (lambda: RewriteRequest(PathRewrite("(", "/")), "missing"),
        (lambda: RewriteRequest(PathRewrite("/a", "/a?b")), "cannot stand in a path"),
        (lambda: Redirect("endor", 80), "not namespace/name"),
        (lambda: Mirror("default/endor", 0), "port 0"),
        (lambda: ConcurrencyLimit(0), "a limit of 0 requests"),
        (lambda: Reset(-1), "a reset after -1 bytes"),
        (lambda: Body(Edit.MERGE, "{"), "is no JSON"),
        (lambda: Body(Edit.PATCH, "{}"), "a list of 1 to 100"),
        (lambda: Body(Edit.PATCH, '[{"op": "delete", "path": "/a"}]'), "no operation"),
        (lambda: Body(Edit.PATCH, '[{"op": "add", "path": "/a"}]'), "needs value"),
        (lambda: Body(Edit.PATCH, '[{"op": "remove", "path": "a"}]'), "no JSON pointer"),
        (lambda: Body(Edit.CORRUPT, "0"), "0 bits per million"),
        (lambda: Body(Edit.REPLACE, "x" * 8192), "longer than 8192 bytes"),
        (Which, "nothing says which"),
        (lambda: Which(first=0), "first: 0"),
        (lambda: Which(seed=-1), "seed -1"),
        (lambda: Which(key="x-user", every=2), "give a seed"),
        (lambda: fault("a", Abort(503), Reset()), "either reset or answered"),
        (lambda: fault("a", Reset(), RewriteStatus(500)), "no response of the app"),
        (lambda: fault("a", Reset(5), Body(Edit.REPLACE, "x")), "breaks off"),
        (lambda: fault("a", Redirect("d/e", 1), ConcurrencyLimit(1)), "goes elsewhere"),
        (lambda: fault("a", Delay(1), RandomDelay(Family.FIXED, (1.0,))), "no two of one kind"),
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
    assert (combined.rewrite_status, combined.first(ResponseRate)) == (None, None)
    assert combined.faults == (a, b)


def test_a_fault_without_a_part_in_the_answer_is_not_named() -> None:
    a, b = fault("a", Abort(http_status=503)), fault("b", Abort(http_status=503))
    assert combine_effects([b, a]).faults == (a,)
    slow, slower = fault("a", ResponseRate(8)), fault("b", ResponseRate(4))
    combined = combine_effects([slow, slower, fault("c", RewriteStatus(500)), fault("d", RewriteStatus(501))])
    assert (combined.first(ResponseRate), combined.rewrite_status) == (ResponseRate(4), RewriteStatus(500))
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


def test_what_counts_of_several() -> None:
    late, early = Reset(100), Reset(5)
    elsewhere, limit = Redirect("default/endor", 80), ConcurrencyLimit(2)
    hit = [
        fault("a", late, limit, RewriteStatus(500)),
        fault("b", early, RewriteStatus(501), Headers(HeaderEdits(set=(("x-a", "1"),)))),
        fault("c", elsewhere, Body(Edit.REPLACE, "x"), RandomDelay(Family.FIXED, (1.0,), Before.RESPONSE)),
        fault("d", Redirect("default/hoth", 80), Mirror("default/hoth", 80), RandomDelay(Family.FIXED, (1.0,))),
    ]
    combined = combine_effects(reversed(hit))
    assert combined.of(Reset) == (early,)
    assert combined.of(Redirect) == (elsewhere,)
    assert (combined.of(ConcurrencyLimit), combined.of(Body)) == ((), ())
    assert combined.rewrite_status == RewriteStatus(500)
    assert [each.before for each in combined.of(RandomDelay)] == [Before.REQUEST]
    assert [each.id for each in combined.faults] == ["s/a", "s/b", "s/c", "s/d"]
    # Who answers, ends it.
    combined = combine_effects([*hit, fault("e", Delay(3), Abort(503)), fault("f", Reset())])
    assert [type(effect) for _, effect in combined.parts] == [RandomDelay, Delay, Reset]
