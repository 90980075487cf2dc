# SPDX-License-Identifier: Apache-2.0
"""Injected means that the effect happened, kind by kind; a drawn route alone is not enough."""

from dataclasses import replace

import pytest

from l7filters.faults import Abort, Delay, Fault, FaultTarget, HttpMatch, ResponseRate, RewriteStatus
from l7filters.source import SourceLocation
from scenarios.attribution import Eligibility, fired_faults, kind_of, trace_key
from scenarios.events import Kind
from scenarios.world import Flow, Reach

FLOW = Flow(
    request_id="r1",
    started=10.0,
    duration_ms=3.0,
    source="default/tiefighter",
    destination="default/deathstar-0",
    port=80,
    method="POST",
    path="/v1/request-landing",
    status=200,
    response_bytes=12,
)


def fault(name, *effects, match=None):
    target = FaultTarget("default", port=80)
    return Fault("s", name, SourceLocation("s.yaml", 1), target, effects, match=match or HttpMatch())


def flow(*faults, flags="", **changes):
    drawn = tuple(f"s/{name}" for name in faults)
    return replace(FLOW, faults=drawn, flags=frozenset(flags.split()), **changes)


def fired(flow, *faults):
    return tuple(name.removeprefix("s/") for name in fired_faults(flow, {each.id: each for each in faults}))


SLOW = fault("slow", Delay(100))
FULL = fault("full", Abort(503))
GRPC = fault("grpc", Abort(grpc_status=14))
THIN = fault("thin", ResponseRate(1))
TURNED = fault("turned", RewriteStatus(504))
BOTH = fault("both", Delay(100), Abort(500))


@pytest.mark.parametrize(
    "one, seen, happened",
    [
        (SLOW, flow("slow", flags="DI"), True),
        (SLOW, flow("slow"), False),
        # The filter of the sidecar has held it.
        (SLOW, flow("slow", effects=frozenset({"s/slow:delay"})), True),
        (SLOW, flow("slow", effects=frozenset({"s/other:delay"})), False),
        (SLOW, flow(flags="DI"), False),
        (FULL, flow("full", flags="FI", status=503), True),
        (FULL, flow("full", status=503), False),
        (GRPC, flow("grpc", flags="FI", grpc_status=14), True),
        (GRPC, flow("grpc", grpc_status=14), False),
        (THIN, flow("thin"), True),
        (THIN, flow("thin", response_bytes=0), False),
        (THIN, flow("thin", flags="FI", status=503), False),
        (TURNED, flow("turned", status=504), True),
        (TURNED, flow("turned", status=200), False),
        (TURNED, flow("turned", flags="FI", status=504), False),
        (BOTH, flow("both", flags="DI", status=0), True),
        (BOTH, flow("both", flags="DI FI", status=500), True),
        (BOTH, flow("both", status=500), False),
    ],
)
def test_a_fault_fired_when_its_effect_happened(one, seen, happened):
    assert fired(seen, one) == ((one.name,) if happened else ())


def test_faults_that_hit_together_each_fired_for_itself():
    assert fired(flow("full", "slow", flags="DI FI", status=503), FULL, SLOW) == ("full", "slow")
    assert fired(flow("full", "slow", flags="DI", status=0), FULL, SLOW) == ("slow",)


def test_of_two_aborts_one_answers():
    other = fault("zero", Abort(500))
    assert fired(flow("full", "zero", flags="FI", status=503), FULL, other) == ("full",)


def test_a_fault_of_another_run_counts_by_its_flags_and_by_what_is_told():
    assert fired(flow("unknown", flags="DI")) == ("unknown",)
    assert fired(flow("unknown", "other", effects=frozenset({"s/unknown:delay"}))) == ("unknown",)
    assert fired(flow("unknown")) == ()


@pytest.mark.parametrize(
    "seen, names, traces, kind",
    [
        (replace(FLOW, denied_by="default/rule1#0", status=403), (), {"request/r1"}, Kind.DENIED),
        (FLOW, ("s/slow",), set(), Kind.INJECTED),
        (flow(flags="FI"), (), set(), Kind.INJECTED),
        (FLOW, (), {"request/r1"}, Kind.INDUCED),
        (replace(FLOW, trace_id="t"), (), {"trace/t"}, Kind.INDUCED),
        (replace(FLOW, trace_id="t"), (), {"request/r1"}, Kind.GENUINE),
        (replace(FLOW, status=500), (), set(), Kind.GENUINE),
        (flow("slow"), (), set(), Kind.GENUINE),
    ],
)
def test_the_kind_of_a_request(seen, names, traces, kind):
    assert kind_of(seen, names, traces) is kind


def test_requests_join_by_trace_and_else_by_request_id():
    assert trace_key("t", "a") == trace_key("t", "b") != trace_key(None, "t")


LANDING = fault("slow", Delay(1), match=HttpMatch("POST", "/v1/request-.*"))
REACH = Reach({"s/slow": ("default/deathstar-0",)}, {"s/slow": ("default/tiefighter",)})


@pytest.mark.parametrize(
    "changes, admitted",
    [
        ({}, True),
        ({"path": "/v1/request-landing?bay=7"}, True),
        ({"path": "/v1/exhaust-port"}, False),
        ({"path": "/v1/v1/request-landing"}, False),
        ({"method": "PUT"}, False),
        ({"port": 81}, False),
        ({"source": "default/xwing"}, False),
        ({"destination": "default/other"}, False),
        ({"denied_by": "default/rule1#0"}, False),
    ],
)
def test_a_request_is_eligible_when_it_satisfies_the_match(changes, admitted):
    assert Eligibility.of(LANDING).admits(replace(FLOW, **changes), REACH) is admitted


def test_without_sources_every_caller_is_eligible():
    reach = Reach(REACH.targets, {"s/slow": None})
    assert Eligibility.of(LANDING).admits(replace(FLOW, source="203.0.113.7"), reach)
