# SPDX-License-Identifier: Apache-2.0
"""Who is connected, who has what, who refused what and why; and waiting until all have what was published."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from .cache import SnapshotCache
from .messages import Node
from .progress import Progress
from .type_urls import short_name


@dataclass(frozen=True, slots=True)
class Refusal:
    """A NACK: what the client refused, in its own words."""

    node_id: str
    type_url: str
    message: str
    names: tuple[str, ...]
    at: float
    """Seconds since the epoch."""

    def __str__(self) -> str:
        what = ", ".join(self.names)
        return f"{self.node_id} refused {short_name(self.type_url)} {what}: {self.message}"


@dataclass(frozen=True, slots=True)
class TypeStatus:
    """One type on one stream. Versions are those of the node's whole set of that type."""

    type_url: str
    published: str | None
    sent: str | None
    acked: str | None
    refusing: bool
    """The published version was sent, and something in it was refused."""
    last_refusal: Refusal | None
    unasked: tuple[str, ...]
    """Names that other resources refer to and that the client has not asked for yet."""


@dataclass(frozen=True, slots=True)
class StreamStatus:
    stream_id: str
    variant: str
    since: float
    """Seconds since the epoch."""
    node: Node
    types: tuple[TypeStatus, ...]


@dataclass(frozen=True, slots=True)
class NodeStatus:
    node_id: str
    streams: tuple[StreamStatus, ...]

    @property
    def connected(self) -> bool:
        return bool(self.streams)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What `wait_acked` saw."""

    acked: tuple[str, ...] = ()
    """Nodes that run on what is published for them now."""
    refused: tuple[Refusal, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)
    """Nodes that have not answered, and what is missing."""

    @property
    def complete(self) -> bool:
        return not self.refused and not self.waiting


@dataclass(slots=True)
class _Stream:
    stream_id: str
    variant: str
    node: Node
    since: float
    progress: dict[str, Progress] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class _Wait:
    """Somebody waits for these nodes; `changed` holds those of them that news came of."""

    nodes: frozenset[str]
    changed: set[str]
    news: asyncio.Event = field(default_factory=asyncio.Event)


class StatusRegistry:
    """What all streams have reported. For one event loop; not for threads."""

    def __init__(self, cache: SnapshotCache, clock: Callable[[], float] = time.time) -> None:
        self._cache = cache
        self._clock = clock
        self._streams: dict[str, dict[str, _Stream]] = {}
        self._waits: set[_Wait] = set()

    def connected(self, stream_id: str, variant: str, node: Node) -> None:
        streams = self._streams.setdefault(node.id, {})
        streams[stream_id] = _Stream(stream_id, variant, node, self._clock())
        self._tell(node.id)

    def disconnected(self, stream_id: str, node_id: str) -> None:
        streams = self._streams.get(node_id, {})
        streams.pop(stream_id, None)
        if not streams:
            self._streams.pop(node_id, None)
        self._tell(node_id)

    def reported(self, stream_id: str, node_id: str, type_url: str, progress: Progress) -> None:
        stream = self._streams[node_id][stream_id]
        before = stream.progress.get(type_url)
        stream.progress[type_url] = progress
        nack = progress.nack
        if nack is not None and (before is None or before.nack is not nack):
            stream.refusals[type_url] = Refusal(node_id, type_url, nack.message, nack.names, self._clock())
        self._tell(node_id)

    def node_ids(self) -> tuple[str, ...]:
        """The nodes that are connected or that something was published for, sorted."""
        return tuple(sorted(self._streams.keys() | self._cache.node_ids))

    def is_connected(self, node_id: str) -> bool:
        return node_id in self._streams

    def node(self, node_id: str) -> NodeStatus:
        """What is known of a node; one that never connected has no streams."""
        streams = self._streams.get(node_id, {}).values()
        return NodeStatus(node_id, tuple(self._stream_status(stream) for stream in streams))

    def _stream_status(self, stream: _Stream) -> StreamStatus:
        types = []
        for type_url, progress in sorted(stream.progress.items()):
            published = self._published(stream.node.id, type_url)
            types.append(
                TypeStatus(
                    type_url,
                    published,
                    progress.sent,
                    progress.acked,
                    progress.refused is not None and progress.refused == published,
                    stream.refusals.get(type_url),
                    progress.unasked,
                )
            )
        return StreamStatus(stream.stream_id, stream.variant, stream.since, stream.node, tuple(types))

    async def wait_acked(
        self, node_ids: Collection[str], timeout: float, *, type_urls: Collection[str] = ()
    ) -> Acknowledgement:
        """Wait until every node runs on what is published for it, at most `timeout` seconds.

        Ends at once when one refuses it; `complete` tells whether all is well. A type that a node does not
        subscribe to is not waited for, unless `type_urls` names it or a resource that the node has refers to
        one of that type.
        """
        wait = _Wait(frozenset(node_ids), set(node_ids))
        open_nodes: dict[str, str] = {}
        self._waits.add(wait)
        try:
            async with asyncio.timeout(timeout):
                while True:
                    refused = False
                    for node_id in wait.changed:
                        missing, refusals = self._judge(node_id, type_urls)
                        refused = refused or bool(refusals)
                        if missing is None:
                            open_nodes.pop(node_id, None)
                        else:
                            open_nodes[node_id] = missing
                    if not (refused or open_nodes):
                        return Acknowledgement(acked=tuple(sorted(wait.nodes)))
                    if refused:
                        break
                    wait.changed.clear()
                    wait.news.clear()
                    await wait.news.wait()
        except TimeoutError:
            pass
        finally:
            self._waits.discard(wait)
        return self.acknowledgement(node_ids, type_urls=type_urls)

    def acknowledgement(self, node_ids: Collection[str], *, type_urls: Collection[str] = ()) -> Acknowledgement:
        """How things stand now, without waiting."""
        acked: list[str] = []
        refused: list[Refusal] = []
        waiting: dict[str, str] = {}
        for node_id in sorted(set(node_ids)):
            missing, refusals = self._judge(node_id, type_urls)
            if refusals:
                refused.extend(refusals)
            elif missing is not None:
                waiting[node_id] = missing
            else:
                acked.append(node_id)
        return Acknowledgement(tuple(acked), tuple(refused), waiting)

    def _judge(self, node_id: str, type_urls: Collection[str]) -> tuple[str | None, tuple[Refusal, ...]]:
        """What a node still misses (None: nothing), and what it refuses of what is published now."""
        streams = self._streams.get(node_id)
        if not streams:
            return "is not connected", ()
        refusals: list[Refusal] = []
        missing: list[str] = []
        for stream in streams.values():
            missing.extend(
                f"has not subscribed to any {short_name(type_url)}"
                for type_url in type_urls
                if not stream.progress.get(type_url, Progress()).subscribed
            )
            for type_url, progress in stream.progress.items():
                published = self._published(node_id, type_url)
                if published is None:
                    continue
                if progress.refused == published:
                    refusals.append(stream.refusals[type_url])
                elif progress.unasked:
                    missing.append(f"has not asked for {short_name(type_url)} {', '.join(progress.unasked)}")
                elif progress.subscribed and progress.acked != published:
                    missing.append(f"has not answered for {short_name(type_url)}")
        return (", ".join(dict.fromkeys(missing)) if missing or refusals else None), tuple(refusals)

    def _published(self, node_id: str, type_url: str) -> str | None:
        resources = self._cache.view(node_id).resources(type_url)
        return None if resources is None else resources.version

    def _tell(self, node_id: str) -> None:
        for wait in self._waits:
            if node_id in wait.nodes:
                wait.changed.add(node_id)
                wait.news.set()
