# SPDX-License-Identifier: Apache-2.0
"""A time of day that is set forward and back by hours every second, for each Python process that has this folder in
its PYTHONPATH. CLOCK_MONOTONIC runs on as it does."""

import time

HOUR = 3600
_right = time.time_ns


def jumping_ns() -> int:
    now = _right()
    return now + (now // 1_000_000_000 * 7919 % 7 - 3) * HOUR * 1_000_000_000


def jumping() -> float:
    return jumping_ns() / 1e9


time.time, time.time_ns = jumping, jumping_ns
