# SPDX-License-Identifier: Apache-2.0
"""Of all packets that no socket sends, one leaves a pod: the kernel's refusal of a SYN, once. Through BPF_PROG_RUN.

Needs root.
"""

import ipaddress
import struct
from collections.abc import Iterator

import pytest

from bpf.datapath import Datapath
from bpf.structs import DropReason
from l7filters.l4_tables import L4Entry, L4Tables
from riftgate.instance import POD_DEPTH
from tests.bpf_kernel import IPV4, IPV6, Kernel
from tests.bpf_run import ACK, RST, SYN, TC_ACT_OK, TC_ACT_SHOT, TCP, Packet
from tests.pinned import bpffs

FRIEND, FRIEND6 = "10.0.0.2", "fd00::2"
FOE = "10.0.0.3"
SEQUENCE = 1
"""Of the SYNs that Packet makes."""
TABLES = L4Tables(
    (("0.0.0.0/0", 1), ("::/0", 1), (f"{FOE}/32", 2)),
    (),
    (L4Entry(1, 1, TCP, 0, 0, True), L4Entry(2, 1, TCP, 0, 0, False)),
)
ENDS = {4: (IPV4, FRIEND), 6: (IPV6, FRIEND6)}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datapath]:
    with bpffs(tmp_path_factory.mktemp("programs")) as pins:
        datapath = Datapath.load(pins, POD_DEPTH)
        try:
            datapath.tables.replace(TABLES)
            yield datapath
        finally:
            datapath.close()


@pytest.fixture
def kernel(loaded: Datapath) -> Kernel:
    kernel = Kernel(loaded)
    for key in kernel.maps["opening_by_flow"].all_keys():
        kernel.maps["opening_by_flow"].delete(key)
    kernel.forget_drops()
    return kernel


def call(version: int, payload: bytes = b"") -> Packet:
    """A SYN into the pod; with fast open, data comes along."""
    own, friend = ENDS[version]
    packet = Packet(friend, own)
    return packet.but(payload=packet._segment() + payload)


def folded(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def refusal(
    version: int,
    *,
    flags: int = RST | ACK,
    sequence: int = 0,
    acknowledgement: int = SEQUENCE + 1,
    words: int = 5,
    window: int = 0,
    urgent: int = 0,
    ports: tuple[int, int] = (80, 40000),
    checksum: int | None = None,
    offloaded: bool = False,
    more: bytes = b"",
    **ip: int,
) -> bytes:
    """The frame of a reset as the kernel makes it, or one that differs in something."""
    own, friend = (ipaddress.ip_address(each).packed for each in ENDS[version])
    segment = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledgement, words << 4, flags, window, 0, urgent) + more
    addresses = own + friend + struct.pack("!II", len(segment), TCP)
    right = folded(addresses) if offloaded else ~folded(addresses + segment + b"\0" * (len(segment) % 2)) & 0xFFFF
    segment = segment[:16] + struct.pack("!H", right if checksum is None else checksum) + segment[18:]
    if version == 4:
        first, tos, identity = 0x45, ip.get("tos", 0), ip.get("identity", 0)
        fragment, ttl = ip.get("fragment", 0x4000), ip.get("ttl", 64)
        header = struct.pack("!BBHHHBBH", first, tos, 20 + len(segment), identity, fragment, ttl, TCP, 0) + own + friend
    else:
        header = struct.pack("!IHBB", 6 << 28 | ip.get("label", 0xABCDE), len(segment), TCP, ip.get("ttl", 64))
        header += own + friend
    kind = 0x0800 if version == 4 else 0x86DD
    return bytes.fromhex("020000000001 020000000002") + kind.to_bytes(2, "big") + header + segment


@pytest.mark.parametrize("offloaded", [False, True])
@pytest.mark.parametrize("version", [4, 6])
def test_a_refusal_leaves_once_per_call(kernel: Kernel, version: int, offloaded: bool) -> None:
    """Guards against callers that wait for a pod which nobody listens in: without it each call times out."""
    frame = refusal(version, offloaded=offloaded)
    for _ in range(2):
        assert kernel.frame("from_pod", frame) == TC_ACT_SHOT
        assert kernel.frame("to_pod", call(version)) == TC_ACT_OK
        assert kernel.frame("from_pod", frame) == TC_ACT_OK
    assert kernel.frame("from_pod", frame) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.NOT_SIDECAR: 3}


@pytest.mark.parametrize("version", [4, 6])
def test_data_of_a_fast_open_counts(kernel: Kernel, version: int) -> None:
    assert kernel.frame("to_pod", call(version, bytes(100))) == TC_ACT_OK
    assert kernel.frame("from_pod", refusal(version)) == TC_ACT_SHOT
    assert kernel.frame("from_pod", refusal(version, acknowledgement=SEQUENCE + 1 + 100)) == TC_ACT_OK


FORGERIES: dict[str, dict[str, int | bytes | tuple[int, int]]] = {
    "an acknowledgement of one's own": {"acknowledgement": SEQUENCE + 2},
    "a sequence number": {"sequence": 7},
    "a window": {"window": 1},
    "an urgent pointer": {"urgent": 1},
    "a checksum of one's own": {"checksum": 0x1234},
    "data behind it": {"more": b"hi"},
    "options": {"words": 6, "more": b"\1\1\1\0"},
    "another caller's port": {"ports": (80, 40001)},
    "another port of the pod": {"ports": (81, 40000)},
    "no reset": {"flags": ACK},
    "a SYN-ACK": {"flags": SYN | ACK},
    "a SYN": {"flags": SYN},
    "a reset without an acknowledgement": {"flags": RST},
    "a flag more": {"flags": RST | ACK | 0x08},
    "a hop limit": {"ttl": 63},
}
FORGERIES_IPV4 = {"a type of service": {"tos": 4}, "an identification": {"identity": 1}, "no DF": {"fragment": 0}}


@pytest.mark.parametrize(
    ("version", "forgery"),
    [
        *((version, forgery) for version in (4, 6) for forgery in FORGERIES),
        *((4, forgery) for forgery in FORGERIES_IPV4),
    ],
)
def test_nothing_else_without_a_socket_leaves(kernel: Kernel, version: int, forgery: str) -> None:
    """Guards every bit of the refusal: a packet socket of the app would speak through the one that is not looked at."""
    assert kernel.frame("to_pod", call(version)) == TC_ACT_OK
    differing = (FORGERIES | FORGERIES_IPV4)[forgery]
    assert kernel.frame("from_pod", refusal(version, **differing)) == TC_ACT_SHOT  # type: ignore[arg-type]
    assert kernel.drops() == {DropReason.NOT_SIDECAR: 1}


@pytest.mark.parametrize("version", [4, 6])
def test_bytes_behind_the_packet_stay(kernel: Kernel, version: int) -> None:
    assert kernel.frame("to_pod", call(version)) == TC_ACT_OK
    assert kernel.frame("from_pod", refusal(version) + b"behind") == TC_ACT_SHOT


def test_who_was_not_let_in_is_not_answered(kernel: Kernel) -> None:
    assert kernel.frame("to_pod", Packet(FOE, IPV4)) == TC_ACT_SHOT
    assert kernel.maps["opening_by_flow"].all_keys() == []
    assert kernel.frame("to_pod", Packet(FRIEND, IPV4, flags=ACK)) == TC_ACT_OK
    assert kernel.maps["opening_by_flow"].all_keys() == [], "only what opens a connection is answered"
