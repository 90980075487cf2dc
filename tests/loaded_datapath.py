# SPDX-License-Identifier: Apache-2.0
"""The datapath, loaded under an instance of a test's own: with its pins, cgroups and node, without pods and processes.

Needs root.
"""

from collections.abc import Iterator

import pytest

from bpf.datapath import Datapath, mount_bpffs
from riftgate.instance import POD_DEPTH, Instance
from riftgate.local import netns
from riftgate.local.remains import remove_everything
from tests.mesh_harness import fresh_instance


@pytest.fixture
def datapath() -> Iterator[tuple[Instance, Datapath]]:
    instance = Instance(fresh_instance())
    try:
        instance.pins.mkdir(parents=True)
        instance.pods_cgroup.mkdir(parents=True)
        mount_bpffs(instance.pins)
        netns.create_node(instance.name)
        loaded = Datapath.load(instance.pins, POD_DEPTH)
        try:
            yield instance, loaded
        finally:
            loaded.close()
    finally:
        remove_everything(instance)
