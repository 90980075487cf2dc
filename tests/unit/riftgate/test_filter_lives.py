# SPDX-License-Identifier: Apache-2.0
"""The sidecars' filter, against an Envoy that does what it likes, with the compiler's checks of memory and arithmetic.

RIFTGATE_SEEDS=200 pytest tests/unit/riftgate/test_filter_lives.py     so many runs, from seed 0
"""

import subprocess
from pathlib import Path

import pytest

from tests.seeds import chosen_seeds

ROOT = Path(__file__).parents[3]
FILTER = ("answer", "connection", "delay", "filter", "lane", "meeting", "timer")
CONNECTIONS = 60


@pytest.fixture(scope="module", params=["address,undefined", "thread"])
def lives(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("built") / "lives"
    sources = [ROOT / "envoy" / "filter" / "src" / f"{name}.c" for name in FILTER]
    sources += [ROOT / "tests" / "filter_envoy" / name for name in ("envoy.c", "lives.c")]
    checks = (f"-fsanitize={request.param}", "-fno-sanitize-recover=all", "-g", "-O1")
    options = ("-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror")
    subprocess.run(["clang-19", *options, *checks, "-o", program, *sources, "-lm"], check=True)
    return program


@pytest.mark.parametrize("seed", chosen_seeds(4))
def test_whatever_a_connection_does(lives: Path, seed: int) -> None:
    # The checker of threads wants addresses where it expects them.
    command = ["setarch", "--addr-no-randomize", str(lives), str(seed), str(CONNECTIONS)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (0, "good\n"), result.stderr
