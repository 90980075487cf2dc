# SPDX-License-Identifier: Apache-2.0
"""Services that are written as coroutines, as for grpc.aio, on the calls of `grpc_call.py`."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import grpc

from .grpc_call import Call, Shared, StatusCode

_log = logging.getLogger(__name__)

# Messages that were taken from the client and not looked at yet.
_MAX_UNREAD = 16


class Abort(Exception):
    """Ends the call with this status."""

    def __init__(self, code: StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class CallContext:
    """What a service may ask of the call that it serves: of grpc.aio.ServicerContext, what ours use."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        timeout = call.timeout
        self._deadline = None if timeout is None else self._loop.time() + timeout

    def peer(self) -> str:
        return self._call.peer

    def time_remaining(self) -> float | None:
        """Seconds until the client loses interest; None: never."""
        return None if self._deadline is None else self._deadline - self._loop.time()

    async def abort(self, code: grpc.StatusCode, details: str = "") -> NoReturn:
        raise Abort(StatusCode[code.name], details)


class Servicing:
    """One call of a method, a grpc.RpcMethodHandler from one or many messages to one. It begins with the client's
    first."""

    def __init__(self, method: Any, call: Call) -> None:
        self._method = method
        self._call = call
        self._context = CallContext(call)
        self._messages: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._is_all = False
        self._task: asyncio.Task[None] | None = None

    def message_received(self, message: bytes) -> None:
        self._messages.append(message)
        if len(self._messages) >= _MAX_UNREAD:
            self._call.hold()
        self._wake()

    def half_closed(self) -> None:
        self._is_all = True
        self._wake()

    def drained(self) -> None:
        """Nothing waits for that: there is one response, and it is the last."""

    def closed(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _wake(self) -> None:
        self._news.set()
        if self._task is None:
            self._task = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        try:
            response = await self._respond()
        except Abort as aborted:
            self._call.end(aborted.code, aborted.details)
        except asyncio.CancelledError:
            self._call.end(StatusCode.CANCELLED, "the server stops")
            raise
        except Exception as error:
            _log.exception("a call failed")
            self._call.end(StatusCode.UNKNOWN, f"{type(error).__name__}: {error}")
        else:
            if self._call.is_open:
                self._call.send(Shared(response))
                self._call.end()

    async def _respond(self) -> bytes:
        if self._method.request_streaming:
            response = await self._method.stream_unary(self._requests(), self._context)
        elif self._messages:
            response = await self._method.unary_unary(self._messages.popleft(), self._context)
        else:
            raise Abort(StatusCode.INVALID_ARGUMENT, "a request without a message")
        assert isinstance(response, bytes)
        return response

    async def _requests(self) -> AsyncIterator[bytes]:
        while True:
            while self._messages:
                yield self._messages.popleft()
                if len(self._messages) == _MAX_UNREAD - 1:
                    self._call.go_on()
            if self._is_all:
                return
            self._news.clear()
            await self._news.wait()
