# SPDX-License-Identifier: Apache-2.0
"""What goes to the pod's link past the sockets of IP: frames, tunnels, XDP."""

import ctypes
import errno
import fcntl
import mmap
import os
import platform
import socket
import stat
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .packets import ETH_P_IP, spoofed_frame, spoofed_frame_ipv6, syn_frame, syn_frame_ipv6
from .target import LINK, Target, address_of

SOL_PACKET = 263
PACKET_QDISC_BYPASS = 20
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
LETTING_GO = 10.0
"""Seconds."""


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


def by_xdp(build: Callable[[Target], tuple[int, bytes]]) -> Callable[[Target], str]:
    return lambda target: _from_memory(*build(target))


def _from_memory(kind: int, packet: bytes) -> str:
    """A frame from this process's own memory, by the shortest way that there is to the link."""
    libc = ctypes.CDLL(None, use_errno=True)
    memory = mmap.mmap(-1, 4 * XDP_CHUNK)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    written = gateway_mac() + bytes.fromhex("020000000001") + struct.pack("!H", kind) + packet
    memory[: len(written)] = written
    with socket.socket(AF_XDP, socket.SOCK_RAW, 0) as sender:
        # struct xdp_umem_reg, then the size of each ring.
        sender.setsockopt(SOL_XDP, 4, struct.pack("=QQIIII", address, len(memory), XDP_CHUNK, 0, 0, 0))
        for ring in (XDP_FILL_RING, XDP_COMPLETION_RING, XDP_TX_RING):
            sender.setsockopt(SOL_XDP, ring, 4)
        producer, _, descriptors = struct.unpack("=16Q", sender.getsockopt(SOL_XDP, XDP_MMAP_OFFSETS, 128))[4:7]
        frames = mmap.mmap(
            sender.fileno(), mmap.PAGESIZE, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE, offset=XDP_TX_OFFSET
        )
        name = struct.pack("=HHIII", AF_XDP, XDP_COPY, socket.if_nametoindex(LINK), 0, 0)
        end = time.monotonic() + LETTING_GO
        while libc.bind(sender.fileno(), name, len(name)) != 0:
            # The kernel lets go of the queue some time after the socket before this one is closed.
            if ctypes.get_errno() != errno.EBUSY or time.monotonic() > end:
                raise OSError(ctypes.get_errno(), "bind")
        frames[descriptors : descriptors + 16] = struct.pack("=QII", 0, len(written), 0)
        frames[producer : producer + 4] = struct.pack("=I", 1)
        if libc.sendto(sender.fileno(), None, 0, socket.MSG_DONTWAIT, None, 0) < 0:
            raise OSError(ctypes.get_errno(), "sendto")
    return "sent"


def by_vxlan(target: Target, family: int = socket.AF_INET) -> str:
    """A socket of the kernel's own, which no process has made, sends what goes out of a tunnel's device."""
    ip, remote = ("/sbin/ip", "link"), address_of(target, family)
    tunnel = ("add", "around0", "type", "vxlan", "id", "7", "remote", remote, "dstport", "4789", "dev", LINK)
    try:
        run((*ip, *tunnel), (*ip, "set", "around0", "up"))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
            sender.bind(("around0", 0))
            sender.send(b"\xff" * 6 + b"\2\0\0\0\0\1" + struct.pack("!H", ETH_P_IP) + bytes(46))
    finally:
        subprocess.run((*ip, "del", "around0"), capture_output=True, check=False)
    return "sent"


def by_tunnel(target: Target, family: int = socket.AF_INET) -> str:
    """The other end of a tun device is this process: what it writes is a packet that arrives, and is forwarded."""
    ipv4 = family == socket.AF_INET
    Path(f"/proc/sys/net/{'ipv4/ip_forward' if ipv4 else 'ipv6/conf/all/forwarding'}").write_text("1")
    tunnel = os.open(tun_device(), os.O_RDWR)
    try:
        # TUNSETIFF with IFF_TUN and IFF_NO_PI
        fcntl.ioctl(tunnel, 0x400454CA, struct.pack("=16sH22x", b"around1", 0x1001))
        run(("/sbin/ip", "link", "set", "around1", "up"))
        for build in (syn_frame, spoofed_frame) if ipv4 else (syn_frame_ipv6, spoofed_frame_ipv6):
            os.write(tunnel, build(target)[1])
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


def gateway_mac() -> bytes:
    return next(bytes.fromhex(line[3].replace(":", "")) for line in table("arp") if line[-1] == LINK)


def table(name: str) -> list[list[str]]:
    return [line.split() for line in Path(f"/proc/net/{name}").read_text().splitlines()]
