# SPDX-License-Identifier: Apache-2.0
"""`riftgate demo`: the whole story, and that nothing of it stays behind however it ends. Needs root."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.mesh_harness import Mesh, command, kill_and_wait
from tests.mesh_remains import what_is_left

CHAPTERS = tuple(f"{number}." for number in range(1, 9))
STORY_SECONDS = 240
"""Far more than the story takes: on a busy machine it must not fail for its pace."""
IN_THE_MIDDLE = "cnp-l4.yaml: only the empire gets through"
"""By then pods run, a policy is in force, and a command in a pod is waiting for its time-out."""


@pytest.fixture
def mesh() -> Iterator[Mesh]:
    """A name for a mesh; nothing of it when the test ends."""
    mesh = Mesh()
    yield mesh
    mesh.run("down")


@contextmanager
def telling(mesh: Mesh, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The demo in a process group of its own, as under a terminal, and what it prints. Killed if it still runs."""
    process = subprocess.Popen(
        command(mesh.name, "demo"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        process.kill()
        process.communicate()


def read_until(output: IO[str], text: str) -> None:
    told = []
    for line in output:
        told.append(line)
        if text in line:
            return
    raise AssertionError(f"it ended before it said {text!r}:\n{''.join(told)}")


def test_the_story_is_as_told(mesh: Mesh, tmp_path: Path) -> None:
    """Guards all of it: every row of the issue's table is there and holds, each with who decided."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = subprocess.run(
        command(mesh.name, "--json", "demo"),
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        timeout=STORY_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    story = json.loads(done.stdout)
    assert story["ok"] is True
    assert [row["step"] for row in story["rows"] if not row["holds"]] == []
    assert {row["step"].split()[0] for row in story["rows"]} == set(CHAPTERS)
    assert all(row["expected"] and row["seen"] and row["decided"] for row in story["rows"])
    by_step = {row["step"]: row for row in story["rows"]}
    # A rule, a default deny, a fault: each with its file and line.
    assert by_step["4. PUT on a connection from before"]["decided"].endswith("(cnp-l7.yaml:4)")
    assert "default/rule1#0 (cnp-l7.yaml:" in by_step["4. tie fighter lands"]["decided"]
    assert "(delay.yaml:" in by_step["6. delay.yaml"]["decided"]
    assert "0 packets arrived" in by_step["8. x-wing goes around its sidecar"]["seen"]
    assert what_is_left(mesh.name) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_story_that_is_interrupted_cleans_up(mesh: Mesh, tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Guards the way out: Ctrl-C goes to the whole process group, as a terminal sends it, and SIGTERM to the demo."""
    with telling(mesh, tmp_path) as (process, output):
        read_until(output, IN_THE_MIDDLE)
        assert what_is_left(mesh.name) != []
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        rest = output.read()
        process.wait()

    assert process.returncode == code, rest
    assert "Traceback" not in rest
    assert what_is_left(mesh.name) == []
    assert list(tmp_path.iterdir()) == []


def test_down_removes_what_a_killed_story_leaves(mesh: Mesh, tmp_path: Path) -> None:
    """Guards `down` after kill -9, which cleans up nothing; and that a second one finds nothing, and says so."""
    with telling(mesh, tmp_path) as (process, output):
        read_until(output, IN_THE_MIDDLE)
        kill_and_wait((process.pid,))
        assert what_is_left(mesh.name) != []

        again = mesh.run("demo")
        assert (again.code, "riftgate down" in again.errors) == (2, True)

    assert mesh.run("--json", "down").json() == {"removed": True}
    assert what_is_left(mesh.name) == []
    assert list(tmp_path.iterdir()) == []
    assert mesh.run("--json", "down").json() == {"removed": False}
    assert mesh.run("down").code == 0
