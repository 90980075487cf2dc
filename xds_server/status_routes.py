# SPDX-License-Identifier: Apache-2.0
"""What the admin API tells of the xDS clients.

GET  /xds/nodes             every node: its streams, and for each type who has what
GET  /xds/nodes/{node_id}   one of them
POST /xds/wait              {"nodes": [...], "timeout": seconds}: wait until they run on what is published
for them
"""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from .admin import AdminError, read_json_object
from .status import Acknowledgement, NodeStatus, Refusal, StatusRegistry, TypeStatus
from .type_urls import short_name

# Seconds.
_MAX_WAIT = 600.0


def status_routes(status: StatusRegistry) -> tuple[web.RouteDef, ...]:
    """The routes above, for an AdminServer."""

    async def list_nodes(_request: web.Request) -> web.Response:
        return web.json_response({"nodes": [node_as_json(status.node(each)) for each in status.node_ids()]})

    async def show_node(request: web.Request) -> web.Response:
        node_id = request.match_info["node_id"]
        if node_id not in status.node_ids():
            raise AdminError(404, "not_found", f"no node '{node_id}' has connected or has anything published")
        return web.json_response(node_as_json(status.node(node_id)))

    async def wait(request: web.Request) -> web.Response:
        body = await read_json_object(request)
        nodes, timeout = body.get("nodes"), body.get("timeout", 10.0)
        if not isinstance(nodes, list) or not all(isinstance(each, str) for each in nodes):
            raise AdminError(400, "bad_request", "nodes must be a list of node ids")
        if not isinstance(timeout, int | float) or not 0 <= timeout <= _MAX_WAIT:
            raise AdminError(400, "bad_request", f"timeout must be 0 to {_MAX_WAIT:g} seconds")
        return web.json_response(acknowledgement_as_json(await status.wait_acked(nodes, timeout)))

    return (
        web.get("/xds/nodes", list_nodes),
        web.get("/xds/nodes/{node_id:.+}", show_node),
        web.post("/xds/wait", wait),
    )


def node_as_json(node: NodeStatus) -> dict[str, object]:
    return {
        "node": node.node_id,
        "connected": node.connected,
        "streams": [
            {
                "id": stream.stream_id,
                "variant": stream.variant,
                "since": stream.since,
                "envoy": stream.node.version,
                "types": {short_name(each.type_url): _type_as_json(each) for each in stream.types},
            }
            for stream in node.streams
        ],
    }


def _type_as_json(status: TypeStatus) -> dict[str, object]:
    return {
        "published": status.published,
        "sent": status.sent,
        "acked": status.acked,
        "refusing": status.refusing,
        "last_refusal": None if status.last_refusal is None else refusal_as_json(status.last_refusal),
        "unasked": list(status.unasked),
    }


def refusal_as_json(refusal: Refusal) -> dict[str, object]:
    return {**asdict(refusal), "names": list(refusal.names), "type": short_name(refusal.type_url)}


def acknowledgement_as_json(seen: Acknowledgement) -> dict[str, object]:
    return {
        "complete": seen.complete,
        "acked": list(seen.acked),
        "refused": [refusal_as_json(each) for each in seen.refused],
        "waiting": dict(seen.waiting),
    }
