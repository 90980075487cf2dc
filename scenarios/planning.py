# SPDX-License-Identifier: Apache-2.0
"""What the journal and the report are told of a scenario before it runs."""

import uuid

from l7filters.faults import Delay, Fault
from scenarios.events import PlannedFault, PlannedProbe, RunStarted
from scenarios.model import Scenario, ScheduledFault


def run_started(scenario: Scenario, now: float) -> RunStarted:
    return RunStarted(
        time=now,
        run=str(uuid.uuid4()),
        scenario=scenario.name,
        namespace=scenario.namespace,
        description=scenario.description,
        location=str(scenario.location),
        duration=scenario.duration_seconds,
        lease=scenario.lease_seconds,
        faults=tuple(plan_fault(scheduled) for scheduled in scenario.faults),
        probes=tuple(
            PlannedProbe(probe.name, str(probe.location), tuple(sorted(probe.phases))) for probe in scenario.probes
        ),
    )


def plan_fault(scheduled: ScheduledFault) -> PlannedFault:
    """What the report is told of a fault."""
    fault = scheduled.fault
    delays = [effect for effect in fault.effects if isinstance(effect, Delay)]
    return PlannedFault(
        id=fault.id,
        location=str(fault.location),
        effects=tuple(str(effect) for effect in fault.effects),
        parts_per_million=fault.parts_per_million,
        delay_ms=sum(effect.milliseconds for effect in delays),
        start=scheduled.start_seconds,
        end=scheduled.end_seconds,
        must_fire=scheduled.must_fire,
        share_measurable=isinstance(fault, Fault) and not fault.match.headers and not fault.grpc_only,
    )


def longest_delay_seconds(scenario: Scenario) -> float:
    """What a request that is hit by all delays at once waits: they add up."""
    return sum(plan_fault(scheduled).delay_ms for scheduled in scenario.faults) / 1000
