# SPDX-License-Identifier: Apache-2.0
"""Faults of which one can never happen while the other is on, at each level."""

from typing import Any

import pytest

from l7filters.connection_effects import ConnectionEffects, ConnectionReset
from l7filters.connection_faults import ConnectionFault
from l7filters.contradictions import contradictions
from l7filters.faults import Abort, Delay, Fault, FaultTarget, HttpMatch, Inject, Outside, Reset, Which
from l7filters.labels import Selector
from l7filters.name_faults import NameEffect, NameFault
from l7filters.packet_faults import Direction, PacketEffect, PacketFault
from l7filters.peers import FqdnPattern
from l7filters.process_faults import ProcessFault
from l7filters.source import SourceLocation
from l7filters.world import Workload, World

A, B = (Workload("default", name, {"app": name}, (f"10.0.0.{number}",)) for number, name in enumerate("ab", 1))
WORLD = World(workloads=(A, B))
ALL = FaultTarget("default")
ON_A = FaultTarget("default", Selector.of({"app": "a"}))
FROM_B = Selector.of({"app": "b"})
FIRST, SECOND = SourceLocation("s.yaml", 3), SourceLocation("s.yaml", 7)


def request(name: str = "a", *effects: Any, **more: Any) -> Fault:
    return Fault("s", name, more.pop("location", FIRST), more.pop("target", ON_A), effects or (Abort(503),), **more)


def packet(name: str, effect: PacketEffect = PacketEffect.LOSS, **more: Any) -> PacketFault:
    place = FIRST if name == "a" else SECOND
    more.setdefault("parts_per_million", 1_000_000 if effect is PacketEffect.PARTITION else 100_000)
    return PacketFault("s", name, place, more.pop("target", ON_A), effect, **more)


def named(name: str, effect: NameEffect = NameEffect.SERVFAIL, *names: str, **more: Any) -> NameFault:
    place = FIRST if name == "a" else SECOND
    patterns = tuple(FqdnPattern(each, True) for each in names)
    return NameFault("s", name, place, more.pop("target", ON_A), effect, patterns, **more)


def process(name: str, kill: str | None = None, **more: Any) -> ProcessFault:
    return ProcessFault("s", name, FIRST if name == "a" else SECOND, more.pop("target", ON_A), kill, **more)


def connection(name: str, does: ConnectionEffects, **more: Any) -> ConnectionFault:
    return ConnectionFault("s", name, FIRST if name == "a" else SECOND, more.pop("target", ON_A), does, **more)


def outside(name: str, does: ConnectionEffects, network: str) -> ConnectionFault:
    target = FaultTarget("default", outside=Outside(network=network))
    return connection(name, does, target=target, inject=Inject.CLIENT)


RESET = ConnectionEffects(reset=ConnectionReset())
SLOW = ConnectionEffects(bytes_per_second=1024)
CUT = PacketEffect.PARTITION
NEVER = [
    (request("a"), request("b", Reset(), location=SECOND), "s/b can never happen: s/a (s.yaml:3) answers each request"),
    (packet("a", CUT), packet("b"), "s/b can never happen: s/a (s.yaml:3) loses each packet"),
    (packet("a", parts_per_million=10), packet("b", CUT), "s/a can never happen: s/b (s.yaml:7) loses each packet"),
    (packet("a", CUT, target=ALL), packet("b", source=FROM_B, protocol="TCP"), "s/b can never happen"),
    (packet("a", CUT), packet("b", PacketEffect.DUPLICATION, direction=Direction.TO), "s/b can never happen"),
    (named("a"), named("b", NameEffect.NXDOMAIN), "s/b can never happen: s/a (s.yaml:3) answers each query"),
    (named("a", NameEffect.NXDOMAIN, "x.example"), named("b", NameEffect.NO_ANSWER, "x.example", types=("A",)), "s/b"),
    (connection("a", RESET), connection("b", SLOW), "s/b can never happen: s/a (s.yaml:3) resets each connection"),
    (connection("b", RESET), connection("a", SLOW), "s/a can never happen: s/b (s.yaml:7) resets each connection"),
    (outside("a", RESET, "203.0.113.0/24"), outside("b", SLOW, "203.0.113.7/32"), "s/b can never happen"),
    (process("a"), process("b", "SIGTERM"), "go for the same processes of default/a"),
    (process("a", "SIGKILL", container="app"), process("b", "SIGTERM"), "go for the same processes of default/a"),
]
FINE = [
    (outside("a", RESET, "203.0.113.0/24"), outside("b", SLOW, "198.51.100.0/24")),
    (outside("a", RESET, "203.0.113.7/32"), outside("b", SLOW, "203.0.113.0/24")),
    (request("a", parts_per_million=10), request("b", Reset())),
    (request("a", which=Which(first=1)), request("b", Reset())),
    (request("a"), request("b", Reset(), match=HttpMatch("GET"))),
    (request("a"), request("b", Delay(1))),
    (packet("a", CUT, source=FROM_B), packet("b")),
    (packet("a", CUT, direction=Direction.TO), packet("b")),
    (packet("a", CUT, protocol="UDP"), packet("b")),
    (packet("a", parts_per_million=10), packet("b", parts_per_million=20)),
    (packet("a", PacketEffect.DUPLICATION), packet("b")),
    (named("a", NameEffect.SERVFAIL, "x.example"), named("b", NameEffect.NXDOMAIN)),
    (named("a", types=("A",)), named("b", NameEffect.NXDOMAIN)),
    (named("a", parts_per_million=10), named("b", NameEffect.NXDOMAIN)),
    (named("a", NameEffect.DELAY, milliseconds=5), named("b")),
    (named("a"), named("b", target=ALL)),
    (connection("a", RESET, parts_per_million=10), connection("b", SLOW)),
    (connection("a", RESET, source=FROM_B), connection("b", SLOW)),
    (process("a"), process("b")),
    (process("a", container="app"), process("b", "SIGTERM", container="log")),
    (process("a"), process("b", "SIGTERM", target=FaultTarget("default", FROM_B))),
    (packet("a", CUT), request("b")),
]


def kinds(case: Any) -> str:
    return type(case).__name__ if not isinstance(case, str) else ""


@pytest.mark.parametrize(("one", "other", "said"), NEVER, ids=kinds)
def test_refused_with_both_lines(one: Any, other: Any, said: str) -> None:
    for faults in ((one, other), (other, one)):
        (problem,) = map(str, contradictions(WORLD, faults))
        assert said in problem
        assert problem.startswith(("s.yaml:3: ", "s.yaml:7: "))
        assert "s.yaml:3" in problem
        assert "s.yaml:7" in problem


@pytest.mark.parametrize(("one", "other"), FINE, ids=kinds)
def test_what_goes_together(one: Any, other: Any) -> None:
    assert list(contradictions(WORLD, (one, other))) == []


@pytest.mark.parametrize(("one", "other", "said"), NEVER, ids=kinds)
def test_with_what_is_on_already(one: Any, other: Any, said: str) -> None:
    """Whichever comes second is refused at its own line; of what is on nothing is said among itself."""
    for fresh, on in ((one, other), (other, one)):
        (problem,) = contradictions(WORLD, (fresh,), (on,))
        assert problem.location == fresh.location
        assert fresh.id in str(problem)
        assert on.id in str(problem)
        lost = f"{on.id} ({on.location}), which is on, could not happen any more: {fresh.id} "
        assert (lost if said.startswith(on.id) else said) in str(problem)
    assert list(contradictions(WORLD, (), (one, other))) == []


def test_who_is_on_and_could_not_happen_any_more() -> None:
    (problem,) = contradictions(WORLD, (packet("b", CUT),), (packet("a"),))
    assert str(problem).startswith("s.yaml:7: s/a (s.yaml:3), which is on, could not happen any more: s/b loses each")


def test_a_loss_of_all_is_a_partition() -> None:
    assert len(list(contradictions(WORLD, (packet("a", parts_per_million=1_000_000), packet("b"))))) == 1
