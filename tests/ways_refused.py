# SPDX-License-Identifier: Apache-2.0
"""What becomes of each of the ways around the sidecar (`pods/around`)."""

from tests.e2e.pods.around.ways import WAYS

STEERED = tuple(way for way in WAYS if way.startswith("TCP"))
# What the app sees, and what `riftgate status` counts: each names the one guard that acted.
SOCKET = ("EPERM", "socket")
DATAGRAM = ("sent", "policy")
STRAY = {
    "TCP, SO_BINDTODEVICE": ("timed out", "app-socket"),
    "TCP over IPv6, SO_BINDTODEVICE": ("timed out", "app-socket"),
    "TCP, a source route": ("timed out", "protocol"),
    "TCP over IPv6, a source route": ("timed out", "protocol"),
    "MPTCP": SOCKET,
    "MPTCP over IPv6": SOCKET,
    "SCTP": ("timed out", "policy"),
    "SCTP over IPv6": ("timed out", "policy"),
    "SCTP, SOCK_SEQPACKET": ("timed out", "policy"),
    "SCTP over IPv6, SOCK_SEQPACKET": ("timed out", "policy"),
    "DCCP": SOCKET,
    "DCCP over IPv6": SOCKET,
    "UDP, connected": DATAGRAM,
    "UDP, sendto": DATAGRAM,
    "UDP over IPv6, connected": DATAGRAM,
    "UDP over IPv6, sendto": DATAGRAM,
    "UDP, v4-mapped": DATAGRAM,
    "UDP, v4-mapped, connected": DATAGRAM,
    "UDP-Lite": SOCKET,
    "UDP-Lite over IPv6": SOCKET,
    "UDP-Lite, connected": SOCKET,
    "UDP-Lite over IPv6, connected": SOCKET,
    "ICMP, ping socket": DATAGRAM,
    "ICMPv6, ping socket": DATAGRAM,
    "ICMP, raw": DATAGRAM,
    "ICMPv6, raw": DATAGRAM,
    "ICMP, raw, an answer that nobody asked for": DATAGRAM,
    "ICMP, raw, an error about a connection": DATAGRAM,
    "ICMPv6, raw, an answer that nobody asked for": DATAGRAM,
    "ICMPv6, raw, an error about a connection": DATAGRAM,
    "ICMP, raw, own header, a SYN": ("sent", "app-socket"),
    "ICMPv6, raw, own header, a SYN": ("sent", "app-socket"),
    "ICMP, raw, own header, UDP": DATAGRAM,
    "ICMP, raw, own header, another's address": ("sent", "address"),
    "ICMP, raw, own header, UDP-Lite": ("sent", "protocol"),
    "ICMPv6, raw, own header, UDP": DATAGRAM,
    "ICMPv6, raw, own header, another's address": ("sent", "address"),
    "ICMPv6, raw, own header, UDP-Lite": ("sent", "protocol"),
    "ICMPv6, raw, a neighbour's word": ("sent", "protocol"),
    "raw IP, protocol TCP": SOCKET,
    "raw IP, protocol UDP": SOCKET,
    "raw IP, own header": SOCKET,
    "raw IPv6": SOCKET,
    "raw IPv6, protocol TCP": SOCKET,
    "raw IPv6, own header": SOCKET,
    "AF_PACKET, UDP": ("sent", "not-sidecar"),
    "AF_PACKET, a SYN": ("sent", "not-sidecar"),
    "AF_PACKET, a SYN, PACKET_QDISC_BYPASS": ("sent", "not-sidecar"),
    "AF_PACKET, a fragment": ("sent", "protocol"),
    "AF_PACKET, another's address": ("sent", "address"),
    "AF_PACKET, a SYN over IPv6": ("sent", "not-sidecar"),
    "AF_PACKET, UDP over IPv6": ("sent", "not-sidecar"),
    "AF_PACKET, a SYN over IPv6, PACKET_QDISC_BYPASS": ("sent", "not-sidecar"),
    "AF_PACKET, a fragment over IPv6": ("sent", "protocol"),
    "AF_PACKET, another's IPv6 address": ("sent", "address"),
    "AF_PACKET, IPv6 extension header": ("sent", "protocol"),
    "AF_XDP, a SYN": ("sent", "not-sidecar"),
    "AF_XDP, a SYN over IPv6": ("sent", "not-sidecar"),
}
# What the app sees, and how what leaves by them is refused at the host's end. A connection in repair is steered like
# others, to the sidecar, which knows nothing of it.
BY_PRIVILEGE = {
    "vxlan's own socket": ("sent", {"not-sidecar"}),
    "vxlan's own socket over IPv6": ("sent", {"not-sidecar"}),
    "a tun device": ("sent", {"not-sidecar", "address"}),
    "a tun device, IPv6": ("sent", {"not-sidecar", "address"}),
    "XDP live frames": ("sent", {"not-sidecar"}),
    "TCP, TCP_REPAIR": ("ECONNRESET", set()),
    "TCP over IPv6, TCP_REPAIR": ("ECONNRESET", set()),
}
NOT_IN_THIS_KERNEL = {"EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EAFNOSUPPORT", "ENOTSUP"}
