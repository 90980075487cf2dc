# SPDX-License-Identifier: Apache-2.0
"""The verdicts of the BPF programs on crafted packets and lookups, in the kernel, through BPF_PROG_RUN. Needs root."""

import socket
import struct

import pytest
from pyroute2 import IPRoute

from bpf import structs
from bpf.events import EVENTS_PER_SECOND, EventCounts
from bpf.structs import DropReason
from tests.bpf_kernel import (
    CALL,
    CALL6,
    EXEC_IPV4,
    EXEC_IPV6,
    FOE,
    FRIEND,
    FRIEND6,
    IPV4,
    IPV6,
    LOOPBACK,
    PASSED,
    SLOT,
    Kernel,
)
from tests.bpf_run import (
    ACK,
    RST,
    SCTP,
    SK_DROP,
    SK_PASS,
    SYN,
    TC_ACT_OK,
    TC_ACT_SHOT,
    UDP,
    Lookup,
    Packet,
    icmp,
    run_on_frame,
)
from tests.private_network import PrivateNetwork

# to_pod: what enters the pod


@pytest.mark.parametrize(
    ("packet", "allowed"),
    [
        (CALL, True),
        (CALL6, True),
        (CALL.but(port=81), False),
        (CALL6.but(port=81), False),
        (CALL.but(port=8079), False),
        (CALL.but(port=8080), True),
        (CALL.but(port=8087), True),
        (CALL.but(port=8088), False),
        (CALL.but(source=FOE), False),
        (CALL.but(source="192.0.2.1", port=81), True),
        (CALL.but(source="192.0.2.1", port=22), False),
        (CALL6.but(source="2001:db8::1", port=22), False),
        (CALL6.but(source="2001:db8::1"), True),
    ],
)
def test_a_new_connection_goes_by_the_tables(kernel: Kernel, packet: Packet, allowed: bool) -> None:
    assert kernel.frame("to_pod", packet) == (TC_ACT_OK if allowed else TC_ACT_SHOT)
    assert kernel.drops() == (PASSED if allowed else {DropReason.POLICY: 1})


@pytest.mark.parametrize("flags", [ACK, SYN | ACK, RST, ACK | 0x08, 0])
def test_what_opens_nothing_is_judged_where_it_left(kernel: Kernel, flags: int) -> None:
    assert kernel.frame("to_pod", CALL.but(source=FOE, flags=flags)) == TC_ACT_OK


@pytest.mark.parametrize("flags", [SYN | 0x01, SYN | 0x08, SYN | RST, SYN | 0xC0])
def test_a_syn_dressed_up_is_a_syn(kernel: Kernel, flags: int) -> None:
    assert kernel.frame("to_pod", CALL.but(source=FOE, flags=flags)) == TC_ACT_SHOT


NO_SEGMENTS: dict[str, Packet | bytes] = {
    "UDP-Lite": CALL.but(protocol=136),
    "UDP-Lite over IPv6": CALL6.but(protocol=136),
    "a fragment of a datagram": CALL.but(protocol=UDP, fragment=0x2000),
    "a redirect": icmp(CALL, 5),
    "a router's word": icmp(CALL, 9),
    "a neighbour's word": icmp(CALL6, 135),
    "a multicast report": icmp(CALL6, 143),
    "ICMP over IPv6": icmp(CALL6, 8).but(protocol=1),
    "ICMPv6 over IPv4": icmp(CALL, 128).but(protocol=58),
    "ICMP cut short": icmp(CALL, 8).but(cut=14 + 20 + 5),
    "DCCP": CALL.but(protocol=33),
    "GRE": CALL.but(protocol=47),
    "IP in IP": CALL.but(protocol=4),
    "first fragment": CALL.but(fragment=0x2000),
    "later fragment": CALL.but(fragment=0x0010),
    "last fragment": CALL.but(fragment=0x1FFF),
    "IP options": CALL.but(options=b"\x01" * 4),
    "a source route": CALL.but(options=bytes([131, 7, 4, 10, 0, 0, 9, 0])),
    "hop-by-hop header": CALL6.but(protocol=0, extension=bytes([6, 0, 1, 4, 0, 0, 0, 0])),
    "routing header": CALL6.but(protocol=43, extension=bytes([6, 0, 0, 0, 0, 0, 0, 0])),
    "IPv6 fragment": CALL6.but(protocol=44, extension=bytes([6, 0, 0, 0, 0, 0, 0, 1])),
    "destination options": CALL6.but(protocol=60, extension=bytes([6, 0, 1, 4, 0, 0, 0, 0])),
    "ARP": CALL.but(ethertype=0x0806),
    "VLAN": CALL.but(ethertype=0x8100),
    "two VLANs": CALL.but(ethertype=0x88A8),
    "MPLS": CALL.but(ethertype=0x8847),
    "IPv6 that says it is IPv4": CALL6.but(ethertype=0x0800),
    "IPv4 that says it is IPv6": CALL.but(ethertype=0x86DD),
    "version 5": CALL.but(version=5),
    "version 4 in IPv6": CALL6.but(version=4),
    "an IPv4 header and no more": CALL.but(cut=14 + 20),
    "an IPv6 header and no more": CALL6.but(cut=14 + 40),
    "no TCP ports": CALL.but(cut=14 + 20 + 3),
    "no TCP flags": CALL.but(cut=14 + 20 + 12),
    "nothing": b"\0" * 14,
    "v4-mapped over IPv6": CALL6.but(source=f"::ffff:{FRIEND}", destination=f"::ffff:{IPV4}"),
    "from v4-mapped": CALL6.but(source=f"::ffff:{FRIEND}"),
    "to v4-mapped": CALL6.but(destination=f"::ffff:{IPV4}"),
}


@pytest.mark.parametrize("program", ["to_pod", "from_pod"])
@pytest.mark.parametrize("packet", NO_SEGMENTS.values(), ids=NO_SEGMENTS)
def test_what_is_not_carried_is_dropped(kernel: Kernel, program: str, packet: Packet | bytes) -> None:
    assert kernel.frame(program, packet) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.PROTOCOL: 1}


@pytest.mark.parametrize("call", [CALL, CALL6])
def test_a_datagram_goes_by_the_tables_of_its_own_protocol(kernel: Kernel, call: Packet) -> None:
    """The friend may send to port 53; TCP to port 80 says nothing about UDP."""
    datagram = call.but(protocol=UDP, port=53)
    assert kernel.frame("to_pod", datagram) == TC_ACT_OK
    assert kernel.frame("to_pod", datagram.but(port=80)) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.POLICY: 1}


def test_sctp_goes_by_its_ports(kernel: Kernel) -> None:
    assert kernel.frame("to_pod", CALL.but(protocol=SCTP)) == TC_ACT_OK
    assert kernel.frame("to_pod", CALL.but(protocol=SCTP, port=81)) == TC_ACT_SHOT
    assert kernel.frame("to_pod", CALL.but(protocol=SCTP, source=FOE)) == TC_ACT_SHOT


@pytest.mark.parametrize(
    "packet",
    [
        CALL.but(destination=FRIEND),
        CALL6.but(destination=FRIEND6),
        CALL.but(source=IPV4),
        CALL6.but(source=IPV6),
        CALL.but(source=IPV4, flags=ACK),
        CALL.but(destination="255.255.255.255"),
        CALL.but(destination="127.0.0.1"),
    ],
)
def test_addresses_that_are_not_the_pods_and_sources_that_are(kernel: Kernel, packet: Packet) -> None:
    assert kernel.frame("to_pod", packet) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.ADDRESS: 1}


@pytest.mark.parametrize("program", ["to_pod", "from_pod"])
def test_an_interface_that_nobody_knows(kernel: Kernel, program: str) -> None:
    kernel.maps["slot_by_ifindex"].delete(structs.word(LOOPBACK))
    assert kernel.frame(program, CALL) == TC_ACT_SHOT


@pytest.mark.parametrize("program", ["to_pod", "from_pod"])
def test_a_slot_without_a_pod(kernel: Kernel, program: str) -> None:
    kernel.maps["pod_by_slot"].delete(structs.word(SLOT))
    assert kernel.frame(program, CALL) == TC_ACT_SHOT


# from_pod: what leaves the pod


@pytest.mark.parametrize(
    "packet",
    [
        Packet(IPV4, "192.0.2.1"),
        Packet(IPV4, FRIEND, flags=ACK),
        Packet(IPV6, "2001:db8::1"),
        Packet(IPV4, "192.0.2.1", flags=RST),
    ],
)
def test_what_no_socket_of_the_sidecar_sent_does_not_leave(kernel: Kernel, packet: Packet) -> None:
    assert kernel.frame("from_pod", packet) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.NOT_SIDECAR: 1}


@pytest.mark.parametrize("packet", [Packet(FRIEND, "192.0.2.1"), Packet(FRIEND6, "2001:db8::1")])
def test_a_source_that_is_not_the_pods_does_not_leave(kernel: Kernel, packet: Packet) -> None:
    assert kernel.frame("from_pod", packet) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.ADDRESS: 1}


# skb_egress and skb_ingress: an app's sockets


@pytest.mark.parametrize("program", ["skb_egress", "skb_ingress"])
def test_over_lo_everything_goes(kernel: Kernel, program: str) -> None:
    assert kernel.frame(program, CALL) == 1
    assert kernel.drops(0) == PASSED


def test_over_any_other_device_only_the_sidecar_hears(kernel: Kernel) -> None:
    network = PrivateNetwork()

    def run() -> int:
        with IPRoute() as route:
            route.link("add", ifname="one", kind="veth", peer="other")
            index = route.link_lookup(ifname="one")[0]
        return run_on_frame(kernel.program("skb_ingress"), CALL.frame(), index)

    try:
        assert network.run(run) == 0
    finally:
        network.close()
    assert kernel.drops(0) == {DropReason.APP_SOCKET: 1}, "a socket without a role belongs to no slot"


# find_listener: who answers an inbound connection


@pytest.mark.parametrize(
    "lookup",
    [
        Lookup("127.0.0.1", "127.0.0.1"),
        Lookup("127.0.0.1", "127.255.0.9", 15001),
        Lookup("::1", "::1"),
        Lookup(IPV4, IPV4),
        Lookup(IPV6, IPV6),
        Lookup("127.0.0.1", "127.0.0.1", protocol=UDP),
        # Of a datagram, to_pod has judged before.
        Lookup(FOE, IPV4, protocol=UDP),
    ],
)
def test_what_a_pod_sends_itself_is_looked_up_as_ever(kernel: Kernel, lookup: Lookup) -> None:
    assert kernel.lookup(lookup) == (SK_PASS, 0)
    assert kernel.drops() == PASSED


@pytest.mark.parametrize(
    "lookup",
    [
        Lookup(FOE, "10.0.0.99"),
        Lookup(FRIEND6, "fd00::99"),
        Lookup(FOE, IPV4, protocol=132),
        Lookup(FRIEND6, IPV6, protocol=132),
        Lookup("127.0.0.1", "10.0.0.99"),
    ],
)
def test_what_is_not_the_pods_is_answered_by_nobody(kernel: Kernel, lookup: Lookup) -> None:
    assert kernel.lookup(lookup) == (SK_DROP, 0)


@pytest.mark.parametrize("lookup", [Lookup(FOE, IPV4), Lookup(FRIEND6, IPV6), Lookup("127.0.0.1", IPV4)])
def test_without_a_listener_nobody_answers(kernel: Kernel, lookup: Lookup) -> None:
    assert kernel.lookup(lookup) == (SK_DROP, 0)
    assert kernel.drops() == {DropReason.NO_LISTENER: 1}


@pytest.mark.parametrize(
    ("family", "any_address", "lookup"),
    [
        (socket.AF_INET, "0.0.0.0", Lookup(FOE, IPV4, 4711)),
        (socket.AF_INET6, "::", Lookup(FRIEND6, IPV6, 4711)),
    ],
)
def test_the_sidecars_listener_answers_on_every_port(
    kernel: Kernel, family: socket.AddressFamily, any_address: str, lookup: Lookup
) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((any_address, 0))
        listener.listen()
        key = structs.word(2 * SLOT + (family == socket.AF_INET6))
        kernel.maps["listener_by_slot"].update(key, structs.cgroup_id(listener.fileno()))
        cookie = struct.unpack("=Q", listener.getsockopt(socket.SOL_SOCKET, 57, 8))[0]  # SO_COOKIE
        assert kernel.lookup(lookup) == (SK_PASS, cookie)
        other = Lookup(FRIEND6, IPV6) if family == socket.AF_INET else Lookup(FOE, IPV4)
        assert kernel.lookup(other) == (SK_DROP, 0), "each family has a listener of its own"
    assert kernel.lookup(lookup) == (SK_DROP, 0), "a closed listener leaves by itself"


# Both ends, and what is told


def test_exec_sessions_are_answered_and_not_called(kernel: Kernel) -> None:
    """Guards the pod's other address at the link: from_pod takes it for the pod's own, to_pod opens nothing to it."""
    answer = Packet(FRIEND, EXEC_IPV4, flags=SYN | ACK)
    assert kernel.frame("to_pod", answer) == TC_ACT_OK
    assert kernel.frame("to_pod", answer.but(flags=SYN)) == TC_ACT_SHOT
    assert kernel.frame("to_pod", answer.but(source=EXEC_IPV4, destination=IPV4)) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.ADDRESS: 2}
    # No socket of the sidecar's sent it, but nobody asks that of a stranger's address.
    assert kernel.frame("from_pod", Packet(EXEC_IPV6, FRIEND6)) == TC_ACT_SHOT
    assert kernel.drops()[DropReason.NOT_SIDECAR] == 1


def test_events_that_nobody_reads_are_counted(kernel: Kernel) -> None:
    """Guards `lost`: the ring buffer fills, and each refusal is still in one of the three counts."""
    ring_bytes, event_bytes = 1 << 20, 104
    pods = range(2, 2 + ring_bytes // event_bytes // EVENTS_PER_SECOND + 50)
    frame = CALL.but(source=FOE).frame()
    for slot in pods:
        kernel.maps["pod_by_slot"].update(structs.word(slot), structs.pod(IPV4, IPV6, EXEC_IPV4, EXEC_IPV6))
        kernel.maps["slot_by_ifindex"].update(structs.word(LOOPBACK), structs.word(slot))
        for _ in range(EVENTS_PER_SECOND + 1):
            assert run_on_frame(kernel.program("to_pod"), frame) == TC_ACT_SHOT

    counts = {slot: each for slot, each in kernel.datapath.event_counts().items() if slot in pods}
    accounted = {slot: each.sent + each.limited + each.lost for slot, each in counts.items()}
    assert accounted == dict.fromkeys(pods, EVENTS_PER_SECOND + 1)
    total = sum(counts.values(), EventCounts())
    assert total.lost > 0
    assert total.limited > 0
    reader = kernel.datapath.open_events()
    try:
        told = [event for event in reader.read() if event.slot in pods]
        assert len(told) == total.sent
        assert {(event.source, event.destination, event.port, event.reason, event.pid) for event in told} == {
            (FOE, IPV4, 80, DropReason.POLICY, 0)
        }
        # Once somebody has read, there is room again. Of a pod that has told nothing in this second yet.
        kernel.maps["pod_by_slot"].update(structs.word(pods.stop), structs.pod(IPV4, IPV6))
        kernel.maps["slot_by_ifindex"].update(structs.word(LOOPBACK), structs.word(pods.stop))
        assert kernel.frame("to_pod", CALL.but(source=FOE, port=81)) == TC_ACT_SHOT
        assert [event.port for event in reader.read()] == [81]
    finally:
        reader.close()
