# SPDX-License-Identifier: Apache-2.0
"""Connections through two sidecars end as they do without: the same client and server, on plain TCP and in a mesh.

Needs root.
"""

import json
import subprocess
from collections import Counter
from typing import Any

import pytest

from tests.e2e.pods.endings import CASES
from tests.mesh_harness import COMMAND_SECONDS, PODS, Mesh, eventually, pod_manifest

PORTS = (7100, 7101, 7102, 7103)
MANIFESTS = pod_manifest("ends", "endings", {"app": "ends"}, PORTS) + pod_manifest("calls", "client", {"app": "calls"})
# What a proxy cannot do; everything else must be equal. Envoy reads without SO_OOBINLINE, so that byte is skipped.
URGENT = "urgent data"
BOTH = ("127.0.0.1", "::1")
Seen = dict[str, list[Any]]


def told(log: str) -> Counter[str]:
    """What the server has seen, however the connections overlapped in time."""
    return Counter(line for line in log.splitlines() if line.startswith("{"))


@pytest.fixture(scope="module")
def plain() -> tuple[Seen, Counter[str]]:
    """Both in one network namespace of their own, over its loopback."""
    script = (
        'ip link set lo up && exec 3< <("$@" serve) && read -u3 line && "$@" try 127.0.0.1 ::1 && kill $! && cat <&3'
    )
    program = ("/usr/bin/python3", str(PODS / "endings.py"))
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", script, "bash", *program],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=True,
    )
    saw, _, log = done.stdout.partition("\n")
    return json.loads(saw), told(log)


@pytest.fixture(scope="module")
def steered(mesh: Mesh, plain: tuple[Seen, Counter[str]]) -> tuple[Seen, Counter[str]]:
    output = mesh.ok("exec", "calls", "--", "/usr/bin/python3", "/app/endings.py", "try", *mesh.addresses("ends"))
    eventually(lambda: told(mesh.log("ends")).total() >= plain[1].total())
    return json.loads(output), told(mesh.log("ends"))


@pytest.mark.parametrize("case", [case for case in CASES if case != URGENT])
def test_the_client_sees_what_it_would_see_without_sidecars(
    plain: tuple[Seen, Counter[str]], steered: tuple[Seen, Counter[str]], case: str
) -> None:
    """Guards skb_ingress and `inspected`, which keep the end of a connection from an Envoy that still looks at its
    beginning: it would drop both."""
    assert steered[0][case] == plain[0][case]


def test_the_server_sees_what_it_would_see_without_sidecars(
    plain: tuple[Seen, Counter[str]], steered: tuple[Seen, Counter[str]]
) -> None:
    """Guards against data that was sent and never arrived, and ends that arrive as something else."""
    assert steered[1] == plain[1]


def test_urgent_data_is_the_proxys_limit(plain: tuple[Seen, Counter[str]], steered: tuple[Seen, Counter[str]]) -> None:
    """What docs/datapath.md says: the urgent byte ends at the first sidecar, and the rest goes through."""
    assert plain[0][URGENT] == steered[0][URGENT] == ["beforeafter"] * len(BOTH)
