# SPDX-License-Identifier: Apache-2.0
"""What the resolver knows. The agent sends all of it anew, as one line of JSON, whenever a part has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from typing import Any

from pydantic import TypeAdapter

from l7filters.dns import AskedNames
from l7filters.l4_tables import L4Name
from l7filters.name_faults import NameRule
from l7filters.peers import FqdnPattern
from l7filters.ports import Protocol
from l7filters.world import World

CLUSTER_DOMAIN = "cluster.local"
DNS_PORT = 53

Upstream = tuple[str, int]
"""Address and port of a server that is asked for names of the outside world."""


@dataclass(frozen=True)
class Knowledge:
    """`records` are the names of the mesh (lower case, without the last dot) with their addresses; `sources` the pods
    that may ask at all, by address. `version` comes back when it is in force."""

    version: int = 0
    upstreams: tuple[Upstream, ...] = ()
    records: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    asked: tuple[AskedNames, ...] = ()
    names: tuple[L4Name, ...] = ()
    faults: tuple[tuple[NameRule, float], ...] = ()
    """Each until its end, in seconds of CLOCK_MONOTONIC."""

    @cached_property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        return dict(self.records)

    @cached_property
    def domains(self) -> frozenset[str]:
        """Every name that exists, be it only because names below it do."""
        found = {CLUSTER_DOMAIN, f"svc.{CLUSTER_DOMAIN}"}
        for name, _ in self.records:
            labels = name.split(".")
            found.update(".".join(labels[start:]) for start in range(len(labels)))
        return frozenset(found - {"local"})

    @cached_property
    def workload_by_address(self) -> Mapping[str, str]:
        return dict(self.sources)

    @cached_property
    def _asked(self) -> Mapping[tuple[str, Protocol], tuple[FqdnPattern, ...]]:
        return {(address, each.protocol): each.names for each in self.asked for address in each.addresses}

    def may_ask(self, address: str, protocol: Protocol, name: str) -> bool:
        """Whether policy lets the pod with this address ask for a name; nobody else may ask anything."""
        if address not in self.workload_by_address:
            return False
        names = self._asked.get((address, protocol))
        return names is None or any(pattern.matches(name) for pattern in names)

    def identities(self, name: str) -> tuple[int, ...]:
        """Of the toFQDNs names and patterns that fit a name."""
        return tuple(each.identity for each in self.names if each.pattern.matches(name))


def records_of(world: World) -> Iterable[tuple[str, tuple[str, ...]]]:
    """A service's name with its virtual addresses, or with those of its pods where it is headless."""
    for service in world.services:
        addresses = service.addresses
        if not addresses and service.selector:
            addresses = tuple(
                address
                for workload in world.workloads
                if workload.namespace == service.namespace and service.selector.items() <= workload.labels.items()
                for address in workload.addresses
            )
        yield f"{service.name}.{service.namespace}.svc.{CLUSTER_DOMAIN}".lower(), addresses


_KNOWLEDGE = TypeAdapter(Knowledge)


def knowledge_to_json(knowledge: Knowledge) -> Any:
    return _KNOWLEDGE.dump_python(knowledge, mode="json")


def knowledge_from_json(data: Any) -> Knowledge:
    """Raises ValueError (pydantic's ValidationError) on anything else."""
    return _KNOWLEDGE.validate_python(data)


def parse_upstream(written: str) -> Upstream:
    """`ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`. Raises ValueError."""
    host, port = written, str(DNS_PORT)
    if written.startswith("["):
        host, bracket, rest = written[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"'{written}' is not an address; write [ADDRESS]:PORT")
        port = rest[1:] or port
    elif written.count(":") == 1:
        host, _, port = written.partition(":")
    try:
        address = str(ip_address(host))
    except ValueError:
        raise ValueError(f"'{host}' is not the address of a DNS server") from None
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError(f"'{port}' is not a port")
    return address, int(port)
