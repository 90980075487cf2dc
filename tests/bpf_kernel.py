# SPDX-License-Identifier: Apache-2.0
"""The datapath as it is loaded, with one pod: its programs run on packets and lookups of a test's own. Needs root."""

from bpf import structs
from bpf.datapath import Datapath
from bpf.libbpf import Map
from bpf.structs import DropReason
from l7filters.l4_tables import L4Datagrams, L4Entry, L4Service, L4Tables
from tests.bpf_run import ICMP, ICMPV6, SCTP, UDP, Lookup, Packet, run_on_frame, run_on_lookup

SLOT = 1
LOOPBACK = 1
"""The interface that BPF_PROG_RUN's packets are on."""
IPV4, IPV6 = "10.0.0.1", "fd00::1"
EXEC_IPV4, EXEC_IPV6 = "10.1.0.1", "fd01::1"
FRIEND, FRIEND6 = "10.0.0.2", "fd00::2"
FOE = "10.0.0.3"
PASSED: dict[DropReason, int] = {}


class Kernel:
    """The loaded datapath with one pod in slot 1, whose link's host end is interface 1."""

    def __init__(self, datapath: Datapath) -> None:
        self.datapath = datapath
        self.maps: dict[str, Map] = datapath._maps
        self.pod(IPV4, IPV6)

    def pod(self, ipv4: str, ipv6: str) -> None:
        slot = structs.word(SLOT)
        for key in self.maps["slot_by_address"].all_keys():
            self.maps["slot_by_address"].delete(key)
        self.maps["pod_by_slot"].update(slot, structs.pod(ipv4, ipv6, EXEC_IPV4, EXEC_IPV6))
        self.maps["slot_by_ifindex"].update(structs.word(LOOPBACK), slot)
        for address in (ipv4, ipv6):
            self.maps["slot_by_address"].update(structs.address(address), slot)

    def program(self, name: str) -> int:
        return self.datapath._object.program_fd(name)

    def frame(self, program: str, packet: Packet | bytes) -> int:
        return run_on_frame(self.program(program), packet if isinstance(packet, bytes) else packet.frame())

    def lookup(self, lookup: Lookup) -> tuple[int, int]:
        return run_on_lookup(self.program("find_listener"), lookup)

    def drops(self, slot: int = SLOT) -> dict[DropReason, int]:
        return dict(self.datapath.drops().get(slot, {}))

    def forget_flows(self) -> None:
        for key in self.maps["seen_by_flow"].all_keys():
            self.maps["seen_by_flow"].delete(key)

    def forget_drops(self) -> None:
        for key in self.maps["drops_by_reason"].all_keys():
            self.maps["drops_by_reason"].delete(key)


def entry(source: int, destination: int, port: int, prefix: int, allowed: bool) -> L4Entry:
    return L4Entry(source, destination, 6, port, prefix, allowed)


# Identities: 1 the world, 2 the pod, 3 its friend, 4 its foe. The friend may call port 80 and 8080..8087.
TABLES = L4Tables(
    (
        ("0.0.0.0/0", 1),
        ("::/0", 1),
        (f"{IPV4}/32", 2),
        (f"{IPV6}/128", 2),
        (f"{FRIEND}/32", 3),
        (f"{FRIEND6}/128", 3),
        (f"{FOE}/32", 4),
    ),
    (L4Service("10.96.0.1", 80, 6, ((2, 80),)),),
    (
        entry(3, 2, 0, 0, False),
        entry(3, 2, 80, 16, True),
        entry(3, 2, 8080, 13, True),
        entry(4, 2, 0, 0, False),
        entry(1, 2, 0, 0, True),
        entry(1, 2, 22, 16, False),
        L4Entry(3, 2, ICMP, 8, 16, True),
        L4Entry(3, 2, ICMPV6, 128, 16, True),
        L4Entry(3, 2, SCTP, 80, 16, True),
        L4Entry(3, 2, UDP, 53, 16, True),
    ),
    (L4Datagrams("10.96.0.1", 53, ((IPV4, 53),)),),
)
CALL = Packet(FRIEND, IPV4)
CALL6 = Packet(FRIEND6, IPV6)
