# SPDX-License-Identifier: Apache-2.0
"""Which pairs of workloads a packet fault means, and what cannot be written."""

from dataclasses import replace

import pytest

from l7filters.faults import FaultTarget
from l7filters.labels import Selector
from l7filters.packet_faults import ALL_PACKETS, Direction, PacketEffect, PacketFault, PacketRule, packet_rules
from l7filters.process_faults import ProcessFault, ProcessRule, process_rule
from l7filters.source import SourceLocation
from l7filters.world import Workload, World


def workload(name: str, app: str, namespace: str = "default") -> Workload:
    return Workload(namespace, name, {"app": app}, (), ())


WORLD = World(
    workloads=(
        workload("a1", "a"),
        workload("a2", "a"),
        workload("b1", "b"),
        workload("a1", "a", "elsewhere"),
    )
)
HERE = SourceLocation("s.yaml", 1)
FAULT = PacketFault(
    "s",
    "f",
    HERE,
    FaultTarget("default", Selector.of({"app": "a"}), 80),
    PacketEffect.LOSS,
    1000,
    Selector.of({"app": "b"}),
)
TO = frozenset({("default/b1", "default/a1"), ("default/b1", "default/a2")})
FROM = frozenset({("default/a1", "default/b1"), ("default/a2", "default/b1")})


def test_both_ways_are_two_rules() -> None:
    to = PacketRule("s/f", PacketEffect.LOSS, 1000, TO, 0, 80)
    assert packet_rules(WORLD, FAULT) == (to, replace(to, pairs=FROM, from_target=True))
    assert packet_rules(WORLD, replace(FAULT, direction=Direction.TO)) == (to,)
    assert packet_rules(WORLD, replace(FAULT, direction=Direction.FROM)) == (replace(to, pairs=FROM, from_target=True),)


def test_a_protocol_is_its_number() -> None:
    assert {rule.protocol for rule in packet_rules(WORLD, replace(FAULT, protocol="UDP"))} == {17}


def test_without_a_source_everybody_and_the_outside_are_the_other_end() -> None:
    (rule,) = packet_rules(WORLD, replace(FAULT, source=None, direction=Direction.TO))
    ends = {source for source, destination in rule.pairs if destination == "default/a1"}
    assert ends == {"default/a2", "default/b1", "elsewhere/a1", None}


def test_the_outside_alone() -> None:
    (rule,) = packet_rules(WORLD, replace(FAULT, source=None, outside=True))
    assert rule.pairs == {(None, "default/a1"), (None, "default/a2")}


def test_a_workload_does_not_lose_what_it_sends_to_itself() -> None:
    (to, _) = packet_rules(WORLD, replace(FAULT, source=Selector.of({"app": "a"})))
    assert all(source != destination for source, destination in to.pairs)


def test_nobody_is_no_rule() -> None:
    assert packet_rules(WORLD, replace(FAULT, source=Selector.of({"app": "c"}))) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parts_per_million": 0}, "0 parts per million"),
        ({"parts_per_million": ALL_PACKETS + 1}, "1000001 parts per million"),
        ({"effect": PacketEffect.PARTITION}, "a partition loses every packet; for a part of them, write loss"),
        ({"outside": True}, "outside of the mesh has no labels"),
        ({"protocol": "SCTP"}, "'SCTP' is none of TCP, UDP"),
        ({"name": "a/b"}, "name 'a/b'"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(FAULT, **change)


def test_processes_of_the_target() -> None:
    fault = ProcessFault("s", "f", HERE, FaultTarget("default", Selector.of({"app": "a"})), "SIGKILL", "app")
    assert process_rule(WORLD, fault) == ProcessRule("s/f", ("default/a1", "default/a2"), "app", 9)
    assert process_rule(WORLD, replace(fault, kill=None)).signal is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kill": "SIGBOOM"}, "'SIGBOOM' is no signal"),
        ({"target": FaultTarget("default", Selector(), 80)}, "a process has no port"),
    ],
)
def test_what_cannot_be_done_to_a_process_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(ProcessFault("s", "f", HERE, FaultTarget("default"), "SIGKILL"), **change)
