# SPDX-License-Identifier: Apache-2.0
"""The appointments of the sidecars' filters: none is early, and a worker that has slept is woken before its own."""

import ctypes
import subprocess
import threading

import pytest

from tests.filter_lanes import SOURCES

WARMING = (1 << 64) - 1
# The filter and the kernel round apart.
GRAIN = 2e-6
PATIENCE = 60.0
COMMIT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64)


class Timer(ctypes.Structure):
    _fields_ = (
        ("due", ctypes.c_double),
        ("early", ctypes.c_double),
        ("tells", ctypes.c_bool),
        ("warm", ctypes.c_bool),
        ("place", ctypes.c_size_t),
        ("commit", COMMIT),
        ("scheduler", ctypes.c_void_p),
        ("event", ctypes.c_uint64),
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    file = tmp_path_factory.mktemp("timer") / "timer.so"
    options = ("-std=c17", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")
    subprocess.run(["clang-19", *options, "-o", file, SOURCES / "timer.c"], check=True)
    loaded = ctypes.CDLL(str(file))
    loaded.clock_now.restype = ctypes.c_double
    loaded.timer_set.restype = ctypes.c_bool
    loaded.timer_set.argtypes = (ctypes.POINTER(Timer), ctypes.c_double)
    loaded.timer_set_early.restype = ctypes.c_bool
    loaded.timer_set_early.argtypes = (ctypes.POINTER(Timer), ctypes.c_double)
    loaded.timer_woken.restype = None
    loaded.timer_woken.argtypes = (ctypes.POINTER(Timer), ctypes.c_double)
    loaded.timer_cancel.argtypes = (ctypes.POINTER(Timer),)
    return loaded


def kept(library: ctypes.CDLL, moments: list[float]) -> tuple[list[float], list[int]]:
    """Appointments in so many seconds each: how late each was, and what was said, in order; 0 is the appointment."""
    said: list[tuple[float, int]] = []
    all_kept = threading.Event()

    def commit(_: int, event: int) -> None:
        said.append((library.clock_now(), event))
        if [each for _, each in said].count(0) == len(moments):
            all_kept.set()

    callback = COMMIT(commit)
    begun = library.clock_now()
    timers = [Timer(commit=callback) for _ in moments]
    for timer, moment in zip(timers, moments, strict=True):
        assert library.timer_set(ctypes.byref(timer), begun + moment)
    assert all_kept.wait(PATIENCE)
    found = [when for when, event in said if event == 0]
    return [when - begun - moment for when, moment in zip(found, sorted(moments), strict=True)], [e for _, e in said]


def test_who_has_slept_is_woken_before_the_appointment(library: ctypes.CDLL) -> None:
    warmed = 0
    for _ in range(20):
        (late,), said = kept(library, [0.01])
        assert late > -GRAIN
        assert said in ([0], [WARMING, 0])
        warmed += said == [WARMING, 0]
    # But for when the thread itself comes too late.
    assert warmed > 0


def test_who_is_awake_is_woken_once(library: ctypes.CDLL) -> None:
    for _ in range(5):
        late, said = kept(library, [0.02 + each * 0.0005 for each in reversed(range(40))])
        assert min(late) > -GRAIN
        assert said[0] in (0, WARMING)
        assert said[1:].count(WARMING) == 0
        (_,), said = kept(library, [0.001])
        assert said == [0]


def earlier(library: ctypes.CDLL, late: list[float], due: float = 3600.0) -> float:
    """By how many microseconds a worker is woken earlier that was late by so much, with what was due in `due`."""
    found: list[float] = []

    def work() -> None:
        timer = Timer(commit=COMMIT(lambda *_: None))
        for each in late:
            assert library.timer_set_early(ctypes.byref(timer), library.clock_now() + due)
            library.timer_cancel(ctypes.byref(timer))
            library.timer_woken(ctypes.byref(timer), timer.due + each)
        wanted = library.clock_now() + 3600
        assert library.timer_set_early(ctypes.byref(timer), wanted)
        library.timer_cancel(ctypes.byref(timer))
        assert timer.due == wanted - timer.early
        found.append(timer.early)

    # Each worker is late by itself.
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return found[0] * 1e6


def test_who_is_woken_late_is_woken_earlier_from_then_on(library: ctypes.CDLL) -> None:
    assert earlier(library, []) == 0
    assert earlier(library, [40e-6]) == pytest.approx(40)
    # By the mean: half of the distribution is late by what the late ones are late by.
    assert earlier(library, [40e-6, 40e-6, 40e-6, 120e-6]) == pytest.approx(60)
    assert earlier(library, [200e-6] * 100 + [50e-6] * 300) == pytest.approx(50, abs=5)


def test_nobody_is_woken_much_too_early(library: ctypes.CDLL) -> None:
    assert earlier(library, [0.2] * 100) == pytest.approx(250)
    # Stalls count little.
    assert earlier(library, [50e-6] * 19 + [5.0]) == pytest.approx(97.5)
    # What was due already when it was asked for says nothing, and neither does what was meant before it was asked anew.
    assert earlier(library, [40e-6] * 50, due=-1e-3) == 0
    assert earlier(library, [40e-6, -1e-3]) == pytest.approx(40)
