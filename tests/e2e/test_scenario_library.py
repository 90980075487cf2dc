# SPDX-License-Identifier: Apache-2.0
"""Scenarios of the library as they are, but shorter, against the demo's ships: they pass, and every fault of theirs has
fired. Needs root."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import riftgate
from tests.mesh_harness import Mesh
from tests.mesh_remains import what_is_left

DEMO = Path(riftgate.__file__).parent / "demo"
LIBRARY = Path(__file__).parents[2] / "scenarios" / "library"
SECONDS = 6


@pytest.fixture(scope="module")
def mesh() -> Iterator[Mesh]:
    mesh = Mesh()
    try:
        mesh.ok("up", "-f", str(DEMO / "starwars" / "app.yaml"), "--images", str(DEMO / "images.yaml"))
        yield mesh
    finally:
        mesh.run("down")
    assert what_is_left(mesh.name) == []


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("landing-garbled", {"landing-garbled/garbled"}),
        ("landing-jitter", {"landing-jitter/late", "landing-jitter/lost"}),
        ("landing-partition", {"landing-partition/cut-off"}),
        ("landing-slow-link", {"landing-slow-link/slow-link"}),
        ("names-lost", {"names-lost/servfail"}),
    ],
)
def test_it_passes_and_its_faults_fire(mesh: Mesh, tmp_path: Path, name: str, faults: set[str]) -> None:
    written = (LIBRARY / f"{name}.yaml").read_text()
    file = tmp_path / f"{name}.yaml"
    file.write_text(written.replace("  for: 10s\n", f"  for: {SECONDS}s\n"))
    done = mesh.run("--json", "scenario", "run", str(file), "--journal", str(tmp_path / "journal.jsonl"))
    assert done.output, done.errors
    report = done.json()
    assert (done.code, report["outcome"]) == (0, "PASSED"), report["reasons"]
    assert {fault["id"] for fault in report["faults"] if fault["fired"]} == faults
    assert report["reverted"] == "confirmed"
