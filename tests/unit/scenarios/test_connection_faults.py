# SPDX-License-Identifier: Apache-2.0
"""Faults of connections in a scenario file."""

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Slices, Stream
from l7filters.connection_faults import ConnectionFault, Existing
from l7filters.faults import Family, Inject, RandomDelay, Which
from l7filters.source import InputError
from scenarios.parse import parse_scenarios

HEAD = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: siege, namespace: space}
spec:
  for: 5s
  steadyState:
  - name: ships land
    http: {from: tiefighter, url: "http://deathstar/"}
  faults:
  - name: wire
    target: {selector: {matchLabels: {class: deathstar}}, port: 5432}
"""


def fault_of(rest: str) -> ConnectionFault:
    (scenario,) = parse_scenarios(HEAD + rest, "s.yaml")
    fault = scenario.faults[0].fault
    assert isinstance(fault, ConnectionFault)
    return fault


def does(written: str) -> ConnectionEffects:
    return fault_of(f"    connection: {written}\n").does


def test_all_fields() -> None:
    fault = fault_of(
        "    from: {selector: {matchLabels: {org: empire}}}\n"
        "    percentage: 10\n"
        "    inject: client\n"
        "    which: {seed: 7, first: 3}\n"
        "    connection: {latency: 200ms, direction: upstream, existing: reset}\n"
    )
    assert (fault.id, fault.target.port, fault.parts_per_million) == ("siege/wire", 5432, 100_000)
    assert (fault.inject, fault.which) == (Inject.CLIENT, Which(seed=7, first=3))
    assert (fault.stream, fault.existing) == (Stream.UPSTREAM, Existing.RESET)
    assert fault.source is not None
    assert fault.source.matches({"org": "empire", "io.kubernetes.pod.namespace": "space"})
    plain = fault_of("    connection: {reset: {}}\n")
    assert (plain.stream, plain.existing, plain.inject, plain.source) == (
        Stream.BOTH,
        Existing.KEEP,
        Inject.SERVER,
        None,
    )


@pytest.mark.parametrize(
    ("written", "longest"),
    [
        ("{latency: 5m}", 300_000),
        ("{latency: 5m, jitter: 1m}", 360_000),
        ("{latency: {value: 5m, limit: 2m}}", 120_000),
        ("{latency: {distribution: pareto, scale: 1ms, shape: 0.1}}", 60_000),
    ],
)
def test_a_latency_without_a_tail_is_cut_only_where_that_is_asked_for(written: str, longest: int) -> None:
    latency = does(written).latency
    assert latency is not None
    assert latency.milliseconds(1 - 2**-53) == pytest.approx(longest)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{latency: 200ms}", ConnectionEffects(latency=RandomDelay(Family.FIXED, (200.0,)))),
        ("{latency: 200ms, jitter: 50ms}", ConnectionEffects(latency=RandomDelay(Family.UNIFORM, (150.0, 250.0)))),
        (
            "{latency: {distribution: exponential, mean: 20ms, limit: 1s}}",
            ConnectionEffects(latency=RandomDelay(Family.EXPONENTIAL, (20.0,), limit_milliseconds=1000.0)),
        ),
        ("{bandwidth: 64KiB/s}", ConnectionEffects(bytes_per_second=65_536)),
        ("{slices: {size: 100B, pause: 10ms}}", ConnectionEffects(slices=Slices(100, 10))),
        ("{corrupt: 0.1%}", ConnectionEffects(corrupt_parts=1000)),
        ("{reset: {}}", ConnectionEffects(reset=ConnectionReset())),
        ("{reset: {after: 64KiB}}", ConnectionEffects(reset=ConnectionReset(after_bytes=65_536))),
        ("{reset: {after: 5s}}", ConnectionEffects(reset=ConnectionReset(after_milliseconds=5000))),
        ("{limit: 1MiB}", ConnectionEffects(close_after_bytes=1024 * 1024)),
        ("{blackhole: {}}", ConnectionEffects(blackhole_after=0)),
        ("{blackhole: {after: 500}}", ConnectionEffects(blackhole_after=500)),
        ("{slowClose: 2s}", ConnectionEffects(close_delay_milliseconds=2000)),
    ],
)
def test_effects(written: str, meant: ConnectionEffects) -> None:
    assert does(written) == meant


def test_servers_outside_of_the_mesh() -> None:
    head = HEAD.replace("selector: {matchLabels: {class: deathstar}}", "outside: 203.0.113.0/24")
    (scenario,) = parse_scenarios(head + "    inject: client\n    connection: {reset: {}}\n", "s.yaml")
    assert str(scenario.faults[0].fault.target.outside) == "203.0.113.0/24"


@pytest.mark.parametrize(
    ("rest", "line", "reason"),
    [
        ("connection: {}", 10, "does something"),
        ("connection: {latency: -5ms}", 12, "negative"),
        ("connection: {latency: 11m}", 10, "10 min"),
        ("connection: {latency: {distribution: normal, mean: 5ms}}", 10, "needs deviation"),
        ("connection: {latency: {value: 5ms, before: response}}", 10, "direction: downstream"),
        ("connection: {latency: 5ms, jitter: 6ms}", 10, "more than the latency"),
        ("connection: {jitter: 6ms}", 10, "add one"),
        ("connection: {latency: {distribution: exponential, mean: 5ms}, jitter: 6ms}", 10, "varies by itself"),
        ("connection: {bandwidth: 0KiB/s}", 12, "not a rate"),
        ("connection: {bandwidth: 2048MiB/s}", 10, "1 GiB/s"),
        ("connection: {corrupt: 101%}", 12, "at most 100"),
        ("connection: {slices: {size: 65KiB}}", 10, "65536 bytes"),
        ("connection: {slices: {pause: 5ms}}", 12, "size"),
        ("connection: {reset: {after: 0}}", 10, "reset: 0 bytes"),
        ("connection: {reset: {after: 2h}}", 10, "1 h"),
        ("connection: {reset: {after: five}}", 12, "nor a time"),
        ("connection: {limit: 0}", 10, "limit: 0 bytes"),
        ("connection: {direction: sideways}", 12, "sideways"),
        ("connection: {latency: 1s, existing: burn}", 12, "burn"),
        ("connection: {reset: {}, latency: 1s}", 10, "nothing else"),
        ("connection: {blackhole: {}, limit: 5}", 10, "nothing passes at all"),
        ("connection: {latncy: 1s}", 12, "latency"),
        ("connection: {reset: {}}\n    delay: 1s", 13, "write two faults"),
        ("connection: {reset: {}}\n    match: {method: GET}", 13, "remove it"),
        ("connection: {reset: {}}\n    which: {seed: 1, key: x-user}", 10, "remove the key"),
    ],
)
def test_what_cannot_be_meant(rest: str, line: int, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        fault_of(f"    {rest}\n")
    assert any(problem.location.line == line and reason in str(problem) for problem in refused.value.problems), (
        refused.value.problems
    )
