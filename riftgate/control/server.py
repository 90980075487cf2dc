# SPDX-License-Identifier: Apache-2.0
"""The control server's process: xDS and access logs for the sidecars, the admin API for people and the agent."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

from riftgate.callers import Callers
from riftgate.control.api import ControlApi
from riftgate.control.connection_hits import ConnectionHits
from riftgate.control.documents import DocumentFile
from riftgate.control.fault_process import keep_fault_server
from riftgate.control.feed import Feed
from riftgate.control.judge import Judge
from riftgate.control.plane import ControlPlane
from riftgate.control.watched import WatchedDirectory
from riftgate.frozen import thaw_overdue
from riftgate.instance import Instance
from riftgate.local.stand_in import drain_without_agent
from xds_server.access_log import AccessLogSink
from xds_server.admin import AdminServer
from xds_server.ads import AggregatedDiscovery
from xds_server.cache import SnapshotCache
from xds_server.ext_authz import ExternalAuthorization
from xds_server.flow_hub import FlowHub, Note
from xds_server.metrics import Metrics, metrics_routes
from xds_server.server import GrpcServer
from xds_server.status import StatusRegistry


async def serve(instance: Instance, policies: Path | None, ready: Callable[[], None]) -> None:
    """Until SIGTERM or SIGINT. ``ready`` is called once both sockets accept.

    Raises InputError when the saved documents cannot be read: serving without them would lift rules.
    """
    cache = SnapshotCache()
    status = StatusRegistry(cache)
    hub = FlowHub()
    # Not the time of day: that may be set back.
    first = int(time.monotonic() * 1000)
    plane = ControlPlane(cache, status, Feed(first), Feed(first), Feed(first), DocumentFile(instance.documents), first)
    hits = ConnectionHits()
    if policies is None:
        plane.keep_watched()
    watched = None if policies is None else WatchedDirectory(policies, plane)
    api = ControlApi(plane, status, hub, hits, watched)
    metrics = Metrics()
    metrics.watch_flows_dropped(lambda: hub.dropped)
    metrics.watch_faults_on(lambda: sum(len(each.faults) for each in plane.scenarios.values()))
    metrics.watch_leases_expired(lambda: plane.switches.leases_expired)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    callers = Callers(instance.name)
    discovery = AggregatedDiscovery(cache, status, metrics, is_node=callers.is_node)
    sink = AccessLogSink(hub, metrics, hits.faults_of)
    authorization = ExternalAuthorization(Judge(lambda: plane.intent), metrics)
    async with (
        GrpcServer((discovery, sink, authorization), socket_path=instance.xds_socket, admits=callers.may_be_a_sidecar),
        AdminServer(instance.control_socket, (*api.routes, *metrics_routes(metrics)), callers.of_the_machine),
        asyncio.TaskGroup() as tasks,
    ):
        kept = (
            plane.switches.expire_leases(),
            thaw_overdue(instance.frozen),
            drain_without_agent(instance),
            keep_fault_server(instance, plane, hits, lambda text: hub.publish(Note(text))),
        )
        running = [tasks.create_task(each) for each in kept]
        if watched is not None:
            running.append(tasks.create_task(watched.follow()))
        ready()
        await stop.wait()
        for task in running:
            task.cancel()
