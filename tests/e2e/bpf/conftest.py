# SPDX-License-Identifier: Apache-2.0
"""A datapath that the tests of a file share. A file that wants other tables has fixtures of its own."""

from collections.abc import Iterator

import pytest

from bpf.datapath import Datapath
from riftgate.instance import POD_DEPTH
from tests.bpf_kernel import TABLES, Kernel
from tests.pinned import bpffs


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datapath]:
    with bpffs(tmp_path_factory.mktemp("programs")) as pins:
        datapath = Datapath.load(pins, POD_DEPTH)
        try:
            yield datapath
        finally:
            datapath.close()


@pytest.fixture
def kernel(loaded: Datapath) -> Kernel:
    kernel = Kernel(loaded)
    loaded.tables.replace(TABLES)
    kernel.forget_drops()
    kernel.forget_flows()
    return kernel
