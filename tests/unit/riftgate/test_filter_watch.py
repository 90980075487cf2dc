# SPDX-License-Identifier: Apache-2.0
"""What the sidecars' filter knows of Envoy's runtime between two looks."""

import ctypes
import subprocess
from pathlib import Path

from tests.filter_lanes import SOURCES
from tests.unit.riftgate.test_filter_route import RUNTIME, Text, runtime

UNWATCHED = 7


def test_a_key_is_looked_up_for_as_long_as_somebody_watches_it(tmp_path: Path) -> None:
    file = tmp_path / "watch.so"
    options = ("-std=c17", "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")
    trapping = ("-fsanitize=undefined", "-fsanitize-trap=all")
    subprocess.run(["clang-19", *options, *trapping, "-o", file, SOURCES / "watch.c"], check=True)
    library = ctypes.CDLL(str(file))
    library.watch_begin.restype = ctypes.c_bool
    library.watch_begin.argtypes = library.watch_end.argtypes = (Text,)
    library.watch_value.restype = ctypes.c_uint64
    library.watch_value.argtypes = (Text, ctypes.c_uint64)
    library.watch_look.argtypes = (RUNTIME, ctypes.c_double)
    library.watch_looked_at.restype = ctypes.c_double
    one, longer = Text.of(b"one"), Text.of(b"one-more")

    def values() -> tuple[int, int]:
        return library.watch_value(one, UNWATCHED), library.watch_value(longer, UNWATCHED)

    assert values() == (UNWATCHED, UNWATCHED)
    assert all(library.watch_begin(key) for key in (one, one, longer))
    # Nobody has looked yet.
    assert (values(), library.watch_looked_at()) == ((1, 1), 0)
    library.watch_look(runtime({"one-more", "other"}), 7.5)
    assert (values(), library.watch_looked_at()) == ((0, 1), 7.5)
    library.watch_look(runtime({"one"}), 8.5)
    assert (values(), library.watch_looked_at()) == ((1, 0), 8.5)
    library.watch_end(one)
    library.watch_end(longer)
    assert values() == (1, UNWATCHED)
    library.watch_end(one)
    assert values() == (UNWATCHED, UNWATCHED)
