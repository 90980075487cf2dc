# SPDX-License-Identifier: Apache-2.0
"""The fault server as a process of its own, as the control server starts it, with a test in that one's place."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from l7filters.connection_faults import ConnectionFault, connection_rule
from l7filters.world import World
from riftgate.control.host_faults import HostFaults

LEASE = 600.0
_COMMAND = """
import asyncio, sys
from pathlib import Path
from riftgate.control.fault_process import serve_faults
class Here:
    name = "here"
    faults_socket = Path(sys.argv[1])
    frozen = faults_socket.with_name("frozen")
asyncio.run(serve_faults(Here))
"""


class FaultServerProcess:
    """Its two pipes."""

    def __init__(self, process: "subprocess.Popen[bytes]", world: World) -> None:
        self._process = process
        self._world = world

    def tell(self, version: int, *faults: ConnectionFault) -> None:
        """From now on these are on, LEASE seconds long."""
        assert self._process.stdin is not None
        end = time.monotonic() + LEASE
        rules = HostFaults(tuple((connection_rule(self._world, each), end) for each in faults)).to_json()
        self._process.stdin.write(json.dumps({"version": version, "rules": rules}).encode() + b"\n")
        self._process.stdin.flush()

    def tell_leases(self, until: Mapping[str, int]) -> None:
        """These faults on requests are on, until these milliseconds of CLOCK_BOOTTIME."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"until": until}).encode() + b"\n")
        self._process.stdin.flush()

    def next_word(self) -> dict[str, Any]:
        """What it says, but for signs of life, which come at any time."""
        assert self._process.stdout is not None
        while True:
            word: dict[str, Any] = json.loads(self._process.stdout.readline())
            if "alive" not in word:
                return word

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> None:
        self._process.wait(60)


@contextmanager
def fault_server(socket: Path, world: World, *faults: ConnectionFault) -> Iterator[FaultServerProcess]:
    """Once these faults are in force."""
    argv = [sys.executable, "-c", _COMMAND, str(socket)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        server = FaultServerProcess(process, world)
        server.tell(1, *faults)
        assert server.next_word() == {"version": 1}
        yield server
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
