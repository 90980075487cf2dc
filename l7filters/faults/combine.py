# SPDX-License-Identifier: Apache-2.0
"""What several faults do to one request that is hit by all of them.

The fault whose id is first has priority. In the order in which a request meets the effects:

| effects | of several |
|---|---|
| delays before the request | add up |
| a reset without an answer | ends the request; nothing below happens |
| aborts | the first answers; nothing below happens |
| request: path, method | the first rewrite of each counts |
| request: query, headers, body | all apply, the first first |
| redirects | the first counts; then no concurrency limit does |
| mirrors | a copy for each |
| concurrency limits | the smallest counts |
| response: status | the first counts |
| response: headers, body | all apply, the first first |
| response rates | the slowest counts |
| resets after so many bytes | the earliest counts; then no response is delayed or has its body edited |
| delays before the response | add up |
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from l7filters.faults.abort import Abort
from l7filters.faults.concurrency import ConcurrencyLimit
from l7filters.faults.delay import Delay
from l7filters.faults.effect import Effect, answers, spoilt_by_break, waits
from l7filters.faults.elsewhere import Redirect
from l7filters.faults.fault import Fault
from l7filters.faults.reset import Reset
from l7filters.faults.response import ResponseRate, RewriteStatus

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class CombinedEffects:
    """The effects that count, each with its fault, in the order of the faults' ids."""

    parts: tuple[tuple[Fault, Effect], ...]

    def of(self, kind: type[E]) -> tuple[E, ...]:
        return tuple(effect for _, effect in self.parts if isinstance(effect, kind))

    def first(self, kind: type[E]) -> E | None:
        return next(iter(self.of(kind)), None)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those that have a part in what happens."""
        return tuple({fault.id: fault for fault, _ in self.parts}.values())

    @property
    def delay_milliseconds(self) -> int:
        """What Envoy itself waits before the request."""
        return sum(delay.milliseconds for delay in self.of(Delay))

    @property
    def abort(self) -> Abort | None:
        return self.first(Abort)

    @property
    def rewrite_status(self) -> RewriteStatus | None:
        return self.first(RewriteStatus)


def combine_effects(faults: Iterable[Fault]) -> CombinedEffects:
    """As the table above says."""
    hit = sorted(faults, key=lambda fault: fault.id)
    parts = [(fault, effect) for fault in hit for effect in fault.effects]
    ends = [each for each in parts if answers(each[1])]
    if ends:
        ending = next((each for each in ends if isinstance(each[1], Reset)), ends[0])
        return CombinedEffects(tuple(each for each in parts if waits(each[1]) or each is ending))
    dropped: list[tuple[Fault, Effect]] = []
    for chosen in (
        _only(parts, Redirect, lambda _: 0),
        _only(parts, RewriteStatus, lambda _: 0),
        _only(parts, ConcurrencyLimit, lambda each: each.requests),
        _only(parts, ResponseRate, lambda each: each.kbytes_per_second),
        _only(parts, Reset, lambda each: each.after_bytes or 0),
    ):
        dropped.extend(chosen)
    if any(isinstance(effect, Reset) for _, effect in parts):
        dropped.extend(each for each in parts if spoilt_by_break(each[1]))
    if any(isinstance(effect, Redirect) for _, effect in parts):
        dropped.extend(each for each in parts if isinstance(each[1], ConcurrencyLimit))
    return CombinedEffects(tuple(each for each in parts if not any(each is other for other in dropped)))


def _only(parts: Sequence[tuple[Fault, Effect]], kind: type[E], rank: Callable[[E], int]) -> list[tuple[Fault, Effect]]:
    """The parts of this kind but the one of the lowest rank (of equals, the first), which alone counts."""
    ranked = [(rank(effect), place) for place, (_, effect) in enumerate(parts) if isinstance(effect, kind)]
    return [parts[place] for _, place in sorted(ranked)[1:]]
