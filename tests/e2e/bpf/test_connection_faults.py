# SPDX-License-Identifier: Apache-2.0
"""Which connections go to the listener for faulted ones, in the kernel, through BPF_PROG_RUN. Needs root."""

import contextlib
import socket
import sys
from collections.abc import Iterator

import pytest

from bpf import structs
from bpf.datapath import Datapath
from l7filters.connection_effects import ConnectionEffects, ConnectionReset, Stream
from l7filters.connection_faults import ConnectionRule, Existing
from l7filters.faults import Inject
from riftgate.instance import POD_DEPTH
from tests.bpf_kernel import FRIEND, FRIEND6, IPV4, IPV6, SLOT, Kernel
from tests.bpf_run import SK_PASS, Lookup
from tests.pinned import bpffs

FRIEND_SLOT, FOE_SLOT = 2, 3
SLOTS = {"default/pod": SLOT, "default/friend": FRIEND_SLOT, "default/foe": FOE_SLOT}
LATER, PAST = 1 << 62, 1


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with bpffs(tmp_path_factory.mktemp("programs")) as pins:
        datapath = Datapath.load(pins, POD_DEPTH)
        try:
            kernel = Kernel(datapath)
            for address in (FRIEND, FRIEND6):
                kernel.maps["slot_by_address"].update(structs.address(address), structs.word(FRIEND_SLOT))
            yield kernel
        finally:
            datapath.close()


@pytest.fixture(autouse=True)
def nothing_on(kernel: Kernel) -> Iterator[None]:
    yield
    kernel.datapath.connection_faults.forget_all()


@contextlib.contextmanager
def listening(kernel: Kernel, table: str, address: str) -> Iterator[int]:
    """The cookie of a listener in a map of listeners."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((address, 0))
        listener.listen()
        key = structs.word(2 * SLOT + (family == socket.AF_INET6))
        kernel.maps[table].update(key, structs.cgroup_id(listener.fileno()))
        yield int.from_bytes(listener.getsockopt(socket.SOL_SOCKET, 57, 8), sys.byteorder)  # SO_COOKIE


def rule(port: int, source: str | None) -> ConnectionRule:
    """Of connections to the pod."""
    return ConnectionRule(
        fault="siege/slow",
        activation=1,
        does=ConnectionEffects(reset=ConnectionReset()),
        stream=Stream.BOTH,
        parts_per_million=1_000_000,
        which=None,
        inject=Inject.SERVER,
        existing=Existing.KEEP,
        pods=frozenset({"default/pod"}),
        peers=frozenset({source}),
        port=port,
        dialled=(),
        callers=None if source is None else (),
    )


@pytest.mark.parametrize(("any_address", "own", "friend"), [("0.0.0.0", IPV4, FRIEND), ("::", IPV6, FRIEND6)])
@pytest.mark.parametrize(
    ("source", "port", "end", "hit"),
    [
        ("default/friend", 80, LATER, True),
        ("default/friend", 0, LATER, True),
        (None, 80, LATER, True),
        (None, 0, LATER, True),
        ("default/friend", 81, LATER, False),
        ("default/foe", 80, LATER, False),
        ("default/friend", 80, PAST, False),
        (None, 0, PAST, False),
    ],
)
def test_who_is_hit_and_until_when(
    kernel: Kernel, any_address: str, own: str, friend: str, source: str | None, port: int, end: int, hit: bool
) -> None:
    faults = kernel.datapath.connection_faults
    call = Lookup(friend, own, 80)
    with listening(kernel, "listener_by_slot", any_address) as usual:
        assert kernel.lookup(call) == (SK_PASS, usual)
        with listening(kernel, "faulted_listener_by_slot", any_address) as other:
            faults.replace([(rule(port, source), end)], SLOTS)
            assert kernel.lookup(call) == (SK_PASS, other if hit else usual)
            # One that has ended, for everybody else, takes nothing away.
            faults.replace([(rule(port, source), end), (rule(port, source), PAST), (rule(82, None), LATER)], SLOTS)
            assert kernel.lookup(call) == (SK_PASS, other if hit else usual)
            faults.forget_all()
            assert kernel.lookup(call) == (SK_PASS, usual)
            assert kernel.maps["connection_faults_end_by_pair"].all_keys() == []


def test_without_that_listener_the_usual_one_has_them(kernel: Kernel) -> None:
    """Chaos fails open."""
    kernel.datapath.connection_faults.replace([(rule(0, None), LATER)], SLOTS)
    call = Lookup(FRIEND, IPV4, 80)
    with listening(kernel, "listener_by_slot", "0.0.0.0") as usual:
        with listening(kernel, "faulted_listener_by_slot", "0.0.0.0") as other:
            assert kernel.lookup(call) == (SK_PASS, other)
        assert kernel.lookup(call) == (SK_PASS, usual), "a closed listener leaves by itself"


def test_a_slot_passes_on_no_fault(kernel: Kernel) -> None:
    faults = kernel.datapath.connection_faults
    call = Lookup(FRIEND, IPV4, 80)
    with (
        listening(kernel, "listener_by_slot", "0.0.0.0") as usual,
        listening(kernel, "faulted_listener_by_slot", "0.0.0.0") as other,
    ):
        for gone in (SLOT, FRIEND_SLOT):
            faults.replace([(rule(0, "default/friend"), LATER)], SLOTS)
            assert kernel.lookup(call) == (SK_PASS, other)
            faults.forget_pod(gone)
            assert kernel.lookup(call) == (SK_PASS, usual)


def test_an_agent_that_takes_over_begins_without_faults(kernel: Kernel) -> None:
    """Their ends were another's to keep."""
    kernel.datapath.connection_faults.replace([(rule(0, None), LATER)], SLOTS)
    again = Datapath.load(kernel.datapath._pins, POD_DEPTH)
    try:
        assert kernel.maps["connection_faults_end_by_pair"].all_keys() == []
    finally:
        again.close()
