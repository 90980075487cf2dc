# SPDX-License-Identifier: Apache-2.0
"""From the validated parts of a scenario file to the model. Values that only the model refuses are ValueErrors."""

from dataclasses import dataclass
from decimal import Decimal

from l7filters.fault_levels import AnyFault
from l7filters.http_match import Pattern
from l7filters.source import SourceLocation
from scenarios.fault_build import build_fault
from scenarios.fault_schema import FaultSchema
from scenarios.host_fault_build import (
    build_connection_fault,
    build_name_fault,
    build_packet_fault,
    build_process_fault,
)
from scenarios.model import Check, CommandCheck, FlowCheck, HttpCheck, Load, Probe, ScheduledFault
from scenarios.schema import LoadSchema, PodName, ProbeSchema


@dataclass(frozen=True, slots=True)
class Builder:
    """What the parts of a file take from the whole."""

    scenario: str
    namespace: str
    duration: Decimal

    def probe(self, written: ProbeSchema, location: SourceLocation) -> Probe:
        return Probe(
            name=written.name,
            location=location,
            check=self._check(written),
            phases=frozenset(written.when),
            interval_seconds=float(written.interval),
            timeout_seconds=float(written.timeout),
            failures=written.failures,
        )

    def _check(self, written: ProbeSchema) -> Check:
        tolerance = written.tolerance
        if written.http is not None:
            return HttpCheck(
                pod=self._pod(written.http.from_),
                method=written.http.method,
                url=written.http.url,
                headers=tuple((written.http.headers or {}).items()),
                request_body=written.http.body,
                statuses=tolerance.status or (200,),
                body=_pattern(tolerance.body),
                latency_ms=_milliseconds(tolerance.latency),
            )
        if written.command is not None:
            return CommandCheck(
                pod=self._pod(written.command.in_),
                argv=tuple(written.command.run),
                exit_code=tolerance.exit_code or 0,
                stdout=_pattern(tolerance.output),
            )
        if written.flows is not None:
            return FlowCheck(
                window_seconds=float(written.flows.window),
                source=None if written.flows.from_ is None else self._pod(written.flows.from_),
                minimum_requests=max(1, written.flows.minimum),
                success_rate=tolerance.success_rate,
                p99_ms=_milliseconds(tolerance.p99),
            )
        raise ValueError(f"the probe '{written.name}' asks nothing")

    def fault(self, written: FaultSchema, location: SourceLocation) -> ScheduledFault:
        end = self.duration if written.for_ is None else written.after + written.for_
        return ScheduledFault(self._fault(written, location), float(written.after), float(end), written.must_fire)

    def _fault(self, written: FaultSchema, location: SourceLocation) -> AnyFault:
        if written.dns is not None:
            return build_name_fault(self.scenario, self.namespace, written, written.dns, location)
        if written.packet is not None:
            return build_packet_fault(self.scenario, self.namespace, written, written.packet, location)
        if written.process is not None:
            return build_process_fault(self.scenario, self.namespace, written, written.process, location)
        if written.connection is not None:
            return build_connection_fault(self.scenario, self.namespace, written, written.connection, location)
        return build_fault(self.scenario, self.namespace, written, location)

    def load(self, written: LoadSchema) -> Load:
        return Load(
            pod=self._pod(written.from_),
            method=written.method,
            url=written.url,
            headers=tuple((written.headers or {}).items()),
            body=written.body,
            requests=written.requests,
            per_second=written.requests / float(self.duration),
            timeout_seconds=float(written.timeout),
        )

    def _pod(self, name: PodName) -> str:
        return f"{name[0] or self.namespace}/{name[1]}"


def _pattern(written: str | None) -> Pattern | None:
    return None if written is None else Pattern(written)


def _milliseconds(seconds: Decimal | None) -> float | None:
    return None if seconds is None else float(seconds * 1000)
