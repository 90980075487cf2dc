# SPDX-License-Identifier: Apache-2.0
"""Looks verdicts up in the tables of L3/L4 as the kernel does it: by the longest prefix."""

from ipaddress import ip_address, ip_network

from l7filters.l4_tables import EVERY_PROTOCOL, L4Entry, L4Tables


def identity(tables: L4Tables, address: str) -> int:
    """Of the longest prefix that holds the address."""
    fitting = [
        (ip_network(prefix).prefixlen, number)
        for prefix, number in tables.identities
        if ip_address(address) in ip_network(prefix)
    ]
    return max(fitting)[1]


def entry(tables: L4Tables, source: int, destination: int, port: int, protocol: int) -> L4Entry | None:
    """What the datapath finds for a pair of identities; an entry for every protocol loses to all others."""
    fitting = [
        each
        for each in tables.entries
        if (each.source, each.destination) == (source, destination)
        and each.protocol in (protocol, EVERY_PROTOCOL)
        and each.port >> (16 - each.prefix) == port >> (16 - each.prefix)
    ]
    return max(fitting, key=lambda each: (each.protocol != EVERY_PROTOCOL, each.prefix), default=None)
