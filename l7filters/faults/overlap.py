# SPDX-License-Identifier: Apache-2.0
"""Which faults one request may match at once."""

from collections.abc import Iterable, Iterator, Sequence

from l7filters.faults.fault import Fault
from l7filters.faults.outside import Outside
from l7filters.faults.reach import faults_of
from l7filters.http_match import HeaderMatch, literal_text
from l7filters.labels import Operator, Selector
from l7filters.world import World

MAX_OVERLAPPING_FAULTS = 4
"""So many faults may match one request: n of them make 3**n - 2**n routes."""


def may_overlap(one: Fault, other: Fault) -> bool:
    """False when no request can match both; True when that cannot be told from the faults alone."""
    return not (
        one.inject is not other.inject
        or (one.target.outside is None and one.target.namespace != other.target.namespace)
        or _differ(one.target.port, other.target.port)
        or _elsewhere(one.target.outside, other.target.outside)
        or bool(one.target.pods and other.target.pods and not set(one.target.pods) & set(other.target.pods))
        or _contradict(one.target.selector, other.target.selector)
        or (one.source is not None and other.source is not None and _contradict(one.source, other.source))
        or _differ(one.match.method, other.match.method)
        or _paths_are_disjoint(one.match.path, other.match.path)
        or _headers_contradict(one.match.headers, other.match.headers)
    )


def overlapping(faults: Sequence[Fault]) -> Iterator[tuple[Fault, ...]]:
    """Every non-empty set of at most MAX_OVERLAPPING_FAULTS faults that one request may match, the largest
    first; inside a size, and inside a set, in the order of `faults`."""
    yield from sorted(_sets_that_may_overlap(faults, MAX_OVERLAPPING_FAULTS), key=len, reverse=True)


def too_many_overlapping(faults: Sequence[Fault]) -> tuple[Fault, ...] | None:
    """More than MAX_OVERLAPPING_FAULTS faults that one request may match, if there are such."""
    limit = MAX_OVERLAPPING_FAULTS + 1
    return next((each for each in _sets_that_may_overlap(faults, limit) if len(each) == limit), None)


def crowded(world: World, faults: Iterable[Fault]) -> tuple[Fault, ...] | None:
    """More than MAX_OVERLAPPING_FAULTS faults that one request to one workload may match, if there are such: what the
    translation refuses."""
    everything = tuple(faults)
    found = (too_many_overlapping(faults_of(world, workload, everything)) for workload in world.workloads)
    return next((each for each in found if each is not None), None)


def _sets_that_may_overlap(
    faults: Sequence[Fault], limit: int, chosen: tuple[Fault, ...] = ()
) -> Iterator[tuple[Fault, ...]]:
    """`chosen` with every set of the faults that may overlap with all of it and each other, up to `limit` in
    all."""
    for position, fault in enumerate(faults):
        larger = (*chosen, fault)
        yield larger
        if len(larger) < limit:
            compatible = [other for other in faults[position + 1 :] if may_overlap(fault, other)]
            yield from _sets_that_may_overlap(compatible, limit, larger)


def _differ(one: int | str | None, other: int | str | None) -> bool:
    return one is not None and other is not None and one != other


def _elsewhere(one: Outside | None, other: Outside | None) -> bool:
    """Servers of the mesh and outside of it, or two different ones outside."""
    return one is not other and (one is None or other is None or one.differs(other))


def _contradict(one: Selector, other: Selector) -> bool:
    """Whether no labels satisfy both, as far as `label in (values)` tells."""
    wanted = {need.key: set(need.values) for need in one.requirements if need.operator is Operator.IN}
    return any(
        need.key in wanted and not wanted[need.key] & set(need.values)
        for need in other.requirements
        if need.operator is Operator.IN
    )


def _paths_are_disjoint(one: str | None, other: str | None) -> bool:
    """Two plain texts that differ; of patterns nothing is known."""
    if one is None or other is None:
        return False
    texts = (literal_text(one), literal_text(other))
    return None not in texts and texts[0] != texts[1]


def _headers_contradict(one: Iterable[HeaderMatch], other: Iterable[HeaderMatch]) -> bool:
    """One header with two values. A request that has both, in two lines, meets the faults one after the other instead
    of independently; for its sake alone, faults that split traffic by a header would all have to be composed."""
    wanted = {header.name: header.value for header in one if header.value is not None}
    return any(_differ(wanted.get(header.name), header.value) for header in other)
