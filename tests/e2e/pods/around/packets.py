# SPDX-License-Identifier: Apache-2.0
"""Packets as bytes, from the IP header on, each with its EtherType."""

import socket
import struct

from .target import PAYLOAD, Target, own_address

IPPROTO_UDPLITE = 136
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD


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


def udp_frame_ipv6(target: Target) -> tuple[int, bytes]:
    segment = udp(target)
    # IPv6 takes no datagram without a checksum.
    source = own_ipv6(target)
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target.ipv6)
    pseudo = ends + struct.pack("!II", len(segment), socket.IPPROTO_UDP)
    summed = segment[:6] + struct.pack("!H", checksum(pseudo + segment) or 0xFFFF) + segment[8:]
    return ETH_P_IPV6, ipv6_packet(target, socket.IPPROTO_UDP, summed, source)


def udplite_frame_ipv6(target: Target) -> tuple[int, bytes]:
    return ETH_P_IPV6, ipv6_packet(target, IPPROTO_UDPLITE, udp(target), own_ipv6(target))


def fragment_frame_ipv6(target: Target) -> tuple[int, bytes]:
    # The first fragment, with more to come.
    head = struct.pack("!BBHI", socket.IPPROTO_TCP, 0, 1, 7)
    return ETH_P_IPV6, ipv6_packet(target, socket.IPPROTO_FRAGMENT, head + syn(target), own_ipv6(target))


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


def own_ipv4(target: Target) -> str:
    return own_address(socket.AF_INET, target)


def own_ipv6(target: Target) -> str:
    return own_address(socket.AF_INET6, target)
