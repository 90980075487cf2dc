# SPDX-License-Identifier: Apache-2.0
"""Which of the requests that a fault matches are hit, where a share of them by chance is not what is wanted."""

import re
from dataclasses import dataclass

MAX_COUNT = 1_000_000_000
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,256}")


@dataclass(frozen=True, slots=True)
class Which:
    """Conditions in the order in which they are asked; a request that one of them spares is not counted by the next.

    seed        the fault's percentage, drawn by this seed: for the request's number (its place among those that
                match, over all targets together, from 1 on), or for the value of its header `key`
    every       each so-many-th, beginning with that one
    per_second  so many in each second at most
    at_once     so many at the same time at most: until the response begins, or the request ends without one
    first       only so many in all
    """

    seed: int | None = None
    key: str | None = None
    every: int | None = None
    per_second: int | None = None
    at_once: int | None = None
    first: int | None = None

    def __post_init__(self) -> None:
        counts = {"every": self.every, "perSecond": self.per_second, "atOnce": self.at_once, "first": self.first}
        if self.seed is None and all(count is None for count in counts.values()):
            raise ValueError("nothing says which requests are hit: give seed, every, perSecond, atOnce or first")
        for name, count in counts.items():
            if count is not None and not 1 <= count <= MAX_COUNT:
                raise ValueError(f"{name}: {count} is not between 1 and {MAX_COUNT}")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise ValueError(f"seed {self.seed} is not between 0 and 2**63 - 1")
        if self.key is not None:
            if self.seed is None:
                raise ValueError("the key is what the seed is applied to: give a seed")
            if not _HEADER.fullmatch(self.key):
                raise ValueError(f"{self.key!r} is not the name of a header in small letters")

    @property
    def counted(self) -> bool:
        """Whether more than the percentage says who is hit."""
        return any(count is not None for count in (self.every, self.per_second, self.at_once, self.first))

    def __str__(self) -> str:
        said = {
            "seed": self.seed,
            "key": self.key,
            "every": self.every,
            "per second": self.per_second,
            "at once": self.at_once,
            "first": self.first,
        }
        return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)
