# SPDX-License-Identifier: Apache-2.0
"""Which node is to have what. Streams watch their node; publishing wakes them.

The cache knows nothing of streams, and a stream reads the cache only when it wakes: whatever is published
meanwhile costs nobody anything, and only the last of it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import ReferenceType, WeakValueDictionary, ref

from envoy_api.service.runtime.v3 import Runtime

from .resource import Interner, Reference, Resource, ResourceSet, Term, encode
from .snapshot import Snapshot
from .type_urls import ASKED_BY, RUNTIME

Wake = Callable[[], None]


class RuntimeLayers(ResourceSet):
    """The RTDS layers of a node. A layer that nobody has set is an empty one: Envoy waits 15 s for it at its start."""

    def find(self, name: str) -> Resource | None:
        return self.get(name) or encode(Runtime(name=name))


_NO_LAYERS = RuntimeLayers(RUNTIME)


def runtime_resource(
    layer: str, fields: Mapping[str, Any], *, ttl: float | None = None, term: Term | None = None
) -> Resource:
    """An RTDS layer; the arguments are those of `SnapshotCache.set_runtime`."""
    message = Runtime(name=layer)
    # A third of the time that json_format takes.
    message.layer.update(fields)
    return encode(message, ttl=ttl, term=term)


@dataclass(frozen=True, slots=True)
class Difference:
    """Between what a node may see now and what it could see before."""

    type_urls: frozenset[str]
    """Of which types there is something else."""
    same_requirements: bool
    """Whether clients will ask for the same names."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class NodeView:
    """What a node may see at one moment. Nodes that may see the same share one."""

    snapshot: Snapshot | None = None
    layers: RuntimeLayers = field(default_factory=lambda: _NO_LAYERS)
    _compared: list[tuple[ReferenceType[NodeView], Difference]] = field(default_factory=list, repr=False)
    """The view that this was compared with last."""

    def difference_from(self, before: NodeView) -> Difference:
        if self._compared and self._compared[0][0]() is before:
            return self._compared[0][1]
        type_urls = {RUNTIME} if self.layers.version != before.layers.version else set()
        same_requirements = True
        if self.snapshot is not before.snapshot:
            old, new = (dict(each.snapshot.content) if each.snapshot else {} for each in (before, self))
            both = (old.keys() | new.keys()) - {RUNTIME}
            type_urls.update(each for each in both if old.get(each) != new.get(each))
            same_requirements = all(before.required(each) == self.required(each) for each in ASKED_BY)
        difference = Difference(frozenset(type_urls), same_requirements)
        self._compared[:] = [(ref(before), difference)]
        return difference

    def resources(self, type_url: str) -> ResourceSet | None:
        """None: nothing is known yet, so that an answer would be a guess, and an empty one a deletion."""
        if type_url == RUNTIME:
            return self.layers
        return None if self.snapshot is None else self.snapshot.resources(type_url)

    def needs(self, resource: Reference) -> frozenset[Reference]:
        """What this resource refers to in the node's snapshot."""
        return frozenset() if self.snapshot is None else self.snapshot.needs(resource)

    def required(self, type_url: str) -> frozenset[str]:
        """The names of this type that the node's other resources refer to."""
        return frozenset() if self.snapshot is None else self.snapshot.required(type_url)


class SnapshotCache:
    """Snapshots and runtime layers by node id. For one event loop; not for threads."""

    def __init__(self) -> None:
        self._interner = Interner()
        self._shared: WeakValueDictionary[tuple[tuple[str, str], ...], Snapshot] = WeakValueDictionary()
        """By content: many nodes may be given the same."""
        self._snapshots: dict[str, Snapshot] = {}
        self._layers: dict[str, dict[str, Resource]] = {}
        self._views: dict[str, NodeView] = {}
        self._shared_views: WeakValueDictionary[tuple[tuple[str, str], ...], NodeView] = WeakValueDictionary()
        """By the snapshot's content: of nodes with no layer of their own."""
        self._watchers: dict[str, list[Wake]] = {}

    @property
    def node_ids(self) -> frozenset[str]:
        """All nodes that anything was published for."""
        return frozenset(self._snapshots.keys() | self._layers.keys())

    def view(self, node_id: str) -> NodeView:
        self._drop_what_is_over(node_id)
        view = self._views.get(node_id)
        if view is None:
            view = self._compose(node_id)
            if node_id in self._watchers or node_id in self.node_ids:
                self._views[node_id] = view
        return view

    def set(self, node_id: str, snapshot: Snapshot) -> None:
        """Publish. An equal snapshot changes nothing and wakes nobody."""
        if self._snapshots.get(node_id) == snapshot:
            return
        shared = self._shared.get(snapshot.content)
        if shared is None:
            shared = self._shared[snapshot.content] = snapshot.interned(self._interner)
        self._snapshots[node_id] = shared
        self._changed(node_id)

    def clear(self, node_id: str) -> None:
        """Forget the node. Connected streams of it keep what they have: nothing is deleted there."""
        had_any = self._snapshots.pop(node_id, None), self._layers.pop(node_id, None)
        if any(each is not None for each in had_any):
            self._changed(node_id)

    def set_runtime(
        self,
        node_id: str,
        layer: str,
        fields: Mapping[str, Any],
        *,
        ttl: float | None = None,
        term: Term | None = None,
    ) -> None:
        """Publish one RTDS layer, for example `{"fault.http.abort.percent": 20}`, without touching the
        snapshot.

        With a `ttl` in seconds, clients drop the layer that long after this server's last heartbeat, and with a `term`
        at its end at the latest. Replaces a layer of that name in the snapshot. Values are JSON; ValueError if they
        are not.
        """
        self.set_layer(node_id, runtime_resource(layer, fields, ttl=ttl, term=term))

    def set_layer(self, node_id: str, layer: Resource) -> None:
        """Like `set_runtime`, with a layer that was made before."""
        layers = self._layers.setdefault(node_id, {})
        if layers.get(layer.name) != layer:
            layers[layer.name] = self._interner.intern(layer)
            self._changed(node_id)

    def clear_runtime(self, node_id: str, layer: str) -> None:
        """Empty the layer again, or give it back to the snapshot if that has one of this name."""
        layers = self._layers.get(node_id, {})
        if layers.pop(layer, None) is not None:
            if not layers:
                del self._layers[node_id]
            self._changed(node_id)

    def watch(self, node_id: str, wake: Wake) -> None:
        """Call `wake` after every change for this node, until `unwatch`. It must only take note, not act."""
        self._watchers.setdefault(node_id, []).append(wake)

    def unwatch(self, node_id: str, wake: Wake) -> None:
        watchers = self._watchers.get(node_id, [])
        if wake in watchers:
            watchers.remove(wake)
        if not watchers:
            self._watchers.pop(node_id, None)
            self._views.pop(node_id, None)

    def _drop_what_is_over(self, node_id: str) -> None:
        """Whoever should have taken it away may have stood still until now."""
        layers = self._layers.get(node_id, {})
        over = [name for name, resource in layers.items() if resource.is_over]
        for name in over:
            self.clear_runtime(node_id, name)

    def _changed(self, node_id: str) -> None:
        self._views.pop(node_id, None)
        for wake in self._watchers.get(node_id, ()):
            wake()

    def _compose(self, node_id: str) -> NodeView:
        snapshot, layers = self._snapshots.get(node_id), self._layers.get(node_id)
        published = snapshot.resources(RUNTIME) if snapshot else {}
        if snapshot is not None and not layers:
            shared = self._shared_views.get(snapshot.content)
            if shared is None:
                shown = RuntimeLayers(RUNTIME, published.values()) if published else _NO_LAYERS
                shared = self._shared_views[snapshot.content] = NodeView(snapshot, shown)
            return shared
        if not (layers or published):
            return NodeView(snapshot, _NO_LAYERS)
        return NodeView(snapshot, RuntimeLayers(RUNTIME, {**published, **(layers or {})}.values()))

    def __repr__(self) -> str:
        return f"SnapshotCache({len(self._snapshots)} nodes, {len(self._interner)} resources)"
