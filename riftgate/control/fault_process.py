# SPDX-License-Identifier: Apache-2.0
"""The fault server's process: what the sidecars ask about requests that a fault hits. A process of its own, so that
held and edited requests cost the control server nothing, and none of them is lost when one of the two ends.

It knows nothing but what the sidecars tell it. The control server starts it, starts it again when it ends, and takes it
along: it ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from riftgate.instance import Instance
from xds_server.ext_proc import FaultServer
from xds_server.server import GrpcServer

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 0.2


async def keep_fault_server(instance: Instance) -> None:
    """A fault server runs, for as long as this does."""
    command = (sys.executable, "-m", "riftgate", "--instance", instance.name, "fault-server")
    while True:
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        log.warning("the fault server has ended (%s); starting another", code)
        await asyncio.sleep(_AGAIN_SECONDS)


async def serve_faults(instance: Instance) -> None:
    """Until SIGTERM, SIGINT, or the end of standard input."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    ended = asyncio.create_task(reader.read())
    ended.add_done_callback(lambda _: stop.set())
    async with GrpcServer((FaultServer(),), socket_path=instance.faults_socket):
        await stop.wait()
    transport.close()
    ended.cancel()
