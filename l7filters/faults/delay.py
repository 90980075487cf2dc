# SPDX-License-Identifier: Apache-2.0
"""Late requests and late responses."""

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Literal

MAX_DELAY_MILLISECONDS = 3_600_000
MAX_RANDOM_DELAY_MILLISECONDS = 600_000
DEFAULT_LIMIT_MILLISECONDS = 60_000
"""No delay of a distribution is longer unless the file says otherwise: the long tail of some has no end."""


class Before(StrEnum):
    """Which message is held."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Delay:
    """The request is held for so long before anything else happens to it."""

    milliseconds: int
    kind: Literal["delay"] = "delay"

    def __post_init__(self) -> None:
        if not 1 <= self.milliseconds <= MAX_DELAY_MILLISECONDS:
            raise ValueError(f"a delay of {self.milliseconds} ms is not between 1 ms and 1 h")

    @property
    def before(self) -> Before:
        return Before.REQUEST

    @property
    def longest_milliseconds(self) -> float:
        return self.milliseconds

    def __str__(self) -> str:
        return f"delay {self.milliseconds} ms"


class Family(StrEnum):
    FIXED = "fixed"
    UNIFORM = "uniform"
    NORMAL = "normal"
    EXPONENTIAL = "exponential"
    PARETO = "pareto"
    LOGNORMAL = "lognormal"


PARAMETERS: dict[Family, tuple[str, ...]] = {
    Family.FIXED: ("value",),
    Family.UNIFORM: ("min", "max"),
    Family.NORMAL: ("mean", "deviation"),
    Family.EXPONENTIAL: ("mean",),
    Family.PARETO: ("scale", "shape"),
    Family.LOGNORMAL: ("median", "sigma"),
}
"""What each family is told. All are milliseconds but those in _NUMBERS, which are above 0."""
_NUMBERS = frozenset({"shape", "sigma"})


@dataclass(frozen=True, slots=True)
class RandomDelay:
    """A delay drawn anew for each request. `parameters` are those of PARAMETERS, in order.

    `limit_milliseconds` cuts the tail: what would be longer is exactly so long. What a normal distribution has below
    0 is no delay at all.
    """

    family: Family
    parameters: tuple[float, ...]
    before: Before = Before.REQUEST
    limit_milliseconds: float = DEFAULT_LIMIT_MILLISECONDS
    kind: Literal["random-delay"] = "random-delay"

    def __post_init__(self) -> None:
        names = PARAMETERS[self.family]
        if len(self.parameters) != len(names):
            raise ValueError(f"a {self.family} delay has the parameters {', '.join(names)}")
        for name, value in zip(names, self.parameters, strict=True):
            lowest = 0.0 if name in {"min", "deviation"} else None
            if not math.isfinite(value) or value > MAX_RANDOM_DELAY_MILLISECONDS:
                raise ValueError(f"{name} {value:g} of a {self.family} delay is more than 10 min")
            if value < 0 or (lowest is None and value == 0):
                raise ValueError(f"{name} {value:g} of a {self.family} delay is not above 0")
        if self.family is Family.UNIFORM and self.parameters[0] >= self.parameters[1]:
            raise ValueError("min of a uniform delay is not below its max")
        if not 1 <= self.limit_milliseconds <= MAX_RANDOM_DELAY_MILLISECONDS:
            raise ValueError(f"a limit of {self.limit_milliseconds:g} ms is not between 1 ms and 10 min")

    def milliseconds(self, chance: float) -> float:
        """The delay below which a share `chance` (above 0, below 1) of all delays lies."""
        return min(max(0.0, self._quantile(chance)), self.limit_milliseconds)

    @property
    def longest_milliseconds(self) -> float:
        """No delay is longer."""
        match self.family:
            case Family.FIXED:
                return min(self.parameters[0], self.limit_milliseconds)
            case Family.UNIFORM:
                return min(self.parameters[1], self.limit_milliseconds)
            case _:
                return self.limit_milliseconds

    def _quantile(self, chance: float) -> float:
        first, second = (*self.parameters, 0.0)[:2]
        match self.family:
            case Family.FIXED:
                return first
            case Family.UNIFORM:
                return first + (second - first) * chance
            case Family.NORMAL:
                return first if second == 0 else NormalDist(first, second).inv_cdf(chance)
            case Family.EXPONENTIAL:
                return -first * math.log1p(-chance)
            case Family.PARETO:
                # The logarithm first: a small shape overflows, and is cut by the limit anyway.
                exponent = -math.log1p(-chance) / second
                return first * math.exp(min(exponent, 700.0))
            case Family.LOGNORMAL:
                return first * math.exp(min(second * NormalDist().inv_cdf(chance), 700.0))

    @property
    def words(self) -> str:
        """The distribution, for people."""
        return f"{self.family}, {self._told}"

    def __str__(self) -> str:
        return f"{self.family} delay before the {self.before} ({self._told})"

    @property
    def _told(self) -> str:
        named = zip(PARAMETERS[self.family], self.parameters, strict=True)
        return ", ".join(f"{name} {value:g}{'' if name in _NUMBERS else ' ms'}" for name, value in named)
