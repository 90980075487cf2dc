# SPDX-License-Identifier: Apache-2.0
"""Faults of packets and of processes in a scenario file."""

import pytest

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
