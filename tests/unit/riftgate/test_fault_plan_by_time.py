# SPDX-License-Identifier: Apache-2.0
"""`riftgate fault plan -f FILE`: what each fault does while the others of its run are on, and not what they would do
all at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from l7filters.world import Workload, World
from riftgate.cli import exits, main
from riftgate.client import MeshClient
from riftgate.control.admission import check_faults
from riftgate.control.touched import plan
from riftgate.control.wire import faults_from_json

WORLD = World((Workload("default", "vault", {"app": "vault"}, ("10.0.0.1", "fd00::1")),))
FILE = """apiVersion: riftgate.io/v1alpha1
kind: Scenario
metadata: {name: steps}
spec:
  for: 10s
  faults:
"""
AIM = "target: {selector: {matchLabels: {app: vault}}, port: 80, atMost: 100%}"
HALVES = (
    f"  - {{name: a, {AIM}, percentage: 50, abort: {{status: 503}}, for: 6s}}\n"
    f"  - {{name: b, {AIM}, percentage: 50, abort: {{status: 504}}, after: 4s}}\n"
)


def of_all(name: str, after: str, lasts: str) -> str:
    """A fault that answers every request."""
    return f"  - {{name: {name}, {AIM}, abort: {{status: 503}}, after: {after}, for: {lasts}}}\n"


@pytest.fixture(autouse=True)
def control(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers as the control server does when no fault is on."""

    async def change(_self: MeshClient, path: str, body: Any) -> Any:
        assert path == "/v1/faults/plan"
        faults = faults_from_json(body["faults"])
        check_faults(WORLD, faults, {}, None)
        return json.loads(json.dumps(plan(WORLD, (), faults, [])))

    monkeypatch.setattr(MeshClient, "change", change)


def written(folder: Path, faults: str) -> str:
    file = folder / "steps.yaml"
    file.write_text(FILE + faults)
    return str(file)


def times(printed: str) -> list[tuple[str, float, float, float]]:
    return [(each["fault"], *each["during"].values(), each["share"]) for each in json.loads(printed)]


def test_shares_are_those_of_the_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first of two that answer is not touched by the other, the second is, while both are on."""
    file = written(tmp_path, HALVES)
    assert main(["--json", "fault", "plan", "-f", file]) == exits.OK
    assert times(capsys.readouterr().out) == [
        ("steps/a", 0, 6, 0.5),
        ("steps/b", 4, 6, 0.25),
        ("steps/b", 6, 10, 0.5),
    ]
    assert main(["fault", "plan", "-f", file]) == exits.OK
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if line.startswith(("  on:", "  expect:"))] == [
        "  on: from 0 s to 6 s of the run",
        "  expect: 50.00% of the requests that match",
        "  on: from 4 s to 6 s of the run",
        "  expect: 25.00% of the requests that match",
        "  on: from 6 s to 10 s of the run",
        "  expect: 50.00% of the requests that match",
    ]


def test_what_is_never_on_together_does_not_contradict_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apart = written(tmp_path, of_all("a", "0s", "4s") + of_all("b", "4s", "6s"))
    assert main(["--json", "fault", "plan", "-f", apart]) == exits.OK
    assert times(capsys.readouterr().out) == [("steps/a", 0, 4, 1), ("steps/b", 4, 10, 1)]
    together = written(tmp_path, of_all("a", "0s", "4s") + of_all("b", "3s", "6s"))
    assert main(["fault", "plan", "-f", together]) == exits.BAD_INPUT
    assert f"{together}:8: steps/b can never happen: steps/a" in capsys.readouterr().err


def test_scenarios_of_one_file_are_runs_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is planned beside the other."""
    first = FILE + of_all("a", "2s", "3s")
    file = tmp_path / "two.yaml"
    file.write_text(first + "---\n" + first.replace("name: steps", "name: again"))
    assert main(["--json", "fault", "plan", "-f", str(file)]) == exits.OK
    assert times(capsys.readouterr().out) == [("steps/a", 2, 5, 1), ("again/a", 2, 5, 1)]
