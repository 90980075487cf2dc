# SPDX-License-Identifier: Apache-2.0
"""Which faults of connections are in force, and which of them may hit a connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from l7filters.connection_faults import ConnectionRule
from l7filters.faults import Inject

MAX_RULES = 10_000


@dataclass(frozen=True, slots=True)
class Ends:
    """Of a connection: whose sidecar has it, on which side, who was dialled and by whom. Addresses as Envoy writes
    them, `10.0.0.1:80` or `[fd00::1]:80`."""

    pod: str
    inject: Inject
    local: str
    remote: str
    connection: str = ""
    """Envoy's number of it."""


class _Prepared:
    """A rule, with sets to look up in."""

    def __init__(self, rule: ConnectionRule, end: float) -> None:
        self.rule = rule
        self.end = end
        self._callers = None if rule.callers is None else frozenset(rule.callers)
        self._dialled: dict[str, set[int]] = defaultdict(set)
        self._networks: list[tuple[IPv4Network | IPv6Network, int]] = []
        for address, port in rule.dialled:
            if "/" in address:
                self._networks.append((ip_network(address), port))
            else:
                self._dialled[address].add(port)

    def fits(self, local: tuple[str, int], remote: tuple[str, int]) -> bool:
        if not (self._dialled.get(local[0], frozenset()) & {0, local[1]} or self._in_network(local)):
            return False
        # At the client's side the pod itself is who dials.
        return self.rule.inject is Inject.CLIENT or self._callers is None or remote[0] in self._callers

    def _in_network(self, local: tuple[str, int]) -> bool:
        return any(port in (0, local[1]) and ip_address(local[0]) in network for network, port in self._networks)


class ConnectionFaults:
    """The rules in force. Times are seconds of one clock that never goes back."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, Inject], list[_Prepared]] = {}
        self._ends: dict[tuple[str, int], float] = {}

    def replace(self, rules: Iterable[tuple[ConnectionRule, float]]) -> frozenset[tuple[str, int]]:
        """These with their ends, and no others; gives the faults (id, activation) that were not there before.

        Raises ValueError for more than MAX_RULES.
        """
        found = sorted(rules, key=lambda each: each[0].fault)
        if len(found) > MAX_RULES:
            raise ValueError(f"{len(found)} faults of connections are more than {MAX_RULES}")
        before = self._ends
        self._by_place, self._ends = {}, {}
        for rule, end in found:
            prepared = _Prepared(rule, end)
            self._ends[rule.fault, rule.activation] = end
            for pod in rule.pods:
                self._by_place.setdefault((pod, rule.inject), []).append(prepared)
        return frozenset(self._ends.keys() - before.keys())

    def matching(self, ends: Ends, now: float) -> tuple[ConnectionRule, ...]:
        """Those that may hit this connection, by id. Raises ValueError for addresses that are none."""
        prepared = self._by_place.get((ends.pod, ends.inject))
        if not prepared:
            return ()
        local, remote = split_address(ends.local), split_address(ends.remote)
        return tuple(each.rule for each in prepared if each.end > now and each.fits(local, remote))

    def end_of(self, fault: str, activation: int) -> float:
        """0 for one that is not on."""
        return self._ends.get((fault, activation), 0.0)

    def in_force(self, fault: str, activation: int, now: float) -> bool:
        return self.end_of(fault, activation) > now

    def next_end(self, now: float) -> float | None:
        """When the next of them ends."""
        return min((end for end in self._ends.values() if end > now), default=None)


def split_address(text: str) -> tuple[str, int]:
    """(canonical address, port). Raises ValueError."""
    host, _, port = text.rpartition(":")
    address = ip_address(host.strip("[]").partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped), int(port)
    return str(address), int(port)
