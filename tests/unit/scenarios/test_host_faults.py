# SPDX-License-Identifier: Apache-2.0
"""Faults of packets and of processes in a scenario file."""

import pytest

from l7filters.faults import Family, RandomDelay, Which
from l7filters.labels import Selector
from l7filters.packet_faults import Direction, PacketEffect, PacketFault
from l7filters.process_faults import ProcessFault
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
  - name: cut
    target: {selector: {matchLabels: {class: deathstar}}, pods: [deathstar-0], atMost: 100%}
"""


def fault_of(rest):
    (scenario,) = parse_scenarios(HEAD + rest, "s.yaml")
    return scenario.faults[0].fault


def test_packets():
    fault = fault_of(
        "    from: {selector: {matchLabels: {org: empire}}}\n"
        "    percentage: 10\n"
        "    packet: {effect: loss, direction: to, protocol: UDP}\n"
    )
    assert isinstance(fault, PacketFault)
    assert (fault.effect, fault.parts_per_million, fault.direction, fault.protocol) == (
        PacketEffect.LOSS,
        100_000,
        Direction.TO,
        "UDP",
    )
    assert fault.source is not None
    assert fault.source.matches({"org": "empire", "io.kubernetes.pod.namespace": "space"}) is True
    assert fault.source.matches({"org": "empire", "io.kubernetes.pod.namespace": "earth"}) is False
    assert (fault.target.pods, fault.target.selector) == (("deathstar-0",), Selector.of({"class": "deathstar"}))


def test_late_packets_and_which_of_them():
    fault = fault_of(
        "    percentage: 30\n"
        "    which: {seed: 42, every: 2, perSecond: 100, first: 5}\n"
        "    packet: {effect: delay, delay: {distribution: normal, mean: 100ms, deviation: 20ms}}\n"
    )
    assert fault.delay == RandomDelay(Family.NORMAL, (100.0, 20.0), limit_milliseconds=2000)
    assert fault.which == Which(seed=42, every=2, per_second=100, first=5)
    assert fault.effects == ("packet delay (normal, mean 100 ms, deviation 20 ms)",)
    assert fault_of("    packet: {effect: delay, delay: 2s}\n").delay.parameters == (2000.0,)
    assert fault_of("    packet: {effect: reordering}\n").delay.parameters == (10.0,)


def test_a_partition_from_the_outside():
    fault = fault_of("    packet: {effect: partition, outside: true}\n")
    assert (fault.outside, fault.source, fault.direction) == (True, None, Direction.BOTH)


def test_processes():
    assert fault_of("    process: {freeze: true}\n").kill is None
    fault = fault_of("    process: {kill: SIGTERM, container: app}\n")
    assert isinstance(fault, ProcessFault)
    assert (fault.kill, fault.container) == ("SIGTERM", "app")


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("    packet: {effect: lost}\n", "loss"),
        ("    packet: {effect: loss, outside: true}\n    from: {selector: {}}\n", "outside of the mesh has no labels"),
        ("    packet: {effect: partition}\n    percentage: 10\n", "a partition loses every packet"),
        ("    packet: {effect: delay}\n", "packets are late by a delay with the effects delay"),
        ("    packet: {effect: loss, delay: 1s}\n", "packets are late by a delay with the effects delay"),
        ("    packet: {effect: delay, delay: 2001ms}\n", "held for 2 s at most"),
        ("    packet: {effect: delay, delay: {distribution: uniform, min: 1s, max: 3s}}\n", "held for 2 s at most"),
        ("    packet: {effect: delay, delay: {value: 1s, before: response}}\n", "remove before"),
        ("    packet: {effect: loss}\n    which: {atOnce: 2}\n", "atOnce: a packet that has passed is never over"),
        ("    packet: {effect: loss}\n    which: {seed: 1, key: x-user}\n", "key: packets have no headers"),
        ("    packet: {effect: partition}\n    which: {first: 1}\n", "a partition loses every packet"),
        ("    packet: {effect: loss}\n    match: {method: GET}\n", "'match' does not go with 'packet'"),
        ("    packet: {effect: loss}\n    abort: {status: 503}\n", "'abort' does not go with 'packet'"),
        ("    process: {}\n", "either kills or freezes"),
        ("    process: {kill: SIGKILL, freeze: true}\n", "either kills or freezes"),
        ("    process: {freeze: false}\n", "either kills or freezes"),
        ("    process: {kill: SIGBOOM}\n", "'SIGBOOM' is no signal"),
        ("    process: {freeze: true}\n    percentage: 10\n", "'percentage' does not go with 'process'"),
        ("    process: {freeze: true}\n    from: {selector: {}}\n", "'from' does not go with 'process'"),
    ],
)
def test_what_cannot_be_written(rest, words):
    with pytest.raises(InputError) as refused:
        parse_scenarios(HEAD + rest, "s.yaml")
    assert any(words in str(problem) for problem in refused.value.problems), refused.value.problems
