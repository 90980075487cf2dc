# SPDX-License-Identifier: Apache-2.0
"""The datapath on another kernel: every object loads, the preflight finds what it needs, and a connection goes its way
through two real Envoys."""

import contextlib
import os
import resource
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bpf import acceleration, datapath, unix_sockets
from bpf.libbpf import Object
from bpf.netns import in_netns
from bpf.preflight import kernel_version
from l7filters.l4_tables import L4Entry, L4Tables
from riftgate import preflight
from riftgate.instance import POD_DEPTH
from riftgate.local.capabilities import DEFAULT_CAPABILITIES
from riftgate.local.cgroups import processes
from riftgate.local.netns import node_path
from riftgate.local.sidecar import OPEN_FILES, open_files
from tests.kernels.pods import Machine, machine
from tests.mesh_harness import PATIENCE, Talk, open_socket

OBJECTS = sorted(set(datapath.OBJECT.parent.glob("*.bpf.o")) - {unix_sockets.OBJECT})
PORT = 8080
FEW_FILES = 2048
CALLER, CALLED = 2, 3


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: path.name)
def test_every_object_passes_the_verifier(path: Path) -> None:
    loaded = Object(path)
    try:
        loaded.load()
        assert loaded.program_names
        assert all(loaded.program_fd(program) > 0 for program in loaded.program_names)
    finally:
        loaded.close()


def test_what_only_newer_kernels_take_is_left_out_of_others(here: Machine) -> None:
    """It goes through the verifier with the datapath's maps."""
    loaded = unix_sockets.load(here.instance.pins, POD_DEPTH)
    if kernel_version(os.uname().release) < (6, 7):
        assert loaded == "Linux 6.1 does not ask BPF who connects to a unix socket, 6.7 does"
    else:
        assert isinstance(loaded, Object), loaded
        assert all(loaded.program_fd(program) > 0 for program in unix_sockets.PROGRAMS)
        loaded.close()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_what_is_redirected_goes_past_tcp(here: Machine, family: socket.AddressFamily) -> None:
    """The program of acceleration, which every object has loaded and attached to its sockets."""

    def said() -> tuple[bytes, int]:
        with acceleration.connected(family) as (client, server):
            acceleration.enrol(here.datapath._maps, (client, server))
            client.sendall(b"hello")
            heard = server.recv(64)
            # tcpi_bytes_sent of struct tcp_info
            told = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            return heard, struct.unpack_from("=Q", told, 200)[0]

    assert in_netns(node_path(here.instance.name), said) == (b"hello", 0)


def test_the_preflight_lacks_nothing() -> None:
    assert preflight.check() == ()


def test_the_kernel_has_netem() -> None:
    """Faults of L3/L4 (loss, delay, reordering) are its work."""
    inside = "ip link add netem0 type dummy && tc qdisc add dev netem0 root netem delay 10ms loss 1% && tc qdisc show"
    shown = subprocess.run(["unshare", "--net", "sh", "-ec", inside], capture_output=True, text=True, check=True)
    assert "qdisc netem" in shown.stdout


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("machine")) as here:
        yield here


@pytest.fixture(scope="module")
def ends(here: Machine) -> Iterator[tuple[Talk, Talk]]:
    """A caller and a server, each with its Envoy, started by somebody who may open few files."""
    for name in ("caller", "called"):
        pod = here.pod(name)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES))
        try:
            here.start_sidecar(pod, PORT)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        here.start(pod, "app", DEFAULT_CAPABILITIES)
    with here.pods["caller"].talk("app", "reach.py") as caller, here.pods["called"].talk("app", "reach.py") as called:
        assert called("serve", "127.0.0.1", PORT) == {}
        yield caller, called


def allow(here: Machine, allowed: bool) -> None:
    identities = {CALLER: here.pods["caller"].addresses, CALLED: here.pods["called"].addresses}
    addresses = tuple(
        (f"{address}/{128 if ':' in address else 32}", identity)
        for identity, both in identities.items()
        for address in both
    )
    here.datapath.tables.replace(L4Tables(addresses, (), (L4Entry(CALLER, CALLED, 6, 0, 0, allowed),)))


def test_a_sidecar_may_open_more_files_than_who_starts_it(here: Machine, ends: tuple[Talk, Talk]) -> None:
    """Here the tests are root of the machine (CAP_SYS_RESOURCE), as an agent is that init starts."""
    for pod in here.pods.values():
        (envoy,) = processes(pod.sidecar_cgroup)
        assert open_files(envoy) == OPEN_FILES


def accepted(here: Machine, pod: str, listener: str) -> int:
    """How many connections a pod's Envoy says to have had."""
    with contextlib.closing(open_socket(here.pods[pod].folder / "envoy.sock")) as connection:
        connection.request("GET", f"/stats?filter=tcp.{listener}.downstream_cx_total")
        return int(connection.getresponse().read().rpartition(b":")[2])


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_a_connection_goes_through_both_sidecars(here: Machine, ends: tuple[Talk, Talk], family: int) -> None:
    caller, called = ends
    address = here.pods["called"].addresses[family]
    allow(here, True)
    before = accepted(here, "caller", "outbound"), accepted(here, "called", "inbound")

    called.send("reply")
    assert caller("call", address, PORT, "hello", PATIENCE) == {"back": "hello", "peer": [address, PORT]}
    assert called.answer() == {"words": "hello"}

    after = accepted(here, "caller", "outbound"), accepted(here, "called", "inbound")
    assert after == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_a_denied_connection_reaches_no_sidecar(here: Machine, ends: tuple[Talk, Talk], family: int) -> None:
    caller, _ = ends
    allow(here, False)
    before = accepted(here, "caller", "outbound"), accepted(here, "called", "inbound")
    assert caller("call", here.pods["called"].addresses[family], PORT, "hello", 2) == {"error": "timed out"}
    assert (accepted(here, "caller", "outbound"), accepted(here, "called", "inbound")) == before
    assert here.drops(here.pods["caller"])["policy"] > 0
