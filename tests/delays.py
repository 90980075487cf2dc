# SPDX-License-Identifier: Apache-2.0
"""How late is late: what a client measures of a delay that a fault makes."""

EARLY = 0.001
"""Seconds by which one delay may fall short: a quarter of a millisecond (docs/faults.md), and what two clocks round."""


def at_least(delay: float, times: int = 1) -> float:
    """The least that so many delays of `delay` seconds, one behind the other, take from end to end."""
    return times * (delay - EARLY)
