# SPDX-License-Identifier: Apache-2.0
"""Who is woken by what."""

import pytest

from envoy_api.config.cluster.v3 import Cluster
from envoy_api.service.runtime.v3 import Runtime
from xds_server.cache import SnapshotCache
from xds_server.snapshot import build_snapshot
from xds_server.type_urls import CLUSTER, RUNTIME


class Watcher:
    def __init__(self, cache, node_id):
        self.woken = 0
        cache.watch(node_id, self.wake)

    def wake(self):
        self.woken += 1


@pytest.fixture
def cache():
    return SnapshotCache()


def clusters(*names):
    return build_snapshot([Cluster(name=name) for name in names])


def test_only_changes_wake_and_only_those_who_watch_that_node(cache):
    n, m = Watcher(cache, "n"), Watcher(cache, "m")
    cache.set("n", clusters("a"))
    cache.set("n", clusters("a"))
    assert (n.woken, m.woken) == (1, 0)
    cache.set("n", clusters("b"))
    assert n.woken == 2
    cache.unwatch("n", n.wake)
    cache.set("n", clusters("c"))
    assert n.woken == 2


def test_nodes_share_equal_resources(cache):
    cache.set("n", clusters("a"))
    cache.set("m", clusters("a", "b"))
    assert cache.view("n").resources(CLUSTER)["a"] is cache.view("m").resources(CLUSTER)["a"]


def test_without_a_snapshot_only_runtime_is_known(cache):
    assert cache.view("n").resources(CLUSTER) is None
    assert cache.view("n").resources(RUNTIME).find("any layer").body


def test_runtime_is_set_without_touching_the_snapshot(cache):
    cache.set("n", clusters("a"))
    watcher = Watcher(cache, "n")
    before = cache.view("n")
    cache.set_runtime("n", "faults", {"key": 20}, ttl=10)
    cache.set_runtime("n", "faults", {"key": 20}, ttl=10)
    after = cache.view("n")
    assert watcher.woken == 1
    assert after.snapshot is before.snapshot
    assert after.layers["faults"].ttl == 10
    cache.clear_runtime("n", "faults")
    cache.clear_runtime("n", "faults")
    assert watcher.woken == 2
    assert cache.view("n").layers.version == before.layers.version


def test_a_layer_that_is_set_replaces_that_of_the_snapshot_until_it_is_cleared(cache):
    cache.set("n", build_snapshot([Runtime(name="faults", layer={"key": 1})]))
    of_snapshot = cache.view("n").layers["faults"]
    cache.set_runtime("n", "faults", {"key": 2})
    assert cache.view("n").layers["faults"] != of_snapshot
    cache.clear_runtime("n", "faults")
    assert cache.view("n").layers["faults"] == of_snapshot


def test_values_that_are_not_json_are_refused_before_anything_changes(cache):
    watcher = Watcher(cache, "n")
    with pytest.raises(ValueError, match="Unexpected type"):
        cache.set_runtime("n", "faults", {"key": object()})
    assert watcher.woken == 0
    assert cache.node_ids == frozenset()


def test_a_forgotten_node_leaves_nothing_behind(cache):
    watcher = Watcher(cache, "n")
    cache.set("n", clusters("a"))
    cache.set_runtime("n", "faults", {"key": 2})
    cache.clear("n")
    assert watcher.woken == 3
    assert cache.view("n").snapshot is None
    cache.unwatch("n", watcher.wake)
    assert (cache._views, cache._watchers, len(cache._interner)) == ({}, {}, 0)
