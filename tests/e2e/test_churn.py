# SPDX-License-Identifier: Apache-2.0
"""Pods come and go, and nothing of them stays: in the kernel, on the machine, in the agent. Needs root.

One thing of theirs that stays is found; `--churn 1000` makes it a thousand pods (some minutes).
"""

import contextlib
import itertools
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from bpf.datapath import Datapath, PodAttachment
from riftgate.instance import Instance
from riftgate.local import cgroups, netns
from riftgate.local.cgroups import processes
from riftgate.local.names import PodName
from tests.kernel_counts import Held, ProcessCounts, held_by, put_canary
from tests.mesh_harness import Mesh, eventually, pod_manifest, running_mesh
from tests.pinned import open_map

ADDRESSES = ("10.201.7.7", "fd72:6966:7467:1::707")
ATTACHED = 60
"""Attachments by default; whole pods are a quarter of it."""
AT_ONCE, MANY_AT_ONCE = 5, 25
"""Whole pods that come with one `up`; the second with `--churn`, where starting commands would be most of it."""
POD_TABLES = (
    *("role_by_cgroup", "slot_by_cgroup", "pod_by_slot", "slot_by_ifindex", "slot_by_address"),
    "link_by_address",
)
KEPT = "".join(pod_manifest(f"kept-{n}", "client", {"app": "kept"}) for n in range(2))
MEMORY_PER_POD_KB = 64
"""What an agent may keep in memory per pod that is gone: allocators give back late."""
MANY_TAKE = 3600
"""Seconds that a thousand may take; no other test has so many."""
_canaries = itertools.count()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--churn") or 0)


def come_and_go(instance: Instance, datapath: Datapath) -> None:
    """All that the kernel has of a pod."""
    name = PodName(instance.name, "default", "fly")
    cgroup = instance.pods_cgroup / name.file_name
    network = netns.create_pod(name, ADDRESSES, "fly", instance.state)
    (cgroup / "sidecar").mkdir(parents=True)
    datapath.attach(
        PodAttachment(
            1, cgroup, network.namespaces.net, network.node_netns, network.host_ifindex, *ADDRESSES, shortcut=True
        )
    )
    datapath.attach_sidecar(1, cgroup / "sidecar")
    put_canary(instance, network.namespaces.net, next(_canaries))
    cgroups.remove_tree(cgroup)
    datapath.detach(1)
    netns.delete_pod(name, instance.state)


def growth_of(instance: Instance, before: Held) -> dict[str, int]:
    """What there is more of than before, once the kernel has given back what it gives back late."""

    def grown() -> dict[str, int]:
        return {name: count for name, count in held_by(instance).growth(before).items() if count > 0}

    with contextlib.suppress(AssertionError):
        eventually(lambda: not grown(), 60.0)
    return grown()


@pytest.mark.timeout(MANY_TAKE)
def test_attachments_come_and_go(datapath: tuple[Instance, Datapath], rounds: int) -> None:
    """Guards detach, the removal of cgroups and namespaces: each leak is one thing more per round."""
    instance, loaded = datapath
    count = rounds or ATTACHED
    come_and_go(instance, loaded)
    before, mine = held_by(instance), ProcessCounts.of(os.getpid())
    for _ in range(count):
        come_and_go(instance, loaded)

    growth = growth_of(instance, before)
    # Who joins a thread goes on a moment before the kernel has taken it away.
    with contextlib.suppress(AssertionError):
        eventually(lambda: ProcessCounts.of(os.getpid()).threads <= mine.threads)
    after = ProcessCounts.of(os.getpid())
    print(f"{count} attachments: this process {asdict(mine)} -> {asdict(after)}")
    assert growth == {}
    assert after.descriptors <= mine.descriptors
    assert after.threads <= mine.threads
    for name in POD_TABLES:
        assert loaded._maps[name].all_keys() == [], name
    assert list((instance.pins / "links").iterdir()) == []
    assert [path for path in instance.pods_cgroup.iterdir() if path.is_dir()] == []
    assert_no_cgroup_is_dying(instance.cgroup)


@pytest.mark.timeout(MANY_TAKE)
def test_pods_come_and_go(tmp_path: Path, rounds: int) -> None:
    """Guards the agent as well: descriptors, threads, tasks and memory of pods that are gone."""
    with running_mesh(tmp_path, KEPT) as mesh:
        together = MANY_AT_ONCE if rounds else AT_ONCE
        fleet = "".join(pod_manifest(f"fly-{n}", "client", {"app": "fly"}) for n in range(together))
        (agent,) = processes(mesh.instance.process_cgroup("agent"))

        def come_and_go_together() -> None:
            mesh.up(tmp_path, KEPT + fleet)
            for number in range(together):
                put_canary(mesh.instance, mesh.namespaces(f"fly-{number}").net, next(_canaries))
            mesh.up(tmp_path, KEPT)

        come_and_go_together()
        count = rounds or ATTACHED // 4
        before, began = held_by(mesh.instance), ProcessCounts.of(agent)
        for _ in range(count // together):
            come_and_go_together()

        growth, after = growth_of(mesh.instance, before), ProcessCounts.of(agent)
        print(f"{count} pods: the agent {asdict(began)} -> {asdict(after)}")
        assert growth == {}
        # The default executor's threads come one by one; there are at most so many.
        assert after.threads <= began.threads + (os.cpu_count() or 1) + 4
        assert after.descriptors <= began.descriptors + 2
        assert after.memory_kb <= began.memory_kb + 4096 + count * MEMORY_PER_POD_KB
        assert_only_the_kept_are_left(mesh)


def assert_only_the_kept_are_left(mesh: Mesh) -> None:
    kept = [f"default.kept-{n}" for n in range(2)]
    assert sorted(each.name for each in mesh.instance.pod_files.iterdir()) == kept
    assert sorted(path.name for path in mesh.instance.pods_cgroup.iterdir() if path.is_dir()) == kept
    assert len(list((mesh.instance.pins / "links").iterdir())) == len(kept)
    with open_map(mesh.instance.pins / "maps" / "pod_by_slot") as table:
        assert len(table.all_keys()) == len(kept)
    assert_no_cgroup_is_dying(mesh.instance.pods_cgroup)


def assert_no_cgroup_is_dying(above: Path) -> None:
    """A removed one that something still holds; the kernel lets go in the background."""
    eventually(lambda: "nr_dying_descendants 0" in (above / "cgroup.stat").read_text().splitlines(), 60.0)
