# SPDX-License-Identifier: Apache-2.0
"""Which random runs of tests/e2e/test_random_kills.py are played.

RIFTGATE_SEEDS=200 pytest tests/e2e/test_random_kills.py     so many, from seed 0
RIFTGATE_SEED=17,3 pytest tests/e2e/test_random_kills.py     these
"""

import os

USUAL = 20


def chosen_seeds(usual: int = USUAL) -> tuple[int, ...]:
    some = os.environ.get("RIFTGATE_SEED")
    return tuple(map(int, some.split(","))) if some else tuple(range(int(os.environ.get("RIFTGATE_SEEDS", usual))))
