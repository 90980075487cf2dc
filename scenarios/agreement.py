# SPDX-License-Identifier: Apache-2.0
"""Do clients and sidecars agree, request by request (joined by `x-request-id`)?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scenarios.events import ClientSaw, Event, Kind, RequestSeen, RunStarted

CLOCK_GRAIN_MS = 5.0
"""Client and Envoy round differently, and Envoy's timers may fire up to a tick early."""

_NO_ANSWER = 0
"""The status of a request that the target's sidecar has reset."""
_WITHOUT_ANSWER = frozenset({0, 503})
"""What becomes of that at the client: nothing either, or what its own sidecar says instead. No header names faults."""


@dataclass(frozen=True, slots=True)
class Difference:
    request: str
    what: str

    def __str__(self) -> str:
        return f"{self.request}: {self.what}"


@dataclass(frozen=True, slots=True)
class Agreement:
    agreed: int
    differences: tuple[Difference, ...]


def compare_events(events: Iterable[Event]) -> Agreement:
    """The load that a run sent itself against the flow records of the same run."""
    events = tuple(events)
    delays = {
        fault.id: fault.delay_ms
        for event in events
        if isinstance(event, RunStarted)
        for fault in event.faults
        if fault.delay_ms
    }
    seen = (event for event in events if isinstance(event, RequestSeen))
    return compare((event for event in events if isinstance(event, ClientSaw)), seen, delays)


def compare(clients: Iterable[ClientSaw], sidecars: Iterable[RequestSeen], delays_ms: Mapping[str, int]) -> Agreement:
    """Each client request against its flow records; `delays_ms` per fault id that delays.

    A request id that was sent several times (a caller's retries) is paired in the order of time.
    """
    records: dict[str, list[RequestSeen]] = defaultdict(list)
    for record in sorted(sidecars, key=lambda record: record.started):
        if record.on_target:
            records[record.request].append(record)
    sent: dict[str, list[ClientSaw]] = defaultdict(list)
    for client in sorted(clients, key=lambda client: client.time - client.duration_ms / 1000):
        sent[client.request].append(client)
    agreed = 0
    differences: list[Difference] = []
    for request, attempts in sent.items():
        found = records.get(request, [])
        if len(found) != len(attempts):
            what = f"sent {len(attempts)} times, the sidecars logged {len(found)}"
            differences.append(Difference(request, what))
            continue
        for client, record in zip(attempts, found, strict=True):
            if what := _difference(client, record, delays_ms):
                differences.append(Difference(request, what))
            else:
                agreed += 1
    return Agreement(agreed, tuple(differences))


def _difference(client: ClientSaw, record: RequestSeen, delays_ms: Mapping[str, int]) -> str:
    if record.status == _NO_ANSWER and client.status in _WITHOUT_ANSWER:
        return ""
    if client.status != record.status:
        what = f"no answer ({client.error})" if client.error else f"status {client.status}"
        return f"the client saw {what}, the sidecar sent {record.status}"
    if client.denied != (record.kind is Kind.DENIED):
        return f"denied: the client saw {client.denied}, the sidecar logged {record.kind is Kind.DENIED}"
    if not set(record.fired) <= set(client.faults) <= set(record.routed):
        # The response header comes with the route, so it may name a drawn fault that had nothing to do
        # (a response rate on an empty body), but never less than what happened.
        return f"faults: the client saw {_names(client.faults)}, the sidecar logged {_names(record.fired)}"
    delay = sum(delays_ms.get(name, 0) for name in record.fired)
    if client.duration_ms < delay - CLOCK_GRAIN_MS:
        return f"delayed by {delay} ms, but the client had its answer after {client.duration_ms:.0f} ms"
    return ""


def _names(faults: Iterable[str]) -> str:
    return ", ".join(sorted(faults)) or "none"
