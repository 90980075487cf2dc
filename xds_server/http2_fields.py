# SPDX-License-Identifier: Apache-2.0
"""Header blocks into fields (RFC 7541), for who decodes thousands a second: hpack's own decoder takes 100 µs for what
a sidecar sends, most of it for what is indexed. Its static table and its Huffman decoder serve here, too."""

from __future__ import annotations

from collections import deque
from functools import lru_cache

from hpack.exceptions import HPACKDecodingError, InvalidTableIndex, InvalidTableSizeError, OversizedHeaderListError
from hpack.huffman_table import decode_huffman
from hpack.table import HeaderTable

Field = tuple[str, str]
_Entry = tuple[Field, int, int]
"""A field, and the bytes of its name and of its value: of what is no UTF-8 the text has others."""

_STATIC: tuple[_Entry, ...] = tuple(
    ((name.decode(), value.decode()), len(name), len(value)) for name, value in HeaderTable.STATIC_TABLE
)
_MAX_TABLE = 4_096
"""SETTINGS_HEADER_TABLE_SIZE, unless a peer is told otherwise; ours are not."""
_OVERHEAD = 32
"""Bytes of each field, in the table and in a list."""
_MAX_LIST = 65_536
"""Bytes of all fields of a block: little that is sent may stand for much."""
_LONGEST_NUMBER = 5
"""Bytes of a number behind its prefix."""

_INDEXED, _INCREMENTAL, _TABLE_SIZE = 0x80, 0x40, 0x20
_HUFFMAN = _MORE = 0x80


class FieldDecoder:
    """Of one connection: blocks must come in the order in which they were sent."""

    __slots__ = ("_max", "_size", "_table")

    def __init__(self) -> None:
        self._table: deque[_Entry] = deque()
        """The newest first."""
        self._size = 0
        self._max = _MAX_TABLE

    def decode(self, block: bytes) -> tuple[Field, ...]:
        """Raises HPACKError."""
        fields: list[Field] = []
        at, end, total = 0, len(block), 0
        while at < end:
            first = block[at]
            if first & _INDEXED:
                index, at = _number(block, at, 0x7F)
                entry = self._entry(index)
            elif first & _INCREMENTAL:
                entry, at = self._literal(block, at, 0x3F)
                self._table.appendleft(entry)
                self._size += _OVERHEAD + entry[1] + entry[2]
                self._evict()
            elif first & _TABLE_SIZE:
                if fields:
                    raise HPACKDecodingError("a table's size in the middle of a block")
                self._max, at = _number(block, at, 0x1F)
                if self._max > _MAX_TABLE:
                    raise InvalidTableSizeError(f"a table of {self._max} bytes")
                self._evict()
                continue
            else:
                # Not to be added to the table, or by nobody ever.
                entry, at = self._literal(block, at, 0x0F)
            fields.append(entry[0])
            total += _OVERHEAD + entry[1] + entry[2]
            if total > _MAX_LIST:
                raise OversizedHeaderListError(f"fields of more than {_MAX_LIST} bytes")
        return tuple(fields)

    def _entry(self, index: int) -> _Entry:
        if 0 < index <= len(_STATIC):
            return _STATIC[index - 1]
        if not 0 < index <= len(_STATIC) + len(self._table):
            raise InvalidTableIndex(f"no field {index}")
        return self._table[index - len(_STATIC) - 1]

    def _literal(self, block: bytes, at: int, prefix: int) -> tuple[_Entry, int]:
        """And where it ends."""
        index, at = _number(block, at, prefix)
        if index:
            (name, _), named, _ = self._entry(index)
        else:
            name, named, at = _string(block, at)
        value, valued, at = _string(block, at)
        return ((name, value), named, valued), at

    def _evict(self) -> None:
        while self._size > self._max:
            _, named, valued = self._table.pop()
            self._size -= _OVERHEAD + named + valued


def _number(block: bytes, at: int, prefix: int) -> tuple[int, int]:
    """And where it ends."""
    number = block[at] & prefix
    at += 1
    if number < prefix:
        return number, at
    for shift in range(0, 7 * _LONGEST_NUMBER, 7):
        if at >= len(block):
            raise HPACKDecodingError("a number that is cut short")
        byte = block[at]
        at += 1
        number += (byte & ~_MORE) << shift
        if not byte & _MORE:
            return number, at
    raise HPACKDecodingError("a number without end")


def _string(block: bytes, at: int) -> tuple[str, int, int]:
    """How many bytes it has, and where it ends."""
    if at >= len(block):
        raise HPACKDecodingError("a field that is cut short")
    huffman = block[at] & _HUFFMAN
    length, at = _number(block, at, 0x7F)
    raw = block[at : at + length]
    if len(raw) < length:
        raise HPACKDecodingError("a string that is cut short")
    if huffman:
        raw = _decoded(raw)
    return raw.decode(errors="replace"), len(raw), at + length


@lru_cache(maxsize=256)
def _decoded(huffman: bytes) -> bytes:
    return decode_huffman(huffman)
