# SPDX-License-Identifier: Apache-2.0
"""How many bytes the sidecars' transport socket lets through, when."""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.filter_lanes import SOURCES

TICK, PAUSE, CATCH_UP = 0.02, 0.05, 0.5
"""As in pace.h and pace.c."""


class _Pace(ctypes.Structure):
    _fields_ = (
        ("bytes_per_second", ctypes.c_double),
        ("clear_at", ctypes.c_double),
        ("idle", ctypes.c_bool),
        ("idle_since", ctypes.c_double),
    )


class Line:
    """pace.c, of one stream from the moment 100 on."""

    def __init__(self, library: ctypes.CDLL, bytes_per_second: float) -> None:
        self._library, self._pace, self.now = library, _Pace(), 100.0
        library.pace_begin(ctypes.byref(self._pace), bytes_per_second, self.now)

    def take(self, there: int) -> int:
        """Of so many bytes that are there, those that pass now."""
        passed = min(there, int(self._library.pace_allows(ctypes.byref(self._pace), self.now)))
        self._library.pace_passed(ctypes.byref(self._pace), passed)
        return passed

    def find_nothing(self) -> None:
        self._library.pace_idle(ctypes.byref(self._pace), self.now)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Line]:
    file: Path = tmp_path_factory.mktemp("pace") / "pace.so"
    options = ("-std=c17", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")
    trapping = ("-fsanitize=undefined", "-fsanitize-trap=all")
    subprocess.run(["clang-19", *options, *trapping, "-o", file, SOURCES / "pace.c"], check=True)
    library = ctypes.CDLL(str(file))
    pointer = ctypes.POINTER(_Pace)
    library.pace_begin.argtypes = (pointer, ctypes.c_double, ctypes.c_double)
    library.pace_allows.restype = ctypes.c_size_t
    library.pace_allows.argtypes = library.pace_idle.argtypes = (pointer, ctypes.c_double)
    library.pace_passed.argtypes = (pointer, ctypes.c_size_t)
    return lambda bytes_per_second: Line(library, bytes_per_second)


@given(
    rate=st.floats(1.0, 1e9),
    steps=st.lists(st.tuples(st.floats(0.0, 2.0), st.one_of(st.none(), st.integers(1, 10**9))), max_size=50),
)
def test_no_more_passes_than_the_rate_lets(
    line: Callable[[float], Line], rate: float, steps: list[tuple[float, int | None]]
) -> None:
    """From any moment on: whatever was there when, or was not, and however late one came."""
    of = line(rate)
    passed: list[tuple[float, int]] = []
    for wait, there in steps:
        of.now += wait
        if there is None:
            of.find_nothing()
        else:
            passed.append((of.now, of.take(there)))
    for first, (begin, _) in enumerate(passed):
        total = 0
        for moment, count in passed[first:]:
            total += count
            assert total <= (moment - begin + TICK + CATCH_UP) * rate * (1 + 1e-9) + 1


@given(rate=st.floats(100.0, 1e9), waits=st.lists(st.floats(0.0, CATCH_UP - TICK), min_size=1, max_size=50))
def test_as_much_passes_where_there_always_is_some(
    line: Callable[[float], Line], rate: float, waits: list[float]
) -> None:
    of = line(rate)
    passed = of.take(10**12)
    for wait in waits:
        of.now += wait
        passed += of.take(10**12)
    # Of each piece, less than a byte may have to wait for the next.
    assert (sum(waits) + TICK) * rate == pytest.approx(passed, rel=1e-6, abs=2)


@pytest.mark.parametrize(("pause", "made_good"), [(PAUSE * 0.9, PAUSE * 0.9), (PAUSE * 1.1, TICK), (3600.0, TICK)])
def test_a_short_pause_costs_nothing_and_a_long_one_gains_nothing(
    line: Callable[[float], Line], pause: float, made_good: float
) -> None:
    of = line(1e6)
    of.take(10**9)
    of.now += TICK
    of.take(10**9)
    of.find_nothing()
    of.now += pause
    of.find_nothing()
    assert of.take(10**9) == pytest.approx(made_good * 1e6, abs=2)


def test_what_is_short_need_not_wait(line: Callable[[float], Line]) -> None:
    of = line(5e6)
    for _ in range(100):
        assert of.take(1000) == 1000
        of.find_nothing()
        of.now += 0.001
    of = line(5e6)
    # But many of them are as slow together as one that is long.
    assert sum(of.take(1000) for _ in range(1000)) == pytest.approx(TICK * 5e6, abs=2)
