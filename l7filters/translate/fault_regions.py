# SPDX-License-Identifier: Apache-2.0
"""Independent faults out of one die.

Envoy rolls one number v in [0, 1,000,000) per request, and the first route wins whose match fits and whose
runtime fraction is above v. Two fault routes in a row would thus share their luck: behind one at 50 %, one at
20 % never hits. So faults are composed beforehand:

- A *region* is a set of faults that one request may match. Regions are tried from the largest to the
smallest, so a
  request meets the region of exactly the faults that it matches first.
- Inside its region, the die is cut into one cell per *combination* of faults that hit, as wide as independent
faults
  make it. Each is a route whose threshold is the sum of the cells up to it.
- Whoever rolls beyond the last cell is hit by none. He goes on through the smaller regions, whose cells all
end
  before his number: a region's cells never add up to less than those of a region inside it.

For A at 50 % and B at 20 %, both matching: A+B up to 10 %, A alone up to 50 %, B alone up to 60 %.
Thresholds come as runtime values, so that turning a fault on or off, or up and down, never touches a route.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

from l7filters.faults import ALL_REQUESTS, Fault, overlapping, too_many_overlapping

FAULT_ROUTE_PREFIX = "fault/"
RUNTIME_KEY_PREFIX = "riftgate.fault."
DRAW_ROUTE_PREFIX = "draw/"
DRAW_KEY_PREFIX = "riftgate.draw."


@dataclass(frozen=True, slots=True)
class Combination:
    """Some faults (`hit`, not empty) of a region hit, the others of it do not."""

    region: tuple[Fault, ...]
    hit: tuple[Fault, ...]

    @property
    def route_name(self) -> str:
        return FAULT_ROUTE_PREFIX + "+".join(fault.id for fault in self.hit)

    @property
    def runtime_key(self) -> str:
        """Its own: of one fault alone `riftgate.fault.<id>`, else the region's ids before the ids that
        hit."""
        hit = "+".join(fault.id for fault in self.hit)
        if len(self.region) == 1:
            return RUNTIME_KEY_PREFIX + hit
        return f"{RUNTIME_KEY_PREFIX}{'+'.join(fault.id for fault in self.region)}:{hit}"


@dataclass(frozen=True, slots=True)
class Draw:
    """Faults with `which` that one request may match, to be drawn together."""

    faults: tuple[Fault, ...]

    @property
    def _ids(self) -> str:
        return "+".join(fault.id for fault in self.faults)

    @property
    def route_name(self) -> str:
        return DRAW_ROUTE_PREFIX + self._ids

    @property
    def runtime_key(self) -> str:
        return DRAW_KEY_PREFIX + self._ids


def draws(faults: Sequence[Fault]) -> Iterator[Draw]:
    """In the order in which their routes must stand: the largest sets first."""
    drawn = sorted((fault for fault in faults if fault.which is not None), key=lambda fault: fault.id)
    return map(Draw, overlapping(drawn))


def faults_of_route(route_name: str) -> tuple[str, ...]:
    """The ids of the faults that a request with this route was drawn for; empty for a route that is not a
    fault's.

    Drawn is not injected: a request that RBAC denied carries the name too, and of two aborts only one can
    answer.
    """
    if not route_name.startswith(FAULT_ROUTE_PREFIX):
        return ()
    return tuple(route_name.removeprefix(FAULT_ROUTE_PREFIX).split("+"))


def regions(faults: Sequence[Fault]) -> tuple[tuple[Fault, ...], ...]:
    """The regions of the faults of one port in the order in which their routes must stand.

    Raises ValueError when more than MAX_OVERLAPPING_FAULTS faults may match one request.
    """
    ordered = sorted(faults, key=lambda fault: fault.id)
    if too_many := too_many_overlapping(ordered):
        listed = ", ".join(str(fault) for fault in too_many)
        raise ValueError(f"one request may match all of {listed}: give them matches that exclude each other")
    return tuple(overlapping(ordered))


def combinations_of(region: Sequence[Fault]) -> Iterator[Combination]:
    """The combinations of a region in the order in which their routes must stand."""
    for size in range(len(region), 0, -1):
        for hit in combinations(region, size):
            yield Combination(tuple(region), hit)


def thresholds(region: Sequence[Fault], active: Mapping[str, int]) -> dict[str, int]:
    """Runtime key to threshold (of 1,000,000), without the combinations that never hit.

    `active` maps the ids of the faults that are on to parts per million; the others are off.
    """
    widths = shares([active.get(fault.id, 0) for fault in region])
    index = {fault.id: number for number, fault in enumerate(region)}
    values: dict[str, int] = {}
    end = 0
    for combination in combinations_of(region):
        width = widths.get(frozenset(index[fault.id] for fault in combination.hit), 0)
        end += width
        if width:
            values[combination.runtime_key] = end
    return values


def shares(parts: Sequence[int]) -> dict[frozenset[int], int]:
    """How many of a million numbers belong to each combination of independent events (given by their
    indices).

    The marginals are exact, a combination is off by less than one number per event, and the numbers that
    belong to none are the product rounded down: so they never grow when an event is added, as the regions
    need.
    """
    cells: dict[frozenset[int], int] = {}
    none = ALL_REQUESTS
    for event, part in enumerate(parts):
        none_after = prod(ALL_REQUESTS - each for each in parts[: event + 1]) // ALL_REQUESTS**event
        taken = _split(cells, part, part - (none - none_after))
        for cell, width in taken.items():
            cells[cell] -= width
            cells[cell | {event}] = width
        cells[frozenset({event})] = none - none_after
        none = none_after
    return {cell: width for cell, width in cells.items() if width}


def _split(cells: Mapping[frozenset[int], int], part: int, total: int) -> dict[frozenset[int], int]:
    """`part` millionths of each cell, rounded so that they add up to `total`: the largest remainders go up
    first."""
    taken = {cell: width * part // ALL_REQUESTS for cell, width in cells.items()}
    by_remainder = sorted(cells, key=lambda cell: (-(cells[cell] * part % ALL_REQUESTS), sorted(cell)))
    missing = total - sum(taken.values())
    while missing:
        step = 1 if missing > 0 else -1
        for cell in by_remainder if missing > 0 else reversed(by_remainder):
            if missing and 0 <= taken[cell] + step <= cells[cell]:
                taken[cell] += step
                missing -= step
    return taken
