# SPDX-License-Identifier: Apache-2.0
"""The L3/L4 tables of :mod:`l7filters.l4` in the kernel: a new generation is written whole, then put in force."""

from __future__ import annotations

from collections.abc import Mapping

from bpf import structs
from bpf.libbpf import Map
from l7filters.l4 import L4Tables

_TABLES = ("identity_by_address", "verdict_by_pair", "backends_by_service", "backend_by_datagram")


class PolicyTables:
    """Writes generations of the policy tables. One writer at a time."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._maps = maps

    @property
    def generation(self) -> int:
        """The generation in force; 0 before the first: then everything is denied."""
        value = self._maps["generation"].lookup(structs.word(0))
        return structs.read_word(value) if value else 0

    def replace(self, tables: L4Tables) -> int:
        """Puts ``tables`` in force and returns their generation.

        Packets see the old tables or the new ones, never a mixture. Raises BpfError when a map is full and ValueError
        for a service with too many kinds of backends: then the old tables stay in force.
        """
        before = self.generation
        after = before % 0xFFFFFFFF + 1
        # What a killed process was writing has this number too.
        self._sweep(keep=before)
        try:
            self._write(tables, after)
        except Exception:
            self._sweep(keep=before)
            raise
        self._maps["generation"].update(structs.word(0), structs.word(after))
        self._sweep(keep=after)
        return after

    def _write(self, tables: L4Tables, generation: int) -> None:
        identities = self._maps["identity_by_address"]
        for cidr, identity in tables.identities:
            identities.update(structs.identity_key(generation, cidr), structs.word(identity))
        verdicts = self._maps["verdict_by_pair"]
        for entry in tables.entries:
            key = structs.verdict_key(
                generation, entry.source, entry.destination, entry.protocol, entry.port, entry.prefix
            )
            verdict = structs.pair_verdict(entry.allowed, entry.asking, entry.refused)
            verdicts.update(key, structs.word(verdict))
        services = self._maps["backends_by_service"]
        for service in tables.services:
            key = structs.service_key(generation, service.address, service.port, service.protocol)
            services.update(key, structs.service(service.backends))
        datagrams = self._maps["backend_by_datagram"]
        for datagram in tables.datagrams:
            for number, (backend, port) in enumerate(datagram.backends):
                key = structs.datagram_key(generation, datagram.address, datagram.port, number)
                datagrams.update(key, structs.datagram_backend(backend, port, len(datagram.backends)))

    def _sweep(self, keep: int) -> None:
        """Deletes every entry of another generation."""
        for name in _TABLES:
            table = self._maps[name]
            for key in table.all_keys():
                if structs.read_generation(name, key) != keep:
                    table.delete(key)
