# SPDX-License-Identifier: Apache-2.0
"""Addresses that the upstream gave for names of toFQDNs rules: in the kernel before the app has the answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from bpf.libbpf import BpfError
from bpf.names import NamesTable
from riftgate.resolver.knowledge import Knowledge

log = logging.getLogger(__name__)

MIN_TTL = 60.0
"""Seconds: shorter TTLs count as this."""
MAX_TTL = 86_400.0
GRACE = 30.0
"""Seconds after the TTL during which apps that still have the answer may connect."""
MAX_ADDRESSES = 8192
"""All addresses that are held; beyond, those that expire first go."""
MAX_ADDRESSES_OF_NAME = 256

_MESH = tuple(
    map(
        ip_network,
        (
            *("10.201.0.0/16", "10.202.0.0/16", "10.203.0.0/16"),
            *(f"fd72:6966:7467:{network}::/64" for network in (1, 2, 3, 4)),
        ),
    )
)
"""Pods, services, exec sessions, the resolver: an upstream's answer gives nobody a way to these."""


@dataclass(frozen=True, slots=True)
class LearnedName:
    """For ``riftgate status`` and `policy explain`; `expires` in seconds of CLOCK_MONOTONIC."""

    address: str
    name: str
    expires: float


class LearnedNames:
    """Addresses with the names that DNS gave them for. For one event loop."""

    def __init__(self, table: NamesTable, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock
        self._knowledge = Knowledge()
        self._expiry: dict[str, dict[str, float]] = {}
        """By address and name."""
        self._overfull: set[str] = set()
        """Names of which it was told since the last sweep that they have too many addresses: each answer would say it
        again."""

    @property
    def all(self) -> tuple[LearnedName, ...]:
        return tuple(
            LearnedName(address, name, expires)
            for address, names in sorted(self._expiry.items())
            for name, expires in sorted(names.items())
        )

    def follow(self, knowledge: Knowledge) -> None:
        """Other names matter now: what was learned counts for them too, or not any more."""
        self._knowledge = knowledge
        for address in list(self._expiry):
            self._write(address)

    def learn(self, name: str, addresses: Iterable[str], ttl: float) -> bool:
        """What DNS said of a name; True when any of it is new. Addresses that no rule speaks of are not kept."""
        if not self._knowledge.identities(name):
            return False
        self.expire()
        expires = self._clock() + min(MAX_TTL, max(MIN_TTL, ttl)) + GRACE
        held = sum(name in names for names in self._expiry.values())
        new = False
        for address in filter(self._may_be_named, addresses):
            names = self._expiry.setdefault(address, {})
            if name not in names:
                if held >= MAX_ADDRESSES_OF_NAME:
                    if name not in self._overfull:
                        log.warning("%s has more than %d addresses: %s is not allowed", name, held, address)
                    self._overfull.add(name)
                    if not names:
                        del self._expiry[address]
                    continue
                held, new = held + 1, True
            names[name] = max(expires, names.get(name, 0.0))
            self._write(address)
        while len(self._expiry) > MAX_ADDRESSES:
            self._forget(min(self._expiry, key=lambda address: max(self._expiry[address].values())))
        return new

    def expire(self) -> None:
        """Forgets what is over. The kernel needs nobody for that; a name that is over must not end the others' time."""
        now = self._clock()
        for address, names in list(self._expiry.items()):
            if min(names.values()) <= now:
                self._expiry[address] = {name: expires for name, expires in names.items() if expires > now}
                self._write(address)

    def sweep(self) -> None:
        """Once in a while: also what an earlier process has left in the kernel."""
        self.expire()
        # Pods choose which names there are; so this does not grow with them.
        self._overfull.clear()
        self._table.sweep(self._clock())

    def _write(self, address: str) -> None:
        names = self._expiry[address]
        identities = sorted({each for name in names for each in self._knowledge.identities(name)})
        if not names:
            self._forget(address)
            return
        try:
            self._table.put(address, min(names.values()), identities)
        except BpfError as error:
            log.error("%s stays denied: %s", address, error)

    def _forget(self, address: str) -> None:
        del self._expiry[address]
        self._table.remove(address)

    def _may_be_named(self, address: str) -> bool:
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            return False
        inside = any(parsed in network for network in _MESH if network.version == parsed.version)
        return not inside and _is_unicast(parsed)


def _is_unicast(address: IPv4Address | IPv6Address) -> bool:
    return not (address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified)
