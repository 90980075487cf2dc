# SPDX-License-Identifier: Apache-2.0
"""Ways to get a packet to another pod without being steered: a JSON list [WAY, TARGET] per line of standard input,
{"saw": what the caller saw} back.

TARGET has ipv4, ipv6 and port of the other pod, and friend_ipv4 and friend_ipv6 of a third one. `saw` is the errno's
name, `sent`, `timed out` (before there was a connection), `answered`, or `no answer` on a connection that there is.
A program of its own: Python 3.11 and its standard library are all it needs.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IPPROTO_MPTCP = 262
IPPROTO_UDPLITE = 136
IPPROTO_SCTP = 132
IPPROTO_DCCP = 33
SOCK_DCCP = 6
SO_BINDTODEVICE = 25
IP_HDRINCL = 3
IPV6_HDRINCL = 36
SOL_PACKET = 263
PACKET_QDISC_BYPASS = 20
TCP_FASTOPEN_CONNECT = 30
TCP_REPAIR = 19
AF_XDP = 44
SOL_XDP = 283
XDP_MMAP_OFFSETS = 1
XDP_TX_RING = 3
XDP_FILL_RING = 5
XDP_COMPLETION_RING = 6
XDP_TX_OFFSET = 0x80000000
XDP_COPY = 2
XDP_PASS = 2
BPF_PROG_LOAD = 5
BPF_PROG_TEST_RUN = 10
BPF_F_TEST_XDP_LIVE_FRAMES = 2
SYS_BPF = {"x86_64": 321, "aarch64": 280}
XDP_CHUNK = 4096
IO_URING_SETUP = 425
IO_URING_ENTER = 426
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
SHARED = mmap.MAP_SHARED | mmap.MAP_POPULATE
LINK = "eth0"
SECONDS = 0.3
PAYLOAD = b"around the sidecar"
REQUEST = b"GET / HTTP/1.1\r\nhost: around\r\n\r\n"


@dataclass(frozen=True)
class Target:
    ipv4: str
    ipv6: str
    port: int
    friend_ipv4: str
    friend_ipv6: str


def tcp(family: int, target: tuple[str, int], prepare: Callable[[socket.socket], None] | None = None) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(SECONDS)
        if prepare is not None:
            prepare(connection)
        connection.connect(target)
        return converse(connection)


def converse(connection: socket.socket, request: bytes = REQUEST) -> str:
    try:
        connection.sendall(request)
        return "answered" if connection.recv(4096) else "closed"
    except (TimeoutError, BlockingIOError):
        return "no answer"


def fast_open(target: Target, family: int = socket.AF_INET) -> str:
    with socket.socket(family) as connection:
        # Blocking, with the kernel's own timeouts: without waiting there is no fast open to an unknown server.
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("=qq", 0, int(SECONDS * 1_000_000)))
        try:
            connection.sendto(REQUEST, socket.MSG_FASTOPEN, (address_of(target, family), target.port))
        except BlockingIOError:
            raise TimeoutError from None
        return converse(connection, b"")


def fast_open_connect(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)


def after_another(target: Target, family: int = socket.AF_INET) -> str:
    """A connection within the pod is allowed; AF_UNSPEC makes its socket forget it, and it connects anew."""
    loopback = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.create_server((loopback, 0), family=family) as here, socket.socket(family) as connection:
        connection.settimeout(SECONDS)
        connection.connect(here.getsockname())
        unspecified = struct.pack("=H26x", socket.AF_UNSPEC)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.connect(connection.fileno(), unspecified, len(unspecified)) != 0:
            raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")
        connection.connect((address_of(target, family), target.port))
        return converse(connection)


def from_own_address(target: Target, family: int = socket.AF_INET) -> Callable[[socket.socket], None]:
    return lambda connection: connection.bind((own_address(family, target), 0))


def by_source_route(target: Target) -> Callable[[socket.socket], None]:
    """Loose source routing (RFC 791): the next hop is the target, whatever destination connect() is left with."""
    route = struct.pack("=BBB4s4sx", 131, 11, 4, socket.inet_aton(target.ipv4), socket.inet_aton(target.ipv4))
    return lambda connection: connection.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, route)


def by_repair(family: int) -> Callable[[Target], str]:
    """connect() makes the connection established without a word on the wire. Takes NET_ADMIN."""

    def way(target: Target) -> str:
        with socket.socket(family) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
            connection.connect((address_of(target, family), target.port))
            connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
            connection.settimeout(SECONDS)
            return converse(connection)

    return way


def to_the_link(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, LINK.encode())


def by_io_uring(target: Target, family: int = socket.AF_INET) -> str:
    """connect() by the kernel's own hand: no system call of this process does it."""
    libc = ctypes.CDLL(None, use_errno=True)
    parameters = (ctypes.c_uint32 * 30)()  # struct io_uring_params
    ring = libc.syscall(IO_URING_SETUP, 1, ctypes.byref(parameters))
    if ring < 0:
        raise OSError(ctypes.get_errno(), "io_uring_setup")
    try:
        sq_tail, sq_array, completions = parameters[11], parameters[16], parameters[25]
        rings = mmap.mmap(ring, mmap.PAGESIZE, flags=SHARED, offset=0)
        entries = mmap.mmap(ring, mmap.PAGESIZE, flags=SHARED, offset=0x10000000)
        with socket.socket(family) as connection:
            address = struct.pack("=H", family) + struct.pack("!H", target.port)
            # struct sockaddr_in has padding behind the address, sockaddr_in6 flow information before it.
            host = socket.inet_pton(family, address_of(target, family))
            address += host + bytes(8) if family == socket.AF_INET else bytes(4) + host + bytes(4)
            buffer = ctypes.create_string_buffer(address, len(address))
            # IORING_OP_CONNECT: the address, and its length where other operations have an offset.
            entry = struct.pack("=BBHiQQ", 16, 0, 0, connection.fileno(), len(address), ctypes.addressof(buffer))
            entries[: len(entry)] = entry
            rings[sq_array : sq_array + 4] = struct.pack("=I", 0)
            rings[sq_tail : sq_tail + 4] = struct.pack("=I", 1)
            patience = ctypes.create_string_buffer(struct.pack("=qq", 0, int(SECONDS * 1e9)), 16)
            waiting = ctypes.create_string_buffer(struct.pack("=QIIQ", 0, 0, 0, ctypes.addressof(patience)), 24)
            # IORING_ENTER_GETEVENTS and _EXT_ARG: submit one, wait for one, for so long.
            if libc.syscall(IO_URING_ENTER, ring, 1, 1, 1 | 8, waiting, 24) < 0:
                raise OSError(ctypes.get_errno(), "io_uring_enter")
            head, tail = (struct.unpack("=I", rings[at : at + 4])[0] for at in parameters[20:22])
            if head == tail:
                raise TimeoutError
            result = struct.unpack("=i", rings[completions + 8 : completions + 12])[0]
            if result < 0:
                raise OSError(-result, "connect")
            connection.settimeout(SECONDS)
            return converse(connection)
    finally:
        os.close(ring)


def stream(protocol: int, kind: int = socket.SOCK_STREAM, family: int = socket.AF_INET) -> Callable[[Target], str]:
    def way(target: Target) -> str:
        with socket.socket(family, kind, protocol) as connection:
            connection.settimeout(SECONDS)
            connection.connect((address_of(target, family), target.port))
            return converse(connection)

    return way


def datagram(family: int, protocol: int, *, connected: bool, mapped: bool = False) -> Callable[[Target], str]:
    def way(target: Target) -> str:
        address = f"::ffff:{target.ipv4}" if mapped else target.ipv4 if family == socket.AF_INET else target.ipv6
        with socket.socket(family, socket.SOCK_DGRAM, protocol) as sender:
            if connected:
                sender.connect((address, target.port))
                sender.send(PAYLOAD)
            else:
                sender.sendto(PAYLOAD, (address, target.port))
        return "sent"

    return way


def ping(family: int, kind: int) -> Callable[[Target], str]:
    def way(target: Target) -> str:
        ipv4 = family == socket.AF_INET
        protocol = socket.IPPROTO_ICMP if ipv4 else socket.IPPROTO_ICMPV6
        request = bytes((8 if ipv4 else 128, 0))
        rest = struct.pack("!HH", 1, 1) + PAYLOAD
        message = request + struct.pack("!H", checksum(request + b"\0\0" + rest)) + rest
        with socket.socket(family, kind, protocol) as sender:
            sender.sendto(message, (target.ipv4 if ipv4 else target.ipv6, 0))
        return "sent"

    return way


def icmp(family: int, kind: int) -> Callable[[Target], str]:
    """A message of that type, which holds the head of a packet from the target to here, as an error does."""

    def way(target: Target) -> str:
        ipv4 = family == socket.AF_INET
        segment = struct.pack("!HHIIBBHHH", target.port, 40000, 1, 1, 5 << 4, 0x10, 65535, 0, 0)
        if ipv4:
            ends = socket.inet_aton(target.ipv4) + socket.inet_aton(own_ipv4(target))
            about = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, socket.IPPROTO_TCP, 0) + ends + segment
        else:
            ends = socket.inet_pton(family, target.ipv6) + socket.inet_pton(family, own_ipv6(target))
            about = struct.pack("!IHBB", 6 << 28, 20, socket.IPPROTO_TCP, 64) + ends + segment
        head = struct.pack("!BBHI", kind, 0, 0, 0)
        # Of ICMPv6 the kernel computes it.
        message = struct.pack("!BBHI", kind, 0, checksum(head + about) if ipv4 else 0, 0) + about
        protocol = socket.IPPROTO_ICMP if ipv4 else socket.IPPROTO_ICMPV6
        with socket.socket(family, socket.SOCK_RAW, protocol) as sender:
            sender.sendto(message, (address_of(target, family), 0))
        return "sent"

    return way


def own_header(family: int, build: Callable[[Target], tuple[int, bytes]]) -> Callable[[Target], str]:
    """From a raw socket for ICMP, which says what it likes for a protocol and for an address."""

    def way(target: Target) -> str:
        ipv4 = family == socket.AF_INET
        with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_ICMP if ipv4 else socket.IPPROTO_ICMPV6) as sender:
            sender.setsockopt(*((socket.IPPROTO_IP, IP_HDRINCL) if ipv4 else (socket.IPPROTO_IPV6, IPV6_HDRINCL)), 1)
            sender.sendto(build(target)[1], (address_of(target, family), 0))
        return "sent"

    return way


def raw(protocol: int) -> Callable[[Target], str]:
    def way(target: Target) -> str:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol) as sender:
            packet = syn(target) if protocol == socket.IPPROTO_TCP else udp(target)
            if protocol == socket.IPPROTO_RAW:
                packet = ipv4_packet(target, socket.IPPROTO_UDP, packet, own_ipv4(target))
            sender.sendto(packet, (target.ipv4, 0))
        return "sent"

    return way


def raw_ipv6(protocol: int) -> Callable[[Target], str]:
    def way(target: Target) -> str:
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, protocol) as sender:
            sender.sendto(syn(target) if protocol == socket.IPPROTO_TCP else udp(target), (target.ipv6, 0))
        return "sent"

    return way


def by_vxlan(target: Target) -> str:
    """A socket of the kernel's own, which no process has made, sends what goes out of a tunnel's device."""
    ip = ("/sbin/ip", "link")
    tunnel = ("add", "around0", "type", "vxlan", "id", "7", "remote", target.ipv4, "dstport", "4789", "dev", LINK)
    try:
        run((*ip, *tunnel), (*ip, "set", "around0", "up"))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
            sender.bind(("around0", 0))
            sender.send(b"\xff" * 6 + b"\2\0\0\0\0\1" + struct.pack("!H", ETH_P_IP) + bytes(46))
    finally:
        subprocess.run((*ip, "del", "around0"), capture_output=True, check=False)
    return "sent"


def by_tunnel(target: Target) -> str:
    """The other end of a tun device is this process: what it writes is a packet that arrives, and is forwarded."""
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    tunnel = os.open(tun_device(), os.O_RDWR)
    try:
        # TUNSETIFF with IFF_TUN and IFF_NO_PI
        fcntl.ioctl(tunnel, 0x400454CA, struct.pack("=16sH22x", b"around1", 0x1001))
        run(("/sbin/ip", "link", "set", "around1", "up"))
        os.write(tunnel, ipv4_packet(target, socket.IPPROTO_TCP, syn(target), own_ipv4(target)))
        os.write(tunnel, ipv4_packet(target, socket.IPPROTO_TCP, syn(target), target.friend_ipv4))
    finally:
        os.close(tunnel)
    return "sent"


def by_live_frames(target: Target) -> str:
    """Frames that a program of XDP is run on, and that the kernel takes for received then (BPF_F_TEST_XDP_LIVE_FRAMES):
    passed on they are forwarded, redirected they go straight out of the link."""
    forward = {"ipv4/ip_forward": "1", "ipv4/conf/all/accept_local": "1", "ipv6/conf/all/forwarding": "1"}
    before = {name: (Path("/proc/sys/net") / name).read_text() for name in forward}
    passes = struct.pack("=BBhiBBhi", 0xB7, 0, 0, XDP_PASS, 0x95, 0, 0, 0)
    link = socket.if_nametoindex(LINK)
    # r1 = link; r2 = 0; bpf_redirect; exit
    out = struct.pack("=BBhiBBhiBBhiBBhi", 0xB7, 1, 0, link, 0xB7, 2, 0, 0, 0x85, 0, 0, 23, 0x95, 0, 0, 0)
    with socket.socket() as asking:
        # SIOCGIFHWADDR
        own = fcntl.ioctl(asking, 0x8927, struct.pack("=16s24x", LINK.encode()))[18:24]
    try:
        for name, value in forward.items():
            (Path("/proc/sys/net") / name).write_text(value)
        for program, destination in ((passes, own), (out, gateway_mac())):
            loaded = load_xdp(program)
            try:
                for kind, packet in (syn_frame(target), syn_frame_ipv6(target), spoofed_frame(target)):
                    run_live(loaded, destination + own + struct.pack("!H", kind) + packet, link)
            finally:
                os.close(loaded)
    finally:
        for name, value in before.items():
            (Path("/proc/sys/net") / name).write_text(value)
    return "sent"


def load_xdp(program: bytes) -> int:
    code, license = ctypes.create_string_buffer(program, len(program)), ctypes.create_string_buffer(b"GPL")
    order = struct.pack("=IIQQ96x", 6, len(program) // 8, ctypes.addressof(code), ctypes.addressof(license))
    return bpf(BPF_PROG_LOAD, order)


def run_live(program: int, frame: bytes, interface: int) -> None:
    data = ctypes.create_string_buffer(frame, len(frame))
    # struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex
    context = ctypes.create_string_buffer(struct.pack("=6I", 0, len(frame), 0, interface, 0, 0), 24)
    order = struct.pack(
        "=IIIIQQIIIIQQIIII",
        *(program, 0, len(frame), 0, ctypes.addressof(data), 0, 1, 0, 24, 0),
        *(ctypes.addressof(context), 0, BPF_F_TEST_XDP_LIVE_FRAMES, 0, 0, 0),
    )
    bpf(BPF_PROG_TEST_RUN, order)


def bpf(command: int, order: bytes) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(order, len(order))
    result: int = libc.syscall(SYS_BPF[platform.machine()], command, buffer, len(order))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return result


def tun_device() -> Path:
    """A container has none; who may mount and make devices makes one."""
    device = Path("/dev/net/tun")
    if not device.exists():
        folder = Path("/tmp/dev")
        device = folder / "tun"
        if not folder.exists():
            folder.mkdir()
            # Another file system than /tmp, on which devices do not count.
            run(("/bin/mount", "-t", "tmpfs", "none", str(folder)))
            os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(10, 200))
    return device


def run(*commands: tuple[str, ...]) -> None:
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            refused = errno.EPERM if "not permitted" in done.stderr else errno.EOPNOTSUPP
            raise OSError(refused, done.stderr)


def address_of(target: Target, family: int) -> str:
    return target.ipv4 if family == socket.AF_INET else target.ipv6


def frame(build: Callable[[Target], tuple[int, bytes]], *, bypass: bool = False) -> Callable[[Target], str]:
    """Written to the link as it is, past everything that the kernel asks about sockets."""

    def way(target: Target) -> str:
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as sender:
            if bypass:
                sender.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
            kind, packet = build(target)
            sender.sendto(packet, (LINK, kind, 0, 0, gateway_mac()))
        return "sent"

    return way


def by_xdp(target: Target) -> str:
    """A frame from this process's own memory, by the shortest way that there is to the link."""
    libc = ctypes.CDLL(None, use_errno=True)
    memory = mmap.mmap(-1, 4 * XDP_CHUNK)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    kind, packet = syn_frame(target)
    written = gateway_mac() + bytes.fromhex("020000000001") + struct.pack("!H", kind) + packet
    memory[: len(written)] = written
    with socket.socket(AF_XDP, socket.SOCK_RAW, 0) as sender:
        # struct xdp_umem_reg, then the size of each ring.
        sender.setsockopt(SOL_XDP, 4, struct.pack("=QQIIII", address, len(memory), XDP_CHUNK, 0, 0, 0))
        for ring in (XDP_FILL_RING, XDP_COMPLETION_RING, XDP_TX_RING):
            sender.setsockopt(SOL_XDP, ring, 4)
        producer, _, descriptors = struct.unpack("=16Q", sender.getsockopt(SOL_XDP, XDP_MMAP_OFFSETS, 128))[4:7]
        frames = mmap.mmap(sender.fileno(), mmap.PAGESIZE, flags=SHARED, offset=XDP_TX_OFFSET)
        name = struct.pack("=HHIII", AF_XDP, XDP_COPY, socket.if_nametoindex(LINK), 0, 0)
        if libc.bind(sender.fileno(), name, len(name)) != 0:
            raise OSError(ctypes.get_errno(), "bind")
        frames[descriptors : descriptors + 16] = struct.pack("=QII", 0, len(written), 0)
        frames[producer : producer + 4] = struct.pack("=I", 1)
        if libc.sendto(sender.fileno(), None, 0, socket.MSG_DONTWAIT, None, 0) < 0:
            raise OSError(ctypes.get_errno(), "sendto")
    return "sent"


def udp_frame(target: Target) -> tuple[int, bytes]:
    return ETH_P_IP, ipv4_packet(target, socket.IPPROTO_UDP, udp(target), own_ipv4(target))


def syn_frame(target: Target) -> tuple[int, bytes]:
    return ETH_P_IP, ipv4_packet(target, socket.IPPROTO_TCP, syn(target), own_ipv4(target))


def udplite_frame(target: Target) -> tuple[int, bytes]:
    return ETH_P_IP, ipv4_packet(target, IPPROTO_UDPLITE, udp(target), own_ipv4(target))


def fragment_frame(target: Target) -> tuple[int, bytes]:
    return ETH_P_IP, ipv4_packet(target, socket.IPPROTO_TCP, syn(target), own_ipv4(target), fragment=0x2000)


def spoofed_frame(target: Target) -> tuple[int, bytes]:
    return ETH_P_IP, ipv4_packet(target, socket.IPPROTO_TCP, syn(target), target.friend_ipv4)


def syn_frame_ipv6(target: Target) -> tuple[int, bytes]:
    return ETH_P_IPV6, ipv6_packet(target, socket.IPPROTO_TCP, syn(target), own_ipv6(target))


def spoofed_frame_ipv6(target: Target) -> tuple[int, bytes]:
    return ETH_P_IPV6, ipv6_packet(target, socket.IPPROTO_TCP, syn(target), target.friend_ipv6)


def extension_frame_ipv6(target: Target) -> tuple[int, bytes]:
    # Destination options, padded to eight bytes, and the segment behind them.
    options = bytes((socket.IPPROTO_TCP, 0, 1, 4, 0, 0, 0, 0))
    return ETH_P_IPV6, ipv6_packet(target, socket.IPPROTO_DSTOPTS, options + syn(target), own_ipv6(target))


def syn(target: Target) -> bytes:
    return struct.pack("!HHIIBBHHH", 40000, target.port, 1, 0, 5 << 4, 0x02, 65535, 0, 0)


def udp(target: Target) -> bytes:
    return struct.pack("!HHHH", 40000, target.port, 8 + len(PAYLOAD), 0) + PAYLOAD


def ipv4_packet(target: Target, protocol: int, payload: bytes, source: str, fragment: int = 0) -> bytes:
    ends = socket.inet_aton(source) + socket.inet_aton(target.ipv4)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6_packet(target: Target, protocol: int, payload: bytes, source: str) -> bytes:
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target.ipv6)
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + ends + payload


def checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def table(name: str) -> list[list[str]]:
    return [line.split() for line in Path(f"/proc/net/{name}").read_text().splitlines()]


def own_ipv4(target: Target) -> str:
    return own_address(socket.AF_INET, target)


def own_ipv6(target: Target) -> str:
    return own_address(socket.AF_INET6, target)


def own_address(family: int, target: Target) -> str:
    """The one that the kernel sends from; exec sessions' is there too."""
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.connect((address_of(target, family), 9))
        return str(sender.getsockname()[0])


def gateway_mac() -> bytes:
    return next(bytes.fromhex(line[3].replace(":", "")) for line in table("arp") if line[-1] == LINK)


V4, V6 = socket.AF_INET, socket.AF_INET6
WAYS: dict[str, Callable[[Target], str]] = {
    "TCP": lambda target: tcp(V4, (target.ipv4, target.port)),
    "TCP over IPv6": lambda target: tcp(V6, (target.ipv6, target.port)),
    "TCP, v4-mapped": lambda target: tcp(V6, (f"::ffff:{target.ipv4}", target.port)),
    "TCP, MSG_FASTOPEN": fast_open,
    "TCP over IPv6, MSG_FASTOPEN": lambda target: fast_open(target, V6),
    "TCP, TCP_FASTOPEN_CONNECT": lambda target: tcp(V4, (target.ipv4, target.port), fast_open_connect),
    "TCP, bind before connect": lambda target: tcp(V4, (target.ipv4, target.port), from_own_address(target)),
    "TCP, connect after AF_UNSPEC": after_another,
    "TCP, SO_BINDTODEVICE": lambda target: tcp(V4, (target.ipv4, target.port), to_the_link),
    "TCP, io_uring": by_io_uring,
    "TCP, a source route": lambda target: tcp(V4, (target.ipv4, target.port), by_source_route(target)),
    "TCP over IPv6, TCP_FASTOPEN_CONNECT": lambda target: tcp(V6, (target.ipv6, target.port), fast_open_connect),
    "TCP over IPv6, bind before connect": lambda target: tcp(
        V6, (target.ipv6, target.port), from_own_address(target, V6)
    ),
    "TCP over IPv6, connect after AF_UNSPEC": lambda target: after_another(target, V6),
    "TCP over IPv6, SO_BINDTODEVICE": lambda target: tcp(V6, (target.ipv6, target.port), to_the_link),
    "TCP over IPv6, io_uring": lambda target: by_io_uring(target, V6),
    "MPTCP": stream(IPPROTO_MPTCP),
    "MPTCP over IPv6": stream(IPPROTO_MPTCP, family=V6),
    "SCTP": stream(IPPROTO_SCTP),
    "SCTP over IPv6": stream(IPPROTO_SCTP, family=V6),
    "SCTP, SOCK_SEQPACKET": stream(IPPROTO_SCTP, socket.SOCK_SEQPACKET),
    "DCCP": stream(IPPROTO_DCCP, SOCK_DCCP),
    "UDP, connected": datagram(V4, 0, connected=True),
    "UDP, sendto": datagram(V4, 0, connected=False),
    "UDP over IPv6, connected": datagram(V6, 0, connected=True),
    "UDP over IPv6, sendto": datagram(V6, 0, connected=False),
    "UDP, v4-mapped": datagram(V6, 0, connected=False, mapped=True),
    "UDP-Lite": datagram(V4, IPPROTO_UDPLITE, connected=False),
    "UDP-Lite over IPv6": datagram(V6, IPPROTO_UDPLITE, connected=False),
    "UDP-Lite, connected": datagram(V4, IPPROTO_UDPLITE, connected=True),
    "ICMP, ping socket": ping(V4, socket.SOCK_DGRAM),
    "ICMPv6, ping socket": ping(V6, socket.SOCK_DGRAM),
    "ICMP, raw": ping(V4, socket.SOCK_RAW),
    "ICMPv6, raw": ping(V6, socket.SOCK_RAW),
    "ICMP, raw, an answer that nobody asked for": icmp(V4, 0),
    "ICMP, raw, an error about a connection": icmp(V4, 3),
    "ICMPv6, raw, an error about a connection": icmp(V6, 1),
    "ICMP, raw, own header, a SYN": own_header(V4, syn_frame),
    "ICMPv6, raw, own header, a SYN": own_header(V6, syn_frame_ipv6),
    "ICMP, raw, own header, UDP": own_header(V4, udp_frame),
    "ICMP, raw, own header, another's address": own_header(V4, spoofed_frame),
    "ICMP, raw, own header, UDP-Lite": own_header(V4, udplite_frame),
    "ICMPv6, raw, a neighbour's word": icmp(V6, 136),
    "raw IP, protocol TCP": raw(socket.IPPROTO_TCP),
    "raw IP, protocol UDP": raw(socket.IPPROTO_UDP),
    "raw IP, own header": raw(socket.IPPROTO_RAW),
    "raw IPv6": raw_ipv6(socket.IPPROTO_UDP),
    "raw IPv6, protocol TCP": raw_ipv6(socket.IPPROTO_TCP),
    "AF_PACKET, UDP": frame(udp_frame),
    "AF_PACKET, a SYN": frame(syn_frame),
    "AF_PACKET, a SYN, PACKET_QDISC_BYPASS": frame(syn_frame, bypass=True),
    "AF_PACKET, a fragment": frame(fragment_frame),
    "AF_PACKET, another's address": frame(spoofed_frame),
    "AF_PACKET, a SYN over IPv6": frame(syn_frame_ipv6),
    "AF_PACKET, another's IPv6 address": frame(spoofed_frame_ipv6),
    "AF_PACKET, IPv6 extension header": frame(extension_frame_ipv6),
    "AF_XDP, a SYN": by_xdp,
}

PRIVILEGED: dict[str, Callable[[Target], str]] = {
    "vxlan's own socket": by_vxlan,
    "a tun device": by_tunnel,
    "XDP live frames": by_live_frames,
    "TCP, TCP_REPAIR": by_repair(V4),
    "TCP over IPv6, TCP_REPAIR": by_repair(V6),
}
"""Ways that take more than a container's default capabilities."""


def attempt(way: str, target: Target) -> str:
    try:
        return (WAYS | PRIVILEGED)[way](target)
    except TimeoutError:
        return "timed out"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))


if __name__ == "__main__":
    for line in sys.stdin:
        way, target = json.loads(line)
        print(json.dumps({"saw": attempt(way, Target(**target))}), flush=True)
