# SPDX-License-Identifier: Apache-2.0
"""The scenario file (`riftgate.io/v1alpha1`, kind Scenario), field by field, as it is written.

What a field means stands in `scenarios.model`; what the file looks like, in `scenarios/library/`.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from l7filters.schema import MetadataSchema, Schema, did_you_mean, invalid
from scenarios.fields import Duration, Method, Regex, check_status
from scenarios.model import Phase
from scenarios.units import (
    parse_pod,
    parse_share,
)

API_VERSION = "riftgate.io/v1alpha1"
KIND = "Scenario"

PodName = tuple[str | None, str]


def _check_url(written: Any) -> Any:
    if isinstance(written, str) and not written.startswith(("http://", "https://")):
        raise invalid(f"{written!r} is not a URL", "write one that begins with http://")
    return written


def _check_count(written: Any) -> Any:
    if isinstance(written, int) and not isinstance(written, bool) and written < 0:
        raise invalid(f"{written} is negative", "write 0 or more")
    return written


def _check_argv(written: Any) -> Any:
    if written == []:
        raise invalid("the command is empty", "write the program and its arguments as a list")
    return written


def _parse_statuses(written: Any) -> Any:
    """One status, or a list of them."""
    statuses = written if isinstance(written, list) else [written]
    if not statuses or any(isinstance(one, bool) or not isinstance(one, int) for one in statuses):
        raise invalid(f"{written!r} is not a status", "write one, such as 200, or a list of them")
    for status in statuses:
        check_status(status)
    return tuple(statuses)


def _parse_phases(written: Any) -> Any:
    if not isinstance(written, list) or not written:
        raise invalid(f"{written!r} is not a list of phases", "write some of before, during, after")
    known = [phase.value for phase in Phase]
    for phase in written:
        if phase not in known:
            todo = did_you_mean(str(phase), known, f"write some of {', '.join(known)}")
            raise invalid(f"{phase!r} is no phase of a run", todo)
    return tuple(Phase(phase) for phase in written)


Share = Annotated[float, BeforeValidator(parse_share)]
Pod = Annotated[PodName, BeforeValidator(parse_pod)]
Url = Annotated[str, BeforeValidator(_check_url)]
Statuses = Annotated[tuple[int, ...], BeforeValidator(_parse_statuses)]
Phases = Annotated[tuple[Phase, ...], BeforeValidator(_parse_phases)]
Argv = Annotated[list[str], BeforeValidator(_check_argv)]
Count = Annotated[int, BeforeValidator(_check_count)]


class HttpSchema(Schema):
    """A request from a pod."""

    from_: Pod = Field(alias="from")
    method: Method = "GET"
    url: Url
    headers: dict[str, str] | None = None
    body: str | None = None


class FlowsSchema(Schema):
    """Genuine requests to the scenario's targets."""

    from_: Pod | None = Field(None, alias="from")
    window: Duration = Decimal(5)
    minimum: Count = 10


class CommandSchema(Schema):
    """A command in a pod."""

    in_: Pod = Field(alias="in")
    run: Argv


class ToleranceSchema(Schema):
    """Bounds; which of them apply depends on what the probe asks."""

    status: Statuses | None = None
    body: Regex | None = None
    latency: Duration | None = None
    success_rate: Share | None = None
    p99: Duration | None = None
    exit_code: Count | None = None
    output: Regex | None = None


class ProbeSchema(Schema):
    name: str
    http: HttpSchema | None = None
    flows: FlowsSchema | None = None
    command: CommandSchema | None = None
    tolerance: ToleranceSchema = ToleranceSchema()
    when: Phases = tuple(Phase)
    interval: Duration = Decimal(1)
    timeout: Duration = Decimal(3)
    failures: Count = 0


class LoadSchema(HttpSchema):
    """Requests that the run sends itself while the faults are on."""

    requests: Count
    timeout: Duration = Decimal(10)


class SpecSchema(Schema):
    """The parts are validated one by one, so that a mistake in one does not hide those in another."""

    description: str = ""
    for_: Duration = Field(alias="for")
    lease: Duration = Decimal(5)
    recover_within: Duration = Decimal(10)
    steady_state: list[Any] | None = None
    faults: list[Any]
    load: Any = None


class ScenarioSchema(Schema):
    api_version: Literal["riftgate.io/v1alpha1"]
    kind: Literal["Scenario"]
    metadata: MetadataSchema
    spec: SpecSchema
