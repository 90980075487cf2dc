# SPDX-License-Identifier: Apache-2.0
"""The world that scenarios run in: faults through the control server, probes and load from inside the pods."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from l7filters.faults import Fault
from riftgate.client import MeshClient, run_in_pod
from riftgate.control.wire import faults_to_json
from riftgate.local.errors import LocalError
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
    WorldError,
)
from xds_server.admin import AdminError
from xds_server.admin_client import ServerUnreachable

_CURL_TIMED_OUT = 28


class MeshWorld:
    """`scenarios.world.World` for one mesh on this machine."""

    def __init__(self, client: MeshClient) -> None:
        self._client = client

    async def plan(self, scenario: str, faults: tuple[Fault, ...]) -> Reach:
        return _reach(await self._change("/v1/faults/reach", {"faults": faults_to_json(faults)}))

    async def activate(self, scenario: str, faults: tuple[Fault, ...], lease_seconds: float) -> Reach:
        body = {"faults": faults_to_json(faults), "lease": lease_seconds}
        return _reach(await self._change(f"/v1/scenarios/{scenario}/activate", body))

    async def renew(self, scenario: str, lease_seconds: float) -> None:
        await self._change(f"/v1/scenarios/{scenario}/renew", {"lease": lease_seconds})

    async def deactivate(self, scenario: str) -> None:
        await self._change(f"/v1/scenarios/{scenario}/deactivate", {})

    @asynccontextmanager
    async def flows(self) -> AsyncIterator[AsyncIterator[Flow | FlowsLost]]:
        try:
            async with aclosing(self._client.flows()) as lines:
                await anext(lines)  # the server's word that the subscription is live
                yield _inbound(lines)
        except ServerUnreachable as error:
            raise ControlLost(str(error)) from error

    async def http(self, request: HttpRequest) -> HttpAnswer:
        headers = (("x-request-id", request.request_id), *request.headers)
        argv = [
            *("curl", "--silent", "--show-error", "--include", "--request", request.method),
            *("--max-time", f"{request.timeout_seconds:.3f}", "--noproxy", "*", "--write-out", "\n%{time_total}"),
            *(word for name, value in headers for word in ("--header", f"{name}: {value}")),
            *(("--data-binary", request.body) if request.body is not None else ()),
            request.url,
        ]
        started = time.monotonic()
        try:
            code, output, errors = await run_in_pod(self._client.instance, request.pod, tuple(argv))
        except LocalError as error:
            raise WorldError(str(error)) from error
        duration = (time.monotonic() - started) * 1000
        if code != 0:
            said = "timed out" if code == _CURL_TIMED_OUT else errors.strip() or f"curl ended with {code}"
            return HttpAnswer(0, duration_ms=duration, error=said)
        response, _, seconds = output.rpartition("\n")
        # curl's own time: starting it in the pod is no part of the request.
        return _answer(response, float(seconds) * 1000)

    async def run(self, command: Command) -> CommandResult:
        started = time.monotonic()
        argv = ("timeout", "--kill-after=1", f"{command.timeout_seconds:.3f}", *command.argv)
        try:
            code, output, errors = await run_in_pod(self._client.instance, command.pod, argv)
        except LocalError as error:
            raise WorldError(str(error)) from error
        duration = (time.monotonic() - started) * 1000
        if code in (124, 137):  # timeout(1): ended by SIGTERM, or by SIGKILL after it
            return CommandResult(None, output, errors, duration, f"not ended after {command.timeout_seconds:g} s")
        return CommandResult(code, output, errors, duration)

    async def _change(self, path: str, body: object) -> Any:
        try:
            return await self._client.change(path, body)
        except ServerUnreachable as error:
            raise ControlLost(str(error)) from error
        except AdminError as error:
            raise Refused(str(error)) from error


def _reach(answer: dict[str, Any]) -> Reach:
    return Reach(
        targets={fault: tuple(each) for fault, each in answer["targets"].items()},
        sources={fault: None if each is None else tuple(each) for fault, each in answer["sources"].items()},
    )


async def _inbound(lines: AsyncIterator[dict[str, Any]]) -> AsyncGenerator[Flow | FlowsLost, None]:
    async for line in lines:
        if "lost" in line:
            yield FlowsLost(line["lost"])
        elif line["log"] == "inbound" and line["protocol"] != "TCP":
            yield _flow(line)


def _flow(line: dict[str, Any]) -> Flow:
    source, destination = line["source"] or {}, line["destination"] or {}
    enforced = line["enforced"] or {}
    return Flow(
        request_id=line["request_id"],
        started=line["time"],
        duration_ms=line["duration_ms"],
        source=line["source_workload"] or source.get("address", ""),
        destination=line["destination_workload"] or destination.get("address", ""),
        port=destination.get("port", 0),
        method=line["method"],
        path=line["path"],
        status=line["status"],
        grpc_status=line["grpc_status"],
        faults=tuple(line["faults"]),
        flags=frozenset(line["flags"]),
        response_bytes=line["bytes_sent"],
        denied_by=(enforced.get("rule") or "default deny") if line["kind"] == "denied" else None,
        trace_id=line["trace_id"],
    )


def _answer(output: str, duration_ms: float) -> HttpAnswer:
    """Reads `curl --include`: the last head (after 1xx ones) and the body. Lines end with CRLF in the head alone."""
    head, body = "", output
    while body.startswith("HTTP/"):
        head, _, body = body.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    return HttpAnswer(int(first.split()[1]), body, headers, duration_ms)
