# SPDX-License-Identifier: Apache-2.0
"""A mesh that the tests of a file share, and the pods in it that call others: a program in the pod of that name does
what it is told. A file that wants another mesh has a fixture `mesh` of its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh_harness import Flows, Mesh, Talk, running_mesh


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the mesh's manifests and policies."""
    return tmp_path_factory.mktemp("mesh")


@pytest.fixture(scope="module")
def mesh(request: pytest.FixtureRequest, folder: Path) -> Iterator[Mesh]:
    """Of the file's MANIFESTS."""
    with running_mesh(folder, request.module.MANIFESTS) as mesh:
        yield mesh


@pytest.fixture
def no_policies(mesh: Mesh) -> Iterator[None]:
    """Are left by the test."""
    yield
    mesh.delete_policies()


@pytest.fixture
def flows(mesh: Mesh) -> Iterator[Flows]:
    with mesh.flows() as flows:
        yield flows


@pytest.fixture
def events(mesh: Mesh) -> Iterator[Flows]:
    with mesh.events() as events:
        yield events


@pytest.fixture(scope="module")
def friend(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("friend") as talk:
        yield talk


@pytest.fixture(scope="module")
def guest(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("guest") as talk:
        yield talk


@pytest.fixture(scope="module")
def other(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("other") as talk:
        yield talk


@pytest.fixture(scope="module")
def rebel(mesh: Mesh) -> Iterator[Talk]:
    with mesh.talk("rebel") as talk:
        yield talk
