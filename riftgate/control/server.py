# SPDX-License-Identifier: Apache-2.0
"""The control server's process: xDS and access logs for the sidecars, the admin API for people and the agent."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path

from l7filters.source import InputError
from riftgate.control.api import ControlApi
from riftgate.control.documents import Document, DocumentFile, DocumentKey, parse_files
from riftgate.control.plane import Conflict, ControlPlane, Rejected
from riftgate.control.tables_feed import TablesFeed
from riftgate.instance import Instance
from xds_server.access_log import AccessLogSink
from xds_server.admin import AdminServer
from xds_server.ads import AggregatedDiscovery
from xds_server.cache import SnapshotCache
from xds_server.files import DirectorySource
from xds_server.flow_hub import FlowHub
from xds_server.server import GrpcServer
from xds_server.status import StatusRegistry

log = logging.getLogger(__name__)

DEFAULT_LEASE = 300.0
"""Seconds for which faults of a policy in the chaos dialect are on when nothing else is said."""


async def serve(instance: Instance, policies: Path | None, ready: Callable[[], None]) -> None:
    """Until SIGTERM or SIGINT. ``ready`` is called once both sockets accept.

    Raises InputError when the saved documents cannot be read: serving without them would lift rules.
    """
    cache = SnapshotCache()
    status = StatusRegistry(cache)
    hub = FlowHub()
    feed = TablesFeed(first_version=int(time.time() * 1000))
    plane = ControlPlane(cache, status, feed, DocumentFile(instance.documents))
    api = ControlApi(plane, status, hub)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    discovery = AggregatedDiscovery(cache, status)
    sink = AccessLogSink(hub)
    async with (
        GrpcServer((discovery, sink), socket_path=instance.xds_socket),
        AdminServer(instance.control_socket, api.routes),
        asyncio.TaskGroup() as tasks,
    ):
        running = [tasks.create_task(plane.expire_leases())]
        if policies is not None:
            running.append(tasks.create_task(_watch(plane, api, policies)))
        ready()
        await stop.wait()
        for task in running:
            task.cancel()


async def _watch(plane: ControlPlane, api: ControlApi, directory: Path) -> None:
    """Applies what the directory holds, and keeps the last good version of a file that turns bad."""
    good: dict[str, dict[DocumentKey, Document]] = {}
    async for listing in DirectorySource(directory).listings():
        api.source_problems = {str(each.path): str(each) for each in listing.unreadable}
        kept = {path: good[path] for path in api.source_problems if path in good}
        for entry in listing.entries:
            path = str(entry.path)
            try:
                kept[path] = parse_files([(path, entry.text)], watched=True)
            except InputError as error:
                api.source_problems[path] = str(error)
                log.error("%s", error)
                if path in good:
                    kept[path] = good[path]
        good = kept
        documents = {key: document for each in good.values() for key, document in each.items()}
        try:
            await plane.replace_watched(documents, DEFAULT_LEASE)
        except (InputError, Conflict, Rejected) as error:
            api.source_problems[str(directory)] = str(error)
            log.error("%s", error)
