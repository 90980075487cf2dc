# SPDX-License-Identifier: Apache-2.0
"""The C code of the sidecars' filter that decides when bytes leave, for tests in Python."""

from __future__ import annotations

import ctypes
import functools
import math
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from l7filters.connection_effects import ConnectionEffects, Stream
from l7filters.connection_faults import ConnectionRule, Existing
from l7filters.faults import Family, Inject, RandomDelay
from xds_server.connection_lines import Did
from xds_server.connection_words import answer

SOURCES = Path(__file__).parents[2] / "envoy" / "filter" / "src"
DIDS = (Did.RESET, Did.CLOSE, Did.BLACKHOLE)
_LONGEST = 1 << 20


class _Delay(ctypes.Structure):
    _fields_ = (
        ("family", ctypes.c_int),
        ("first", ctypes.c_double),
        ("second", ctypes.c_double),
        ("limit_milliseconds", ctypes.c_double),
    )


class _Draws(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint64), ("seed", ctypes.c_uint64))


@functools.cache
def library() -> ctypes.CDLL:
    """Compiled anew for each process; what C leaves undefined ends it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lanes.so"
        sources = [SOURCES / "lane.c", SOURCES / "delay.c", SOURCES / "answer.c", Path(__file__).with_name("driver.c")]
        options = ("-std=c17", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")
        trapping = ("-fsanitize=undefined", "-fsanitize-trap=all")
        subprocess.run(["clang-19", *options, *trapping, "-o", file, *sources, "-lm"], check=True)
        loaded = ctypes.CDLL(str(file))
    loaded.lanes_new.restype = ctypes.c_void_p
    loaded.lanes_new.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_double, ctypes.c_uint64)
    for name, result, arguments in (
        ("lanes_free", None, ()),
        (
            "lanes_feed",
            None,
            (ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_bool, ctypes.c_double),
        ),
        ("lanes_end", None, (ctypes.c_double,)),
        ("lanes_due", ctypes.c_double, (ctypes.c_size_t,)),
        ("lanes_held", ctypes.c_size_t, (ctypes.c_size_t,)),
        ("lanes_memory", ctypes.c_size_t, (ctypes.c_size_t,)),
        ("lanes_blocked", ctypes.c_bool, (ctypes.c_size_t,)),
        (
            "lanes_take",
            ctypes.c_long,
            (ctypes.c_size_t, ctypes.c_double, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p),
        ),
    ):
        function = getattr(loaded, name)
        function.restype = result
        function.argtypes = (ctypes.c_void_p, *arguments)
    loaded.delay_milliseconds.restype = ctypes.c_double
    loaded.delay_milliseconds.argtypes = (ctypes.POINTER(_Delay), ctypes.c_double)
    loaded.delay_draw.restype = ctypes.c_double
    loaded.delay_draw.argtypes = (ctypes.POINTER(_Delay), ctypes.POINTER(_Draws))
    return loaded


def delay_milliseconds(delay: RandomDelay, chance: float) -> float:
    """As RandomDelay.milliseconds, in C."""
    return float(library().delay_milliseconds(ctypes.byref(_told(delay)), chance))


def drawn(delay: RandomDelay, count: int, seed: int) -> list[float]:
    """So many of a fault's delays, one after the other, in milliseconds."""
    told, draws = _told(delay), _Draws(0, seed)
    return [float(library().delay_draw(ctypes.byref(told), ctypes.byref(draws))) for _ in range(count)]


def _told(delay: RandomDelay) -> _Delay:
    first, second = (*delay.parameters, 0.0)[:2]
    return _Delay(list(Family).index(delay.family), first, second, delay.limit_milliseconds)


def rule(stream: Stream = Stream.BOTH, **does: Any) -> ConnectionRule:
    """A fault that does this."""
    return ConnectionRule(
        fault="s/f",
        activation=0,
        does=ConnectionEffects(**does),
        stream=stream,
        parts_per_million=1_000_000,
        which=None,
        inject=Inject.SERVER,
        existing=Existing.KEEP,
        pods=frozenset(),
        peers=frozenset(),
        port=0,
        dialled=(),
        callers=None,
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that leave now. `end`: nothing follows. `struck`: what happens behind them."""

    data: bytes
    end: bool
    struck: tuple[Did, ...]


class Lanes:
    """Both streams of a connection."""

    def __init__(self, rules: Iterable[ConnectionRule], seed: int = 1) -> None:
        text = answer(1, (), [(each, 3600.0) for each in rules])
        self._lanes = library().lanes_new(text, len(text), 0.0, seed)
        assert self._lanes, text

    def __del__(self) -> None:
        library().lanes_free(self._lanes)

    @property
    def up(self) -> Lane:
        return Lane(self, 0)

    @property
    def down(self) -> Lane:
        return Lane(self, 1)

    def end(self, now: float) -> None:
        """No fault is on any more."""
        library().lanes_end(self._lanes, now)


class Lane:
    """One stream of bytes."""

    def __init__(self, lanes: Lanes, stream: int) -> None:
        self._lanes = lanes
        self._at = (lanes._lanes, stream)

    def feed(self, data: bytes, end: bool, now: float) -> None:
        library().lanes_feed(*self._at, data, len(data), end, now)

    def due(self) -> float | None:
        """When the next piece leaves."""
        due: float = library().lanes_due(*self._at)
        return None if math.isinf(due) else due

    def take(self, now: float) -> Piece | None:
        buffer, end, struck = ctypes.create_string_buffer(_LONGEST), ctypes.c_bool(), ctypes.c_uint()
        length = library().lanes_take(*self._at, now, buffer, ctypes.byref(end), ctypes.byref(struck))
        if length < 0:
            return None
        done = tuple(did for bit, did in enumerate(DIDS) if struck.value >> bit & 1)
        return Piece(buffer.raw[:length], end.value, done)

    @property
    def held(self) -> int:
        return int(library().lanes_held(*self._at))

    @property
    def memory(self) -> int:
        return int(library().lanes_memory(*self._at))

    @property
    def blocked(self) -> bool:
        return bool(library().lanes_blocked(*self._at))
