# SPDX-License-Identifier: Apache-2.0
"""The control server's admin API: HTTP over a unix socket, JSON in and out.

    GET  /v1/status                      nodes with their ACKs and NACKs, documents, scenarios, the datapath's tables
    GET  /v1/world                       the workloads, services and namespaces that selectors see
    POST /v1/world          World        from the agent: what runs
    POST /v1/wait           {nodes}      until these sidecars have confirmed everything
    GET  /v1/tables?after=N              from the agent: the next tables, when there are some
    POST /v1/tables/N       {error}      from the agent: in force, or why not
    POST /v1/deniers        {connections, local}  from the agent: the rule that denies each, with its line

    GET  /v1/host-faults?after=N, POST /v1/host-faults/N   the same for the faults that the agent applies itself;
                                         `lacks` of its query: why it cannot hold packets back
    GET  /v1/policies
    POST /v1/policies/apply  {files, lease}
    POST /v1/policies/delete {documents}
    POST /v1/faults/reach    {faults}
    POST /v1/faults/plan     {faults}    what they would touch
    POST /v1/faults/on {faults, lease}, .../off {names}    by hand; names null: all of these
    GET  /v1/faults                      all that are on
    GET  /v1/faults/hits                 connections that each fault has hit, so far
    POST /v1/scenarios/NAME/activate {faults, lease, asked?}, .../renew {lease, asked?}, .../deactivate {}
                                         asked: when, in seconds of CLOCK_MONOTONIC
    GET  /v1/flows                       JSON lines, one per request, as long as somebody reads
    GET  /metrics                        for Prometheus, in its text format

Codes of errors: `bad_input` (422), `conflict` with what is on (409), `rejected` by a sidecar or the datapath (502).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, TypeVar

from aiohttp import web

from l7filters.decide import Connection
from l7filters.fault_levels import AnyFault
from l7filters.local_policy import Act, LocalPorts, LocalTarget, UnixSocket
from l7filters.local_verdicts import LocalUse
from l7filters.policy import Process
from l7filters.ports import Protocol
from l7filters.source import InputError
from l7filters.translate.outbound import EXEC_PREFIX
from l7filters.world import World
from riftgate.control import by_hand, wire
from riftgate.control.connection_hits import ConnectionHits
from riftgate.control.denials import denier, local_denier
from riftgate.control.documents import DocumentKey
from riftgate.control.feed import Feed
from riftgate.control.host_faults import HostFaults
from riftgate.control.plane import Applied, ControlPlane
from riftgate.control.refusals import Conflict, Rejected, Unable
from riftgate.control.tables import tables_to_json
from riftgate.control.touched import plan, reach
from riftgate.control.watched import WatchedDirectory
from scenarios.model import BY_HAND
from scenarios.outcome import ACTIVATION_SECONDS
from xds_server.admin import AdminError, Handler, read_json_object, stream_json_lines
from xds_server.flow import FlowRecord, SocketAddress
from xds_server.flow_hub import FlowHub, FlowSubscription, Note
from xds_server.hub import RecordsLost
from xds_server.status import StatusRegistry
from xds_server.status_json import node_as_json

_T = TypeVar("_T")

_LONG_POLL = 30.0
"""Seconds after which an agent that waits for tables is told that there are none, and asks again."""


def _answering(handler: Handler) -> Handler:
    """Turns what a change may be refused for into the admin API's errors."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except InputError as error:
            problems = [str(problem) for problem in error.problems]
            raise AdminError(422, "bad_input", "nothing has changed:", problems) from error
        except Conflict as error:
            raise AdminError(409, "conflict", str(error)) from error
        except Rejected as error:
            raise AdminError(502, "rejected", str(error)) from error
        except Unable as error:
            raise AdminError(501, "unable", str(error)) from error

    return answer


class ControlApi:
    """The handlers of :data:`routes`."""

    def __init__(
        self,
        plane: ControlPlane,
        status: StatusRegistry,
        hub: FlowHub,
        hits: ConnectionHits,
        watched: WatchedDirectory | None = None,
    ) -> None:
        self._plane = plane
        self._status = status
        self._hub = hub
        self._hits = hits
        self._watched = watched

    @property
    def routes(self) -> list[web.RouteDef]:
        get: dict[str, Handler] = {
            "status": self._get_status,
            "world": self._get_world,
            "tables": self._get_tables,
            "host-faults": self._get_host_faults,
            "policies": self._get_policies,
            "faults": self._get_faults,
            "faults/hits": self._get_hits,
            "flows": self._flows,
        }
        post: dict[str, Handler] = {
            "world": self._put_world,
            "wait": self._wait,
            "tables/{version:[0-9]+}": self._confirm_tables,
            "deniers": self._name_deniers,
            "host-faults/{version:[0-9]+}": self._confirm_host_faults,
            "policies/apply": self._apply,
            "policies/delete": self._delete,
            "faults/reach": self._reach,
            "faults/plan": self._plan,
            "faults/on": self._fault_on,
            "faults/off": self._fault_off,
            "scenarios/{name}/activate": self._activate,
            "scenarios/{name}/renew": self._renew,
            "scenarios/{name}/deactivate": self._deactivate,
        }
        return [
            *(web.get(f"/v1/{path}", _answering(handler)) for path, handler in get.items()),
            *(web.post(f"/v1/{path}", _answering(handler)) for path, handler in post.items()),
        ]

    async def _get_status(self, _request: web.Request) -> web.Response:
        now = asyncio.get_running_loop().time()
        feed = self._plane.feed
        return web.json_response(
            {
                "nodes": [node_as_json(self._status.node(node_id)) for node_id in self._status.node_ids()],
                "documents": wire.documents_to_json(self._plane.intent.documents),
                "scenarios": [
                    {
                        "name": name,
                        "faults": [fault.id for fault in each.faults],
                        "endsInSeconds": round(each.expires - now, 3),
                        "document": str(each.document) if each.document else None,
                    }
                    for name, each in self._plane.scenarios.items()
                ],
                "tables": {
                    "newest": feed.newest.version if feed.newest else None,
                    "applied": feed.applied or None,
                    "error": feed.error,
                },
                "sourceProblems": dict(self._watched.problems) if self._watched else {},
            }
        )

    async def _get_world(self, _request: web.Request) -> web.Response:
        return web.json_response(self._plane.intent.world.to_dict())

    async def _put_world(self, request: web.Request) -> web.Response:
        await self._plane.set_world(await _read(request, World.from_dict))
        return web.json_response({})

    async def _wait(self, request: web.Request) -> web.Response:
        await self._plane.wait_configured(await _read(request, lambda body: tuple(map(str, body["nodes"]))))
        return web.json_response({})

    async def _get_tables(self, request: web.Request) -> web.Response:
        return await _next(request, self._plane.feed, "tables", tables_to_json)

    async def _confirm_tables(self, request: web.Request) -> web.Response:
        return await _confirm(request, self._plane.feed)

    async def _get_host_faults(self, request: web.Request) -> web.Response:
        self._plane.host_lacks = request.query.get("lacks") or None
        return await _next(request, self._plane.switches.host_feed, "faults", HostFaults.to_json)

    async def _confirm_host_faults(self, request: web.Request) -> web.Response:
        return await _confirm(request, self._plane.switches.host_feed)

    async def _name_deniers(self, request: web.Request) -> web.Response:
        connections, local = await _read(
            request, lambda body: (list(map(_connection, body["connections"])), list(map(_local_use, body["local"])))
        )
        intent = self._plane.intent
        return web.json_response(
            {
                "deniers": [denier(intent, each) for each in connections],
                "local": [local_denier(intent, use, address) for use, address in local],
            }
        )

    async def _get_policies(self, _request: web.Request) -> web.Response:
        return web.json_response(wire.documents_to_json(self._plane.intent.documents))

    async def _apply(self, request: web.Request) -> web.Response:
        files, lease = await _read(request, lambda body: (_files(body), _lease(body)))
        return web.json_response(_applied(await self._plane.apply(files, lease)))

    async def _delete(self, request: web.Request) -> web.Response:
        keys = await _read(request, lambda body: [DocumentKey(**each) for each in body["documents"]])
        return web.json_response(_applied(await self._plane.delete(keys)))

    async def _reach(self, request: web.Request) -> web.Response:
        faults = await _read(request, _faults)
        self._plane.check(faults)
        return web.json_response(reach(self._plane.intent.world, faults))

    async def _plan(self, request: web.Request) -> web.Response:
        faults = await _read(request, _faults)
        self._plane.check(faults)
        intent = self._plane.intent
        return web.json_response(plan(intent.world, intent.policies, faults, self._plane.switches.faults_on()))

    async def _activate(self, request: web.Request) -> web.Response:
        faults, lease, asked = await _read(request, lambda body: (_faults(body), _lease(body), _asked(body)))
        if request.match_info["name"] == BY_HAND:
            raise Conflict(f"{BY_HAND} is the name of faults that are turned on by hand; rename the scenario")
        await self._plane.activate(request.match_info["name"], faults, lease, by=asked + ACTIVATION_SECONDS)
        return web.json_response(reach(self._plane.intent.world, faults))

    async def _get_faults(self, _request: web.Request) -> web.Response:
        return web.json_response(by_hand.listed(self._plane, asyncio.get_running_loop().time()))

    async def _get_hits(self, _request: web.Request) -> web.Response:
        return web.json_response({"hits": dict(self._hits.counts)})

    async def _fault_on(self, request: web.Request) -> web.Response:
        faults, lease = await _read(request, lambda body: (_faults(body), _lease(body)))
        await by_hand.turn_on(self._plane, faults, lease)
        return web.json_response(reach(self._plane.intent.world, faults))

    async def _fault_off(self, request: web.Request) -> web.Response:
        names = await _read(request, lambda body: body["names"])
        return web.json_response({"ended": await by_hand.turn_off(self._plane, names)})

    async def _renew(self, request: web.Request) -> web.Response:
        lease, asked = await _read(request, lambda body: (_lease(body), _asked(body)))
        await self._plane.renew(request.match_info["name"], lease, asked)
        return web.json_response({})

    async def _deactivate(self, request: web.Request) -> web.Response:
        await self._plane.deactivate(request.match_info["name"])
        return web.json_response({})

    async def _flows(self, request: web.Request) -> web.StreamResponse:
        with self._hub.subscribe() as subscription:
            return await stream_json_lines(request, self._lines(subscription))

    async def _lines(self, subscription: FlowSubscription) -> AsyncGenerator[object, None]:
        # The first line tells the reader that it is subscribed: what happens from now on, it sees.
        yield {"subscribed": True}
        async for entry in subscription:
            match entry:
                case RecordsLost():
                    yield {"lost": entry.count}
                case Note():
                    yield {"note": entry.text}
                case _:
                    yield self._flow(entry)

    def _flow(self, record: FlowRecord) -> dict[str, Any]:
        # Outbound, the two ends of the connection are the pod's own loopback and perhaps a service's address.
        outbound = record.log == "outbound"
        return {
            **record.to_dict(),
            "source_workload": record.node if outbound else self._workload(record.source),
            "destination_workload": self._workload(record.upstream if outbound else record.destination),
            "process": str(self._process(record)),
        }

    def _process(self, record: FlowRecord) -> Process:
        """Whose the connection is in the calling pod."""
        if record.log == "outbound":
            return Process.EXEC if record.upstream_cluster.startswith(f"{EXEC_PREFIX}/") else Process.MAIN
        session = record.source and self._plane.intent.world.workload_by_exec_address(record.source.address)
        return Process.EXEC if session else Process.MAIN

    def _workload(self, end: SocketAddress | None) -> str | None:
        if end is None:
            return None
        world = self._plane.intent.world
        workload = world.workload_by_address(end.address) or world.workload_by_exec_address(end.address)
        return workload.key if workload else None


def _connection(plain: Mapping[str, Any]) -> Connection:
    protocol, process = Protocol(plain["protocol"]), Process(plain["process"])
    return Connection(plain["source"], plain["destination"], plain["port"], protocol, process=process)


def _local_use(plain: Mapping[str, Any]) -> tuple[LocalUse, str | None]:
    """What a container did, and the address that it called."""
    if plain["socket"] is not None:
        target: LocalTarget = UnixSocket(plain["socket"])
    else:
        target = LocalPorts(plain["port"], plain["port"], Protocol(plain["protocol"]))
    return LocalUse(plain["workload"] or "", plain["container"], Act(plain["act"]), target), plain["address"]


def _applied(result: Applied) -> dict[str, Any]:
    return {
        "applied": [str(key) for key in result.applied],
        "deleted": [str(key) for key in result.deleted],
        "nodes": list(result.nodes),
        "absent": list(result.absent),
        "faults": dict(result.faults),
    }


async def _read(request: web.Request, parse: Callable[[dict[str, Any]], _T]) -> _T:
    """What ``parse`` makes of the request's body. Raises AdminError (400) when it can make nothing of it."""
    body = await read_json_object(request)
    try:
        return parse(body)
    except (KeyError, TypeError, ValueError) as error:
        what = f"{request.method} {request.path}: {type(error).__name__}: {error}"
        raise AdminError(400, "bad_request", what) from error


async def _next(request: web.Request, feed: Feed[_T], name: str, to_json: Callable[[_T], Any]) -> web.Response:
    """What is newer than what the agent has, as soon as there is something."""
    after = int(request.query["after"]) if request.query.get("after", "").isdecimal() else 0
    try:
        async with asyncio.timeout(_LONG_POLL):
            newest = await feed.after(after)
    except TimeoutError:
        return web.json_response({"version": after, name: None})
    return web.json_response({"version": newest.version, name: to_json(newest.content)})


async def _confirm(request: web.Request, feed: Feed[_T]) -> web.Response:
    error = await _read(request, lambda body: body["error"])
    await feed.confirm(int(request.match_info["version"]), error)
    return web.json_response({})


def _files(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(each["file"]), str(each["text"])) for each in body["files"]]


def _faults(body: Mapping[str, Any]) -> tuple[AnyFault, ...]:
    return wire.faults_from_json(body["faults"])


def _asked(body: Mapping[str, Any]) -> float:
    """When, in event loop time. What has waited until this server went on may be wanted no more."""
    now = asyncio.get_running_loop().time()
    return min(now, float(body.get("asked", now)))


def _lease(body: Mapping[str, Any]) -> float:
    """Seconds. One that is no number would never run out."""
    lease = float(body["lease"])
    if not 0 < lease < math.inf:
        raise ValueError(f"a lease of {lease} s")
    return lease
