# SPDX-License-Identifier: Apache-2.0
"""The committed BPF objects are what their sources compile to, wherever they lie."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OBJECTS = Path("bpf/objects")
DEBIAN_12_HEADERS = (6, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in another folder, and one with a space: neither its name nor its place may get into the object."""
    elsewhere = tmp_path_factory.mktemp("built") / "some where"
    for folder in ("script", "bpf/src"):
        shutil.copytree(ROOT / folder, elsewhere / folder)
    (elsewhere / OBJECTS).mkdir()
    result = subprocess.run([elsewhere / "script/build-bpf"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return elsewhere / OBJECTS


def test_every_source_has_its_object(built: Path) -> None:
    assert {path.name for path in built.iterdir()} == {path.name for path in (ROOT / OBJECTS).iterdir()}


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / OBJECTS).glob("*.o")))
def test_committed_object_is_what_the_sources_give(built: Path, tmp_path: Path, name: str) -> None:
    built, committed = built / name, ROOT / OBJECTS / name
    if headers_version() != DEBIAN_12_HEADERS:
        # Newer headers know more fields of the kernel's structs, and BTF lists them; nothing else may differ.
        built, committed = without_btf(built, tmp_path / "built.o"), without_btf(committed, tmp_path / "committed.o")
    assert built.read_bytes() == committed.read_bytes(), "run script/build-bpf and commit its output"


def headers_version() -> tuple[int, int]:
    code = re.search(r"LINUX_VERSION_CODE (\d+)", Path("/usr/include/linux/version.h").read_text())
    assert code is not None
    return int(code[1]) >> 16, int(code[1]) >> 8 & 0xFF


def without_btf(path: Path, output: Path) -> Path:
    sections = (".BTF", ".BTF.ext", ".rel.BTF", ".rel.BTF.ext")
    remove = [f"--remove-section={section}" for section in sections]
    subprocess.run(["llvm-objcopy-19", *remove, path, output], check=True)
    return output
