# SPDX-License-Identifier: Apache-2.0
"""The gRPC server: where it listens, and with which options."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import grpc
import grpc.aio

from .limits import MAX_CALLS_PER_CONNECTION, MAX_MESSAGE_BYTES
from .socket_path import ListenError, claim_socket_path

# New calls that wait to be looked at. Each takes a few KiB.
_MAX_PENDING_CALLS = 20_000

# Seconds for calls to end by themselves when the server stops; what remains is cancelled.
_GRACE = 2.0


class GrpcService(Protocol):
    """What a GrpcServer serves."""

    @property
    def handler(self) -> grpc.GenericRpcHandler: ...

    def close(self) -> None:
        """End all calls soon: the server is about to stop, and would cancel them."""


class GrpcServer:
    """A grpc.aio server on a Unix socket (mode 0600), a TCP address, or both; an async context manager.

    `address` is `host:port`; port 0 takes a free one, see `port`. `max_connection_age` (seconds) makes
    clients come again, to be balanced anew over several servers.
    """

    def __init__(
        self,
        services: Iterable[GrpcService],
        *,
        socket_path: Path | None = None,
        address: str | None = None,
        max_connection_age: float | None = None,
    ) -> None:
        self._services = tuple(services)
        self._socket_path = socket_path
        self._address = address
        self.port: int | None = None
        options = [
            # Two servers on one port would each get some of the clients.
            ("grpc.so_reuseport", 0),
            # Envoy may be told to ping often; answering is cheaper than its reconnect.
            ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
            ("grpc.http2.max_ping_strikes", 0),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_concurrent_streams", MAX_CALLS_PER_CONNECTION),
            # By default, gRPC rejects some of more than 1,000 new calls at once, and all of more than 3,000. After a
            # restart all sidecars come at once, and one that was rejected waits before it tries again.
            ("grpc.server.max_pending_requests", _MAX_PENDING_CALLS),
            ("grpc.server.max_pending_requests_hard_limit", _MAX_PENDING_CALLS),
            # Finds clients that are gone without a word.
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.keepalive_permit_without_calls", 1),
        ]
        if max_connection_age is not None:
            options.append(("grpc.max_connection_age_ms", round(max_connection_age * 1000)))
        self._server = grpc.aio.server(options=options)
        self._server.add_generic_rpc_handlers(tuple(service.handler for service in self._services))

    async def __aenter__(self) -> Self:
        if self._socket_path is not None:
            claim_socket_path(self._socket_path)
            others = os.umask(0o177)
            try:
                self._server.add_insecure_port(f"unix:{self._socket_path}")
            finally:
                os.umask(others)
        if self._address is not None:
            try:
                self.port = self._server.add_insecure_port(self._address)
            except RuntimeError as error:
                raise ListenError(f"cannot listen on {self._address}: {error}") from error
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends all streams. Clients keep what they have and reconnect."""
        for service in self._services:
            service.close()
        await self._server.stop(_GRACE)
        if self._socket_path is not None:
            self._socket_path.unlink(missing_ok=True)
