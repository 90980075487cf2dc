# SPDX-License-Identifier: Apache-2.0
"""The delays that the sidecars' filter draws, one after the other: more even than by chance, and without a pattern."""

from statistics import correlation

import pytest

from l7filters.faults import Family, RandomDelay
from tests.filter_lanes import drawn

EVEN = RandomDelay(Family.UNIFORM, (0.0, 1.0))
DELAYS = (
    RandomDelay(Family.UNIFORM, (45.0, 55.0)),
    RandomDelay(Family.NORMAL, (50.0, 3.0)),
    RandomDelay(Family.EXPONENTIAL, (20.0,)),
    RandomDelay(Family.PARETO, (10.0, 3.0)),
    RandomDelay(Family.LOGNORMAL, (20.0, 0.3)),
)


def distance(chances: list[float]) -> float:
    """The most by which the share of them below a number differs from that number (Kolmogorov)."""
    count = len(chances)
    return max(max(each - n / count, (n + 1) / count - each) for n, each in enumerate(sorted(chances)))


@pytest.mark.parametrize("delay", DELAYS, ids=lambda delay: str(delay.family))
@pytest.mark.parametrize("seed", range(5))
def test_a_few_hundred_have_the_quantiles_of_their_distribution(delay: RandomDelay, seed: int) -> None:
    """Of 256 independent ones, one set in a hundred million would be so near to all quantiles at once."""
    found = sorted(drawn(delay, 256, seed))
    for below in range(1, 64):
        quantile = delay.milliseconds(below / 64)
        assert found[4 * below - 1] < quantile < found[4 * below]


@pytest.mark.parametrize("seed", range(5))
def test_the_more_the_nearer(seed: int) -> None:
    all_of_them = drawn(EVEN, 3 * 4096, seed)
    for count in (64, 512, 4096):
        for begin in range(0, len(all_of_them), count):
            assert distance(all_of_them[begin : begin + count]) <= 1 / count


@pytest.mark.parametrize("begin", [1, 37, 500, 5000])
def test_wherever_one_begins_to_look(begin: int) -> None:
    assert distance(drawn(EVEN, begin + 600, 3)[begin:]) < 0.02


def test_each_place_has_the_whole_distribution() -> None:
    """Nobody who knows the number of a delay knows more about it."""
    several = [drawn(EVEN, 65, seed) for seed in range(4000)]
    for place in (0, 1, 63, 64):
        # Kolmogorov's test at a level of one in ten thousand.
        assert distance([each[place] for each in several]) < 2.23 / 4000**0.5


@pytest.mark.parametrize("behind", [1, 2, 8, 63, 64, 512])
def test_a_delay_says_next_to_nothing_about_another(behind: int) -> None:
    chances = drawn(EVEN, 1 << 15, 5)
    # A 63rd, since no two of 64 in a row share their part, and chance.
    assert abs(correlation(chances[:-behind], chances[behind:])) < 1 / 63 + 4 / (1 << 15) ** 0.5


def test_two_faults_draw_each_for_itself() -> None:
    one, other = (drawn(EVEN, 4096, seed) for seed in (1, 2))
    assert abs(correlation(one, other)) < 4 / 4096**0.5
