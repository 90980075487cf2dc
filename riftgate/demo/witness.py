# SPDX-License-Identifier: Apache-2.0
"""Who decided: by the sidecars' logs where there is one, by the reference verdict where a drop leaves none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from l7filters.decide import Connection, Request, decide
from l7filters.explain import deciders
from riftgate.client import MeshClient
from riftgate.control.documents import Documents, policies_of
from riftgate.control.wire import documents_from_json
from riftgate.demo.ship import Seen
from xds_server.admin_client import ServerUnreachable

_TARGET = "default/deathstar-0"
_PORT = 80
_LOG_SECONDS = 5.0
"""How long a sidecar's log may take to arrive; it is flushed every 0.1 s."""


class Witness:
    """Follows the flow records while its context lasts."""

    def __init__(self, client: MeshClient) -> None:
        self._client = client
        self._records: dict[str, dict[str, Any]] = {}
        self._news = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        subscribed = asyncio.Event()
        self._task = asyncio.create_task(self._follow(subscribed))
        waiting = asyncio.create_task(subscribed.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not subscribed.is_set():
            waiting.cancel()
            await self._task
            raise ServerUnreachable("the control server ended before the story began")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def decided(self, source: str, method: str, path: str) -> str:
        """The reference verdict's rules for a call of the death star, as the applied files have them."""
        world = await self._client.world()
        policies = policies_of(await self._documents())
        connection = Connection(source, _TARGET, _PORT)
        verdict = decide(world, policies, Request(connection, method, path, "deathstar"))
        return deciders(verdict)

    async def logged(self, request_id: str) -> str:
        """The rule that the target's sidecar logged for a request."""
        async with asyncio.timeout(_LOG_SECONDS), self._news:
            while request_id not in self._records:
                await self._news.wait()
        rule = (self._records[request_id]["enforced"] or {}).get("rule") or "no rule"
        return f"{rule} ({await self._location(rule)})"

    async def fault_of(self, seen: Sequence[Seen]) -> str:
        """The fault that the target's sidecars logged for the marked requests, when all of them agree."""
        marked = {str(each["id"]) for each in seen if "x-riftgate-fault" in each}
        async with asyncio.timeout(_LOG_SECONDS), self._news:
            while not marked <= self._records.keys():
                await self._news.wait()
        faults = {fault for request in marked for fault in self._records[request]["faults"]}
        known = {
            fault.id: fault.location for document in (await self._documents()).values() for fault in document.faults
        }
        return ", ".join(f"fault {fault} ({known.get(fault, 'in no applied file')})" for fault in sorted(faults))

    async def _location(self, rule_id: str) -> str:
        for policy in policies_of(await self._documents()):
            for rule in policy.rules:
                if rule.id == rule_id:
                    return str(rule.location)
            if rule_id.endswith(policy.key):
                return str(policy.location)
        return "in no applied file"

    async def _documents(self) -> Documents:
        return documents_from_json(await self._client.documents())

    async def _follow(self, subscribed: asyncio.Event) -> None:
        # The story kills the server in the end; what was logged until then stays known.
        with contextlib.suppress(ServerUnreachable):
            async for line in self._client.flows():
                if "subscribed" in line:
                    subscribed.set()
                elif line.get("log") == "inbound":
                    async with self._news:
                        self._records[line["request_id"]] = line
                        self._news.notify_all()
