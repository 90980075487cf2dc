# SPDX-License-Identifier: Apache-2.0
"""What the journal and the report are told of a scenario before it runs."""

import uuid

from l7filters.faults import Delay, Fault, Inject, RandomDelay
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
        share_measurable=isinstance(fault, Fault) and _share_measurable(fault),
    )


def _share_measurable(fault: Fault) -> bool:
    """Whether flow records tell which requests might have been hit, and the percentage which part of them."""
    counted = fault.which is not None and fault.which.counted
    return not fault.match.headers and not fault.grpc_only and fault.inject is Inject.SERVER and not counted


def longest_delay_seconds(scenario: Scenario) -> float:
    """What a request that is hit by all delays at once waits: they add up. Of a distribution without an end, what one
    in a million exceeds."""
    effects = [effect for scheduled in scenario.faults for effect in scheduled.fault.effects]
    fixed = sum(effect.milliseconds for effect in effects if isinstance(effect, Delay))
    drawn = sum(each.milliseconds(1 - 1e-6) for each in effects if isinstance(each, RandomDelay))
    return (fixed + drawn) / 1000
