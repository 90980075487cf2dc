# SPDX-License-Identifier: Apache-2.0
"""The other end of the admin API, for commands that talk to a running server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from .admin import AdminError

# The host part of a URL means nothing on a Unix socket, but there must be one.
_BASE = "http://admin"


class ServerUnreachable(Exception):
    """There is no server to talk to. Says why, and what to do."""


class AdminClient:
    """Talks to the AdminServer on `path`; an async context manager.

    Every method raises ServerUnreachable if there is no server, or if it goes away meanwhile, and AdminError
    with what the server answered if that is an error.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(_BASE, connector=aiohttp.UnixConnector(str(self._path)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, parameters: Mapping[str, str] | None = None, *, timeout: float = 10.0) -> Any:
        """What `GET path` answers, from JSON. `timeout` in seconds."""
        return await self._request("GET", path, parameters, None, timeout)

    async def text(self, path: str, *, timeout: float = 10.0) -> str:
        """What `GET path` answers, as it is. `timeout` in seconds."""
        answer: str = await self._request("GET", path, None, None, timeout, aiohttp.ClientResponse.text)
        return answer

    async def post(self, path: str, body: object, *, timeout: float = 10.0) -> Any:
        """What `POST path` with a JSON body answers, from JSON. `timeout` in seconds."""
        return await self._request("POST", path, None, body, timeout)

    async def lines(
        self, path: str, parameters: Mapping[str, str] | None = None, *, body: object = None
    ) -> AsyncIterator[Any]:
        """The objects that `GET path`, or `POST path` with a body, streams until the server ends the stream."""
        method = "GET" if body is None else "POST"
        try:
            async with self._open(method, path, parameters, body, None) as response:
                await _raise_for_error(response)
                async for line in response.content:
                    if line.strip():
                        yield json.loads(line)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise self._unreachable(error) from error

    async def _request(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None,
        body: object,
        timeout: float,
        read: Callable[[aiohttp.ClientResponse], Awaitable[Any]] = aiohttp.ClientResponse.json,
    ) -> Any:
        try:
            async with self._open(method, path, parameters, body, timeout) as response:
                await _raise_for_error(response)
                return await read(response)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise self._unreachable(error) from error
        except TimeoutError as error:
            raise ServerUnreachable(
                f"the server on {self._path} did not answer {method} {path} within {timeout:g} s; it may be "
                "overloaded or stuck: look at its log"
            ) from error

    def _open(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None,
        body: object,
        timeout: float | None,
    ) -> Any:
        if self._session is None:
            raise RuntimeError("an AdminClient is used as `async with AdminClient(path) as client`")
        limits = aiohttp.ClientTimeout(total=timeout)
        return self._session.request(method, path, params=parameters, json=body, timeout=limits)

    def _unreachable(self, error: Exception) -> ServerUnreachable:
        cause = getattr(error, "os_error", error)
        match cause:
            case FileNotFoundError() | ConnectionRefusedError():
                return ServerUnreachable(f"no server listens on {self._path}")
            case PermissionError():
                return ServerUnreachable(f"{self._path} belongs to another user; run this as root or as that user")
            case _:
                return ServerUnreachable(f"the server on {self._path} went away: {error}")


async def _raise_for_error(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    try:
        told = (await response.json())["error"]
        error = AdminError(response.status, told["code"], told["message"], told["problems"])
    except (ValueError, KeyError, TypeError, aiohttp.ContentTypeError):
        error = AdminError(response.status, "unknown", f"the server answered {response.status} {response.reason}")
    raise error
