# SPDX-License-Identifier: Apache-2.0
"""What happens in a run, one dataclass per event; the journal's lines and the report's only input.

A line is `{"schema":1,"event":"...","time":...,...}`. Fields are only ever added within one schema version,
with a default, so that a newer reader can read an older journal.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

SCHEMA = 1


class Kind(StrEnum):
    """Of a request: denied by policy, hit by a fault here, hit elsewhere in its trace, or neither."""

    DENIED = "denied"
    INJECTED = "injected"
    INDUCED = "induced"
    GENUINE = "genuine"


class Stage(StrEnum):
    """Of a run, in this order."""

    BASELINE = "baseline"
    FAULTS = "faults"
    REVERT = "revert"
    RECOVERY = "recovery"


class Cause(StrEnum):
    """Why a run stopped before its time."""

    BASELINE = "baseline-not-proven"
    REFUSED = "refused"
    UNABLE = "host-unable"
    STEADY_STATE = "steady-state-broken"
    CONTROL_LOST = "control-lost"
    INTERRUPTED = "interrupted"
    JOURNAL = "journal-failed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """What the report needs to know of a fault."""

    id: str
    location: str
    effects: tuple[str, ...]
    parts_per_million: int
    delay_ms: int
    """The least a hit request takes longer; 0 when the fault does not delay."""
    start: float
    end: float
    must_fire: bool
    share_measurable: bool
    """False when the match looks at headers (a gRPC abort does): flow records carry none. And for a fault at the
    callers' side, or one that counts its hits."""


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    name: str
    location: str
    phases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunStarted:
    time: float
    run: str
    scenario: str
    namespace: str
    description: str
    location: str
    duration: float
    lease: float
    faults: tuple[PlannedFault, ...]
    probes: tuple[PlannedProbe, ...]
    event: Literal["run-started"] = "run-started"


@dataclass(frozen=True, slots=True)
class StageBegan:
    time: float
    stage: Stage
    event: Literal["stage"] = "stage"


@dataclass(frozen=True, slots=True)
class Probed:
    """`met` None: the probe could not tell (too little traffic)."""

    time: float
    stage: Stage
    probe: str
    met: bool | None
    expected: str
    seen: str
    event: Literal["probe"] = "probe"


@dataclass(frozen=True, slots=True)
class Activating:
    """Written before the world is touched: whoever reads this last knows that a fault may be on."""

    time: float
    faults: tuple[str, ...]
    lease: float
    event: Literal["activating"] = "activating"


@dataclass(frozen=True, slots=True)
class Activated:
    """Every target has ACKed."""

    time: float
    faults: tuple[str, ...]
    targets: tuple[str, ...]
    event: Literal["activated"] = "activated"


@dataclass(frozen=True, slots=True)
class Renewed:
    """The world is asked to keep the faults until then. Written before it is: nobody may live to write it after."""

    time: float
    lease_ends: float
    event: Literal["renewed"] = "renewed"


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """One request on a target, or one elsewhere that a fault reached (induced).

    `kind` is what was known when the line was written; the report joins once more over the whole run.
    """

    time: float
    request: str
    started: float
    source: str
    destination: str
    port: int
    method: str
    path: str
    status: int
    kind: Kind
    duration_ms: float
    on_target: bool
    routed: tuple[str, ...] = ()
    """Faults that were drawn for this request."""
    fired: tuple[str, ...] = ()
    """Faults whose effect happened."""
    eligible: tuple[str, ...] = ()
    """Faults of this run that were surely on and whose match this request satisfies."""
    denied_by: str | None = None
    grpc_status: int | None = None
    trace: str | None = None
    probe: str | None = None
    """The probe that sent it."""
    event: Literal["request"] = "request"


@dataclass(frozen=True, slots=True)
class ClientSaw:
    """A request of the run's own load as its sender saw it."""

    time: float
    request: str
    status: int
    duration_ms: float
    faults: tuple[str, ...] = ()
    """Of the response header `x-riftgate-fault`."""
    denied: bool = False
    error: str | None = None
    event: Literal["client"] = "client"


@dataclass(frozen=True, slots=True)
class RecordsLost:
    time: float
    count: int
    event: Literal["records-lost"] = "records-lost"


@dataclass(frozen=True, slots=True)
class Noted:
    """Something of the world that requests do not tell."""

    time: float
    text: str
    event: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class FaultsHit:
    """So often have faults struck during this run that no sidecar injects: the agent counts them."""

    time: float
    hits: dict[str, int]
    event: Literal["hits"] = "hits"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The run leaves its plan; the revert follows."""

    time: float
    cause: Cause
    detail: str
    event: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True)
class RevertFailed:
    time: float
    attempt: int
    error: str
    lease_ends: float
    """When the faults are off in any case."""
    event: Literal["revert-failed"] = "revert-failed"


@dataclass(frozen=True, slots=True)
class Reverted:
    """`by` confirmed: every target ACKed. `by` lease: that never came, and the lease has run out since."""

    time: float
    by: Literal["confirmed", "lease"]
    event: Literal["reverted"] = "reverted"


@dataclass(frozen=True, slots=True)
class Finished:
    time: float
    outcome: str
    reasons: tuple[str, ...]
    event: Literal["finished"] = "finished"


Event = (
    RunStarted
    | StageBegan
    | Probed
    | Activating
    | Activated
    | Renewed
    | RequestSeen
    | ClientSaw
    | RecordsLost
    | Noted
    | FaultsHit
    | Stopped
    | RevertFailed
    | Reverted
    | Finished
)

_codec: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def encode_event(event: Event) -> bytes:
    """One line of a journal, newline included. JSON escapes newlines, so a line is always one event."""
    return b'{"schema":%d,' % SCHEMA + _codec.dump_json(event)[1:] + b"\n"


def decode_event(line: bytes) -> Event:
    """Raises ValueError (pydantic's ValidationError is one) when the line is no event of this schema."""
    return _codec.validate_json(line)
