# SPDX-License-Identifier: Apache-2.0
"""Turns flow records into events, keeps all events of a run, and passes each one to the journal."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from l7filters.faults import Fault
from scenarios.attribution import Eligibility, fired_faults, kind_of, trace_key
from scenarios.clock import Clock
from scenarios.events import Cause, ClientSaw, Event, Kind, Noted, RecordsLost, RequestSeen
from scenarios.journal import Journal, JournalError
from scenarios.model import Scenario
from scenarios.world import Flow, FlowsLost, Reach, Told

TRACE_MEMORY = 10_000
"""Requests off the targets that are remembered until an injected request of their trace turns up."""


class Recorder:
    """Never raises for a failing journal or observer: the revert must not depend on a disk or a terminal.

    `on_failure` is called once for each instead, and the events of the run stay in memory.
    """

    def __init__(
        self,
        scenario: Scenario,
        journal: Journal,
        clock: Clock,
        on_event: Callable[[Event], None] | None,
        on_failure: Callable[[Cause, str], None],
    ) -> None:
        self.events: list[Event] = []
        self.reach = Reach({}, {})
        self._journal: Journal | None = journal
        self._clock = clock
        self._on_event = on_event
        self._on_failure = on_failure
        faults = [scheduled.fault for scheduled in scenario.faults]
        self._faults = {fault.id: fault for fault in faults if isinstance(fault, Fault)}
        self._eligibility = tuple(Eligibility.of(fault) for fault in self._faults.values())
        self._on: dict[str, list[tuple[float, float]]] = {fault.id: [] for fault in faults}
        self._probe_of_request: dict[str, str] = {}
        self._injected_traces: set[str] = set()
        self.load_recorded = asyncio.Event()
        """Set while no answered request of the run's own load lacks its flow record."""
        self.load_recorded.set()
        self._recorded: set[str] = set()
        self._awaited: set[str] = set()
        self._elsewhere: deque[RequestSeen] = deque(maxlen=TRACE_MEMORY)
        self._recent: deque[RequestSeen] = deque(maxlen=TRACE_MEMORY)

    def record(self, event: Event) -> None:
        self.events.append(event)
        if self._journal is not None:
            try:
                self._journal.write(event)
            except JournalError as error:
                self._journal = None
                self._on_failure(Cause.JOURNAL, str(error))
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception as error:
                self._on_event = None
                self._on_failure(Cause.ERROR, f"showing the run's progress: {error}")

    def record_client(self, seen: ClientSaw) -> None:
        """An answer to the run's own load; its flow record must come too, sooner or later."""
        self.record(seen)
        if seen.status and seen.request not in self._recorded:
            self._awaited.add(seen.request)
            self.load_recorded.clear()

    def is_probe(self, request_id: str, probe: str) -> None:
        """The request with this id, once its flow record comes, was sent by `probe`."""
        self._probe_of_request[request_id] = probe

    def turned_on(self, faults: Iterable[str], reach: Reach) -> None:
        """Every target has ACKed these; requests that start from now on count for their observed shares."""
        self.reach = reach
        for name in faults:
            self._on[name].append((self._clock.now(), float("inf")))

    def turning_off(self) -> None:
        """From now on it is not sure which faults are on, until the next `turned_on`."""
        now = self._clock.now()
        for spans in self._on.values():
            if spans and spans[-1][1] == float("inf"):
                spans[-1] = (spans[-1][0], now)

    def recent(self) -> Iterable[RequestSeen]:
        """The latest requests on the targets, for probes over flows."""
        return tuple(self._recent)

    def on_flow(self, flow: Flow | FlowsLost | Told) -> None:
        if isinstance(flow, FlowsLost):
            self.record(RecordsLost(self._clock.now(), flow.count))
            return
        if isinstance(flow, Told):
            self.record(Noted(self._clock.now(), flow.text))
            return
        seen = self._request_seen(flow)
        if seen.on_target:
            self._recent.append(seen)
            self._recorded.add(seen.request)
            self._awaited.discard(seen.request)
            if not self._awaited:
                self.load_recorded.set()
        if seen.on_target or seen.kind is not Kind.GENUINE:
            self.record(seen)
        else:
            self._elsewhere.append(seen)
        key = trace_key(flow.trace_id, flow.request_id)
        if seen.kind is Kind.INJECTED and key not in self._injected_traces:
            self._injected_traces.add(key)
            self._record_induced(key)

    def _record_induced(self, key: str) -> None:
        # A caller's record may come before that of the call inside it: sidecars flush their logs one by one.
        for earlier in [one for one in self._elsewhere if trace_key(one.trace, one.request) == key]:
            self._elsewhere.remove(earlier)
            self.record(earlier)

    def _request_seen(self, flow: Flow) -> RequestSeen:
        fired = fired_faults(flow, self._faults)
        return RequestSeen(
            time=self._clock.now(),
            request=flow.request_id,
            started=flow.started,
            source=flow.source,
            destination=flow.destination,
            port=flow.port,
            method=flow.method,
            path=flow.path,
            status=flow.status,
            kind=kind_of(flow, fired, self._injected_traces),
            duration_ms=flow.duration_ms,
            on_target=any(flow.destination in targets for targets in self.reach.targets.values()),
            routed=flow.faults,
            fired=fired,
            eligible=tuple(
                one.fault.id
                for one in self._eligibility
                if self._surely_on(one.fault.id, flow.started) and one.admits(flow, self.reach)
            ),
            denied_by=flow.denied_by,
            grpc_status=flow.grpc_status,
            trace=flow.trace_id,
            probe=self._probe_of_request.get(flow.request_id),
        )

    def _surely_on(self, fault: str, moment: float) -> bool:
        return any(start <= moment < end for start, end in self._on[fault])
