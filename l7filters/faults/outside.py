# SPDX-License-Identifier: Apache-2.0
"""Targets outside of the mesh: servers by their name or network. Their callers' sidecars carry the fault."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from l7filters.peers import fqdn_regex

HTTPS_PORTS = frozenset({443, 8443})
"""By their names (IANA: https, pcsync-https): a sidecar sees TLS there, and no requests."""
MESH_DOMAIN = "cluster.local"
_MAX_NAME = 253

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Outside:
    """Servers that are no workloads: with `network` those whose address is in it, else those that a request names
    (its Host or `:authority`, without the port) by a name that fits `pattern`. Raises ValueError with the reason.

    Patterns are those of `matchPattern` in policies (`fqdn_regex`).
    """

    pattern: str | None = None
    network: str | None = None

    def __post_init__(self) -> None:
        if (self.pattern is None) == (self.network is None):
            raise ValueError("what is outside of the mesh is told by a name or by a network")
        if self.network is not None:
            ip_network(self.network)
        if self.pattern is not None:
            if not 0 < len(self.pattern) <= _MAX_NAME or self.pattern != self.pattern.lower().removesuffix("."):
                raise ValueError(f"{self.pattern!r} is no name in lower case without a dot at its end")
            if f".{self.pattern}".endswith(f".{MESH_DOMAIN}"):
                raise ValueError(f"{self.pattern} is of the mesh; select the service's pods by their labels")

    @property
    def addresses(self) -> Network | None:
        """Those of a network; None: any, it goes by the name."""
        return None if self.network is None else ip_network(self.network)

    @property
    def authority_regex(self) -> str | None:
        """RE2 for a request's whole authority; None: whatever it names."""
        if self.pattern is None:
            return None
        return rf"(?i:{fqdn_regex(self.pattern).source})\.?(?::[0-9]+)?"

    def covers(self, network: Network | None) -> bool:
        """Whether calls to all of these addresses (None: to any) may be calls of it; by name, any may."""
        mine = self.addresses
        if mine is None:
            return True
        return (
            network is not None
            and (isinstance(mine, IPv4Network) is isinstance(network, IPv4Network))
            and int(mine.network_address) <= int(network.network_address)
            and int(network.broadcast_address) <= int(mine.broadcast_address)
        )

    def differs(self, other: "Outside") -> bool:
        """True when no call can be one of both."""
        mine, others = self.addresses, other.addresses
        if mine is not None and others is not None:
            return mine.version != others.version or not mine.overlaps(others)
        plain = not any("*" in (each.pattern or "*") for each in (self, other))
        return plain and self.pattern != other.pattern

    def __str__(self) -> str:
        return self.network or self.pattern or ""


def parse_outside(written: str) -> Outside:
    """`203.0.113.0/24`, `2001:db8::1`, `api.example.com` or `*.example.com`. Raises ValueError with the reason."""
    try:
        network = ip_network(written)
    except ValueError as error:
        if "/" in written:
            raise ValueError(f"{written!r} is no network: {error}") from None
        return Outside(pattern=written.lower().removesuffix("."))
    return Outside(network=str(network))
