# SPDX-License-Identifier: Apache-2.0
"""From the validated parts of a scenario file to the model. Values that only the model refuses are ValueErrors."""

from dataclasses import dataclass
from decimal import Decimal

from l7filters.faults import Fault, FaultTarget
from l7filters.http_match import Pattern
from l7filters.labels import Selector
from l7filters.name_faults import NameEffect, NameFault
from l7filters.policy import FqdnPattern
from l7filters.source import SourceLocation
from scenarios.fault_build import build_fault
from scenarios.fault_schema import FaultSchema
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
        fault: Fault | NameFault
        if written.dns is None:
            fault = build_fault(self.scenario, self.namespace, written, location)
        else:
            fault = self._name_fault(written, location)
        end = self.duration if written.for_ is None else written.after + written.for_
        return ScheduledFault(fault, float(written.after), float(end), written.must_fire)

    def _target(self, written: FaultSchema) -> FaultTarget:
        return FaultTarget(
            namespace=written.target.namespace or self.namespace,
            selector=Selector(written.target.selector.requirements()),
            port=written.target.port,
        )

    def _name_fault(self, written: FaultSchema, location: SourceLocation) -> NameFault:
        lie = written.dns
        assert lie is not None
        answers = {"NXDOMAIN": NameEffect.NXDOMAIN, "SERVFAIL": NameEffect.SERVFAIL, "none": NameEffect.NO_ANSWER}
        if lie.answer is not None:
            effect = answers[lie.answer]
        else:
            effect = NameEffect.DELAY if lie.delay is not None else NameEffect.WRONG_ADDRESS
        return NameFault(
            scenario=self.scenario,
            name=written.name,
            location=location,
            target=self._target(written),
            effect=effect,
            names=tuple(FqdnPattern(name.lower().removesuffix("."), True) for name in lie.names or ()),
            types=tuple(lie.types or ()),
            parts_per_million=written.percentage,
            milliseconds=lie.delay or 0,
            addresses=tuple(lie.addresses or ()),
        )

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
