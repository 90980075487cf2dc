# SPDX-License-Identifier: Apache-2.0
"""Which faults happened to a request, and what that makes of it.

A route's name says that a request was *drawn* for a fault. It counts as injected only if an effect of the
fault happened, and how one knows that differs per kind of effect:

| effect | happened when |
|---|---|
| delay | flag DI: Envoy's fault filter set its timer; or the filter that holds the longer ones says so |
| abort | flag FI, and of several aborts on one route this is the one that answers (`combine_effects`) |
| rate | no flag exists: the response had a body, and no abort answered |
| rewriteStatus | no flag exists: the status sent is the fault's, and no abort answered |
| concurrency | flag UO: the cluster of the limit had no room |
| headers, rewrite, redirect, mirror | no flag exists: policy let the request in, and no abort answered |
| what the fault server or the filter that holds messages does | it says so in the request's metadata |
| of the connection | the fault server says that it has hit the connection, before its first byte passes |
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from l7filters.faults import (
    Abort,
    ConcurrencyLimit,
    Delay,
    Effect,
    Fault,
    Headers,
    Inject,
    Mirror,
    Redirect,
    ResponseRate,
    RewriteRequest,
    RewriteStatus,
    combine_effects,
)
from l7filters.http_match import Pattern
from scenarios.events import Kind
from scenarios.world import Flow, Reach

DELAY_INJECTED = "DI"
FAULT_INJECTED = "FI"
OVERFLOWN = "UO"


def fired_faults(flow: Flow, faults: Mapping[str, Fault]) -> tuple[str, ...]:
    """Ids of the drawn faults whose effect happened; a fault of another run counts by flags and by what is told."""
    combined = combine_effects(faults[name] for name in flow.faults if name in faults)
    fired = {fault.id for fault, effect in combined.parts if _happened(fault, effect, flow)}
    fired.update(flow.connection_faults)
    if flow.flags & {DELAY_INJECTED, FAULT_INJECTED}:
        fired.update(name for name in flow.faults if name not in faults)
    told = {effect.rpartition(":")[0] for effect in flow.effects}
    fired.update(name for name in told if name not in faults)
    return tuple(name for name in flow.faults if name in fired)


def _happened(fault: Fault, effect: Effect, flow: Flow) -> bool:
    """Whether an effect that counts (`combine_effects`) did happen."""
    aborted = FAULT_INJECTED in flow.flags
    match effect:
        case Delay():
            return DELAY_INJECTED in flow.flags or _told(fault.id, effect, flow)
        case Abort():
            return aborted
        case ResponseRate():
            return not aborted and flow.response_bytes > 0
        case RewriteStatus(status=status):
            return not aborted and flow.status == status
        case ConcurrencyLimit():
            return OVERFLOWN in flow.flags
        case Headers() | RewriteRequest() | Redirect() | Mirror():
            return not aborted and flow.denied_by is None
        case _:
            return _told(fault.id, effect, flow)


def _told(fault_id: str, effect: Effect, flow: Flow) -> bool:
    return f"{fault_id}:{effect.kind}" in flow.effects


def kind_of(flow: Flow, fired: Collection[str], injected_traces: Collection[str]) -> Kind:
    """`injected_traces`: trace keys of the injected requests known so far."""
    if flow.denied_by is not None:
        return Kind.DENIED
    if fired or flow.flags & {DELAY_INJECTED, FAULT_INJECTED}:
        return Kind.INJECTED
    if trace_key(flow.trace_id, flow.request_id) in injected_traces:
        return Kind.INDUCED
    return Kind.GENUINE


def trace_key(trace_id: str | None, request_id: str) -> str:
    """What joins the requests of one trace: `traceparent`'s trace id, else `x-request-id`."""
    return f"trace/{trace_id}" if trace_id else f"request/{request_id}"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The base of a fault's observed share: requests that satisfy its match while it is surely on."""

    fault: Fault
    path: Pattern | None

    @staticmethod
    def of(fault: Fault) -> "Eligibility":
        return Eligibility(fault, None if fault.match.path is None else Pattern(fault.match.path))

    def admits(self, flow: Flow, reach: Reach) -> bool:
        """Headers of the match are not looked at: flow records do not carry them (see `share_measurable`)."""
        name, match = self.fault.id, self.fault.match
        sources = reach.sources.get(name)
        return (
            # At the callers' side the records of those that were not hit are not looked at.
            self.fault.inject is Inject.SERVER
            and flow.denied_by is None
            and flow.destination in reach.targets.get(name, ())
            and (sources is None or flow.source in sources)
            and self.fault.target.port in {None, flow.port}
            and match.method in {None, flow.method}
            and (self.path is None or self.path.matches(flow.path.partition("?")[0]))
        )
