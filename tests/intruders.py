# SPDX-License-Identifier: Apache-2.0
"""Programs in a pod's network that its containers have not started. Needs root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mesh_harness import PODS, Mesh, Talk


@contextmanager
def in_network(net: Path) -> Iterator[Talk]:
    talk = Talk(["nsenter", f"--net={net}", "/usr/bin/python3", str(PODS / "ways.py")])
    try:
        yield talk
    finally:
        talk.close()


def in_sidecar(mesh: Mesh, pod: str, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the sidecar's cgroup and network: what a compromised Envoy could do."""
    join = 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"'
    inside = ("nsenter", f"--net={mesh.namespaces(pod).net}", "/usr/bin/python3", "-c", code, *arguments)
    argv = ["/bin/sh", "-c", join, "sh", str(mesh.pod_cgroup(pod, "sidecar")), *inside]
    with mesh.trusted():
        return subprocess.run(argv, capture_output=True, text=True, check=False)
