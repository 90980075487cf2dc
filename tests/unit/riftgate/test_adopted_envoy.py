# SPDX-License-Identifier: Apache-2.0
"""Which Envoys would refuse the configuration of today: by what a process was started with and has loaded."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from riftgate.local.envoy_module import MODULE, SEARCH_PATH, why_outdated

LOAD = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], os.RTLD_LAZY); print(flush=True); sys.stdin.read()"


def reason(folder: Path | None, load: Path | None = None, replace_by: Path | None = None) -> str | None:
    """Of a process with this search path, once it has loaded a module, and that was replaced."""
    (variable,) = SEARCH_PATH
    environment = {} if folder is None else {variable: str(folder)}
    program = LOAD if load is not None else "import sys; print(flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", program, *([] if load is None else [str(load)])]
    with subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        if load is not None and replace_by is not None:
            fresh = load.with_suffix(".new")
            shutil.copy(replace_by, fresh)
            fresh.replace(load)
        found = why_outdated(process.pid)
        process.communicate()
    return found


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Some library of that name."""
    source = tmp_path / "other.c"
    source.write_text("int other;")
    folder = tmp_path / "other"
    folder.mkdir()
    subprocess.run(["clang-19", "-shared", "-fPIC", "-o", folder / MODULE.name, source], check=True)
    return folder / MODULE.name


def test_where_todays_module_is_found(tmp_path: Path) -> None:
    assert reason(MODULE.parent) is None
    # Another installation has the same.
    shutil.copy(MODULE, tmp_path)
    assert reason(tmp_path) is None


def test_where_it_is_not(tmp_path: Path, other: Path) -> None:
    assert reason(None) == "it was started without Riftgate's module"
    assert reason(tmp_path) == reason(other.parent) == "its module of Riftgate's is another one"


def test_what_is_loaded_counts_whatever_has_replaced_it(other: Path) -> None:
    assert reason(other.parent, other, replace_by=MODULE) == "its module of Riftgate's is another one"


def test_a_process_that_has_ended() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert why_outdated(process.pid) is None
