# SPDX-License-Identifier: Apache-2.0
"""What the filter of the sidecars reads from a fault's route, and draws by it."""

import ctypes
import math
import subprocess
from collections.abc import Sequence, Set
from statistics import quantiles

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from envoy_api.config.route.v3 import Route
from envoy_api.extensions.filters.http.dynamic_modules.v3 import DynamicModuleFilterPerRoute
from l7filters.faults import Before, Body, CombinedEffects, Delay, Edit, Effect, Family, RandomDelay, combine_effects
from l7filters.translate.fault_leases import until_key
from l7filters.translate.filter_order import HOLD_REQUEST_FILTER, HOLD_RESPONSE_FILTER
from l7filters.translate.held_delays import hold_delays
from tests.filter_lanes import SOURCES
from tests.unit.l7filters.test_faults import fault


class Text(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t))

    @classmethod
    def of(cls, text: bytes) -> "Text":
        return cls(ctypes.cast(ctypes.c_char_p(text), ctypes.c_void_p), len(text))


RUNTIME = ctypes.CFUNCTYPE(ctypes.c_uint64, Text, ctypes.c_uint64)


class Delays:
    """The filter's route.c. By these lines; None: it does not take them."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.route_parse.restype = ctypes.c_void_p
        library.route_parse.argtypes = (Text,)
        library.route_draw.restype = ctypes.c_void_p
        library.route_draw.argtypes = (ctypes.c_void_p,)
        library.route_free.argtypes = (ctypes.c_void_p,)
        library.drawn_seconds.restype = ctypes.c_double
        library.drawn_seconds.argtypes = (ctypes.c_void_p,)
        library.drawn_without_ended.argtypes = (ctypes.c_void_p, RUNTIME)
        library.drawn_free.argtypes = (ctypes.c_void_p,)

    def __call__(self, lines: bytes, count: int) -> list[float] | None:
        """So many delays, in milliseconds."""
        drawn = self.left(lines, [None] * count)
        return None if drawn is None else [each * 1000 for each in drawn]

    def left(self, lines: bytes, on: Sequence[Set[str] | None]) -> list[float] | None:
        """For each of these, the seconds that are left of a delay when those runtime keys are; None: all."""
        route = self._library.route_parse(Text.of(lines))
        if route is None:
            return None
        waits = [self._library.route_draw(route) for _ in on]
        # What was drawn outlives its route.
        self._library.route_free(route)
        left: list[float] = []
        for wait, keys in zip(waits, on, strict=True):
            if keys is not None:
                self._library.drawn_without_ended(wait, runtime(keys))
            left.append(self._library.drawn_seconds(wait))
            self._library.drawn_free(wait)
        return left


def runtime(keys: Set[str]) -> "ctypes._FuncPointer":
    """Envoy's, with 1 under these keys."""

    def value(key: Text, otherwise: int) -> int:
        return 1 if ctypes.string_at(key.data, key.length).decode() in keys else otherwise

    return RUNTIME(value)


@pytest.fixture(scope="module")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Delays:
    file = tmp_path_factory.mktemp("route") / "route.so"
    options = ("-std=c17", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")
    trapping = ("-fsanitize=undefined", "-fsanitize-trap=all")
    sources = (SOURCES / "route.c", SOURCES / "delay.c")
    subprocess.run(["clang-19", *options, *trapping, "-o", file, *sources, "-lm"], check=True)
    return Delays(ctypes.CDLL(str(file)))


def on_route(*effects: tuple[Effect, ...]) -> tuple[Route, CombinedEffects]:
    """A route with faults of these effects, as far as the sidecar itself holds them, and what is left to others."""
    route = Route()
    return route, hold_delays(route, combine_effects(fault(f"f{n}", *each) for n, each in enumerate(effects)))


def lines(route: Route, filter_name: str) -> bytes:
    config, value = DynamicModuleFilterPerRoute(), StringValue()
    assert route.typed_per_filter_config[filter_name].Unpack(config)
    assert config.filter_config.Unpack(value)
    return value.value.encode()


def test_short_delays_are_the_sidecars_and_add_up(draw: Delays) -> None:
    first, second = RandomDelay(Family.FIXED, (400.0,)), RandomDelay(Family.UNIFORM, (100.0, 600.0))
    edit = Body(Edit.REPLACE, "no")
    late = RandomDelay(Family.EXPONENTIAL, (20.0,), Before.RESPONSE, 50.0)
    route, left = on_route((first, edit), (second,), (late,))
    assert [effect for _, effect in left.parts] == [edit]
    drawn = draw(lines(route, HOLD_REQUEST_FILTER), 10_000)
    assert drawn is not None
    assert quantiles(drawn, n=4) == pytest.approx([625.0, 750.0, 875.0], abs=10.0)
    drawn = draw(lines(route, HOLD_RESPONSE_FILTER), 10_000)
    assert drawn is not None
    assert max(drawn) == 50.0
    assert quantiles(drawn, n=4)[:2] == pytest.approx([20 * math.log(4 / 3), 20 * math.log(2)], abs=1.0)


@pytest.mark.parametrize(
    "delays",
    [
        (Delay(1),),
        (Delay(1000),),
        (Delay(600), Delay(400)),
        (Delay(600), RandomDelay(Family.UNIFORM, (1.0, 400.0))),
    ],
)
def test_short_ones_of_one_length_are_envoys(delays: tuple[Delay | RandomDelay, ...]) -> None:
    route, left = on_route(*((each,) for each in delays))
    assert [effect for _, effect in left.parts] == [each for each in delays if isinstance(each, Delay)]
    assert (HOLD_REQUEST_FILTER in route.typed_per_filter_config) == (len(left.parts) < len(delays))


@pytest.mark.parametrize(
    ("delays", "seconds"),
    [
        ((Delay(1001),), 1.001),
        ((Delay(3_600_000),), 3600.0),
        ((RandomDelay(Family.FIXED, (600_000.0,), limit_milliseconds=600_000.0),), 600.0),
        # Each is short enough, both are not.
        ((Delay(600), Delay(401)), 1.001),
        ((Delay(2), RandomDelay(Family.NORMAL, (999.0, 0.0))), 1.001),
    ],
)
def test_longer_ones_are_the_filters(draw: Delays, delays: tuple[Delay | RandomDelay, ...], seconds: float) -> None:
    route, left = on_route(*((each,) for each in delays))
    assert left.parts == ()
    assert draw.left(lines(route, HOLD_REQUEST_FILTER), [None]) == [pytest.approx(seconds)]


@pytest.mark.parametrize("before", list(Before))
def test_nothing_is_left_of_faults_that_have_ended(draw: Delays, before: Before) -> None:
    both = [RandomDelay(Family.FIXED, (value,), before) for value in (2000.0, 30_000.0)]
    route, _ = on_route(*((each,) for each in both))
    first, second = (until_key(fault(name)) for name in ("f0", "f1"))
    filter_name = HOLD_REQUEST_FILTER if before is Before.REQUEST else HOLD_RESPONSE_FILTER
    on = [{first, second, "other"}, {first}, {second}, set[str]()]
    assert draw.left(lines(route, filter_name), on) == [32.0, 2.0, 30.0, 0.0]


def test_the_log_has_fault_and_kind() -> None:
    route, _ = on_route((Delay(5000),), (RandomDelay(Family.FIXED, (2.0,)),))
    assert [each.split()[1:3] for each in lines(route, HOLD_REQUEST_FILTER).splitlines()] == [
        [fault("f0").id.encode(), b"delay"],
        [fault("f1").id.encode(), b"random-delay"],
    ]


@pytest.mark.parametrize("family", [each for each in Family if each is not Family.FIXED])
def test_each_distribution_is_the_one_that_is_meant(draw: Delays, family: Family) -> None:
    parameters = {Family.UNIFORM: (10.0, 90.0), Family.EXPONENTIAL: (30.0,), Family.NORMAL: (50.0, 10.0)}
    delay = RandomDelay(family, parameters.get(family, (20.0, 0.9)), Before.REQUEST, 900.0)
    route, _ = on_route((delay,))
    drawn = draw(lines(route, HOLD_REQUEST_FILTER), 50_000)
    assert drawn is not None
    for share, measured in enumerate(quantiles(drawn, n=10), 1):
        assert measured == pytest.approx(delay.milliseconds(share / 10), rel=0.08)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\n",
        b"k s/f delay fixed 1 2 3",
        b"k s/f delay fixed\n",
        b"k s/f delay fixed 1 2\n",
        b"k s/f delay fixed 1 2 3 4\n",
        b"k s/f delay fixed 1 nan 3\n",
        b"k s/f delay fixed 1 2 inf\n",
        b"k s/f delay fixedly 1 2 3\n",
        b"s/f delay fixed 1 2 3\n",
        b" s/f delay fixed 1 2 3\n",
        b"k s/f delay fixed 1 2 3\n\n",
    ],
)
def test_lines_that_nobody_writes_are_refused(draw: Delays, wrong: bytes) -> None:
    assert draw(wrong, 1) is None
