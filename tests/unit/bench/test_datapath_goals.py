# SPDX-License-Identifier: Apache-2.0
"""What the bench of the datapath says of its goals, and where it writes it."""

from pathlib import Path

import pytest

from bench.datapath import goals
from bench.datapath.agent import Attached, Memory
from bench.datapath.connects import Connects
from bench.datapath.load import Figures, Load
from bench.datapath.measure import Direction, Result, Route
from bench.datapath.page import FIGURES, Page
from bench.report import BenchError


def result(way: str, direction: Direction, *, reconnect: bool, rates: tuple[float, ...]) -> Result:
    runs = [Figures(100, rate, 1000 / rate, 2000 / rate, 500 / rate, 400 / rate) for rate in rates]
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


def test_loads_that_were_left_out_have_no_goals() -> None:
    some = [each for each in ways(101.0) if each.load.reconnect]
    assert {goal.what.rpartition(", ")[2] for goal in goals.of_ways(some)} == {"a new connection per request"}


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


MACHINE = {"date": "today", "kernel": "6.18", "cores": "2", "rules by": "iptables", "load before": "0.3"}


def test_what_was_measured_anew_replaces_what_stands_in_the_page_and_all_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    begin, end = FIGURES
    file.write_text(f"before\n{begin}nothing yet\n{end}after\n")
    first = Page.read(file)
    first.measured_on(MACHINE)
    first.put("Policies", "| one |")
    first.put("The agent", "| small |")
    first.compare([goals.Goal("rate", "> 1", "2", True), goals.Goal("time", "< 1", "3", False)])
    first.write(file)
    once = file.read_text()
    assert "nothing yet" not in once
    assert once.startswith(f"before\n{begin}") and once.endswith(f"{end}after\n")
    second = Page.read(file)
    second.measured_on(MACHINE | {"load before": "3.0"})
    second.put("The agent", "| big |")
    second.reach([goals.Goal("time", "< 1", "0.5", True)])
    second.write(file)
    text = file.read_text()
    policies, agent = text.split("## ")[2:]
    assert "Ways compared today, Linux 6.18, 2 cores, iptables. Load average before the run 0.3: a quiet" in text
    assert "| one |" in policies and "0.3: a quiet machine" in policies
    assert "| big |" in agent and "3.0: other work shared the cores" in agent
    assert "| small |" not in text
    assert "| rate | > 1 | 2 | met |\n| time | < 1 | 0.5 | met |\n" in text
    assert [goal.what for goal in second.reached] == ["time"]


def test_a_page_without_a_place_for_figures_stays_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\nafter\n")
    with pytest.raises(BenchError, match=r"page\.md: nothing says where the figures belong; write <!-- figures"):
        Page.read(page)
    assert page.read_text() == "before\nafter\n"


def test_the_page_of_the_docs_has_a_place_for_figures() -> None:
    text = (Path(__file__).parents[3] / "docs" / "bench-datapath.md").read_text()
    assert all(text.count(mark) == 1 for mark in FIGURES)
