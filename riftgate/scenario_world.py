# SPDX-License-Identifier: Apache-2.0
"""The world that scenarios run in: faults through the control server, probes and load from inside the pods."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import Any, Self

from l7filters.fault_levels import AnyFault
from riftgate.client import MeshClient
from riftgate.control.wire import faults_to_json
from riftgate.local.containers import run_in_pod
from riftgate.local.errors import LocalError
from riftgate.local.probers import Probers
from scenarios.world import (
    Command,
    CommandResult,
    ControlLost,
    Flow,
    FlowsLost,
    HttpAnswer,
    HttpRequest,
    Reach,
    Refused,
    Told,
    Unable,
    WorldError,
)
from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable


class MeshWorld:
    """`scenarios.world.World` for one mesh on this machine; an async context manager."""

    def __init__(self, client: MeshClient) -> None:
        self._client = client
        self._probers = Probers(client.instance)

    async def __aenter__(self) -> Self:
        await self._probers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._probers.__aexit__(kind, error, trace)

    async def plan(self, scenario: str, faults: tuple[AnyFault, ...]) -> Reach:
        return _reach(await self._change("/v1/faults/reach", {"faults": faults_to_json(faults)}))

    async def activate(self, scenario: str, faults: tuple[AnyFault, ...], lease_seconds: float) -> Reach:
        body = {"faults": faults_to_json(faults), "lease": lease_seconds, "asked": time.monotonic()}
        return _reach(await self._change(f"/v1/scenarios/{scenario}/activate", body))

    async def renew(self, scenario: str, lease_seconds: float) -> None:
        await self._change(f"/v1/scenarios/{scenario}/renew", {"lease": lease_seconds, "asked": time.monotonic()})

    async def deactivate(self, scenario: str) -> None:
        await self._change(f"/v1/scenarios/{scenario}/deactivate", {})

    async def hits(self) -> dict[str, int]:
        try:
            found = await self._client.fault_hits()
        except (AdminError, ServerUnreachable) as error:
            raise ControlLost(str(error)) from error
        return {fault: int(count) for fault, count in found.items()}

    @asynccontextmanager
    async def flows(self) -> AsyncIterator[AsyncIterator[Flow | FlowsLost | Told]]:
        try:
            async with aclosing(self._client.flows()) as lines:
                if await anext(lines, None) is None:  # else: the server's word that the subscription is live
                    raise ControlLost("the control server is going away")
                yield _inbound(lines)
        except ServerUnreachable as error:
            raise ControlLost(str(error)) from error

    async def http(self, request: HttpRequest) -> HttpAnswer:
        try:
            answer = await self._probers.send(
                request.pod,
                {
                    "method": request.method,
                    "url": request.url,
                    "headers": [("x-request-id", request.request_id), *request.headers],
                    "body": request.body,
                    "timeout": request.timeout_seconds,
                },
            )
        except LocalError as error:
            raise WorldError(str(error)) from error
        if "error" in answer:
            return HttpAnswer(0, duration_ms=answer["ms"], error=answer["error"])
        headers = tuple((name, value) for name, value in answer["headers"])
        return HttpAnswer(answer["status"], answer["body"], headers, answer["ms"])

    async def run(self, command: Command) -> CommandResult:
        started = time.monotonic()
        argv = ("timeout", "--kill-after=1", f"{command.timeout_seconds:.3f}", *command.argv)
        try:
            code, output, errors = await run_in_pod(self._client.instance, command.pod, argv)
        except LocalError as error:
            raise WorldError(str(error)) from error
        duration = (time.monotonic() - started) * 1000
        # timeout(1) says so: ended by SIGTERM, or by SIGKILL after it. Before its time that is the command's own word.
        if code in (124, 137) and duration >= command.timeout_seconds * 1000:
            return CommandResult(None, output, errors, duration, f"not ended after {command.timeout_seconds:g} s")
        return CommandResult(code, output, errors, duration)

    async def _change(self, path: str, body: object) -> Any:
        try:
            return await self._client.change(path, body)
        except ServerUnreachable as error:
            raise ControlLost(str(error)) from error
        except AdminError as error:
            raise (Unable if error.code == "unable" else Refused)(str(error)) from error


def _reach(answer: dict[str, Any]) -> Reach:
    return Reach(
        targets={fault: tuple(each) for fault, each in answer["targets"].items()},
        sources={fault: None if each is None else tuple(each) for fault, each in answer["sources"].items()},
    )


async def _inbound(lines: AsyncIterator[dict[str, Any]]) -> AsyncGenerator[Flow | FlowsLost | Told, None]:
    try:
        async for line in lines:
            if "lost" in line:
                yield FlowsLost(line["lost"])
            elif "note" in line:
                yield Told(line["note"])
            elif line["protocol"] != "TCP" and (line["log"] == "inbound" or line["faults"]):
                yield _flow(line)
    except ServerUnreachable as error:
        raise ControlLost(str(error)) from error


def _flow(line: dict[str, Any]) -> Flow:
    source, destination = line["source"] or {}, line["destination"] or {}
    enforced = line["enforced"] or {}
    carrier = line["destination_workload"] or destination.get("address", "")
    if line["log"] == "outbound":
        # A fault at the caller's side: its sidecar tells, whether or not the request went any further.
        carrier = line["source_workload"]
    return Flow(
        request_id=line["request_id"],
        started=line["time"],
        duration_ms=line["duration_ms"],
        source=line["source_workload"] or source.get("address", ""),
        destination=carrier,
        port=destination.get("port", 0),
        method=line["method"],
        path=line["path"],
        status=line["status"],
        grpc_status=line["grpc_status"],
        faults=tuple(line["faults"]),
        flags=frozenset(line["flags"]),
        effects=frozenset(line["effects"]),
        response_bytes=line["bytes_sent"],
        denied_by=(enforced.get("rule") or "default deny") if line["kind"] == "denied" else None,
        trace_id=line["trace_id"],
        connection_faults=tuple(line["connection_faults"]),
    )
