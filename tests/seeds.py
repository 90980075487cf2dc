# SPDX-License-Identifier: Apache-2.0
"""Which random runs of tests/e2e/test_random_kills.py are played.

RIFTGATE_SEEDS=200 pytest tests/e2e/test_random_kills.py    so many, from seed 0
RIFTGATE_SEED=17 pytest tests/e2e/test_random_kills.py      this one
"""

import os

USUAL = 20


def chosen_seeds() -> tuple[int, ...]:
    one = os.environ.get("RIFTGATE_SEED")
    return (int(one),) if one else tuple(range(int(os.environ.get("RIFTGATE_SEEDS", USUAL))))
