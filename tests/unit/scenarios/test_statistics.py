# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.statistics import percentile, wilson_interval


@pytest.mark.parametrize("percent, value", [(50, 5), (90, 9), (99, 10), (100, 10), (1, 1)])
def test_percentile_is_the_nearest_rank(percent, value):
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == value


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(1, 100))
def test_percentile_is_a_value_that_enough_do_not_exceed(values, percent):
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values) - 1e-6


def test_percentile_of_nothing():
    with pytest.raises(ValueError):
        percentile([], 50)


def test_wilson_against_published_values():
    """Newcombe 1998, table I: 81 of 263 and 0 of 20 at 95 %."""
    assert wilson_interval(81, 263, 0.95) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20, 0.95) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29, 0.95) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_observed_share_lies_in_its_interval(case):
    hits, trials = case
    low, high = wilson_interval(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1


@pytest.mark.parametrize("hits, trials", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts(hits, trials):
    with pytest.raises(ValueError):
        wilson_interval(hits, trials)
