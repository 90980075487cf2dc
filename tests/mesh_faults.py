# SPDX-License-Identifier: Apache-2.0
"""Faults in a mesh, past the command line, which takes most of a second to start; and its processes held still, so that
none of them can end one."""

import contextlib
import http.client
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from l7filters.fault_levels import AnyFault
from riftgate.control import wire
from riftgate.local.cgroups import processes
from tests.mesh_harness import Mesh, ask, eventually


def activate(mesh: Mesh, fault: AnyFault, lease: float = 10.0) -> None:
    """The fault's scenario has this one alone from now on; `lease` in seconds."""
    body = {"faults": wire.faults_to_json((fault,)), "lease": lease}
    ask(mesh.instance.control_socket, f"/v1/scenarios/{fault.scenario}/activate", body)


def deactivate(mesh: Mesh, scenario: str) -> None:
    ask(mesh.instance.control_socket, f"/v1/scenarios/{scenario}/deactivate", {})


@contextmanager
def on(mesh: Mesh, fault: AnyFault) -> Iterator[None]:
    """For as long as the context lasts, unless it is turned off in it."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(2.0):
            # It may have been turned off already, and who renews it may be dead.
            with contextlib.suppress(AssertionError, OSError, http.client.HTTPException):
                ask(mesh.instance.control_socket, f"/v1/scenarios/{fault.scenario}/renew", {"lease": 10.0})

    activate(mesh, fault)
    renewing = threading.Thread(target=renew)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join()
        deactivate(mesh, fault.scenario)


def keepers(mesh: Mesh) -> tuple[int, ...]:
    """The processes that hold containers frozen."""
    agents = processes(mesh.instance.process_cgroup("agent"))
    return tuple(pid for pid in agents if b"freezer.py" in Path(f"/proc/{pid}/cmdline").read_bytes())


@contextmanager
def held_still(mesh: Mesh, part: str) -> Iterator[None]:
    """SIGSTOP to a process of the mesh, but not to who keeps containers frozen: it can end nothing meanwhile."""
    pids = [pid for pid in processes(mesh.instance.process_cgroup(part)) if pid not in keepers(mesh)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            # A fault server that stands still is killed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        if part == "control":
            eventually(lambda: _fault_server_listens(mesh))


def _fault_server_listens(mesh: Mesh) -> bool:
    """Or nobody yet, behind one that was killed: where instructions are emulated, it takes ten seconds to start."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(mesh.instance.faults_socket)) == 0
