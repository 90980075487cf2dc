# SPDX-License-Identifier: Apache-2.0
"""Sockets that send single packets: UDP, ICMP, raw IP."""

import socket
import struct
from collections.abc import Callable

from .packets import checksum, ipv4_packet, own_ipv4, own_ipv6, syn, udp, udp_frame_ipv6
from .target import PAYLOAD, Target, address_of

IP_HDRINCL = 3
IPV6_HDRINCL = 36


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
            packet = syn(target) if protocol == socket.IPPROTO_TCP else udp(target)
            if protocol == socket.IPPROTO_RAW:
                packet = udp_frame_ipv6(target)[1]
            sender.sendto(packet, (target.ipv6, 0))
        return "sent"

    return way
