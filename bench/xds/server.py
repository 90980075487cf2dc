# SPDX-License-Identifier: Apache-2.0
"""This project's xDS server under the conductor's commands: one JSON object a line in, one a line out."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterable

from bench.xds.resources import Content, make, marker, node_id
from xds_server.ads import AggregatedDiscovery
from xds_server.cache import SnapshotCache
from xds_server.event_loop import run
from xds_server.server import GrpcServer
from xds_server.snapshot import Snapshot, build_snapshot, encode_message
from xds_server.status import StatusRegistry


class Publisher:
    """Makes a generation visible. With `distinct`, every node has a route configuration of its own."""

    def __init__(self, cache: SnapshotCache, content: Content, *, distinct: bool) -> None:
        self._cache = cache
        self._content = content
        self._shared = [encode_message(message) for message in content.shared]
        self._distinct = distinct

    def publish(self, generation: int, nodes: Iterable[int]) -> None:
        snapshot: Snapshot | None = None
        for number in nodes:
            if snapshot is None or self._distinct:
                snapshot = self._snapshot(generation, number)
            self._cache.set(node_id(number), snapshot)

    def _snapshot(self, generation: int, number: int) -> Snapshot:
        mark = f"{marker(generation)} {node_id(number)}" if self._distinct else marker(generation)
        routes = self._content.routes_of(mark)
        return build_snapshot((*self._shared, routes))


async def serve(*, distinct: bool) -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    cache = SnapshotCache()
    publisher = Publisher(cache, make(), distinct=distinct)
    server = GrpcServer((AggregatedDiscovery(cache, StatusRegistry(cache)),), address="127.0.0.1:0")
    async with server:
        while line := await lines.readline():
            command = json.loads(line)
            if command["Do"] == "listen":
                answer: dict[str, object] = {"address": f"127.0.0.1:{server.port}"}
            else:
                one = command.get("Node")
                began = time.monotonic_ns()
                publisher.publish(command["Generation"], range(command["Count"]) if one is None else (one,))
                answer = {"began": began, "ended": time.monotonic_ns()}
            print(json.dumps(answer), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distinct", action="store_true")
    run(serve(distinct=parser.parse_args().distinct))


if __name__ == "__main__":
    main()
