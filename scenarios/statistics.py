# SPDX-License-Identifier: Apache-2.0
"""The little statistics that a report needs."""

import math
from collections.abc import Sequence
from statistics import NormalDist

CONFIDENCE = 0.99


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the least value that at least `percent` % of all do not exceed."""
    if not values:
        raise ValueError("no values, no percentile")
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


def wilson_interval(hits: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Where the true share lies, so confident, when `hits` of `trials` were hit (Wilson score interval).

    Unlike the textbook normal interval it holds near 0 and 1 and for few trials, where faults often are.
    """
    if not 0 <= hits <= trials or trials == 0:
        raise ValueError(f"{hits} hits of {trials} trials")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = hits / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # The ends are exact where the formula would only come close to them.
    low = 0.0 if hits == 0 else (middle - spread) / scale
    high = 1.0 if hits == trials else (middle + spread) / scale
    return low, high
