# SPDX-License-Identifier: Apache-2.0
"""The AggregatedDiscoveryService over gRPC: sockets, clocks and tasks around the machine of `stream.py`."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio

from .cache import SnapshotCache
from .limits import MAX_REQUEST_BYTES, Gate, Limits, host_of
from .messages import Request
from .metrics import Metrics
from .status import StatusRegistry
from .stream import AdsStream, Close, CloseCode, Command, Identify, Report, Send, Variant
from .subscription import Nack
from .type_urls import short_name
from .wire import (
    WireError,
    encode_delta_response,
    encode_sotw_response,
    parse_delta_request,
    parse_sotw_request,
)

_log = logging.getLogger(__name__)

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"

# Requests that were read and not looked at yet, per stream. A client that sends more while it does not read waits.
_MAX_UNREAD_REQUESTS = 16

_PARSE: dict[Variant, Callable[[bytes], Request]] = {
    Variant.DELTA: parse_delta_request,
    Variant.SOTW: parse_sotw_request,
}
_ENCODE = {Variant.DELTA: encode_delta_response, Variant.SOTW: encode_sotw_response}

Context = grpc.aio.ServicerContext[bytes, bytes]


class AggregatedDiscovery:
    """Serves a cache to clients. Add its `handler` to a grpc.aio server."""

    def __init__(
        self,
        cache: SnapshotCache,
        status: StatusRegistry,
        metrics: Metrics | None = None,
        *,
        control_plane: str = "riftgate",
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._peers = Gate("peer", self._limits.streams_per_peer)
        self._nodes = Gate("node", self._limits.streams_per_node)
        self._cache = cache
        self._status = status
        self._metrics = metrics or Metrics()
        self._control_plane = control_plane
        # Random, so that no nonce of an earlier server process is taken for one of this.
        self._process = secrets.token_hex(4)
        self._stream_numbers = itertools.count(1)
        self._open: dict[str, _Session] = {}

    @property
    def handler(self) -> grpc.GenericRpcHandler:
        """Takes and gives raw bytes."""
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "DeltaAggregatedResources": grpc.stream_stream_rpc_method_handler(self._method(Variant.DELTA)),
                "StreamAggregatedResources": grpc.stream_stream_rpc_method_handler(self._method(Variant.SOTW)),
            },
        )

    @property
    def open_streams(self) -> frozenset[str]:
        return frozenset(self._open)

    def _method(self, variant: Variant) -> Callable[..., Awaitable[None]]:
        async def serve(_requests: Any, context: Context) -> None:
            peer = host_of(context.peer())
            full = self._peers.enter(peer)
            if full is not None:
                _end(context, CloseCode.RESOURCE_EXHAUSTED, full)
                return
            stream_id = f"{self._process}.{next(self._stream_numbers)}"
            machine = AdsStream(variant, stream_id, self._limits)
            session = _Session(
                self._cache, self._status, self._metrics, self._control_plane, self._nodes, machine, context
            )
            self._open[stream_id] = session
            self._metrics.stream_opened(variant.value)
            try:
                await session.run()
            finally:
                self._metrics.stream_closed(variant.value)
                del self._open[stream_id]
                self._peers.leave(peer)

        return serve

    def close(self) -> None:
        """End all streams: what is left of them is gone once the server has stopped."""
        for session in self._open.values():
            session.end()


class _Session:
    """One stream while it is open."""

    def __init__(
        self,
        cache: SnapshotCache,
        status: StatusRegistry,
        metrics: Metrics,
        control_plane: str,
        nodes: Gate,
        machine: AdsStream,
        context: Context,
    ) -> None:
        self._cache = cache
        self._status = status
        self._metrics = metrics
        self._control_plane = control_plane
        self._nodes = nodes
        self._machine = machine
        self._context = context
        self._node_id: str | None = None
        """Once it was let in."""
        self._requests: asyncio.Queue[bytes | None] = asyncio.Queue(_MAX_UNREAD_REQUESTS)
        self._woken = asyncio.Event()
        self._view_changed = False
        self._logged: dict[str, Nack] = {}
        """By type: the last refusal, which is in the log."""
        self._ended = False
        self._writing: asyncio.Task[None] | None = None
        """The task of this stream while it writes."""
        self._loop = asyncio.get_running_loop()
        self._unanswered: dict[str, tuple[str, float]] = {}
        """By type: the nonce of the last response, and when it was sent."""

    def end(self) -> None:
        self._ended = True
        self._woken.set()
        if self._writing is not None:
            # It may wait for a client that does not read, and would wait for ever.
            self._writing.cancel()

    async def run(self) -> None:
        reader = asyncio.create_task(self._read())
        try:
            while await self._react():
                await self._sleep()
        except asyncio.CancelledError:
            if not self._ended:
                raise
        finally:
            reader.cancel()
            if self._node_id is not None:
                self._cache.unwatch(self._node_id, self._note_view_change)
                self._status.disconnected(self._machine.stream_id, self._node_id)
                self._nodes.leave(self._node_id)

    async def _read(self) -> None:
        while True:
            encoded = await self._context.read()
            request = encoded if isinstance(encoded, bytes) else None  # grpc.aio.EOF
            await self._requests.put(request)
            self._woken.set()
            if request is None:
                return

    def _note_view_change(self) -> None:
        self._view_changed = True
        self._woken.set()

    async def _sleep(self) -> None:
        """Until there is a request, a new view, or something due."""
        if self._woken.is_set():
            return
        deadline = self._machine.deadline
        timer = None if deadline is None else self._loop.call_at(deadline, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _react(self) -> bool:
        """Handle all that happened. False: the stream is at its end."""
        self._woken.clear()
        while True:
            if self._ended or (self._view_changed and not await self._perform(self._show_view())):
                return False
            if self._requests.empty():
                break
            encoded = self._requests.get_nowait()
            if encoded is None:
                return False
            if len(encoded) > MAX_REQUEST_BYTES:
                self._close(
                    CloseCode.RESOURCE_EXHAUSTED,
                    f"a request of {len(encoded)} bytes is larger than {MAX_REQUEST_BYTES}",
                )
                return False
            try:
                request = _PARSE[self._machine.variant](encoded)
            except WireError as error:
                self._close(CloseCode.INVALID_ARGUMENT, str(error))
                return False
            self._measure(request)
            if not await self._perform(self._machine.request_received(request, self._loop.time())):
                return False
        deadline = self._machine.deadline
        if deadline is not None and deadline <= self._loop.time():
            return await self._perform(self._machine.time_passed(self._loop.time()))
        return True

    def _measure(self, request: Request) -> None:
        nonce, sent = self._unanswered.get(request.type_url, ("", 0.0))
        if not nonce or request.nonce != nonce:
            return
        del self._unanswered[request.type_url]
        if request.error is None:
            self._metrics.acked(request.type_url, self._loop.time() - sent)
        else:
            self._metrics.nacked(request.type_url)

    def _show_view(self) -> list[Command]:
        self._view_changed = False
        assert self._machine.node is not None
        return self._machine.view_changed(self._cache.view(self._machine.node.id), self._loop.time())

    async def _perform(self, commands: list[Command]) -> bool:
        """Carry out the machine's commands. While a write waits for a slow client, nothing piles up here."""
        for command in commands:
            match command:
                case Identify(node):
                    full = self._nodes.enter(node.id)
                    if full is not None:
                        _end(self._context, CloseCode.RESOURCE_EXHAUSTED, full)
                        return False
                    self._node_id = node.id
                    self._cache.watch(node.id, self._note_view_change)
                    self._status.connected(self._machine.stream_id, self._machine.variant.value, node)
                    self._view_changed = True
                case Send(response):
                    type_url = response.content.type_url
                    self._unanswered[type_url] = (response.nonce, self._loop.time())
                    self._metrics.pushed(type_url)
                    await self._write(_ENCODE[self._machine.variant](response, self._control_plane))
                case Report(type_url, progress):
                    assert self._machine.node is not None
                    self._status.reported(self._machine.stream_id, self._machine.node.id, type_url, progress)
                    if progress.nack is not None and progress.nack is not self._logged.get(type_url):
                        self._logged[type_url] = progress.nack
                        what = short_name(type_url)
                        _log.warning("%s refused %s: %s", self._machine.node.id, what, progress.nack.message)
                case Close(reason, code):
                    self._close(code, reason)
                    return False
        return True

    async def _write(self, encoded: bytes) -> None:
        self._writing = asyncio.current_task()
        try:
            await self._context.write(encoded)
        finally:
            self._writing = None

    def _close(self, code: CloseCode, reason: str) -> None:
        who = self._node_id or "a client that has not said who it is"
        _log.warning("%s at %s: stream ended: %s", who, self._context.peer(), reason)
        _end(self._context, code, reason)


def _end(context: Context, code: CloseCode, reason: str) -> None:
    """Have the call end so when its handler returns."""
    context.set_code(grpc.StatusCode[code.name])
    context.set_details(reason)
