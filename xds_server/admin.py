# SPDX-License-Identifier: Apache-2.0
"""The admin API: JSON over HTTP on a Unix socket that only its owner may open. Whoever composes it gives the
routes.

    errors      status 4xx or 5xx, body {"error": {"code": ..., "message": ..., "problems": [...]}}
    streams     one JSON object a line; empty lines mean nothing, they show that both ends are alive
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Middleware

from .callers import Admits, caller_of, everybody
from .socket_path import claim_socket_path

_log = logging.getLogger(__name__)

# Bytes of a request: all the policies of a cluster in one, with room to spare.
_MAX_REQUEST = 64 * 1024 * 1024

# Seconds between the empty lines of a stream that has nothing to say: a client that left is noticed by them.
_SIGN_OF_LIFE = 5.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AdminError(Exception):
    """What a handler raises, and what a client gets: `code` is for programs, the rest for people."""

    def __init__(self, status: int, code: str, message: str, problems: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join((self.message, *self.problems))


class AdminServer:
    """Serves `routes` on a Unix socket of mode 0600; an async context manager.

    `admits` is asked about each caller; whoever it refuses is told so (403).
    Raises ListenError if a live server has the socket. One that a dead server left is replaced.
    """

    def __init__(self, path: Path, routes: Iterable[web.AbstractRouteDef], admits: Admits = everybody) -> None:
        self._path = path
        middlewares = [_errors_as_json, _only(admits)]
        application = web.Application(middlewares=middlewares, client_max_size=_MAX_REQUEST)
        application.add_routes(routes)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)

    async def __aenter__(self) -> Self:
        claim_socket_path(self._path)
        await self._runner.setup()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        # Nobody can connect before `listen`, which SockSite calls, and hence not before this.
        self._path.chmod(0o600)
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        self._path.unlink(missing_ok=True)


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except AdminError as error:
        return _error_response(error)
    except web.HTTPException as error:
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status, "bad_request")
        return _error_response(AdminError(error.status, code, f"{request.method} {request.path}: {error.reason}"))
    except ConnectionError:
        # The client left while it was being answered; there is nobody to tell.
        raise
    except Exception as error:
        _log.exception("%s %s failed", request.method, request.path)
        return _error_response(AdminError(500, "internal", f"{type(error).__name__}: {error}"))


def _only(admits: Admits) -> Middleware:
    """All that others ask for is refused."""

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        caller = caller_of(request.transport)
        if not admits(caller):
            _log.warning("process %s may not use the admin API: %s %s", caller, request.method, request.path)
            raise AdminError(403, "forbidden", f"process {caller} runs in a pod and may not use the admin API")
        return await handler(request)

    return refuse


def _error_response(error: AdminError) -> web.Response:
    body = {"error": {"code": error.code, "message": error.message, "problems": list(error.problems)}}
    return web.json_response(body, status=error.status)


async def read_json_object(request: web.Request) -> dict[str, object]:
    """The request's body. Raises AdminError (400) unless it is a JSON object."""
    try:
        body = json.loads(await request.text())
    except ValueError as error:
        raise AdminError(400, "bad_request", f"the request's body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise AdminError(400, "bad_request", "the request's body is not a JSON object")
    return body


async def stream_json_lines(request: web.Request, items: AsyncGenerator[object, None]) -> web.StreamResponse:
    """Answer with one line of JSON for each item, until there are no more or the client leaves."""
    response = web.StreamResponse(headers={"Content-Type": "application/jsonl"})
    await response.prepare(request)
    coming: asyncio.Task[object] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(items))
            done, _ = await asyncio.wait({coming}, timeout=_SIGN_OF_LIFE)
            if not done:
                await response.write(b"\n")
                continue
            try:
                item = coming.result()
            except StopAsyncIteration:
                break
            coming = None
            await response.write(json.dumps(item).encode() + b"\n")
        await response.write_eof()
    except ConnectionError:
        pass
    finally:
        if coming is not None:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming
        await items.aclose()
    return response
