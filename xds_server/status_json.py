# SPDX-License-Identifier: Apache-2.0
"""A node's status as JSON: its streams, and for each type what it has and refuses."""

from __future__ import annotations

from dataclasses import asdict

from .status import NodeStatus, Refusal, TypeStatus
from .type_urls import short_name


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
        "last_refusal": None if status.last_refusal is None else _refusal_as_json(status.last_refusal),
        "unasked": list(status.unasked),
    }


def _refusal_as_json(refusal: Refusal) -> dict[str, object]:
    return {**asdict(refusal), "names": list(refusal.names), "type": short_name(refusal.type_url)}
