# SPDX-License-Identifier: Apache-2.0
"""A whole mesh: files in the watched folder, changes by the admin API, the datapath between caller and server."""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.latency.seen import CALLER, Caller, calling, hit, passes, refused
from l7filters.faults import Fault
from riftgate.control.wire import faults_to_json
from tests.mesh_harness import Mesh, ask, command, pod_manifest, running_mesh

_CONTAINERS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, (80,)),
        pod_manifest("guest", "client", {"app": "guest"}),
    )
)


def whole(policy: str, fault: Fault, rounds: int) -> dict[str, list[float]]:
    """Seconds until the first request is refused (hit): from saving the file, from asking the admin API to apply it,
    and from asking it to activate the fault."""
    with called_mesh() as (mesh, caller, watched):
        return {
            "file": [_saved(caller, watched, policy) for _ in range(rounds)],
            "apply": [_applied(caller, mesh, policy) for _ in range(rounds)],
            "fault": [activated(caller, mesh, fault) for _ in range(rounds)],
        }


@contextmanager
def called_mesh() -> Iterator[tuple[Mesh, Caller, Path]]:
    """A mesh of a server `vault` and a guest who calls it all the time, and the directory of policies it follows."""
    with tempfile.TemporaryDirectory(prefix="riftgate-bench-") as folder:
        watched = Path(folder) / "policies"
        watched.mkdir()
        with running_mesh(Path(folder), _CONTAINERS, "--policies", str(watched)) as mesh:
            address = mesh.addresses("vault")[0]

            def start() -> subprocess.Popen[str]:
                program = ("/usr/bin/python3", "-c", CALLER.read_text(), "", address, "80", "/")
                argv = command(mesh.name, "exec", "guest", "--", *program)
                return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

            with calling(start) as caller:
                yield mesh, caller, watched


def _measure(caller: Caller, do: Callable[[], object], seen: Callable[[dict[str, object]], bool]) -> float:
    # No two rounds meet the server's clockwork in the same place.
    time.sleep(random.random() / 2)
    began = time.monotonic()
    do()
    return caller.until(seen) - began


def _saved(caller: Caller, watched: Path, policy: str) -> float:
    file = watched / "policy.yaml"
    took = _measure(caller, lambda: file.write_text(policy), refused)
    file.unlink()
    caller.until(passes)
    return took


def _applied(caller: Caller, mesh: Mesh, policy: str) -> float:
    socket = mesh.instance.control_socket
    body = {"files": [{"file": "bench.yaml", "text": policy}], "lease": 1.0}
    took = _measure(caller, lambda: ask(socket, "/v1/policies/apply", body), refused)
    mesh.delete_policies()
    caller.until(passes)
    return took


def activated(caller: Caller, mesh: Mesh, fault: Fault) -> float:
    """Seconds from asking the control server to turn the fault on until the first request is hit; it is off again."""
    socket = mesh.instance.control_socket
    body = {"faults": faults_to_json((fault,)), "lease": 10.0}
    took = _measure(caller, lambda: ask(socket, "/v1/scenarios/bench/activate", body), hit)
    ask(socket, "/v1/scenarios/bench/deactivate", {})
    caller.until(passes)
    return took
