# SPDX-License-Identifier: Apache-2.0
"""How long state machines are played: the same short games in each run, or as many new ones as asked for.

RIFTGATE_EXAMPLES=20000 pytest tests/unit/xds_server/test_random_clients.py tests/unit/xds_server/test_random_streams.py
"""

import os

from hypothesis import HealthCheck, settings

_EXAMPLES = int(os.environ.get("RIFTGATE_EXAMPLES", "0"))

LIMITS = settings(
    max_examples=_EXAMPLES or 100,
    stateful_step_count=40,
    deadline=None,
    derandomize=not _EXAMPLES,
    suppress_health_check=list(HealthCheck),
)
