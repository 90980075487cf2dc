# SPDX-License-Identifier: Apache-2.0
"""What passes for the sake of what has passed before: replies, the kernel's answers to pings, errors of ICMP. Through
BPF_PROG_RUN. Needs root."""

from dataclasses import replace

import pytest

from bpf import structs
from bpf.structs import DropReason
from l7filters.l4_tables import L4Entry
from tests.bpf_kernel import CALL, CALL6, EXEC_IPV4, EXEC_IPV6, FOE, FRIEND, FRIEND6, IPV4, IPV6, SLOT, TABLES, Kernel
from tests.bpf_run import SCTP, TC_ACT_OK, TC_ACT_SHOT, UDP, Packet, icmp


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
