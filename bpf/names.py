# SPDX-License-Identifier: Apache-2.0
"""The addresses that DNS gave for names of toFQDNs rules, in the kernel. The resolver alone writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from bpf import structs
from bpf.libbpf import Map

_KEY_SIZE, _VALUE_SIZE = 16, len(structs.names(0, ()))


class Table(Protocol):
    """What is needed of a map."""

    def update(self, key: bytes, value: bytes) -> None: ...
    def lookup(self, key: bytes) -> bytes | None: ...
    def delete(self, key: bytes) -> bool: ...
    def all_keys(self) -> list[bytes]: ...


class NamesTable:
    """``names_by_address``. Times are seconds of CLOCK_MONOTONIC, as ``time.monotonic`` gives them."""

    def __init__(self, table: Table) -> None:
        self._map = table

    @classmethod
    def pinned(cls, pins: Path) -> NamesTable:
        """The one of the datapath whose pins these are. Raises BpfError."""
        return cls(Map.pinned(pins / "maps" / "names_by_address", _KEY_SIZE, _VALUE_SIZE))

    def put(self, address: str, expires: float, identities: Sequence[int]) -> None:
        """Replaces what an address counts for; identities past NAMES_OF_ADDRESS are left out, which allows less.

        Raises BpfError when the map is full.
        """
        value = structs.names(int(expires * 1e9), identities[: structs.NAMES_OF_ADDRESS])
        self._map.update(structs.address(address), value)

    def remove(self, address: str) -> None:
        self._map.delete(structs.address(address))

    def sweep(self, now: float) -> None:
        """Removes what is void, whoever has written it."""
        for key in self._map.all_keys():
            value = self._map.lookup(key)
            if value is not None and structs.read_names_expiry(value) <= now * 1e9:
                self._map.delete(key)
