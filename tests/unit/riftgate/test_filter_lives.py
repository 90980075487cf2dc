# SPDX-License-Identifier: Apache-2.0
"""The sidecars' filters, against an Envoy that does what it likes, with the compiler's checks of memory and threads.

RIFTGATE_SEEDS=200 pytest tests/unit/riftgate/test_filter_lives.py     so many runs, from seed 0
"""

import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.seeds import chosen_seeds

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "envoy" / "filter" / "src"
TIMES = {"lives": 60, "streams": 400, "rates": 60, "cuts": 3000}
"""By the programs of `tests/filter_envoy`: connections, bodies, or streams or connections of each worker."""
CHECKS = ("address,undefined", "thread")


def missing(objects: Path) -> set[str]:
    """What is used of Envoy in these objects, and is nowhere in them."""
    listed = subprocess.run(["nm", *objects.glob("*.o")], capture_output=True, text=True, check=True)
    symbols = [words[-2:] for line in listed.stdout.splitlines() if len(words := line.split()) >= 2]
    used, there = ({name for kind, name in symbols if (kind == "U") is unknown} for unknown in (True, False))
    return {name for name in used - there if name.startswith("envoy_dynamic_module_callback_")}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """By its name and the compiler's checks; each is built once."""
    folder = tmp_path_factory.mktemp("built")

    @cache
    def built(name: str, checks: str) -> Path:
        objects = folder / f"{name}-{checks}"
        objects.mkdir()
        sources = [*SOURCES.glob("*.c"), *(ROOT / "tests" / "filter_envoy" / f"{each}.c" for each in ("envoy", name))]
        options = ("-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-O1", f"-fsanitize={checks}")
        compiler = ("clang-19", *options, "-fno-sanitize-recover=all")
        subprocess.run([*compiler, "-c", *sources], cwd=objects, check=True)
        # The program has as much of Envoy as its part of the filter uses; the rest is never called.
        unused = objects / "unused.c"
        unused.write_text("".join(f"void {symbol}(void) {{ __builtin_trap(); }}\n" for symbol in missing(objects)))
        program = objects / "program"
        subprocess.run([*compiler, "-o", program, unused, *objects.glob("*.o"), "-lm"], check=True)
        return program

    return built


@pytest.mark.parametrize("seed", chosen_seeds(4))
@pytest.mark.parametrize("checks", CHECKS)
@pytest.mark.parametrize("name", list(TIMES))
def test_whatever_they_do(programs: Callable[[str, str], Path], name: str, checks: str, seed: int) -> None:
    # The checker of threads wants addresses where it expects them.
    command = ["setarch", "--addr-no-randomize", str(programs(name, checks)), str(seed), str(TIMES[name])]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (0, "good\n"), result.stderr
