# SPDX-License-Identifier: Apache-2.0
"""The committed modules for Envoy are what their sources compile to, wherever they lie."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = Path("riftgate/envoy_modules")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in another folder, and one with a space: neither its name nor its place may get into the module."""
    elsewhere = tmp_path_factory.mktemp("built") / "some where"
    for folder in ("script", "envoy/filter/src"):
        shutil.copytree(ROOT / folder, elsewhere / folder)
    result = subprocess.run([elsewhere / "script/build-filter"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return elsewhere / MODULES


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_committed_module_is_what_the_sources_give(built: Path, machine: str) -> None:
    file = Path(machine) / "libriftgate.so"
    assert (built / file).read_bytes() == (ROOT / MODULES / file).read_bytes(), (
        "run script/build-filter and commit its output"
    )


def test_nothing_else_is_committed(built: Path) -> None:
    def files(folder: Path) -> set[Path]:
        return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}

    assert files(built) == files(ROOT / MODULES)
