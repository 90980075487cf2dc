# SPDX-License-Identifier: Apache-2.0
"""An xDS client over gRPC that asks as Envoy does, and accepts or refuses as it is told."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import grpc.aio
from google.protobuf.message import Message

from envoy_api import message_class
from envoy_api.config.route.v3 import RouteConfiguration
from envoy_api.service.accesslog.v3 import StreamAccessLogsMessage
from envoy_api.service.discovery.v3 import DeltaDiscoveryRequest, DeltaDiscoveryResponse
from l7filters.translate import RUNTIME_LAYER
from l7filters.translate.fault_leases import UNTIL_KEY_PREFIX
from xds_server import access_log, ads, type_urls
from xds_server.references import references

Judge = Callable[[Message], str | None]
"""Gives the words in which Envoy refuses a resource, or None."""

_WILDCARD = (type_urls.CLUSTER, type_urls.LISTENER)


class ScriptedEnvoy:
    """One sidecar. `has` is what it runs on, by type and name; `changed` tells that something has come."""

    def __init__(self, node: str, channel: grpc.aio.Channel) -> None:
        self.node = node
        self.judge: Judge = lambda _message: None
        self.has: dict[str, dict[str, Message]] = {}
        self.seen: list[tuple[str, str, bool]] = []
        """Each resource that came, in order: type, name, and whether it was accepted."""
        self.changed = asyncio.Condition()
        self._channel = channel
        self._failure: Exception | None = None
        self._asked: dict[str, set[str]] = {}

    async def run(self) -> None:
        """Until it is cancelled, or the server ends the stream."""
        try:
            await self._run()
        except Exception as error:
            async with self.changed:
                self._failure = error
                self.changed.notify_all()
            raise

    async def _run(self) -> None:
        call = self._channel.stream_stream(
            f"/{ads.SERVICE}/DeltaAggregatedResources",
            request_serializer=DeltaDiscoveryRequest.SerializeToString,
            response_deserializer=DeltaDiscoveryResponse.FromString,
        )()
        for type_url in _WILDCARD:
            await call.write(DeltaDiscoveryRequest(node={"id": self.node}, type_url=type_url))
        await self._ask(call, type_urls.RUNTIME, {RUNTIME_LAYER})
        while (response := await call.read()) is not grpc.aio.EOF:
            await self._take(call, response)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: self._failure is not None or holds())
        if self._failure is not None:
            raise self._failure

    @property
    def routes(self) -> dict[str, list[str]]:
        """Names of the routes of each route configuration."""
        found = {}
        for name, message in self.has.get(type_urls.ROUTE, {}).items():
            assert isinstance(message, RouteConfiguration)
            found[name] = [route.name for host in message.virtual_hosts for route in host.routes]
        return found

    @property
    def runtime(self) -> dict[str, object]:
        """The fields by which routes are taken."""
        layer = self.has.get(type_urls.RUNTIME, {}).get(RUNTIME_LAYER)
        fields = dict(layer.layer) if layer is not None else {}  # type: ignore[attr-defined]
        return {key: value for key, value in fields.items() if not key.startswith(UNTIL_KEY_PREFIX)}

    async def _take(self, call: grpc.aio.StreamStreamCall, response: DeltaDiscoveryResponse) -> None:  # type: ignore[type-arg]
        type_url = response.type_url
        messages = {
            each.name: message_class(each.resource.type_url).FromString(each.resource.value)
            for each in response.resources
            if each.HasField("resource")
        }
        refusal = next((words for message in messages.values() if (words := self.judge(message))), None)
        answer = DeltaDiscoveryRequest(type_url=type_url, response_nonce=response.nonce)
        if refusal is not None:
            answer.error_detail.message = refusal
        held = self.has.setdefault(type_url, {})
        async with self.changed:
            for name, message in messages.items():
                self.seen.append((type_urls.short_name(type_url), name, refusal is None))
                if refusal is None:
                    held[name] = message
            for name in response.removed_resources:
                held.pop(name, None)
            self.changed.notify_all()
        await call.write(answer)
        wanted: dict[str, set[str]] = {}
        for message in held.values():
            for reference in references(message):
                if reference.type_url not in _WILDCARD:
                    wanted.setdefault(reference.type_url, set()).add(reference.name)
        for each, names in wanted.items():
            await self._ask(call, each, names)

    async def _ask(self, call: grpc.aio.StreamStreamCall, type_url: str, names: set[str]) -> None:  # type: ignore[type-arg]
        asked = self._asked.setdefault(type_url, set())
        if new := names - asked:
            asked |= new
            await call.write(DeltaDiscoveryRequest(type_url=type_url, resource_names_subscribe=sorted(new)))


class ScriptedAccessLog:
    """The access log stream of a sidecar."""

    def __init__(self, node: str, channel: grpc.aio.Channel) -> None:
        self._call = channel.stream_unary(
            f"/{access_log.SERVICE}/StreamAccessLogs", request_serializer=StreamAccessLogsMessage.SerializeToString
        )()
        self._identifier = {"node": {"id": node}, "log_name": "inbound"}

    async def log(self, request_id: str, path: str, source: str, destination: str, status: int = 200) -> None:
        message = StreamAccessLogsMessage(identifier=self._identifier)
        entry = message.http_logs.log_entry.add()
        entry.request.path = path
        entry.request.request_id = request_id
        entry.response.response_code.value = status
        common = entry.common_properties
        common.downstream_direct_remote_address.socket_address.address = source
        common.downstream_local_address.socket_address.address = destination
        common.downstream_local_address.socket_address.port_value = 80
        await self._call.write(message)


def socket_target(path: Path) -> str:
    """The gRPC name of a unix socket."""
    return f"unix:{path}"
