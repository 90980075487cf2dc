# SPDX-License-Identifier: Apache-2.0
"""The L3/L4 tables of :mod:`l7filters.l4` in the kernel: a new generation is written whole, then put in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bpf import structs
from bpf.libbpf import Map
from bpf.structs import LocalAct
from l7filters.l4_tables import L4Tables
from l7filters.local_tables import LocalRights

_TABLES = ("identity_by_address", "verdict_by_pair", "backends_by_service", "backend_by_datagram")
_RIGHTS = ("right_by_port", "right_by_name")
_REMEMBERED = "allowed_by_connection"
"""What the programs keep of the tables' answers, each with its generation."""
_LOCAL_PROTOCOLS = (6, 17, 132, 0)
"""TCP, UDP, SCTP, of which no rule speaks, and unix sockets."""


class PolicyTables:
    """Writes generations of the policy tables. One writer at a time."""

    def __init__(self, maps: Mapping[str, Map], watch_senders: Callable[[bool], None]) -> None:
        """``watch_senders`` is told before the first LocalPolicy is in force, and after the last one."""
        self._maps = maps
        self._watch_senders = watch_senders

    @property
    def generation(self) -> int:
        """The generation in force; 0 before the first: then everything is denied."""
        value = self._maps["generation"].lookup(structs.word(0))
        return structs.read_word(value) if value else 0

    @property
    def rights_in_force(self) -> bool:
        """Whether there are LocalPolicies."""
        value = self._maps["rights_in_force"].lookup(structs.word(0))
        return bool(value and structs.read_word(value))

    def replace(self, tables: L4Tables, rights: Mapping[int, LocalRights] | None = None) -> int:
        """Puts ``tables`` in force and returns their generation; ``rights`` are those of containers that LocalPolicies
        restrict, by their cgroups' ids, and of pods by ANY_CONTAINER with their slots.

        Packets see the old tables or the new ones, never a mixture. Raises BpfError when a map is full and ValueError
        for a service with too many kinds of backends: then the old tables stay in force.
        """
        before = self.generation
        after = before % 0xFFFFFFFF + 1
        # What a killed process was writing has this number too.
        self._sweep((*_TABLES, *_RIGHTS), keep=before)
        try:
            self._write(tables, after)
            self._write_rights(rights or {}, after)
            if rights:
                self._watch_senders(True)
        except Exception:
            self._sweep((*_TABLES, *_RIGHTS), keep=before)
            raise
        if rights:
            self._maps["rights_in_force"].update(structs.word(0), structs.word(1))
        self._maps["generation"].update(structs.word(0), structs.word(after))
        if not rights:
            self._maps["rights_in_force"].update(structs.word(0), structs.word(0))
            self._watch_senders(False)
        # Rights stay until the next change: a program that has just read the generation before and finds nothing in it
        # would allow everything, where the other tables deny.
        self._sweep((*_TABLES, _REMEMBERED), keep=after)
        return after

    def _write_rights(self, rights: Mapping[int, LocalRights], generation: int) -> None:
        ports, names = self._maps["right_by_port"], self._maps["right_by_name"]
        for container, each in rights.items():
            for act, granted in ((LocalAct.LISTEN, each.listen), (LocalAct.CONNECT, each.connect)):
                if granted is None:
                    continue
                for protocol in _LOCAL_PROTOCOLS:
                    ports.update(structs.right_key(generation, container, act, protocol, 0, 0), structs.word(0))
                for protocol, port, prefix in granted.ports:
                    ports.update(structs.right_key(generation, container, act, protocol, port, prefix), structs.word(1))
                for name in granted.names:
                    names.update(structs.name_key(generation, container, act, name.encode()), structs.word(1))

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

    def _sweep(self, names: Iterable[str], keep: int) -> None:
        """Deletes every entry of another generation."""
        for name in names:
            table = self._maps[name]
            for key in table.all_keys():
                if structs.read_generation(name, key) != keep:
                    table.delete(key)
