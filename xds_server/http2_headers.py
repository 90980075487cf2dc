# SPDX-License-Identifier: Apache-2.0
"""Header blocks of requests: decoded (RFC 7541) and checked (RFC 9113, section 8)."""

from __future__ import annotations

from functools import lru_cache

from hpack.exceptions import HPACKError

from .http2_fields import FieldDecoder
from .http2_frames import (
    COMPRESSION_ERROR,
    CONTINUATION,
    END_HEADERS,
    ENHANCE_YOUR_CALM,
    MAX_FRAME,
    PADDED,
    PRIORITISED,
    PROTOCOL_ERROR,
    Http2Error,
    unpadded,
    without_priority,
)

Headers = tuple[tuple[str, str], ...]

# Most bytes of one header block, compressed. gRPC's clients send a few hundred.
_MAX_BLOCK = 65_536
_PSEUDO = frozenset((":method", ":scheme", ":path", ":authority", ":protocol"))
_OF_HTTP_1 = frozenset(("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"))


class MalformedRequest(Exception):
    """Its stream is reset; the connection goes on."""


class HeaderBlock:
    """A block from the frames that it comes in; nothing else may come between them."""

    __slots__ = ("_parts", "flags", "stream")

    def __init__(self, flags: int, stream: int, payload: bytes) -> None:
        """From a frame HEADERS. Raises Http2Error."""
        if flags & PADDED:
            payload = unpadded(payload)
        if flags & PRIORITISED:
            payload = without_priority(payload)
        self.flags = flags
        self.stream = stream
        self._parts = [payload]

    def continued(self, kind: int, flags: int, stream: int, payload: bytes) -> bool:
        """Takes the next frame; whether it was the last one. Raises Http2Error."""
        if kind != CONTINUATION or stream != self.stream:
            raise Http2Error(PROTOCOL_ERROR, "something else in the middle of headers")
        self._parts.append(payload)
        # Counted by frame, too: a peer may continue with nothing for ever.
        if sum(map(len, self._parts)) > _MAX_BLOCK or len(self._parts) > _MAX_BLOCK // MAX_FRAME + 4:
            raise Http2Error(ENHANCE_YOUR_CALM, "headers without end")
        return bool(flags & END_HEADERS)

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)


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
