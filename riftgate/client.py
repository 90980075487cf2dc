# SPDX-License-Identifier: Apache-2.0
"""What commands ask the two processes of a mesh, and what they do in its pods without asking."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Any

from l7filters.world import World
from riftgate.instance import Instance
from xds_server.admin_client import AdminClient

_CHANGE_TIMEOUT = 90.0
"""Seconds for a change that every sidecar confirms, a roll-back included."""


class MeshClient:
    """One mesh, from outside. Raises AdminError and ServerUnreachable."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    async def control_status(self) -> Any:
        async with AdminClient(self.instance.control_socket) as client:
            return await client.get("/v1/status")

    async def agent_status(self) -> Any:
        async with AdminClient(self.instance.agent_socket) as client:
            return await client.get("/v1/status")

    async def fault_hits(self) -> Any:
        """By fault: how often those have struck that are in no flow record of a request."""
        async with AdminClient(self.instance.agent_socket) as client:
            hits = (await client.get("/v1/faults"))["hits"]
        async with AdminClient(self.instance.control_socket) as client:
            return hits | (await client.get("/v1/faults/hits"))["hits"]

    async def open_connections(self, plan: Any) -> Any:
        """Those that a planned fault of connections may concern."""
        async with AdminClient(self.instance.agent_socket) as client:
            body = {key: plan[key] for key in ("pods", "dialled", "outside", "port", "callers")}
            return (await client.post("/v1/connections", body))["connections"]

    async def restart_sidecar(self, pod: str, envoy: str | None, drain: int | None) -> Any:
        """The answer comes when the new Envoy serves."""
        asked = {"pod": pod, "envoy": envoy, "drain": drain}
        async with AdminClient(self.instance.agent_socket) as client:
            return await client.post("/v1/sidecars/restart", asked, timeout=_CHANGE_TIMEOUT)

    async def world(self) -> World:
        async with AdminClient(self.instance.control_socket) as client:
            return World.from_dict(await client.get("/v1/world"))

    async def change(self, path: str, body: object) -> Any:
        """POST to the control server; the answer comes when every sidecar has confirmed the change."""
        async with AdminClient(self.instance.control_socket) as client:
            return await client.post(path, body, timeout=_CHANGE_TIMEOUT)

    async def documents(self) -> Any:
        async with AdminClient(self.instance.control_socket) as client:
            return await client.get("/v1/policies")

    async def faults(self) -> Any:
        """All that are on."""
        async with AdminClient(self.instance.control_socket) as client:
            return await client.get("/v1/faults")

    async def metrics(self) -> str:
        """Of the control server and of the agent, in the text format of Prometheus."""
        texts = []
        for path in (self.instance.control_socket, self.instance.agent_socket):
            async with AdminClient(path) as client:
                texts.append(await client.text("/metrics"))
        return "".join(texts)

    async def events(self, *, follow: bool) -> AsyncGenerator[dict[str, Any], None]:
        """The first item says how many events are forgotten; then those that the agent keeps, and with `follow` what
        comes."""
        async with AdminClient(self.instance.agent_socket) as client:
            async for line in client.lines("/v1/events", {"follow": str(int(follow))}):
                yield line

    async def flows(self) -> AsyncGenerator[dict[str, Any], None]:
        """The first item says that the subscription is live."""
        async with AdminClient(self.instance.control_socket) as client:
            async for line in client.lines("/v1/flows"):
                yield line

    async def bring_up(
        self, files: Iterable[tuple[str, str]], images: Path | None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Progress of `up`; the last item has `done` or `error`."""
        body: dict[str, Any] = {"files": [{"file": file, "text": text} for file, text in files]}
        if images is not None:
            body["images"] = {"file": str(images.absolute()), "text": images.read_text()}
        async with AdminClient(self.instance.agent_socket) as client:
            async for line in client.lines("/v1/manifests", body=body):
                yield line


def dump(value: object) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, indent=2))
