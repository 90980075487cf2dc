# SPDX-License-Identifier: Apache-2.0
"""How many pods of a service all faults together may hit."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l7filters.blast_radius import SHARE_LABEL, excesses
from l7filters.connection_effects import ConnectionEffects
from l7filters.connection_faults import ConnectionFault
from l7filters.fault_levels import AnyFault
from l7filters.faults import Delay, Fault, FaultTarget, Inject, parse_outside
from l7filters.labels import Selector
from l7filters.name_faults import NameEffect, NameFault
from l7filters.packet_faults import PacketEffect, PacketFault
from l7filters.process_faults import ProcessFault
from l7filters.source import SourceLocation
from l7filters.world import Service, ServicePort, Workload, WorkloadPort, World

A, B = {"app": "a"}, {"app": "b"}


def pods(app: str, count: int, net: int) -> tuple[Workload, ...]:
    return tuple(
        Workload("default", f"{app}-{number}", {"app": app}, (f"10.0.{net}.{number}",), (WorkloadPort(80),))
        for number in range(1, count + 1)
    )


def service(app: str, net: int) -> Service:
    return Service("default", app, (f"10.96.0.{net}",), (ServicePort(80, 80),), {"app": app})


GUEST = Workload("default", "guest", {"role": "guest"}, ("10.0.9.1",))
WORLD = World(workloads=(*pods("a", 4, 1), *pods("b", 2, 2), GUEST), services=(service("a", 1), service("b", 2)))
FROM_GUEST = Selector.of({"role": "guest"})
ALL = 1_000_000
SLOW = ConnectionEffects(bytes_per_second=1024)
TOLD = "s.yaml:3: s/f hits 4 of the 4 pods of service default/a, more than 50 %; "
NARROW = "narrow the target, or allow more, as in target.atMost: 100%"


def aim(*numbers: int, app: str = "a", **more: Any) -> FaultTarget:
    return FaultTarget("default", Selector.of({"app": app}), pods=tuple(f"{app}-{each}" for each in numbers), **more)


def fault(name: str, *numbers: int, line: int = 3, at_most: int | None = None, **more: Any) -> Fault:
    target = more.pop("target", aim(*numbers, at_most=at_most))
    return Fault("s", name, SourceLocation("s.yaml", line), target, (Delay(1),), **more)


def said(
    *faults: AnyFault, on: Iterable[AnyFault] = (), world: World = WORLD, wordless: Collection[str] = ()
) -> list[str]:
    return [str(each) for each in excesses(world, faults, on, wordless)]


def levels(target: FaultTarget, name: str = "f") -> list[Any]:
    here = SourceLocation("s.yaml", 3)
    return [
        Fault("s", name, here, target, (Delay(1),)),
        Fault("s", name, here, target, (Delay(1),), source=FROM_GUEST, inject=Inject.CLIENT),
        ConnectionFault("s", name, here, target, SLOW),
        ConnectionFault("s", name, here, target, SLOW, source=FROM_GUEST, inject=Inject.CLIENT),
        PacketFault("s", name, here, target, PacketEffect.LOSS),
        NameFault("s", name, here, target, NameEffect.SERVFAIL),
        ProcessFault("s", name, here, target),
    ]


@pytest.mark.parametrize("one", levels(aim()), ids=lambda one: type(one).__name__)
def test_the_bound_holds_at_every_level(one: Any) -> None:
    assert said(one) == [TOLD + NARROW]
    assert said(replace(one, target=aim(at_most=ALL))) == []


@pytest.mark.parametrize("one", levels(aim(1, 2), "one"), ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("other", levels(aim(3), "other"), ids=lambda one: type(one).__name__)
def test_faults_of_any_two_levels_count_together(one: Any, other: Any) -> None:
    if Inject.CLIENT in {getattr(one, "inject", None), getattr(other, "inject", None)}:
        # Calls of a service go to any of its pods.
        assert any("hits 4 of the 4 pods" in each for each in said(one, other))
        return
    assert said(one) == said(other) == []
    (together,) = said(one, other)
    assert "together hit 3 of the 4 pods of service default/a, more than 50 %" in together
    (refused,) = said(other, on=(one,))
    assert refused.startswith("s.yaml:3: s/other and s/one (s.yaml:3), which is on, together hit 3 of the 4 pods")


@pytest.mark.parametrize(("label", "refused"), [("100", False), ("50", True), ("0", True), ("half", True)])
def test_a_service_states_its_share(label: str, refused: bool) -> None:
    world = replace(WORLD, services=(replace(service("a", 1), labels={SHARE_LABEL: label}),))
    assert bool(said(fault("f"), world=world)) is refused
    # The file says otherwise.
    assert said(fault("f", at_most=ALL), world=world) == []


@pytest.mark.parametrize(
    ("count", "hit", "refused"),
    [(1, 1, False), (2, 1, False), (2, 2, True), (3, 1, False), (3, 2, True), (4, 2, False), (4, 3, True)],
)
def test_nobody_says_anything_and_half_of_the_pods_are_spared(count: int, hit: int, refused: bool) -> None:
    world = replace(WORLD, workloads=pods("a", count, 1))
    numbers = range(1, hit + 1)
    message = [f"hits {hit} of the {count} pods of service default/a, more than 50 %"] if refused else []
    assert [each.split("; ")[0].removeprefix("s.yaml:3: s/f ") for each in said(fault("f", *numbers), world=world)] == (
        message
    )
    # As much in one fault as in one for each of them.
    each_by_itself = [fault(f"f{number}", number) for number in numbers]
    assert bool(said(*each_by_itself, world=world)) is refused
    assert bool(said(*each_by_itself[-1:], on=each_by_itself[:-1], world=world)) is refused


def test_a_pod_that_two_faults_hit_is_one() -> None:
    assert said(fault("f", 1, 2), fault("g", 2, 1), on=(fault("h", 2),)) == []


def test_both_lines_are_named_and_no_more() -> None:
    both = fault("f", 1, line=3), fault("g", 1, 2, line=7), fault("h", 3, line=11)
    assert said(*both) == [
        "s.yaml:11: s/h and s/g (s.yaml:7) together hit 3 of the 4 pods of service default/a, more than 50 %; "
        "narrow one of them, run them one after the other, or allow one of them more, as in target.atMost: 100%"
    ]


@pytest.mark.parametrize(
    ("faults", "refused"),
    [
        # One that states more is counted against what it states.
        ((fault("f", at_most=ALL), fault("g", 1)), None),
        ((fault("f", 1, 2, at_most=ALL), fault("g", 3, 4)), None),
        ((fault("f", 1, 2, at_most=750_000), fault("g", 3, 4)), "4 of the 4 pods of service default/a, more than 75 %"),
        # And loosens nothing for those that do not.
        ((fault("f", 1, at_most=ALL), fault("g", 1, 2), fault("h", 3)), "3 of the 4 pods of service default/a"),
        # One that states less is counted with all that allow more.
        ((fault("f", 1, at_most=250_000), fault("g", 2)), None),
        (
            (fault("f", 1, at_most=250_000), fault("g", 2, at_most=250_000)),
            "2 of the 4 pods of service default/a, more",
        ),
        ((fault("f", 1, at_most=250_000), fault("g", 2, 3)), "3 of the 4 pods of service default/a, more than 50 %"),
    ],
)
def test_what_a_fault_states_it_keeps_for_itself(faults: tuple[Fault, ...], refused: str | None) -> None:
    told = said(*faults)
    assert len(told) == (refused is not None)
    assert refused is None or f"together hit {refused}" in told[0]
    # Whoever comes last.
    for each in faults:
        others = [other for other in faults if other is not each]
        if not said(*others):
            assert bool(said(each, on=others)) is (refused is not None)


def test_of_what_is_on_nothing_is_said_among_itself() -> None:
    assert said(on=(fault("f", 1, 2), fault("g", 3, 4))) == []
    assert said(fault("h", target=aim(1, app="b")), on=(fault("f", 1, 2), fault("g", 3, 4))) == []


def client(target: FaultTarget, source: Selector | None) -> Fault:
    return fault("f", target=target, source=source, inject=Inject.CLIENT)


FROM_B = Selector.of(B)
AWAY = FaultTarget("default", port=80, outside=parse_outside("*.example"))


@pytest.mark.parametrize(
    "one",
    [
        client(AWAY, FROM_B),
        ConnectionFault(
            "s",
            "f",
            SourceLocation("s.yaml", 3),
            replace(AWAY, outside=parse_outside("192.0.2.0/24")),
            SLOW,
            source=FROM_B,
            inject=Inject.CLIENT,
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_callers_count_where_they_belong(one: Any) -> None:
    assert said(one) == [
        "s.yaml:3: s/f hits 2 of the 2 pods of service default/b, more than 50 %; "
        "narrow 'from', or allow more, as in target.atMost: 100%"
    ]
    assert said(replace(one, target=replace(one.target, at_most=ALL))) == []
    assert said(replace(one, source=FROM_GUEST)) == [], "of no service"
    everybody = said(replace(one, source=None))
    assert [each.split(", more")[0] for each in everybody] == [
        "s.yaml:3: s/f hits 4 of the 4 pods of service default/a",
        "s.yaml:3: s/f hits 2 of the 2 pods of service default/b",
    ]


def test_callers_and_targets_count_together() -> None:
    world = replace(WORLD, workloads=(*pods("a", 1, 1), *pods("b", 2, 2)))
    calls = replace(client(aim(1), Selector.of({"app": "b"})), target=aim(1))
    assert "hits 2 of the 2 pods of service default/b" in said(calls, world=world)[0]
    half = replace(world.workloads[1], labels={**B, "tier": "front"})
    world = replace(world, workloads=(world.workloads[0], half, world.workloads[2]))
    front = client(aim(1), Selector.of({"tier": "front"}))
    assert said(front, world=world) == []
    (refused,) = said(front, on=(fault("g", target=aim(2, app="b"), line=9),), world=world)
    assert "s/f and s/g (s.yaml:9), which is on, together hit 2 of the 2 pods of service default/b" in refused


def test_the_dialect_has_no_words_for_a_bound() -> None:
    one, other = fault("f", 1, 2), fault("g", 3, 4)
    assert said(one, on=(other,), wordless={"s/g"}) == said(one, other, wordless={"s/f", "s/g"}) == []
    world = replace(WORLD, services=(replace(service("a", 1), labels={SHARE_LABEL: "50"}),))
    assert said(one, on=(other,), wordless={"s/g"}, world=world)
    assert said(one, other, wordless={"s/f", "s/g"}, world=world)


SETS = st.lists(
    st.tuples(st.sets(st.integers(1, 4), min_size=1), st.sampled_from([None, 250_000, 500_000, 750_000, ALL])),
    min_size=1,
    max_size=5,
)


@given(SETS, st.randoms(use_true_random=False))
def test_no_order_gets_past_the_bound(drawn: list[tuple[set[int], int | None]], random: Any) -> None:
    """Turned on one after the other, what is let through is let through at once too, in any order; and never more pods
    are hit than the fault allows that allows most."""
    faults = [fault(f"f{number}", *sorted(hit), at_most=share) for number, (hit, share) in enumerate(drawn)]
    random.shuffle(faults)
    on: list[Fault] = []
    for each in faults:
        if not said(each, on=on):
            on.append(each)
    random.shuffle(on)
    assert said(*on) == []
    hit = {pod for each in on for pod in each.target.pods}
    assert len(hit) <= max((4 * (each.target.at_most or 500_000) // ALL for each in on), default=0)
    quiet = {pod for each in on if each.target.at_most is None for pod in each.target.pods}
    assert len(quiet) <= 2
