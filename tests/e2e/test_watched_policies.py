# SPDX-License-Identifier: Apache-2.0
"""A mesh whose policies are what a directory holds (`riftgate up --policies`). Needs root."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh_harness import Mesh, eventually, running_mesh
from tests.vault_policies import BAD, BAD_LINES, DOOR, GATE, MANIFESTS, names, vault_answers, written


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policies")


@pytest.fixture(scope="module")
def watching(watched: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh whose policies are what a directory holds."""
    with running_mesh(tmp_path_factory.mktemp("mesh"), MANIFESTS, "--policies", str(watched)) as mesh:
        yield mesh


def replace_file(path: Path, text: str) -> None:
    """As editors and volumes do it: no reader sees half of it."""
    written(path.with_suffix(".new"), text).replace(path)


def problems(mesh: Mesh) -> dict[str, str]:
    found: dict[str, str] = mesh.control_status()["sourceProblems"]
    return found


def test_a_watched_directory_is_what_is_in_force(watching: Mesh, watched: Path) -> None:
    """Guards the directory source: a new file takes effect, a broken one keeps its last good version and is named,
    what cannot be read stops nothing else, and what is removed is lifted."""
    with watching.talk("guest") as guest:
        assert vault_answers(watching, guest, "PUT") == 200

        replace_file(watched / "door.yaml", DOOR)
        eventually(lambda: vault_answers(watching, guest, "PUT") == 403)
        assert names(watching) == ["CiliumNetworkPolicy default/door"]

        replace_file(watched / "door.yaml", BAD)
        eventually(lambda: str(watched / "door.yaml") in problems(watching))
        assert f"{watched / 'door.yaml'}:{BAD_LINES[0]}: " in problems(watching)[str(watched / "door.yaml")]
        assert f"not applied: {watched / 'door.yaml'}" in watching.run("status").output
        assert (vault_answers(watching, guest, "GET"), vault_answers(watching, guest, "PUT")) == (200, 403)

        os.mkfifo(watched / "fifo.yaml")
        (watched / "dangling.yaml").symlink_to(watched / "nowhere")
        (watched / "folder.yaml").mkdir()
        (watched / "latin1.yaml").write_bytes(b"# \xe9\n")
        replace_file(watched / "gate.yaml", GATE)
        eventually(lambda: vault_answers(watching, guest, "PUT") == 200)
        unreadable = {str(watched / f"{name}.yaml") for name in ("fifo", "dangling", "folder", "latin1", "door")}
        assert set(problems(watching)) == unreadable
        refused = watching.run("policy", "delete", "gate")
        assert (refused.code, str(watched / "gate.yaml") in refused.errors) == (1, True)

        for name in ("fifo", "dangling", "latin1", "door", "gate"):
            (watched / f"{name}.yaml").unlink()
        shutil.rmtree(watched / "folder.yaml")
        eventually(lambda: not watching.policies() and problems(watching) == {})
        assert vault_answers(watching, guest, "PUT") == 200


def test_a_new_control_server_does_not_lift_what_the_directory_holds(
    watching: Mesh, watched: Path, tmp_path: Path
) -> None:
    """Guards the restart with a directory: the last good version is in force although the file is broken by now."""
    with watching.talk("guest") as guest:
        replace_file(watched / "door.yaml", DOOR)
        eventually(lambda: vault_answers(watching, guest, "PUT") == 403)
        replace_file(watched / "door.yaml", BAD)
        eventually(lambda: problems(watching))

        watching.kill_control()
        watching.up(tmp_path, MANIFESTS, "--policies", str(watched))

        assert names(watching) == ["CiliumNetworkPolicy default/door"]
        assert (vault_answers(watching, guest, "GET"), vault_answers(watching, guest, "PUT")) == (200, 403)
        (watched / "door.yaml").unlink()
        eventually(lambda: vault_answers(watching, guest, "PUT") == 200)
