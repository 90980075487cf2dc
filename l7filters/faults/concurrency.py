# SPDX-License-Identifier: Apache-2.0
"""An app that takes only so many requests at once."""

from dataclasses import dataclass
from typing import Literal

MAX_CONCURRENCY = 100_000


@dataclass(frozen=True, slots=True)
class ConcurrencyLimit:
    """Of the requests that are hit, each target lets so many through to its app at once; it answers the rest 503."""

    requests: int
    kind: Literal["concurrency"] = "concurrency"

    def __post_init__(self) -> None:
        if not 1 <= self.requests <= MAX_CONCURRENCY:
            raise ValueError(f"a limit of {self.requests} requests is not between 1 and {MAX_CONCURRENCY}")

    def __str__(self) -> str:
        return f"at most {self.requests} requests at once"
