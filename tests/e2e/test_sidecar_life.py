# SPDX-License-Identifier: Apache-2.0
"""Sidecars that restart, crash in a row, or have several workers. Needs root."""

import http.client
import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mesh_harness import Mesh, Talk, eventually, kill_and_wait, pod_manifest
from tests.pinned import open_map

PORTS = (80, 7000)
WORKERS = 3
WIDE = pod_manifest("wide", "server", {"app": "wide"}, PORTS).replace(
    "labels:", f'annotations: {{riftgate/sidecar-workers: "{WORKERS}"}}, labels:'
)
MANIFESTS = "".join(
    (
        pod_manifest("vault", "server", {"app": "vault"}, PORTS),
        WIDE,
        pod_manifest("guest", "client", {"role": "guest"}),
    )
)
CRASHES = 4
RECOVERY = 60.0
"""Seconds; the pause after so many crashes is 4 s."""


def answers(guest: Talk, address: str) -> bool:
    return guest("http", "GET", address, 80, "/", {}, 0).get("status") == 200


def listeners(mesh: Mesh, pod: str) -> int:
    """Of the families, IPv4 and IPv6, those for which the kernel knows the pod's inbound listener."""
    slot = mesh.pod(pod)["slot"]
    with open_map(mesh.instance.pins / "maps" / "listener_by_slot") as table:
        return sum(table.lookup((2 * slot + family).to_bytes(4, "little")) is not None for family in (0, 1))


def admin(path: Path, question: str, method: str = "GET") -> str:
    connection = http.client.HTTPConnection("envoy")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request(method, question)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


@pytest.mark.parametrize(("pod", "workers"), [("vault", 1), ("wide", WORKERS)])
def test_its_timers_are_exact(mesh: Mesh, guest: Talk, pod: str, workers: int) -> None:
    """Guards the accuracy of delays: an event loop with a timer of the kernel's (timerfd) reads no coarse clock. One
    for each worker, and one for the main thread."""
    eventually(lambda: answers(guest, mesh.addresses(pod)[0]), RECOVERY)
    (envoy,) = mesh.sidecar_pids(pod)
    timers = 0
    for each in Path(f"/proc/{envoy}/fd").iterdir():
        with suppress(FileNotFoundError):  # It may be closed meanwhile.
            timers += str(each.readlink()) == "anon_inode:[timerfd]"
    assert timers >= workers + 1


@pytest.mark.parametrize("pod", ["vault", "wide"])
def test_a_crash_loop_fails_closed_and_ends_by_itself(mesh: Mesh, guest: Talk, pod: str) -> None:
    """Guards the registration of each new listener, and its disappearance with its process: whoever calls meanwhile is
    refused, by nobody else answered, and once the crashes end so does the trouble."""
    address = mesh.addresses(pod)
    restarts = mesh.pod(pod)["sidecar"]["restarts"]
    assert all(answers(guest, each) for each in address)
    for _ in range(CRASHES):
        victims = eventually(lambda: mesh.sidecar_pids(pod), RECOVERY)
        kill_and_wait(victims)
        before = mesh.log(pod)
        # From the death on until the successor listens: its own sidecar takes the call, and nobody else does.
        answer = guest("http", "GET", address[0], 80, "/", {}, 0)
        assert "error" in answer or mesh.log(pod) != before
    eventually(lambda: answers(guest, address[0]), RECOVERY)
    eventually(lambda: answers(guest, address[1]), RECOVERY)
    assert mesh.pod(pod)["sidecar"]["restarts"] >= restarts + CRASHES
    assert listeners(mesh, pod) == 2


@pytest.mark.parametrize("family", [0, 1])
def test_connections_are_spread_over_the_workers(mesh: Mesh, guest: Talk, family: int) -> None:
    """Guards the SO_REUSEPORT group: the kernel's choice among its members follows that of sk_lookup, although each
    worker's listener takes the place of the one before in the map."""
    address = mesh.addresses("wide")[family]
    eventually(lambda: answers(guest, address), RECOVERY)
    path = mesh.instance.state / "pods" / "default.wide" / "envoy.sock"

    def taken() -> dict[str, int]:
        statistics = admin(path, "/stats?filter=_15006.*worker_.*downstream_cx_total")
        return {name: int(count) for name, count in re.findall(r"(\S*worker_\d+\S*): (\d+)", statistics)}

    before = taken()
    assert len(before) in (WORKERS, 2 * WORKERS)
    for number in range(30):
        guest("open", f"spread-{number}", address, 7000)
        # The caller's own sidecar accepts at once; that it is answered shows that it got there.
        assert guest("say", f"spread-{number}", "\0\0") == {"heard": "\0\0"}
    used = {re.sub(r".*worker_", "", name) for name, count in taken().items() if count > before[name]}
    for number in range(30):
        guest("close", f"spread-{number}")
    assert len(used) > 1, "30 connections, and one worker has them all"
