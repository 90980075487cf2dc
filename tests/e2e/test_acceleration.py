# SPDX-License-Identifier: Apache-2.0
"""What sk_msg redirects against plain TCP, in the kernel: equal wherever the self-test says so. Needs root."""

import hashlib
import os
import select
import socket
import struct
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bpf.acceleration import Check, Pair, SelfTest, completed, connected, end_of, enrol, queued, receive, self_test
from bpf.datapath import Datapath, mount_bpffs
from bpf.libbpf import Map
from riftgate.instance import POD_DEPTH, Instance
from riftgate.local import netns
from riftgate.local.remains import remove_everything
from tests.mesh_harness import Mesh, eventually, fresh_instance, pod_manifest, service_manifest
from tests.pinned import open_map

CONTENT = os.urandom(1_500_000)
CHUNK = 60_000
PATIENCE = 10.0
_SO_ZEROCOPY = 60
_MSG_ZEROCOPY = 0x4000000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What both ends saw of one connection."""

    arrived: int
    intact: bool
    most_queued: int
    end: str
    answer: bytes
    """What the receiver could still send back, once it had seen the end."""


@dataclass(slots=True)
class Kernel:
    """The maps with the program on them, and what the self-test says; work happens in a namespace of its own."""

    datapath: Datapath
    node: Path
    test: SelfTest

    @property
    def maps(self) -> Mapping[str, Map]:
        return self.datapath._maps

    def check(self, name: str) -> Check:
        return next(check for check in self.test.checks if check.name == name)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    instance = Instance(fresh_instance())
    try:
        instance.pins.mkdir(parents=True)
        mount_bpffs(instance.pins)
        node = netns.create_node(instance.name)
        datapath = Datapath.load(instance.pins, POD_DEPTH)
        try:
            yield Kernel(datapath, node, datapath.test_acceleration(node))
            assert datapath._maps["socket_by_pair"].all_keys() == []
        finally:
            datapath.close()
    finally:
        remove_everything(instance)


def send(client: socket.socket, at: int) -> int:
    return client.send(CONTENT[at : at + CHUNK])


def send_zerocopy(client: socket.socket, at: int) -> int:
    client.setsockopt(socket.SOL_SOCKET, _SO_ZEROCOPY, 1)
    return client.send(CONTENT[at : at + CHUNK], _MSG_ZEROCOPY)


def send_file(client: socket.socket, at: int) -> int:
    file = os.memfd_create("content")
    try:
        os.write(file, CONTENT[at : at + CHUNK])
        return os.sendfile(client.fileno(), file, 0, CHUNK)
    finally:
        os.close(file)


def send_spliced(client: socket.socket, at: int) -> int:
    reader, writer = os.pipe()
    try:
        size = os.write(writer, CONTENT[at : at + CHUNK])
        return os.splice(reader, client.fileno(), size)
    finally:
        os.close(reader)
        os.close(writer)


def by_recv(server: socket.socket) -> Iterator[None]:
    """Each step is one call that waits by itself."""
    server.settimeout(PATIENCE)
    while True:
        yield


def by_poll(server: socket.socket) -> Iterator[None]:
    poll = select.poll()
    poll.register(server, select.POLLIN)
    while True:
        assert poll.poll(PATIENCE * 1000), "poll says nothing"
        yield


def by_edge(server: socket.socket) -> Iterator[None]:
    """An edge for each arrival: the receiver has read all there was before, as an edge-triggered program must."""
    with select.epoll() as epoll:
        epoll.register(server, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
        while True:
            assert epoll.poll(PATIENCE), "no edge comes"
            yield


def shut_down(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)


def close(client: socket.socket) -> None:
    client.close()


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


SENDERS = {"send": send, "sendfile": send_file, "splice": send_spliced, "zerocopy": send_zerocopy}
RECEIVERS = {"recv": by_recv, "poll": by_poll, "epoll edge-triggered": by_edge}
ENDS = {"shutdown": shut_down, "close": close, "reset": reset}


def carry(
    pair: Pair,
    sender: Callable[[socket.socket, int], int],
    receiver: Callable[[socket.socket], Iterator[None]],
    end: Callable[[socket.socket], None],
) -> Outcome:
    """A chunk at a time: the sender never gets further ahead, so that the kernel's memory is bounded by it."""
    client, server = pair
    arrivals = receiver(server)
    heard, sent, arrived, most = hashlib.sha256(), 0, 0, 0
    while sent < len(CONTENT):
        sent += sender(client, sent)
        while arrived < sent:
            next(arrivals)
            most = max(most, queued(server))
            while arrived < sent:
                # All there is, as an edge-triggered receiver must; what comes late makes another edge.
                try:
                    chunk = server.recv(CHUNK, 0 if receiver is by_recv else socket.MSG_DONTWAIT)
                except BlockingIOError:
                    break
                heard.update(chunk)
                arrived += len(chunk)
    end(client)
    next(arrivals)
    seen = end_of(server)
    answer = b""
    if end is shut_down:
        server.sendall(b"thank you")
        answer = receive(client, 9)
    return Outcome(arrived, heard.digest() == hashlib.sha256(CONTENT).digest(), most, seen, answer)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("receiver", RECEIVERS)
@pytest.mark.parametrize("sender", SENDERS)
def test_accelerated_as_plain(
    kernel: Kernel, sender: str, receiver: str, end: str, family: socket.AddressFamily
) -> None:
    """Guards the order and the wholeness of what is redirected: a byte that takes another way than the one before it
    arrives out of turn."""

    def both() -> list[Outcome]:
        seen = []
        for accelerated in (False, True):
            with connected(family) as pair:
                if accelerated:
                    enrol(kernel.maps, pair)
                seen.append(carry(pair, SENDERS[sender], RECEIVERS[receiver], ENDS[end]))
        return seen

    plain, accelerated = netns.in_netns(kernel.node, both)

    assert (plain.arrived, plain.intact) == (len(CONTENT), True)
    assert plain.most_queued <= CHUNK
    assert accelerated == plain


def test_the_self_test_agrees_with_itself(kernel: Kernel) -> None:
    """Guards a self-test that finds nothing because it redirects nothing: what it says twice is the same, and it has
    looked at everything."""
    again = netns.in_netns(kernel.node, lambda: self_test(kernel.maps))

    assert kernel.test.problem == ""
    assert again == kernel.test
    assert len(again.checks) == 11
    assert kernel.check("half-close").plain == "10 bytes, end of file, 20 bytes back"


def test_a_redirected_message_passes_tcp_by(kernel: Kernel) -> None:
    """Guards that acceleration is one: TCP itself counts no byte that was redirected, and each one that was not."""

    def sent() -> list[int]:
        counted = []
        for accelerated in (False, True):
            with connected() as pair:
                if accelerated:
                    enrol(kernel.maps, pair)
                pair[0].sendall(b"x" * 1000)
                assert len(receive(pair[1], 1000)) == 1000
                counted.append(bytes_sent(pair[0]))
        return counted

    assert netns.in_netns(kernel.node, sent) == [1000, 0]


def test_plain_bytes_are_not_overtaken(kernel: Kernel) -> None:
    """Guards never_sent: a socket whose first bytes went through TCP, unread yet, stays with TCP."""

    def work() -> bytes:
        with connected() as pair:
            pair[0].sendall(b"first ")
            enrol(kernel.maps, pair)
            pair[0].sendall(b"second")
            return receive(pair[1], 12)

    assert netns.in_netns(kernel.node, work) == b"first second"


def test_zerocopy_completes_as_the_self_test_says(kernel: Kernel) -> None:
    """Guards the verdict on MSG_ZEROCOPY: a program that waits for completions to use its memory again would wait for
    ever."""

    def work() -> list[bool]:
        seen = []
        for accelerated in (False, True):
            with connected() as pair:
                if accelerated:
                    enrol(kernel.maps, pair)
                receive(pair[1], send_zerocopy(pair[0], 0))
                seen.append(completed(pair[0], 0.5))
        return seen

    plain, accelerated = netns.in_netns(kernel.node, work)

    assert plain
    assert (accelerated == plain) == kernel.check("MSG_ZEROCOPY completion").same


def bytes_sent(end: socket.socket) -> int:
    """tcpi_bytes_sent of struct tcp_info: what TCP itself has transmitted."""
    info = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return int(struct.unpack_from("=Q", info, 200)[0])


SERVER = {"app": "server"}
MANIFESTS = "".join(
    (
        pod_manifest("fast-server", "server", SERVER, (80, 7000)).replace(
            "metadata: {", "metadata: {annotations: {riftgate/acceleration: 'on'}, "
        ),
        pod_manifest("fast", "client", {"app": "fast"}).replace(
            "metadata: {", "metadata: {annotations: {riftgate/acceleration: 'on'}, "
        ),
        pod_manifest("slow", "client", {"app": "slow"}).replace(
            "metadata: {", "metadata: {annotations: {riftgate/acceleration: 'off'}, "
        ),
        pod_manifest("plain", "client", {"app": "plain"}),
        service_manifest("server", SERVER, (80, 7000)),
    )
)


def accelerated_pods(mesh: Mesh) -> dict[int, int]:
    """Sockets in the SOCKHASH, by the slot of their pod."""
    found: dict[int, int] = {}
    with open_map(mesh.instance.pins / "maps" / "socket_by_pair") as pairs:
        for key in pairs.all_keys():
            slot = struct.unpack_from("=I", key, 32)[0]
            found[slot] = found.get(slot, 0) + 1
    return found


def test_only_accelerated_pods_have_sockets_in_the_map(mesh: Mesh) -> None:
    """Guards `off`: a socket that is in the map answers FIONREAD wrongly, be it that nothing of it is redirected.

    Of a connection out, two sockets: the app's and the sidecar's accepted one. Of one in, the sidecar's and the app's.
    """
    slots = {name: mesh.pod(name)["slot"] for name in ("fast", "fast-server", "slow", "plain")}
    assert accelerated_pods(mesh) == {}
    expected = {slots["fast-server"]: 2}
    for name in ("fast", "slow", "plain"):
        with mesh.talk(name) as client:
            assert "peer" in client("open", "server", "server", 7000)
            assert client("say", "server", "hello") == {"heard": "hello"}
            own = {slots["fast"]: 2} if name == "fast" or mesh.pod(name)["acceleration"]["on"] else {}
            assert accelerated_pods(mesh) == {**expected, **own}
            client("close", "server")
        eventually(lambda: accelerated_pods(mesh) == {})


def announced(mesh: Mesh) -> int:
    """Connections within pods that nobody has accepted yet."""
    with open_map(mesh.instance.pins / "maps" / "role_by_source") as sources:
        return len(sources.all_keys())


def test_no_announcement_stays_behind(mesh: Mesh) -> None:
    """Guards sock_release and the take-over on accept: entries that stay fill the map, and nobody is accelerated.

    While the sidecar does not listen, a refused socket that is still open holds its entry; that the map can be seen
    to hold one is part of the proof.
    """
    service = mesh.service_addresses("server")[0]
    with mesh.talk("fast") as fast:
        for _ in range(3):
            assert fast("http", "GET", service, 80, "/", {}, 0)["status"] == 200
        assert announced(mesh) == 0
        with mesh.sidecar_down("fast"):
            fast("hold-refused", service, 80)
            assert announced(mesh) == 1
            fast("release")
            assert announced(mesh) == 0
        eventually(lambda: fast("http", "GET", service, 80, "/", {}, 0).get("status") == 200)


@pytest.mark.parametrize("name", ["fast", "slow"])
def test_tcp_carries_what_is_not_accelerated(mesh: Mesh, name: str) -> None:
    """Guards that an accelerated pod is: of what its app sends, TCP sees nothing. Where the app is faster than the
    sidecar's end gets into the map, TCP carries the connection, so more than one is tried."""
    with mesh.talk(name) as client:

        def carried() -> int:
            client("open", "server", "server", 7000)
            client("say", "server", "hello")
            sent: int = client("tcp-sent", "server")["bytes"]
            client("close", "server")
            return sent

        if name == "fast":
            eventually(lambda: carried() == 0)
        else:
            assert carried() == len("hello")


@pytest.mark.parametrize("family", [0, 1])
def test_all_arrives_where_it_should(mesh: Mesh, family: int) -> None:
    """Guards the pairs on both ways, IPv4 and IPv6: bytes that went to another socket would be missed or damaged."""
    target = mesh.addresses("fast-server")[family]
    with mesh.talk("fast") as fast, mesh.flows() as flows:
        answer = fast("exchange", target, 7000, 6_000_000)
        request_id = str(uuid.uuid4())
        page = fast("http", "POST", target, 80, "/", {"x-request-id": request_id}, 2_000_000)

        assert (answer["size"], answer["intact"], answer["peer"]) == (6_000_000, True, [target, 7000])
        assert (page["status"], page["intact"]) == (200, True)
        assert flows.find(log="inbound", request_id=request_id)["source_workload"] == "default/fast"


def test_status_says_which_and_why(mesh: Mesh) -> None:
    """Guards the verdict on its way to people: forced ones say so, `auto` names what the kernel does differently."""
    pods = {name: mesh.pod(name)["acceleration"] for name in ("fast", "slow", "plain")}
    found = mesh.agent_status()["acceleration"]
    differences = [check["name"] for check in found["checks"] if not check["same"]]

    assert pods["fast"] == {"on": True, "why": "the pod asks for it"}
    assert pods["slow"] == {"on": False, "why": "the pod asks for it"}
    assert pods["plain"] == {"on": not differences, "why": found["selfTest"]}
    assert all(name in found["selfTest"] for name in differences)
    shown = mesh.ok("status")
    assert "default/fast: accelerated, the pod asks for it" in shown
    assert "acceleration (auto): " in shown
