# SPDX-License-Identifier: Apache-2.0
"""The resolver's process. The agent starts it: python -m riftgate.resolver --sockets FD,... --pins DIR --frozen DIR

standard input    lines of JSON, each all that it shall know from now on
standard output   lines of JSON: {"version": N} when that is in force, {"learned": [...]} when that has changed,
                  {"hits": {...}} with every query that a fault has struck

It listens only once it knows something, and goes on with what it knows when the agent is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import logging
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bpf.names import NamesTable
from riftgate.frozen import thaw_overdue
from riftgate.resolver.faults import ActiveFault, NameFaults
from riftgate.resolver.knowledge import knowledge_from_json
from riftgate.resolver.learned import LearnedNames
from riftgate.resolver.server import ResolverServer
from riftgate.resolver.sockets import OPTION

SWEEP_SECONDS = 5.0
_LONGEST_LINE = 1 << 28


class Words:
    """Standard output; nobody listening is no error."""

    def __init__(self) -> None:
        self._listening = True

    def say(self, **word: object) -> None:
        if self._listening:
            try:
                sys.stdout.write(json.dumps(word) + "\n")
                sys.stdout.flush()
            except OSError:
                self._listening = False


async def run(sockets: Sequence[socket.socket], pins: Path, frozen: Path) -> None:
    """Until it is killed."""
    words = Words()
    learned = LearnedNames(NamesTable.pinned(pins), time.monotonic)

    def tell_learned() -> None:
        words.say(learned=[dataclasses.asdict(each) for each in learned.all])

    faults = NameFaults(time.monotonic)
    server = ResolverServer(learned, faults, on_learned=tell_learned, on_hit=lambda: words.say(hits=dict(faults.hits)))
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        listening = False
        while line := await reader.readline():
            server.knowledge = knowledge_from_json(json.loads(line))
            learned.follow(server.knowledge)
            faults.replace(ActiveFault(rule, expires) for rule, expires in server.knowledge.faults)
            if not listening:
                await stack.enter_async_context(server.serving(sockets))
                tasks.create_task(_sweep(learned))
                tasks.create_task(thaw_overdue(frozen))
                listening = True
            words.say(version=server.knowledge.version)


async def _sweep(learned: LearnedNames) -> None:
    while True:
        learned.sweep()
        await asyncio.sleep(SWEEP_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(OPTION, required=True)
    parser.add_argument("--pins", type=Path, required=True)
    parser.add_argument("--frozen", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sockets = [socket.socket(fileno=int(descriptor)) for descriptor in args.sockets.split(",")]
    for each in sockets:
        each.setblocking(False)
    asyncio.run(run(sockets, args.pins, args.frozen))


if __name__ == "__main__":
    main()
