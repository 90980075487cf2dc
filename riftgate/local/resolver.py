# SPDX-License-Identifier: Apache-2.0
"""The agent's side of the resolver: keeps its process running, and tells it what there is to know."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from l7filters.l4_tables import L4Tables
from l7filters.name_faults import NameRule
from l7filters.world import World
from riftgate.instance import Instance
from riftgate.local import cgroups, netns
from riftgate.local.errors import LocalError
from riftgate.local.supervisor import RestartPolicy, Supervisor
from riftgate.resolver.knowledge import (
    DNS_PORT,
    Knowledge,
    Upstream,
    knowledge_from_json,
    knowledge_to_json,
    parse_upstream,
    records_of,
)
from riftgate.resolver.sockets import OPTION, listen, of_process

log = logging.getLogger(__name__)

NAME = "resolver"
START_SECONDS = 90.0
CONFIRM_SECONDS = 10.0
_START = 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'
_LONGEST_LINE = 1 << 26


class Resolver:
    """The resolver of one agent. While its process is down nobody answers the pods: DNS fails closed, and what was
    asked meanwhile is answered by the next one."""

    def __init__(self, instance: Instance, upstreams: tuple[str, ...], *, resume: bool) -> None:
        """``resume``: begin with what an agent told whose pods this one takes over, and with its upstreams unless there
        are new ones."""
        self._instance = instance
        self._knowledge = self._told_before() if resume else Knowledge()
        if upstreams:
            self._knowledge = replace(self._knowledge, upstreams=tuple(map(parse_upstream, upstreams)))
        self._process: asyncio.subprocess.Process | None = None
        self._sockets: list[socket.socket] = []
        self._in_force = 0
        self._changed = asyncio.Condition()
        self._supervisor = Supervisor(self._start, RestartPolicy.ALWAYS)
        self._readers: set[asyncio.Task[None]] = set()
        self._hits: Counter[str] = Counter()
        self._earlier_hits: Counter[str] = Counter()
        self.learned: list[dict[str, Any]] = []
        """Addresses that DNS gave for names of toFQDNs rules, as the process told last."""

    async def run(self) -> None:
        """Until it is cancelled; then the process is gone."""
        cgroup = self._instance.process_cgroup(NAME)
        try:
            # One that an agent which was killed has left holds the addresses, and is asked until another answers.
            for pid in cgroups.processes(cgroup):
                self._sockets = self._sockets or of_process(pid)
            await asyncio.to_thread(cgroups.kill_all, cgroup)
            await self._supervisor.run()
        finally:
            await asyncio.to_thread(cgroups.kill_all, cgroup)
            for reader in self._readers:
                reader.cancel()
            await asyncio.gather(*self._readers, return_exceptions=True)
            for each in self._sockets:
                each.close()

    async def wait_serving(self) -> None:
        """Raises LocalError when it does not come up."""
        try:
            await self._wait(lambda: self._in_force > 0, START_SECONDS)
        except TimeoutError:
            problem = self._supervisor.status.problem or "it said nothing"
            log_file = self._instance.logs / f"{NAME}.log"
            raise LocalError(f"the resolver did not start: {problem}; its log is {log_file}") from None

    async def set_world(self, world: World) -> None:
        """The names and pods that there are. Returns when the process answers by them, or as soon as it is down."""
        sources = tuple((address, each.key) for each in world.workloads for address in each.addresses)
        await self._tell(replace(self._knowledge, records=tuple(records_of(world)), sources=sources))

    async def set_tables(self, tables: L4Tables) -> None:
        """What policies say about names. As above."""
        await self._tell(replace(self._knowledge, asked=tables.asked, names=tables.names))

    async def set_faults(self, faults: Iterable[tuple[NameRule, float]]) -> None:
        """What is on, each until its end in seconds of CLOCK_MONOTONIC: the process ends it by itself. As above."""
        await self._tell(replace(self._knowledge, faults=tuple(faults)))

    def hits(self) -> Counter[str]:
        """Queries that were struck, by fault, so far; those of processes that have ended too."""
        return self._earlier_hits + self._hits

    def status(self) -> dict[str, Any]:
        """For `riftgate status`."""
        status = self._supervisor.status
        return {
            "running": status.running and self._in_force > 0,
            "restarts": status.restarts,
            "problem": status.problem,
            "upstreams": [_text(each) for each in self._knowledge.upstreams],
            "learned": self.learned,
        }

    async def _tell(self, knowledge: Knowledge) -> None:
        if replace(knowledge, version=self._knowledge.version) == self._knowledge:
            return
        self._knowledge = replace(knowledge, version=self._knowledge.version + 1)
        self._save()
        if self._process is not None:
            self._send(self._process)
            version = self._knowledge.version
            try:
                await self._wait(lambda: self._process is None or self._in_force >= version, CONFIRM_SECONDS)
            except TimeoutError:
                # It would answer by what it knew before: without it, nobody is answered until it is back.
                log.error("the resolver does not take note of a change: starting it anew")
                await asyncio.to_thread(cgroups.kill_all, self._instance.process_cgroup(NAME))

    def _told_before(self) -> Knowledge:
        """Until this agent has its say, names go on being found."""
        try:
            return knowledge_from_json(json.loads(self._instance.resolver_knowledge.read_text()))
        except (OSError, ValueError) as error:
            log.warning("what the resolver was told before cannot be read: %s", error)
            return Knowledge()

    def _save(self) -> None:
        """Without it, a later agent begins with a resolver that knows nothing for some moments."""
        file = self._instance.resolver_knowledge
        fresh = file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(knowledge_to_json(self._knowledge)))
            fresh.replace(file)
        except OSError as error:
            log.warning("what the resolver is told cannot be saved: %s", error)

    def _send(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(knowledge_to_json(self._knowledge)).encode() + b"\n")

    async def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        async with self._changed, asyncio.timeout(seconds):
            await self._changed.wait_for(condition)

    async def _start(self) -> asyncio.subprocess.Process:
        cgroup = self._instance.process_cgroup(NAME)
        cgroup.mkdir(parents=True, exist_ok=True)
        self._instance.logs.mkdir(parents=True, exist_ok=True)
        if not self._sockets:
            self._sockets = await asyncio.to_thread(listen, netns.node_path(self._instance.name))
        descriptors = [each.fileno() for each in self._sockets]
        command = (
            *("/bin/sh", "-c", _START, "sh", str(cgroup), sys.executable, "-m", "riftgate.resolver"),
            *(OPTION, ",".join(map(str, descriptors)), "--pins", str(self._instance.pins)),
            *("--frozen", str(self._instance.frozen)),
        )
        output = os.open(
            self._instance.logs / f"{NAME}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                pass_fds=descriptors,
                start_new_session=True,
                limit=_LONGEST_LINE,
            )
        finally:
            os.close(output)
        if self._knowledge.version == 0:
            self._knowledge = replace(self._knowledge, version=1)
        self._process, self._in_force = process, 0
        self._earlier_hits, self._hits = self.hits(), Counter()
        self._send(process)
        reader = asyncio.create_task(self._listen(process))
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        return process

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                with contextlib.suppress(ValueError):
                    await self._heard(json.loads(line))
        finally:
            async with self._changed:
                if self._process is process:
                    self._process, self._in_force = None, 0
                self._changed.notify_all()

    async def _heard(self, word: dict[str, Any]) -> None:
        self.learned = word.get("learned", self.learned)
        self._hits = Counter(word.get("hits", self._hits))
        if "version" in word:
            async with self._changed:
                self._in_force = word["version"]
                self._changed.notify_all()


def _text(upstream: Upstream) -> str:
    host, port = upstream
    if port == DNS_PORT:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
