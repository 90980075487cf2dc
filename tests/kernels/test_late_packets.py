# SPDX-License-Identifier: Apache-2.0
"""Packets that are held back: what arrives in a pod, when, and in which order. Takes a kernel with fq."""

import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from bpf import delay_queues
from l7filters.faults import ALL_REQUESTS, Family, RandomDelay
from l7filters.l4_tables import L4Entry, L4Tables
from l7filters.packet_faults import PacketEffect, PacketRule
from riftgate.local import namespaces
from riftgate.local.netns import POD_INTERFACE, in_netns
from tests.kernels.pods import Machine, Pod, machine, shown_queues
from tests.mesh_harness import eventually

ANY_PORT = 4000
PATIENCE = 30.0
END_OF_TIME = 1 << 62
SENDERS = {4: "192.0.2.7", 6: "2001:db8::7"}
_TIMESTAMP = 35
"""SO_TIMESTAMPNS, on 64-bit machines."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One packet in the pod."""

    number: int
    milliseconds: float
    """After it was sent."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("late")) as here:
        yield here


@pytest.fixture(scope="module")
def pod(here: Machine) -> Pod:
    """Whose node has addresses of no pod to send from."""
    pod = here.pod("late")
    everybody = L4Tables((("0.0.0.0/0", 1), ("::/0", 1)), (), (L4Entry(1, 1, 6, 0, 0, True),))
    here.datapath.tables.replace(everybody)
    for version, address in SENDERS.items():
        length = 32 if version == 4 else 128
        command = ["ip", "addr", "add", f"{address}/{length}", "dev", "lo", *(["nodad"] if version == 6 else [])]
        in_netns(pod.network.node_netns, lambda command=command: subprocess.run(command, check=True))
    return pod


def send(pod: Pod, version: int, count: int, pause: float = 0.0) -> list[Arrival]:
    """So many segments of TCP that belong to no connection, from outside of the mesh; what has come of them in the
    pod, in the order in which it came. Each says by its sequence number which it is, and in its payload when it was
    sent; fewer than all is all that there is within the patience."""
    listener: socket.socket = in_netns(pod.network.namespaces.net, _listen)

    def speak() -> None:
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP) as sender:
            sender.bind((SENDERS[version], 0))
            for number in range(count):
                head = struct.pack("!HHIIBBHHH", 5000, ANY_PORT, number, 0, 5 << 4, 0x10, 1024, 0, 0)
                sender.sendto(head + struct.pack("!Q", time.time_ns()), (pod.addresses[version == 6], 0))
                if pause:
                    time.sleep(pause)

    with listener:
        in_netns(pod.network.node_netns, speak)
        return _arrivals(listener, version, count)


def _listen() -> socket.socket:
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    listener.bind((POD_INTERFACE, 0))
    listener.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    return listener


def _arrivals(listener: socket.socket, version: int, count: int) -> list[Arrival]:
    found: list[Arrival] = []
    listener.settimeout(PATIENCE)
    while len(found) < count:
        frame, ancillary, _, address = listener.recvmsg(256, 64)
        segment = frame[34:] if version == 4 else frame[54:]
        if address[2] == socket.PACKET_OUTGOING or segment[:4] != struct.pack("!HH", 5000, ANY_PORT):
            continue
        seconds, nanoseconds = struct.unpack("=qq", ancillary[0][2][:16])
        (sent,) = struct.unpack("!Q", segment[20:28])
        late = (seconds * 1_000_000_000 + nanoseconds - sent) / 1e6
        found.append(Arrival(int.from_bytes(segment[4:8], "big"), late))
    return found


def put(here: Machine, *rules: PacketRule, end: int = END_OF_TIME) -> None:
    here.datapath.packet_faults.replace([(rule, end) for rule in rules], {"default/late": 1})


def rule(effect: PacketEffect, percent: int, family: Family, *parameters: float) -> PacketRule:
    delay = RandomDelay(family, parameters, limit_milliseconds=2000)
    return PacketRule("s/late", effect, percent * ALL_REQUESTS // 100, frozenset({(None, "default/late")}), delay=delay)


@pytest.fixture
def queue(here: Machine, pod: Pod) -> Iterator[None]:
    node = pod.network.node_netns
    delay_queues.add(node, [pod.network.host_ifindex])
    yield
    put(here)
    delay_queues.keep_only(node, [])


def numbers(found: Sequence[Arrival]) -> list[int]:
    return [each.number for each in found]


def test_this_kernel_can_hold_packets() -> None:
    def inside() -> str | None:
        namespaces.unshare(namespaces.Namespace.NET)
        return delay_queues.lacking()

    assert namespaces.in_thread(inside) is None


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.usefixtures("queue")
def test_a_fixed_delay_keeps_the_order(here: Machine, pod: Pod, version: int) -> None:
    assert numbers(send(pod, version, 20)) == list(range(20))
    put(here, rule(PacketEffect.DELAY, 100, Family.FIXED, 300.0))
    found = send(pod, version, 100)
    assert numbers(found) == list(range(100))
    late = sorted(each.milliseconds for each in found)
    assert late[0] >= 299


@pytest.mark.usefixtures("queue")
def test_a_random_delay_has_its_distribution(here: Machine, pod: Pod) -> None:
    put(here, rule(PacketEffect.DELAY, 100, Family.UNIFORM, 200.0, 1200.0))
    found = send(pod, 4, 400, 0.001)
    late = sorted(each.milliseconds for each in found)
    d = max(max((i + 1) / 400 - (x - 200) / 1000, (x - 200) / 1000 - i / 400) for i, x in enumerate(late))
    assert late[0] >= 199
    assert sorted(numbers(found)) == list(range(400))
    assert numbers(found) != list(range(400))
    # Kolmogorov and Smirnov at one in a million is 0.135; the rest is for a machine that is emulated.
    assert d < 0.2


@pytest.mark.usefixtures("queue")
def test_reordering_holds_some_back_and_the_others_not(here: Machine, pod: Pod) -> None:
    put(here, rule(PacketEffect.REORDERING, 20, Family.FIXED, 1000.0))
    found = send(pod, 4, 300)
    order = numbers(found)
    assert sorted(order) == list(range(300))
    held = {each.number for each in found if each.milliseconds >= 999}
    # Five standard deviations around a fifth.
    assert 25 <= len(held) <= 95
    through = [number for number in order if number not in held]
    assert through == sorted(through), "what is not held keeps its order"
    # What is behind a packet that is held does not wait with it.
    assert sorted(each.milliseconds for each in found if each.number not in held)[len(through) // 2] < 500
    assert order != sorted(order)


@pytest.mark.usefixtures("queue")
def test_it_ends_by_itself_with_the_queue_still_there(here: Machine, pod: Pod) -> None:
    put(here, rule(PacketEffect.DELAY, 100, Family.FIXED, 2000.0), end=time.monotonic_ns() + 6_000_000_000)
    assert send(pod, 4, 1)[0].milliseconds >= 1999
    eventually(lambda: send(pod, 4, 1)[0].milliseconds < 1000, PATIENCE)


def test_a_queue_that_is_left_behind_is_found_and_taken_off(here: Machine, pod: Pod) -> None:
    node, link = pod.network.node_netns, pod.network.host_ifindex
    delay_queues.add(node, [link])
    delay_queues.add(node, [link])
    assert "qdisc fq 5247:" in shown_queues(node)
    delay_queues.keep_only(node, [link])
    assert "qdisc fq 5247:" in shown_queues(node)
    delay_queues.keep_only(node, [])
    assert "qdisc fq" not in shown_queues(node)
    assert "clsact" in shown_queues(node)
