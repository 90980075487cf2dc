# SPDX-License-Identifier: Apache-2.0
"""A fault in a scenario file, field by field, as it is written. What its effects mean stands in `l7filters.faults`."""

import re
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from l7filters.cnp_ports_schema import FqdnPatternText
from l7filters.faults import Outside, parse_outside
from l7filters.schema import Schema, SelectorSchema, invalid
from scenarios.fields import (
    Duration,
    GrpcStatus,
    Method,
    Milliseconds,
    Name,
    Offset,
    Percentage,
    Port,
    Rate,
    Regex,
    Status,
)
from scenarios.units import parse_milliseconds

_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024 * 1024}


def _parse_bytes(written: Any) -> Any:
    """Bytes of `1000`, `64KiB` or `2MiB`."""
    if isinstance(written, str):
        for unit, size in reversed(_SIZES.items()):
            if written.endswith(unit) and written.removesuffix(unit).isdecimal():
                return int(written.removesuffix(unit)) * size
    if isinstance(written, bool) or not isinstance(written, int) or written < 0:
        raise invalid(f"{written!r} is not a number of bytes", "write a whole number, such as 1000, 64KiB or 2MiB")
    return written


def _parse_bytes_or_duration(written: Any) -> Any:
    """(bytes, None) or (None, milliseconds)"""
    if isinstance(written, str) and written.endswith(("s", "m", "h")):
        return None, parse_milliseconds(written)
    try:
        return _parse_bytes(written), None
    except ValueError:
        todo = "write a whole number of bytes, such as 64KiB, or a time, such as 5s"
        raise invalid(f"{written!r} is neither a number of bytes nor a time", todo) from None


def _parse_positive(written: Any) -> Any:
    if isinstance(written, bool) or not isinstance(written, int | float) or not 0 < written < 1e6:
        raise invalid(f"{written!r} is not a number above 0", "write one, such as 1.5")
    return float(written)


def _parse_count(written: Any) -> Any:
    if isinstance(written, int) and not isinstance(written, bool) and written < 1:
        raise invalid(f"{written} is not a number from 1 on", "write 1 or more")
    return written


def _parse_service(written: Any) -> Any:
    """(namespace or None, name)"""
    parts = written.split("/") if isinstance(written, str) else []
    if not 1 <= len(parts) <= 2 or not all(parts):
        raise invalid(f"{written!r} is not a service", "write its name, or namespace/name")
    return (parts[0] if len(parts) == 2 else None, parts[-1])


def _parse_delay(written: Any) -> Any:
    """A bare duration is a fixed delay."""
    return written if isinstance(written, dict | None) else {"value": written}


def _check_record_type(written: Any) -> Any:
    if isinstance(written, str) and not re.fullmatch("[A-Z][A-Z0-9-]*", written):
        raise invalid(f"{written!r} is not a DNS record type", "write one such as A or AAAA")
    return written


def _check_address(written: Any) -> Any:
    try:
        return written if not isinstance(written, str) else str(ip_address(written))
    except ValueError:
        raise invalid(f"{written!r} is not an address", "write an IPv4 or IPv6 address") from None


def _parse_outside(written: Any) -> Any:
    try:
        return parse_outside(str(written))
    except ValueError as error:
        raise invalid(str(error), "write a name such as api.example.com or a network such as 203.0.113.0/24") from None


Bytes = Annotated[int, BeforeValidator(_parse_bytes)]
BytesOrDuration = Annotated[tuple[int | None, int | None], BeforeValidator(_parse_bytes_or_duration)]
Positive = Annotated[float, BeforeValidator(_parse_positive)]
Count = Annotated[int, BeforeValidator(_parse_count)]
RecordType = Annotated[str, BeforeValidator(_check_record_type)]
Address = Annotated[str, BeforeValidator(_check_address)]
OutsideName = Annotated[Outside, BeforeValidator(_parse_outside)]
ServiceName = Annotated[tuple[str | None, str], BeforeValidator(_parse_service)]


class TargetSchema(Schema):
    """Workloads, by `selector`; or, for faults on requests at the callers' side, servers `outside` of the mesh."""

    namespace: str | None = None
    selector: SelectorSchema | None = None
    outside: OutsideName | None = None
    port: Port | None = None
    pods: list[str] | None = None
    at_most: Percentage | None = None


class SourceSchema(Schema):
    namespace: str | None = None
    selector: SelectorSchema = SelectorSchema()


class MatchSchema(Schema):
    method: Method | None = None
    path: Regex | None = None
    headers: dict[str, str] | None = None


class DelaySchema(Schema):
    """`value` for fixed, `min` and `max` for uniform, and so on: `l7filters.faults.PARAMETERS`."""

    distribution: Literal["fixed", "uniform", "normal", "exponential", "pareto", "lognormal"] = "fixed"
    value: Milliseconds | None = None
    min: Offset | None = None
    max: Duration | None = None
    mean: Duration | None = None
    deviation: Duration | None = None
    scale: Duration | None = None
    shape: Positive | None = None
    median: Duration | None = None
    sigma: Positive | None = None
    before: Literal["request", "response"] = "request"
    limit: Duration | None = None


class AbortSchema(Schema):
    status: Status | None = None
    grpc_status: GrpcStatus | None = None
    body: str | None = None
    message: str | None = None
    headers: dict[str, str] | None = None


class ResetSchema(Schema):
    after: Bytes | None = None


class HeaderEditsSchema(Schema):
    set: dict[str, str] | None = None
    add: dict[str, str] | None = None
    remove: list[str] | None = None


class HeadersSchema(Schema):
    request: HeaderEditsSchema = HeaderEditsSchema()
    response: HeaderEditsSchema = HeaderEditsSchema()


class PathRewriteSchema(Schema):
    pattern: Regex
    replacement: str


class QueryRewriteSchema(Schema):
    set: dict[str, str] | None = None
    remove: list[str] | None = None


class RewriteSchema(Schema):
    path: PathRewriteSchema | None = None
    query: QueryRewriteSchema = QueryRewriteSchema()
    method: Method | None = None


class ElsewhereSchema(Schema):
    service: ServiceName
    port: Port = 80


class BodySchema(Schema):
    of: Literal["request", "response"] = "response"
    replace: str | None = None
    merge: Any = None
    patch: list[Any] | None = None
    truncate: Bytes | None = None
    corrupt: Percentage | None = None


class WhichSchema(Schema):
    seed: int | None = None
    key: str | None = None
    every: Count | None = None
    per_second: Count | None = None
    at_once: Count | None = None
    first: Count | None = None


class DnsSchema(Schema):
    """A fault of names: which queries, and what becomes of them."""

    names: list[FqdnPatternText] | None = None
    types: list[RecordType] | None = None
    answer: Literal["NXDOMAIN", "SERVFAIL", "none"] | None = None
    delay: Milliseconds | None = None
    addresses: list[Address] | None = None


class PacketSchema(Schema):
    """A fault of packets between the target and `from`."""

    effect: Literal["loss", "duplication", "corruption", "partition", "delay", "reordering"]
    delay: Annotated[DelaySchema | None, BeforeValidator(_parse_delay)] = None
    direction: Literal["to", "from", "both"] = "both"
    protocol: Literal["TCP", "UDP"] | None = None
    outside: bool = False


class ProcessSchema(Schema):
    """A fault of the target's containers."""

    kill: str | None = None
    freeze: bool | None = None
    container: str | None = None


class ConnectionResetSchema(Schema):
    after: BytesOrDuration | None = None


class SlicesSchema(Schema):
    size: Bytes
    pause: Milliseconds | None = None


class BlackholeSchema(Schema):
    after: Bytes = 0


class ConnectionSchema(Schema):
    """A fault of the TCP connections from `from` to the target."""

    latency: Annotated[DelaySchema | None, BeforeValidator(_parse_delay)] = None
    jitter: Milliseconds | None = None
    bandwidth: Rate | None = None
    slices: SlicesSchema | None = None
    corrupt: Percentage | None = None
    reset: ConnectionResetSchema | None = None
    limit: Bytes | None = None
    blackhole: BlackholeSchema | None = None
    slow_close: Milliseconds | None = None
    direction: Literal["upstream", "downstream", "both"] = "both"
    existing: Literal["keep", "reset"] = "keep"


class FaultSchema(Schema):
    name: Name
    target: TargetSchema
    from_: SourceSchema | None = Field(None, alias="from")
    match: MatchSchema = MatchSchema()
    percentage: Percentage = 1_000_000
    which: WhichSchema | None = None
    inject: Literal["server", "client"] = "server"
    delay: Annotated[DelaySchema | None, BeforeValidator(_parse_delay)] = None
    abort: AbortSchema | None = None
    reset: ResetSchema | None = None
    rate: Rate | None = None
    rewrite_status: Status | None = None
    headers: HeadersSchema | None = None
    body: BodySchema | None = None
    rewrite: RewriteSchema | None = None
    redirect: ElsewhereSchema | None = None
    mirror: ElsewhereSchema | None = None
    concurrency: Count | None = None
    dns: DnsSchema | None = None
    packet: PacketSchema | None = None
    process: ProcessSchema | None = None
    connection: ConnectionSchema | None = None
    after: Offset = Decimal(0)
    for_: Duration | None = Field(None, alias="for")
    must_fire: bool = True
