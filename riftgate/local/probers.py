# SPDX-License-Identifier: Apache-2.0
"""One long-lived sender of HTTP requests per pod: starting a process for each request would be most of its time."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from riftgate.instance import Instance
from riftgate.local.containers import PodFiles, find_container
from riftgate.local.errors import LocalError
from riftgate.local.names import PodName
from riftgate.local.netns import pod_namespaces

_PROGRAM = Path(__file__).with_name("prober.py")
_LONGEST_LINE = 64 * 1024 * 1024
_ENDED = "the sender of this pod's requests has ended; look at: riftgate status"


class Probers:
    """Sends from pods for as long as the context lasts."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._by_pod: dict[str, _Prober] = {}
        self._starting: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(prober.close() for prober in self._by_pod.values()))

    async def send(self, pod: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request as ``prober.py`` has both. Raises LocalError when the pod does not run."""
        # One at a time: the first requests of a load come all at once.
        async with self._starting.setdefault(pod, asyncio.Lock()):
            prober = self._by_pod.get(pod)
            if prober is None or prober.ended:
                prober = self._by_pod[pod] = await self._start(pod)
        return await prober.send(request)

    async def _start(self, pod: str) -> _Prober:
        state = await asyncio.to_thread(find_container, self._instance, pod)
        namespace, _, name = pod.rpartition("/")
        pod_name = PodName(self._instance.name, namespace or "default", name)
        order = {
            "cgroup": str(state.cgroup),
            "netns": str(pod_namespaces(pod_name, self._instance.state).net),
            "hosts": str(PodFiles.of(self._instance, pod_name).hosts),
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_PROGRAM), json.dumps(order)),
            stdin=pipe,
            stdout=pipe,
            limit=_LONGEST_LINE,
            # Ctrl-C is for who waits; this process ends with its input.
            start_new_session=True,
        )
        return _Prober(process)


class _Prober:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())
        self.ended = False

    async def send(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        if self.ended:
            raise LocalError(_ENDED)
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._process.stdin.write(json.dumps(request | {"number": number}).encode() + b"\n")
            await self._process.stdin.drain()
            answered: dict[str, Any] = await answer
            return answered
        except ConnectionError as error:
            raise LocalError(_ENDED) from error
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while line := await self._process.stdout.readline():
                answer = json.loads(line)
                waiting = self._waiting.get(answer["number"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        finally:
            # Also when a line is no answer or too long: nobody may wait for what cannot come any more.
            self.ended = True
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(LocalError(_ENDED))
