# SPDX-License-Identifier: Apache-2.0
"""What the bench of the datapath says of its goals, and where it writes it."""

from pathlib import Path

import pytest

from bench.datapath import goals
from bench.datapath.__main__ import FIGURES, write
from bench.datapath.agent import Attached, Memory
from bench.datapath.connects import Connects
from bench.datapath.load import Figures, Load
from bench.datapath.measure import Direction, Result, Route
from bench.report import BenchError


def result(way: str, direction: Direction, *, reconnect: bool, rates: tuple[float, ...]) -> Result:
    runs = [Figures(rate, 1000 / rate, 2000 / rate, 500 / rate, 400 / rate) for rate in rates]
    return Result(Route(direction, way, ("a", "b"), "address"), Load(16, "small", reconnect), runs)


def ways(rate: float) -> list[Result]:
    """Explicit and redirect at 100 requests a second, riftgate at this rate."""
    return [
        result(way, direction, reconnect=reconnect, rates=(each, each))
        for way, each in (("explicit", 100.0), ("redirect", 100.0), ("riftgate", rate))
        for direction in Direction
        for reconnect in (False, True)
    ]


@pytest.mark.parametrize(
    ("rate", "met"), [(101.0, [True, None, True, True, None]), (99.5, [True, None, False, False, None]), (98.0, None)]
)
def test_ratios_are_held_against_their_limits(rate: float, met: list[bool | None] | None) -> None:
    reached = [goal.met for goal in goals.of_ways(ways(rate))]
    assert reached == (met or [False, None, False, False, None]) * 2


def test_a_ratio_is_that_of_two_runs_of_one_round_and_direction() -> None:
    outbound, inbound = (
        [
            result("explicit", direction, reconnect=False, rates=(10.0, 1000.0)),
            result("riftgate", direction, reconnect=False, rates=rates),
        ]
        for direction, rates in ((Direction.OUTBOUND, (10.0, 2000.0)), (Direction.INBOUND, (20.0, 3000.0)))
    )
    spread = goals.Spread.of([*outbound, *inbound], "riftgate", "explicit", of=lambda each: each.per_second)
    # 1, 2, 2 and 3.
    assert (spread.low, spread.median, spread.high) == (1.25, 2.0, 2.75)


@pytest.mark.parametrize(("resident", "attach", "met"), [(59.9, 49.0, [True, True]), (60.0, 50.0, [False, False])])
def test_the_agent(resident: float, attach: float, met: list[bool]) -> None:
    memory = Memory(10, resident=resident, peak=70.0, proportional=40.0, unique=39.0, resolver=41.0)
    assert [goal.met for goal in goals.of_agent(Attached([attach], [1.0], [1.0]), memory)] == met


@pytest.mark.parametrize(
    ("seconds", "wrong", "left", "met"),
    [(60.2, {}, {}, True), (71.0, {}, {}, False), (60.0, {"closed": 1}, {}, False), (60.0, {}, {"a_map": 1}, False)],
)
def test_connects_are_all_right_at_their_pace_and_leave_nothing(
    seconds: float, wrong: dict[str, int], left: dict[str, int], met: bool
) -> None:
    (goal,) = goals.of_connects(Connects(1000, seconds, 60_000, wrong, 10, left, {}))
    assert goal.met is met


def test_figures_replace_those_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    begin, end = FIGURES
    page.write_text(f"before\n{begin}old\n{end}after\n")
    write(page, "new")
    assert page.read_text() == f"before\n{begin}\nnew\n{end}after\n"


def test_a_page_without_a_place_for_figures_stays_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\nafter\n")
    with pytest.raises(BenchError, match=r"page\.md: nothing says where the figures belong; write <!-- figures"):
        write(page, "new")
    assert page.read_text() == "before\nafter\n"


def test_the_page_of_the_docs_has_a_place_for_figures() -> None:
    text = (Path(__file__).parents[3] / "docs" / "bench-datapath.md").read_text()
    assert all(text.count(mark) == 1 for mark in FIGURES)
