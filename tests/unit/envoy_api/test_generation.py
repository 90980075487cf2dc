# SPDX-License-Identifier: Apache-2.0
"""The committed package is what the generator writes."""

import filecmp
import subprocess
import sys
from pathlib import Path

import envoy_api

ROOT = Path(__file__).parents[3]
HAND_WRITTEN = {"__init__.py", "_messages.py", "_messages.pyi", "py.typed"}


def test_generating_again_changes_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools/generate_envoy_api.py", "--output", tmp_path], check=True)
    committed = {path.relative_to(ROOT / "envoy_api") for path in (ROOT / "envoy_api").rglob("*.*")}
    committed = {path for path in committed if "__pycache__" not in path.parts and str(path) not in HAND_WRITTEN}
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")}
    assert written == committed
    names = [str(path) for path in sorted(written)]
    _, different, unreadable = filecmp.cmpfiles(tmp_path, ROOT / "envoy_api", names, shallow=False)
    assert (different, unreadable) == ([], [])


def test_what_is_no_longer_rooted_is_deleted(tmp_path: Path) -> None:
    stale = tmp_path / "config" / "retired" / "v3.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("")
    subprocess.run([sys.executable, ROOT / "tools/generate_envoy_api.py", "--output", tmp_path], check=True)
    assert not stale.exists()
    assert (tmp_path / "config" / "core" / "v3.py").exists()


def test_the_package_does_not_need_its_source() -> None:
    code = "import sys, envoy_api.config.listener.v3; sys.exit('betterproto2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(envoy_api.__file__).parents[1])
