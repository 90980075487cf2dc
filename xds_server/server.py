# SPDX-License-Identifier: Apache-2.0
"""The gRPC server: where it listens, and who answers which method."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import grpc

from .callers import Admits, everybody
from .grpc_call import Call, CallListener, StatusCode
from .grpc_coroutines import Servicing
from .http2 import SILENCE, Connection
from .http2_frames import DEFAULT_WINDOW
from .http2_headers import Headers
from .http2_stream import Stream
from .limits import MAX_CALLS_PER_CONNECTION
from .socket_path import ListenError, claim_socket_path

_log = logging.getLogger(__name__)

# Connections that wait to be accepted: after a restart all sidecars come at once. The kernel takes no more than
# net.core.somaxconn, which is 4096 by default.
_MAX_WAITING_CONNECTIONS = 4_096

# Seconds for calls to end by themselves when the server stops; what remains is cut off.
_GRACE = 2.0

Answer = Callable[[Call], CallListener | None]
"""Begins to answer a call; None: it has ended the call already."""


class GrpcService(Protocol):
    """What a GrpcServer serves."""

    @property
    def handler(self) -> Mapping[str, Answer] | grpc.GenericRpcHandler:
        """By path, `/service/method`; or coroutines that take and give raw bytes, as for grpc.aio."""

    def close(self) -> None:
        """End all calls soon: the server is about to stop, and would cut them off."""


@dataclass(slots=True)
class _Details:
    """Of a call, for grpc.GenericRpcHandler."""

    method: str
    invocation_metadata: tuple[tuple[str, str | bytes], ...]


class GrpcServer:
    """A gRPC server on a Unix socket (mode 0600), a TCP address, or both; an async context manager.

    `address` is `host:port`; port 0 takes a free one, see `port`. `window` is how many bytes a client may send before
    it hears that they have come, in a call and over all calls of its connection. `admits` is asked about each caller;
    whoever it refuses is cut off.
    """

    def __init__(
        self,
        services: Iterable[GrpcService],
        *,
        socket_path: Path | None = None,
        address: str | None = None,
        window: int = DEFAULT_WINDOW,
        admits: Admits = everybody,
    ) -> None:
        self._services = tuple(services)
        self._methods: dict[str, Answer] = {}
        self._handlers: list[grpc.GenericRpcHandler] = []
        for handler in (service.handler for service in self._services):
            if isinstance(handler, Mapping):
                self._methods.update(handler)
            else:
                self._handlers.append(handler)
        self._socket_path = socket_path
        self._address = address
        self._window = window
        self._admits = admits
        self.port: int | None = None
        self._listening: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._all_gone = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        if self._socket_path is not None:
            claim_socket_path(self._socket_path)
            listening = _private_socket(self._socket_path)
            self._listening.append(
                await loop.create_unix_server(self._connection, sock=listening, backlog=_MAX_WAITING_CONNECTIONS)
            )
        if self._address is not None:
            host, _, port = self._address.rpartition(":")
            try:
                server = await loop.create_server(
                    self._connection, host.strip("[]"), int(port), backlog=_MAX_WAITING_CONNECTIONS
                )
            except (OSError, ValueError) as error:
                raise ListenError(f"cannot listen on {self._address}: {error}") from error
            self._listening.append(server)
            self.port = server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends all streams. Clients keep what they have and reconnect."""
        for server in self._listening:
            server.close()
        for service in self._services:
            service.close()
        for connection in tuple(self._connections):
            connection.go_away()
        try:
            async with asyncio.timeout(_GRACE):
                await self._until_all_gone()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
            await self._until_all_gone()
        if self._socket_path is not None:
            self._socket_path.unlink(missing_ok=True)

    async def _until_all_gone(self) -> None:
        while self._connections:
            self._all_gone.clear()
            await self._all_gone.wait()

    def _connection(self) -> Connection:
        return Connection(
            self._opened,
            max_streams=MAX_CALLS_PER_CONNECTION,
            window=self._window,
            made=self._connected,
            lost=self._disconnected,
        )

    def _connected(self, connection: Connection) -> None:
        self._connections.add(connection)
        if not self._admits(connection.caller):
            _log.warning("process %s at %s may not speak to this server", connection.caller, connection.peer)
            connection.abort()
            return
        asyncio.get_running_loop().call_later(SILENCE, self._check, connection)

    def _check(self, connection: Connection) -> None:
        if connection in self._connections:
            asyncio.get_running_loop().call_later(connection.check_alive(), self._check, connection)

    def _disconnected(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_gone.set()

    def _opened(self, stream: Stream, headers: Headers) -> None:
        """A client calls a method."""
        call = Call(stream, headers)
        path = next((value for name, value in headers if name == ":path"), "")
        answer = self._methods.get(path) or self._find(path, headers)
        if answer is None:
            call.end(StatusCode.UNIMPLEMENTED, f"no method {path}")
            return
        listener = answer(call)
        if listener is not None:
            call.listen(listener)

    def _find(self, path: str, headers: Headers) -> Answer | None:
        for handler in self._handlers:
            method = handler.service(_Details(path, headers))
            if method is not None:
                answer = self._methods[path] = _servicing(method)
                return answer
        return None


def _servicing(method: Any) -> Answer:
    return lambda call: Servicing(method, call)


def _private_socket(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    others = os.umask(0o177)
    try:
        made.bind(str(path))
    finally:
        os.umask(others)
    return made
