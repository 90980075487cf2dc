# SPDX-License-Identifier: Apache-2.0
"""The verdicts of the BPF programs on crafted packets and lookups, in the kernel, through BPF_PROG_RUN. Needs root."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroute2 import IPRoute

from bpf import structs
from bpf.datapath import POD_PROGRAMS, Datapath
from bpf.events import EVENTS_PER_SECOND, EventCounts
from bpf.libbpf import BpfError, Map
from bpf.structs import DropReason
from l7filters.decide import Connection, decide
from l7filters.l4 import CARRIED, L4Datagrams, L4Entry, L4Service, L4Tables, compile_l4
from l7filters.policy import ICMP_PROTOCOLS, Policy, Protocol
from l7filters.world import World
from riftgate.instance import POD_DEPTH
from tests.bpf_run import (
    ACK,
    ICMP,
    ICMPV6,
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
    run_on_lookup,
)
from tests.pinned import bpffs
from tests.policy_strategies import OUTSIDE, PORTS, policies, worlds
from tests.private_network import PrivateNetwork

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


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datapath]:
    with bpffs(tmp_path_factory.mktemp("programs")) as pins:
        datapath = Datapath.load(pins, POD_DEPTH)
        try:
            yield datapath
        finally:
            datapath.close()


@pytest.fixture
def kernel(loaded: Datapath) -> Kernel:
    kernel = Kernel(loaded)
    loaded.tables.replace(TABLES)
    kernel.forget_drops()
    kernel.forget_flows()
    return kernel


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
SIDECAR_PORTS = (
    structs.OUTBOUND_PORT,
    structs.OUTBOUND_EXEC_PORT,
    structs.OUTBOUND_FAULTED_PORT,
    structs.INBOUND_PORT,
    structs.INBOUND_FAULTED_PORT,
)
CALL = Packet(FRIEND, IPV4)
CALL6 = Packet(FRIEND6, IPV6)


# The object


def test_keys_and_values_are_as_long_as_user_space_packs_them(kernel: Kernel) -> None:
    word, address = structs.word(0), structs.address(IPV4)
    packed = {
        "role_by_cgroup": (structs.cgroup_id(0), structs.cgroup_role(0, structs.Role.APP)),
        "slot_by_cgroup": (structs.cgroup_id(0), word),
        "pod_by_slot": (word, structs.pod(IPV4, IPV6, EXEC_IPV4, EXEC_IPV6)),
        "slot_by_ifindex": (word, word),
        "slot_by_address": (address, word),
        "listener_by_slot": (word, structs.cgroup_id(0)),
        "faulted_listener_by_slot": (word, structs.cgroup_id(0)),
        "faulted_outbound_by_slot": (word, structs.cgroup_id(0)),
        "connection_faults_end_by_call": (structs.faulted_call_key(0, "::/0", 0), structs.moment(0)),
        "connection_faults_end": (word, structs.moment(0)),
        "connection_faults_end_by_pair": (structs.faulted_key(0, 0, 0), structs.moment(0)),
        "generation": (word, word),
        "identity_by_address": (structs.identity_key(0, "::/0"), word),
        "verdict_by_pair": (structs.verdict_key(0, 0, 0, 0, 0, 0), word),
        "backends_by_service": (structs.service_key(0, IPV4, 0, 0), structs.service([])),
        "backend_by_datagram": (structs.datagram_key(0, IPV4, 0, 0), structs.datagram_backend(IPV4, 0, 1)),
        "names_by_address": (address, structs.names(0, [])),
        "drops_by_reason": (word + word, structs.cgroup_id(0)),
    }
    for name, (key, value) in packed.items():
        assert (len(key), len(value)) == (kernel.maps[name].key_size, kernel.maps[name].value_size), name


def test_every_program_that_is_attached_is_there(kernel: Kernel) -> None:
    for program in (*POD_PROGRAMS, "original_destination", "find_listener", "from_pod", "to_pod"):
        assert kernel.program(program) > 0


def test_a_map_says_what_it_lacks_and_what_went_wrong(kernel: Kernel) -> None:
    pods = kernel.maps["pod_by_slot"]
    assert pods.lookup(structs.word(77)) is None
    assert pods.delete(structs.word(77)) is False
    with pytest.raises(ValueError, match="a key of 1 bytes, not 4"):
        pods.lookup(b"x")
    with pytest.raises(BpfError, match="map listener_by_slot: lookup: "):
        # A SOCKMAP of 8-byte values gives cookies, and there is none; a closed map would give nothing for ever.
        Map("listener_by_slot", -1, 4, 8).lookup(structs.word(0))


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


def test_a_reply_passes_as_long_as_what_it_answers_may(kernel: Kernel) -> None:
    """Two datagrams, each from where the other went: the second one is a reply, though no rule speaks of it."""
    asked = CALL.but(protocol=UDP, port=53)
    reply = Packet(IPV4, FRIEND, source_port=53, port=asked.source_port, protocol=UDP)
    slot = structs.word(SLOT)

    def replies() -> bool:
        kernel.maps["pod_by_slot"].update(slot, structs.pod(FRIEND, FRIEND6))
        try:
            return kernel.frame("to_pod", reply) == TC_ACT_OK
        finally:
            kernel.pod(IPV4, IPV6)

    assert not replies(), "nobody has asked"
    assert kernel.frame("to_pod", asked) == TC_ACT_OK
    assert replies()
    reply = reply.but(source_port=54)
    assert not replies(), "from another port"
    reply = reply.but(source_port=53)
    kernel.datapath.tables.replace(replace(TABLES, entries=TABLES.entries[:-1]))
    assert not replies(), "what it answers is not allowed any more"


PINGS = {"IPv4": (CALL, 8, 0), "IPv6": (CALL6, 128, 129)}


@pytest.mark.parametrize("family", PINGS)
def test_a_message_of_icmp_goes_by_its_type(kernel: Kernel, family: str) -> None:
    call, request, answer = PINGS[family]
    assert kernel.frame("to_pod", icmp(call, request)) == TC_ACT_OK
    for kind in (answer, 3, 42, 255):
        assert kernel.frame("to_pod", icmp(call, kind)) == TC_ACT_SHOT, kind
    assert kernel.drops() == {DropReason.POLICY: 4}


def test_sctp_goes_by_its_ports(kernel: Kernel) -> None:
    assert kernel.frame("to_pod", CALL.but(protocol=SCTP)) == TC_ACT_OK
    assert kernel.frame("to_pod", CALL.but(protocol=SCTP, port=81)) == TC_ACT_SHOT
    assert kernel.frame("to_pod", CALL.but(protocol=SCTP, source=FOE)) == TC_ACT_SHOT


def turned(call: Packet) -> Packet:
    return call.but(source=call.destination, destination=call.source)


@pytest.mark.parametrize("family", PINGS)
def test_the_kernel_answers_pings_that_were_let_in_and_no_others(kernel: Kernel, family: str) -> None:
    """Guards what leaves a pod without a socket of its own: the answer to a request, by its identifier."""
    call, request, answer = PINGS[family]
    reply = icmp(turned(call), answer, 7)
    assert kernel.frame("from_pod", reply) == TC_ACT_SHOT, "nobody has asked"
    assert kernel.frame("to_pod", icmp(call, request, 7)) == TC_ACT_OK
    assert kernel.frame("from_pod", reply) == TC_ACT_OK
    assert kernel.frame("from_pod", icmp(turned(call), answer, 8)) == TC_ACT_SHOT, "another's identifier"
    assert kernel.frame("from_pod", icmp(turned(call), request, 7)) == TC_ACT_SHOT, "a request needs a socket"
    exec_address = EXEC_IPV4 if family == "IPv4" else EXEC_IPV6
    assert kernel.frame("from_pod", reply.but(source=exec_address)) == TC_ACT_SHOT
    assert kernel.drops() == {DropReason.NOT_SIDECAR: 4}
    kernel.datapath.tables.replace(replace(TABLES, entries=()))
    assert kernel.frame("from_pod", reply) == TC_ACT_SHOT, "the request is not allowed any more"


@pytest.mark.parametrize("protocol", [UDP, SCTP])
@pytest.mark.parametrize("call", [CALL, CALL6])
def test_the_kernel_reports_what_did_not_arrive_to_who_sent_it(kernel: Kernel, call: Packet, protocol: int) -> None:
    """Guards errors of ICMP out of a pod: about a packet that was let in, to its sender, from its receiver."""
    unreachable = 3 if call is CALL else 1
    asked = call.but(protocol=protocol, port=53 if protocol == UDP else 80)

    def error(about: Packet) -> Packet:
        return icmp(turned(call), unreachable, about=about)

    assert kernel.frame("from_pod", error(asked)) == TC_ACT_SHOT, "no such packet was let in"
    assert kernel.frame("to_pod", asked) == TC_ACT_OK
    assert kernel.frame("from_pod", error(asked)) == TC_ACT_OK
    for other in (asked.but(port=54), asked.but(source_port=1), asked.but(protocol=6), turned(asked)):
        assert kernel.frame("from_pod", error(other)) == TC_ACT_SHOT, other
    stranger = FOE if call is CALL else "fd00::3"
    assert kernel.frame("from_pod", error(asked).but(destination=stranger)) == TC_ACT_SHOT, "to somebody else"
    assert kernel.frame("from_pod", error(asked).but(cut=14 + (20 if call is CALL else 40) + 8 + 21)) == TC_ACT_SHOT


@pytest.mark.parametrize("call", [CALL, CALL6])
def test_errors_reach_the_pod_about_what_it_may_send(kernel: Kernel, call: Packet) -> None:
    """Guards errors of ICMP into a pod, from whatever router: TCP by the tables, all else by flows."""
    kernel.pod(FRIEND, FRIEND6)
    exceeded, router = (11, "192.0.2.1") if call is CALL else (3, "2001:db8::1")

    def error(about: Packet) -> int:
        return kernel.frame("to_pod", icmp(call.but(source=router, destination=about.source), exceeded, about=about))

    kernel.datapath.tables.replace(
        replace(TABLES, entries=(*TABLES.entries, L4Entry(1, 3, 0, 0, 0, False), L4Entry(1, 2, 0, 0, 0, False)))
    )
    assert error(call) == TC_ACT_OK
    assert error(call.but(source_port=80, port=9, destination=call.source, source=call.destination)) == TC_ACT_SHOT
    assert error(call.but(port=81)) == TC_ACT_SHOT
    assert error(call.but(protocol=UDP, port=53)) == TC_ACT_SHOT, "it has sent no such thing"
    kernel.pod(IPV4, IPV6)
    assert kernel.frame("to_pod", call.but(protocol=UDP, port=53)) == TC_ACT_OK
    kernel.pod(FRIEND, FRIEND6)
    assert error(call.but(protocol=UDP, port=53)) == TC_ACT_OK


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


@pytest.mark.parametrize("program", ["skb_egress", "skb_ingress"])
def test_over_any_other_device_only_what_the_sidecar_sends(kernel: Kernel, program: str) -> None:
    network = PrivateNetwork()

    def run() -> int:
        with IPRoute() as route:
            route.link("add", ifname="one", kind="veth", peer="other")
            index = route.link_lookup(ifname="one")[0]
        return run_on_frame(kernel.program(program), CALL.frame(), index)

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


# The tables


def test_before_the_first_tables_everything_is_denied(tmp_path: Path) -> None:
    with bpffs(tmp_path) as pins:
        datapath = Datapath.load(pins, POD_DEPTH)
        try:
            kernel = Kernel(datapath)
            assert datapath.tables.generation == 0
            assert kernel.frame("to_pod", CALL) == TC_ACT_SHOT
            assert kernel.drops() == {DropReason.POLICY: 1}
        finally:
            datapath.close()


def test_a_new_generation_is_in_force_at_once_and_alone(kernel: Kernel) -> None:
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK
    closed = L4Tables(TABLES.identities, (), (entry(3, 2, 0, 0, False),))
    generation = kernel.datapath.tables.replace(closed)
    assert kernel.frame("to_pod", CALL) == TC_ACT_SHOT
    for name in ("identity_by_address", "verdict_by_pair", "backends_by_service"):
        assert {structs.read_generation(name, key) for key in kernel.maps[name].all_keys()} <= {generation}
    assert len(kernel.maps["verdict_by_pair"].all_keys()) == 1


def test_what_the_tables_have_allowed_is_remembered_as_long_as_they_are_in_force(kernel: Kernel) -> None:
    remembered = kernel.maps["allowed_by_connection"]
    before = len(remembered.all_keys())
    assert [kernel.frame("to_pod", CALL) for _ in range(2)] == [TC_ACT_OK] * 2
    assert len(remembered.all_keys()) == before + 1
    assert kernel.frame("to_pod", CALL.but(source=FOE)) == TC_ACT_SHOT
    assert len(remembered.all_keys()) == before + 1, "a denial is asked for each time"
    kernel.datapath.tables.replace(L4Tables(TABLES.identities, (), (entry(3, 2, 0, 0, False),)))
    assert remembered.all_keys() == []
    assert kernel.frame("to_pod", CALL) == TC_ACT_SHOT
    kernel.datapath.tables.replace(TABLES)
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK


def test_what_names_allow_ends_with_them(kernel: Kernel) -> None:
    call, names = CALL.but(source=FOE), kernel.maps["names_by_address"]
    named = entry(4, 5, 80, 16, True)
    kernel.datapath.tables.replace(L4Tables(TABLES.identities, (), (*TABLES.entries, named)))
    assert kernel.frame("to_pod", call) == TC_ACT_SHOT
    names.update(structs.address(IPV4), structs.names(2**63, [5]))
    assert kernel.frame("to_pod", call) == TC_ACT_OK
    names.update(structs.address(IPV4), structs.names(1, [5]))
    assert kernel.frame("to_pod", call) == TC_ACT_SHOT, "expired"
    names.delete(structs.address(IPV4))


def test_a_syn_is_remembered_only_where_it_may_be_refused(kernel: Kernel) -> None:
    openings = kernel.maps["opening_by_flow"]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        kernel.maps["listener_by_slot"].update(structs.word(2 * SLOT), structs.cgroup_id(listener.fileno()))
        before = len(openings.all_keys())
        assert kernel.frame("to_pod", CALL.but(source_port=40001)) == TC_ACT_OK
        assert len(openings.all_keys()) == before
        assert kernel.frame("to_pod", CALL6.but(source_port=40001)) == TC_ACT_OK
        assert len(openings.all_keys()) == before + 1, "the other family has no listener"
    assert kernel.frame("to_pod", CALL.but(source_port=40002)) == TC_ACT_OK
    assert len(openings.all_keys()) == before + 2


def test_tables_that_cannot_be_written_leave_the_old_ones_in_force(kernel: Kernel) -> None:
    tables = kernel.datapath.tables
    before = tables.generation
    counts = {
        name: len(each.all_keys()) for name, each in kernel.maps.items() if name.startswith(("id", "ver", "back"))
    }
    crowded = L4Service("10.96.0.2", 80, 6, tuple((2, port) for port in range(17)))
    with pytest.raises(ValueError, match="17 kinds of backends"):
        tables.replace(L4Tables(TABLES.identities, (crowded,), (entry(3, 2, 0, 0, False),)))
    assert tables.generation == before
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK
    assert {name: len(kernel.maps[name].all_keys()) for name in counts} == counts, "and nothing of the new ones"


def test_a_map_that_is_full_leaves_the_old_ones_in_force(kernel: Kernel) -> None:
    tables = kernel.datapath.tables
    before = tables.generation
    many = tuple((f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}/32", 1) for i in range(65537))
    with pytest.raises(BpfError, match="map identity_by_address: update: No space left on device"):
        tables.replace(L4Tables(many, (), ()))
    assert tables.generation == before
    assert len(kernel.maps["identity_by_address"].all_keys()) == len(TABLES.identities)
    assert kernel.frame("to_pod", CALL) == TC_ACT_OK


def test_a_service_address_is_no_pods_address(kernel: Kernel) -> None:
    generation = kernel.datapath.tables.generation
    found = kernel.maps["backends_by_service"].lookup(structs.service_key(generation, "10.96.0.1", 80, 6))
    assert found == structs.service([(2, 80)])
    assert kernel.frame("to_pod", CALL.but(destination="10.96.0.1")) == TC_ACT_SHOT


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds(), some=policies(), data=st.data())
def test_the_kernel_decides_as_the_oracle_does(
    loaded: Datapath, world: World, some: tuple[Policy, ...], data: Any
) -> None:
    """Policies to tables, tables to maps, and a SYN or a datagram through the program: the verdict of `decide()`."""
    kernel = Kernel(loaded)
    loaded.tables.replace(compile_l4(world, some))
    addresses = [address for workload in world.workloads for address in workload.addresses]
    for _ in range(10):
        own = data.draw(st.sampled_from(world.workloads))
        kernel.pod(own.addresses[0], own.addresses[-1] if len(own.addresses) > 1 else "fd00::ffff")
        destination = data.draw(st.sampled_from(own.addresses))
        peers = [each for each in (*addresses, *OUTSIDE) if (":" in each) == (":" in destination)]
        source = data.draw(st.sampled_from([each for each in peers if each not in own.addresses]))
        # Nobody is let in at the sidecar's own ports, whatever policy says.
        others = st.integers(1, 65535).filter(lambda port: port not in SIDECAR_PORTS)
        port = data.draw(st.one_of(st.sampled_from(PORTS), others))
        protocol, number = data.draw(st.sampled_from(CARRIED))
        kernel.forget_flows()
        if protocol in ICMP_PROTOCOLS:
            # What neighbours and routers say, and the protocol of the other family, is carried nowhere.
            protocol, number = (Protocol.ICMPV6, ICMPV6) if ":" in source else (Protocol.ICMP, ICMP)
            port = data.draw(st.sampled_from((0, 8, 13, 14, 42, 128, 129)))
        packet = Packet(source, destination, port=port, protocol=number)
        if protocol in ICMP_PROTOCOLS:
            packet = icmp(packet, port)
        asked = Connection(source, destination, port, protocol)
        assert (kernel.frame("to_pod", packet) == TC_ACT_OK) == decide(world, some, asked).allowed, asked


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
