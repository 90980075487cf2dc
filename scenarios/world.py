# SPDX-License-Identifier: Apache-2.0
"""What a run needs from its surroundings. `riftgate` implements `World`; unit tests implement a fake one.

Time is in seconds of the Unix epoch (`started`), durations in milliseconds. Workloads are `namespace/name`.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from l7filters.fault_levels import AnyFault


class WorldError(Exception):
    """The world could not do as asked; the text says what and why, in Envoy's words where it was Envoy."""


class Refused(WorldError):
    """A configuration was rejected (NACK), or a selector matches nothing. Nothing of it is live."""


class Unable(Refused):
    """The host cannot do it; the text names what it lacks."""


class ControlLost(WorldError):
    """The control server cannot be reached. What is on ends by its lease."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One request as the destination's sidecar logged it; or the caller's, where the fault is at that side: then
    `destination` is the caller too."""

    request_id: str
    started: float
    duration_ms: float
    source: str
    """`namespace/name`, or an address outside the mesh."""
    destination: str
    port: int
    method: str
    path: str
    status: int
    """0 when no response was sent."""
    grpc_status: int | None = None
    faults: tuple[str, ...] = ()
    """Ids of the faults in the route's name: those that were *drawn*, which is not yet that they happened; and those of
    its connection."""
    flags: frozenset[str] = frozenset()
    """Envoy's short response flags: DI (delay injected) and FI (fault injected) matter here."""
    effects: frozenset[str] = frozenset()
    """What the fault server did to it: `<fault id>:<kind of effect>`."""
    response_bytes: int = 0
    denied_by: str | None = None
    """Id of the policy rule (or of the default deny) that refused the request."""
    trace_id: str | None = None
    """Of `traceparent`; without one, requests are joined by `request_id`."""
    connection_faults: tuple[str, ...] = ()
    """Ids of the faults that have hit the request's connection."""


@dataclass(frozen=True, slots=True)
class FlowsLost:
    """So many flow records were dropped (a bounded queue was full): every count is a lower bound."""

    count: int


@dataclass(frozen=True, slots=True)
class Told:
    """Something of the world that flow records do not tell, such as the death of a process that injects faults."""

    text: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Who is affected, per fault id."""

    targets: Mapping[str, tuple[str, ...]]
    """The workloads whose sidecars carry the fault."""
    sources: Mapping[str, tuple[str, ...] | None]
    """The workloads whose calls it affects; None: everybody's."""

    def __or__(self, other: "Reach") -> "Reach":
        return Reach({**self.targets, **other.targets}, {**self.sources, **other.sources})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    pod: str
    """`namespace/name` of the pod to send from."""
    method: str
    url: str
    request_id: str
    """To be sent as `x-request-id`; by it the flow record of this request is recognised."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    timeout_seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`status` 0 and `error` set: no answer (refused, timed out, reset)."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    duration_ms: float = 0.0
    error: str | None = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Command:
    pod: str
    argv: tuple[str, ...]
    timeout_seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class CommandResult:
    """`exit_code` None and `error` set: it did not start or did not end in time."""

    exit_code: int | None
    stdout: str = ""
    stderr: str = field(default="")
    duration_ms: float = 0.0
    error: str | None = None


class World(Protocol):
    async def plan(self, scenario: str, faults: tuple[AnyFault, ...]) -> Reach:
        """Whom these faults would affect; touches nothing. Raises Refused (a target matches no workload)."""

    async def activate(self, scenario: str, faults: tuple[AnyFault, ...], lease_seconds: float) -> Reach:
        """From now on exactly `faults` of this scenario are on; they end by themselves after the lease.

        Returns once every target's Envoy has ACKed. Called again with another set when faults have offsets.
        Raises Refused or ControlLost; then the caller still calls `deactivate`.
        """

    async def renew(self, scenario: str, lease_seconds: float) -> None:
        """The lease runs anew from now. Raises ControlLost; Refused when the scenario is not on any more."""

    async def deactivate(self, scenario: str) -> None:
        """Turn all faults of the scenario off; returns once every target's Envoy has ACKed.

        Idempotent: nothing on is success. Raises ControlLost or Refused when it could not be confirmed.
        """

    async def hits(self) -> Mapping[str, int]:
        """How often each fault that no sidecar injects has struck since the agent began: queries of DNS,
        packets, containers.

        Raises ControlLost when the agent cannot be reached.
        """

    def flows(self) -> AbstractAsyncContextManager[AsyncIterator[Flow | FlowsLost | Told]]:
        """A subscription, live once the context is entered; one record per request, from the side of the faults."""

    async def http(self, request: HttpRequest) -> HttpAnswer:
        """One request from a pod. A network failure is an answer with `error`, not an exception."""

    async def run(self, command: Command) -> CommandResult:
        """One command in a pod. An exit code is a result; only a missing pod is a WorldError."""
