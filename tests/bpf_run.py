# SPDX-License-Identifier: Apache-2.0
"""BPF_PROG_RUN: runs one program of a loaded object on a packet or a lookup of the test's own. Needs root."""

import ctypes
import ipaddress
import os
import struct
import time
from dataclasses import dataclass, field, replace

from bpf.libbpf import library

TC_ACT_OK = 0
TC_ACT_SHOT = 2
SK_DROP = 0
SK_PASS = 1

ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
TCP = 6
UDP = 17
SCTP = 132
ICMP = 1
ICMPV6 = 58
_SKB_TSTAMP, _SKB_SIZE = 152, 192
"""Of struct __sk_buff (linux/bpf.h)."""
SYN, ACK, RST = 0x02, 0x10, 0x04


class _Options(ctypes.Structure):
    """``struct bpf_test_run_opts`` of libbpf 1.x."""

    _fields_ = (
        ("sz", ctypes.c_size_t),
        ("data_in", ctypes.c_char_p),
        ("data_out", ctypes.c_void_p),
        ("data_size_in", ctypes.c_uint32),
        ("data_size_out", ctypes.c_uint32),
        ("ctx_in", ctypes.c_char_p),
        ("ctx_out", ctypes.c_void_p),
        ("ctx_size_in", ctypes.c_uint32),
        ("ctx_size_out", ctypes.c_uint32),
        ("retval", ctypes.c_uint32),
        ("repeat", ctypes.c_int),
        ("duration", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("cpu", ctypes.c_uint32),
        ("batch_size", ctypes.c_uint32),
    )


def _run(program: int, options: _Options) -> int:
    options.sz = ctypes.sizeof(options)
    run = library().bpf_prog_test_run_opts
    run.restype, run.argtypes = ctypes.c_int, [ctypes.c_int, ctypes.POINTER(_Options)]
    code = run(program, ctypes.byref(options))
    if code < 0:
        raise OSError(-code, f"BPF_PROG_RUN: {os.strerror(-code)}")
    return int(options.retval)


def run_on_frame(program: int, frame: bytes, ifindex: int = 1) -> int:
    """What a tc or cgroup_skb program says of an Ethernet frame on an interface of this namespace."""
    # The kernel wants some bytes behind the Ethernet header, whatever they are.
    padded = frame.ljust(15, b"\0")
    # struct __sk_buff up to its eleventh word, the interface; the kernel takes 1 for granted.
    context = struct.pack("=40xI", ifindex if ifindex > 1 else 0)
    return _run(program, _Options(data_in=padded, data_size_in=len(padded), ctx_in=context, ctx_size_in=len(context)))


def run_until_sent(program: int, frame: bytes) -> tuple[int, int, int, int]:
    """As run_on_frame, with the moment before, the one at which the packet is to be sent (0: at once), and the one
    after, in ns of CLOCK_MONOTONIC."""
    out = ctypes.create_string_buffer(_SKB_SIZE)
    options = _Options(data_in=frame, data_size_in=len(frame), ctx_out=ctypes.addressof(out), ctx_size_out=len(out.raw))
    before = time.monotonic_ns()
    verdict = _run(program, options)
    return verdict, before, int(struct.unpack_from("=Q", out.raw, _SKB_TSTAMP)[0]), time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class Lookup:
    """A packet that looks for a socket, as sk_lookup programs see it."""

    source: str
    destination: str
    port: int = 80
    protocol: int = TCP


def run_on_lookup(program: int, lookup: Lookup) -> tuple[int, int]:
    """The verdict, and the cookie of the socket that was chosen; 0 when none was."""
    source, destination = ipaddress.ip_address(lookup.source), ipaddress.ip_address(lookup.destination)
    family = 2 if destination.version == 4 else 10
    four, six = [b"\0" * 4, b"\0" * 4], [b"\0" * 16, b"\0" * 16]
    (four if destination.version == 4 else six)[:] = source.packed, destination.packed
    # struct bpf_sk_lookup: cookie, family, protocol, remote addresses and port (network order), local ones (host order)
    context = struct.pack(
        "=QII4s16sHxx4s16sIIxxxx", 0, family, lookup.protocol, four[0], six[0], 0x1234, four[1], six[1], lookup.port, 0
    )
    out = ctypes.create_string_buffer(len(context))
    options = _Options(
        ctx_in=context, ctx_size_in=len(context), ctx_out=ctypes.addressof(out), ctx_size_out=len(context)
    )
    verdict = _run(program, options)
    return verdict, int(struct.unpack_from("=Q", out.raw)[0])


@dataclass(frozen=True, slots=True)
class Packet:
    """An Ethernet frame; ``payload`` None is a TCP segment with these ports and flags."""

    source: str
    destination: str
    source_port: int = 40000
    port: int = 80
    flags: int = SYN
    protocol: int = TCP
    options: bytes = b""
    """IPv4 options, in words of 4 bytes."""
    extension: bytes = b""
    """IPv6 extension headers; the first byte of each says what follows."""
    fragment: int = 0
    """IPv4's flags and fragment offset."""
    ethertype: int | None = None
    version: int | None = None
    payload: bytes | None = None
    cut: int | None = field(default=None)
    """Only so many bytes of the frame arrive."""

    def but(self, **change: object) -> "Packet":
        return replace(self, **change)  # type: ignore[arg-type]

    def frame(self) -> bytes:
        source, destination = ipaddress.ip_address(self.source), ipaddress.ip_address(self.destination)
        payload = self.payload if self.payload is not None else self._segment()
        if destination.version == 4:
            header = struct.pack(
                "!BBHHHBBH4s4s",
                (self.version or 4) << 4 | 5 + len(self.options) // 4,
                0,
                20 + len(self.options) + len(payload),
                1,
                self.fragment,
                64,
                self.protocol,
                0,
                source.packed,
                destination.packed,
            )
            body = header + self.options + payload
        else:
            body = struct.pack(
                "!IHBB", (self.version or 6) << 28, len(self.extension) + len(payload), self.protocol, 64
            )
            body += source.packed + destination.packed + self.extension + payload
        ethertype = self.ethertype or (ETH_P_IP if destination.version == 4 else ETH_P_IPV6)
        frame = bytes.fromhex("020000000001 020000000002") + ethertype.to_bytes(2, "big") + body
        return frame[: self.cut]

    def _segment(self) -> bytes:
        return struct.pack("!HHIIBBHHH", self.source_port, self.port, 1, 0, 5 << 4, self.flags, 1024, 0, 0)


def icmp(packet: Packet, kind: int, identifier: int = 1, about: Packet | None = None) -> Packet:
    """A message of that type between the ends of `packet`; an error holds what it is about."""
    protocol = ICMP if ":" not in packet.destination else ICMPV6
    held = about.frame()[14:][:64] if about is not None else b""
    return packet.but(protocol=protocol, payload=struct.pack("!BBHHH", kind, 0, 0, identifier, 1) + held)
