# SPDX-License-Identifier: Apache-2.0
"""A mesh that the tests of a file share, and the pods in it that call others: a program in the pod of that name does
what it is told. A file that wants another mesh has a fixture `mesh` of its own.
"""

from collections.abc import Iterator

import pytest

from tests.mesh_harness import Mesh, Talk, running_mesh


@pytest.fixture(scope="module")
def mesh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """Of the file's MANIFESTS."""
    with running_mesh(tmp_path_factory.mktemp("mesh"), request.module.MANIFESTS) as mesh:
        yield mesh


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
