# SPDX-License-Identifier: Apache-2.0
"""The fault model: what a scenario (or a rule of the chaos dialect) injects, into whose requests, how often.

    Fault ── target (namespace, selector, port): the workloads whose inbound sidecar carries it
          ── source (selector or everybody), match (method, path, headers): the requests it may hit
          ── parts_per_million: the share of those that it does hit
          ── effects ── Delay | Abort | ResponseRate | RewriteStatus: what happens to a request that is hit

What Envoy would accept and mean otherwise cannot be built: gRPC status 0, a delay under 1 ms, an abort
outside 200-599, more than all of the requests. All constructors raise ValueError with the reason.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from l7filters.http_match import HeaderMatch, literal_text, regex_error
from l7filters.labels import Operator, Selector
from l7filters.source import SourceLocation
from l7filters.world import Workload, World

ALL_REQUESTS = 1_000_000
"""`parts_per_million` of a fault that hits every request it matches."""
MAX_DELAY_MILLISECONDS = 3_600_000
MAX_OVERLAPPING_FAULTS = 4
"""So many faults may match one request: n of them make 3**n - 2**n routes."""

# Names end up in route names, runtime keys and a header, where "/", "+" and "," separate them.
# Two Kubernetes names with a dot between them fit.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,318}[A-Za-z0-9])?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_name(name: str) -> None:
    """Raises ValueError for what cannot be half of a fault's id."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"name {name!r} is not 1 to 320 letters, digits, '.', '_' and '-'")


@dataclass(frozen=True, slots=True)
class Delay:
    """The request is held for so long before anything else happens to it."""

    milliseconds: int

    def __post_init__(self) -> None:
        if not 1 <= self.milliseconds <= MAX_DELAY_MILLISECONDS:
            raise ValueError(f"a delay of {self.milliseconds} ms is not between 1 ms and 1 h")

    def __str__(self) -> str:
        return f"delay {self.milliseconds} ms"


@dataclass(frozen=True, slots=True)
class Abort:
    """The request is answered by the sidecar and never reaches the app: with an HTTP or a gRPC status, not
    both.

    A gRPC abort hits gRPC requests alone: on plain HTTP it would be an answer 200. `body` (for gRPC: the
    message) None is Envoy's own text.
    """

    http_status: int | None = None
    grpc_status: int | None = None
    body: str | None = None

    def __post_init__(self) -> None:
        if (self.http_status is None) == (self.grpc_status is None):
            raise ValueError("an abort has either an HTTP status or a gRPC status")
        if self.http_status is not None and not 200 <= self.http_status <= 599:
            raise ValueError(f"HTTP status {self.http_status} is not between 200 and 599")
        if self.grpc_status is not None and not 1 <= self.grpc_status <= 16:
            raise ValueError(f"gRPC status {self.grpc_status} is not between 1 and 16")

    def __str__(self) -> str:
        if self.grpc_status is not None:
            return f"abort with gRPC status {self.grpc_status}"
        return f"abort with {self.http_status}"


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """The app's response is sent no faster than this; 1 kbyte is 1,024 bytes."""

    kbytes_per_second: int

    def __post_init__(self) -> None:
        if not 1 <= self.kbytes_per_second <= 0xFFFFFFFF:
            raise ValueError(f"a rate of {self.kbytes_per_second} kbytes/s is not at least 1")

    def __str__(self) -> str:
        return f"response at {self.kbytes_per_second} kbytes/s"


@dataclass(frozen=True, slots=True)
class RewriteStatus:
    """The request reaches the app; its response keeps headers and body and gets this status.

    The reason phrase is the standard one: Envoy writes no other, and HTTP/2 has none.
    """

    status: int

    def __post_init__(self) -> None:
        if not 200 <= self.status <= 599:
            raise ValueError(f"HTTP status {self.status} is not between 200 and 599")

    def __str__(self) -> str:
        return f"status rewritten to {self.status}"


Effect = Delay | Abort | ResponseRate | RewriteStatus


@dataclass(frozen=True, slots=True)
class FaultTarget:
    """The workloads of `namespace` whose effective labels the selector matches; `port` None: all their TCP
    ports."""

    namespace: str
    selector: Selector = field(default_factory=Selector)
    port: int | None = None

    def __post_init__(self) -> None:
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is not between 1 and 65535")


@dataclass(frozen=True, slots=True)
class HttpMatch:
    """The requests that may be hit; all that is given must match.

    `path` is a fully anchored RE2 held against the normalised path without its query string (policies see the
    query, faults do not: a fault on `/v1/ships` is meant for `/v1/ships?page=2` too).
    """

    method: str | None = None
    path: str | None = None
    headers: tuple[HeaderMatch, ...] = ()

    def __post_init__(self) -> None:
        if self.method is not None and not _TOKEN.fullmatch(self.method):
            raise ValueError(f"{self.method!r} is not an HTTP method")
        if self.path is not None and (error := regex_error(self.path)):
            raise ValueError(f"path {self.path!r}: {error}")
        if any(header.mismatch is not None for header in self.headers):
            raise ValueError("a header condition that never fails selects nothing")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `source` is held against effective labels (its namespace is a requirement like any
    other)."""

    scenario: str
    name: str
    location: SourceLocation
    target: FaultTarget
    effects: tuple[Effect, ...]
    parts_per_million: int = ALL_REQUESTS
    source: Selector | None = None
    match: HttpMatch = field(default_factory=HttpMatch)

    def __post_init__(self) -> None:
        for name in (self.scenario, self.name):
            check_name(name)
        if not 1 <= self.parts_per_million <= ALL_REQUESTS:
            raise ValueError(f"{self.parts_per_million} parts per million are not between 1 and {ALL_REQUESTS}")
        kinds = [type(effect) for effect in self.effects]
        if not kinds or len(set(kinds)) < len(kinds):
            raise ValueError("a fault has at least one effect and no two of one kind")
        if Abort in kinds and (ResponseRate in kinds or RewriteStatus in kinds):
            raise ValueError("an aborted request has no response of the app that could be changed")

    @property
    def id(self) -> str:
        """`scenario/name`: in route names, runtime keys, the response header and reports."""
        return f"{self.scenario}/{self.name}"

    @property
    def grpc_only(self) -> bool:
        return any(isinstance(effect, Abort) and effect.grpc_status is not None for effect in self.effects)

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


@dataclass(frozen=True, slots=True)
class CombinedEffects:
    """What several faults do to one request that is hit by all of them, and which of them have a part in
    it."""

    delay_milliseconds: int
    abort: Abort | None
    response_rate: ResponseRate | None
    rewrite_status: RewriteStatus | None
    faults: tuple[Fault, ...]


def combine_effects(faults: Iterable[Fault]) -> CombinedEffects:
    """Delays add up. One answer can be given: the abort of the fault with the smallest id wins, and leaves
    nothing of the app's response to change; else the slowest rate and the rewrite of the smallest id win."""
    hit = sorted(faults, key=lambda fault: fault.id)
    delays = [(effect, fault) for fault in hit for effect in fault.effects if isinstance(effect, Delay)]
    aborts = [(effect, fault) for fault in hit for effect in fault.effects if isinstance(effect, Abort)][:1]
    rates = [(effect, fault) for fault in hit for effect in fault.effects if isinstance(effect, ResponseRate)]
    rates = [] if aborts else sorted(rates, key=lambda each: each[0].kbytes_per_second)[:1]
    rewrites = [(effect, fault) for fault in hit for effect in fault.effects if isinstance(effect, RewriteStatus)]
    rewrites = [] if aborts else rewrites[:1]
    taking_part = {fault.id for _, fault in (*delays, *aborts, *rates, *rewrites)}
    return CombinedEffects(
        delay_milliseconds=sum(delay.milliseconds for delay, _ in delays),
        abort=aborts[0][0] if aborts else None,
        response_rate=rates[0][0] if rates else None,
        rewrite_status=rewrites[0][0] if rewrites else None,
        faults=tuple(fault for fault in hit if fault.id in taking_part),
    )


class Aimed(Protocol):
    """A fault of any level."""

    @property
    def id(self) -> str: ...
    @property
    def location(self) -> SourceLocation: ...
    @property
    def target(self) -> FaultTarget: ...
    @property
    def source(self) -> Selector | None: ...


def targets(world: World, fault: Aimed) -> tuple[Workload, ...]:
    """The workloads that the fault is put on, in the world's order."""
    return tuple(workload for workload in world.workloads if is_target(world, fault, workload))


def sources(world: World, fault: Aimed) -> tuple[Workload, ...] | None:
    """The workloads whose requests or packets it may hit; None: everybody's, also from outside the mesh."""
    return None if fault.source is None else world.select(fault.source)


def is_target(world: World, fault: Aimed, workload: Workload) -> bool:
    """Whether the fault is put on the workload."""
    in_namespace = workload.namespace == fault.target.namespace
    return in_namespace and fault.target.selector.matches(world.effective_labels(workload))


def faults_of(world: World, workload: Workload, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults that the workload's sidecar carries, by id. ValueError when two faults share an id."""
    found = sorted((fault for fault in faults if is_target(world, fault, workload)), key=lambda fault: fault.id)
    for one, other in pairwise(found):
        if one.id == other.id:
            raise ValueError(f"two faults are called {one.id}: {one.location} and {other.location}")
    return tuple(found)


def may_overlap(one: Fault, other: Fault) -> bool:
    """False when no request can match both; True when that cannot be told from the faults alone."""
    return not (
        one.target.namespace != other.target.namespace
        or _differ(one.target.port, other.target.port)
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
