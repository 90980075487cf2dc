# SPDX-License-Identifier: Apache-2.0
"""Independence of faults, held against a simulation of Envoy's one roll of the die per request."""

from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l7filters.faults import ALL_REQUESTS, Abort, Delay, Fault, FaultTarget, HttpMatch
from l7filters.http_match import HeaderMatch
from l7filters.source import SourceLocation
from l7filters.translate.fault_regions import (
    Combination,
    combinations_of,
    faults_of_route,
    regions,
    shares,
    thresholds,
)

PARTS = st.one_of(
    st.sampled_from([0, 1, 2, 200_000, 333_333, 500_000, 999_999, ALL_REQUESTS]), st.integers(0, ALL_REQUESTS)
)


def fault(name: str, header: str | None = None, match: HttpMatch | None = None) -> Fault:
    if match is None:
        match = HttpMatch(headers=() if header is None else (HeaderMatch(header),))
    return Fault("s", name, SourceLocation("s.yaml", 1), FaultTarget("default"), (Delay(1),), match=match)


def hits(faults: list[Fault], active: dict[str, int], matched: set[str]) -> Counter[str]:
    """Route name to how many of the million rolls choose it, for a request that matches the faults of these
    ids.

    Envoy: routes in order, the first whose match holds and whose threshold is above the roll.
    """
    counts: Counter[str] = Counter()
    below = 0
    for region in regions(faults):
        if not {each.id for each in region} <= matched:
            continue
        values = thresholds(region, active)
        for combination in combinations_of(region):
            threshold = values.get(combination.runtime_key, 0)
            counts[combination.route_name] += max(0, threshold - below)
            below = max(below, threshold)
    return counts


@given(st.lists(PARTS, min_size=1, max_size=4), st.data())
def test_faults_are_independent_whatever_a_request_matches(parts: list[int], data: st.DataObject) -> None:
    faults = [fault(f"f{number}", header=f"x-{number}") for number in range(len(parts))]
    active = {each.id: part for each, part in zip(faults, parts, strict=True)}
    matched = data.draw(st.sets(st.sampled_from(sorted(active))))
    counts = hits(faults, active, matched)
    marginals: Counter[str] = Counter()
    for name, count in counts.items():
        for each in faults_of_route(name):
            marginals[each] += count
    assert {name: marginals[name] for name in matched} == {name: active[name] for name in matched}
    assert not set(marginals) - matched
    for size in range(2, len(matched) + 1):
        for some in combinations(sorted(matched), size):
            together = sum(count for name, count in counts.items() if set(some) <= set(faults_of_route(name)))
            expected = ALL_REQUESTS * prod(Fraction(active[name], ALL_REQUESTS) for name in some)
            assert abs(together - expected) <= 2 ** len(parts)


@given(st.lists(PARTS, min_size=1, max_size=5))
def test_shares_cover_no_more_than_everything_and_have_exact_marginals(parts: list[int]) -> None:
    cells = shares(parts)
    assert all(width > 0 for width in cells.values())
    assert sum(cells.values()) <= ALL_REQUESTS
    for event, part in enumerate(parts):
        assert sum(width for cell, width in cells.items() if event in cell) == part


def test_the_thresholds_of_the_worked_example() -> None:
    a, b = fault("a"), fault("b")
    assert thresholds((a, b), {"s/a": 500_000, "s/b": 200_000}) == {
        "riftgate.fault.s/a+s/b:s/a+s/b": 100_000,
        "riftgate.fault.s/a+s/b:s/a": 500_000,
        "riftgate.fault.s/a+s/b:s/b": 600_000,
    }
    assert thresholds((a, b), {"s/b": 200_000}) == {"riftgate.fault.s/a+s/b:s/b": 200_000}
    assert thresholds((a,), {"s/a": 250_000}) == {"riftgate.fault.s/a": 250_000}
    assert thresholds((a, b), {}) == {}


def test_faults_that_exclude_each_other_share_no_region() -> None:
    landing = fault("a", match=HttpMatch(method="POST", path="/v1/request-landing"))
    other_path = fault("b", match=HttpMatch(path="/v1/exhaust-port"))
    other_method = fault("c", match=HttpMatch(method="GET"))
    pattern = fault("d", match=HttpMatch(path="/v1/.*"))
    sets = {tuple(each.name for each in region) for region in regions([landing, other_path, other_method, pattern])}
    assert sets == {
        ("a",),
        ("b",),
        ("c",),
        ("d",),
        ("a", "d"),
        ("b", "c"),
        ("b", "d"),
        ("c", "d"),
        ("b", "c", "d"),
    }


def test_regions_stand_from_the_largest_to_the_smallest_whatever_the_order_of_the_faults() -> None:
    faults = [fault(name) for name in "abc"]
    expected = regions(faults)
    assert [len(region) for region in expected] == [3, 2, 2, 2, 1, 1, 1]
    assert regions(faults[::-1]) == expected


def test_five_faults_on_one_request_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"s/f0 \(s.yaml:1\).*s/f4"):
        regions([fault(f"f{number}") for number in range(5)])
    excluding = [fault(f"f{number}", match=HttpMatch(path=f"/{number}")) for number in range(5)]
    assert len(regions(excluding)) == 5


def test_route_names_name_the_faults() -> None:
    a = fault("a")
    b = Fault("t", "b", SourceLocation("t.yaml", 1), FaultTarget("default"), (Abort(503),))
    name = Combination((a, b), (a, b)).route_name
    assert name == "fault/s/a+t/b"
    assert faults_of_route(name) == ("s/a", "t/b")
    assert faults_of_route("inbound/80") == ()
