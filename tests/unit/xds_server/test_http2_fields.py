# SPDX-License-Identifier: Apache-2.0
"""Header blocks: what hpack's encoder makes of any fields, and what no encoder may."""

import pytest
from hpack import Encoder
from hpack.exceptions import (
    HPACKDecodingError,
    HPACKError,
    InvalidTableIndex,
    InvalidTableSizeError,
    OversizedHeaderListError,
)
from hypothesis import given
from hypothesis import strategies as st

from xds_server.http2_fields import FieldDecoder

NAMES = st.sampled_from([b":path", b":method", b"te", b"x-long" * 40]) | st.binary(max_size=30)
VALUES = st.sampled_from([b"GET", b"trailers", b"v" * 1000]) | st.binary(max_size=300)
"""Some come again, some are in the static table, and a few of the long ones fill a table."""
FIELDS = st.lists(st.tuples(NAMES, VALUES, st.booleans()), max_size=20)


def text(raw: bytes) -> str:
    return raw.decode(errors="replace")


@given(st.lists(st.tuples(FIELDS, st.booleans(), st.sampled_from([None, 0, 100, 1000, 4096])), max_size=12))
def test_blocks_of_one_connection(blocks: list[tuple[list[tuple[bytes, bytes, bool]], bool, int | None]]) -> None:
    """Also of a table that is made smaller and larger between them; sensitive fields are never indexed."""
    encoder, decoder = Encoder(), FieldDecoder()
    for fields, huffman, size in blocks:
        if size is not None:
            encoder.header_table_size = size
        block = encoder.encode(fields, huffman=huffman)
        assert decoder.decode(block) == tuple((text(name), text(value)) for name, value, _ in fields)


def test_a_name_of_the_table_with_another_value() -> None:
    encoder, decoder = Encoder(), FieldDecoder()
    for value in ("1", "2", "2"):
        assert decoder.decode(encoder.encode([("x-ship", value)])) == (("x-ship", value),)


@pytest.mark.parametrize(
    ("block", "error"),
    [
        (b"\x80", InvalidTableIndex),
        (b"\xbe", InvalidTableIndex),
        (b"\x7e\x01x", InvalidTableIndex),
        (b"\xff", HPACKDecodingError),
        (b"\xff\xff\xff\xff\xff\xff\xff\x01", HPACKDecodingError),
        (b"\x40", HPACKDecodingError),
        (b"\x40\x05abc", HPACKDecodingError),
        (b"\x40\x01a", HPACKDecodingError),
        (b"\x40\x81\x00\x00", HPACKDecodingError),
        (b"\x82\x20", HPACKDecodingError),
        (b"\x3f\xe2\x1f", InvalidTableSizeError),
        (b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000 + b"\xbe" * 17, OversizedHeaderListError),
    ],
)
def test_what_no_encoder_makes(block: bytes, error: type[HPACKError]) -> None:
    with pytest.raises(error):
        FieldDecoder().decode(block)


@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_an_error(block: bytes) -> None:
    try:
        found = FieldDecoder().decode(block)
    except HPACKError:
        return
    assert len(found) <= len(block)
