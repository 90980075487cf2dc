# SPDX-License-Identifier: Apache-2.0
"""A compiler that remembers gives what one without memory gives, and makes nothing twice."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l7filters.faults import Abort, ConcurrencyLimit, Delay, Fault, FaultTarget, Inject, parse_outside
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from l7filters.translate import Translation
from l7filters.world import Workload
from riftgate.control.documents import parse_files
from riftgate.control.intent import STATIC, Compiler, Intent, carried_faults
from tests.scripted_mesh import DEATHSTAR, TIE, WORLD, XWING, cnp
from tests.translate_cases import INPUTS, read_case
from xds_server.snapshot import build_snapshot

AIMS = {"deathstar": {"class": "deathstar"}, "empire": {"org": "empire"}, "nobody": {"org": "hutt"}}
FAULTS = [
    Fault(
        "siege",
        f"{name}-{inject}-{type(effect).__name__.lower()}",
        SourceLocation("siege.yaml", 3),
        FaultTarget("default", Selector.of(labels), 80),
        (effect,),
        inject=inject,
    )
    for name, labels in AIMS.items()
    for inject in Inject
    for effect in (Abort(503), Delay(100))
]
NEW_PORT = replace(FAULTS[0], name="elsewhere", target=FaultTarget("default", Selector.of(AIMS["empire"]), 4711))
CROWDED = replace(FAULTS[0], name="crowded", effects=(ConcurrencyLimit(3),))
OUTSIDE = Fault(
    "siege",
    "away",
    SourceLocation("siege.yaml", 3),
    FaultTarget("default", Selector(), 80, outside=parse_outside("*.example.com")),
    (Abort(503),),
    source=Selector.of(AIMS["empire"]),
    inject=Inject.CLIENT,
)
FAULTS += [NEW_PORT, CROWDED, replace(CROWDED, name="crowded-calls", inject=Inject.CLIENT), OUTSIDE]
SOME_FAULTS = st.lists(st.sampled_from(FAULTS), max_size=3, unique_by=lambda fault: fault.id)
MOVED = replace(WORLD, workloads=(*WORLD.workloads[:2], Workload("default", "ywing", {"org": "empire"}, ("10.0.0.9",))))
INTENTS = [
    Intent(world=world, documents=parse_files([("a.yaml", text)] if text else []))
    for world in (WORLD, MOVED)
    for text in ("", cnp(), cnp(path="/v1/request-landing"))
]


@given(st.lists(st.tuples(st.sampled_from(INTENTS), SOME_FAULTS), min_size=1, max_size=6))
def test_what_came_before_makes_no_difference(steps: list[tuple[Intent, list[Fault]]]) -> None:
    remembering = Compiler()
    for basis, faults in steps:
        intent = replace(basis, faults=tuple(faults))
        assert remembering.compile(intent) == Compiler().compile(intent)


@given(st.sampled_from(INTENTS), SOME_FAULTS, st.sets(st.sampled_from([DEATHSTAR.key, TIE.key])))
def test_a_sidecar_has_what_all_of_its_translation_says(basis: Intent, faults: list[Fault], callers: set[str]) -> None:
    """Whatever was made anew of it alone."""
    intent = replace(basis, faults=tuple(faults), faulted_callers=frozenset(callers))
    compiler = Compiler()
    compiler.compile(basis)
    snapshots = compiler.compile(intent).snapshots
    translation, carried = Translation(intent.world, intent.policies), carried_faults(intent.world, intent.faults)
    for workload in intent.world.workloads:
        faulted_calls = workload.key in callers
        whole = build_snapshot(
            translation.workload(workload, carried[workload.key], faulted_calls=faulted_calls), static=STATIC
        )
        assert snapshots[workload.key] == whole
        for type_url in whole.type_urls:
            assert snapshots[workload.key].required(type_url) == whole.required(type_url)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_what_faults_change_is_all_that_they_change(path: Path) -> None:
    case = read_case(path)
    translation = Translation(case.world, case.policies)
    plain = build_snapshot(translation.workload(case.workload, ()), static=STATIC)
    whole = build_snapshot(translation.workload(case.workload, case.faults), static=STATIC)
    changed = translation.faulted(case.workload, case.faults)
    assert plain.with_changed(changed, static=STATIC) == whole


def test_a_fault_is_work_for_the_sidecars_that_carry_it_alone() -> None:
    compiler = Compiler()
    before = compiler.compile(INTENTS[1])
    after = compiler.compile(replace(INTENTS[1], faults=(FAULTS[0],)))
    same = {key for key in after.snapshots if after.snapshots[key] is before.snapshots[key]}
    assert same == {TIE.key, XWING.key}
    assert after.snapshots[DEATHSTAR.key] != before.snapshots[DEATHSTAR.key]
    assert after.tables is before.tables


def test_a_fault_that_is_on_again_is_another_one() -> None:
    compiler = Compiler()
    first = compiler.compile(replace(INTENTS[0], faults=(FAULTS[0],)))
    again = compiler.compile(replace(INTENTS[0], faults=(replace(FAULTS[0], parts_per_million=10),)))
    assert again.snapshots[DEATHSTAR.key] is not first.snapshots[DEATHSTAR.key]


def test_an_intent_that_is_refused_leaves_the_memory_as_it_was() -> None:
    compiler = Compiler()
    before = compiler.compile(INTENTS[0])
    with pytest.raises(ValueError, match="two faults are called"):
        compiler.compile(replace(INTENTS[0], faults=(FAULTS[0], FAULTS[0])))
    assert compiler.compile(INTENTS[0]).snapshots[DEATHSTAR.key] is before.snapshots[DEATHSTAR.key]
