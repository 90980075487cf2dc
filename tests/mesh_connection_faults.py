# SPDX-License-Identifier: Apache-2.0
"""A fault of connections, siege/line, to the pod `vault` of a mesh or to another one; and what a test asks about it."""

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from l7filters.connection_effects import ConnectionEffects, ConnectionReset
from l7filters.connection_faults import ConnectionFault
from l7filters.faults import Family, FaultTarget, RandomDelay
from l7filters.labels import Selector
from l7filters.source import SourceLocation
from riftgate.local.cgroups import processes
from tests import mesh_faults
from tests.delays import at_least
from tests.mesh_harness import Mesh, Talk, ask
from tests.pinned import open_map

HERE = SourceLocation("siege.yaml", 3)
FRIEND = Selector.of({"role": "friend"})
ONE_WAY = 0.15
"""Seconds by which each direction is late."""
ROUND_TRIP = at_least(ONE_WAY, 2)
SLOW = ConnectionEffects(latency=RandomDelay(Family.FIXED, (ONE_WAY * 1000,)))
CUT = ConnectionEffects(reset=ConnectionReset())
SILENT = ConnectionEffects(blackhole_after=0)


def fault(does: ConnectionEffects, app: str = "vault", **more: Any) -> ConnectionFault:
    """Of the friend's connections."""
    return ConnectionFault("siege", "line", HERE, FaultTarget("default", Selector.of({"app": app})), does, **more)


def on(mesh: Mesh, does: ConnectionEffects, app: str = "vault", **more: Any) -> AbstractContextManager[None]:
    return mesh_faults.on(mesh, fault(does, app, source=FRIEND, **more))


def fault_servers(mesh: Mesh) -> tuple[int, ...]:
    def is_one(pid: int) -> bool:
        try:
            return b"fault-server" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False

    return tuple(filter(is_one, processes(mesh.instance.process_cgroup("control"))))


def kernel_entries(mesh: Mesh) -> int:
    """How many pairs of ends the kernel sends to the fault server, or did until their end came."""
    with open_map(mesh.instance.pins / "maps" / "connection_faults_end_by_pair") as table:
        return len(table.all_keys())


def hits(mesh: Mesh) -> int:
    return int(ask(mesh.instance.control_socket, "/v1/faults/hits")["hits"].get("siege/line", 0))


def get(talk: Talk, address: str, path: str = "/") -> dict[str, Any]:
    """Over a connection of its own."""
    return talk("http", "GET", address, 80, path, {}, 0)


def seconds(talk: Talk, *what: Any) -> float:
    """How long an answer of 200 has taken."""
    began = time.monotonic()
    assert get(talk, *what).get("status") == 200
    return time.monotonic() - began
