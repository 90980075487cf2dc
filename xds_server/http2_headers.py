# SPDX-License-Identifier: Apache-2.0
"""Header blocks of requests: decoded (RFC 7541) and checked (RFC 9113, section 8)."""

from __future__ import annotations

from functools import lru_cache

from hpack.exceptions import HPACKError

from .http2_fields import FieldDecoder
from .http2_frames import COMPRESSION_ERROR, Http2Error

Headers = tuple[tuple[str, str], ...]

_PSEUDO = frozenset((":method", ":scheme", ":path", ":authority", ":protocol"))
_OF_HTTP_1 = frozenset(("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"))


class MalformedRequest(Exception):
    """Its stream is reset; the connection goes on."""


class HeaderDecoder:
    """Of one connection: blocks must come in the order in which they were sent."""

    __slots__ = ("_decoder", "_first")

    def __init__(self) -> None:
        self._first: bytes | None = None
        self._decoder: FieldDecoder | None = None

    def decode(self, block: bytes) -> Headers:
        """Raises Http2Error for what cannot be decompressed."""
        try:
            if self._first is None:
                self._first = block
                return _decode_first(block)
            if self._decoder is None:
                self._decoder = FieldDecoder()
                self._decoder.decode(self._first)
            return self._decoder.decode(block)
        except HPACKError as error:
            raise Http2Error(COMPRESSION_ERROR, f"headers: {error}") from error


@lru_cache(maxsize=64)
def check_request(headers: Headers) -> None:
    """Raises MalformedRequest for headers with which no request may begin."""
    pseudo: set[str] = set()
    regular = False
    for name, value in headers:
        if name[:1] == ":":
            if regular or name in pseudo or name not in _PSEUDO:
                raise MalformedRequest(f"{name!r}, or its place")
            pseudo.add(name)
        else:
            regular = True
            check_field(name, value)
    if not {":method", ":scheme", ":path"} <= pseudo or ("" in (value for name, value in headers if name == ":path")):
        raise MalformedRequest("no method, scheme or path")


def check_field(name: str, value: str) -> None:
    """Raises MalformedRequest for a field that may not be in a message, as header or trailer."""
    if name.startswith(":") or name != name.lower() or name in _OF_HTTP_1 or (name == "te" and value != "trailers"):
        raise MalformedRequest(f"the field {name!r}")


# The first headers on a connection are the same for all sidecars of one make, and what they mean depends on nothing
# else. Only for further streams on a connection does it need a decoder of its own.
@lru_cache(maxsize=64)
def _decode_first(block: bytes) -> Headers:
    return FieldDecoder().decode(block)
