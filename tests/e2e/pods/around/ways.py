# SPDX-License-Identifier: Apache-2.0
"""All ways, by name."""

import errno
import socket
from collections.abc import Callable

from .connections import (
    IPPROTO_DCCP,
    IPPROTO_MPTCP,
    IPPROTO_SCTP,
    SOCK_DCCP,
    after_another,
    by_io_uring,
    by_repair,
    by_source_route,
    by_source_route_ipv6,
    fast_open,
    fast_open_connect,
    from_own_address,
    stream,
    tcp,
    to_the_link,
)
from .datagrams import datagram, icmp, own_header, ping, raw, raw_ipv6
from .links import by_live_frames, by_tunnel, by_vxlan, by_xdp, frame
from .packets import (
    IPPROTO_UDPLITE,
    extension_frame_ipv6,
    fragment_frame,
    fragment_frame_ipv6,
    spoofed_frame,
    spoofed_frame_ipv6,
    syn_frame,
    syn_frame_ipv6,
    udp_frame,
    udp_frame_ipv6,
    udplite_frame,
    udplite_frame_ipv6,
)
from .target import Target

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
    "TCP over IPv6, a source route": lambda target: tcp(V6, (target.ipv6, target.port), by_source_route_ipv6(target)),
    "MPTCP": stream(IPPROTO_MPTCP),
    "MPTCP over IPv6": stream(IPPROTO_MPTCP, family=V6),
    "SCTP": stream(IPPROTO_SCTP),
    "SCTP over IPv6": stream(IPPROTO_SCTP, family=V6),
    "SCTP, SOCK_SEQPACKET": stream(IPPROTO_SCTP, socket.SOCK_SEQPACKET),
    "SCTP over IPv6, SOCK_SEQPACKET": stream(IPPROTO_SCTP, socket.SOCK_SEQPACKET, V6),
    "DCCP": stream(IPPROTO_DCCP, SOCK_DCCP),
    "DCCP over IPv6": stream(IPPROTO_DCCP, SOCK_DCCP, V6),
    "UDP, connected": datagram(V4, 0, connected=True),
    "UDP, sendto": datagram(V4, 0, connected=False),
    "UDP over IPv6, connected": datagram(V6, 0, connected=True),
    "UDP over IPv6, sendto": datagram(V6, 0, connected=False),
    "UDP, v4-mapped": datagram(V6, 0, connected=False, mapped=True),
    "UDP, v4-mapped, connected": datagram(V6, 0, connected=True, mapped=True),
    "UDP-Lite": datagram(V4, IPPROTO_UDPLITE, connected=False),
    "UDP-Lite over IPv6": datagram(V6, IPPROTO_UDPLITE, connected=False),
    "UDP-Lite, connected": datagram(V4, IPPROTO_UDPLITE, connected=True),
    "UDP-Lite over IPv6, connected": datagram(V6, IPPROTO_UDPLITE, connected=True),
    "ICMP, ping socket": ping(V4, socket.SOCK_DGRAM),
    "ICMPv6, ping socket": ping(V6, socket.SOCK_DGRAM),
    "ICMP, raw": ping(V4, socket.SOCK_RAW),
    "ICMPv6, raw": ping(V6, socket.SOCK_RAW),
    "ICMP, raw, an answer that nobody asked for": icmp(V4, 0),
    "ICMP, raw, an error about a connection": icmp(V4, 3),
    "ICMPv6, raw, an answer that nobody asked for": icmp(V6, 129),
    "ICMPv6, raw, an error about a connection": icmp(V6, 1),
    "ICMP, raw, own header, a SYN": own_header(V4, syn_frame),
    "ICMPv6, raw, own header, a SYN": own_header(V6, syn_frame_ipv6),
    "ICMP, raw, own header, UDP": own_header(V4, udp_frame),
    "ICMP, raw, own header, another's address": own_header(V4, spoofed_frame),
    "ICMP, raw, own header, UDP-Lite": own_header(V4, udplite_frame),
    "ICMPv6, raw, own header, UDP": own_header(V6, udp_frame_ipv6),
    "ICMPv6, raw, own header, another's address": own_header(V6, spoofed_frame_ipv6),
    "ICMPv6, raw, own header, UDP-Lite": own_header(V6, udplite_frame_ipv6),
    "ICMPv6, raw, a neighbour's word": icmp(V6, 136),
    "raw IP, protocol TCP": raw(socket.IPPROTO_TCP),
    "raw IP, protocol UDP": raw(socket.IPPROTO_UDP),
    "raw IP, own header": raw(socket.IPPROTO_RAW),
    "raw IPv6": raw_ipv6(socket.IPPROTO_UDP),
    "raw IPv6, protocol TCP": raw_ipv6(socket.IPPROTO_TCP),
    "raw IPv6, own header": raw_ipv6(socket.IPPROTO_RAW),
    "AF_PACKET, UDP": frame(udp_frame),
    "AF_PACKET, a SYN": frame(syn_frame),
    "AF_PACKET, a SYN, PACKET_QDISC_BYPASS": frame(syn_frame, bypass=True),
    "AF_PACKET, a fragment": frame(fragment_frame),
    "AF_PACKET, another's address": frame(spoofed_frame),
    "AF_PACKET, a SYN over IPv6": frame(syn_frame_ipv6),
    "AF_PACKET, UDP over IPv6": frame(udp_frame_ipv6),
    "AF_PACKET, a SYN over IPv6, PACKET_QDISC_BYPASS": frame(syn_frame_ipv6, bypass=True),
    "AF_PACKET, a fragment over IPv6": frame(fragment_frame_ipv6),
    "AF_PACKET, another's IPv6 address": frame(spoofed_frame_ipv6),
    "AF_PACKET, IPv6 extension header": frame(extension_frame_ipv6),
    "AF_XDP, a SYN": by_xdp(syn_frame),
    "AF_XDP, a SYN over IPv6": by_xdp(syn_frame_ipv6),
}
PRIVILEGED: dict[str, Callable[[Target], str]] = {
    "vxlan's own socket": by_vxlan,
    "vxlan's own socket over IPv6": lambda target: by_vxlan(target, V6),
    "a tun device": by_tunnel,
    "a tun device, IPv6": lambda target: by_tunnel(target, V6),
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
