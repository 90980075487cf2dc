# SPDX-License-Identifier: Apache-2.0
"""What the filter of the sidecars reads from a fault's route, and draws by it."""

import ctypes
import math
import subprocess
from collections.abc import Callable
from statistics import quantiles

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from envoy_api.config.route.v3 import Route
from envoy_api.extensions.filters.http.dynamic_modules.v3 import DynamicModuleFilterPerRoute
from l7filters.faults import Before, Body, CombinedEffects, Edit, Effect, Family, RandomDelay, combine_effects
from l7filters.translate.filter_order import HOLD_REQUEST_FILTER, HOLD_RESPONSE_FILTER
from l7filters.translate.held_delays import hold_delays
from tests.filter_lanes import SOURCES
from tests.unit.l7filters.test_faults import fault

Draw = Callable[[bytes, int], list[float] | None]


class Text(ctypes.Structure):
    _fields_ = (("data", ctypes.c_char_p), ("length", ctypes.c_size_t))


@pytest.fixture(scope="module")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Draw:
    """So many delays by these lines; None: the filter does not take them."""
    file = tmp_path_factory.mktemp("route") / "route.so"
    options = ("-std=c17", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")
    trapping = ("-fsanitize=undefined", "-fsanitize-trap=all")
    sources = (SOURCES / "route.c", SOURCES / "delay.c")
    subprocess.run(["clang-19", *options, *trapping, "-o", file, *sources, "-lm"], check=True)
    library = ctypes.CDLL(str(file))
    library.route_parse.restype = ctypes.c_void_p
    library.route_parse.argtypes = (Text,)
    library.route_draw.restype = ctypes.c_double
    library.route_draw.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64))
    library.route_free.argtypes = (ctypes.c_void_p,)

    def some(lines: bytes, count: int) -> list[float] | None:
        route = library.route_parse(Text(lines, len(lines)))
        if route is None:
            return None
        random = ctypes.c_uint64(7)
        drawn = [library.route_draw(route, ctypes.byref(random)) for _ in range(count)]
        library.route_free(route)
        return drawn

    return some


def on_route(*effects: tuple[Effect, ...]) -> tuple[Route, CombinedEffects]:
    """A route with faults of these effects, as far as the sidecar itself holds them, and what is left to others."""
    route = Route()
    return route, hold_delays(route, combine_effects(fault(f"f{n}", *each) for n, each in enumerate(effects)))


def lines(route: Route, filter_name: str) -> bytes:
    config, value = DynamicModuleFilterPerRoute(), StringValue()
    assert route.typed_per_filter_config[filter_name].Unpack(config)
    assert config.filter_config.Unpack(value)
    return value.value.encode()


def test_short_delays_are_the_sidecars_and_add_up(draw: Draw) -> None:
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
        (RandomDelay(Family.FIXED, (1000.1,)),),
        (RandomDelay(Family.UNIFORM, (1.0, 1001.0)),),
        (RandomDelay(Family.NORMAL, (10.0, 1.0)),),
        # Each is short enough, both are not.
        (RandomDelay(Family.FIXED, (600.0,)), RandomDelay(Family.FIXED, (401.0,))),
    ],
)
def test_what_may_take_longer_is_the_fault_servers(delays: tuple[RandomDelay, ...]) -> None:
    route, left = on_route(*((each,) for each in delays))
    assert [effect for _, effect in left.parts] == list(delays)
    assert not route.typed_per_filter_config


def test_the_log_names_each_fault_once() -> None:
    route, _ = on_route((RandomDelay(Family.FIXED, (1.0,)),), (RandomDelay(Family.FIXED, (2.0,)),))
    assert lines(route, HOLD_REQUEST_FILTER).splitlines()[0] == b",".join(
        each.id.encode() for each in (fault("f0"), fault("f1"))
    )


@pytest.mark.parametrize("family", [each for each in Family if each is not Family.FIXED])
def test_each_distribution_is_the_one_that_is_meant(draw: Draw, family: Family) -> None:
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
        b"s/f",
        b"s/f\nfixed\n",
        b"s/f\nfixed 1 2\n",
        b"s/f\nfixed 1 2 3 4\n",
        b"s/f\nfixed 1 nan 3\n",
        b"s/f\nfixed 1 2 inf\n",
        b"s/f\nfixedly 1 2 3\n",
        b"s/f\n\n",
    ],
)
def test_lines_that_nobody_writes_are_refused(draw: Draw, wrong: bytes) -> None:
    assert draw(wrong, 1) is None
