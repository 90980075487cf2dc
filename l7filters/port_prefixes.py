# SPDX-License-Identifier: Apache-2.0
"""Ranges of ports as the longest-prefix tables of the datapath have them."""

from collections.abc import Iterator

ALL_PORTS = 1 << 16
PORT_BITS = 16


def prefixes(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The aligned blocks (start, leading bits) that make up first..end-1, the fewest there are."""
    while first < end:
        size = first & -first or ALL_PORTS
        while size > end - first:
            size >>= 1
        yield first, PORT_BITS - (size.bit_length() - 1)
        first += size
