# SPDX-License-Identifier: Apache-2.0
"""SCTP by policy, on a kernel that has it: associations of apps, without sidecars, judged at the host's end."""

import subprocess
from collections.abc import Iterator

import pytest

from l7filters.l4_tables import EVERY_PROTOCOL, L4Entry, L4Tables
from riftgate.local.capabilities import DEFAULT_CAPABILITIES
from tests.kernels.pods import Machine, machine
from tests.mesh_harness import PATIENCE, Talk

PORT, OTHER_PORT = 8080, 8081
SCTP = 132
CALLER, CALLED = 2, 3


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    subprocess.run(["modprobe", "sctp"], check=True)
    with machine(tmp_path_factory.mktemp("machine")) as here:
        yield here


@pytest.fixture(scope="module")
def ends(here: Machine) -> Iterator[tuple[Talk, Talk]]:
    for name in ("caller", "called"):
        here.start(here.pod(name), "app", DEFAULT_CAPABILITIES)
    with here.pods["caller"].talk("app", "reach.py") as caller, here.pods["called"].talk("app", "reach.py") as called:
        yield caller, called


def put_in_force(here: Machine, *entries: L4Entry) -> None:
    identities = {CALLER: here.pods["caller"].addresses, CALLED: here.pods["called"].addresses}
    addresses = tuple(
        (f"{address}/{128 if ':' in address else 32}", identity)
        for identity, both in identities.items()
        for address in both
    )
    here.datapath.tables.replace(L4Tables(addresses, (), entries))


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_an_association_goes_where_its_ports_may(here: Machine, ends: tuple[Talk, Talk], family: int) -> None:
    """The server may open nothing itself: its part of the association is replies."""
    caller, called = ends
    address = here.pods["called"].addresses[family]
    put_in_force(
        here, L4Entry(CALLER, CALLED, SCTP, PORT, 16, True), L4Entry(CALLED, CALLER, EVERY_PROTOCOL, 0, 0, False)
    )

    for port in (PORT, OTHER_PORT):
        assert called("serve-sctp", address, port) == {}
        before = here.drops(here.pods["caller"]).get("policy", 0)
        if port == PORT:
            called.send("reply")
            answer = caller("call-sctp", address, port, "hello", PATIENCE)
            assert answer == {"back": "hello", "peer": [address, port]}
            assert called.answer() == {"words": "hello"}
        else:
            assert caller("call-sctp", address, port, "hello", 2) == {"error": "timed out"}
            assert here.drops(here.pods["caller"])["policy"] > before


@pytest.mark.parametrize("family", [0, 1], ids=["IPv4", "IPv6"])
def test_what_is_closed_later_stops_an_association(here: Machine, ends: tuple[Talk, Talk], family: int) -> None:
    caller, called = ends
    address = here.pods["called"].addresses[family]
    put_in_force(here, L4Entry(CALLER, CALLED, SCTP, PORT, 16, True))
    assert called("serve-sctp", address, PORT) == {}
    assert caller("open-sctp", address, PORT, PATIENCE) == {}
    put_in_force(here, L4Entry(CALLER, CALLED, SCTP, PORT, 16, False))
    assert caller("say-sctp", "hello", 2) == {"error": "timed out"}
    put_in_force(here, L4Entry(CALLER, CALLED, SCTP, PORT, 16, True))
    called.send("reply")
    assert caller("hear-sctp", 5, PATIENCE) == {"back": "hello"}
    assert called.answer() == {"words": "hello"}
