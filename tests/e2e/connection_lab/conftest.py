# SPDX-License-Identifier: Apache-2.0
"""A sidecar whose connections are under faults, shared by the tests of a file."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.connection_laboratory import Lab, laboratory


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with laboratory(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest_asyncio.fixture(loop_scope="module")
async def lab(shared_lab: Lab) -> AsyncIterator[Lab]:
    shared_lab.hits.clear()
    shared_lab.servers.seen.clear()
    shared_lab.servers.ends.clear()
    yield shared_lab
    shared_lab.on()
