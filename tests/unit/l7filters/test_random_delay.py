# SPDX-License-Identifier: Apache-2.0
"""Distributions of delays, held against the field's own formulas by a Kolmogorov-Smirnov test.

The seed is fixed, so a failure is a defect and no bad luck; the bound is that of a chance of one in a million.
"""

import math
from collections.abc import Callable
from random import Random
from statistics import NormalDist

import pytest

from l7filters.faults import Family, RandomDelay

SAMPLES = 20_000
# sqrt(-ln(alpha / 2) / 2), alpha = 1e-6.
CRITICAL = math.sqrt(-math.log(0.5e-6) / 2)

CDF: dict[Family, tuple[tuple[float, ...], Callable[[float], float]]] = {
    Family.UNIFORM: ((20.0, 60.0), lambda x: (x - 20) / 40),
    Family.NORMAL: ((200.0, 30.0), NormalDist(200, 30).cdf),
    Family.EXPONENTIAL: ((50.0,), lambda x: 1 - math.exp(-x / 50)),
    Family.PARETO: ((10.0, 2.5), lambda x: 1 - (10 / x) ** 2.5),
    Family.LOGNORMAL: ((80.0, 0.5), lambda x: NormalDist().cdf(math.log(x / 80) / 0.5)),
}


def distance(delays: list[float], cdf: Callable[[float], float]) -> float:
    """Kolmogorov and Smirnov's D."""
    ordered, count = sorted(delays), len(delays)
    return max(max((i + 1) / count - cdf(x), cdf(x) - i / count) for i, x in enumerate(ordered))


@pytest.mark.parametrize("family", CDF)
def test_a_distribution_is_what_it_says(family: Family) -> None:
    parameters, cdf = CDF[family]
    random = Random(7)
    delay = RandomDelay(family, parameters, limit_milliseconds=600_000)
    delays = [delay.milliseconds(max(random.random(), 2**-60)) for _ in range(SAMPLES)]
    assert distance(delays, cdf) < CRITICAL / math.sqrt(SAMPLES)
    # The test can fail: a tenth more is another distribution.
    assert distance([1.1 * each for each in delays], cdf) > CRITICAL / math.sqrt(SAMPLES)


def test_limits() -> None:
    assert RandomDelay(Family.FIXED, (5.0,)).milliseconds(0.5) == 5
    assert RandomDelay(Family.PARETO, (1.0, 0.001)).milliseconds(0.999) == 60_000
    assert RandomDelay(Family.LOGNORMAL, (1.0, 1000.0), limit_milliseconds=7).milliseconds(0.999) == 7
    assert RandomDelay(Family.NORMAL, (1.0, 100.0)).milliseconds(0.01) == 0
    assert RandomDelay(Family.NORMAL, (3.0, 0.0)).milliseconds(0.01) == 3
