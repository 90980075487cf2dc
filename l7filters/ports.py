# SPDX-License-Identifier: Apache-2.0
"""The traffic that a rule of a policy speaks of: transport protocols with their ports, and types of ICMP."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Protocol(StrEnum):
    """Transport protocols with ports, and ICMP."""

    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"
    ICMP = "ICMP"
    ICMPV6 = "ICMPv6"


PORT_PROTOCOLS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)
"""What a missing protocol or ANY stands for in a CiliumNetworkPolicy."""
ICMP_PROTOCOLS = (Protocol.ICMP, Protocol.ICMPV6)
"""Their messages have types instead of ports."""


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """Ports `first` to `last` of some transport protocols. The range 0..65535 is every port; 0 alone is
    none."""

    first: int
    last: int
    protocols: tuple[Protocol, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= 65535 or (self.first == 0 and self.last != 65535):
            raise ValueError(f"{self.first}-{self.last} is not a range of ports")
        if not self.protocols or not set(self.protocols) <= set(PORT_PROTOCOLS):
            raise ValueError(f"{self.protocols} are not protocols with ports")

    def covers(self, port: int, protocol: Protocol) -> bool:
        return self.first <= port <= self.last and protocol in self.protocols

    def __str__(self) -> str:
        protocol = "ANY" if self.protocols == PORT_PROTOCOLS else "|".join(self.protocols)
        if (self.first, self.last) == (0, 65535):
            return f"all ports/{protocol}"
        return f"{self.first}/{protocol}" if self.first == self.last else f"{self.first}-{self.last}/{protocol}"


@dataclass(frozen=True, slots=True, order=True)
class NamedPort:
    """A container port's name, looked up at the server's end of the connection."""

    name: str
    protocols: tuple[Protocol, ...]

    def __str__(self) -> str:
        return f"{self.name}/{'ANY' if self.protocols == PORT_PROTOCOLS else '|'.join(self.protocols)}"


@dataclass(frozen=True, slots=True, order=True)
class IcmpType:
    """One ICMP message type, 0 to 255, of one IP version."""

    protocol: Protocol
    number: int

    def __post_init__(self) -> None:
        if self.protocol not in ICMP_PROTOCOLS or not 0 <= self.number <= 255:
            raise ValueError(f"{self.protocol} {self.number} is not an ICMP type")

    def __str__(self) -> str:
        return f"{self.protocol} type {self.number}"


ICMP_OF_THE_LINK = frozenset(
    {IcmpType(Protocol.ICMP, number) for number in (5, 9, 10)}
    | {IcmpType(Protocol.ICMPV6, number) for number in range(130, 156)}
)
"""What neighbours and routers tell each other, redirects among it: the datapath lets none of it in or out of a pod."""

Port: TypeAlias = PortRange | NamedPort | IcmpType
