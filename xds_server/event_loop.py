# SPDX-License-Identifier: Apache-2.0
"""What a process that serves thousands of streams runs on."""

from __future__ import annotations

import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

Result = TypeVar("Result")

# How many more objects are made than freed between two looks for cycles among the young ones, and how many of these
# looks between two at those that outlived one. Python's own 700 and 10 suit programs whose objects die young; what a
# stream holds lives as long as the stream, and thousands of streams make it look at all of them over and over.
_YOUNG = 50_000
_LOOKS = 20


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Like `asyncio.run`, for a process that does nothing else: on uvloop, and without looking for garbage where there
    is none."""
    gc.collect()
    # Modules and message descriptors stay for good.
    gc.freeze()
    gc.set_threshold(_YOUNG, _LOOKS, _LOOKS)
    return uvloop.run(main)
