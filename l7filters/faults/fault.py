# SPDX-License-Identifier: Apache-2.0
"""The fault model: what a scenario (or a rule of the chaos dialect) injects, into whose requests, how often.

    Fault ── target (namespace, selector, port): the workloads whose requests it may hit
          ── source (selector or everybody), match (method, path, headers): the requests it may hit
          ── parts_per_million: the share of those that it does hit; which: by number, by seed, so many at most
          ── effects: what happens to a request that is hit (`effect.py`)
          ── inject: in the sidecars of the targets, or in those of the callers

What Envoy would accept and mean otherwise cannot be built: gRPC status 0, a delay under 1 ms, an abort
outside 200-599, more than all of the requests. All constructors raise ValueError with the reason.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from l7filters.faults.abort import Abort
from l7filters.faults.body import Body
from l7filters.faults.concurrency import ConcurrencyLimit
from l7filters.faults.delay import Delay, RandomDelay
from l7filters.faults.effect import Effect, answers, spoilt_by_break, waits
from l7filters.faults.elsewhere import Redirect
from l7filters.faults.outside import HTTPS_PORTS, Outside
from l7filters.faults.reset import Reset
from l7filters.faults.which import Which
from l7filters.http_match import HeaderMatch, regex_error
from l7filters.labels import Selector
from l7filters.source import SourceLocation

ALL_REQUESTS = 1_000_000
"""`parts_per_million` of a fault that hits every request it matches."""

# Names end up in route names, runtime keys and a header, where "/", "+" and "," separate them.
# Two Kubernetes names with a dot between them fit.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,318}[A-Za-z0-9])?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_name(name: str) -> None:
    """Raises ValueError for what cannot be half of a fault's id."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"name {name!r} is not 1 to 320 letters, digits, '.', '_' and '-'")


@dataclass(frozen=True, slots=True)
class FaultTarget:
    """The workloads of `namespace` whose effective labels the selector matches; `port` None: all their TCP
    ports. `pods`: only these of them, by name. `at_most`: of each service, so many parts per million of its pods may be
    hit, as targets or as callers.

    With `outside` it is no workload at all, but the servers outside of the mesh on `port`."""

    namespace: str
    selector: Selector = field(default_factory=Selector)
    port: int | None = None
    pods: tuple[str, ...] = ()
    at_most: int | None = None
    outside: Outside | None = None

    def __post_init__(self) -> None:
        if self.at_most is not None and not 1 <= self.at_most <= ALL_REQUESTS:
            raise ValueError(f"{self.at_most} parts per million of the pods are not between 1 and {ALL_REQUESTS}")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is not between 1 and 65535")
        if self.outside is not None and (self.selector.requirements or self.pods):
            raise ValueError("what is outside of the mesh has no labels and no pods; give its port alone")


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


class Inject(StrEnum):
    """Whose sidecar does it."""

    SERVER = "server"
    """The target's: callers' retries and timeouts are exercised."""
    CLIENT = "client"
    """The caller's: also for what has no sidecar."""


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
    which: Which | None = None
    inject: Inject = Inject.SERVER
    activation: int = 0
    """Of which time that it is on; the fault server counts anew for each."""

    def __post_init__(self) -> None:
        for name in (self.scenario, self.name):
            check_name(name)
        if not 1 <= self.parts_per_million <= ALL_REQUESTS:
            raise ValueError(f"{self.parts_per_million} parts per million are not between 1 and {ALL_REQUESTS}")
        kinds = [_slot(effect) for effect in self.effects]
        if not kinds or len(set(kinds)) < len(kinds):
            raise ValueError("a fault has at least one effect and no two of one kind")
        if any(map(answers, self.effects)):
            after = [effect for effect in self.effects if not answers(effect) and not waits(effect)]
            if after:
                raise ValueError("an aborted request has no response of the app that could be changed")
            if sum(map(answers, self.effects)) > 1:
                raise ValueError("a request is either reset or answered")
        if Reset in kinds and any(map(spoilt_by_break, self.effects)):
            raise ValueError("a response that breaks off is not delayed, and its body not edited: leave one out")
        if self.target.outside is not None:
            self._check_outside(self.target.outside)
        if Redirect in kinds and ConcurrencyLimit in kinds:
            raise ValueError("a request that goes elsewhere is none that its app would have to take")

    def _check_outside(self, outside: Outside) -> None:
        if self.inject is not Inject.CLIENT:
            raise ValueError(f"{outside} has no sidecar that could do it; write inject: client")
        if self.target.port is None:
            raise ValueError("a target outside of the mesh has a port")
        if self.target.port in HTTPS_PORTS:
            raise ValueError(
                f"port {self.target.port} of {outside} is HTTPS: the sidecar sees TLS and no requests; write a fault "
                "on connections or packets"
            )

    @property
    def id(self) -> str:
        """`scenario/name`: in route names, runtime keys, the response header and reports."""
        return f"{self.scenario}/{self.name}"

    @property
    def grpc_only(self) -> bool:
        return any(isinstance(effect, Abort) and effect.grpc_status is not None for effect in self.effects)

    def __str__(self) -> str:
        return f"{self.id} ({self.location})"


def _slot(effect: Effect) -> object:
    """What a fault can have one of."""
    match effect:
        case Delay() | RandomDelay():
            return Delay
        case Body(of=side):
            return Body, side
        case _:
            return type(effect)
