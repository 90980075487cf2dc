# SPDX-License-Identifier: Apache-2.0
"""From a fault as it is written to the fault that is meant. Raises ValueError for what cannot be meant."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from l7filters.faults import (
    PARAMETERS,
    Abort,
    Before,
    Body,
    ConcurrencyLimit,
    Delay,
    Edit,
    Effect,
    Family,
    Fault,
    FaultTarget,
    HeaderEdits,
    Headers,
    HttpMatch,
    Inject,
    Mirror,
    PathRewrite,
    RandomDelay,
    Redirect,
    Reset,
    ResponseRate,
    RewriteRequest,
    RewriteStatus,
    Side,
    Which,
)
from l7filters.faults.delay import DEFAULT_LIMIT_MILLISECONDS
from l7filters.http_match import HeaderMatch
from l7filters.labels import Selector, in_namespace
from l7filters.packet_faults import DEFAULT_REORDERING_MILLISECONDS, MAX_PACKET_DELAY_MILLISECONDS, PacketEffect
from l7filters.source import SourceLocation
from scenarios.fault_schema import (
    AbortSchema,
    BodySchema,
    DelaySchema,
    FaultSchema,
    HeaderEditsSchema,
    RewriteSchema,
    SourceSchema,
    TargetSchema,
)

_DELAY_PARAMETERS = dict.fromkeys(name for names in PARAMETERS.values() for name in names)


def build_fault(scenario: str, namespace: str, written: FaultSchema, location: SourceLocation) -> Fault:
    """`namespace` is that of all that names none."""
    match = written.match
    return Fault(
        scenario=scenario,
        name=written.name,
        location=location,
        target=_outside_target(namespace, written.target) or build_target(namespace, written.target),
        effects=tuple(_effects(written, namespace)),
        parts_per_million=written.percentage,
        source=build_source(namespace, written.from_),
        match=HttpMatch(
            method=match.method,
            path=match.path,
            headers=tuple(HeaderMatch(name.lower(), value) for name, value in sorted((match.headers or {}).items())),
        ),
        which=build_which(written),
        inject=Inject(written.inject),
    )


_DEFAULT_OUTSIDE_PORT = 80


def _outside_target(namespace: str, written: TargetSchema) -> FaultTarget | None:
    if written.outside is None:
        return None
    if written.selector is not None or written.pods:
        raise ValueError("a target is either outside of the mesh, or pods by their labels; write one of the two")
    port = written.port or _DEFAULT_OUTSIDE_PORT
    return FaultTarget(namespace, port=port, at_most=written.at_most, outside=written.outside)


def build_connection_target(namespace: str, written: TargetSchema) -> FaultTarget:
    """As of packets, or an address or network outside of the mesh; `port` None: every one."""
    if written.outside is None:
        return build_target(namespace, written)
    if written.selector is not None:
        raise ValueError("a target is either outside of the mesh, or pods by their labels; write one of the two")
    return FaultTarget(
        namespace, port=written.port, pods=tuple(written.pods or ()), at_most=written.at_most, outside=written.outside
    )


def build_target(namespace: str, written: TargetSchema) -> FaultTarget:
    """Workloads. `namespace` is that of a target that names none."""
    if written.outside is not None:
        raise ValueError("a target outside of the mesh is for faults on requests; for packets write outside: true")
    if written.selector is None:
        raise ValueError("the target has no selector; add one")
    return FaultTarget(
        namespace=written.namespace or namespace,
        selector=Selector(written.selector.requirements()),
        port=written.port,
        pods=tuple(written.pods or ()),
        at_most=written.at_most,
    )


def build_source(namespace: str, written: SourceSchema | None) -> Selector | None:
    """`namespace` is that of a source that names none; None: everybody."""
    if written is None:
        return None
    return Selector((*written.selector.requirements(), in_namespace(written.namespace or namespace)))


def build_which(written: FaultSchema) -> Which | None:
    return None if written.which is None else Which(**written.which.model_dump())


def build_packet_delay(written: DelaySchema | None, effect: PacketEffect) -> RandomDelay | None:
    """How long packets are held; reordering has a default."""
    if written is None:
        if effect is not PacketEffect.REORDERING:
            return None
        default = (float(DEFAULT_REORDERING_MILLISECONDS),)
        return RandomDelay(Family.FIXED, default, limit_milliseconds=MAX_PACKET_DELAY_MILLISECONDS)
    if "before" in written.model_fields_set:
        raise ValueError("packets have no request and no response that a delay could be before; remove before")
    family, parameters = _distribution(written)
    limit = MAX_PACKET_DELAY_MILLISECONDS if written.limit is None else float(written.limit * 1000)
    return RandomDelay(family, parameters, limit_milliseconds=limit)


def build_latency(written: DelaySchema, jitter: int | None) -> RandomDelay:
    """How late the data of a connection is; `jitter` is so much more or less of a fixed one, in milliseconds."""
    if "before" in written.model_fields_set:
        raise ValueError("a connection has no request that its latency could be before; write direction: downstream")
    family, parameters = _distribution(written)
    if jitter is not None:
        if family is not Family.FIXED:
            raise ValueError(f"jitter is for a fixed latency; a {family} one varies by itself")
        if jitter > parameters[0]:
            raise ValueError(f"a jitter of {jitter} ms is more than the latency of {parameters[0]:g} ms")
        family, parameters = Family.UNIFORM, (parameters[0] - jitter, parameters[0] + jitter)
    return RandomDelay(family, parameters, limit_milliseconds=_limit(written, family, parameters))


def _effects(written: FaultSchema, namespace: str) -> Iterator[Effect]:
    if written.delay is not None:
        yield _delay(written.delay)
    if written.abort is not None:
        yield _abort(written.abort)
    if written.reset is not None:
        yield Reset(written.reset.after)
    if written.rate is not None:
        yield ResponseRate(written.rate)
    if written.rewrite_status is not None:
        yield RewriteStatus(written.rewrite_status)
    if written.headers is not None:
        yield Headers(_edits(written.headers.request), _edits(written.headers.response))
    if written.body is not None:
        yield _body(written.body)
    if written.rewrite is not None:
        yield _rewrite(written.rewrite)
    if written.redirect is not None:
        yield Redirect(_service(written.redirect.service, namespace), written.redirect.port)
    if written.mirror is not None:
        yield Mirror(_service(written.mirror.service, namespace), written.mirror.port)
    if written.concurrency is not None:
        yield ConcurrencyLimit(written.concurrency)


def _distribution(written: DelaySchema) -> tuple[Family, tuple[float, ...]]:
    family = Family(written.distribution)
    given: dict[str, float | int | Decimal | None] = {name: getattr(written, name) for name in _DELAY_PARAMETERS}
    wanted = PARAMETERS[family]
    if missing := [name for name in wanted if given[name] is None]:
        raise ValueError(f"a {family} delay needs {' and '.join(missing)}")
    if foreign := [name for name, value in given.items() if value is not None and name not in wanted]:
        raise ValueError(f"a {family} delay has no {' and no '.join(foreign)}; it has {' and '.join(wanted)}")
    # Durations are Decimal seconds; a fixed value is milliseconds already, shape and sigma are plain numbers.
    numbers = [given[name] for name in wanted]
    return family, tuple(float(each * 1000 if isinstance(each, Decimal) else each or 0) for each in numbers)


def _delay(written: DelaySchema) -> Delay | RandomDelay:
    family, parameters = _distribution(written)
    # Who names the distribution has the filter's exact delay; a bare one that is short is Envoy's own.
    named = {"distribution", "limit"} & written.model_fields_set
    if family is Family.FIXED and written.before == "request" and not named and written.value is not None:
        return Delay(written.value)
    return RandomDelay(family, parameters, Before(written.before), _limit(written, family, parameters))


def _limit(written: DelaySchema, family: Family, parameters: tuple[float, ...]) -> float:
    """Where the tail is cut, in milliseconds; what has an end of its own is cut only where that is asked for."""
    if written.limit is not None:
        return float(written.limit * 1000)
    ends = family in {Family.FIXED, Family.UNIFORM}
    return max(DEFAULT_LIMIT_MILLISECONDS, parameters[-1] if ends else 0.0)


def _abort(written: AbortSchema) -> Abort:
    if written.message is not None and (written.grpc_status is None or written.body is not None):
        raise ValueError("the message of an abort belongs to a grpcStatus, and is its body")
    text = written.body if written.message is None else written.message
    return Abort(written.status, written.grpc_status, text, _headers(written.headers))


def _edits(written: HeaderEditsSchema) -> HeaderEdits:
    removed = tuple(name.lower() for name in written.remove or ())
    return HeaderEdits(_headers(written.set), _headers(written.add), removed)


def _headers(written: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in (written or {}).items())


def _body(written: BodySchema) -> Body:
    given = {
        Edit.REPLACE: written.replace,
        Edit.MERGE: json.dumps(written.merge) if "merge" in written.model_fields_set else None,
        Edit.PATCH: None if written.patch is None else json.dumps(written.patch),
        Edit.TRUNCATE: None if written.truncate is None else str(written.truncate),
        Edit.CORRUPT: None if written.corrupt is None else str(written.corrupt),
    }
    edits = [(edit, value) for edit, value in given.items() if value is not None]
    if len(edits) != 1:
        raise ValueError(f"a body is changed in one way: give one of {', '.join(given)}")
    ((edit, value),) = edits
    return Body(edit, value, Side(written.of))


def _rewrite(written: RewriteSchema) -> RewriteRequest:
    path = written.path
    return RewriteRequest(
        path=None if path is None else PathRewrite(path.pattern, path.replacement),
        method=written.method,
        set_query=tuple((written.query.set or {}).items()),
        remove_query=tuple(written.query.remove or ()),
    )


def _service(written: tuple[str | None, str], namespace: str) -> str:
    return f"{written[0] or namespace}/{written[1]}"
